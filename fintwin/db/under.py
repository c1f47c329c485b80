"""In whose name a unit of work writes; apart from `work`, so that the parent of all processes need not hold SQLAlchemy."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_principal: ContextVar[str] = ContextVar("principal", default="")


@contextmanager
def under(principal: str) -> Iterator[None]:
    """Act as a named part of the house, such as `worker:ledger.sweep`: what the units of work in here write names it.

    For this thread alone; a thread that is started in here has to say it again.
    """
    before = _principal.set(principal)
    try:
        yield
    finally:
        _principal.reset(before)


def named() -> str:
    """The part of the house that acts here; empty where nobody was named."""
    return _principal.get()
