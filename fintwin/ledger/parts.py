"""The parts of a payment over several categories: values only. They sum to its amount to the last cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import Currency, exact

MOST = 20
"""Parts that one payment may have."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: a category and its amount, always positive. None, for the last part only: what is left."""

    category: int
    amount: Decimal | None
    note: str = ""


def rest(total: Decimal, amounts: Sequence[Decimal]) -> Decimal:
    """What the amounts leave of the total; below zero where they are more."""
    return total - sum(amounts, Decimal(0))


def whole(total: Decimal, parts: Sequence[Part], *, of: Currency) -> tuple[Part, ...]:
    """The parts with every amount said; the last one takes what is left where it says none.

    Raises:
        Invalid: more than `MOST` parts, an amount that is zero, negative or finer than the currency, or parts that do
            not sum to the total (`parts_do_not_sum`); the field is the part's place, from `part0` on.
    """
    if len(parts) > MOST:
        raise Invalid(f"A payment has at most {MOST} parts.", code="too_many_parts", field="parts")
    said: list[Part] = []
    for place, part in enumerate(parts):
        amount = part.amount
        if amount is None and place == len(parts) - 1:
            amount = rest(total, [one.amount or Decimal(0) for one in said])
            if amount <= 0:
                raise Invalid("Nothing is left for the last part.", code="parts_do_not_sum", field=f"part{place}")
        amount = Decimal(0) if amount is None else exact(amount, to=of, field=f"part{place}")
        if amount <= 0:
            raise Invalid("Each part needs an amount above zero.", code="amount_not_positive", field=f"part{place}")
        said.append(Part(part.category, amount, part.note))
    left = rest(total, [one.amount or Decimal(0) for one in said])
    if said and left:
        raise Invalid(
            "The parts are less than the payment." if left > 0 else "The parts are more than the payment.",
            code="parts_do_not_sum",
            field=f"part{len(said) - 1}",
        )
    return tuple(said)


def leading(parts: Sequence[Part]) -> int | None:
    """The category of the largest part, the first of equal ones: what a list shows that shows only one."""
    if not parts:
        return None
    return max(parts, key=lambda part: part.amount or Decimal(0)).category
