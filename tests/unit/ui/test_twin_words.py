"""The twin's page in values: cards, sliders, the chart's days, pins, evidence."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from itertools import pairwise
from uuid import UUID

import pytest

from fintwin.cashflow.cadence import add_months
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.result import Point
from fintwin.projection.service import Taken
from fintwin.projection.snapshot import Account, Kind, Rest, key
from fintwin.twin.comparison import Comparison, Side
from fintwin.twin.scenario import KINDS, InvestmentGrowth, RateChange, Scenario, Withdrawal
from fintwin.twin.simulation import Settings, lines
from fintwin.ui.components.plot import plot
from fintwin.ui.pages.twin import course, words
from fintwin.ui.pages.twin.forms import percent
from fintwin.ui.pages.twin.seen import Seen
from fintwin.ui.pages.twin.state import Twin
from fintwin.web import gate
from tests.unit.projection.household import TODAY, household

EUR = currency("EUR")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_begins_with_a_size_that_fits_and_a_card(kind):
    event = words.fresh_event(KINDS[kind], household())
    assert event.start > TODAY
    assert event.size > 0
    card = words.card(3, event, household(), currency=EUR, locale="en-US", refill=1)
    assert card.place == 3
    assert 0 < card.slider < words.STEPS
    assert card.line


@pytest.mark.parametrize("kind", KINDS)
def test_a_slider_stands_where_its_own_size_puts_it(kind):
    event = words.fresh_event(KINDS[kind], household())
    for position in (0, 37, words.STEPS):
        sized = event.sized(words.size_of(position, event, household()))
        assert abs(words.slider_of(sized, household()) - position) <= 1


@pytest.mark.parametrize(
    ("text", "share"), [("1.5", "0.015"), ("+2 %", "0.02"), ("−0,25 points", "-0.0025"), ("0", "0")]
)
def test_percent_is_read_as_people_write_it(text, share):
    assert percent(text, field="size") == D(share)


@pytest.mark.parametrize("text", ["", "much", "NaN", "Infinity", "1e9999999"])
def test_what_is_no_percent_is_refused(text):
    with pytest.raises(Invalid):
        percent(text, field="size")


def past(days):
    return [Point(TODAY - timedelta(days=days - place), D(1000 + place)) for place in range(days + 1)]


@pytest.mark.parametrize("months", words.HORIZONS)
def test_the_charts_days_are_even_few_and_end_at_the_horizon(months):
    settings = Settings(months=months)
    told = lines(household(), Scenario((Withdrawal(date(2026, 12, 1), amount=D(5)),)), settings)
    begin = course.past_begin(household(), months)
    days = course.moments(
        past((TODAY - begin).days), told, None, snapshot=household(), cash=True, real=True, changed=True
    )
    assert len(days) < 300
    assert [moment.day for moment in days] == sorted({moment.day for moment in days})
    assert days[-1].day == add_months(TODAY, months)
    today = next(place for place, moment in enumerate(days) if moment.day == TODAY)
    gaps = [(after.day - before.day).days for before, after in pairwise(days)]
    assert max(gaps) <= 2 * max(min(gaps[today:]), 1) + 3
    assert all(moment.likely is None for moment in days[:today])
    assert days[-1].baseline is not None
    drawn = plot(days, of=EUR, locale="en-US", subject="Cash", today=TODAY)
    assert drawn.today
    assert {"booked", "likely", "baseline"} <= set(drawn.series)


def test_events_of_one_place_share_a_pin_and_later_ones_have_none():
    days = [TODAY + timedelta(days=30 * place) for place in range(11)]
    scenario = Scenario(
        (
            Withdrawal(TODAY + timedelta(days=150), amount=D(1)),
            RateChange(TODAY + timedelta(days=148), on=False),
            Withdrawal(TODAY + timedelta(days=900), amount=D(1)),
        )
    )
    assert course.pins(scenario, days=days) == [course.Pin("Big withdrawal, Rate change", "50.0%", True)]


def test_what_is_not_known_is_said():
    snapshot = replace(
        household(),
        rest=Rest(known=False),
        streams=(),
        income=None,
        accounts=(Account("x", "Old book", Kind.CASH, None), Account("l", "Boat", Kind.LOAN, D(-5))),
        left_out=("Dollars",),
    )
    taken = Taken(snapshot, key(snapshot), datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 4)
    told = words.assumed(taken, Settings(), currency=EUR, locale="en-US", zone="UTC")
    assert len(told.notes) == 5
    text = " ".join(told.notes)
    for part in ("everyday spending is not known", "No income is known", "Old book", "Dollars", "Boat"):
        assert part in text
    assert told.streams == []
    assert words.Said("Seed", "7") in told.said


def test_where_more_comes_in_than_goes_out_the_words_say_so():
    for streams, line in (
        (household().streams, "until savings hold 3 months of known bills,"),
        ((), "more came in than went out: no spending to cover, so no target."),
    ):
        snapshot = replace(household(), rest=Rest(True, (D(4000), D(4100)) * 3), streams=streams)
        taken = Taken(snapshot, key(snapshot), datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 4)
        told = words.assumed(taken, Settings(), currency=EUR, locale="en-US", zone="UTC")
        rest = next(said for said in told.said if said.name == "Everything else, a month")
        assert rest.value == "€4,050.00, more in than out, drawn from 6 own months"
        assert any("+€4,050.00 a month, from income that keeps no rhythm." in note for note in told.notes)
        fund = KINDS["emergency_fund"](date(2027, 1, 1)).sized(D(100))
        assert line in words.card(0, fund, snapshot, currency=EUR, locale="en-US", refill=0).line
    assert not any(
        "rhythm" in note
        for note in words.assumed(
            replace(taken, snapshot=household()), Settings(), currency=EUR, locale="en-US", zone="UTC"
        ).notes
    )


def side(**more):
    told = {"chance": 0.0, "low": 0.0, "high": 0.01, "short": 0.0, "missing": D(0), "first": None, "worst": TODAY}
    return Side(**told | {"worst_cash": D(900), "end": D(229037)} | more)


def test_without_known_spending_the_strip_shows_no_number():
    books = replace(household(), rest=Rest(known=False))
    shown = words.figures(
        Comparison(side(), side(end=D(1))),
        settings=Settings(),
        snapshot=books,
        changed=True,
        currency=EUR,
        locale="en-US",
    )
    assert [figure.label for figure in shown] == [
        "Chance under 0",
        "Lowest month",
        "Net worth in 2031",
        "A bill cannot be paid",
    ]
    assert {(one.value, one.below, one.tone) for one in shown} == {("not known yet", "needs two weeks of spending", "")}
    assert words.likely(books) == "Without everyday spending"
    assert words.subject(books, cash=True) == "Without everyday spending ahead: cash"


def test_with_known_spending_the_strip_shows_its_numbers():
    both = Comparison(side(), side())
    shown = words.figures(both, settings=Settings(), snapshot=household(), changed=False, currency=EUR, locale="en-US")
    assert [figure.value for figure in shown] == ["0 %", "Nov 2026", "€229,037", "0 %"]
    assert words.subject(household(), cash=False) == "Net worth"


@pytest.mark.parametrize(
    ("end", "value", "below", "long"),
    [
        ("63994", "€63,994", "+€63,894 in the middle future", False),
        ("-99999999", "−€99,999,999", "−€100,000,099 in the middle future", True),
        ("-1500000000000", "−€1.5T", "−€1.5T in the middle future", False),
        ("906050000000", "€906.05B", "+€906.05B in the middle future", False),
    ],
)
def test_large_numbers_fit_their_cell_whole(end, value, below, long):
    both = Comparison(side(end=D(100)), side(end=D(end)))
    shown = words.figures(both, settings=Settings(), snapshot=household(), changed=True, currency=EUR, locale="en-US")
    assert (shown[2].value, shown[2].below, shown[2].long) == (value, below, long)


@pytest.fixture
def asked():
    """A twin's page with one withdrawal of 5,000 laid on."""
    who = Principal(
        person=1,
        uuid=UUID(int=1),
        name="Maya",
        email="",
        issuer="local",
        role="person",
        session=b"",
        onboarded=True,
        locale="en-US",
        zone="UTC",
        currency="EUR",
    )
    token = gate._principal.set(who)
    page = Twin()
    page._seen = Seen(Taken(household(), key(household()), datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 4), (), ())
    page._scenario = Scenario((RateChange(date(2027, 1, 1)), Withdrawal(date(2027, 1, 1), amount=D(5000))))
    asyncio.run(page._compute())
    page._draw()
    yield page
    gate._principal.reset(token)


def typed(page, text, place=1):
    return asyncio.run(Twin.event_handlers["resize"].fn(page, {"place": place, "size": text}))


@pytest.mark.parametrize("text", ["-5", "1e99", "abc", "", "10000000000000", "NaN"])
def test_a_size_that_cannot_be_is_refused_beside_its_field_which_goes_back(asked, text):
    before, details, other = asked.cards[1].refill, asked.cards[1].details, asked.cards[0].refill
    assert typed(asked, text) is None
    assert asked.problem.field == "size"
    assert asked.problem.sentence.endswith(". It stays 5,000.")
    assert asked.wrong == 1
    assert asked.cards[1].size == "5,000"
    assert asked.cards[1].refill != before
    assert asked.cards[1].details == details
    assert asked.cards[0].refill == other
    assert asked._scenario.events[1].size == D(5000)


def test_points_out_of_bounds_are_refused_beside_their_field(asked):
    typed(asked, "25", place=0)
    assert (asked.problem.field, asked.wrong) == ("size", 0)
    assert "between −20 and +20 points" in asked.problem.sentence
    typed(asked, "-2", place=0)
    assert asked.problem.sentence == ""
    assert asked._scenario.events[0].size == D("-0.02")


def edited(page, place, **more):
    return asyncio.run(Twin.event_handlers["edit"].fn(page, {"place": place, "start": "2027-01-01"} | more))


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"start": "2090-01-01"}, "start", "Choose a date within the next 40 years. It stays Jan 1, 2027."),
        ({"start": "soon"}, "start", "This is not a date. It stays Jan 1, 2027."),
        ({"growth": "90"}, "growth", "Growth is between −50 and +50 % a year. It stays 6 %."),
        ({"growth": "lots"}, "growth", "This is not a number. Write it like 1.5. It stays 6 %."),
    ],
)
def test_a_detail_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(asked, form, field, sentence):
    asked._scenario = Scenario((*asked._scenario.events, InvestmentGrowth(date(2027, 1, 1), amount=D(50))))
    asyncio.run(asked._compute())
    asked._draw()
    before, other = asked.cards[2], asked.cards[1]
    assert edited(asked, 2, **form) is None
    assert (asked.problem.field, asked.problem.sentence, asked.wrong) == (field, sentence, 2)
    assert asked.cards[1:] == [other, before]
    assert edited(asked, 2, start="2027-01-01", growth="7.00") == Twin.project
    assert asked.cards[2].details != before.details  # "7.00" becomes "7"
    assert edited(asked, 2, start="2027-02-01", growth="7") == Twin.project
    assert (asked.cards[2].start, asked.cards[2].growth, asked.problem.sentence) == ("2027-02-01", "7", "")


def test_each_detail_that_cannot_be_is_told_at_once(asked):
    asked._scenario = Scenario((*asked._scenario.events, InvestmentGrowth(date(2027, 1, 1), amount=D(50))))
    asyncio.run(asked._compute())
    asked._draw()
    edited(asked, 2, start="", growth="lots", each_month="some")
    assert (asked.problem.field, asked.problem.sentence) == ("start", "Enter a day. It stays Jan 1, 2027.")
    assert asked.problem.others == {
        "growth": "This is not a number. Write it like 1.5. It stays 6 %.",
        "each_month": "This is not an amount. Write it like 1,234.56. It stays €0.00.",
    }
    edited(asked, 2, growth="lots", each_month="some")
    assert {asked.problem.field, *asked.problem.others} == {"growth", "each_month"}


def test_events_beyond_the_horizon_change_nothing_on_the_page(asked):
    assert (asked.total != "", "baseline" in asked.plot.series) == (True, True)
    for place in (0, 1):
        edited(asked, place, start="2036-01-01", savings=True)
    assert (asked.total, asked.pins, "baseline" in asked.plot.series) == ("", [], False)


def test_every_refused_detail_says_what_stays():
    told = {
        (kind, field): words.stays(words.fresh_event(KINDS[kind], household()), field, currency=EUR, locale="en-US")
        for kind, fields in {
            "recurring_expense": ("until",),
            "emergency_fund": ("cover",),
            "investment_growth": ("each_month",),
            "deposit": ("start", "growth"),
        }.items()
        for field in fields
    }
    assert list(told.values()) == [
        "It stays for good.",
        "It stays 3 months.",
        "It stays €0.00.",
        "It stays Jan 1, 2027.",
        "",
    ]


@pytest.mark.parametrize(
    ("there", "note"),
    [(None, ""), (D("5713.40"), "Only €5,713 is there to invest."), (D(0), "Nothing is there to invest.")],
)
def test_a_card_says_how_much_is_there_to_invest(there, note):
    event = InvestmentGrowth(date(2027, 1, 1), amount=D(200_000))
    card = words.card(0, event, household(), currency=EUR, locale="en-US", refill=0, there=there)
    assert card.note == note


def test_a_field_that_is_left_as_it_was_asks_nothing(asked):
    before = asked.cards[1].refill
    assert typed(asked, "5,000") is None
    assert asked.cards[1].refill == before
    assert typed(asked, "5000.00") is None
    assert asked.cards[1].refill != before


def test_a_typed_size_counts(asked):
    assert typed(asked, "750") == Twin.project
    assert asked._scenario.events[1].size == D(750)
    assert asked.cards[1].size == "750"


def test_streams_stand_with_their_evidence():
    taken = Taken(household(), key(household()), datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 4)
    told = words.assumed(taken, Settings(), currency=EUR, locale="en-US", zone="UTC")
    wages = next(row for row in told.streams if row.name == "wages")
    assert wages.inflow
    assert wages.amount == "+€2,990.00"
    assert wages.rhythm == "every month, next Dec 5, 2026"
    assert wages.evidence == "seen 24 times since Nov 5, 2024, very sure"
