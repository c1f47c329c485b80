"""What the worker does for people."""

from fintwin.events.jobs import job
from fintwin.events.outbox import Kind
from fintwin.identity import erasure


@job("identity.erase", on=Kind.ERASURE_ASKED, attempts=20)
def erase(*, person: int, what: int) -> None:
    """Take away every row of a person who asked for it."""
    erasure.erase(person, reason="asked")
