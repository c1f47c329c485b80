"""The worker as its own process: it does jobs, ends cleanly, and comes back from being killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from fintwin.db.work import system_work, work
from fintwin.events.jobs import defer, job, retry_failed
from fintwin.events.outbox import Kind, tell

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import logging, sys, time
from types import SimpleNamespace
from sqlalchemy import text
from fintwin.db.work import work
from fintwin.events import jobs
from fintwin.events.outbox import Kind
from fintwin.events.worker import run_worker
from fintwin.kernel.errors import Refused

logging.basicConfig(level="WARNING")


def note(person, what):
    with work(person) as session:
        session.connection().execute(text("SELECT tell(4::smallint, :what)"), {"what": what})


@jobs.job("test.note", on=Kind.IMPORT_ASKED)
def mark(*, person, what):
    note(person, what)


@jobs.job("test.long", on=Kind.REVERT_ASKED)
def long(*, person, what):
    note(person, 1000 + what)
    for _ in range(what):
        time.sleep(0.1)
        jobs.checkpoint()
    note(person, 2000 + what)


@jobs.job("test.refused", gave_up=lambda fault, *, person, what: note(person, 4000))
def refused(*, person, what):
    note(person, 3000)
    raise Refused("no")


@jobs.job("test.flaky", attempts=3, gave_up=lambda fault, *, person, what: note(person, 6000))
def flaky(*, person, what):
    note(person, 5000)
    raise ValueError("again")


if "tick" in sys.argv:
    @jobs.job("test.tick", cron="* * * * * *")
    def tick():
        note(int(sys.argv[4]), 7000)


sys.exit(run_worker(SimpleNamespace(app_database_url=sys.argv[1], system_database_url=sys.argv[2])))
"""


@contextmanager
def worker(database, *more):
    running = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), database.app_url, database.system_url, *more], cwd=ROOT
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()


@pytest.fixture
def marks(admin):
    """What jobs did, read from where their notes go: kept by a trigger before the dispatcher takes them."""
    admin("CREATE SCHEMA aside; GRANT USAGE ON SCHEMA aside TO PUBLIC")
    admin("CREATE TABLE aside.mark (what bigint, at timestamptz DEFAULT clock_timestamp())")
    admin("GRANT INSERT ON aside.mark TO PUBLIC")
    admin(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.kind = 4 THEN INSERT INTO aside.mark VALUES (NEW.what); END IF; RETURN NULL; END $$"
    )
    admin("CREATE TRIGGER keep AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep()")
    return lambda: [what for (what,) in admin("SELECT what FROM aside.mark ORDER BY at")]


def until(true, *, seconds=120.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_a_row_becomes_a_job_and_is_done_once(database, person, admin, marks):
    maya = person()
    with worker(database) as running:
        with work(maya.person) as session:
            for what in range(20):
                tell(session, Kind.IMPORT_ASKED, what=what)
        until(lambda: len(marks()) == 20)
        time.sleep(0.5)
        assert sorted(marks()) == list(range(20))
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    assert admin("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    assert admin("SELECT count(*) FROM procrastinate_workers") == [(0,)]


def test_a_killed_workers_job_goes_on_with_the_next(database, person, marks):
    maya = person()
    with worker(database) as running:
        with work(maya.person) as session:
            tell(session, Kind.REVERT_ASKED, what=20)
        until(lambda: marks() == [1020])
        running.send_signal(signal.SIGKILL)
        running.wait()
    with worker(database):
        until(lambda: 2020 in marks())
    assert marks() == [1020, 1020, 2020]


def test_a_job_comes_to_its_checkpoint_when_the_worker_ends(database, person, admin, marks):
    maya = person()
    with worker(database) as running:
        with work(maya.person) as session:
            tell(session, Kind.REVERT_ASKED, what=2000)  # more than three minutes
        until(lambda: marks() == [3000])
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    assert marks() == [3000]
    assert admin("SELECT status::text FROM procrastinate_jobs") == [("todo",)]


def test_a_busy_workers_job_is_left_alone(database, person, marks):
    """A second worker looks for orphans while the first one works."""
    maya = person()
    with worker(database), worker(database):
        with work(maya.person) as session:
            tell(session, Kind.REVERT_ASKED, what=60)
        until(lambda: 2060 in marks())
    assert marks() == [1060, 2060]


def test_refusals_are_final_and_faults_are_tried_again(database, person, admin, marks):
    maya = person()
    job("test.refused")(print)
    job("test.flaky")(print)
    with system_work() as session:
        defer(session, "test.refused", person=maya.person, what=1)
        defer(session, "test.flaky", person=maya.person, what=1)
    with worker(database):
        until(lambda: 6000 in marks() and 4000 in marks())
    assert sorted(marks()) == [3000, 4000, 5000, 5000, 5000, 6000]
    with system_work() as session:
        assert retry_failed(session) == 2
        assert retry_failed(session) == 0
    assert admin("SELECT DISTINCT status::text FROM procrastinate_jobs") == [("todo",)]


def test_some_jobs_come_by_the_clock_and_once_with_two_workers(database, person, admin, marks):
    maya = person()
    admin("CREATE TABLE aside.asked (job bigint, second bigint)")
    admin("GRANT INSERT ON aside.asked TO PUBLIC")
    admin(
        "CREATE FUNCTION asked() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO aside.asked VALUES (NEW.id, (NEW.args ->> 'timestamp')::bigint); RETURN NULL; END $$"
    )
    admin("CREATE TRIGGER asked AFTER INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION asked()")
    with worker(database, "tick", str(maya.person)), worker(database, "tick", str(maya.person)):
        until(lambda: len(marks()) >= 3)
    # A worker that is late does some ticks at once, but each second is asked for once, and what was asked for is done once.
    [(jobs, seconds)] = admin("SELECT count(*), count(DISTINCT second) FROM aside.asked")
    assert jobs == seconds
    assert len(marks()) <= jobs


def test_a_job_that_was_rolled_back_is_not_there(database, admin):
    job("test.note")(print)
    with pytest.raises(RuntimeError), system_work() as session:
        defer(session, "test.note", person=1, what=1)
        raise RuntimeError
    assert admin("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_an_idle_worker_costs_next_to_nothing(database, admin):
    with worker(database) as running:
        until(lambda: admin("SELECT count(*) FROM procrastinate_workers") == [(1,)])
        costs = [1.0]
        while costs[-1] >= 0.05 and len(costs) < 10:  # its start may go on for a while
            before = _cpu(running.pid)
            time.sleep(2)
            costs.append((_cpu(running.pid) - before) / 2)
        assert costs[-1] < 0.05, costs


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
