"""Many at once: doing a thing three times with one key, and seeing what it left and what the database refused."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

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
