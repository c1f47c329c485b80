"""What a history says about the months to come."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from fintwin.cashflow.ahead import ahead
from fintwin.cashflow.cadence import Cadence, Rhythm, add_months, dates
from fintwin.cashflow.recurring import Row, coming, learn, normal_payee

D = Decimal
TODAY = date(2026, 11, 21)


def row(day, payee, amount, account="a"):
    return Row(day, payee, D(amount), account, "EUR")


def before_weekend(day):
    return day - timedelta(days=max(day.weekday() - 4, 0))


def after_weekend(day):
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def months_back(count, day, *, end=date(2026, 11, 1)):
    first = Rhythm(Cadence.MONTH, end, (day,))
    return list(dates(first, after=add_months(TODAY, -count), until=TODAY))


def only(learned):
    assert len(learned.streams) == 1, learned.streams
    return learned.streams[0]


def test_payee_loses_what_changes():
    assert normal_payee("POS 2024-03-11 REWE SAGT DANKE 45123456") == normal_payee("REWE SAGT DANKE 11/04 Ref 998")


def test_month_end_salary_moved_before_weekends():
    stream = only(
        learn([row(before_weekend(day), "ACME Payroll", "3100.00") for day in months_back(18, 31)], as_of=TODAY)
    )
    assert stream.rhythm.cadence is Cadence.MONTH
    assert stream.amount == D("3100.00")
    assert abs((stream.next - date(2026, 11, 30)).days) <= 3
    assert stream.confidence > 0.9


def test_rent_on_the_first_moved_after_weekends_wraps_no_month():
    stream = only(learn([row(after_weekend(day), "Landlord", "-950") for day in months_back(14, 1)], as_of=TODAY))
    assert stream.rhythm.cadence is Cadence.MONTH
    assert stream.next.month == 12 or stream.next >= date(2026, 11, 29)
    assert stream.seen == 14


@pytest.mark.parametrize(
    ("cadence", "anchor", "days", "years"),
    [
        (Cadence.WEEK, date(2026, 11, 16), (), 1),
        (Cadence.FORTNIGHT, date(2026, 11, 13), (), 1),
        (Cadence.HALF_MONTH, date(2026, 11, 15), (15, 31), 1),
        (Cadence.QUARTER, date(2026, 10, 5), (5,), 3),
        (Cadence.HALF_YEAR, date(2026, 9, 5), (5,), 3),
        (Cadence.YEAR, date(2026, 3, 9), (9,), 4),
    ],
)
def test_every_cadence(cadence, anchor, days, years):
    told = dates(Rhythm(cadence, anchor, days), after=add_months(TODAY, -12 * years), until=TODAY)
    stream = only(learn([row(after_weekend(day), "Club", "-25.00") for day in told], as_of=TODAY))
    assert stream.rhythm.cadence is cadence


def test_a_price_rise_stays_one_stream_at_the_new_price():
    days = months_back(12, 7)
    rows = [row(day, "Streambox", "-12.99" if place < 8 else "-15.99") for place, day in enumerate(days)]
    stream = only(learn(rows, as_of=TODAY))
    assert stream.amount == D("-15.99")
    assert stream.seen == 12


def test_two_incomes_from_one_payer_are_two_streams():
    rows = [row(day, "ACME", "2400.00") for day in months_back(12, 28)]
    rows += [row(day, "ACME", "310.00") for day in months_back(12, 15)]
    learned = learn(rows, as_of=TODAY)
    assert sorted(stream.amount for stream in learned.streams) == [D("310.00"), D("2400.00")]
    assert len({stream.key for stream in learned.streams}) == 2


def test_a_utility_that_varies_is_still_a_stream():
    chance = random.Random(3)
    rows = [row(day, "City Power", f"-{80 * (1 + chance.uniform(-0.12, 0.12)):.2f}") for day in months_back(15, 12)]
    stream = only(learn(rows, as_of=TODAY))
    assert D("-95") < stream.amount < D("-65")
    assert stream.spread > 0


def test_shopping_at_random_is_no_stream():
    chance = random.Random(5)
    rows = [
        row(TODAY - timedelta(days=chance.randrange(720)), "Market", f"-{chance.lognormvariate(3.4, 0.6):.2f}")
        for _ in range(150)
    ]
    learned = learn(rows, as_of=TODAY)
    assert learned.streams == ()
    assert learned.known
    assert sum(learned.rest) == sum(r.amount for r in rows if r.day > add_months(TODAY, -len(learned.rest)))


def test_a_stream_ends_after_one_and_a_half_periods():
    rows = [row(day, "Gym", "-30") for day in months_back(14, 3) if day < date(2026, 8, 1)]
    learned = learn(rows, as_of=TODAY)
    assert learned.streams == ()
    assert [stream.name for stream in learned.ended] == ["Gym"]


def test_what_will_hardly_come_again_is_set_aside():
    chance = random.Random(8)
    rows = [
        row(TODAY - timedelta(days=n * 3), f"Shop {chance.choice('xyz')}", f"-{20 + chance.random() * 40:.2f}")
        for n in range(120)
    ]
    gift = row(date(2026, 5, 5), "Estate of an aunt", "25000")
    learned = learn([*rows, gift], as_of=TODAY)
    assert learned.one_offs == (gift,)
    assert max(learned.rest) < 0


def test_no_history_is_not_known_and_not_zero():
    learned = learn([], as_of=TODAY)
    assert not learned.known
    assert learned.rest == ()


def test_an_overdue_payment_is_still_to_come():
    rows = [row(day, "Landlord", "-950") for day in months_back(14, 19) if day.month != 11 or day.year != 2026]
    stream = only(learn(rows, as_of=TODAY))
    assert stream.next == date(2026, 11, 19)
    assert list(coming(stream, after=TODAY, until=date(2026, 12, 31))) == [
        TODAY + timedelta(days=1),
        date(2026, 12, 19),
    ]


def test_the_lowest_point_ahead_is_before_the_salary():
    rows = [row(day, "Landlord", "-950") for day in months_back(14, 1)]
    rows += [row(day, "ACME", "2400") for day in months_back(14, 15)]
    learned = learn(rows, as_of=TODAY)
    seen = ahead(D("1000"), learned.streams, accounts=frozenset({"a"}), as_of=TODAY)
    assert (seen.lowest, seen.lowest_day) == (D("50"), date(2026, 12, 1))
    assert len(seen.days) == 61
    assert seen.due[-1].cash == seen.days[-1][1]
