"""The six scenarios, what they change, why, and the sentence over them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from fintwin.cashflow.cadence import Cadence
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.projection.engine import Engine
from fintwin.projection.question import Amount
from fintwin.projection.snapshot import Kind, Rest, calm
from fintwin.twin import scenario as scenarios
from fintwin.twin import simulation
from fintwin.twin.headline import headline, points_text, share_text
from fintwin.twin.scenario import (
    Deposit,
    EmergencyFund,
    InvestmentGrowth,
    RateChange,
    RecurringExpense,
    Scenario,
    Withdrawal,
)
from fintwin.twin.simulation import Settings, lines, safe_amount, simulate
from tests.unit.projection.household import TODAY, household

NEXT_YEAR = date(2027, 3, 1)
CACHE = Path(__file__).parents[3] / ".pytest_cache" / "engine"
EUR = currency("EUR")
SHORT = Settings(months=36, paths=4000)

ALL_SIX = (
    RateChange(NEXT_YEAR, points=D("0.02")),
    Withdrawal(NEXT_YEAR, amount=D(2500)),
    Deposit(NEXT_YEAR, amount=D(1500)),
    RecurringExpense(NEXT_YEAR, amount=D(80), every=Cadence.MONTH),
    InvestmentGrowth(NEXT_YEAR, amount=D(500), each_month=D(25), growth=D("0.08")),
    EmergencyFund(NEXT_YEAR, amount=D(150), cover=3),
)


@pytest.fixture(scope="module")
def engine():
    made = Engine(data_dir=None, cache_dir=CACHE)
    yield made
    made.close()


def test_a_scenario_survives_being_stored():
    stacked = Scenario((*ALL_SIX, replace(ALL_SIX[1], on=False)))
    assert scenarios.read(scenarios.to_plain(stacked)) == stacked


@pytest.mark.parametrize("event", ALL_SIX, ids=lambda event: event.kind)
def test_each_changes_the_course_and_its_reasons_sum_to_the_difference(event):
    told = lines(household(), Scenario((event,)), SHORT)
    assert told.baseline.worth != told.scenario.worth or event.kind == "emergency_fund"
    assert told.baseline.balances != told.scenario.balances
    assert sum(reason.amount for reason in told.reasons) == told.difference
    level = told.scenario.index[-1]
    assert abs(told.difference - (told.scenario.worth[-1] - told.baseline.worth[-1]) / level) <= D("0.005")


@pytest.mark.parametrize("real", [True, False])
def test_stacked_reasons_sum_exactly_and_are_few(real):
    told = lines(household(), Scenario(ALL_SIX), replace(SHORT, real=real))
    assert sum(reason.amount for reason in told.reasons) == told.difference
    assert len(told.reasons) <= 6
    assert "Big withdrawal" in {reason.words for reason in told.reasons}


def test_an_event_that_is_off_counts_for_nothing():
    told = lines(household(), Scenario(tuple(replace(event, on=False) for event in ALL_SIX)), SHORT)
    assert told.scenario == told.baseline
    assert told.reasons == ()
    assert told.difference == 0


def test_a_withdrawal_costs_what_leaves_where_nothing_earns():
    still = replace(calm(household()), streams=())
    still = replace(
        still,
        accounts=tuple(one for one in still.accounts if one.kind is Kind.CASH),
        rest=replace(still.rest, known=False),
    )
    told = lines(still, Scenario((Withdrawal(NEXT_YEAR, amount=D(500)),)), replace(SHORT, real=False))
    assert told.difference == D(-500)


def test_an_emergency_fund_stops_at_its_target():
    rich = replace(household(), streams=tuple(s for s in household().streams if s.amount > 0))
    fund = EmergencyFund(NEXT_YEAR, amount=D(5000), cover=12)
    told = lines(rich, Scenario((fund,)), Settings(months=24))
    target = 12 * scenarios.monthly_spending(rich)
    saved = [balances[2] for balances in told.scenario.balances]
    assert saved[0] < target <= saved[-1]
    assert max(saved) < target * D("1.05")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Withdrawal(NEXT_YEAR, amount=D(-1)),
        lambda: Deposit(NEXT_YEAR, amount=D("NaN")),
        lambda: RecurringExpense(NEXT_YEAR, amount=D("1e13")),
        lambda: RecurringExpense(NEXT_YEAR, amount=D(1), until=date(2027, 1, 1)),
        lambda: RateChange(NEXT_YEAR, points=D("0.3")),
        lambda: InvestmentGrowth(NEXT_YEAR, growth=D("0.6")),
        lambda: EmergencyFund(NEXT_YEAR, amount=D(1), cover=0),
        lambda: Scenario(ALL_SIX * 4),
        lambda: Settings(months=0),
        lambda: Settings(months=481),
        lambda: Settings(paths=99),
        lambda: Settings(limit=D("Infinity")),
        lambda: scenarios.checked(Scenario((Withdrawal(date(2026, 11, 20), amount=D(1)),)), as_of=TODAY),
        lambda: scenarios.checked(Scenario((Withdrawal(date(2067, 1, 1), amount=D(1)),)), as_of=TODAY),
    ],
)
def test_what_is_out_of_bounds_is_refused(wrong):
    with pytest.raises(Invalid):
        wrong()


def test_without_events_the_scenario_is_the_baseline_bit_for_bit(engine):
    seen = simulate(engine, household(), Scenario(), SHORT)
    zero = simulate(engine, household(), Scenario((Withdrawal(NEXT_YEAR, amount=D(0)),)), SHORT)
    assert seen.scenario == seen.baseline == zero.scenario


def test_both_sides_lie_on_the_same_shocks(engine):
    seen = simulate(engine, household(), Scenario((Withdrawal(NEXT_YEAR, amount=D(3000)),)), SHORT)
    assert seen.comparison.more_chance > 0
    assert seen.comparison.more_worth < 0
    assert seen.comparison.baseline.low <= seen.comparison.baseline.chance <= seen.comparison.baseline.high
    other = simulate(engine, household(), Scenario(), replace(SHORT, limit=D(2000)))
    assert other.comparison.baseline.chance > seen.comparison.baseline.chance


@pytest.mark.parametrize("place", range(5))
def test_the_safe_amount_is_safe_and_a_step_more_is_not(engine, place):
    events = tuple(replace(event, on=number == place) for number, event in enumerate(ALL_SIX))
    books = household(extra=-250)
    event, found = safe_amount(engine, books, Scenario(events), SHORT, place=place)
    assert event is events[place]
    if found.amount is not None and found.amount:
        from fintwin.twin.headline import safe_size

        now = simulate(engine, books, Scenario((event.sized(safe_size(event, found.amount)),)), SHORT)
        assert now.comparison.scenario.chance == pytest.approx(found.chance, abs=1e-9)
        assert found.chance <= 0.05


def test_an_emergency_fund_has_no_safe_amount(engine):
    assert safe_amount(engine, household(), Scenario(ALL_SIX), SHORT, place=5) is None


def told(engine, scenario, solved=None, limit=D(0), books=None):
    books = books or household()
    settings = replace(SHORT, limit=limit)
    return headline(
        simulate(engine, books, scenario, settings).comparison,
        scenario=scenario,
        snapshot=books,
        limit=limit,
        solved=solved,
        currency=EUR,
        locale="en-US",
        until=simulation.end(books, settings),
    )


def test_the_sentence_names_event_month_and_both_chances(engine):
    event = Withdrawal(NEXT_YEAR, amount=D(2500))
    line = told(
        engine, Scenario((event,)), (event, Amount(D(900), 0.05, 0.0)), limit=D(1000), books=household(extra=-200)
    ).text
    assert line.startswith("With the big withdrawal, your cash could fall under €1,000 around ")
    assert ", today " in line
    assert line.endswith("Up to €900 it stays at 5 % or less.")


def test_the_sentence_over_safe_books(engine):
    rich = replace(household(), streams=tuple(s for s in household().streams if s.amount > 0))
    line = told(engine, Scenario(), books=rich).text
    assert line.startswith("As things go, your cash stays above 0 until November 2029")
    assert "(chance 0 %)" in line


def test_the_sentence_where_no_amount_will_do(engine):
    event = Withdrawal(NEXT_YEAR, amount=D(2500))
    assert (
        "No amount keeps the chance at 5 %." in told(engine, Scenario((event,)), (event, Amount(None, 0.3, 0.0))).text
    )


def unknown(**more):
    return replace(household(**more), rest=Rest(known=False))


@pytest.mark.parametrize(
    ("books", "course"),
    [
        (replace(unknown(), income=D("4000.50"), streams=()), "your cash would stay above 0 until November 2029."),
        (unknown(extra=9000), "your cash would fall under 0, most likely around "),
    ],
)
def test_the_sentence_says_first_that_spending_is_not_known(engine, books, course):
    line = told(engine, Scenario(), books=books)
    begin, supposed = line.text.split(": ")
    assert begin.startswith("Your everyday spending is not known yet, so this is what would happen if you spent ")
    assert begin.endswith("nothing but your known bills")
    assert supposed.startswith(course)
    assert line.chance == line.amount == ""
    assert "%" not in line.text


def test_where_nothing_is_known_to_be_paid_no_bills_are_named(engine):
    books = replace(unknown(), streams=(), accounts=household().accounts[:2], income=D(4000))
    assert "if you spent nothing: your cash would stay" in told(engine, Scenario(), books=books).text


def test_where_no_income_is_known_the_sentence_says_that_none_is_counted(engine):
    spending = tuple(stream for stream in household().streams if stream.amount < 0)
    books = replace(household(), streams=spending, rest=Rest(True, (D(-900),) * 12), income=None)
    said = told(engine, Scenario(), books=books).text
    assert said.startswith("No income is known yet, so none is counted: as things go, your cash falls under 0")
    bare = replace(books, rest=Rest(False))
    assert (
        "if you spent nothing but your known bills and earned nothing: your cash"
        in told(engine, Scenario(), books=bare).text
    )
    for known in (replace(books, income=D(3000)), replace(books, rest=Rest(True, (D(-900), D(50))))):
        assert "income" not in told(engine, Scenario(), books=known).text


def test_without_known_spending_no_amount_is_called_safe(engine):
    event = Withdrawal(NEXT_YEAR, amount=D(500))
    assert safe_amount(engine, unknown(), Scenario((event,)), SHORT, place=0) is None
    line = told(engine, Scenario((event,)), (event, Amount(D(900), 0.05, 0.0)), books=unknown(extra=300)).text
    assert ": with the big withdrawal, your cash " in line
    assert "900" not in line


def earning():
    return replace(household(), streams=tuple(s for s in household().streams if s.amount > 0), rest=Rest(True, (D(0),)))


def test_a_search_that_ends_at_its_bound_is_widened_until_an_amount_fails(engine):
    event = Withdrawal(date(2029, 6, 1), amount=D(10))
    first = simulation.largest(earning(), event)
    _, found = safe_amount(engine, earning(), Scenario((event,)), SHORT, place=0)
    assert found.amount > first
    assert not found.at_least
    more = simulate(engine, earning(), Scenario((event.sized(found.amount * 2),)), SHORT)
    assert more.comparison.scenario.chance > 0.05


def test_where_even_the_most_keeps_the_chance_the_sentence_says_at_least(engine):
    event = RateChange(NEXT_YEAR, points=D("0.01"), savings=True, credit=False, loans=False)
    _, found = safe_amount(engine, earning(), Scenario((event,)), SHORT, place=0)
    assert found.at_least
    line = told(engine, Scenario((event,)), (event, found), books=earning()).text
    assert line.endswith("At least up to +10 points it stays at 5 % or less.")


def test_chances_and_points_in_words():
    assert [share_text(share) for share in (0, 0.004, 0.234, 0.996, 1)] == [
        "0 %",
        "under 1 %",
        "23 %",
        "over 99 %",
        "100 %",
    ]
    assert [points_text(D(text)) for text in ("1.50", "-2", "10")] == ["+1.5 points", "−2 points", "+10 points"]
