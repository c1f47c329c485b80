"""Backends, the worker and the server are killed while payments and schedules run: nothing is lost, nothing is paid twice."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text

from fintwin.db import embedded, migrate, roles
from fintwin.db.engine import close_database, open_database
from fintwin.db.work import perform, system_work
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock
from fintwin.kernel.errors import Busy, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, pending, verify
from fintwin.payments import recurrence, running, schedules, service
from fintwin.payments.schedules import Plan

ROOT = Path(__file__).resolve().parents[4]
PEOPLE, DAYS, PAYMENTS, CHAOS = 4, 12, 60, 9.0
WORKER = """
import sys
from types import SimpleNamespace
import fintwin.ledger.jobs
import fintwin.payments.jobs
from fintwin.events.worker import run_worker
sys.exit(run_worker(SimpleNamespace(app_database_url=sys.argv[1], system_database_url=sys.argv[2])))
"""


@pytest.fixture
def house():
    """A cluster of its own, migrated, with both pools open."""
    with tempfile.TemporaryDirectory(prefix="fintwin-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = embedded.start(folder / "data")
        try:
            names, addresses = roles.prepare(server.admin_url("postgres"), folder=folder, prefix="chaos")
            migrate.upgrade(server.admin_url("postgres"), names=names)
            open_database(addresses.app, system=addresses.system, pool=10)
            yield server, addresses
        finally:
            close_database()
            server.stop()


def ask(server, sql, *values):
    connection = psycopg2.connect(server.admin_url("postgres"))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def somebody(server, number: int) -> tuple[Principal, accounts.AccountView]:
    [(key, uuid)] = ask(
        server,
        "INSERT INTO person (issuer, subject, email, email_verified, name, picture, customer_number, status, kyc_status, role)"
        " VALUES ('local', %s, '', true, %s, '', %s, 'active', 'pending', 'customer') RETURNING id, uuid::text",
        f"p{number}", f"Person {number}", f"C{number:08d}",
    )  # fmt: skip
    ask(
        server,
        "INSERT INTO profile (owner, currency, zone, locale, completed_at) VALUES (%s, 'EUR', 'UTC', 'en-US', now())",
        key,
    )
    who = Principal(person=key, uuid=uuid, name=f"Person {number}", email="", issuer="local", role="customer")
    account = perform(
        key,
        lambda session: accounts.open_account(
            session, who, name="Everyday", type="checking", custody="held", currency=currency("EUR"),
            opening=D(1000), key="open",
        ),
    )  # fmt: skip
    return who, account


def patiently(person, call):
    """As a person would: the same form again until it is answered."""
    until = time.monotonic() + 300
    while True:
        try:
            return perform(person, call)
        except Busy:
            assert time.monotonic() < until
            time.sleep(0.05)


def break_things(server, start_worker, dice) -> Counter:
    """Kill something every now and then, for a while; what was killed."""
    broken: Counter = Counter()
    # A worker lives for long enough to have begun with what waits for it.
    worker, ends = start_worker(), time.monotonic() + dice.uniform(1.5, 3)
    until = time.monotonic() + CHAOS
    try:
        while time.monotonic() < until:
            time.sleep(dice.uniform(0.1, 0.5))
            what = "server" if not broken["server"] and time.monotonic() > until - CHAOS / 2 else None
            what = what or ("worker" if time.monotonic() > ends else "backends")
            broken[what] += 1
            if what == "worker":
                worker.kill()
                worker.wait()
                worker, ends = start_worker(), time.monotonic() + dice.uniform(1.5, 3)
            elif what == "server":
                os.kill(server.pid, signal.SIGKILL)
                while server.running:
                    time.sleep(0.01)
                server.ensure(lambda _: None)
            else:
                with suppress(psycopg2.Error):
                    ask(
                        server,
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.5",
                    )
        until = time.monotonic() + 5
        while time.monotonic() < until and left_to_run(server):
            time.sleep(0.2)
    finally:
        worker.kill()
        worker.wait()
    return broken


def left_to_run(server) -> bool:
    return bool(ask(server, "SELECT 1 FROM schedule WHERE next_due IS NOT NULL UNION ALL SELECT 1 FROM hold LIMIT 1"))


def called_off(who, payment) -> bool:
    """Cancel a payment; False where it was sent before."""
    try:
        return patiently(who.person, lambda session: service.cancel(session, who, payment=payment)).cancelled
    except Refused as late:
        assert late.code == "too_late"
        return False


def gives_back(who) -> int | None:
    """Give the latest payment back that was received and stands; its id."""
    found = patiently(who.person, lambda session: service.payments(session, who, most=50))
    one = next((one for one in found if one.side == "in" and one.status == "completed"), None)
    if one is None:
        return None
    patiently(who.person, lambda session: service.refund(session, who, payment=one.id, key=f"back-{one.id}"))
    return one.id


def test_nothing_is_lost_and_nothing_is_paid_twice(house):
    server, addresses = house
    people = [somebody(server, number) for number in range(PEOPLE)]
    begun = datetime.now(UTC) - timedelta(days=DAYS)
    made = []
    for number, (who, account) in enumerate(people):
        plan = Plan(
            kind="person",
            account=account.id,
            number=people[(number + 1) % PEOPLE][1].number,
            amount=D(number + 1),
            starts=begun.date(),
            rule=recurrence.parsed(f"FREQ=DAILY;COUNT={DAYS}"),
        )
        call = lambda session, who=who, plan=plan: schedules.create(  # noqa: E731
            session, who, plan=plan, key="daily", clock=lambda: begun
        )
        made.append((who, perform(who.person, call)))

    cancelled, refunded = Counter(), Counter()

    def load(number: int) -> None:
        """Every other payment waits for a second, as people's do; some are called off, and some given back."""
        who, account = people[number]
        to = people[(number + 2) % PEOPLE][1].number
        for n in range(PAYMENTS):
            made = patiently(
                who.person,
                lambda session, n=n: service.pay(
                    session,
                    who,
                    account=account.id,
                    number=to,
                    amount="0.10",
                    key=f"pay-{n}",
                    sure=True,
                    sends_in=n % 2,
                ),
            )
            if n % 10 == 3:
                cancelled[number] += called_off(who, made.id)
            if n % 15 == 14:
                refunded[number] += gives_back(who) is not None
            time.sleep(0.05)

    def start_worker():
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WORKER), addresses.app, addresses.system],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    with ThreadPoolExecutor(PEOPLE) as pool:
        loads = [pool.submit(load, number) for number in range(PEOPLE)]
        broken = break_things(server, start_worker, random.Random(16))
        for one in loads:
            one.result()
    assert broken["server"]
    assert broken["worker"]
    assert broken["backends"]

    later = lambda: system_clock() + timedelta(hours=2)  # noqa: E731 - past every pause after a fault
    for who, schedule in made:
        while running.run(who.person, schedule.id, clock=later):
            pass

    assert ask(server, "SELECT schedule, count(*) FROM schedule_run WHERE status = 'done' GROUP BY 1 ORDER BY 1") == [
        (schedule.id, DAYS) for _, schedule in made
    ]
    assert ask(server, "SELECT count(*), count(DISTINCT transaction) FROM schedule_run") == [(PEOPLE * DAYS,) * 2]
    until = time.monotonic() + 60
    while ask(server, "SELECT transaction FROM hold") and time.monotonic() < until:
        pending.sweep()  # what the worker's sweep does once a minute
        time.sleep(0.1)
    assert ask(server, "SELECT transaction FROM hold") == []
    assert ask(server, "SELECT id FROM account WHERE held_balance <> 0") == []
    assert cancelled.total()
    assert refunded.total()
    states = "SELECT status, count(*) FROM transaction WHERE kind = 5 AND key IS NOT NULL GROUP BY 1"
    ended = cancelled.total() + refunded.total()
    assert Counter(dict(ask(server, states))) == Counter(
        {2: PEOPLE * (DAYS + PAYMENTS) - ended, 4: cancelled.total(), 6: refunded.total()}
    )
    for who, account in people:
        seen = perform(who.person, lambda session, who=who: service.payments(session, who, most=500))
        assert {one.status for one in seen} <= {"completed", "failed", "reversed"}
        moved = {
            side: sum(one.rest for one in seen if one.side == side and one.status == "completed")
            for side in ("in", "out")
        }
        [(balance,)] = ask(server, "SELECT posted_balance FROM account WHERE id = %s", account.id)
        assert balance == D(1000) + moved["in"] - moved["out"]
    with system_work() as session:
        assert verify.run(session) == []
        assert session.connection().scalar(text("SELECT count(*) FROM dead_letter")) == 0
