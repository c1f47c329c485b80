"""Rhythms of repeated payments: which dates they fall on."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache


class Cadence(StrEnum):
    """How often a payment comes back."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    HALF_MONTH = "half_month"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


DAYS = {Cadence.WEEK: 7, Cadence.FORTNIGHT: 14}
MONTHS = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.HALF_YEAR: 6, Cadence.YEAR: 12}
PERIOD = {Cadence.HALF_MONTH: 15.2} | dict(DAYS) | {cadence: 30.44 * months for cadence, months in MONTHS.items()}
"""The mean distance of two payments, in days."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A cadence and where it lies in the calendar.

    `anchor` is one date of it. `days` are the days of the month it falls on: one where it counts in months, two for
    half months, none for weeks; a day past the month's end means its last day.
    """

    cadence: Cadence
    anchor: date
    days: tuple[int, ...] = ()


@lru_cache(maxsize=8192)
def in_month(month: int, day: int) -> date:
    """A day of a month that is counted from year 0 (year * 12 + month - 1), its last day where it has fewer."""
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day, monthrange(year, index + 1)[1]))


def month_number(day: date) -> int:
    """Months since year 0, as `in_month` reads them."""
    return day.year * 12 + day.month - 1


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day."""
    return in_month(month_number(day) + months, day.day)


def dates(rhythm: Rhythm, *, after: date, until: date) -> Iterator[date]:
    """Every date of a rhythm in (after, until], in order; the rhythm has no beginning and no end."""
    if rhythm.cadence in DAYS:
        step = DAYS[rhythm.cadence]
        day = rhythm.anchor + timedelta(days=step * ((after - rhythm.anchor).days // step + 1))
        while day <= until:
            yield day
            day += timedelta(days=step)
        return
    step = MONTHS.get(rhythm.cadence, 1)
    first = month_number(after)
    first -= (first - month_number(rhythm.anchor)) % step
    for month in range(first, month_number(until) + 1, step):
        for wanted in rhythm.days:
            day = in_month(month, wanted)
            if after < day <= until:
                yield day
