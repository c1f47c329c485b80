"""Where all paths are, and what came out of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fintwin.projection.arrays import Arrays, Floats

NEVER = 1e9
"""The first month of what has not happened."""


class Paths(NamedTuple):
    """Where all paths are, and what came out of them.

    `rows` (A + 3, P) are balances, what is unpaid (below zero), the price level against the expected one, and how far
    yearly rates are off;
    `place` (P) where in the pool a path is. `worth`, `cash` and `account` (no rows: none) are (T, P). `first_short`
    and `first_under` (P) are the first months short and under the limit (`NEVER`: none), `deepest` (P) the most that
    was unpaid at once.
    """

    rows: Floats
    place: NDArray[np.int32]
    worth: Floats
    cash: Floats
    account: Floats
    first_short: Floats
    first_under: Floats
    deepest: Floats


def opening(arrays: Arrays, *, months: int, paths: int, account: bool = False) -> Paths:
    """All paths at the as-of date, with room for so many months."""
    rows = np.zeros((len(arrays.opening) + 3, paths), dtype=np.float32)
    rows[:-3] = arrays.opening[:, None]
    rows[-2] = 1
    return Paths(
        rows=rows,
        place=np.zeros(paths, dtype=np.int32),
        worth=np.empty((months, paths), dtype=np.float32),
        cash=np.empty((months, paths), dtype=np.float32),
        account=np.empty((months if account else 0, paths), dtype=np.float32),
        first_short=np.full(paths, NEVER, dtype=np.float32),
        first_under=np.full(paths, NEVER, dtype=np.float32),
        deepest=np.zeros(paths, dtype=np.float32),
    )
