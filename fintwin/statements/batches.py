"""Long work on an import: windows of rows, each committed, with a word to the tabs now and then."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform
from fintwin.events.jobs import checkpoint
from fintwin.events.outbox import Kind, tell

BATCH = 1_000
"""Rows that are worked on and committed at once."""

TOLD_EVERY = 0.7
"""Seconds between two words to the tabs that watch."""

Given = TypeVar("Given")
Ready = TypeVar("Ready")

_LOCK = text("SELECT status FROM statement_import WHERE owner = :owner AND id = :imported FOR UPDATE")
_DONE = text("UPDATE statement_import SET done = done + :many WHERE owner = :owner AND id = :imported")
_LAST = text(
    "SELECT number FROM statement_row WHERE owner = :owner AND imported = :imported ORDER BY number DESC LIMIT 1"
)


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


@dataclass(frozen=True, slots=True)
class Window:
    """So many rows of one import, from a number on; `values` name both as the parameters of a statement."""

    person: int
    imported: int
    first: int
    many: int

    @property
    def values(self) -> dict[str, Any]:
        """Parameters for a statement about these rows."""
        return which_import(self.person, self.imported) | {"first": self.first, "many": self.many}


def in_batches(
    person: int,
    imported: int,
    batch: Callable[[Session, Window, Ready, bool], bool],
    *,
    prepare: Callable[[Session, Window], Ready],
) -> None:
    """Give all rows of an import to a batch function, a thousand numbers and one commit at a time.

    Windows of numbers instead of "the next thousand", so that no batch looks at the rows of those before it. The next
    window is read and prepared in a thread while the database books the one before.

    Args:
        batch: works on what was made ready of a window; its last argument is whether to tell the tabs. False where the
            import is not to be worked on any more.

    Raises:
        Stopping: the worker ends; the rest is done by the next run.
    """
    last = perform(person, lambda session: session.connection().scalar(_LAST, which_import(person, imported))) or 0
    windows = [Window(person, imported, first, BATCH) for first in range(0, last + 1, BATCH)]

    def made_ready(window: Window) -> tuple[Window, Ready]:
        return window, perform(person, lambda session: prepare(session, window))

    told = 0.0
    with closing(one_ahead(windows, made_ready)) as coming:
        for window, ready in coming:
            tells = monotonic() - told > TOLD_EVERY
            told = monotonic() if tells else told
            if not perform(person, partial(_called, batch, window, ready, tells)):
                return
            checkpoint()


def one_ahead(given: Iterable[Given], make: Callable[[Given], Ready]) -> Generator[Ready, None, None]:
    """What is made of each, in order: of the next one in a thread, while the caller's statement is under way."""
    with ThreadPoolExecutor(1, thread_name_prefix="prepare") as ahead:
        coming: deque[Future[Ready]] = deque()
        for one in given:
            coming.append(ahead.submit(make, one))
            if len(coming) > 1:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _called(
    batch: Callable[[Session, Window, Ready, bool], bool], window: Window, ready: Ready, tells: bool, session: Session
) -> bool:
    return batch(session, window, ready, tells)


def progressed(session: Session, window: Window, *, by: int, tells: bool) -> None:
    """Count so many rows more as done, and tell the tabs where it is time to."""
    session.connection().execute(_DONE, {**which_import(window.person, window.imported), "many": by})
    if tells:
        tell(session, Kind.IMPORT, what=window.imported)
