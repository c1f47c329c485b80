"""Why a scenario ends where it does: causes that sum to the difference, to the cent."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from fintwin.projection.exact import Line
from fintwin.projection.snapshot import Snapshot
from fintwin.twin.scenario import Scenario, cause

TOP = 5
"""Causes that are named; what is left is the last line."""

_WORDS = {
    "income": "Income",
    "rest": "Everyday spending",
    "returns": "Investment returns",
    "interest:savings": "Interest on savings",
    "interest:credit": "Interest on cards",
    "interest:loan": "Interest on loans",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause and what it changes at the end; above zero it helps."""

    words: str
    amount: Decimal


def reasons(
    before: Line, after: Line, *, scenario: Scenario, snapshot: Snapshot, real: bool
) -> tuple[tuple[Reason, ...], Decimal]:
    """The causes of the difference in net worth at the end, the largest first, and the difference they sum to.

    In today's money each cause is divided by the expected price level; the cents that rounding leaves go to the
    largest remainders, so that the sum still holds.
    """
    level = after.index[-1] if real else Decimal(1)
    raw = {
        name: (after.causes.get(name, Decimal(0)) - before.causes.get(name, Decimal(0))) / level
        for name in sorted({*before.causes, *after.causes})
    }
    cent = Decimal(1).scaleb(-snapshot.digits)
    total = ((after.worth[-1] - before.worth[-1]) / level).quantize(cent, rounding=ROUND_HALF_EVEN)
    parts = _apportioned({name: value for name, value in raw.items() if value}, total, cent)
    words = _words(scenario, snapshot)
    named = sorted(
        (Reason(words.get(name, name), amount) for name, amount in parts.items() if amount),
        key=lambda reason: (-abs(reason.amount), reason.words),
    )
    if len(named) > TOP + 1:
        other = sum((reason.amount for reason in named[TOP:]), Decimal(0))
        named = [*named[:TOP], *([Reason("Everything else", other)] if other else [])]
    return tuple(named), total


def _apportioned(raw: Mapping[str, Decimal], total: Decimal, cent: Decimal) -> dict[str, Decimal]:
    """Values rounded to cents so that they sum to a total (Hamilton's method)."""
    floors = {name: value.quantize(cent, rounding=ROUND_FLOOR) for name, value in raw.items()}
    left = int((total - sum(floors.values(), Decimal(0))) / cent)
    order = sorted(raw, key=lambda name: (floors[name] - raw[name], name))
    for name in order[: max(left, 0)]:
        floors[name] += cent
    return floors


def _words(scenario: Scenario, snapshot: Snapshot) -> dict[str, str]:
    return (
        _WORDS
        | {f"stream:{stream.key}": stream.name for stream in snapshot.streams}
        | {cause(place): event.title for place, event in scenario.counted}
    )
