"""What the worker does for the books."""

from fintwin.events.jobs import job
from fintwin.ledger import pending


@job("ledger.sweep", cron="* * * * *")
def sweep() -> None:
    """Settle pending transactions that have come due, and let lapse those whose time is up."""
    while pending.sweep() == pending.BATCH:
        pass
