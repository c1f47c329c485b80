"""A month's statement: its lines carry the opening to the closing, which is the balance of the month's last day."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintwin.db.work import work
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.ledger import journal, month_statement, register, service
from fintwin.ledger.posting import Status, movement

CENTS = st.integers(-50_000, 50_000).filter(bool).map(lambda cents: D(cents) / 100)
DAYS = st.integers(0, 100).map(lambda days: date(2026, 1, 1) + timedelta(days=days))


def told(session, who, account, month, **some):
    of = month_statement.statement(session, who, account=account.id, month=month)
    return of, list(month_statement.entries(session, who, of=of, **some))


@settings(max_examples=20)
@given(st.lists(st.tuples(DAYS, CENTS, st.booleans()), max_size=12))
def test_any_month_ends_with_the_balance_of_its_last_day(person, opened, key, moved):
    who = person()
    account = opened(who, "100.00", custody="tracked", opened=date(2025, 12, 31))
    with work(who.person) as session:
        items = [
            movement(account=account.id, amount=amount, currency=account.currency, booked=day)
            for day, amount, _ in moved
        ]
        booked = journal.post_batch(session, who, items, whole=True) if items else []
        for one, (_, _, undone) in zip(booked, moved, strict=True):
            if undone:
                service.reverse(session, who, transaction=one.transaction, key=key())
        before = D(0)
        for month in (date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 5))):
            of, lines = told(session, who, account, month)
            assert of.opening == before
            assert of.closing == register.balance_at(session, who, account=account.id, on=of.last)
            running = of.opening
            for line in lines:
                running += line.amount
                assert line.balance == running
                assert of.first <= line.booked <= of.last
            assert running == of.closing == of.opening + of.inflow - of.outflow
            assert [line.booked for line in lines] == sorted(line.booked for line in lines)
            assert of.many == len(lines)
            pages = [
                line for n in range(0, of.many, 3) for line in told(session, who, account, month, skipped=n, rows=3)[1]
            ]
            assert pages == lines
            before = of.closing
        service.deposit(session, who, account=account.id, amount="1", key=key())  # reading leaves the session as it was


def test_both_lines_of_what_was_taken_back_stand_there(person, opened, key):
    who = person()
    account, other = opened(who, "100.00"), opened(who, "0", name="Rainy day")
    with work(who.person) as session:
        wrong = service.withdraw(session, who, account=account.id, amount="7.00", key=key(), payee="Bookshop")
        service.reverse(session, who, transaction=wrong.transaction, key=key())
        service.own_transfer(session, who, giving=account.id, taking=other.id, amount="40", key=key())
        service.pay_person(
            session, who, account=account.id, number=opened(person("Ben"), name="B").number, amount="1", key=key()
        )
        of, lines = told(session, who, account, today(system_clock, zone="UTC"))
    assert [line.amount for line in lines] == [D(100), D(-7), D(7), D(-40), D(-1)]
    assert [line.status for line in lines[1:3]] == [Status.REVERSED] * 2
    assert f"takes back {wrong.reference}" in lines[2].details
    assert [line.title for line in lines] == ["Opening balance", "Bookshop", "Taken back", "To Rainy day", "B•••"]
    assert (of.opening, of.inflow, of.outflow, of.closing) == (0, 107, 48, 59)
    rows = list(csv.DictReader(io.StringIO("".join(month_statement.statement_csv(of, lines)))))
    assert [row["Balance"] for row in rows] == ["0.00", "100.00", "93.00", "100.00", "60.00", "59.00", "59.00"]
    assert (rows[-1]["In"], rows[-1]["Out"], rows[1]["In"], rows[1]["Out"]) == ("107.00", "48.00", "100.00", "")
    assert [row["Status"] for row in rows] == ["", "posted", "reversed", "reversed", "posted", "posted", ""]
    assert [row["Outcome"] for row in rows] == ["", *["success"] * 5, ""]


def test_what_nobody_has_said_is_not_known(person, opened):
    who = person()
    account = opened(who, None, custody="tracked")
    with work(who.person) as session:
        items = [movement(account=account.id, amount=D("-3.50"), currency=account.currency, booked=date(2026, 5, 4))]
        journal.post_batch(session, who, items)
        of, lines = told(session, who, account, date(2026, 5, 31))
    assert (of.opening, of.closing, lines[0].balance, of.outflow) == (None, None, None, D("3.50"))


def test_the_months_run_from_the_first_booking_to_this_one(person, opened):
    who = person()
    account = opened(who, "1", opened=date(2025, 11, 30))
    with work(who.person) as session:
        found = month_statement.months(session, who, account=account.id, today=date(2026, 2, 14))
    assert [month_statement.month_words(month) for month in found] == ["2026-02", "2026-01", "2025-12", "2025-11"]


def test_another_persons_account_has_no_statement(person, opened):
    theirs, stranger = opened(person(), "1"), person("Stranger")
    with work(stranger.person) as session:
        with pytest.raises(NotFound):
            month_statement.statement(session, stranger, account=theirs.id, month=date(2026, 1, 1))
        assert month_statement.months(session, stranger, account=theirs.id, today=date(2026, 1, 1)) == [
            date(2026, 1, 1)
        ]


@pytest.mark.parametrize("words", ["", "2026", "2026-13", "2026-1", "1899-12", "2201-01", "２０２６-01", "2026-01\n"])
def test_a_month_that_is_none_is_refused(words):
    with pytest.raises(Invalid, match="2026-10"):
        month_statement.month_of(words)


def test_months_follow_each_other():
    month = date(2025, 1, 1)
    for _ in range(30):
        following = month_statement.next_month(month)
        assert month_statement.month_before(following) == month
        assert month_statement.month_of(month_statement.month_words(month)) == month
        month = following


def test_a_month_of_twenty_thousand_bookings_is_paged_and_whole(person, opened):
    who = person()
    account = opened(who, "0.00", custody="tracked", opened=date(2026, 2, 1))
    with work(who.person) as session:
        for part in range(2):
            items = [
                movement(account=account.id, amount=D(1), currency=account.currency, booked=date(2026, 3, 1 + n % 31))
                for n in range(part, 20_000, 2)
            ]
            journal.post_batch(session, who, items, whole=True)
        of, lines = told(session, who, account, date(2026, 3, 1), skipped=19_950, rows=100)
        assert (of.many, len(lines), lines[-1].balance, of.closing) == (20_000, 50, 20_000, 20_000)
        assert sum(1 for _ in month_statement.entries(session, who, of=of)) == 20_000
