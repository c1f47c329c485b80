"""The Monte Carlo kernel: all paths through all months, compiled. Imported by the engine's process only.

Paths go in blocks that fit the processor's cache; inside a block every step is one plain loop over neighbouring
floats, which the compiler turns into vector instructions. Money only ever moves from one row to another, or crosses
the books' border in `flow`, `draw_again`, `interest` and `grow`, so it is conserved by construction.

The steps of a month and their order are those of `exact.run`. `rows` (A + 3, size) is a block's state: the balances,
then what is unpaid (below zero), the price level against the expected one, and how far yearly rates are off.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

BLOCK = 1024


def _compiled(function: Callable[..., Any]) -> Any:
    return numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract", "arcp"})(
        function
    )


@_compiled
def prices(luck: Any, factor: Any, level: Any, index: Any) -> None:
    """The price level: what was expected of it times what has happened to it."""
    for i in range(luck.shape[0]):
        luck[i] *= factor[i]
        index[i] = level * luck[i]


@_compiled
def answer(deviation: Any, factor: Any, memory: Any, response: Any) -> None:
    """Yearly rates answer to what inflation surprises with, at a year's rate, and forget."""
    for i in range(deviation.shape[0]):
        deviation[i] = memory * deviation[i] + response * (factor[i] - np.float32(1))


@_compiled
def interest(row: Any, rate: Any, sensitive: Any, deviation: Any, sign: Any) -> None:
    """Interest on what lies on the side of zero that `sign` says; no rate falls below zero."""
    for i in range(row.shape[0]):
        now = max(rate + sensitive * deviation[i], np.float32(0))
        row[i] += sign * max(sign * row[i], np.float32(0)) * now


@_compiled
def grow(row: Any, rate: Any, market: Any) -> None:
    """An investment's month; the rate is kept apart from one, where a float has few digits for it."""
    for i in range(row.shape[0]):
        row[i] += row[i] * (rate * market[i] + (market[i] - np.float32(1)))


@_compiled
def flow(row: Any, amounts: Any, index: Any, wages: Any) -> None:
    """Known flows: `amounts` are those that stay, those that go with prices, and those with prices and luck."""
    nominal, indexed, income = amounts
    for i in range(row.shape[0]):
        row[i] += nominal + index[i] * (indexed + income * wages[i])


@_compiled
def draw_again(row: Any, pool: Any, draws: Any, place: Any, index: Any) -> None:
    """The rest: one of the person's own months, the one after the last unless a new run begins."""
    size = np.int32(pool.shape[0])
    for i in range(row.shape[0]):
        drawn = np.int32(draws[i])
        after = place[i] + np.int32(1)
        after = np.int32(0) if after >= size else after
        here = after if drawn < 0 else (drawn * size) >> np.int32(15)
        place[i] = here
        row[i] += pool[here] * index[i]


@_compiled
def repay(cash: Any, loan: Any, payment: Any, shares: Any, deviation: Any) -> None:
    """A loan's payment: a fixed one, or a share of what is owed that follows the rate."""
    level, first, second, third = shares[0], shares[1], shares[2], shares[3]
    for i in range(cash.shape[0]):
        owed = max(-loan[i], np.float32(0))
        off = deviation[i]
        share = level + off * (first + off * (second + off * third))
        paid = min(max(payment + owed * share, np.float32(0)), owed)
        cash[i] -= paid
        loan[i] += paid


@_compiled
def lift(row: Any, floor: Any, need: Any) -> None:
    """Fills a row up to its floor; what that takes is needed from others."""
    for i in range(row.shape[0]):
        lack = max(floor - row[i], np.float32(0))
        row[i] += lack
        need[i] += lack


@_compiled
def take(row: Any, floor: Any, need: Any) -> None:
    """Gives what lies above a floor to what is needed."""
    for i in range(row.shape[0]):
        given = min(max(row[i] - floor, np.float32(0)), need[i])
        row[i] -= given
        need[i] -= given


@_compiled
def wish(row: Any, amount: Any, target: Any, want: Any) -> None:
    """What is to be put aside on a row this month, up to its target."""
    for i in range(row.shape[0]):
        want[i] = min(amount, max(target - row[i], np.float32(0)))


@_compiled
def collect(row: Any, floor: Any, want: Any, got: Any) -> None:
    """Gives what lies above a floor to what is wanted, and counts it."""
    for i in range(row.shape[0]):
        given = min(max(row[i] - floor, np.float32(0)), want[i])
        row[i] -= given
        want[i] -= given
        got[i] += given


@_compiled
def owe(row: Any, want: Any) -> None:
    """Wants what a row is below zero."""
    for i in range(row.shape[0]):
        want[i] += max(-row[i], np.float32(0))


@_compiled
def settle(row: Any, got: Any) -> None:
    """Pays off what a row is below zero, as far as the money goes."""
    for i in range(row.shape[0]):
        paid = min(max(-row[i], np.float32(0)), got[i])
        row[i] += paid
        got[i] -= paid


@_compiled
def clean(row: Any) -> None:
    """Back to zero."""
    for i in range(row.shape[0]):
        row[i] = np.float32(0)


@_compiled
def add(row: Any, amount: Any) -> None:
    """Adds one row to another."""
    for i in range(row.shape[0]):
        row[i] += amount[i]


@_compiled
def under(first: Any, month: Any, low: Any, bound: Any, index: Any) -> None:
    """Keeps the first month in which `low` is under a bound that grows with prices."""
    for i in range(first.shape[0]):
        now = month if low[i] < bound * index[i] else np.float32(1e9)
        first[i] = min(first[i], now)


@_compiled
def over(first: Any, month: Any, high: Any, bound: Any) -> None:
    """Keeps the first month in which `high` is over a bound."""
    for i in range(first.shape[0]):
        now = month if high[i] > bound else np.float32(1e9)
        first[i] = min(first[i], now)


@_compiled
def leave(unpaid: Any, need: Any, deepest: Any) -> None:
    """What is still needed stays unpaid; keeps how deep that ever was."""
    for i in range(unpaid.shape[0]):
        unpaid[i] -= need[i]
        deepest[i] = max(deepest[i], -unpaid[i])


@_compiled
def tell(out: Any, row: Any, index: Any, real: bool) -> None:
    """Writes a row, in today's money where asked."""
    if real:
        for i in range(out.shape[0]):
            out[i] = row[i] / index[i]
    else:
        for i in range(out.shape[0]):
            out[i] = row[i]


@_compiled
def earn(program: Any, rows: Any, month: int, market: Any) -> None:
    """Interest on savings, cards and loans, returns on investments."""
    f = np.float32
    cash, savings, investment = program.counts[0], program.counts[1], program.counts[2]
    accounts = rows.shape[0] - 3
    deviation = rows[accounts + 2]
    for a in range(cash, accounts):
        if a < cash + savings:
            interest(rows[a], program.rates[month, a], program.sensitive[a], deviation, f(1))
        elif a < cash + savings + investment:
            grow(rows[a], program.rates[month, a], market)
        else:
            interest(rows[a], program.rates[month, a], program.sensitive[a], deviation, f(-1))


@_compiled
def cover(program: Any, rows: Any, need: Any) -> None:
    """What is under its floor is filled up from the accounts in order; `need` is what is still missing."""
    zero = np.float32(0)
    investments = program.counts[:3].sum()
    cards = program.counts[:4].sum()
    clean(need)
    for a in range(cards):
        lift(rows[a], program.floors[a], need)
    for a in range(cards):
        take(rows[a], program.floors[a] if a >= investments else max(program.floors[a], zero), need)


@_compiled
def put_aside(program: Any, rows: Any, month: int, want: Any, got: Any) -> None:
    """Moves to savings from cash, to investments from cash and savings, as far as the money goes."""
    zero = np.float32(0)
    cash = program.counts[0]
    savings = cash + program.counts[1]
    for k in range(program.move_accounts.shape[0]):
        amount = program.move_amounts[month, k]
        if amount > 0:
            to = program.move_accounts[k]
            wish(rows[to], amount, program.move_targets[k], want)
            clean(got)
            for a in range(cash if to < savings else savings):
                collect(rows[a], max(program.floors[a], zero), want, got)
            add(rows[to], got)


@_compiled
def clear(program: Any, rows: Any, want: Any, got: Any) -> None:
    """Spare cash settles what is unpaid, then the cards."""
    unpaid = rows[rows.shape[0] - 3]
    investments = program.counts[:3].sum()
    cards = program.counts[:4].sum()
    clean(want)
    clean(got)
    owe(unpaid, want)
    for a in range(investments, cards):
        owe(rows[a], want)
    for a in range(program.counts[0]):
        collect(rows[a], max(program.floors[a], np.float32(0)), want, got)
    settle(unpaid, got)
    for a in range(investments, cards):
        settle(rows[a], got)


@_compiled
def advance(program: Any, bank: Any, paths: Any, view: Any, span: Any) -> None:
    """Takes the paths [low, high) from month `start` to month `stop`.

    Args:
        program: `compile.Arrays`.
        bank: `shocks.Bank`.
        paths: `run.Paths`, changed in place: its `rows` and `place` are the state, so that a run can be split and
            goes on as it would have.
        view: (account whose balance is written to `paths.account` where that has rows, whether in today's money).
        span: (start, stop, low, high).
    """
    f = np.float32
    watch, real = view
    start, stop, lowest, highest = span
    accounts = paths.rows.shape[0] - 3
    liquid = program.counts[0] + program.counts[1]
    block = np.empty((accounts + 3, BLOCK), dtype=np.float32)
    scratch = np.empty((4, BLOCK), dtype=np.float32)
    for low in range(lowest, highest, BLOCK):
        high = min(low + BLOCK, highest)
        size = high - low
        rows = block if size == BLOCK else np.empty((accounts + 3, size), dtype=np.float32)
        for a in range(accounts + 3):
            rows[a, :] = paths.rows[a, low:high]
        want, got, total = scratch[0, :size], scratch[1, :size], scratch[2, :size]
        index = scratch[3, :size]
        unpaid, luck, deviation = rows[accounts], rows[accounts + 1], rows[accounts + 2]
        for month in range(start, stop):
            surprise = bank.inflation[month, low:high]
            prices(luck, surprise, program.level[month], index)
            answer(deviation, surprise, f(program.memory), f(12 * program.response))
            earn(program, rows, month, bank.market[month, low:high])
            for a in range(accounts):
                if program.flowing[month, a]:
                    amounts = (program.nominal[month, a], program.indexed[month, a], program.income[month, a])
                    flow(rows[a], amounts, index, bank.income[month, low:high])
            if program.pool.shape[0]:
                drawn = bank.draws[month, low:high]
                draw_again(rows[program.rest_account], program.pool, drawn, paths.place[low:high], index)
            for k in range(program.loan_accounts.shape[0]):
                loan = rows[program.loan_accounts[k]]
                repay(rows[0], loan, program.payments[month, k], program.shares[month, k], deviation)
            cover(program, rows, want)
            over(paths.first_short[low:high], f(month), want, f(program.grain))
            leave(unpaid, want, paths.deepest[low:high])
            put_aside(program, rows, month, want, got)
            clear(program, rows, want, got)
            clean(total)
            add(total, unpaid)
            for a in range(liquid):
                add(total, rows[a])
            under(paths.first_under[low:high], f(month), total, f(program.limit), index)
            tell(paths.cash[month, low:high], total, index, real)
            for a in range(liquid, accounts):
                add(total, rows[a])
            tell(paths.worth[month, low:high], total, index, real)
            if paths.account.shape[0]:
                tell(paths.account[month, low:high], rows[watch], index, real)
        for a in range(accounts + 3):
            paths.rows[a, low:high] = rows[a]
