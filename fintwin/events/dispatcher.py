"""Takes outbox rows, lets their consumers run, then wakes the tabs of the people concerned.

Taking, effects and deletion are one transaction, so an effect happens once or, with the row, not at all. The wake-up
is a transaction of its own, since NOTIFY makes commits queue up; one that is lost in between is made good by waking
every tab when a dispatcher starts.
"""

import logging
from collections.abc import Iterable
from threading import Event as Signal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from fintwin.db.under import under
from fintwin.db.work import system_work
from fintwin.events import outbox
from fintwin.events.outbox import Event, Kind

CHANNEL = "fintwin_live"
PAUSE = 0.1
"""Seconds between two looks at an empty outbox."""
BATCH = 500
_TRIES = 3
_LONGEST_PAUSE = 5.0

logger = logging.getLogger(__name__)


def run(stop: Signal) -> None:
    """Dispatch until told to stop; a database that is away is waited for."""
    pause = PAUSE
    fresh = True
    while not stop.is_set():
        try:
            if fresh:
                wake_everybody()
                fresh = False
            if dispatch() < BATCH:
                stop.wait(PAUSE)
            pause = PAUSE
        except Exception:
            logger.exception("The outbox waits: dispatching failed")
            fresh = True
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def dispatch(*, most: int = BATCH) -> int:
    """Take and deliver one batch; how many rows it had."""
    with under("worker:dispatcher"), system_work() as session:
        events = outbox.take(session, most=most)
        for event in events:
            deliver(session, event)
    wake(events)
    return len(events)


def deliver(session: Session, event: Event) -> None:
    """Run an event's consumers, all or none; what fails becomes a dead letter.

    A passing fault of the database (lock, time-out) is tried again; a lost connection ends the whole batch, which
    keeps its rows.
    """
    calls = outbox.consumers(event.kind)
    if not calls:
        return
    problem = ""
    for _ in range(_TRIES):
        try:
            with session.begin_nested():
                for call in calls:
                    call(session, event)
                session.flush()
            return
        except OperationalError as fault:
            if fault.connection_invalidated:
                raise
            problem = _named(fault)
        except DBAPIError as fault:
            if fault.connection_invalidated:
                raise
            problem = _named(fault)
            break
        except Exception as fault:
            problem = _named(fault)
            break
    logger.error("Event %s of kind %s became a dead letter: %s", event.what, event.kind, problem)
    outbox.bury(session, event, problem=problem)


def _named(fault: Exception) -> str:
    return f"{type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''}"


def wake(events: Iterable[Event]) -> None:
    """Tell every web process which people's tabs should read again, and what kind of thing changed."""
    payloads = sorted({f"{event.owner}:{event.kind}" for event in events if event.kind < Kind.IMPORT_ASKED})
    if payloads:
        _notify(payloads)


def wake_everybody() -> None:
    """Tell every web process that any tab may have missed something."""
    _notify([f"0:{int(Kind.EVERYTHING)}"])


def _notify(payloads: list[str]) -> None:
    with system_work() as session:
        session.connection().execute(
            text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload"),
            {"channel": CHANNEL, "payloads": payloads},
        )
