"""Runs a program over a bank of shocks with the compiled kernel. Imported by the engine's process only."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from fintwin.projection import kernel
from fintwin.projection.arrays import Arrays
from fintwin.projection.paths import Paths
from fintwin.projection.shocks import Bank


def run(
    arrays: Arrays,
    bank: Bank,
    paths: Paths,
    *,
    real: bool,
    account: int | None = None,
    months: tuple[int, int] | None = None,
    pool: ThreadPoolExecutor | None = None,
    threads: int = 1,
) -> Paths:
    """Takes all paths through `months` (from, to; None: all of the bank's), changing them in place.

    Paths do not depend on each other: the bytes are the same for any number of threads.
    """
    length, count = bank.market.shape
    start, stop = months or (0, length)
    view = (account if account is not None else 0, real)
    if pool is None or threads == 1:
        kernel.advance(arrays, bank, paths, view, (start, stop, 0, count))
        return paths
    step = -(-count // threads // kernel.BLOCK) * kernel.BLOCK
    cuts = [*range(0, count, step), count]
    parts = [
        pool.submit(kernel.advance, arrays, bank, paths, view, (start, stop, low, high)) for low, high in pairwise(cuts)
    ]
    for part in parts:
        part.result()
    return paths
