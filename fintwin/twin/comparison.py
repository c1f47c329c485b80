"""A scenario against the same futures without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fintwin.cashflow.cadence import add_months
from fintwin.projection.outcomes import Outcome
from fintwin.projection.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Side:
    """The numbers of one side, in the money that was asked for."""

    chance: float
    """That cash falls under the limit in some month."""
    low: float
    high: float
    """The chance's 95 % interval."""
    short: float
    """That a required payment cannot be made in full in some month."""
    missing: Decimal
    """The median, where that happens, of the most that is unpaid at once."""
    first: date | None
    """The middle of the dates at which cash first falls under the limit, where it does."""
    worst: date
    """The month's end with the lowest 10th percentile of cash."""
    worst_cash: Decimal
    end: Decimal
    """Median net worth at the end."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides over the same shocks: they differ by the scenario only."""

    baseline: Side
    scenario: Side

    @property
    def more_chance(self) -> float:
        """How much more often cash falls under the limit, as a share of all futures."""
        return self.scenario.chance - self.baseline.chance

    @property
    def more_worth(self) -> Decimal:
        """How much more net worth there is at the end, at the median."""
        return self.scenario.end - self.baseline.end


def side(outcome: Outcome, *, snapshot: Snapshot) -> Side:
    """The numbers of one outcome."""
    cent = Decimal(1).scaleb(-snapshot.digits)

    def money(value: float) -> Decimal:
        return Decimal(repr(value)).quantize(cent)

    def end(month: int) -> date:
        return add_months(snapshot.as_of, month + 1)

    return Side(
        chance=outcome.under.share,
        low=outcome.under.low,
        high=outcome.under.high,
        short=outcome.short.share,
        missing=money(outcome.missing),
        first=None if outcome.under.month is None else end(outcome.under.month),
        worst=end(outcome.worst_month),
        worst_cash=money(outcome.worst_cash),
        end=money(_last(outcome.worth.level(0.5))),
    )


def compared(baseline: Outcome, scenario: Outcome, *, snapshot: Snapshot) -> Comparison:
    """The comparison of two outcomes of one snapshot."""
    return Comparison(side(baseline, snapshot=snapshot), side(scenario, snapshot=snapshot))


def _last(values: Sequence[float]) -> float:
    return values[-1]
