"""What the books say in one number: net worth, cash now, the month's result, and how balances went.

Each number has one definition, here, in the person's currency. A balance that is not known, or is in a currency without
a rate, stays out and is named; what was converted names its rate and the day of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.money import Currency, currency
from fintwin.ledger import rates, register
from fintwin.ledger.accounts import AccountView, accounts
from fintwin.ledger.exchange import Rates
from fintwin.ledger.register import Filter, balances_at

CASH_TYPES = frozenset({"checking", "savings", "wallet", "cash"})
"""Types of accounts whose money is at hand."""

NET_WORTH = (
    "The posted balances of all your accounts together: what you have, less what you owe. Other currencies count at"
    " the latest rate you gave. Accounts whose balance is not known, and currencies without a rate, are left out."
)
CASH_NOW = (
    "The posted balances of your checking, savings, wallet and cash accounts together. Other currencies count at the"
    " latest rate you gave. Accounts whose balance is not known, and currencies without a rate, are left out."
)
MONTH_RESULT = (
    "Money that came in less money that went out in the month, payments between people included. Opening balances,"
    " transfers between your own accounts, conversions and transactions that were taken back are left out. Other"
    " currencies count at the latest rate that you gave by the end of the month."
)


def first(listed: Sequence[AccountView]) -> AccountView:
    """The account that is meant where none is named, of one or more: an open one with money at hand, if there is one."""
    return next((one for one in listed if one.open and one.type in CASH_TYPES), listed[0])


@dataclass(frozen=True, slots=True)
class Balance:
    """A sum of account balances; `amount` is None where no account's balance is known."""

    amount: Decimal | None
    currency: Currency
    definition: str
    behind: tuple[AccountView, ...]
    """The accounts that are counted; their entries are the postings behind it."""
    converted: tuple["Converted", ...]
    """Those of `behind` in another currency, with what they count as."""
    unknown: tuple[AccountView, ...]
    """Left out: never given a balance."""
    foreign: tuple[AccountView, ...]
    """Left out: in another currency, without a rate."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount of another currency in the person's own, at the rate of a day."""

    account: AccountView | None
    """None where it is a month's sum."""
    currency: Currency
    amount: Decimal
    rate: Decimal
    day: date
    """The day of the oldest rate it rests on."""


@dataclass(frozen=True, slots=True)
class MonthResult:
    """One month's inflows and outflows in the person's currency; `count` 0 means that nothing counted was booked."""

    month: date
    inflow: Decimal
    outflow: Decimal
    count: int
    currency: Currency
    definition: str
    behind: Filter
    """The register's filter that shows exactly these transactions."""
    converted: tuple[Converted, ...]
    """What the net of other currencies counts as."""
    foreign: tuple[Currency, ...]
    """Currencies that moved too and are left out, without a rate."""

    @property
    def net(self) -> Decimal:
        """Inflows - outflows."""
        return self.inflow - self.outflow


@dataclass(frozen=True, slots=True)
class Point:
    """A balance at the end of a day, debit-positive."""

    day: date
    balance: Decimal


def net_worth(session: Session, who: Principal, *, clock: Clock = system_clock) -> Balance:
    """All real accounts together, closed ones too: they are empty now, but were not always."""
    return _balance(session, who, accounts(session, who, closed=True), NET_WORTH, clock)


def cash_now(session: Session, who: Principal, *, clock: Clock = system_clock) -> Balance:
    """The accounts whose money is at hand."""
    found = [one for one in accounts(session, who, closed=True) if one.type in CASH_TYPES]
    return _balance(session, who, found, CASH_NOW, clock)


def month_result(session: Session, who: Principal, *, month: date) -> MonthResult:
    """Inflows and outflows of the month that a date lies in."""
    [found] = month_results(session, who, until=month, months=1)
    return found


def month_filter(month: date) -> Filter:
    """The transactions that the result of a month counts."""
    first = month.replace(day=1)
    return Filter(since=first, until=(first + timedelta(days=31)).replace(day=1) - timedelta(days=1), counted=True)


def month_results(session: Session, who: Principal, *, until: date, months: int) -> list[MonthResult]:
    """The results of so many months, the last being the one that `until` lies in; oldest first."""
    filters: list[Filter] = []
    month = until
    for _ in range(months):
        filters.insert(0, month_filter(month))
        month = month.replace(day=1) - timedelta(days=1)
    totals = register.sums_of_each(session, who, filters=filters)
    currencies = {who.currency, *(one.currency.code for found in totals for one in found)}
    known = rates.between(session, who, currencies=currencies, since=filters[0].until, until=until)
    return [_result(who, behind, found, known) for behind, found in zip(filters, totals, strict=True)]


def _result(who: Principal, behind: Filter, totals: Sequence[register.Sums], known: Rates) -> MonthResult:
    home = currency(who.currency)
    assert behind.since is not None
    assert behind.until is not None
    inflow, outflow, count = Decimal(0), Decimal(0), 0
    converted, foreign = [], []
    for one in totals:
        came = known.convert(one.inflow, of=one.currency, to=home, on=behind.until)
        went = known.convert(one.outflow, of=one.currency, to=home, on=behind.until)
        if came is None or went is None:
            foreign.append(one.currency)
            continue
        inflow, outflow, count = inflow + came[0], outflow + went[0], count + one.count
        if one.currency != home:
            worth = came[1]
            converted.append(Converted(None, one.currency, came[0] - went[0], worth.rate, worth.day))
    return MonthResult(
        month=behind.since,
        inflow=inflow,
        outflow=outflow,
        count=count,
        currency=home,
        definition=MONTH_RESULT,
        behind=behind,
        converted=tuple(converted),
        foreign=tuple(foreign),
    )


def history(
    session: Session, who: Principal, *, of: Sequence[AccountView], since: date, until: date
) -> tuple[Point, ...]:
    """The balance of some accounts together at the end of each day, in the person's currency, by booking date.

    Each day counts at that day's rate. The line begins where the first account is known; an account that is known
    later, or whose currency has a rate only from then, joins then. Empty where none is known by `until`.
    """
    home = currency(who.currency)
    known = [one for one in of if one.known_since is not None and one.known_since <= until]
    begin = max(since, min((one.known_since for one in known if one.known_since is not None), default=until))
    found = rates.between(
        session, who, currencies={home.code, *(one.currency.code for one in known)}, since=begin, until=until
    )
    days: dict[date, Decimal] = {}
    for code in sorted({one.currency.code for one in known}):
        ids = [one.id for one in known if one.currency.code == code]
        for point in _line(session, who, accounts=ids, since=begin, until=until):
            counted = found.convert(point.balance, of=currency(code), to=home, on=point.day)
            if counted is not None:
                days[point.day] = days.get(point.day, Decimal(0)) + counted[0]
    return tuple(Point(day, days[day]) for day in sorted(days))


def _line(session: Session, who: Principal, *, accounts: list[int], since: date, until: date) -> list[Point]:
    """The balance of accounts of one currency together at the end of each day."""
    moved = {
        row.booked: row.moved
        for row in session.connection().execute(
            text(
                """
                SELECT e.booked, sum(e.amount) AS moved FROM (
                  SELECT booked, amount FROM posting
                  WHERE owner = :owner AND debit = ANY (CAST(:accounts AS bigint[])) AND debit_version IS NOT NULL
                    AND booked > :begin AND booked <= :until
                  UNION ALL
                  SELECT booked, -amount FROM posting
                  WHERE owner = :owner AND credit = ANY (CAST(:accounts AS bigint[])) AND credit_version IS NOT NULL
                    AND booked > :begin AND booked <= :until
                ) e GROUP BY e.booked
                """
            ),
            {"owner": who.person, "accounts": accounts, "begin": since, "until": until},
        )
    }
    balance = sum(balances_at(session, who, accounts=accounts, on=until).values(), Decimal(0))
    points = []
    day = until
    while day >= since:
        points.append(Point(day, balance))
        balance -= moved.get(day, Decimal(0))
        day -= timedelta(days=1)
    return points[::-1]


def _balance(session: Session, who: Principal, found: Sequence[AccountView], definition: str, clock: Clock) -> Balance:
    home = currency(who.currency)
    day = today(clock, zone=who.zone)
    known = [one for one in found if one.known]
    worth = rates.between(session, who, currencies={home.code, *(one.currency.code for one in known)}, until=day)
    amount, behind, converted, foreign = Decimal(0), [], [], []
    for one in known:
        counted = worth.convert(one.posted, of=one.currency, to=home, on=day)
        if counted is None:
            foreign.append(one)
            continue
        amount += counted[0]
        behind.append(one)
        if one.currency != home:
            converted.append(Converted(one, one.currency, counted[0], counted[1].rate, counted[1].day))
    return Balance(
        amount=amount if behind else None,
        currency=home,
        definition=definition,
        behind=tuple(behind),
        converted=tuple(converted),
        unknown=tuple(one for one in found if not one.known and one.open),
        foreign=tuple(one for one in foreign if one.open),
    )
