"""Lines: connections that stay open for statements that are whole units of work."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db import swift
from fintwin.db.engine import LINES, close_database, open_database
from fintwin.db.work import perform_one, work

WHO = swift.Prepared("who", "int", "SELECT pg_backend_pid(), $1, $2")
MET = swift.Prepared("met", "bigint", "SELECT pg_backend_pid() FROM pg_advisory_xact_lock_shared($2) WHERE $1 <> ''")


@pytest.fixture(autouse=True)
def lines(database):
    open_database(database.app_url, pool=1)
    yield
    swift.hang_up()


def asked(number: int = 1) -> int:
    backend, person, said = perform_one(7, WHO, (number,))
    assert (person, said) == ("7", number)
    return backend


def test_one_after_another_goes_over_one_connection():
    assert len({asked(n) for n in range(3)}) == 1


def test_a_statement_is_prepared_once_however_often_its_line_is_given_back():
    first = asked()
    swift.hang_up()
    assert asked() == first


def test_a_line_that_was_given_back_opens_and_ends_units_of_work_like_any_other(admin):
    first = asked()
    swift.hang_up()
    with pytest.raises(ZeroDivisionError), work(None) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == first
        session.connection().exec_driver_sql("CREATE TEMPORARY TABLE kept (n int)")
        raise ZeroDivisionError
    with work(None) as session:
        assert session.scalar(text("SELECT to_regclass('pg_temp.kept')")) is None


def test_lines_leave_every_connection_of_the_pool_to_others():
    """With both lines in use, and one connection in the pool, a unit of work still gets one."""
    lines = [swift._taken() for _ in range(LINES)]
    with work(None) as session:
        other = session.scalar(text("SELECT pg_backend_pid()"))
    assert other not in {line.connection.info.backend_pid for line in lines}
    for line in lines:
        swift._kept(line)
    assert asked() == lines[-1].connection.info.backend_pid


def test_more_at_once_than_lines_wait_for_nobody_and_only_so_many_stay(database, admin):
    open_database(database.app_url, pool=4)
    many, found = 4, []
    with work(None) as session:
        session.connection().exec_driver_sql("SELECT pg_advisory_xact_lock(77)")
        threads = [threading.Thread(target=lambda: found.append(perform_one(7, MET, (77,)))) for _ in range(many)]
        for thread in threads:
            thread.start()
        while (
            admin("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted")[0][0]
            < many
        ):
            pass
    for thread in threads:
        thread.join()
    assert len({row[0] for row in found}) == many
    assert len(swift._idle) == LINES


def test_a_refused_statement_keeps_its_line():
    first = asked()
    with pytest.raises(DBAPIError):
        perform_one(7, swift.Prepared("nothing", "int", "SELECT 1 / $2 WHERE $1 <> ''"), (0,))
    assert asked() == first


def test_after_an_outage_neither_lines_nor_the_pool_hand_out_what_has_died(database, admin):
    open_database(database.app_url, pool=4)
    before = {
        line.connection.info.backend_pid for line in [swift._taken() for _ in range(5)] if swift._kept(line) is None
    }
    assert len(before) == 5
    admin("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid = ANY(:all)", all=list(before))
    assert asked() not in before
    with work(None) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) not in before


def test_an_old_line_goes_back_to_the_pool(monkeypatch):
    first = asked()
    old = swift._idle[0]
    monkeypatch.setattr(swift, "_OLD", -1.0)
    assert asked() == first
    assert swift._idle[0] is not old


def test_closing_the_database_hangs_up(database, admin):
    first = asked()
    close_database()
    assert not swift._idle
    rows = "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"
    while admin(rows, pid=first)[0][0]:
        pass
    open_database(database.app_url, pool=1)
    assert asked() != first
