"""The dashboard's numbers in words."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from uuid import UUID

from fintwin.cashflow.ahead import Ahead, Due
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.register import Filter
from fintwin.ledger.result import Balance, MonthResult, Point
from fintwin.ui.pages.dashboard import standing

EUR = currency("EUR")
TODAY = date(2026, 11, 21)
WHO = Principal(1, UUID(int=1), "Ada", "", "local", "customer", locale="en-GB", zone="UTC", currency="EUR")


def account(name="Everyday", *, posted="100", known=date(2026, 1, 1), status="active", of=EUR):
    return AccountView(
        id=1,
        uuid=UUID(int=7),
        name=name,
        number="",
        bank_number="",
        class_="asset",
        custody="tracked",
        type="checking",
        currency=of,
        status=status,
        posted=D(posted),
        pending=D(0),
        available=D(posted),
        credit_limit=D(0),
        known_since=known,
        version=1,
        last_transaction_at=None,
    )


def balance(amount="100", *, behind=None, unknown=(), foreign=()):
    behind = (account(),) if behind is None else behind
    return Balance(None if amount is None else D(amount), EUR, "What it means.", behind, (), unknown, foreign)


def line(*values):
    start = TODAY - timedelta(days=len(values) - 1)
    return tuple(Point(start + timedelta(days=place), D(value)) for place, value in enumerate(values))


def ahead(*amounts, start=1000, everyday=None):
    days, due, cash = [(TODAY, D(start))], [], D(start)
    for place, amount in enumerate(amounts, 1):
        day = TODAY + timedelta(days=place)
        cash += D(amount)
        if amount:
            due.append(Due(day, f"Payment {place}", D(amount), cash))
        days.append((day, cash))
    low_day, low = min(days, key=lambda one: (one[1], one[0]))
    return Ahead(tuple(days), tuple(due), low, low_day, everyday)


def test_an_unknown_net_worth_has_no_number():
    shown = standing.net_worth_figure(balance(None, behind=(), unknown=(account("Mystery"),)), (), WHO, today=TODAY)
    assert shown.value == ""
    assert shown.below == "no balance was given yet"


def test_the_change_of_the_month_needs_a_balance_before_it():
    points = line(*range(0, 3000, 100))
    assert standing.net_worth_figure(balance("2900"), points, WHO, today=TODAY).below == "+€2,100 this month"
    fresh = balance("2900", behind=(account(known=date(2026, 11, 3)),))
    assert standing.net_worth_figure(fresh, points, WHO, today=TODAY).below == ""


def test_what_is_left_out_is_said():
    shown = standing.cash_figure(balance(unknown=(account("Mystery"),)), line(1, 2), WHO)
    assert shown.below == "without 1 account"
    definition = standing.balance_definition("Cash now", balance(unknown=(account("Mystery"),)), WHO)
    assert definition.left_out == "Balance not known: Mystery."
    assert [part.name for part in definition.parts] == ["Everyday"]


def test_a_month_without_bookings_is_nothing_yet_not_zero():
    none = MonthResult(date(2026, 11, 1), D(0), D(0), 0, EUR, "", Filter(), (), ())
    assert standing.month_figure(none, WHO).value == ""
    assert "opening balances do not count" in standing.month_figure(none, WHO).below
    some = MonthResult(date(2026, 11, 1), D(50), D(20), 3, EUR, "", Filter(counted=True), (), ())
    assert standing.month_figure(some, WHO).value == "+€30"
    assert standing.month_definition(some, WHO, accounts=()).href == "/transactions?counted=1"


def test_the_lowest_point_is_looked_for_in_its_days_only():
    found = ahead(*([0] * 10), -300, *([0] * 60), -600)
    assert standing.lowest(found) == standing.Lowest(D(700), TODAY + timedelta(days=11))
    assert standing.lowest_figure(found, WHO).tone == "twin"


def test_nothing_due_leaves_the_lowest_point_unknown():
    assert standing.lowest_figure(ahead(0, 0), WHO).value == ""
    assert standing.lowest_figure(None, WHO).below == "needs the balance of a cash account"
    assert "Not known yet" in standing.lowest_definition(ahead(0, 0), WHO).left_out


def test_the_payments_until_the_lowest_day_stand_behind_it():
    found = ahead(-100, -200, +500)
    definition = standing.lowest_definition(found, WHO)
    assert [part.value for part in definition.parts] == ["€1,000.00", "−€100.00", "−€200.00"]
    assert definition.value == "€700.00 on 23 Nov 2026"


def test_a_lowest_point_of_today_shows_what_was_counted_and_never_goes_below_it():
    found = ahead(+500, -200, *([0] * 70), -5000)
    definition = standing.lowest_definition(found, WHO)
    assert definition.value == "€1,000.00 on 21 Nov 2026"
    assert [part.value for part in definition.parts] == ["€1,000.00", "+€500.00", "−€200.00"]
    assert "lowest today" in definition.left_out


def test_a_missing_balance_can_be_said_from_here():
    unknown = replace(account("Mystery"), known_since=None)
    assert standing.first_without_balance(balance(None, behind=(), unknown=(unknown,))).endswith(str(unknown.uuid))
    assert standing.first_without_balance(balance(None, behind=())) == ""


def test_accounts_of_one_name_are_told_apart_by_their_ending():
    assert (
        standing.account_part(replace(account(), bank_number="DE89370400440532014300"), WHO).line == "at a bank ··4300"
    )
    assert standing.account_part(account(), WHO).line == "at a bank"


def test_everyday_life_stands_behind_it_too():
    found = ahead(-100, -200, everyday=D("-20"))
    definition = standing.lowest_definition(found, WHO)
    assert definition.parts[-1].line == "2 days, about €20.00 each"
    assert definition.parts[-1].value == "−€40.00"
    assert standing.ahead_words(found) == "Most likely"
    assert standing.ahead_words(ahead(-100)) == "If known payments fall due"


def test_income_that_keeps_no_rhythm_is_named_as_left_out():
    found = replace(ahead(-100, everyday=D(0)), irregular=("Quince", "Rowan", "Sorrel", "Thyme"))
    definition = standing.lowest_definition(found, WHO)
    assert definition.left_out.endswith(": income from Quince, Rowan, Sorrel and 1 more.")
    assert [part.name for part in definition.parts] == ["Cash now", "Payment 1"]
    assert standing.lowest_definition(ahead(-100), WHO).left_out == ""


def test_the_chart_goes_on_where_the_books_end():
    moments = standing.cash_moments(line(900, 1000), ahead(-100))
    assert [moment.booked for moment in moments] == [D(900), D(1000), None]
    assert moments[-1].likely == D(900)
    assert standing.cash_moments(line(900), ahead(0)) == standing.cash_moments(line(900), None)
