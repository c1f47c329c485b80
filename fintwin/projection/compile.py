"""From a snapshot and changes to a program: what moves in which month, ready to be run exactly or many times."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache
from statistics import NormalDist
from types import MappingProxyType

from fintwin.cashflow.cadence import Cadence, Rhythm, add_months, dates
from fintwin.cashflow.recurring import SETTLED, Stream, coming, monthly
from fintwin.projection.snapshot import Account, Kind, Snapshot

LONGEST = 480
"""Months in 40 years."""

BLOCK_MONTHS = 3
"""Mean length of the runs in which a person's own months are drawn again."""

_ORDER = list(Kind)
_ONE = Decimal(1)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Flow:
    """Money from or to outside the books: once on `start`, or again at a cadence until a date (None: for good).

    `amount` is signed as the person sees it: what leaves is below zero. An indexed amount grows with inflation.
    """

    cause: str
    amount: Decimal
    start: date
    every: Cadence | None = None
    until: date | None = None
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class RateShift:
    """All rates of some kinds of account, higher or lower by so much a year from a date on (0.01: one point)."""

    cause: str
    points: Decimal
    start: date
    on: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """Another mean yearly growth of all investments from a date on (0.07: 7 %)."""

    cause: str
    mean: Decimal
    start: date


@dataclass(frozen=True, slots=True)
class Move:
    """Money put aside inside the books, as far as it is there: once, or each month until a date or a target.

    It goes to the first account of its kind (a new one where there is none) and comes from accounts of the kinds
    before it. Where `target` is given, no more is moved once that account holds it.
    """

    cause: str
    amount: Decimal
    start: date
    to: Kind
    monthly: bool = False
    until: date | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a scenario does to the books' course."""

    flows: tuple[Flow, ...] = ()
    rates: tuple[RateShift, ...] = ()
    growths: tuple[Growth, ...] = ()
    moves: tuple[Move, ...] = ()


NO_CHANGES = Changes()


@dataclass(frozen=True, slots=True)
class Row:
    """One cause's amounts on one account, by month. `nature` is nominal, indexed or income (indexed and uncertain)."""

    cause: str
    account: int
    nature: str
    amounts: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """How a loan is repaid: a fixed payment, or (None) equal payments over `months` that follow its rate."""

    account: int
    payment: Decimal | None
    months: int


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What is put aside on an account, by month, up to a target (None: none)."""

    cause: str
    account: int
    amounts: Mapping[int, Decimal]
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class Program:
    """What moves in which month.

    Month 0 is the month after the as-of date; month t covers the dates (as_of + t months, as_of + t + 1 months].
    Accounts lie in the order in which they pay; account 0 is the main one. `rates[t][a]` is an account's interest, or
    an investment's growth, in month t. `floors[a]` is how low an account may be drawn. `pool` are the months that the
    rest is drawn from. `limit` is in today's money.
    """

    months: int
    as_of: date
    digits: int
    accounts: tuple[Account, ...]
    counts: tuple[int, ...]
    opening: tuple[Decimal, ...]
    floors: tuple[Decimal, ...]
    rates: tuple[tuple[Decimal, ...], ...]
    rows: tuple[Row, ...]
    pool: tuple[Decimal, ...]
    rest_account: int
    loans: tuple[LoanPlan, ...]
    moves: tuple[MovePlan, ...]
    inflation: Decimal
    market_volatility: float
    inflation_volatility: float
    income_spread: float
    rate_response: float
    rate_memory: float
    limit: Decimal

    def end(self, month: int) -> date:
        """The last date of a month."""
        return add_months(self.as_of, month + 1)


def compiled(snapshot: Snapshot, *, months: int, changes: Changes = NO_CHANGES, limit: Decimal = _ZERO) -> Program:
    """The program of a snapshot under some changes. Changes of nothing (an amount of zero) leave no trace in it."""
    moves = [move for move in changes.moves if move.amount > 0]
    accounts = _accounts(snapshot, moves)
    place = {account.key: index for index, account in enumerate(accounts)}
    kinds = [account.kind for account in accounts]
    opening = tuple(account.balance or _ZERO for account in accounts)
    said = snapshot.assumptions
    ends = [add_months(snapshot.as_of, month + 1) for month in range(months)]
    rows = [row for stream in snapshot.streams if (row := _stream_row(stream, place, kinds, snapshot.as_of, ends))]
    stated = snapshot.income if not any(row.nature == "income" for row in rows) else None
    if stated:
        rows.append(Row("income", 0, "income", dict.fromkeys(range(months), stated)))
    rows.extend(row for flow in changes.flows if (row := _flow_row(flow, snapshot.as_of, ends)))
    return Program(
        months=months,
        as_of=snapshot.as_of,
        digits=snapshot.digits,
        accounts=accounts,
        counts=tuple(kinds.count(kind) for kind in _ORDER),
        opening=opening,
        floors=tuple(
            -account.credit_limit if account.credit_limit else min(_ZERO, balance)
            for account, balance in zip(accounts, opening, strict=True)
        ),
        rates=_rates(snapshot, kinds, changes, ends),
        rows=tuple(rows),
        pool=_pool(snapshot),
        rest_account=_flow_place(snapshot.rest.account, place, kinds),
        loans=tuple(
            LoanPlan(index, account.payment, said.loan_months)
            for index, account in enumerate(accounts)
            if account.kind is Kind.LOAN
        ),
        moves=tuple(_move_plan(move, kinds, snapshot.as_of, ends) for move in moves),
        inflation=_twelfth(said.inflation),
        market_volatility=float(said.market_volatility),
        inflation_volatility=float(said.inflation_volatility),
        income_spread=_income_spread(snapshot, stated),
        rate_response=float(said.rate_response),
        rate_memory=float(said.rate_memory),
        limit=limit,
    )


def scaled(changes: Changes, factor: Decimal) -> Changes:
    """The same changes, all their amounts and rate shifts so many times as large; targets and growths stay."""
    return replace(
        changes,
        flows=tuple(replace(flow, amount=flow.amount * factor) for flow in changes.flows),
        rates=tuple(replace(shift, points=shift.points * factor) for shift in changes.rates),
        moves=tuple(replace(move, amount=move.amount * factor) for move in changes.moves),
    )


def together(*several: Changes) -> Changes:
    """All changes at once, in order."""
    return Changes(
        flows=tuple(flow for changes in several for flow in changes.flows),
        rates=tuple(shift for changes in several for shift in changes.rates),
        growths=tuple(growth for changes in several for growth in changes.growths),
        moves=tuple(move for changes in several for move in changes.moves),
    )


def _accounts(snapshot: Snapshot, moves: Iterable[Move]) -> tuple[Account, ...]:
    """Accounts in the order in which they pay, the one that most flows go through first; made up where one is needed."""
    busy: dict[str, Decimal] = defaultdict(Decimal)
    for stream in snapshot.streams:
        busy[stream.account] += abs(monthly(stream))
    accounts = list(snapshot.accounts)
    present = {account.kind for account in accounts}
    if Kind.CASH not in present:
        accounts.append(Account("cash", "Cash", Kind.CASH, _ZERO))
    for kind, name in ((Kind.SAVINGS, "Emergency fund"), (Kind.INVESTMENT, "Investments")):
        if kind not in present and any(move.to is kind for move in moves):
            accounts.append(Account(kind.value, name, kind, _ZERO))
    return tuple(
        sorted(
            accounts,
            key=lambda account: (
                _ORDER.index(account.kind),
                -busy[account.key],
                -(account.balance or _ZERO),
                account.key,
            ),
        )
    )


def _flow_place(account: str, place: Mapping[str, int], kinds: list[Kind]) -> int:
    """Where flows of an account go: what is not there any more goes through the main account."""
    index = place.get(account, 0)
    return index if kinds[index] is not Kind.LOAN else 0


def _stream_row(
    stream: Stream, place: Mapping[str, int], kinds: list[Kind], as_of: date, ends: list[date]
) -> Row | None:
    """A stream's amounts by month; None for interest on savings, investments and loans, which the rates stand for."""
    index = place.get(stream.account, 0)
    if kinds[index] is Kind.LOAN or (kinds[index] in (Kind.SAVINGS, Kind.INVESTMENT) and stream.amount > 0):
        return None
    amounts = _stream_amounts(stream, as_of, len(ends))
    return Row(f"stream:{stream.key}", index, "income" if stream.amount > 0 else "indexed", amounts)


@lru_cache(maxsize=256)
def _stream_amounts(stream: Stream, as_of: date, months: int) -> Mapping[int, Decimal]:
    """A stream's amounts by month; kept, since a slider asks for the same streams again and again."""
    ends = [add_months(as_of, month + 1) for month in range(months)]
    return MappingProxyType(_by_month(coming(stream, after=as_of, until=ends[-1]), stream.amount, ends))


def _flow_row(flow: Flow, as_of: date, ends: list[date]) -> Row | None:
    """A scenario's amounts by month on the main account; what began before the as-of date goes on after it."""
    if not flow.amount:
        return None
    amounts = _by_month(_days(flow.start, flow.every, flow.until, as_of, ends[-1]), flow.amount, ends)
    return Row(flow.cause, 0, "indexed" if flow.indexed else "nominal", amounts) if amounts else None


def _move_plan(move: Move, kinds: list[Kind], as_of: date, ends: list[date]) -> MovePlan:
    every = Cadence.MONTH if move.monthly else None
    days = _days(move.start, every, move.until, as_of, ends[-1])
    return MovePlan(move.cause, kinds.index(move.to), _by_month(days, move.amount, ends), move.target)


def _days(start: date, every: Cadence | None, until: date | None, as_of: date, last: date) -> list[date]:
    """The dates of a change; once means on its date, or on the next day where that has passed."""
    begin = max(start, as_of + timedelta(days=1))
    if every is None:
        return [begin] if begin <= last else []
    days = {Cadence.HALF_MONTH: (15, 31)}.get(every, (start.day,))
    rhythm = Rhythm(every, start, days)
    return list(dates(rhythm, after=begin - timedelta(days=1), until=min(last, until or last)))


def _by_month(days: Iterable[date], amount: Decimal, ends: list[date]) -> dict[int, Decimal]:
    amounts: dict[int, Decimal] = {}
    month = 0
    for day in days:
        while day > ends[month]:
            month += 1
        amounts[month] = amounts.get(month, _ZERO) + amount
    return amounts


def _rates(
    snapshot: Snapshot, kinds: list[Kind], changes: Changes, ends: list[date]
) -> tuple[tuple[Decimal, ...], ...]:
    """Monthly rate of each account in each month."""
    said = snapshot.assumptions
    yearly = {
        Kind.CASH: _ZERO,
        Kind.SAVINGS: said.savings_rate,
        Kind.CREDIT: said.credit_rate,
        Kind.LOAN: said.loan_rate,
    }
    rates: list[tuple[Decimal, ...]] = []
    last: tuple[object, ...] = ()
    row: tuple[Decimal, ...] = ()
    for end in ends:
        begun = tuple(shift for shift in changes.rates if shift.start <= end)
        mean = next((growth.mean for growth in reversed(changes.growths) if growth.start <= end), said.market_mean)
        if not rates or last != (begun, mean):
            last = (begun, mean)
            now = {
                kind: max(rate + sum((shift.points for shift in begun if kind in shift.on), _ZERO), _ZERO) / 12
                if kind is not Kind.CASH
                else _ZERO
                for kind, rate in yearly.items()
            }
            now[Kind.INVESTMENT] = _twelfth(mean) - 1
            row = tuple(now[kind] for kind in kinds)
        rates.append(row)
    return tuple(rates)


def _twelfth(yearly: Decimal) -> Decimal:
    """The monthly factor of a yearly effective rate, to 20 digits."""
    with localcontext() as context:
        context.prec = 30
        return ((_ONE + yearly).ln() / 12).exp().quantize(Decimal("1e-20"))


def _pool(snapshot: Snapshot) -> tuple[Decimal, ...]:
    """The months that the rest is drawn from: own ones, and under six of them prior ones of the same mean.

    The prior months are the own mean times mid-quantiles of a lognormal variable, brought to a mean of one.
    """
    own = snapshot.rest.months if snapshot.rest.known else ()
    missing = SETTLED - len(own)
    spread = float(snapshot.assumptions.prior_spread)
    if not own or missing <= 0 or not spread:
        return own
    mean = sum(own, _ZERO) / len(own)
    levels = [math.exp(spread * NormalDist().inv_cdf((place + 0.5) / missing)) for place in range(missing)]
    return own + tuple(mean * Decimal(repr(level * missing / sum(levels))) for level in levels)


def _income_spread(snapshot: Snapshot, stated: Decimal | None) -> float:
    """Standard deviation of the logarithm of a month's income, streams weighed by size, shrunk to the prior."""
    prior = float(snapshot.assumptions.prior_spread)
    if stated:
        return prior
    weights = spreads = 0.0
    for stream in snapshot.streams:
        if stream.amount > 0:
            months = min((stream.last - stream.first).days / 30.44 + 1, SETTLED)
            own = months / SETTLED
            weight = float(monthly(stream))
            weights += weight
            spreads += weight * math.sqrt(own * stream.spread**2 + (1 - own) * prior**2)
    return spreads / weights if weights else 0.0
