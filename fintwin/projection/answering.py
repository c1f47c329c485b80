"""Answers questions with the kernel and the cached banks. Imported by the engine's process only."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from fintwin import __version__
from fintwin.projection.arrays import Arrays, Floats, arrays
from fintwin.projection.compile import Changes, compiled, scaled, together
from fintwin.projection.paths import NEVER, Paths, opening
from fintwin.projection.question import Amount, Answer, Project, Solve
from fintwin.projection.reduce import outcome
from fintwin.projection.run import run
from fintwin.projection.shocks import Banks, model

VERSION = f"fintwin {__version__}, numpy {np.__version__}, numba {numba.__version__}"
"""Two answers of one version to one question are the same to the last bit."""

THREADS = min(os.cpu_count() or 1, 4)


class Answering:
    """The engine's memory: banks, threads and the buffers of the last run."""

    def __init__(self) -> None:
        self.banks = Banks()
        self.pool = ThreadPoolExecutor(THREADS)
        self.buffers: tuple[Floats, Floats] | None = None

    def project(self, question: Project) -> Answer:
        """Fan, chances and months of one projection."""
        begun = time.perf_counter()
        program = compiled(question.snapshot, months=question.months, changes=question.changes, limit=question.limit)
        keys = [account.key for account in program.accounts]
        watch = keys.index(question.account) if question.account in keys else None
        told = arrays(program)
        bank = self.banks.get(model(program, seed=question.seed, paths=question.paths))
        paths = self._opening(told, question.months, question.paths, watch is not None)
        run(told, bank, paths, real=question.real, account=watch, pool=self.pool, threads=THREADS)
        result = outcome(paths, pool=self.pool, with_samples=question.samples)
        return Answer(result, VERSION, time.perf_counter() - begun)

    def solve(self, question: Solve) -> Amount:
        """Bisection over multiples of the step, all on the same shocks."""
        begun = time.perf_counter()
        low, high = int(question.least / question.step), int(question.most / question.step)

        def chance(steps: int) -> float:
            return self._chance_under(question, scaled(question.unit, steps * question.step))

        def holds(steps: int) -> bool:
            return chance(steps) <= question.chance

        safe, other = (low, high) if question.rising else (high, low)
        found: int | None = None
        if holds(other):
            found = other
        elif holds(safe):
            while abs(safe - other) > 1:
                middle = (safe + other) // 2
                if holds(middle):
                    safe = middle
                else:
                    other = middle
            found = safe
        amount = None if found is None else found * question.step
        reached = chance(found if found is not None else safe)
        return Amount(amount, reached, time.perf_counter() - begun, at_least=question.rising and found == high)

    def _chance_under(self, question: Solve, added: Changes) -> float:
        program = compiled(
            question.snapshot,
            months=question.months,
            changes=together(question.changes, added),
            limit=question.limit,
        )
        told = arrays(program)
        bank = self.banks.get(model(program, seed=question.seed, paths=question.paths))
        paths = self._opening(told, question.months, question.paths, False)
        run(told, bank, paths, real=False, pool=self.pool, threads=THREADS)
        return float((paths.first_under < NEVER).mean())

    def _opening(self, told: Arrays, months: int, paths: int, account: bool) -> Paths:
        """All paths at the as-of date; the two large matrices are those of the last run where they fit."""
        fresh = opening(told, months=0, paths=paths)
        if self.buffers is None or self.buffers[0].shape != (months, paths):
            # The old ones go before the new ones come, so that both are never there together.
            self.buffers = None
            self.buffers = (np.empty((months, paths), np.float32), np.empty((months, paths), np.float32))
        watched = np.empty((months if account else 0, paths), np.float32)
        return fresh._replace(worth=self.buffers[0], cash=self.buffers[1], account=watched)
