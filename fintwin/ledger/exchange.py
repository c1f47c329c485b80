"""What an amount of one currency is worth in another, by the rates that are known. Values only.

A rate is units of the quoted currency for one unit of the base. Between two currencies the direct rate counts, else its
inverse, else the way over one third currency; of several ways the one whose oldest rate is the latest. A rate holds
from its day until a later one is known.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

from fintwin.kernel.money import Currency, rounded

_PRECISION = Context(prec=18)
_MOST_MONEY = Decimal(10) ** 20


@dataclass(frozen=True, slots=True)
class Quote:
    """One known rate: a unit of `base` is worth `rate` of `quote` since `day`."""

    base: str
    quote: str
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """A rate that was found, to eighteen digits, and the day of the oldest quote it rests on."""

    rate: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class Rates:
    """All known quotes, by pair, in the order of their days."""

    _days: Mapping[tuple[str, str], list[date]]
    _rates: Mapping[tuple[str, str], list[Decimal]]

    @classmethod
    def of(cls, quotes: Iterable[Quote]) -> "Rates":
        """Quotes in any order; of two for one pair and day the last counts."""
        by_pair: dict[tuple[str, str], dict[date, Decimal]] = {}
        for one in quotes:
            by_pair.setdefault((one.base, one.quote), {})[one.day] = one.rate
        ordered = {pair: sorted(days.items()) for pair, days in by_pair.items()}
        return cls(
            {pair: [day for day, _ in known] for pair, known in ordered.items()},
            {pair: [rate for _, rate in known] for pair, known in ordered.items()},
        )

    def worth(self, of: str, *, in_: str, on: date) -> Worth | None:
        """What one unit of a currency is worth in another on a day; None where no rate is known by then."""
        if of == in_:
            return Worth(Decimal(1), on)
        direct = self._leg(of, in_, on)
        if direct is not None:
            return direct
        found: list[Worth] = []
        for over in {currency for pair in self._days for currency in pair} - {of, in_}:
            first, second = self._leg(of, over, on), self._leg(over, in_, on)
            if first is not None and second is not None:
                found.append(Worth(_PRECISION.multiply(first.rate, second.rate), min(first.day, second.day)))
        # The rate decides between ways of one age, so that the answer never depends on an order.
        return max(found, key=lambda one: (one.day, one.rate), default=None)

    def convert(self, amount: Decimal, *, of: Currency, to: Currency, on: date) -> tuple[Decimal, Worth] | None:
        """An amount in another currency, half-even to its decimals, with the rate used.

        None where no rate is known, or only one that cannot be meant: it makes far more of the amount than books can hold.
        """
        found = self.worth(of.code, in_=to.code, on=on)
        if found is None or abs(amount * found.rate) >= _MOST_MONEY:
            return None
        return rounded(amount * found.rate, to=to), found

    def _leg(self, of: str, in_: str, on: date) -> Worth | None:
        straight, inverse = self._latest((of, in_), on), self._latest((in_, of), on)
        if straight is not None and (inverse is None or inverse.day <= straight.day):
            return straight
        return None if inverse is None else Worth(_PRECISION.divide(Decimal(1), inverse.rate), inverse.day)

    def _latest(self, pair: tuple[str, str], on: date) -> Worth | None:
        days = self._days.get(pair)
        at = bisect_right(days, on) if days else 0
        return Worth(self._rates[pair][at - 1], days[at - 1]) if days and at else None
