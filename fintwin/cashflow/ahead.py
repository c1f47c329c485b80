"""Cash in the days to come, from what is known: the balances now and the streams that fall due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fintwin.cashflow.recurring import Stream, coming


@dataclass(frozen=True, slots=True)
class Due:
    """A known flow on its date, and cash after it."""

    day: date
    name: str
    amount: Decimal
    cash: Decimal


@dataclass(frozen=True, slots=True)
class Ahead:
    """Known cash day by day; `days` begins with today, `lowest` is its lowest end of day (the first such)."""

    days: tuple[tuple[date, Decimal], ...]
    due: tuple[Due, ...]
    lowest: Decimal
    lowest_day: date


def ahead(cash: Decimal, streams: Sequence[Stream], *, accounts: frozenset[str], as_of: date, days: int = 60) -> Ahead:
    """Follow known flows on the given cash accounts for some days.

    Args:
        cash: what lies on these accounts at the end of the as-of date.
        accounts: keys of the accounts that are cash; streams on others (a card) are left out.
        days: how far to look, at least 1.
    """
    until = as_of + timedelta(days=days)
    flows = sorted(
        (
            (day, stream)
            for stream in streams
            if stream.account in accounts
            for day in coming(stream, after=as_of, until=until)
        ),
        key=lambda flow: (flow[0], flow[1].amount > 0, flow[1].key),
    )
    due: list[Due] = []
    line = [(as_of, cash)]
    place = 0
    for offset in range(1, days + 1):
        day = as_of + timedelta(days=offset)
        while place < len(flows) and flows[place][0] == day:
            stream = flows[place][1]
            cash += stream.amount
            due.append(Due(day, stream.name, stream.amount, cash))
            place += 1
        line.append((day, cash))
    lowest_day, lowest = min(line, key=lambda point: (point[1], point[0]))
    return Ahead(days=tuple(line), due=tuple(due), lowest=lowest, lowest_day=lowest_day)
