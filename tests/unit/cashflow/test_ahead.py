"""Cash ahead with everyday life in it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from fintwin.cashflow.ahead import ahead, everyday, irregular
from fintwin.cashflow.cadence import add_months
from fintwin.cashflow.recurring import Row, learn

D = Decimal
TODAY = date(2026, 11, 21)


def row(day, payee, amount, account="a"):
    return Row(day, payee, D(amount), account, "EUR")


def groceries(months, *, account="a"):
    """A different shop, day and amount each time: nothing that could be a stream; 304.40 a month."""
    shops = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel")
    places = ((2, "40.40"), (7, "94.00"), (11, "10.00"), (16, "110.00"), (23, "50.00"))
    return [
        row(
            add_months(TODAY, -back) + timedelta(days=day),
            f"{shops[(back + day) % 8]} {shops[(back * 3 + day) % 7]}",
            f"-{amount}",
            account,
        )
        for back in range(1, months + 1)
        for day, amount in places
    ]


def test_an_ordinary_day_is_a_share_of_an_ordinary_month():
    assert everyday(learn(groceries(6), as_of=TODAY)) == D("-10.00")


def gigs(*months):
    """Income from a payer of its own each time, on no day that comes back."""
    return [
        row(add_months(TODAY, -back) + timedelta(days=3 + 5 * back % 11), f"{name} Studio", "5200.00")
        for back, name in zip(months, ("Quince", "Rowan", "Sorrel", "Thyme", "Umber", "Violet"), strict=False)
    ]


def test_income_that_keeps_no_rhythm_is_no_gain_of_every_day():
    learned = learn(groceries(6) + gigs(1, 2, 3, 4, 5), as_of=TODAY)
    assert not learned.streams
    assert sum(learned.rest) > 0
    assert everyday(learned) == D("-10.00")
    assert all(month <= 0 for month in learned.spent)
    assert irregular(learned, as_of=TODAY) == tuple(
        f"{name} Studio" for name in ("Quince", "Rowan", "Sorrel", "Thyme", "Umber")
    )


def test_income_alone_makes_no_day_a_gain():
    learned = learn(gigs(1, 2, 3, 5), as_of=TODAY)
    assert learned.known
    assert everyday(learned) == 0


def test_what_a_payee_gives_back_is_taken_off_its_cost():
    spent = groceries(6)
    back = [replace(one, day=one.day + timedelta(days=1), amount=-one.amount) for one in spent[::5]]
    learned = learn(spent + back, as_of=TODAY)
    assert learned.irregular == ()
    assert sum(learned.spent) == sum(learned.rest)
    assert everyday(learned) > D("-10.00")


def test_irregular_income_of_long_ago_is_not_named():
    learned = learn(groceries(12) + gigs(2, 9), as_of=TODAY)
    assert irregular(learned, as_of=TODAY) == ("Quince Studio",)


def test_too_short_a_history_says_nothing():
    assert everyday(learn([row(TODAY, "Alder", "-12.00")], as_of=TODAY)) is None
    assert everyday(learn([], as_of=TODAY)) is None


def test_what_cards_pay_each_month_is_part_of_the_day():
    streaming = [
        row(add_months(TODAY, -back) + timedelta(days=3), "Starlight", "-15.22", "card") for back in range(1, 13)
    ]
    learned = learn(groceries(12) + streaming, as_of=TODAY)
    assert [stream.account for stream in learned.streams] == ["card"]
    assert everyday(learned) == D("-10.00")
    assert everyday(learned, cards=frozenset({"card"})) == D("-10.50")


def test_cash_goes_down_by_the_day_and_the_lowest_point_is_the_last():
    seen = ahead(D("1000.00"), (), accounts=frozenset({"a"}), as_of=TODAY, days=60, each_day=D("-10.00"))
    assert seen.days[0] == (TODAY, D("1000.00"))
    assert (seen.lowest, seen.lowest_day) == (D("400.00"), TODAY + timedelta(days=60))
    assert seen.everyday == D("-10.00")


def test_the_lowest_point_lies_before_the_salary():
    salary = [row(date(2026, month, 28), "Northwind Payroll", "2000.00") for month in range(1, 11)]
    learned = learn(salary, as_of=TODAY)
    seen = ahead(D("500.00"), learned.streams, accounts=frozenset({"a"}), as_of=TODAY, days=30, each_day=D("-10.00"))
    assert seen.lowest_day == learned.streams[0].next - timedelta(days=1)
    assert seen.lowest == D("500.00") - 10 * (seen.lowest_day - TODAY).days
