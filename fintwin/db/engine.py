"""The process-wide pools: opened in a lifespan, never at import (workers fork)."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine

from fintwin.db.address import parsed
from fintwin.kernel.errors import Misconfigured

_LIMITS = "-c statement_timeout=10000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
_JOB_LIMITS = "-c lock_timeout=3000 -c idle_in_transaction_session_timeout=60000"


@dataclass(slots=True)
class _Open:
    app: Engine | None = None
    system: Engine | None = None


_open = _Open()
_first: list[Callable[[], None]] = []

LINES = 2
"""Connections that `db.swift` keeps for itself, beside those of the app's pool."""


def at_close(call: Callable[[], None]) -> Callable[[], None]:
    """Have it called before the pools are closed: it gives back connections that it keeps."""
    _first.append(call)
    return call


def open_database(app: str, *, system: str | None = None, pool: int = 10) -> None:
    """Open the app's pool, and the system's where this process has that address (the worker).

    Args:
        pool: connections at most, beside those that `db.swift` keeps; the thread pool for handlers has the same size.
    """
    close_database()
    _open.app = _engine(app, pool, _LIMITS, beyond=LINES)
    if system is not None:
        _open.system = _engine(system, max(2, pool // 2), _JOB_LIMITS)


def close_database() -> None:
    """Give back every connection; safe to call twice."""
    for call in _first:
        call()
    for engine in (_open.app, _open.system):
        if engine is not None:
            engine.dispose()
    _open.app = _open.system = None


def _engine(address: str, pool: int, limits: str, *, beyond: int = 0) -> Engine:
    return create_engine(
        parsed(address),
        pool_size=pool,
        max_overflow=beyond,
        pool_timeout=10,
        pool_recycle=1800,
        pool_use_lifo=True,
        connect_args={"options": limits},
    )


def app_engine() -> Engine:
    """The app role's pool.

    Raises:
        Misconfigured: the database was not opened in this process.
    """
    if _open.app is None:
        raise Misconfigured("The database is not open in this process.")
    return _open.app


def system_engine() -> Engine:
    """The system role's pool; only the worker and commands have one.

    Raises:
        Misconfigured: this process has no system address.
    """
    if _open.system is None:
        raise Misconfigured("This process may not read across people.")
    return _open.system
