"""What a person can read of ten thousand paths: fans, chances, months, sample paths. Values only; `reduce` makes them."""

from dataclasses import dataclass

LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""The quantiles of a fan, in order."""

POINTS = 240
"""The most points a fan has."""


@dataclass(frozen=True, slots=True)
class Fan:
    """Quantiles (one row for each of `LEVELS`) of a quantity at the ends of some months."""

    rows: tuple[tuple[float, ...], ...]

    def level(self, wanted: float) -> tuple[float, ...]:
        """The row of one level."""
        return self.rows[LEVELS.index(wanted)]


@dataclass(frozen=True, slots=True)
class Chance:
    """A share of paths, with its 95 % Wilson interval.

    `month` is the median month in which it happens first, where it happens at all. `survival` is, for the shown
    months, the share of paths in which it has not happened yet.
    """

    share: float
    low: float
    high: float
    month: int | None
    survival: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One path that stands for others: `name` says how it ends among all."""

    name: str
    worth: tuple[float, ...]
    cash: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program's paths come to, in the money that was asked for.

    `months` are the months shown (0: the first one). `short` is the chance that a required payment cannot be made in
    full in some month, `under` that cash falls under the limit; `missing` is the median, among the paths that run
    short, of the most that was unpaid at once. `worst_month` has the lowest 10th percentile of cash.
    """

    months: tuple[int, ...]
    worth: Fan
    cash: Fan
    account: Fan | None
    short: Chance
    under: Chance
    missing: float
    worst_month: int
    worst_cash: float
    samples: tuple[Sample, ...]


def shown_months(months: int) -> tuple[int, ...]:
    """At most `POINTS` months, evenly, the last one always among them."""
    step = -(-months // POINTS)
    return tuple(range((months - 1) % step, months, step))
