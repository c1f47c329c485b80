"""Money: a Decimal and its ISO 4217 currency, exact, never a float."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import list_currencies

from fintwin.kernel.errors import Invalid

LARGEST = Decimal("9999999999999999.9999")
"""What NUMERIC(20,4) holds."""


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code and the number of decimals its amounts may have (JPY 0, USD 2, KWD 3)."""

    code: str
    digits: int

    @property
    def cent(self) -> Decimal:
        """The smallest amount of this currency."""
        return _cent(self.digits)


@cache
def _cent(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


@cache
def _fractions() -> Mapping[str, tuple[int, int, int, int]]:
    return get_global("currency_fractions")


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code.

    Raises:
        Invalid: no such currency (code `unknown_currency`).
    """
    upper = code.strip().upper()
    if len(upper) != 3 or upper not in _codes():
        raise Invalid(
            f"{code[:12]!r} is not a currency. Use a code such as EUR or USD.",
            code="unknown_currency",
            field="currency",
        )
    # More than four decimals (none in use today) would not fit the tables.
    digits = min(_fractions().get(upper, _fractions()["DEFAULT"])[0], 4)
    return Currency(upper, digits)


def current_currencies(locale: str) -> list[tuple[str, str]]:
    """Codes and names of the currencies in use somewhere today, by name in the given locale."""
    tender = {
        entry[0]
        for entries in get_global("territory_currencies").values()
        for entry in entries
        if entry[2] is None and entry[3]
    }
    names = Locale.parse(locale, sep="-").currencies
    return sorted(
        ((code, names.get(code, code)) for code in tender if code in _codes()), key=lambda pair: pair[1].casefold()
    )


def rounded(amount: Decimal, *, to: Currency) -> Decimal:
    """Half-even to the currency's decimals."""
    return amount.quantize(to.cent, rounding=ROUND_HALF_EVEN)


def plain(amount: Decimal, *, of: Currency) -> str:
    """An amount as machines read it, with all decimals that its currency has: `-1234.50`."""
    return format(rounded(amount, to=of), "f")


def exact(amount: Decimal | str | int, *, to: Currency, field: str = "amount") -> Decimal:
    """The amount as the books take it: finite, with no more decimals than its currency has.

    Any sign; a positive amount is asked for with `positive`.

    Raises:
        Invalid: `amount_not_finite`, `amount_decimals`, `amount_too_large` or `amount_unreadable`.
    """
    try:
        value = Decimal(amount)
    except (InvalidOperation, ValueError, TypeError):
        raise Invalid("This is not an amount. Write it like 1234.56.", code="amount_unreadable", field=field) from None
    if not value.is_finite():
        raise Invalid("The amount must be a number.", code="amount_not_finite", field=field)
    if abs(value) > LARGEST:
        raise Invalid("The amount is larger than the books can hold.", code="amount_too_large", field=field)
    whole = rounded(value, to=to)
    if value != whole:
        word = "no decimals" if to.digits == 0 else f"at most {to.digits} decimals"
        raise Invalid(f"An amount in {to.code} has {word}.", code="amount_decimals", field=field)
    return whole


def positive(amount: Decimal | str | int, *, to: Currency, field: str = "amount") -> Decimal:
    """Like `exact`, and more than zero.

    Raises:
        Invalid: as `exact`, or `amount_not_positive`.
    """
    value = exact(amount, to=to, field=field)
    if value <= 0:
        raise Invalid("The amount must be more than zero.", code="amount_not_positive", field=field)
    return value
