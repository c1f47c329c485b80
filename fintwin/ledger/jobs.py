"""What the worker does for the books."""

from fintwin.db.work import system_work
from fintwin.events.jobs import checkpoint, job
from fintwin.ledger import pending, rollups


@job("ledger.sweep", cron="* * * * *")
def sweep() -> None:
    """Settle pending transactions that have come due, and let lapse those whose time is up."""
    while pending.sweep() == pending.BATCH:
        checkpoint()


@job("ledger.roll_up", cron="* * * * *")
def roll_up() -> None:
    """Roll up what was posted, a step at a time. Where it was killed the heads say how far it had come."""
    while True:
        with system_work() as session:
            if not rollups.roll_up(session):
                return
        checkpoint()
