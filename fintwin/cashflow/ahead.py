"""Cash in the days to come, from what is known: the balances now, the streams that fall due, everyday life as usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from fintwin.cashflow.cadence import add_months
from fintwin.cashflow.recurring import Learned, Stream, coming, monthly

RECENT = 6
"""Whole months that say what an ordinary day takes."""

DAYS_A_MONTH = Decimal("30.44")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Due:
    """A known flow on its date, and cash after it."""

    day: date
    name: str
    amount: Decimal
    cash: Decimal


@dataclass(frozen=True, slots=True)
class Ahead:
    """Known cash day by day; `days` begins with today, `lowest` is its lowest end of day (the first such).

    `everyday` is what each day takes besides, as in the months before; None where the history is too short to say,
    and then it is not in the line. `irregular` names who gave income that keeps no rhythm: none of it is in the line.
    """

    days: tuple[tuple[date, Decimal], ...]
    due: tuple[Due, ...]
    lowest: Decimal
    lowest_day: date
    everyday: Decimal | None = None
    irregular: tuple[str, ...] = ()


def everyday(learned: Learned, *, cards: frozenset[str] = frozenset()) -> Decimal | None:
    """What an ordinary day takes besides the streams: the median of the last months' spending, a day's share of it.

    Never above zero: income that keeps no rhythm is no gain of every day. Streams on cards are in it as well, since cash pays the card on a day of its own.

    Args:
        cards: keys of the accounts that are cards.

    Returns:
        An amount below zero or zero, or None where the history is too short to say.
    """
    if not learned.known or not learned.spent:
        return None
    by_card = sum((monthly(stream) for stream in learned.streams if stream.account in cards), Decimal(0))
    return min((median(learned.spent[-RECENT:]) + by_card) / DAYS_A_MONTH, Decimal(0)).quantize(CENT)


def irregular(learned: Learned, *, as_of: date) -> tuple[str, ...]:
    """Who gave income that keeps no rhythm in the last months, the latest first."""
    since = add_months(as_of, -RECENT)
    rows = sorted((row for row in learned.irregular if row.day > since), key=lambda row: row.day, reverse=True)
    return tuple(dict.fromkeys(" ".join(row.payee.split()) or "a row without a name" for row in rows))


def ahead(
    cash: Decimal,
    streams: Sequence[Stream],
    *,
    accounts: frozenset[str],
    as_of: date,
    days: int = 60,
    each_day: Decimal | None = None,
    left_out: Sequence[str] = (),
) -> Ahead:
    """Follow known flows on the given cash accounts for some days.

    Args:
        cash: what lies on these accounts at the end of the as-of date.
        accounts: keys of the accounts that are cash; streams on others (a card) are left out.
        each_day: what each day takes besides, as `everyday` gives it.
        days: how far to look, at least 1.
        left_out: whose income is not in the streams, as `irregular` gives it.
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
        cash += each_day or 0
        while place < len(flows) and flows[place][0] == day:
            stream = flows[place][1]
            cash += stream.amount
            due.append(Due(day, stream.name, stream.amount, cash))
            place += 1
        line.append((day, cash))
    lowest_day, lowest = min(line, key=lambda point: (point[1], point[0]))
    return Ahead(
        days=tuple(line),
        due=tuple(due),
        lowest=lowest,
        lowest_day=lowest_day,
        everyday=each_day,
        irregular=tuple(left_out),
    )
