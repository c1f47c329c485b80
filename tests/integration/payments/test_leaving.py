"""Who leaves takes schedules and bank orders along; what others scheduled to them fails and says so.

Their own calls and others' may still be under way: no two wait for each other's rows.
"""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal as D
from functools import partial
from threading import Barrier, Event

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fintwin.db.address import parsed
from fintwin.db.engine import app_engine
from fintwin.db.work import perform, system_work, work
from fintwin.identity import erasure
from fintwin.identity.acting import acting
from fintwin.kernel.errors import Busy, FinTwinError
from fintwin.ledger import pending, verify
from fintwin.ledger import service as ledger
from fintwin.ledger.posting import Kind
from fintwin.payments import bank, running, schedules, service
from fintwin.payments.schedules import Plan
from tests.integration.crowd import faults
from tests.integration.payments.people import act, whole


def test_an_erasure_takes_all_along_and_others_schedules_fail(database, person, opened, admin):
    maya, ben = person("Maya"), person("Ben")
    hers, his = opened(maya, "100.00"), opened(ben, "100.00")
    today = datetime.now(UTC).date()

    def scheduled(who, account, number):
        plan = Plan(kind="person", account=account.id, number=number, amount=D(10), starts=today)
        with work(who.person) as session:
            return schedules.create(session, who, plan=plan, key="plan")

    gone = scheduled(maya, hers, his.number)
    assert running.run(maya.person, gone.id) == 1
    with work(maya.person) as session:
        order = {"name": "Ben", "iban": "NL91ABNA0417164300", "amount": "5.00", "key": "order"}
        bank.order(session, maya, account=hers.id, **order)
        bank.send(session, maya, account=hers.id, payer_iban="DE89370400440532013000")
    left = scheduled(ben, his, hers.number)
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=maya.person)
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    for table in ("schedule", "schedule_run", "bank_order", "bank_file"):
        assert admin(f"SELECT count(*) FROM {table} WHERE owner = :id", id=maya.person) == [(0,)]
    assert running.run(ben.person, left.id) == 0
    with work(ben.person) as session:
        seen = schedules.by_uuid(session, ben, schedule=left.uuid)
    assert (seen.ended, seen.failed) == (True, "The payee's account is closed.")
    with system_work() as session:
        assert verify.run(session) == []


def test_an_erasure_looks_at_no_posting_more_than_a_few_times(database, person, opened, admin):
    maya = person("Maya")
    account = opened(maya, "0.00")
    many = 2000
    items = [
        ledger.item(maya, kind=Kind.DEPOSIT, taking=account, amount="1.00", key=f"one-{place}") for place in range(many)
    ]
    with work(maya.person) as session:
        assert len(ledger.book_all(session, maya, items, whole=True)) == many
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=maya.person)
    engine = create_engine(parsed(database.admin_url), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT erase_person(:id, 'asked')"), {"id": maya.person}) > many
            read = connection.scalar(
                text(
                    "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = :one ::regclass"
                ),
                {"one": "posting"},
            )
    finally:
        engine.dispose()
    assert read < 20 * many


def test_two_erasures_at_once_wait_for_each_other(database, person, opened, admin):
    people = [person(name) for name in ("Maya", "Ben")]
    for who in people:
        opened(who, "10.00")
        admin("UPDATE person SET status = 'closed' WHERE id = :id", id=who.person)
    first, second = (who.person for who in people)
    with ThreadPoolExecutor(1) as pool:
        with system_work() as session:
            assert session.connection().scalar(text("SELECT erase_person(:id, 'asked')"), {"id": first}) > 0
            other = pool.submit(erasure.erase, second, reason="asked")
            # Longer than a job waits for one lock.
            while not other.done() and not admin(
                "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT erase_person%' AND state = 'active'"
                " AND wait_event_type = 'Lock' AND clock_timestamp() > query_start + interval '3.5 seconds'"
            ):
                time.sleep(0.05)
            assert not other.done()
        assert other.result() > 0
    assert admin("SELECT count(*) FROM person WHERE id IN (:first, :second)", first=first, second=second) == [(0,)]


def test_an_erasure_never_waits_with_rows_in_its_hands(pair, admin):
    maya, here, _, _ = pair
    held = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="5.00", key="h").transaction
    act(maya, pending.void, transaction=held)
    with ThreadPoolExecutor(1) as pool:
        with work(maya.person) as session:
            # A call that holds a transaction's row and has written nothing yet, then writes.
            assert not pending.void(session, maya, transaction=held)
            act(maya, erasure.ask)
            erased = pool.submit(erasure.erase, maya.person, reason="asked")
            while not admin(
                "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT erase_person%' AND state = 'active'"
            ):
                assert not erased.done()
                time.sleep(0.005)
            ledger.deposit(session, maya, account=here.id, amount="1.00", key="late")
        assert erased.result() > 0
    assert admin("SELECT count(*) FROM transaction WHERE owner = :id", id=maya.person) == [(0,)]
    whole()


@pytest.mark.parametrize("round", range(3))
def test_an_erasure_amid_own_and_others_calls_ends_and_nobody_is_a_deadlocks_victim(pair, opened, admin, round):
    maya, here, omar, there = pair
    savings, keys = opened(maya, "100.00", name="Savings"), itertools.count()
    act(omar, ledger.deposit, account=there.id, amount="100.00", key="fund")

    def mine(call, **named):
        """A call of hers as a job makes it: none begins once she has left, those under way go on."""
        return perform(maya.person, lambda session: call(session, acting(session), **named))

    def pay(does, account, number, sends_in=0):
        call = {"account": account.id, "number": number, "amount": "0.01", "key": f"p{next(keys)}"}
        return does(service.pay, **call, sure=True, sends_in=sends_in)

    def hold(kind=Kind.WITHDRAWAL, **more):
        call = {"account": here.id, "amount": "0.02", "key": f"h{next(keys)}"} | more
        return mine(pending.hold, kind=kind, **call).transaction

    def to_her(n):
        pay(partial(act, omar), there, here.number)

    def move(n):
        giving, taking = (here, savings)[:: 1 if n % 2 else -1]
        mine(ledger.own_transfer, giving=giving.id, taking=taking.id, amount="0.01", key=f"o{next(keys)}")

    def settle(n):
        own = hold(Kind.OWN_TRANSFER, taking=savings.id)
        mine(pending.settle, transaction=own, amount="0.01", last=False, key=f"s{next(keys)}")
        mine(pending.settle_many, transactions=[hold(), own])

    def give_back(n):
        to_her(n)
        got = next(one for one in mine(service.payments) if one.side == "in")
        mine(service.refund, payment=got.id, key=f"r{next(keys)}", amount="0.01")

    ways = (
        lambda n: mine(ledger.deposit, account=here.id, amount="0.10", key=f"d{next(keys)}"),
        move,
        lambda n: pay(mine, here, there.number),
        to_her,
        settle,
        lambda n: mine(service.settle, payment=pay(mine, savings, there.number, sends_in=10).id),
        give_back,
        lambda n: mine(pending.void, transaction=hold()),
    )
    under_way, failed = Barrier(len(ways) + 1, timeout=60), Event()

    def go_on(way):
        """Go on until it is refused; the refusal."""
        way(0)
        under_way.wait()
        n = 0
        while not failed.is_set():
            n += 1
            try:
                way(n)
            except Busy:
                continue
            except FinTwinError as refused:
                return refused.code
        return "failed"

    with faults() as met, ThreadPoolExecutor(len(ways)) as pool:
        going = [pool.submit(go_on, way) for way in ways]
        under_way.wait()
        try:
            act(maya, erasure.ask)
            assert erasure.erase(maya.person, reason="asked") > 0
        except BaseException:
            failed.set()
            raise
        codes = {one.result() for one in going}
    app_engine().dispose()
    assert "40P01" not in met
    assert admin("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]
    assert {one for one in codes if not one.startswith("unknown_")} <= {"no_person", "payee_unavailable"}
    assert admin("SELECT count(*) FROM account WHERE owner = :id", id=maya.person) == [(0,)]
    whole()
