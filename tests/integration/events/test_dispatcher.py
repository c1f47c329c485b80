import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import system_work, work
from fintwin.events import outbox
from fintwin.events.dispatcher import BATCH, dispatch
from fintwin.events.outbox import Kind, consumer, tell


def say(who, *whats, kind=Kind.POSTED):
    with work(who.person) as session:
        for what in whats:
            tell(session, kind, what=what)


def letters(admin):
    return admin("SELECT owner, kind, what, problem FROM dead_letter ORDER BY id")


def waiting(admin):
    return [what for (what,) in admin("SELECT what FROM outbox ORDER BY id")]


def test_a_commit_has_one_effect(database, person, admin):
    seen = []
    consumer(Kind.POSTED)(lambda _, event: seen.append((event.owner, event.what)))
    maya = person()
    say(maya, 7)
    assert dispatch() == 1
    assert dispatch() == 0
    assert seen == [(maya.person, 7)]
    assert waiting(admin) == []


def test_a_rollback_has_none(database, person):
    maya = person()
    with pytest.raises(RuntimeError), work(maya.person) as session:
        tell(session, Kind.POSTED, what=7)
        raise RuntimeError
    assert dispatch() == 0


def test_nobody_cannot_tell(database):
    with pytest.raises(DBAPIError), work(None) as session:
        tell(session, Kind.POSTED)


def test_the_app_neither_reads_nor_writes_the_outbox(database, person):
    maya = person()
    for sql in (
        "SELECT * FROM outbox",
        "INSERT INTO outbox (owner, kind) VALUES (1, 1)",
        "DELETE FROM outbox",
        "SELECT * FROM dead_letter",
        "SELECT take_outbox(1)",
        "SELECT tell(1::bigint, 1::smallint, 1::bigint)",
        "SELECT replay(NULL)",
        "SELECT * FROM procrastinate_jobs",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'x')",
        "SELECT procrastinate_register_worker_v1()",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), work(maya.person) as session:
            session.connection().execute(text(sql))


def test_two_hundred_events_keep_their_order(database, person):
    seen = []
    consumer(Kind.POSTED)(lambda _, event: seen.append(event.what))
    maya = person()
    for number in range(200):
        say(maya, number)
    assert dispatch(most=60) == 60
    while dispatch():
        pass
    assert seen == list(range(200))


def test_what_fails_is_a_dead_letter_and_can_be_replayed(database, person, admin):
    broken = True
    seen = []

    @consumer(Kind.POSTED)
    def first(session, event):
        session.connection().execute(text("SELECT tell(1::bigint, 4::smallint, :what)"), {"what": event.what})

    @consumer(Kind.POSTED)
    def second(_, event):
        if broken and event.what == 2:
            raise ValueError("no such thing")
        seen.append(event.what)

    maya = person()
    say(maya, 1, 2, 3)
    assert dispatch() == 3
    assert seen == [1, 3]
    assert waiting(admin) == [1, 3], "the failed row's first consumer left nothing"
    assert letters(admin) == [(maya.person, Kind.POSTED, 2, "ValueError: no such thing")]

    broken = False
    admin("DELETE FROM outbox")
    with system_work() as session:
        assert outbox.replay(session) == 1
    assert dispatch() == 1
    assert seen == [1, 3, 2]
    assert letters(admin) == []


def test_a_failing_statement_spoils_only_its_own_row(database, person, admin):
    seen = []

    @consumer(Kind.POSTED)
    def divide(session, event):
        session.connection().execute(text("SELECT 1 / :what"), {"what": event.what})
        seen.append(event.what)

    say(person(), 0, 1)
    dispatch()
    assert seen == [1]
    assert [what for _, _, what, _ in letters(admin)] == [0]


def test_a_lost_connection_keeps_the_rows(database, person, admin):
    calls = []

    @consumer(Kind.POSTED)
    def lose(session, event):
        calls.append(event.what)
        if len(calls) == 1:
            [pid] = session.connection().execute(text("SELECT pg_backend_pid()")).one()
            # Waits until it is gone: a backend that still ends holds its rows.
            assert admin("SELECT pg_terminate_backend(:pid, 60000)", pid=pid) == [(True,)]
            session.connection().execute(text("SELECT 1"))

    say(person(), 5)
    with pytest.raises(DBAPIError):
        dispatch()
    assert waiting(admin) == [5]
    assert dispatch() == 1
    assert calls == [5, 5]
    assert letters(admin) == []


def test_two_dispatchers_never_do_a_thing_twice(database, person, admin):
    seen = []
    consumer(Kind.POSTED)(lambda _, event: seen.append(event.what))
    maya = person()
    total = 3 * BATCH
    with work(maya.person) as session:
        session.connection().execute(text("SELECT tell(1::smallint, n) FROM generate_series(1, :n) n"), {"n": total})

    def drain():
        while dispatch(most=40):
            pass

    threads = [threading.Thread(target=drain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dispatch()
    assert sorted(seen) == list(range(1, total + 1))
    assert waiting(admin) == []
