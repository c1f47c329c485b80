"""What follows from a failed attempt of a scheduled run: another one, when, or none. Values only."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fintwin.kernel.errors import Busy, FinTwinError

PASSING_TRIES: Final = 8
"""Attempts in all while the fault passes by itself (the database is busy or away): about three hours."""
FUNDS_TRIES: Final = 3
"""Attempts in all while there is not enough money: on the day itself and on the next two."""
LONGEST_PAUSE: Final = timedelta(hours=1)

_FIRST_PAUSE = timedelta(minutes=1)
_GONE = frozenset({"unknown_payee", "unknown_account", "account_closed", "own_payee", "payee_currency"})


@dataclass(frozen=True, slots=True)
class Next:
    """What happens now.

    Attributes:
        again_at: when the same due date is tried again (UTC); None: it has failed.
        pauses: whether the schedule waits for its person, since the later dates would fail the same way.
    """

    again_at: datetime | None
    pauses: bool = False


def after(fault: FinTwinError, *, attempts: int, now: datetime, zone: str, chance: float | None = None) -> Next:
    """What follows from the fault of an attempt.

    A fault that passes is tried again after 1, 2, 4, ... minutes, at most an hour, shortened at random by up to half so
    that many do not come back at once. Missing money is tried again at the beginning of the next day in the person's
    zone. Any other refusal stays one however often it is asked.

    Args:
        attempts: how many there were, this one included.
        chance: 0 to 1, instead of a random number.
    """
    if isinstance(fault, Busy):
        if attempts >= PASSING_TRIES:
            return Next(None)
        pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
        share = random.random() if chance is None else chance  # noqa: S311 - no secret
        return Next(now + pause * (1 - share / 2))
    if fault.code == "not_enough_funds":
        if attempts >= FUNDS_TRIES:
            return Next(None)
        return Next(beginning(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1), zone=zone))
    return Next(None, pauses=fault.code in _GONE)


def beginning(day: date, *, zone: str) -> datetime:
    """The instant at which a day begins in a zone; where clocks skip midnight, the first one after it."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
