"""A posting in a round trip of its own says and leaves what one in a session does."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db import swift
from fintwin.db.engine import open_database
from fintwin.db.work import work
from fintwin.kernel.errors import Conflict, Invalid, NotFound, Refused
from fintwin.ledger import accounts, journal, service
from fintwin.ledger.posting import Item, Kind
from tests.integration.crowd import at_once

DAY = date(2026, 3, 2)


@pytest.fixture
def books(person, opened):
    maya, omar = person(), person("Omar")
    return maya, opened(maya, "100.00"), opened(maya, name="Savings", type="savings"), opened(omar)


def moved(here, there, amount="30.00", *, key="once"):
    return Item(Kind.OWN_TRANSFER, D(amount), "EUR", DAY, giving=here.id, taking=there.id, key=key)


def paid(here, amount="10.00", *, key="paid"):
    return Item(Kind.BETWEEN_PEOPLE, D(amount), "EUR", DAY, giving=here.id, key=key)


def test_it_books_what_a_session_books(books, admin):
    maya, here, there, his = books
    journal.post_alone(maya, moved(here, there, key="alone"))
    journal.post_alone(maya, paid(here, key="alone too"), number=his.number)
    with work(maya.person) as session:
        service.post(session, maya, moved(here, there, key="together"))
        service.post(session, maya, paid(here, key="together too"), number=his.number)
    rows = admin(
        """
        SELECT t.owner, t.kind, t.status, t.booked, t.description, p.debit, p.credit, p.amount, count(*)
        FROM transaction t JOIN posting p ON p.transaction = t.id WHERE t.kind IN (4, 5) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        """
    )
    assert len(rows) == 3
    assert {row[-1] for row in rows} == {2}
    assert admin(
        "SELECT posted_balance FROM account WHERE id IN (:a, :b, :c) ORDER BY id", a=here.id, b=there.id, c=his.id
    ) == [
        (D("20.0000"),),
        (D("60.0000"),),
        (D("20.0000"),),
    ]


def test_the_same_key_answers_as_the_first_time_and_another_body_is_refused(books, money_rows):
    maya, here, there, _ = books
    first = journal.post_alone(maya, moved(here, there))
    before = money_rows()
    again = journal.post_alone(maya, moved(here, there))
    assert (again.transaction, again.replayed, first.replayed) == (first.transaction, True, False)
    with work(maya.person) as session:
        assert service.post(session, maya, moved(here, there)).transaction == first.transaction
    with pytest.raises(Conflict) as caught:
        journal.post_alone(maya, moved(here, there, "31.00"))
    assert caught.value.code == "key_reused"
    assert money_rows() == before


def test_a_refusal_is_said_as_ever_and_leaves_nothing(books, money_rows):
    maya, here, there, his = books
    before = money_rows()
    for item, number, error, code in (
        (moved(here, there, "100.01"), None, Refused, "not_enough_funds"),
        (moved(here, his), None, NotFound, "unknown_account"),
        (moved(here, here), None, Invalid, "same_account"),
        (replace(moved(here, there), key=""), None, Invalid, "no_key"),
        (paid(here), "00000000000000", NotFound, "unknown_payee"),
        (replace(moved(here, there), category=10**9), None, NotFound, "unknown_category"),
    ):
        with pytest.raises(error) as caught:
            journal.post_alone(maya, item, number=number)
        assert caught.value.code == code
    with pytest.raises(Refused, match=r"€100\.00 available"):
        journal.post_alone(maya, moved(here, there, "100.01"))
    assert money_rows() == before


def test_who_acted_is_forgotten_with_the_call(books, database):
    maya, here, there, _ = books
    open_database(database.app_url, pool=1)
    journal.post_alone(maya, moved(here, there))
    with pytest.raises(Refused):
        journal.post_alone(maya, moved(here, there, "999.00", key="too much"))
    swift.hang_up()
    with work(None) as session:
        assert session.scalar(text("SELECT count(*) FROM account")) == 0
        assert session.scalar(text("SELECT current_person()")) is None
    with work(maya.person) as session:
        assert session.scalar(text("SELECT count(*) FROM account WHERE custody IS NOT NULL")) == 2


def test_a_session_that_has_died_is_replaced_and_it_is_booked_once(books, database, admin):
    maya, here, there, _ = books
    open_database(database.app_url, pool=1)
    journal.post_alone(maya, moved(here, there, "1.00", key="first"))
    admin(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    journal.post_alone(maya, moved(here, there, "2.00", key="second"))
    with work(maya.person) as session:
        assert accounts.account(session, maya, there.id).posted == D("3.00")


def test_of_many_at_once_with_one_key_one_is_booked(books, admin):
    maya, here, there, _ = books
    answers = at_once([lambda: journal.post_alone(maya, moved(here, there))] * 8)
    assert len({one.transaction for one in answers}) == 1
    assert sum(not one.replayed for one in answers) == 1
    assert admin("SELECT posted_balance FROM account WHERE id = :id", id=there.id) == [(D("30.0000"),)]
