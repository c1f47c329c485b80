"""A program as the kernel reads it. Imported by the engine's process only, so that the web process holds no numpy."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fintwin.projection.compile import Program
from fintwin.projection.snapshot import Kind

Floats = NDArray[np.float32]


class Arrays(NamedTuple):
    """A program as the kernel reads it, float32 and month-major: (T, A), (T, loans) or (T, moves).

    `level` (T) is the expected price level, `flowing` (T, A) where there is any flow.
    """

    counts: NDArray[np.int64]
    opening: Floats
    floors: Floats
    rates: Floats
    sensitive: Floats
    nominal: Floats
    indexed: Floats
    income: Floats
    flowing: NDArray[np.bool_]
    pool: Floats
    rest_account: int
    loan_accounts: NDArray[np.int64]
    payments: Floats
    shares: Floats
    move_accounts: NDArray[np.int64]
    move_amounts: Floats
    move_targets: Floats
    level: Floats
    response: float
    memory: float
    limit: float
    grain: float


def arrays(program: Program) -> Arrays:
    """The program as arrays. `grain` is the smallest amount that is not rounding: a millionth of the largest seen."""
    months, accounts = program.months, len(program.accounts)
    tables = {nature: np.zeros((months, accounts)) for nature in ("nominal", "indexed", "income")}
    for row in program.rows:
        table = tables[row.nature]
        for month, amount in row.amounts.items():
            table[month, row.account] += float(amount)
    steps = {id(row): [float(rate) for rate in row] for row in program.rates}
    rates = np.array([steps[id(row)] for row in program.rates])
    shares = np.zeros((months, len(program.loans), 4))
    payments = np.zeros((months, len(program.loans)))
    for place, loan in enumerate(program.loans):
        if loan.payment is None:
            shares[:, place] = _shares(tuple(rates[:, loan.account]), loan.months)
        else:
            payments[:, place] = float(loan.payment)
    moves = np.zeros((months, len(program.moves)))
    for place, move in enumerate(program.moves):
        for month, amount in move.amounts.items():
            moves[month, place] = float(amount)
    kinds = [account.kind for account in program.accounts]
    sizes = [abs(float(amount)) for amount in (*program.opening, *program.pool, *program.floors)]
    largest = max([*sizes, *(float(np.abs(table).max()) for table in tables.values())])
    small = {name: np.ascontiguousarray(table, dtype=np.float32) for name, table in tables.items()}
    return Arrays(
        counts=np.array(program.counts, dtype=np.int64),
        opening=np.array([float(amount) for amount in program.opening], dtype=np.float32),
        floors=np.array([float(amount) for amount in program.floors], dtype=np.float32),
        rates=rates.astype(np.float32),
        sensitive=np.array(
            [1 / 12 if kind in (Kind.SAVINGS, Kind.CREDIT, Kind.LOAN) else 0 for kind in kinds], dtype=np.float32
        ),
        nominal=small["nominal"],
        indexed=small["indexed"],
        income=small["income"],
        flowing=(tables["nominal"] != 0) | (tables["indexed"] != 0) | (tables["income"] != 0),
        pool=np.array([float(amount) for amount in program.pool], dtype=np.float32),
        rest_account=program.rest_account,
        loan_accounts=np.array([loan.account for loan in program.loans], dtype=np.int64),
        payments=payments.astype(np.float32),
        shares=shares.astype(np.float32),
        move_accounts=np.array([move.account for move in program.moves], dtype=np.int64),
        move_amounts=moves.astype(np.float32),
        move_targets=np.array(
            [float("inf") if move.target is None else float(move.target) for move in program.moves], dtype=np.float32
        ),
        level=(float(program.inflation) ** np.arange(1, months + 1)).astype(np.float32),
        response=program.rate_response,
        memory=program.rate_memory,
        limit=float(program.limit),
        grain=1e-6 * largest,
    )


def annuity_share(rate: float, months: int) -> float:
    """The share of what is owed, interest of the month included, that the equal payment of this month is."""
    if months <= 1:
        return 1.0
    if rate < 1e-9:
        return 1 / months
    return rate / (1 - (1 + rate) ** -months) / (1 + rate)


@lru_cache(maxsize=32)
def _shares(rates: tuple[float, ...], months: int) -> NDArray[np.float64]:
    """`annuity_share` around each month's rate: a cubic in the deviation of the yearly rate, exact at none.

    Fitted over deviations of -2 to +4 points; what it misses by is paid or saved in the last month.
    """
    deviations = np.array([-0.02, -0.01, -0.005, 0.005, 0.01, 0.02, 0.03, 0.04])
    powers = np.vander(deviations, 4, increasing=True)[:, 1:]
    solve = np.linalg.pinv(powers)
    told = np.zeros((len(rates), 4))
    for month, rate in enumerate(rates):
        left = months - month
        middle = annuity_share(rate, left)
        around = [annuity_share(max(rate + deviation / 12, 0.0), left) - middle for deviation in deviations]
        told[month, 0] = middle
        told[month, 1:] = solve @ np.array(around)
    return told
