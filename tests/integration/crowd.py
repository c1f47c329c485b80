"""Many at once: doing a thing three times with one key, and seeing what it left and what the database refused."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier
from typing import Any

import psycopg2
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from fintwin.db.engine import app_engine
from fintwin.db.work import system_work
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import verify

Admin = Callable[..., list[tuple[Any, ...]]]
TOLD = {"outbox"}
"""Tables that may hear of one thing more than once."""


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run the calls in as many threads, let go together; their answers or the refusals they met."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return call()
        except FinTwinError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def locks_lower_first(admin_url: str, call: Callable[[], Any], table: str, rows: Sequence[int]) -> bool:
    """Whether a call that comes to wait for a row has locked all lower ones and no higher one; it is let through then."""
    middle = (len(rows) - 1) // 2
    with ThreadPoolExecutor(1) as pool, closing(psycopg2.connect(admin_url)) as here, here.cursor() as cursor:
        cursor.execute(f"SELECT FROM {table} WHERE id = %s FOR NO KEY UPDATE", (rows[middle],))
        going = pool.submit(call)
        try:
            stopped = False
            while not stopped and not going.done():
                time.sleep(0.005)
                cursor.execute(
                    "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
                )
                stopped = cursor.rowcount > 0
            others = [*rows[:middle], *rows[middle + 1 :]]
            cursor.execute(f"SELECT id FROM {table} WHERE id = ANY (%s) FOR NO KEY UPDATE SKIP LOCKED", (others,))
            return stopped and sorted(one for (one,) in cursor) == list(rows[middle + 1 :])
        finally:
            here.rollback()
            going.result()


def effect(admin: Admin, people: list[Principal]) -> dict[str, Any]:
    """How many rows each of these people has in each table, and where their accounts stand."""
    tables = [
        str(name)
        for (name,) in admin(
            "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = 'owner' ORDER BY 1"
        )
        if name not in TOLD
    ]
    who = [one.person for one in people]
    counts = " UNION ALL ".join(
        f"SELECT '{table}', p.place, (SELECT count(*) FROM \"{table}\" x WHERE x.owner = p.id)"
        f" FROM unnest(CAST(:who AS bigint[])) WITH ORDINALITY p (id, place)"
        for table in tables
    )
    return {
        "rows": sorted(admin(counts, who=who)),
        "accounts": admin(
            """
            SELECT p.place, a.name, a.custody, a.type, a.posted_balance, a.held_balance, a.version, a.status, a.locked_until
            FROM unnest(CAST(:who AS bigint[])) WITH ORDINALITY p (id, place) JOIN account a ON a.owner = p.id
            ORDER BY 1, 2, 3, 4, a.currency
            """,
            who=who,
        ),
        "states": admin(
            """
            SELECT p.place, t.kind, t.status, count(*) FROM unnest(CAST(:who AS bigint[])) WITH ORDINALITY p (id, place)
            JOIN transaction t ON t.owner = p.id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            who=who,
        ),
    }


@contextmanager
def faults() -> Iterator[list[str]]:
    """The SQLSTATEs of everything that the database refuses the app meanwhile, also what is tried again."""
    met: list[str] = []

    def heard(context: ExceptionContext) -> None:
        met.append(getattr(context.original_exception, "pgcode", None) or "")

    event.listen(app_engine(), "handle_error", heard)
    yield met
    event.remove(app_engine(), "handle_error", heard)


def whole() -> None:
    with system_work() as session:
        assert verify.run(session) == []


def refusals(answers: list[Any]) -> Collection[str]:
    """The codes of those that were refused."""
    return sorted(one.code for one in answers if isinstance(one, FinTwinError))
