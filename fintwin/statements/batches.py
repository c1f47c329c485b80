"""Long work on an import: windows of rows, each committed, with a word to the tabs now and then."""

from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform
from fintwin.events.jobs import checkpoint

BATCH = 1_000
"""Rows that are worked on and committed at once."""

TOLD_EVERY = 0.7
"""Seconds between two words to the tabs that watch."""

_LOCK = text("SELECT status FROM statement_import WHERE owner = :owner AND id = :imported FOR UPDATE")
_LAST = text("SELECT max(number) FROM statement_row WHERE owner = :owner AND imported = :imported")


def which_import(person: int, imported: int) -> dict[str, Any]:
    """The parameters by which every statement of a job names its import."""
    return {"owner": person, "imported": imported}


def patient(session: Session) -> None:
    """Give this unit of work more time than a request has: files may have hundreds of thousands of rows."""
    session.connection().exec_driver_sql(
        "SET LOCAL statement_timeout = '120s'; SET LOCAL idle_in_transaction_session_timeout = '300s'"
    )


def locked_status(session: Session, which: Mapping[str, Any]) -> str:
    """How far an import has come, held until this unit of work ends; "" where it is gone."""
    patient(session)
    return str(session.connection().scalar(_LOCK, which) or "")


class Batch(Protocol):
    """Works on so many rows of an import from a number on; False where it is not to be worked on any more."""

    def __call__(self, session: Session, which: Mapping[str, Any], *, first: int, many: int, tells: bool) -> bool: ...


def in_batches(person: int, imported: int, batch: Batch) -> None:
    """Give all rows of an import to a batch function, a thousand numbers and one commit at a time.

    Windows of numbers instead of "the next thousand", so that no batch looks at the rows of those before it.

    Raises:
        Stopping: the worker ends; the rest is done by the next run.
    """
    which = which_import(person, imported)
    last = perform(person, lambda session: session.connection().scalar(_LAST, which)) or 0
    told = 0.0
    for first in range(0, last + 1, BATCH):
        tells = monotonic() - told > TOLD_EVERY
        told = monotonic() if tells else told
        if not perform(person, partial(batch, which=which, first=first, many=BATCH, tells=tells)):
            return
        checkpoint()
