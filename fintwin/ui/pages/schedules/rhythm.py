"""How often, as the form asks it, and the rule that it stands for: values only."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from fintwin.kernel.errors import Invalid
from fintwin.payments.recurrence import ADJUSTMENTS, ONCE, Adjustment, Rule, checked

Repeat = Literal["once", "day", "workday", "week", "month", "year"]

REPEATS: Final = (
    ("once", "Once"),
    ("day", "Every day"),
    ("workday", "Monday to Friday"),
    ("week", "Every week"),
    ("month", "Every month"),
    ("year", "Every year"),
)
MONTH_DAYS: Final = (
    ("same", "Same day of the month"),
    ("last", "Last day of the month"),
    ("weekday", "Same weekday, such as the second Tuesday"),
    ("last-weekday", "Last such weekday"),
)
ENDS: Final = (("never", "Never"), ("count", "After some times"), ("until", "On a day"))
MOVES: Final = (
    ("none", "It stays"),
    ("following", "The next working day"),
    ("preceding", "The working day before"),
    ("modified", "The next one within the month"),
)
WEEKDAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

_FREQUENCIES = {"day": "DAILY", "workday": "WEEKLY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the form says of the dates; texts as they were typed.

    `days` are the chosen weekdays as digits, Monday = 0; none: the first day's.
    """

    starts: str = ""
    repeat: str = "once"
    every: str = "1"
    days: str = ""
    month_day: str = "same"
    ends: str = "never"
    times: str = "12"
    until: str = ""
    move: str = "none"

    def with_(self, name: str, value: str) -> "Rhythm":
        """The same with one answer changed; what no form asks changes nothing."""
        known = name in self.__dataclass_fields__ and name != "days"
        return replace(self, **{name: value[:20]}) if known else self

    def toggled(self, day: int) -> "Rhythm":
        """The same with a weekday chosen or not."""
        if not 0 <= day <= 6:
            return self
        return replace(self, days="".join(sorted(set(self.days) ^ {str(day)})))


def first_day(rhythm: Rhythm) -> date:
    """The day it starts.

    Raises:
        Invalid: none, or not a date.
    """
    return _date(rhythm.starts, field="starts")


def rule_of(rhythm: Rhythm) -> Rule:
    """The rule that the answers stand for.

    Raises:
        Invalid: an answer is missing or out of its bounds, with the field's name.
    """
    starts = first_day(rhythm)
    if rhythm.repeat not in dict(REPEATS):
        raise Invalid("Choose how often.", code="bad_rule", field="repeat")
    if rhythm.repeat == "once":
        return ONCE
    rule = Rule(
        frequency=_FREQUENCIES[rhythm.repeat],  # type: ignore[arg-type]  # one of the literals
        interval=1 if rhythm.repeat == "workday" else _number(rhythm.every, most=366, field="every"),
        count=_number(rhythm.times, most=1000, field="times") if rhythm.ends == "count" else 0,
        until=_date(rhythm.until, field="until") if rhythm.ends == "until" else None,
    )
    if rhythm.repeat == "workday":
        rule = replace(rule, by_day=tuple((0, day) for day in range(5)))
    elif rhythm.repeat == "week":
        rule = replace(rule, by_day=tuple((0, int(day)) for day in rhythm.days))
    elif rhythm.repeat == "month" and rhythm.month_day == "last":
        rule = replace(rule, month_day=-1)
    elif rhythm.repeat == "month" and rhythm.month_day == "last-weekday":
        rule = replace(rule, by_day=((-1, starts.weekday()),))
    elif rhythm.repeat == "month" and rhythm.month_day == "weekday":
        rule = replace(rule, by_day=(((starts.day - 1) // 7 + 1, starts.weekday()),))
    return checked(rule)


def adjustment_of(rhythm: Rhythm) -> Adjustment:
    """What happens on a weekend or holiday; nothing, where every day or only working days were asked for."""
    if rhythm.repeat in {"day", "workday"} and rhythm.move != "none":
        return "none" if rhythm.repeat == "day" else _move(rhythm.move)
    return _move(rhythm.move)


def of_rule(rule: Rule, adjustment: Adjustment, *, starts: date) -> Rhythm:
    """The answers that a rule stands for, to be changed."""
    repeat = {"": "once", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}[rule.frequency]
    if rule.frequency == "WEEKLY" and rule.interval == 1 and [day for _, day in rule.by_day] == [0, 1, 2, 3, 4]:
        repeat = "workday"
    month_day = "same"
    if rule.frequency == "MONTHLY" and rule.month_day < 0:
        month_day = "last"
    elif rule.frequency == "MONTHLY" and rule.by_day:
        month_day = "last-weekday" if rule.by_day[0][0] < 0 else "weekday"
    return Rhythm(
        starts=starts.isoformat(),
        repeat=repeat,
        every=str(rule.interval),
        days="".join(str(day) for _, day in rule.by_day) if repeat == "week" else "",
        month_day=month_day,
        ends="count" if rule.count else "until" if rule.until else "never",
        times=str(rule.count or 12),
        until=rule.until.isoformat() if rule.until else "",
        move=adjustment,
    )


def _move(text: str) -> Adjustment:
    for one in ADJUSTMENTS:
        if one == text:
            return one
    raise Invalid("Choose one of the answers.", code="bad_rule", field="move")


def _number(text: str, *, most: int, field: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= most):
        raise Invalid(f"A whole number from 1 to {most:,}.", code="bad_rule", field=field)
    return int(text)


def _date(text: str, *, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Choose a day.", code="bad_rule", field=field) from None
