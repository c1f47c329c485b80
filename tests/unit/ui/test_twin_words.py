"""The twin's page in values: cards, sliders, the chart's days, pins, evidence."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest

from fintwin.cashflow.cadence import add_months
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.result import Point
from fintwin.projection.service import Taken
from fintwin.projection.snapshot import Account, Kind, Rest, key
from fintwin.twin.scenario import KINDS, RateChange, Scenario, Withdrawal
from fintwin.twin.simulation import Settings, lines
from fintwin.ui.components.plot import plot
from fintwin.ui.pages.twin import words
from fintwin.ui.pages.twin.state import _percent
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
    assert _percent(text, field="size") == D(share)


@pytest.mark.parametrize("text", ["", "much", "1e9", "NaN", "-500", "Infinity"])
def test_what_is_no_percent_is_refused(text):
    with pytest.raises(Invalid):
        _percent(text, field="size")


def past(days):
    return [Point(TODAY - timedelta(days=days - place), D(1000 + place)) for place in range(days + 1)]


@pytest.mark.parametrize("months", words.HORIZONS)
def test_the_charts_days_are_even_few_and_end_at_the_horizon(months):
    settings = Settings(months=months)
    told = lines(household(), Scenario((Withdrawal(date(2026, 12, 1), amount=D(5)),)), settings)
    begin = words.past_begin(household(), months)
    days = words.moments(
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
    assert words.pins(scenario, days=days) == [words.Pin("Big withdrawal, Rate change", "50.0%", True)]


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


def test_streams_stand_with_their_evidence():
    taken = Taken(household(), key(household()), datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 4)
    told = words.assumed(taken, Settings(), currency=EUR, locale="en-US", zone="UTC")
    wages = next(row for row in told.streams if row.name == "wages")
    assert wages.inflow
    assert wages.amount == "+€2,990.00"
    assert wages.rhythm == "every month, next Dec 5, 2026"
    assert wages.evidence == "seen 24 times since Nov 5, 2024, very sure"
