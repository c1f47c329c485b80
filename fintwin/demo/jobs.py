"""What the worker does for the demo."""

from fintwin.demo import service
from fintwin.events.jobs import job


@job("demo.end_idle", cron="23 * * * *")
def end_idle() -> None:
    """Send away households that nobody has used for a week."""
    service.end_idle()
