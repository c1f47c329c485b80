"""Amounts as banks write them: one decimal sign for a whole file, never one for each row."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import list_currencies

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import LARGEST, currency, rounded

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’`]+")
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "\uff0d": "-"})
_PLAIN = re.compile(r"[+-]?\d{1,16}(?:\.\d{1,4})?")
_SHAPE = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?(?P<before>[^\d.,+\-()]{0,5})(?P<sign2>[+-])?"
    r"(?P<digits>\d[\d.,]*|[.,]\d+)"
    r"(?P<after>[^\d.,+\-()]{0,5})(?P<sign3>[+-])?(?P<close>\))?"
)
_OUT = frozenset({"dr", "d", "db", "s", "soll"})
_IN = frozenset({"cr", "c", "h", "haben"})
_USUAL = {
    sign: re.compile(rf"[+-]?(?:\d{{1,16}}|\d{{1,3}}(?:\{group}\d{{3}}){{1,4}})(?:\{sign}\d{{1,4}})?")
    for sign, group in (".,", ",.")
}
"""By the decimal sign: how nearly all amounts are written, and none that the books cannot hold."""
_GROUPS = {
    sign: re.compile(rf"\d{{1,3}}(?:\{sign}\d{{3}})+|\d{{1,3}}(?:\{sign}\d{{2}})*\{sign}\d{{3}}") for sign in ".,"
}
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class _Parts:
    negative: bool
    digits: str


@cache
def _marks() -> frozenset[str]:
    names = (
        set(list_currencies()) | set(Locale("en").currency_symbols.values()) | {"$", "kr", "kč", "zł", "fr", "rs", "r$"}
    )
    return frozenset(name.casefold().rstrip(".") for name in names)


def _mark(text: str) -> bool:
    """Whether it is a currency's code or sign."""
    return text.casefold().rstrip(".") in _marks()


def _parts(text: str) -> _Parts | None:
    if not text or len(text) > _LONGEST:
        return None
    bare = _SPACES.sub("", text).translate(_MINUS)
    shape = _SHAPE.fullmatch(bare)
    if shape is None or bool(shape["open"]) != bool(shape["close"]):
        return None
    signs = [sign for sign in (shape["sign"], shape["sign2"], shape["sign3"]) if sign]
    negative = bool(shape["open"])
    for word in (shape["before"], shape["after"]):
        low = word.casefold().rstrip(".")
        if low in _OUT or low in _IN:
            signs.append("-" if low in _OUT else "+")
        elif low and not _mark(low):
            return None
    if len(signs) + negative > 1:
        return None
    return _Parts(negative or signs == ["-"], shape["digits"])


def amount_like(text: str) -> bool:
    """Whether a cell may be an amount under one or the other decimal sign."""
    return _PLAIN.fullmatch(text) is not None or _parts(text) is not None


def decimal_sign(texts: Iterable[str], *, digits: int = 2) -> str:
    """`.` or `,`, decided from all amounts of a file.

    An amount votes where it can be read in one way only: both separators in it (the last is the decimal sign), one
    of them twice (it groups), or not exactly three digits behind. Amounts such as `1.234` do not vote; when there are
    no others, three digits are decimals where every amount has them and the currency has three, else a group.
    """
    votes = {".": 0, ",": 0}
    open_votes = {".": 0, ",": 0}
    bare = 0
    for text in texts:
        parts = _parts(text)
        if parts is None:
            continue
        core = parts.digits
        seen = [sign for sign in ".," if sign in core]
        if not seen:
            bare += 1
        elif len(seen) == 2:
            votes[max(seen, key=core.rfind)] += 1
        elif core.count(seen[0]) > 1:
            votes["," if seen[0] == "." else "."] += 1
        else:
            whole, _, rest = core.partition(seen[0])
            if len(rest) != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0"):
                votes[seen[0]] += 1
            else:
                open_votes[seen[0]] += 1
    if votes["."] != votes[","]:
        return max(votes, key=lambda sign: votes[sign])
    grouped = max(open_votes, key=lambda sign: open_votes[sign])
    if not open_votes[grouped]:
        return "."
    if digits == 3 and not bare:
        return grouped
    return "," if grouped == "." else "."


def read_amount(text: str, *, decimal: str) -> Decimal:
    """The signed amount of a cell: `1.234,56`, `-12.50`, `12.50-`, `(12.50)`, `EUR 5`, `12.50 DR`.

    Raises:
        Invalid: no amount, or not one under this decimal sign (code `amount_unreadable`), or more than the books
            hold (`amount_too_large`).
    """
    group = "," if decimal == "." else "."
    if _USUAL[decimal].fullmatch(text):
        return Decimal(text.replace(group, "").replace(decimal, "."))
    parts = _parts(text)
    if parts is None:
        raise Invalid(f"“{text[:_LONGEST]}” is not an amount.", code="amount_unreadable", field="amount")
    whole, point, rest = parts.digits.partition(decimal)
    if (group in whole and not _GROUPS[group].fullmatch(whole)) or (point and not (rest.isdigit() or rest == "")):
        shown = "1,234.56" if decimal == "." else "1.234,56"
        raise Invalid(
            f"“{text}” is not an amount like the others in this file ({shown}).",
            code="amount_unreadable",
            field="amount",
        )
    value = Decimal(f"{whole.replace(group, '') or '0'}.{rest or '0'}")
    if value > LARGEST:
        raise Invalid(f"{text} is larger than the books can hold.", code="amount_too_large", field="amount")
    if not rest:
        value = value.quantize(Decimal(1))
    return -value if parts.negative else value


def fitted(amount: Decimal, *, of: str) -> tuple[Decimal, str]:
    """A bank's amount as the books take it, and a note where that changed it.

    A bank that calculates with more decimals than its currency has is rounded half-even, up to four decimals; in a
    currency without decimals they mean that the currency is wrong. Without a currency the amount stays as it is.

    Raises:
        Invalid: `nothing_moved` for 0, `amount_too_large`, `amount_decimals`.
    """
    if abs(amount) > LARGEST:
        raise Invalid("The amount is larger than the books can hold.", code="amount_too_large", field="amount")
    coin = currency(of) if of else None
    if coin and amount.as_tuple().exponent == -coin.digits and amount:
        return amount, ""
    if -int(amount.normalize().as_tuple().exponent) > 4 or (coin and not coin.digits and amount % 1):
        raise Invalid(f"{amount} has more decimals than {of or 'money'} has.", code="amount_decimals", field="amount")
    exact = rounded(amount, to=coin) if coin else amount
    if exact == 0:
        raise Invalid("Nothing moved: the amount is 0.", code="nothing_moved", field="amount")
    return exact, "" if exact == amount else f"Rounded from {amount}."
