"""Households to project, and a plain numpy kernel as second opinion."""

import random
from datetime import date
from decimal import Decimal as D

import numpy as np

from fintwin.cashflow.cadence import MONTHS, Cadence, Rhythm
from fintwin.cashflow.recurring import Stream
from fintwin.projection.snapshot import Account, Kind, Rest, Snapshot

TODAY = date(2026, 11, 21)


def stream(name, amount, account="giro", *, cadence=Cadence.MONTH, day=5, spread=0.02):
    days = (day,) if cadence in MONTHS else ()
    return Stream(
        key=name,
        name=name,
        account=account,
        amount=D(amount),
        rhythm=Rhythm(cadence, date(2026, 11, day), days),
        next=date(2026, 12, day),
        confidence=0.99,
        spread=spread,
        seen=24,
        first=date(2024, 11, day),
        last=date(2026, 11, day),
    )


def household(*, scale=1, months=24, extra=0, **more):
    """Six accounts, two loans, twelve streams; money is tight, so that some futures run short."""
    chance = random.Random(11)
    accounts = (
        Account("giro", "Checking", Kind.CASH, D(1800) * scale),
        Account("purse", "Purse", Kind.CASH, D(60) * scale),
        Account("save", "Savings", Kind.SAVINGS, D(4000) * scale),
        Account("fund", "Fund", Kind.INVESTMENT, D(6000) * scale),
        Account("card", "Card", Kind.CREDIT, D(-420) * scale, credit_limit=D(1500) * scale),
        Account("car", "Car", Kind.LOAN, D(-7000) * scale, payment=D(210) * scale),
        Account("house", "House", Kind.LOAN, D(-90000) * scale),
    )
    streams = [stream("wages", D(2990) * scale)]
    streams += [
        stream(f"bill {n}", D(-70 - 5 * n) * scale, "card" if n % 3 == 0 else "giro", day=1 + n) for n in range(9)
    ]
    streams += [
        stream("market", D(-55) * scale, cadence=Cadence.WEEK),
        stream("club", D(-90) * scale, cadence=Cadence.QUARTER),
    ]
    if extra:
        streams.append(stream("extra", -D(extra) * scale))
    rest = tuple(D(-chance.randint(500, 1500)) * scale for _ in range(months))
    return Snapshot(
        as_of=TODAY,
        currency="EUR",
        digits=2,
        accounts=accounts,
        streams=tuple(streams),
        rest=Rest(True, rest, "giro"),
        **more,
    )


def oracle(told, bank):
    """Net worth and cash (T, P) in future money, and first month short, in float64, one array operation a step."""
    months, paths = bank.market.shape
    n_cash, n_save, n_fund, n_card, _ = told.counts
    liquid, funds, cards = n_cash + n_save, n_cash + n_save + n_fund, n_cash + n_save + n_fund + n_card
    rows = np.repeat(told.opening.astype(float)[:, None], paths, axis=1)
    unpaid, luck, off = np.zeros(paths), np.ones(paths), np.zeros(paths)
    place = np.zeros(paths, dtype=int)
    first = np.full(paths, 1e9)
    worth, cash = np.empty((months, paths)), np.empty((months, paths))
    floors = told.floors.astype(float)
    keep = np.maximum(floors, 0)

    def draw(row, floor, need):
        give = np.clip(row - floor, 0, need)
        return row - give, need - give

    for t in range(months):
        surprise = bank.inflation[t].astype(float)
        luck = luck * surprise
        index = told.level[t] * luck
        off = told.memory * off + 12 * told.response * (surprise - 1)
        for a in range(n_cash, len(rows)):
            rate = np.maximum(told.rates[t, a] + told.sensitive[a] * off, 0)
            if a < liquid:
                rows[a] += np.maximum(rows[a], 0) * rate
            elif a < funds:
                rows[a] *= (1 + float(told.rates[t, a])) * bank.market[t]
            else:
                rows[a] += np.minimum(rows[a], 0) * rate
        for a in range(len(rows)):
            rows[a] += told.nominal[t, a] + index * (
                told.indexed[t, a] + told.income[t, a] * bank.income[t].astype(float)
            )
        drawn = bank.draws[t].astype(int)
        place = np.where(drawn < 0, (place + 1) % len(told.pool), (drawn * len(told.pool)) >> 15)
        rows[told.rest_account] += told.pool[place] * index
        for k, a in enumerate(told.loan_accounts):
            owed = np.maximum(-rows[a], 0)
            share = np.polynomial.polynomial.polyval(off, told.shares[t, k].astype(float))
            paid = np.clip(told.payments[t, k] + owed * share, 0, owed)
            rows[0] -= paid
            rows[a] += paid
        need = np.zeros(paths)
        for a in range(cards):
            lack = np.maximum(floors[a] - rows[a], 0)
            rows[a] += lack
            need += lack
        for a in range(cards):
            rows[a], need = draw(rows[a], floors[a] if a >= funds else keep[a], need)
        first = np.minimum(first, np.where(need > told.grain, t, 1e9))
        unpaid += need
        for k, to in enumerate(told.move_accounts):
            want = np.minimum(told.move_amounts[t, k], np.maximum(told.move_targets[k] - rows[to], 0))
            left = want
            for a in range(n_cash if to < liquid else liquid):
                rows[a], left = draw(rows[a], keep[a], left)
            rows[to] += want - left
        want = unpaid + sum(np.maximum(-rows[a], 0) for a in range(funds, cards))
        left = want
        for a in range(n_cash):
            rows[a], left = draw(rows[a], keep[a], left)
        got = want - left
        settled = np.minimum(got, unpaid)
        unpaid, got = unpaid - settled, got - settled
        for a in range(funds, cards):
            paid = np.minimum(np.maximum(-rows[a], 0), got)
            rows[a] += paid
            got = got - paid
        cash[t] = rows[:liquid].sum(axis=0) - unpaid
        worth[t] = rows.sum(axis=0) - unpaid
    return worth, cash, first
