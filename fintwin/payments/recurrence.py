"""When something is due: a safe subset of RFC 5545 rules, and what weekends and holidays do to a day. Values only.

A *due* date is the one the rule names: it stays the same whatever a calendar says later, so it is what a run is known
by. The day it *runs* is the due date after the business-day adjustment.
"""

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final, Literal

import holidays
from dateutil import rrule

from fintwin.kernel.errors import Invalid

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
Adjustment = Literal["none", "following", "preceding", "modified"]

ADJUSTMENTS: Final[tuple[Adjustment, ...]] = ("none", "following", "preceding", "modified")
LATEST: Final = date(2200, 12, 31)
"""The books hold no later day."""

_FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORKDAYS = tuple((0, day) for day in range(5))
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second to last"}
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_BY_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True)
class Rule:
    """How often; `once` where `frequency` is empty.

    Attributes:
        by_day: weekdays as (ordinal in the month or 0, Monday = 0); none: the start's.
        month_day: 1 to 31, or -1 to -28 from the month's end; 0: the start's. In a shorter month the last day.
        count: due dates at most, the first one included; 0: no such end.
    """

    frequency: Frequency | Literal[""] = ""
    interval: int = 1
    by_day: tuple[tuple[int, int], ...] = ()
    month_day: int = 0
    count: int = 0
    until: date | None = None

    @property
    def once(self) -> bool:
        """Whether there is a single due date: the start."""
        return not self.frequency


ONCE: Final = Rule()


def parsed(text: str) -> Rule:
    """A rule from its RFC 5545 text; "" is once.

    Raises:
        Invalid: not of the subset (code `bad_rule`): FREQ, INTERVAL, BYDAY, one BYMONTHDAY, COUNT or UNTIL.
    """
    if not text:
        return ONCE
    if len(text) > 200:
        raise _bad("This rule is too long.")
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise _bad("This rule could not be read.")
        parts[name] = value
    unknown = parts.keys() - {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL"}
    if unknown:
        raise _bad(f"Schedules know no {sorted(unknown)[0][:20]}.")
    # As numbers of a `Rule` these would say that there is no such end or day: a bound that was meant would be none.
    if _number(parts.get("COUNT", "1")) == 0:
        raise _bad("At least once.")
    if _number(parts.get("BYMONTHDAY", "1")) == 0:
        raise _bad("A day of the month is 1 to 31, or -1 for the last.")
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise _bad("Say how often: every day, week, month or year.")
    return checked(
        Rule(
            frequency=frequency,  # type: ignore[arg-type]  # one of the keys above
            interval=_number(parts.get("INTERVAL", "1")),
            by_day=_by_day(parts.get("BYDAY", "")),
            month_day=_number(parts.get("BYMONTHDAY", "0")),
            count=_number(parts.get("COUNT", "0")),
            until=_until(parts.get("UNTIL", "")),
        )
    )


def checked(rule: Rule) -> Rule:
    """The rule itself, with weekdays in order.

    Raises:
        Invalid: its parts do not go together (code `bad_rule`).
    """
    if rule.once:
        return ONCE
    if not 1 <= rule.interval <= 366:
        raise _bad("The distance must be 1 to 366.")
    if rule.count and rule.until:
        raise _bad("Give a number of times or a last day, not both.")
    if not 0 <= rule.count <= 1000:
        raise _bad("At most 1,000 times.")
    if rule.month_day and (rule.frequency != "MONTHLY" or rule.by_day):
        raise _bad("A day of the month belongs to a monthly rule without weekdays.")
    if not -28 <= rule.month_day <= 31:
        raise _bad("A day of the month is 1 to 31, or -1 for the last.")
    if rule.by_day and rule.frequency not in {"WEEKLY", "MONTHLY"}:
        raise _bad("Weekdays belong to a weekly or monthly rule.")
    if any(bool(ordinal) != (rule.frequency == "MONTHLY") for ordinal, _ in rule.by_day):
        raise _bad("A monthly rule says which weekday of the month, a weekly one does not.")
    if any(not -5 <= ordinal <= 5 for ordinal, _ in rule.by_day):
        raise _bad("A month has at most five of each weekday.")
    return replace(rule, by_day=tuple(sorted(set(rule.by_day), key=lambda day: (day[1], day[0]))))


def written(rule: Rule) -> str:
    """The rule as RFC 5545 text; `parsed` reads it back."""
    if rule.once:
        return ""
    parts = [f"FREQ={rule.frequency}"]
    if rule.interval > 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.by_day:
        parts.append("BYDAY=" + ",".join(f"{ordinal or ''}{_DAYS[day]}" for ordinal, day in rule.by_day))
    if rule.month_day:
        parts.append(f"BYMONTHDAY={rule.month_day}")
    if rule.count:
        parts.append(f"COUNT={rule.count}")
    if rule.until:
        parts.append(f"UNTIL={rule.until:%Y%m%d}")
    return ";".join(parts)


def dues(rule: Rule, *, starts: date, after: date | None = None) -> Iterator[date]:
    """Due dates from the start on, in order; with `after` those later than it. Ends with the rule or with the books."""
    if rule.once:
        if after is None or starts > after:
            yield starts
        return
    found = _compiled(rule, starts)
    begin = datetime.combine(starts if after is None else after, time.min)
    for moment in found.xafter(begin, inc=after is None):
        if moment.date() > LATEST:
            return
        yield moment.date()


def working_day(day: date, *, country: str = "") -> bool:
    """Whether banks work on a day: no weekend, no public holiday of the country (two letters; "" knows none)."""
    return day.weekday() < 5 and day not in _holidays(country)


def adjusted(due: date, adjustment: Adjustment, *, country: str = "") -> date:
    """The day something due runs: `following` and `preceding` go to the nearest working day that way, `modified` to
    the following one unless that is in the next month, then to the preceding one."""
    if adjustment == "none":
        return due
    step = -1 if adjustment == "preceding" else 1
    day = _nearest(due, step, country)
    if adjustment == "modified" and day.month != due.month:
        return _nearest(due, -1, country)
    return day


def preview(rule: Rule, adjustment: Adjustment, *, starts: date, many: int = 5, country: str = "") -> list[date]:
    """The first days it would run."""
    return [adjusted(due, adjustment, country=country) for due in islice(dues(rule, starts=starts), many)]


def sentence(rule: Rule, adjustment: Adjustment, *, starts: date, day_text: Callable[[date], str]) -> str:
    """The rule in words: "every month on the last working day"."""
    if rule.once:
        words = f"once, on {day_text(starts)}"
    else:
        unit = _UNITS[rule.frequency]
        words = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
        words += _when(rule, adjustment, starts)
        if rule.count:
            words += ", once" if rule.count == 1 else f", {rule.count} times"
        if rule.until:
            words += f", until {day_text(rule.until)}"
    if _last_working_day(rule, adjustment):
        return words
    return (
        words
        + {
            "none": "",
            "following": ", or the next working day",
            "preceding": ", or the working day before",
            "modified": ", or the next working day of that month",
        }[adjustment]
    )


def _when(rule: Rule, adjustment: Adjustment, starts: date) -> str:
    if rule.by_day == _WORKDAYS:
        return " from Monday to Friday"
    if rule.frequency == "WEEKLY":
        return " on " + _listed([_NAMES[day] for _, day in rule.by_day] or [_NAMES[starts.weekday()]])
    if rule.frequency == "MONTHLY":
        return f" on the {_day_of_month(rule, adjustment, starts)}"
    return f" on {starts.day} {starts:%B}" if rule.frequency == "YEARLY" else ""


def _day_of_month(rule: Rule, adjustment: Adjustment, starts: date) -> str:
    if rule.by_day:
        return _listed([f"{_ORDINALS.get(ordinal, f'{ordinal}.')} {_NAMES[day]}" for ordinal, day in rule.by_day])
    if _last_working_day(rule, adjustment):
        return "last working day"
    if rule.month_day < -1:
        return f"{_nth(-rule.month_day)} day from its end"
    return "last day" if rule.month_day == -1 else _nth(rule.month_day or starts.day)


def _last_working_day(rule: Rule, adjustment: Adjustment) -> bool:
    return rule.month_day == -1 and adjustment in {"preceding", "modified"}


def _compiled(rule: Rule, starts: date) -> rrule.rrule:
    """RFC 5545 leaves months out that are too short; money is due on their last day instead."""
    more: dict[str, object] = {}
    day = rule.month_day or starts.day
    if rule.frequency == "MONTHLY" and not rule.by_day:
        more = {"bymonthday": range(28, day + 1), "bysetpos": -1} if day > 28 else {"bymonthday": day}
    elif rule.frequency == "YEARLY":
        leap = starts.month == 2 and starts.day == 29
        more = {"bymonth": starts.month, "bymonthday": (28, 29) if leap else starts.day, "bysetpos": -1}
    elif rule.by_day:
        weekdays = [rrule.weekday(day, ordinal or None) for ordinal, day in rule.by_day]
        more = {"byweekday": weekdays}
    return rrule.rrule(
        _FREQUENCIES[rule.frequency],  # type: ignore[arg-type]  # the stubs want literals
        dtstart=datetime.combine(starts, time.min),
        interval=rule.interval,
        count=rule.count or None,
        until=None if rule.count else datetime.combine(rule.until or LATEST, time.min),
        **more,  # type: ignore[arg-type]
    )


@functools.lru_cache(maxsize=64)
def _holidays(country: str) -> holidays.HolidayBase | frozenset[date]:
    try:
        return holidays.country_holidays(country) if country else frozenset()
    except NotImplementedError:
        return frozenset()


def _nearest(day: date, step: int, country: str) -> date:
    while not working_day(day, country=country):
        day += timedelta(days=step)
    return day


def _by_day(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in text.split(",") if text else ():
        match = _BY_DAY.fullmatch(part)
        if match is None:
            raise _bad("These weekdays could not be read.")
        found.append((int(match[1] or 0), _DAYS.index(match[2])))
    return tuple(found)


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,4}", text):
        raise _bad("This rule could not be read.")
    return int(text)


def _until(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day, not an instant
    except ValueError:
        raise _bad("The last day could not be read.") from None


def _nth(day: int) -> str:
    ending = "th" if 11 <= day % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _bad(why: str) -> Invalid:
    return Invalid(why, code="bad_rule", field="rule")
