"""What the worker does for the books."""

import logging

from fintwin.db.counted import count_tables
from fintwin.db.work import system_work
from fintwin.events.jobs import checkpoint, job
from fintwin.events.outbox import Kind
from fintwin.kernel.errors import Misconfigured
from fintwin.ledger import checks, pending, rollups, sealing
from fintwin.settings import settings

logger = logging.getLogger(__name__)


@job("ledger.sweep", cron="* * * * *")
def sweep() -> None:
    """Settle pending transactions that have come due, and let lapse those whose time is up."""
    while pending.sweep() == pending.BATCH:
        checkpoint()


@job("ledger.roll_up", cron="* * * * *")
def roll_up() -> None:
    """Roll up what was posted, a step at a time. Where it was killed the heads say how far it had come."""
    with system_work() as session:
        count_tables(session)
    while True:
        with system_work() as session:
            if not rollups.roll_up(session):
                return
        checkpoint()


@job("ledger.seal", cron="* * * * *", attempts=1)
def seal() -> None:
    """Seal what was booked since the last run."""
    try:
        sealing.run(settings().data_dir)
    except Misconfigured as fault:
        logger.error("The books are not sealed: %s", fault.sentence)


@job("ledger.check", on=Kind.CHECK_ASKED, attempts=3, gave_up=lambda _fault, *, person, what: checks.give_up(person))
def check(*, person: int, what: int) -> None:
    """Check one person's rows."""
    checks.check(person)
