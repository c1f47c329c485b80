"""The unit of work: one transaction, one person, kept only if it ends well."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from fintwin.db import swift
from fintwin.db.engine import app_engine, system_engine
from fintwin.db.swift import Prepared
from fintwin.db.under import named
from fintwin.kernel.errors import Busy, NotFound

Answer = TypeVar("Answer")

_PASSING = frozenset({"55P03", "40001", "40P01"})
_GOING = frozenset({"57P01", "57P02", "57P03"})
"""The server shuts down, crashed, or is not up yet."""
_TOOK_TOO_LONG = "57014"
_NO_PARENT = "23503"
_PAUSES = (0.02, 0.1)


def name_principal(session: Session, principal: str) -> None:
    """The same for the rest of one unit of work that is under way."""
    session.connection().execute(text("SELECT set_config('app.principal', :principal, true)"), {"principal": principal})


@contextmanager
def work(
    person: int | None, *, read_only: bool = False, repeatable: bool = False, patience: int | None = None
) -> Iterator[Session]:
    """A session as the app's role that sees one person's rows; committed at a good end, rolled back otherwise.

    Args:
        person: whose rows; with None every guarded table is empty.
        read_only: the database refuses any write.
        repeatable: one snapshot for all queries.
        patience: seconds that one statement may take, where the role's own bound is too short.
    """
    with Session(app_engine(), expire_on_commit=False) as session, session.begin():
        if read_only or repeatable:
            level = "REPEATABLE READ" if repeatable else "READ COMMITTED"
            session.connection().exec_driver_sql(
                f"SET TRANSACTION ISOLATION LEVEL {level}{', READ ONLY' if read_only else ''}"
            )
        if patience is not None:
            session.connection().exec_driver_sql(f"SET LOCAL statement_timeout = {int(patience) * 1000}")
        session.info["person"] = person
        session.connection().execute(
            text("SELECT set_config('app.person', :person, true)"), {"person": "" if person is None else str(person)}
        )
        if principal := named():
            name_principal(session, principal)
        yield session


@contextmanager
def system_work(*, snapshot: bool = False) -> Iterator[Session]:
    """A session as the system role, which reads across people and writes through its own doors.

    Args:
        snapshot: all queries see one state of the books, and nothing is written.
    """
    with Session(system_engine(), expire_on_commit=False) as session, session.begin():
        if snapshot:
            session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if principal := named():
            name_principal(session, principal)
        yield session


def perform(
    person: int | None,
    call: Callable[[Session], Answer],
    *,
    read_only: bool = False,
    repeatable: bool = False,
    patience: int | None = None,
) -> Answer:
    """Run a use case in a unit of work of its own (`work`); a passing fault is tried again twice.

    Raises:
        Busy: rows stayed locked, no connection was free, or the database was away; nothing was booked. Or a statement
            took longer than it may (`took_too_long`), which is not tried again here: it would hold the person up once more.
        NotFound: this person, or whom it concerns, was erased meanwhile (`no_person`).
    """

    def attempt() -> Answer:
        with work(person, read_only=read_only, repeatable=repeatable, patience=patience) as session:
            return call(session)

    return _tried(attempt)


def perform_one(person: int, prepared: Prepared, values: Sequence[Any]) -> tuple[Any, ...]:
    """One statement that is a whole unit of work, as `perform`: sent, run and committed in a single round trip.

    Returns:
        Its first row.

    Raises:
        Busy: as `perform`.
        DBAPIError: the database refused; nothing is left behind.
    """
    return _tried(lambda: swift.sent(prepared, (str(person), *values)))


def _tried(attempt: Callable[[], Answer]) -> Answer:
    """Its answer; a passing fault is tried again twice."""
    for pause in (*_PAUSES, None):
        try:
            return attempt()
        except PoolTimeout:
            break
        except DBAPIError as error:
            if sqlstate(error) == _TOOK_TOO_LONG:
                raise Busy(
                    "This took the books too long, and nothing was changed. Try again in a moment.",
                    code="took_too_long",
                ) from error
            if _left(error):
                raise NotFound("This person is not here any more.", code="no_person") from error
            if sqlstate(error) not in _PASSING and not lost(error):
                raise
            if pause is None:
                break
            time.sleep(pause)
    raise Busy("The books are busy right now. Nothing was booked; try again in a moment.")


def _left(error: DBAPIError) -> bool:
    """Whether whoever the rows are of was erased while the call was under way."""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    return sqlstate(error) == _NO_PARENT and constraint.endswith("_owner")


def lost(error: DBAPIError) -> bool:
    """Whether an error means that the database could not be reached, or went away under way."""
    gone = isinstance(error, OperationalError) and sqlstate(error) in {"", *_GOING}
    return error.connection_invalidated or gone


def sqlstate(error: DBAPIError) -> str:
    """The five-character code of a database error; empty where the connection itself was lost."""
    return str(getattr(error.orig, "pgcode", "") or "")
