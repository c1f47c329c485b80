"""Dates as banks write them: one order of day and month for a whole file, the literal day where a time stands behind."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise

from babel.dates import get_month_names

from fintwin.kernel.errors import Invalid

ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
"""Orders that may be chosen, and their names for people."""

_TIME = r"(?:[T\s,]+\d{1,2}[:.h]\d{2}.{0,30})?"
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_NUMERIC = re.compile(rf"{_WEEKDAY}(\d{{1,4}})\s?([./\-\s])\s?(\d{{1,2}})\s?\2\s?(\d{{1,4}})\.?{_TIME}")
_COMPACT = re.compile(r"(\d{8})(?:\d{4}(?:\d{2}(?:\.\d{1,6})?)?)?(?:\[.{0,20}\])?")
_DAY_NAME = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|\.)?[\s\-/]*(?:de\s)?([^\W\d_]{{3,12}})\.?[\s\-/,]*(?:de\s)?(\d{{4}}|\d{{2}}){_TIME}"
)
_NAME_DAY = re.compile(rf"{_WEEKDAY}([^\W\d_]{{3,12}})\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?,?\s*(\d{{4}}){_TIME}")
_LOCALES = ("en", "de", "fr", "nl", "es", "it", "pt", "sv", "da", "nb", "fi", "pl", "cs", "hu", "ro", "tr")
_LONGEST = 60
_MANY = 5_000


@dataclass(frozen=True, slots=True)
class Order:
    """How a file's dates are read. `asks` holds a cell that two orders read differently, or "" when it is certain."""

    order: str
    asks: str


def _folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if c.isalpha())


@cache
def _months() -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in _LOCALES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=locale).items():
                names.setdefault(_folded(name), number)
                if width == "wide" and locale in ("en", "de", "fr", "nl", "es", "it", "pt"):
                    names.setdefault(_folded(name)[:3], number)
    return names


def _year(text: str) -> int:
    number = int(text)
    if len(text) == 4:
        return number
    return number + (2000 if number < 70 else 1900)


def _arranged(parts: Sequence[str], order: str) -> tuple[str, str, str] | None:
    """Year, month, day as text; None where the shape forbids the order."""
    first, second, third = parts
    if len(first) == 4:
        return (first, second, third) if len(third) <= 2 else None
    if len(first) > 2 or len(third) not in (2, 4):
        return None
    if order == "ymd":
        return (first, second, third) if len(first) == 2 and len(third) == 2 else None
    return (third, second, first) if order == "dmy" else (third, first, second)


def _made(year: str, month: str, day: str) -> date | None:
    try:
        made = date(_year(year), int(month), int(day))
    except ValueError:
        return None
    return made if 1900 <= made.year <= 2100 else None


def _split(text: str) -> tuple[str, str, str, str] | None:
    """The three numbers of a date and what stands between them."""
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return numeric[1], numeric[3], numeric[4], numeric[2]
    compact = _COMPACT.fullmatch(text)
    if compact:
        digits = compact[1]
        if 1900 <= int(digits[:4]) <= 2100 and int(digits[4:6]) <= 12:
            return digits[:4], digits[4:6], digits[6:], ""
        if len(text) == 8:
            return digits[:2], digits[2:4], digits[4:], ""
    return None


def _named(text: str) -> date | None:
    """A date with its month in words, in one of several languages."""
    shape = _DAY_NAME.fullmatch(text)
    if shape:
        month = _months().get(_folded(shape[2]))
        return _made(shape[3], str(month), shape[1]) if month else None
    shape = _NAME_DAY.fullmatch(text)
    if shape:
        month = _months().get(_folded(shape[1]))
        return _made(shape[3], str(month), shape[2]) if month else None
    return None


@lru_cache(maxsize=8192)
def date_like(text: str) -> bool:
    """Whether a cell has the shape of a date; `31.02.2026` has."""
    if not 6 <= len(text) <= _LONGEST or not any(c.isdigit() for c in text):
        return False
    parts = _split(text)
    if parts is not None:
        year = _arranged(parts[:3], "dmy")
        return year is not None and 1900 <= _year(year[0]) <= 2100
    return _named(text) is not None


@lru_cache(maxsize=8192)
def _read(text: str, order: str) -> date | str:
    """The day, or the sentence that says why there is none."""
    if len(text) <= _LONGEST:
        parts = _split(text)
        named = None if parts else _named(text)
        if named:
            return named
        arranged = _arranged(parts[:3], order) if parts else None
        if arranged:
            return _made(*arranged) or _no_such_day(*arranged)
    return f"“{text[:_LONGEST]}” is not a date."


def _no_such_day(year: str, month: str, day: str) -> str:
    if not 1900 <= _year(year) <= 2100:
        return f"The year {_year(year)} cannot be right."
    if not 1 <= int(month) <= 12:
        return f"There is no month {int(month)}."
    names = get_month_names("wide", locale="en")
    within = f" in {_year(year)}" if int(day) == 29 else ""
    return f"There is no {int(day)} {names[int(month)]}{within}."


def read_date(text: str, *, order: str) -> date:
    """The day a cell names; a time and an offset behind it change nothing.

    Raises:
        Invalid: not a date, or a day that does not exist (code `date_unreadable`).
    """
    found = _read(text, order)
    if isinstance(found, str):
        raise Invalid(found, code="date_unreadable", field="booked")
    return found


def date_order(texts: Iterable[str], *, european: bool = False) -> Order:
    """The order of day and month that reads the most dates of a file.

    Where two orders read as many: dots are day first; `european` (a decimal comma, headings that are not English) is
    day first; the order under which the rows run one way through time wins. When all this does not tell, the day
    comes first and `asks` names a cell to ask about.
    """
    distinct = list(dict.fromkeys(texts))[:_MANY]
    split = [
        (text, parts) for text in distinct if len(text) <= _LONGEST and (parts := _split(text)) and len(parts[0]) != 4
    ]
    if not split:
        return Order("ymd", "")
    days = {
        order: [_made(*arranged) if (arranged := _arranged(parts[:3], order)) else None for _, parts in split]
        for order in ("dmy", "mdy", "ymd")
    }
    known = {order: sum(day is not None for day in found) for order, found in days.items()}
    if known["ymd"] > max(known["dmy"], known["mdy"]):
        return Order("ymd", "")
    if known["dmy"] != known["mdy"]:
        return Order(max(("dmy", "mdy"), key=lambda order: known[order]), "")
    doubtful = next(
        (text for (text, _), one, other in zip(split, days["dmy"], days["mdy"], strict=True) if one != other), ""
    )
    if not doubtful or european or all(parts[3] == "." for _, parts in split):
        return Order("dmy", "")
    runs = [order for order in ("dmy", "mdy") if _one_way([day for day in days[order] if day])]
    if len(runs) == 1 and known["dmy"] >= 4:
        return Order(runs[0], "")
    return Order("dmy", doubtful)


def _one_way(days: Sequence[date]) -> bool:
    pairs = list(pairwise(days))
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)
