"""From ten thousand paths to what a person can read: fans, chances, months, sample paths."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from fintwin.projection.arrays import Floats
from fintwin.projection.outcomes import LEVELS, Chance, Fan, Outcome, Sample, shown_months
from fintwin.projection.paths import NEVER, Paths

_Z = 1.96


def fan(matrix: Floats, *, pool: ThreadPoolExecutor | None = None) -> Fan:
    """The quantiles of each row of (T, P); sorts the matrix in place."""
    half = len(matrix) // 2
    if pool is None or not half:
        matrix.sort(axis=1)
    else:
        for part in [pool.submit(rows.sort, axis=1) for rows in (matrix[:half], matrix[half:])]:
            part.result()
    places = [round(level * (matrix.shape[1] - 1)) for level in LEVELS]
    return Fan(tuple(tuple(float(value) for value in matrix[:, place]) for place in places))


def chance(first: Floats, *, shown: Sequence[int]) -> Chance:
    """The share of paths that have a first month, from (P).

    The interval counts a path and its mirror image as one observation of their mean: how much the pairs vary says how
    many independent paths the share is worth.
    """
    happened = first < NEVER
    share = float(happened.mean())
    paths = len(first)
    pairs = happened.reshape(2, -1).mean(axis=0)
    variance = float(pairs.var()) / len(pairs)
    worth = share * (1 - share) / variance if variance else paths / 2
    low, high = wilson(share, min(max(worth, paths / 4), paths * 4))
    months = np.sort(first[happened])
    bins = np.searchsorted(months, np.asarray(shown), side="right")
    return Chance(
        share=share,
        low=low,
        high=high,
        month=int(months[len(months) // 2]) if len(months) else None,
        survival=tuple(float(1 - count / paths) for count in bins),
    )


def wilson(share: float, count: float) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of so many observations."""
    middle = share + _Z * _Z / (2 * count)
    reach = _Z * math.sqrt(share * (1 - share) / count + _Z * _Z / (4 * count * count))
    scale = 1 + _Z * _Z / count
    return max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0)


def samples(worth: Floats, cash: Floats, *, count: int = 20) -> tuple[Sample, ...]:
    """Paths by where they end: the worst, a typical bad, the middle, a good and the best, and others evenly between."""
    order = np.argsort(worth[-1], kind="stable")
    last = len(order) - 1
    named = {"worst": 0.0, "bad": 0.1, "middle": 0.5, "good": 0.9, "best": 1.0}
    wanted = [*named.items(), *((f"{place + 1}", (place + 0.5) / count) for place in range(count))]
    return tuple(
        Sample(
            name,
            tuple(round(float(value), 2) for value in worth[:, order[round(share * last)]]),
            tuple(round(float(value), 2) for value in cash[:, order[round(share * last)]]),
        )
        for name, share in wanted
    )


def outcome(paths: Paths, *, pool: ThreadPoolExecutor | None = None, with_samples: bool = False) -> Outcome:
    """All reductions; the matrices are sorted in place."""
    shown = shown_months(len(paths.worth))
    rows = slice(shown[0], None, shown[1] - shown[0] if len(shown) > 1 else 1)
    kept = samples(paths.worth[rows], paths.cash[rows]) if with_samples else ()
    cash_fan = fan(paths.cash[rows], pool=pool)
    low = cash_fan.level(0.10)
    lowest = min(range(len(low)), key=lambda place: (low[place], place))
    ran_short = paths.deepest[paths.first_short < NEVER]
    return Outcome(
        months=shown,
        worth=fan(paths.worth[rows], pool=pool),
        cash=cash_fan,
        account=fan(paths.account[rows], pool=pool) if len(paths.account) else None,
        short=chance(paths.first_short, shown=shown),
        under=chance(paths.first_under, shown=shown),
        missing=float(np.median(ran_short)) if len(ran_short) else 0.0,
        worst_month=shown[lowest],
        worst_cash=low[lowest],
        samples=kept,
    )
