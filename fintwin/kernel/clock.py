"""The clock is passed in, so that tests own it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present instant, in UTC."""


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def today(clock: Clock, *, zone: str) -> date:
    """The date it is now in a person's zone (IANA name)."""
    return clock().astimezone(ZoneInfo(zone)).date()
