"""Work that outlives a request: declared by the rooms, kept in PostgreSQL by procrastinate, run by the worker (`queue`).

A job's arguments are ids and nothing else; what it needs it reads. It may run more than once (a worker can be killed
between its last commit and its acknowledgement), so it looks first at how far it has come.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events import outbox
from fintwin.events.outbox import Event, Kind


class Stopping(Exception):
    """The worker was asked to stop; the job goes back to the queue and goes on at the next start."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A job as its room declared it."""

    name: str
    call: Callable[..., None]
    queue: str
    attempts: int
    cron: str
    gave_up: Callable[..., None] | None


_declared: dict[str, Declared] = {}
_stopping = threading.Event()


def job(
    name: str,
    *,
    queue: str = "default",
    on: Kind | None = None,
    cron: str = "",
    attempts: int = 5,
    gave_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a job: a plain function of ids, run in a thread of the worker with both pools open.

    The same job with the same ids never runs twice at a time. An error is tried again after 1, 2, 4, ... seconds; a
    refusal of the house (any FinTwinError but Busy) is not.

    Args:
        name: stable, since it lies in the queue; `room.verb`.
        on: the outbox kind that asks for it; called with `person` (the row's owner) and `what`.
        cron: when it runs by itself (UTC, five fields); called without ids.
        attempts: runs at most.
        gave_up: called with the error and the ids after the last one.
    """

    def declare(call: Callable[..., None]) -> Callable[..., None]:
        if name in _declared:
            raise ValueError(f"two jobs are named {name}")
        _declared[name] = Declared(name, call, queue, attempts, cron, gave_up)
        if on is not None:
            outbox.consumer(on)(lambda session, event: _asked(session, name, event))
        return call

    return declare


def declared() -> tuple[Declared, ...]:
    """Every job that a room of this process has declared."""
    return tuple(_declared.values())


def _asked(session: Session, name: str, event: Event) -> None:
    defer(session, name, person=event.owner, what=event.what)


def defer(session: Session, name: str, *, at: datetime | None = None, **ids: int) -> None:
    """Put a job into the queue, in a consumer's or another job's unit of work (the system role's session).

    It runs not before `at`, if the unit commits. The app's role has no way in: it tells the outbox, and the job is declared `on` that.
    """
    asked = _declared[name]
    session.connection().execute(
        text(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :name, 0, :lock, NULL, CAST(:ids AS jsonb), CAST(:at AS timestamptz))]"
            "::procrastinate_job_to_defer_v1[])"
        ),
        {"queue": asked.queue, "name": name, "lock": _lock(name, ids), "ids": json.dumps(ids), "at": at},
    )


def _lock(name: str, ids: dict[str, int]) -> str:
    return " ".join([name, *(f"{key}={ids[key]}" for key in sorted(ids))])


def retry_failed(session: Session) -> int:
    """Put every job that was given up back into the queue (the system role's session); how many."""
    numbers = session.connection().scalars(
        text("SELECT id FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id")
    )
    failed = numbers.all()
    for number in failed:
        session.connection().execute(
            text("SELECT procrastinate_retry_job_v2(:job, now(), NULL, NULL, NULL)"), {"job": number}
        )
    return len(failed)


def checkpoint() -> None:
    """Called by long jobs between two commits.

    Raises:
        Stopping: the worker is about to end; let it through.
    """
    if _stopping.is_set():
        raise Stopping


def stop_running() -> None:
    """Let every running job end at its next checkpoint."""
    _stopping.set()
