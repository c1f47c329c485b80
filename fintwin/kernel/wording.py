"""Values as people read them, in their own locale: amounts, dates, numbers."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, get_decimal_symbol

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import Currency, exact

MINUS = "−"
_SPACES = re.compile(r"[\s\u00a0\u202f'’]+")


def known_locale(tag: str | None) -> str:
    """A browser's language tag as a locale that Babel knows; `en-US` where it does not."""
    for candidate in (tag or "", (tag or "").split("-")[0]):
        try:
            if candidate:
                return str(Locale.parse(candidate.replace("_", "-"), sep="-")).replace("_", "-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return "en-US"


def _babel(locale: str) -> str:
    return locale.replace("-", "_")


def amount_text(
    amount: Decimal, *, of: Currency, locale: str, signed: bool = False, symbol: bool = True, whole: bool = False
) -> str:
    """`−$1,234.50`; with `signed` a plus before what is above zero; `whole` leaves the decimals out.

    The sign is a true minus in front of the symbol, wherever the locale would put it.
    """
    size = abs(amount)
    if whole:
        size = size.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    digits = 0 if whole else of.digits
    places = "." + "0" * digits if digits else ""
    if symbol:
        pattern = re.sub(
            r"\.0+", places, Locale.parse(_babel(locale)).currency_formats["standard"].pattern.split(";")[0]
        )
        text = format_currency(size, of.code, format=pattern, locale=_babel(locale), currency_digits=False)
    else:
        text = format_decimal(size, format="#,##0" + places, locale=_babel(locale))
    if amount < 0:
        return MINUS + text
    return "+" + text if signed and amount > 0 else text


def date_text(day: date, *, locale: str, style: str = "medium") -> str:
    """A booking date; style is one of Babel's `short`, `medium`, `long`, or `day` for `21 Nov`, `Nov 21`, `21. Nov.`."""
    if style == "day":
        return format_skeleton("MMMd", day, locale=_babel(locale))
    if style == "month":
        return format_date(day, "LLLL y", locale=_babel(locale))
    return format_date(day, style, locale=_babel(locale))


def instant_text(instant: datetime, *, zone: str, locale: str) -> str:
    """A UTC instant in the person's zone: `21 Nov 14:05`."""
    there = instant.astimezone(ZoneInfo(zone))
    return f"{date_text(there.date(), locale=locale, style='day')} {there:%H:%M}"


def parse_amount(text: str, *, of: Currency, locale: str, field: str = "amount") -> Decimal:
    """What a person typed as an amount, by the separators of their locale; any sign.

    A single separator that is not the locale's is taken as a decimal sign when what follows cannot be a group of
    three; `1,5` in an English locale is 1.5, `1,500` is 1500.

    Raises:
        Invalid: `amount_unreadable` where it stays ambiguous or is no number, else as `money.exact`.
    """
    if len(text) > 40:
        raise Invalid("This is too long for an amount.", code="amount_unreadable", field=field)
    bare = _SPACES.sub("", text).replace(MINUS, "-").replace(of.code, "")
    bare = re.sub(r"[^\d.,+\-eE]", "", bare) if not re.search(r"[A-Za-z]", bare) else bare
    point = get_decimal_symbol(_babel(locale))
    if point not in ".,":
        point = "."
    other = "," if point == "." else "."
    if bare.count(other) == 1 and point not in bare:
        whole, _, rest = bare.partition(other)
        if len(rest) != 3 or not whole.lstrip("+-"):
            bare = whole + point + rest
    if not re.fullmatch(
        r"[+-]?(\d{1,3}(" + re.escape(other) + r"\d{2,3})+|\d+)?(" + re.escape(point) + r"\d*)?", bare
    ) or not re.search(r"\d", bare):
        example = amount_text(Decimal("1234.56") if of.digits else Decimal(1234), of=of, locale=locale, symbol=False)
        raise Invalid(f"This is not an amount. Write it like {example}.", code="amount_unreadable", field=field)
    try:
        return exact(Decimal(bare.replace(other, "").replace(point, ".")), to=of, field=field)
    except InvalidOperation:
        raise Invalid("This is not an amount.", code="amount_unreadable", field=field) from None


def count_text(number: int, *, locale: str) -> str:
    """How many: `1,234`, `1.234`, `1 234`."""
    return str(format_decimal(number, locale=_babel(locale)))


def counted(number: int, noun: str, *, locale: str) -> str:
    """How many of what: `1 transaction`, `1,234 transactions`.

    Args:
        noun: one whose plural ends in s.
    """
    return f"{count_text(number, locale=locale)} {noun}{'' if number == 1 else 's'}"


def rate_text(rate: Decimal, *, locale: str) -> str:
    """A rate of exchange with at most six decimals, and six digits where it lies far below one: `1.0874`, `0.00667`."""
    places = 6 if rate >= Decimal("0.1") else min(12, 5 - rate.adjusted())
    return format_decimal(rate, format="#,##0." + "#" * places, locale=_babel(locale))


def parse_rate(text: str, *, locale: str, field: str = "rate") -> Decimal:
    """What a person typed as a rate, with the decimal sign of their locale or the other one; no groups, no sign.

    Raises:
        Invalid: `bad_rate`: no number, zero, or a single separator before three digits, which may be a group.
    """
    bare = _SPACES.sub("", text)
    point = get_decimal_symbol(_babel(locale))
    other = "," if point == "." else "."
    if bare.count(other) == 1 and point not in bare:
        whole, _, rest = bare.partition(other)
        if len(rest) != 3 or whole.strip("0") == "":
            bare = f"{whole}{point}{rest}"
    if len(bare) > 30 or not re.fullmatch(r"\d*(" + re.escape(point) + r"\d*)?", bare) or not re.search(r"[1-9]", bare):
        raise Invalid(
            f"This is not a rate. Write it like {rate_text(Decimal('1.0874'), locale=locale)}.",
            code="bad_rate",
            field=field,
        )
    return Decimal(bare.replace(point, "."))
