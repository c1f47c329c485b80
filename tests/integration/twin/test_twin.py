"""The twin over real books: taken, simulated, kept, repeated; and the books stay as they were."""

from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin import build
from fintwin.db.work import work
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.ledger import service as moves
from fintwin.projection import snapshot as snapshots
from fintwin.projection.engine import Engine
from fintwin.twin import service
from fintwin.twin.scenario import RecurringExpense, Scenario, Withdrawal
from fintwin.twin.simulation import Settings, lines, simulate
from tests.integration.twin.conftest import NOW, TODAY

SETTINGS = Settings(months=24, paths=2000, limit=D(500))
SCENARIO = Scenario((Withdrawal(date(2026, 3, 1), amount=D(3000)), RecurringExpense(date(2026, 2, 1), amount=D(60))))


@pytest.fixture(scope="module")
def engine():
    made = Engine(data_dir=None, cache_dir=build.engine_dir())
    yield made
    made.close()


def taken(who):
    with work(who.person, read_only=True, repeatable=True) as session:
        return service.take(session, who, clock=lambda: NOW)


def kept(who, engine, name="Kitchen"):
    seen = taken(who)
    simulation = simulate(engine, seen.snapshot, SCENARIO, SETTINGS)
    with work(who.person) as session:
        return service.save(
            session,
            who,
            name=name,
            taken=seen,
            scenario=SCENARIO,
            settings=SETTINGS,
            simulation=simulation,
            headline="With the kitchen, …",
        )


def everything(admin):
    tables = [
        name
        for (name,) in admin(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        )
    ]
    return {name: admin(f'SELECT x::text, x.ctid::text, x.xmin::text FROM "{name}" x ORDER BY 1') for name in tables}


def test_the_snapshot_is_the_books_as_they_are(books):
    seen = taken(books.who)
    assert seen.snapshot.as_of == TODAY
    assert {one.name: one.kind for one in seen.snapshot.accounts} == {"Everyday": "cash", "Put by": "savings"}
    with work(books.who.person, read_only=True) as session:
        there = {str(one.uuid): one.posted for one in accounts.accounts(session, books.who)}
    assert {one.key: one.balance for one in seen.snapshot.accounts} == there
    assert seen.snapshot.rest.known
    assert taken(books.who).hash == seen.hash
    assert snapshots.key(seen.snapshot) == seen.hash


def test_taking_needs_no_right_to_write(books):
    with work(books.who.person, read_only=True, repeatable=True) as session, pytest.raises(DBAPIError):
        service.take(session, books.who, clock=lambda: NOW)
        session.connection().execute(text("UPDATE profile SET goal = 'savings'"))


def test_simulating_changes_no_row_of_any_table(books, engine, admin):
    before = everything(admin)
    seen = taken(books.who)
    lines(seen.snapshot, SCENARIO, SETTINGS)
    simulate(engine, seen.snapshot, SCENARIO, SETTINGS)
    assert everything(admin) == before


def test_accounts_without_a_balance_or_in_other_money_are_not_guessed(books, opened_more):
    opened_more(books.who, "Unknown", None, "EUR")
    opened_more(books.who, "Dollars", "50", "USD")
    snapshot = taken(books.who).snapshot
    assert next(one for one in snapshot.accounts if one.name == "Unknown").balance is None
    assert snapshot.left_out == ("Dollars",)


@pytest.fixture
def opened_more():
    def open_one(who, name, opening, code):
        with work(who.person) as session:
            accounts.open_account(
                session,
                who,
                name=name,
                type="checking",
                custody="tracked",
                currency=currency(code),
                opening=None if opening is None else D(opening),
                key=f"more-{name}",
            )

    return open_one


def test_a_kept_run_is_repeated_to_the_last_byte_from_what_was_stored(books, engine):
    number = kept(books.who, engine).id
    with work(books.who.person, read_only=True) as session:
        run = service.run(session, books.who, number=number)
    assert run.scenario == SCENARIO
    assert run.settings == SETTINGS
    assert snapshots.key(run.snapshot) == run.hash
    again = simulate(engine, run.snapshot, run.scenario, run.settings)
    assert service.answer_digest(again) == run.digest == service.answer_digest(run.simulation)
    assert again.engine == run.simulation.engine
    assert again == run.simulation


def test_postings_since_are_counted(books):
    seen = taken(books.who)
    with work(books.who.person) as session:
        moves.withdraw(session, books.who, account=books.giro, amount=D(5), key="coffee", booked=TODAY)
    with work(books.who.person, read_only=True) as session:
        assert service.since(session, books.who, marker=seen.marker) == 1
    assert taken(books.who).hash != seen.hash


def test_runs_are_listed_renamed_deleted_and_cleared(books, engine, admin):
    first, second = kept(books.who, engine, "One"), kept(books.who, engine, "  Two   words ")
    with work(books.who.person) as session:
        assert [one.name for one in service.runs(session, books.who)] == ["Two words", "One"]
        service.rename(session, books.who, number=first.id, name="Uno")
        service.delete_run(session, books.who, number=second.id)
        with pytest.raises(NotFound):
            service.run(session, books.who, number=second.id)
        with pytest.raises(Invalid):
            service.rename(session, books.who, number=first.id, name=" ")
    with work(books.who.person) as session:
        assert [one.name for one in service.runs(session, books.who)] == ["Uno"]
        assert session.connection().scalar(text("SELECT count(*) FROM snapshot")) == 1
        assert service.clear(session, books.who) == 1
    for table in ("simulation", "scenario", "snapshot"):
        assert admin(f"SELECT count(*) FROM {table}") == [(0,)]


def test_another_person_sees_and_touches_none(books, engine, person):
    number = kept(books.who, engine).id
    other = person("Mallory")
    with work(other.person) as session:
        assert service.runs(session, other) == []
        for call in (service.run, service.delete_run):
            with pytest.raises(NotFound):
                call(session, other, number=number)
        with pytest.raises(NotFound):
            service.rename(session, other, number=number, name="Mine")
        assert service.clear(session, other) == 0
    with work(books.who.person) as session:
        assert len(service.runs(session, books.who)) == 1
