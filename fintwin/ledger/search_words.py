"""What a person types into the register's search box, as terms: words to look for, and operators such as `amount>100`.

Nothing that was typed is lost: what is not understood comes back as a fault with its sentence, and stays in the box.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches

from fintwin.kernel.errors import Invalid

LONGEST = 200
"""Characters that a search may have."""
MOST_TERMS = 20

NAMED = ("category", "account", "payee", "tag", "note")
DAYS = ("after", "before", "on")
STATES = (
    "uncategorised",
    "pending",
    "failed",
    "expired",
    "reversed",
    "binned",
    "in",
    "out",
    "transfer",
    "imported",
)
TURNED = ("uncategorised", "transfer", "imported")
"""States that a minus turns round."""
THINGS = ("note", "attachment", "tag", "split")
NAMES = (*NAMED, *DAYS, "amount", "is", "has")
_ALSO = {
    "uncategorized": "uncategorised",
    "cancelled": "failed",
    "canceled": "failed",
    "lapsed": "expired",
    "undone": "reversed",
    "deleted": "binned",
}
"""Other words for states."""
RELATIVE = ("today", "yesterday", "this-month", "last-month", "this-year", "last-year")

_PREFIX = re.compile(r"(-?)([A-Za-z]+)(>=|<=|[:<>=])")
_VALUE = re.compile(r'"([^"]*)"?|([^\s"]*)')
_PLAIN = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_AMOUNT = re.compile(r"\d{1,16}(?:[.,](?:\d{1,2}|\d{4}))?")
_DAY = re.compile(r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?")
_BARE = re.compile(r"[\w.&'()/#*+…€$£%!?]+(?:[\w.&'()/#*+…€$£%!?,-]*[\w.&'()/#*+…€$£%!?])?")
_TINY = Decimal("0.0001")
_FIRST, _LAST = 1900, 2200


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a search: `name` is an operator's ("" for plain words), `no` turns it round.

    `sign` is `:` but for amounts, which may have `>`, `>=`, `<`, `<=`; their value is a decimal or `20..50`.
    """

    name: str
    value: str
    no: bool = False
    sign: str = ":"

    def __str__(self) -> str:
        shown = self.value if _BARE.fullmatch(self.value) and not _PREFIX.match(self.value) else f'"{self.value}"'
        return f"{'-' if self.no else ''}{self.name}{self.sign if self.name else ''}{shown}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A part that was not understood, as it was typed, and why."""

    part: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Search:
    """What was understood, in the order typed, and what was not; `hints` are no faults: the search runs as it stands."""

    terms: tuple[Term, ...] = ()
    faults: tuple[Fault, ...] = ()
    hints: tuple[str, ...] = ()


def parse(text: str) -> Search:
    """Read a search.

    Raises:
        Invalid: it is longer than LONGEST or has more than MOST_TERMS parts (`search_too_long`).
    """
    if len(text) > LONGEST:
        raise Invalid(f"A search has at most {LONGEST} characters.", code="search_too_long", field="q")
    bare = "".join(char if char.isprintable() else " " for char in text)
    terms: list[Term] = []
    faults: list[Fault] = []
    hints: list[str] = []
    at = 0
    while at < len(bare):
        if bare[at].isspace():
            at += 1
            continue
        start, found = at, _PREFIX.match(bare, at)
        name = found[2].lower() if found else ""
        if found and name in NAMES:
            valued = _VALUE.match(bare, found.end())
            at = valued.end() if valued else found.end()
            value = _tidy((valued[1] or valued[2] or "") if valued else "")
            try:
                terms.append(_operator(name, value, no=found[1] == "-", sign=found[3]))
            except Invalid as error:
                faults.append(Fault(bare[start:at].strip(), error.sentence))
            continue
        plain = _PLAIN.match(bare, at)
        at = plain.end() if plain else at + 1
        if plain is None:
            continue
        words = _tidy((plain[2] or plain[3] or "").replace('"', " "))
        if words:
            terms.append(Term("", words, plain[1] == "-"))
        if found and (hint := _hint(found[2], found[3])):
            hints.append(hint)
    if len(terms) + len(faults) > MOST_TERMS:
        raise Invalid(f"A search has at most {MOST_TERMS} parts.", code="search_too_long", field="q")
    return Search(tuple(terms), tuple(faults), tuple(hints))


def without(text: str, part: Term | Fault) -> str:
    """A search without one of its parts; what was not understood stays."""
    found, gone = parse(text), part.part if isinstance(part, Fault) else str(part)
    parts = [*(str(term) for term in found.terms), *(fault.part for fault in found.faults)]
    return " ".join(one for one in parts if one != gone)


def days(value: str, *, today: date) -> tuple[date, date]:
    """First and last day of a day, a month, a year, or a relative one such as `this-month`.

    Raises:
        ValueError: it is none of these, or outside 1900 to 2200.
    """
    month = today.replace(day=1)
    if value in ("today", "yesterday"):
        one = today - timedelta(days=value == "yesterday")
        return one, one
    if value in ("this-month", "last-month"):
        first = month if value == "this-month" else (month - timedelta(days=1)).replace(day=1)
        return first, _month_end(first)
    if value in ("this-year", "last-year"):
        year = today.year - (value == "last-year")
        return date(year, 1, 1), date(year, 12, 31)
    if not _DAY.fullmatch(value) or not value.isascii():
        raise ValueError(value)
    parts = [int(part) for part in value.split("-")]
    if not _FIRST <= parts[0] < _LAST:
        raise ValueError(value)
    if len(parts) == 3:
        one = date(*parts)
        return one, one
    if len(parts) == 2:
        first = date(parts[0], parts[1], 1)
        return first, _month_end(first)
    return date(parts[0], 1, 1), date(parts[0], 12, 31)


def bounds(term: Term) -> tuple[Decimal | None, Decimal | None]:
    """Smallest and largest size, both included, that an amount's term lets through."""
    low, dots, high = term.value.partition("..")
    if dots:
        return Decimal(low) if low else None, Decimal(high) if high else None
    one = Decimal(low)
    return {
        ">": (one + _TINY, None),
        ">=": (one, None),
        "<": (None, max(one - _TINY, Decimal(0))),
        "<=": (None, one),
    }.get(term.sign, (one, one))


def _operator(name: str, value: str, *, no: bool, sign: str) -> Term:
    """The term of an operator.

    Raises:
        Invalid: it cannot be read (`bad_term`).
    """
    if not value:
        raise _unread(f"Write something after “{name}{sign}”.")
    if name == "amount":
        return _amount(value, no=no, sign=sign)
    if sign != ":":
        raise _unread(f"Write “{name}:”; only amounts can be compared.")
    value = value if name in NAMED else value.lower()
    if name in DAYS:
        if no:
            raise _unread(f"“{name}:” cannot be turned round with a minus. Use “after:” and “before:”.")
        try:
            days(value, today=date(2000, 1, 1))
        except ValueError:
            raise _unread(f"“{value}” is no day. Write 2026, 2026-01, 2026-01-31, today or this-month.") from None
    value = _ALSO.get(value, value) if name == "is" else value
    allowed = {"is": STATES, "has": THINGS}.get(name)
    if allowed is not None and value not in allowed:
        raise _unread(f"After “{name}:” there can be {', '.join(allowed[:-1])} or {allowed[-1]}.")
    if no and name == "is" and value not in TURNED:
        raise _unread(f"“is:{value}” cannot be turned round with a minus.")
    return Term(name, value, no)


def _amount(value: str, *, no: bool, sign: str) -> Term:
    if no:
        raise _unread("An amount cannot be turned round with a minus. Write amount<100, or is:out for money that left.")
    low, dots, high = value.partition("..")
    if dots and sign not in (":", "="):
        raise _unread("Write a span of amounts as amount:20..50.")
    parts = [part for part in (low, high) if part]
    if not parts or any(not _AMOUNT.fullmatch(part) or not part.isascii() for part in parts):
        raise _unread(f"“{value}” is no amount. Write it without separators of thousands: amount>1000, amount:20..50.")
    low, high = _decimal(low), _decimal(high)
    if low and high and Decimal(high) < Decimal(low):
        raise _unread("The largest amount lies below the smallest.")
    return Term("amount", f"{low}{dots}{high}", False, ":" if sign == "=" else sign)


def _unread(sentence: str) -> Invalid:
    return Invalid(sentence, code="bad_term", field="q")


def _decimal(text: str) -> str:
    return format(Decimal(text.replace(",", ".")).normalize(), "f") if text else ""


def _hint(name: str, sign: str) -> str:
    close = get_close_matches(name.lower(), NAMES, n=1, cutoff=0.7)
    return f"“{name}{sign}” is looked for as it stands. Did you mean “{close[0]}{sign}”?" if close else ""


def _month_end(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)


def _tidy(text: str) -> str:
    return " ".join(text.split())
