"""Shock banks: the chances of every path and month, made once and shared by all scenarios (common random numbers)."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fintwin.projection.arrays import Floats
from fintwin.projection.compile import BLOCK_MONTHS, Program

KEPT = 2
"""Banks in the cache; one of 10,000 paths and 480 months takes 67 MB."""


@dataclass(frozen=True, slots=True)
class Model:
    """What a bank depends on. `paths` is even: the second half mirrors the first (antithetic pairs)."""

    seed: int
    months: int
    paths: int
    market: float
    inflation: float
    income: float


class Bank(NamedTuple):
    """Factors of mean one by month and path, float32 (T, P), and which own month is drawn, int16 (T, P).

    `draws` is -1 where the run of own months goes on, else a position of 0 to 32767 in the pool.
    """

    market: Floats
    inflation: Floats
    income: Floats
    draws: NDArray[np.int16]


def model(program: Program, *, seed: int, paths: int) -> Model:
    """The bank's key for a program."""
    return Model(
        seed=seed,
        months=program.months,
        paths=paths,
        market=program.market_volatility / math.sqrt(12),
        inflation=program.inflation_volatility / math.sqrt(12),
        income=program.income_spread,
    )


def bank(wanted: Model) -> Bank:
    """Draws a bank: the same model, the same bytes; fewer months are its beginning."""
    streams = np.random.SeedSequence(wanted.seed).spawn(4)
    market, inflation, income = (
        _factors(stream, wanted, spread)
        for stream, spread in zip(streams[:3], (wanted.market, wanted.inflation, wanted.income), strict=True)
    )
    return Bank(market, inflation, income, _draws(streams[3], wanted))


def _factors(stream: np.random.SeedSequence, wanted: Model, spread: float) -> Floats:
    """Lognormal factors of mean one; a path of the second half has its partner's normals with the other sign."""
    factors = np.ones((wanted.months, wanted.paths), dtype=np.float32)
    if not spread:
        return factors
    half = wanted.paths // 2
    generator = np.random.Generator(np.random.SFC64(stream))
    normals = np.empty(half, dtype=np.float32)
    drift = np.float32(-spread * spread / 2)
    for row in factors:
        generator.standard_normal(dtype=np.float32, out=normals)
        normals *= np.float32(spread)
        np.add(normals, drift, out=row[:half])
        np.subtract(drift, normals, out=row[half:])
    np.exp(factors, out=factors)
    return factors


def _draws(stream: np.random.SeedSequence, wanted: Model) -> NDArray[np.int16]:
    """A stationary block bootstrap: a new place with a chance of one in `BLOCK_MONTHS`, else the month after."""
    half = wanted.paths // 2
    generator = np.random.Generator(np.random.SFC64(stream))
    draws = np.empty((wanted.months, wanted.paths), dtype=np.int16)
    for month, row in enumerate(draws):
        raw = generator.integers(0, 1 << 32, size=half, dtype=np.uint32)
        places = (raw >> np.uint32(17)).astype(np.int16)
        # The low bits decide independently of the high ones whether the run goes on.
        goes_on = (raw & np.uint32(0xFFFF)) >= np.uint32(65536 // BLOCK_MONTHS) if month else np.zeros(half, dtype=bool)
        row[:half] = np.where(goes_on, np.int16(-1), places)
        row[half:] = np.where(goes_on, np.int16(-1), np.int16(32767) - places)
    return draws


class Banks:
    """The most recently used banks."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._banks: OrderedDict[Model, Bank] = OrderedDict()
        self._lock = Lock()

    def get(self, wanted: Model) -> Bank:
        """The bank of a model, drawn where it is not at hand."""
        with self._lock:
            found = self._banks.get(wanted)
            if found is None:
                while len(self._banks) >= self._kept:
                    self._banks.popitem(last=False)
                found = self._banks[wanted] = bank(wanted)
            self._banks.move_to_end(wanted)
            return found

    def clear(self) -> None:
        """Forgets all banks."""
        with self._lock:
            self._banks.clear()
