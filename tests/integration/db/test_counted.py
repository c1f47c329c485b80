"""The planner knows books that were filled a moment ago."""

from contextlib import closing

import psycopg2
import pytest

from fintwin.db.counted import count_tables
from fintwin.db.work import system_work, work
from fintwin.demo import service as demo
from fintwin.identity.service import Browser
from fintwin.ledger import register, review
from fintwin.ledger.register import Filter
from fintwin.settings import settings

KNOWN = "SELECT reltuples::integer FROM pg_class WHERE relname = 'transaction' AND relkind = 'r'"


@pytest.fixture
def household(database, tmp_path, monkeypatch):
    monkeypatch.setenv("FINTWIN_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield lambda: demo.open(Browser(locale="en-GB", zone="Europe/London"), seed=7).who
    settings.cache_clear()


def test_a_new_household_is_counted_and_so_its_lists_come_at_once(household, admin):
    assert admin(KNOWN) == [(-1,)]
    for _ in range(2):  # and so is a second one beside the first
        who = household()
        with work(who.person, read_only=True) as session:
            session.connection().exec_driver_sql("SET LOCAL statement_timeout = 4000")  # uncounted, each took longer
            assert review.left(session, who) == 0
            assert not register.page(session, who, filter=Filter(uncategorised=True)).rows
            assert register.page(session, who, filter=Filter(contains="rent")).rows
    assert admin(KNOWN)[0][0] > 1_000


def test_what_did_not_grow_or_is_being_counted_is_left_alone(household, database, admin):
    household()
    with system_work() as session:
        assert count_tables(session) == 0
    admin("UPDATE pg_class SET relpages = 0 WHERE relname IN ('transaction', 'posting')")
    with closing(psycopg2.connect(database.admin_url)) as other, other.cursor() as cursor:
        cursor.execute("ANALYZE posting")
        with system_work() as session:
            assert count_tables(session) == 1
        other.rollback()
    admin("UPDATE pg_class SET relpages = 0 WHERE relname IN ('transaction', 'posting')")
    with system_work() as session:
        assert count_tables(session) == 2
