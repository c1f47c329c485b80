"""Totals in a person's own currency: by rates that they gave, with their day, and never without one."""

from datetime import date
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import conversion, rates, result, service

DAY = date(2026, 3, 2)


def do(who, call, /, *args, **named):
    return perform(who.person, lambda session: call(session, who, *args, **named))


@pytest.fixture
def maya(person):
    return person("Maya")


def test_net_worth_counts_what_has_a_rate_and_names_what_has_none(maya, opened):
    opened(maya, "100.00", custody="tracked", opened=DAY)
    dollars = opened(maya, "50.00", of="USD", custody="tracked", opened=DAY)
    yen = opened(maya, "1000", of="JPY", custody="tracked", opened=DAY)
    worth = do(maya, result.net_worth)
    assert (worth.amount, [one.id for one in worth.foreign]) == (D(100), [dollars.id, yen.id])

    do(maya, rates.enter, base="USD", quote="EUR", day=DAY, rate="0.92")
    worth = do(maya, result.net_worth)
    assert worth.amount == D("146.00")
    [counted] = worth.converted
    assert (counted.account.id, counted.amount, counted.rate, counted.day) == (dollars.id, D("46.00"), D("0.92"), DAY)
    assert [one.id for one in worth.foreign] == [yen.id]

    do(maya, rates.enter, base="USD", quote="JPY", day=date(2026, 3, 1), rate="150")
    worth = do(maya, result.net_worth)
    assert worth.amount == D("146.00") + D("6.13")
    assert [one.day for one in worth.converted] == [DAY, date(2026, 3, 1)]
    do(maya, rates.forget, base="USD", quote="EUR", day=DAY)
    assert do(maya, result.net_worth).amount == D(100)


def test_a_line_counts_each_day_at_its_rate(maya, opened):
    dollars = opened(maya, "10.00", of="USD", custody="tracked", opened=DAY)
    do(maya, rates.enter, base="USD", quote="EUR", day=date(2026, 3, 3), rate="0.90")
    do(maya, rates.enter, base="USD", quote="EUR", day=date(2026, 3, 5), rate="1.10")
    points = do(maya, result.history, of=[dollars], since=DAY, until=date(2026, 3, 5))
    assert [(one.day.day, one.balance) for one in points] == [(3, D("9.00")), (4, D("9.00")), (5, D("11.00"))]


def test_a_months_result_counts_other_currencies_and_no_conversion(maya, opened, key):
    here = opened(maya, "100.00", custody="tracked", opened=date(2026, 1, 1))
    dollars = opened(maya, "10.00", of="USD", custody="tracked", opened=date(2026, 1, 1), name="Dollars")
    do(maya, service.withdraw, account=here.id, amount="20.00", key=key(), booked=DAY)
    do(maya, service.deposit, account=dollars.id, amount="5.00", key=key(), booked=DAY)
    do(maya, conversion.convert, giving=here.id, taking=dollars.id, gave="9.00", got="10.00", key=key(), booked=DAY)
    found = do(maya, result.month_result, month=DAY)
    assert (found.inflow, found.outflow, [one.code for one in found.foreign]) == (D(0), D(20), ["USD"])
    do(maya, rates.enter, base="EUR", quote="USD", day=date(2026, 3, 31), rate="1.25")
    found = do(maya, result.month_result, month=DAY)
    assert (found.inflow, found.outflow, found.foreign) == (D(4), D(20), ())
    [counted] = found.converted
    assert (counted.currency.code, counted.amount, counted.rate, counted.day) == (
        "USD",
        D(4),
        D("0.8"),
        date(2026, 3, 31),
    )


def test_a_file_brings_the_rates_of_the_currencies_in_use(maya, opened):
    opened(maya, of="USD")
    table = b"Date,USD,JPY\n2026-03-02,1.0874,160.1\n2026-03-01,1.08,N/A\n"
    assert do(maya, rates.bring, data=table) == 2
    assert do(maya, rates.bring, data=table) == 2
    assert [(one.base, one.quote, one.rate, one.by_hand) for one in do(maya, rates.known)] == [
        ("EUR", "USD", D("1.0874"), False),
        ("EUR", "USD", D("1.08"), False),
    ]


@pytest.mark.parametrize(
    ("named", "code", "field"),
    [
        ({"base": "XXY"}, "unknown_currency", "base"),
        ({"quote": "usd"}, "same_currency", "quote"),
        ({"rate": "0"}, "bad_rate", "rate"),
        ({"rate": "-1"}, "bad_rate", "rate"),
        ({"rate": "NaN"}, "bad_rate", "rate"),
        ({"rate": "1e40"}, "bad_rate", "rate"),
        ({"rate": "x"}, "bad_rate", "rate"),
        ({"day": date(1800, 1, 1)}, "bad_date", "day"),
    ],
)
def test_what_is_no_rate_is_refused_beside_its_field(maya, named, code, field):
    with pytest.raises(FinTwinError) as caught:
        do(maya, rates.enter, **({"base": "USD", "quote": "EUR", "day": DAY, "rate": "0.92"} | named))
    assert (caught.value.code, caught.value.field) == (code, field)
    assert do(maya, rates.known) == []


def test_rates_are_a_persons_own(maya, person, opened):
    omar = person("Omar")
    opened(omar, "50.00", of="USD")
    do(maya, rates.enter, base="USD", quote="EUR", day=DAY, rate="0.92")
    assert do(omar, rates.known) == []
    assert do(omar, result.net_worth).amount is None
