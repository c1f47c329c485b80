"""Who acts where no person does it themself is named in what is written, and read in words."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import fintwin.demo.jobs
import fintwin.identity.jobs
import fintwin.ledger.jobs
import fintwin.payments.jobs
import fintwin.statements.jobs
from fintwin import cli
from fintwin.db.under import under
from fintwin.db.work import perform, system_work, work
from fintwin.events import jobs, queue
from fintwin.identity import desk, staff
from fintwin.identity.principals import in_words
from fintwin.kernel.errors import Invalid
from fintwin.ledger import accounts, history, pending
from fintwin.ledger.posting import Kind
from fintwin.ui.pages.staff.rows import audit_row

ROOMS = (fintwin.demo, fintwin.identity, fintwin.ledger, fintwin.payments, fintwin.statements)


def do(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def run(name, **ids):
    """A job as the worker runs it."""
    declared = jobs._declared[name]
    queue._runner(declared, queue._Patience(1))(None, **ids)


@pytest.fixture
def lapsing(person, opened, key, admin):
    """Maya and a transaction of hers whose time is up."""
    maya = person("Maya")
    here = opened(maya, "100.00")
    late = datetime.now(UTC) + timedelta(hours=1)
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="60.00", key=key(), expires=late)
    admin("UPDATE hold SET expires_at = now() - interval '1 second'")
    return maya, held.transaction


def test_every_job_and_every_command_has_words():
    for name in jobs._declared:
        if name.split(".")[0] in {room.__name__.removeprefix("fintwin.") for room in ROOMS}:
            assert in_words(f"worker:{name}") != "FinTwin, in the background", name
    assert in_words("worker:dispatcher") == "FinTwin, passing on what happened"
    assert in_words("command:staff grant") == "the command fintwin staff grant"
    assert in_words("worker:something.new") == "FinTwin, in the background"
    assert in_words(None) == ""


def test_a_job_is_named_in_what_it_does(lapsing, admin):
    maya, transaction = lapsing
    run("ledger.sweep")
    assert admin("SELECT principal FROM transaction_event") == [("worker:ledger.sweep",)]
    [event] = do(maya, history.events, transaction=transaction)
    assert (event.kind, event.by) == (history.Happened.EXPIRED, "FinTwin, when it was due")


def test_a_person_is_not_named_twice(lapsing, admin):
    maya, transaction = lapsing
    do(maya, pending.void, transaction=transaction, reason="Changed my mind")
    assert admin("SELECT actor, principal FROM transaction_event") == [(maya.person, None)]


def test_a_name_ends_with_its_job_even_where_that_fails(lapsing, admin):
    maya, transaction = lapsing
    with pytest.raises(ZeroDivisionError), under("worker:ledger.sweep"):
        raise ZeroDivisionError
    do(maya, pending.void, transaction=transaction)
    assert admin("SELECT principal FROM transaction_event") == [(None,)]


def test_a_command_is_named_to_staff_and_to_the_person(person, admin):
    ada, maya = person("Ada", role="admin"), person("Maya")
    admin("UPDATE person SET customer_number = '12345678' WHERE id = :id", id=maya.person)
    with under("command:staff grant"), system_work() as session:
        staff.grant(session, called="12345678", role="staff")
    assert admin("SELECT actor, principal FROM audit_event") == [(None, "command:staff grant")]
    [row] = do(ada, desk.trail).rows
    assert audit_row(row, who=ada).line == "The command fintwin staff grant → Maya"
    [told] = do(maya, desk.done_to)
    assert told.by == "the command fintwin staff grant"


def test_the_command_line_names_its_command(monkeypatch, admin, database):
    seen = []

    def call(_asked, _config):
        with work(None) as session:
            seen.append(session.connection().scalar(text("SELECT acting_as()")))
        return 0

    monkeypatch.setattr(cli, "_staff", call)
    with pytest.raises(SystemExit):
        cli.main(["staff", "grant", "12345678"])
    assert seen == ["command:staff grant"]


def test_an_erasure_names_who_ran_it(person, admin):
    maya = person("Maya")
    perform(maya.person, lambda session: session.connection().execute(text("SELECT ask_erasure()")))
    run("identity.erase", person=maya.person, what=0)
    assert admin("SELECT principal FROM erasure") == [("worker:identity.erase",)]


@pytest.mark.parametrize("name", ["Maya", "worker:", "staff:grant", "worker:x'; --", "command:" + "x" * 60, "worker:A"])
def test_only_a_part_of_the_house_can_be_named(lapsing, name):
    maya, transaction = lapsing
    with under(name), pytest.raises((DBAPIError, Invalid), match=r"principal|longer than"):
        do(maya, pending.void, transaction=transaction)


@pytest.mark.parametrize("table", ["audit_event", "transaction_event", "erasure", "classification_past"])
def test_a_name_is_not_the_apps_to_write_afterwards(lapsing, table):
    maya, transaction = lapsing
    do(maya, pending.void, transaction=transaction)
    with work(maya.person) as session, pytest.raises(DBAPIError, match="permission denied"):
        session.connection().execute(text(f"UPDATE {table} SET principal = 'worker:ledger.sweep'"))


def test_what_a_person_does_meanwhile_is_theirs(person, opened):
    """The name belongs to one unit of work, not to the connection that the next one gets."""
    maya = person("Maya")
    with under("worker:ledger.sweep"):
        perform(maya.person, lambda session: accounts.accounts(session, maya))
    for _ in range(12):
        named = perform(maya.person, lambda session: session.connection().scalar(text("SELECT acting_as()")))
        assert named is None
