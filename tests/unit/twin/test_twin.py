"""The six scenarios, what they change, why, and the sentence over them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from fintwin import build
from fintwin.cashflow.cadence import Cadence
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.projection.engine import Engine
from fintwin.projection.question import Amount
from fintwin.projection.snapshot import Kind, Rest, calm
from fintwin.twin import scenario as scenarios
from fintwin.twin import simulation
from fintwin.twin.headline import headline, points_text, safe_size, share_text
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
    made = Engine(data_dir=None, cache_dir=build.engine_dir())
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


def chance_of(engine, books, event, settings=SHORT):
    return simulate(engine, books, Scenario((event,)), settings).comparison.scenario.chance


@pytest.mark.parametrize(
    ("place", "extra", "settings", "step"),
    [
        (0, -250, SHORT, D("0.25")),
        (1, -250, SHORT, D(1)),
        (1, -400, SHORT, D(10)),
        (2, 0, SHORT, D(-1)),
        (3, -250, SHORT, D(1)),
        (4, -400, replace(SHORT, limit=D(2000)), D(1)),
    ],
)
def test_the_safe_amount_is_safe_and_a_step_more_is_not(engine, place, extra, settings, step):
    events = tuple(replace(event, on=number == place) for number, event in enumerate(ALL_SIX))
    books = household(extra=extra)
    event, found = safe_amount(engine, books, Scenario(events), settings, place=place)
    assert event is events[place]
    assert found.amount
    assert not found.at_least
    reached = chance_of(engine, books, event.sized(safe_size(event, found.amount)), settings)
    assert reached == pytest.approx(found.chance, abs=1e-9)
    assert reached <= 0.05
    assert chance_of(engine, books, event.sized(safe_size(event, found.amount + step)), settings) > 0.05


@pytest.mark.parametrize("kind", [Withdrawal, RecurringExpense, Deposit])
def test_the_safe_amount_does_not_hang_on_the_present_size(engine, kind):
    books = household(extra=0 if kind is Deposit else -400)
    told = {
        safe_amount(engine, books, Scenario((kind(NEXT_YEAR, amount=D(size)),)), SHORT, place=0)[1].amount
        for size in (0, 12_000, 33_000, 1_000_000, 999_999_999)
    }
    assert len(told) == 1
    assert told.pop()


@pytest.mark.parametrize("event", ALL_SIX, ids=lambda event: event.kind)
def test_an_event_beyond_the_horizon_has_no_safe_amount_and_the_sentence_says_where_it_lies(engine, event):
    late = replace(event, start=date(2029, 11, 22))
    assert safe_amount(engine, household(), Scenario((late,)), SHORT, place=0) is None
    line = told(engine, Scenario((late,)))
    begin, course = line.text.split(": ", 1)
    assert begin == f"T{event.noun[1:]} begins after Nov 21, 2029, beyond what is looked at"
    assert course.startswith("as things go, your cash could fall under 0 around ")
    assert ", today" not in line.text
    last = replace(event, start=date(2029, 11, 21))
    assert "beyond" not in told(engine, Scenario((last,))).text
    both = told(engine, Scenario((Deposit(NEXT_YEAR, amount=D(5)), late))).text
    assert ": with the deposit, your cash could fall under 0" in both


def test_no_more_is_called_safe_to_invest_than_is_there(engine):
    event = InvestmentGrowth(NEXT_YEAR, amount=D(200_000))
    there = simulation.investable(household(extra=-250), Scenario((event,)), SHORT, place=0)
    assert 0 < there < 20_000
    _, found = safe_amount(engine, household(extra=-250), Scenario((event,)), SHORT, place=0)
    assert found.at_least
    assert there - 1 < found.amount <= there
    line = told(engine, Scenario((event,)), (event, found), books=household(extra=-250)).text
    assert line.startswith("With the investment, your cash ")
    assert line.endswith(" – all that is there to invest – the chance stays at 5 % or less.")
    assert "At least" not in line


def test_the_lines_say_how_much_is_there_for_an_investment_that_is_too_large():
    books = household(extra=-250)
    fits, too_large = (InvestmentGrowth(NEXT_YEAR, amount=D(size), each_month=D(9000)) for size in (500, 200_000))
    assert lines(books, Scenario((fits,)), SHORT).there == {}
    there = lines(books, Scenario((Deposit(NEXT_YEAR, amount=D(50)), too_large)), SHORT).there
    without = lines(books, Scenario((too_large,)), SHORT).there
    assert there[1] == without[0] + 50


def test_where_nothing_is_there_to_invest_no_amount_is_offered(engine):
    poor = replace(household(), accounts=(), streams=(), rest=Rest(True, (D(-5),) * 6))
    event = InvestmentGrowth(NEXT_YEAR, amount=D(100))
    assert lines(poor, Scenario((event,)), SHORT).there == {0: D(0)}
    assert safe_amount(engine, poor, Scenario((event,)), SHORT, place=0) is None


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
    assert line.endswith("Up to €900 the chance stays at 5 % or less.")


def test_the_sentence_over_safe_books(engine):
    rich = replace(household(), streams=tuple(s for s in household().streams if s.amount > 0))
    line = told(engine, Scenario(), books=rich).text
    assert line.startswith("As things go, your cash stays above 0 until November 2029")
    assert line.endswith("in nearly every future (chance of falling under 0: 0 %).")


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
    stated = told(engine, Scenario(), books=replace(books, income=D(3000)))
    assert stated.text.startswith(
        "No income comes back in your bookings, so the €3,000 a month of your profile is counted: "
    )
    assert stated.private
    irregular = replace(books, rest=Rest(True, (D(-900), D(50))))
    assert "income" not in told(engine, Scenario(), books=irregular).text


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
    first = simulation.largest(earning())
    _, found = safe_amount(engine, earning(), Scenario((event,)), SHORT, place=0)
    assert found.amount > first
    assert not found.at_least
    assert chance_of(engine, earning(), event.sized(found.amount + found.amount // 500)) > 0.05


@pytest.mark.parametrize("books", [earning, household], ids=["safe", "tight"])
def test_no_rate_is_called_safe_where_a_higher_one_only_helps(engine, books):
    event = RateChange(NEXT_YEAR, points=D("0.01"), savings=True, credit=False, loans=False)
    assert safe_amount(engine, books(), Scenario((event,)), SHORT, place=0) is None


def test_where_even_the_highest_rate_keeps_the_chance_the_sentence_says_at_least(engine):
    event = RateChange(NEXT_YEAR, points=D("0.01"), savings=False, credit=False, loans=True)
    books = household(extra=-450)
    _, found = safe_amount(engine, books, Scenario((event,)), SHORT, place=0)
    assert found.at_least
    line = told(engine, Scenario((event,)), (event, found), books=books).text
    assert line.endswith("At least up to +10 points the chance stays at 5 % or less.")


def test_several_events_are_named_with_their_articles(engine):
    event = Withdrawal(NEXT_YEAR, amount=D(2500))
    line = told(engine, Scenario((event, ALL_SIX[4], ALL_SIX[5])), (event, Amount(D(900), 0.05, 0.0))).text
    assert line.startswith("With the big withdrawal, the investment and the emergency fund, your cash ")
    assert line.endswith("Up to €900 for the big withdrawal the chance stays at 5 % or less.")


def test_chances_and_points_in_words():
    assert [share_text(share) for share in (0, 0.004, 0.234, 0.996, 1)] == [
        "0 %",
        "under 1 %",
        "23 %",
        "over 99 %",
        "100 %",
    ]
    assert [points_text(D(text)) for text in ("1.50", "-2", "10")] == ["+1.5 points", "−2 points", "+10 points"]
