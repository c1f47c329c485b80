"""What the books say in one number: net worth, cash now, the month's result, and how balances went.

Each number has one definition, here. A balance that is not known, or is in a currency without a rate, stays out and is
named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.money import Currency, currency
from fintwin.ledger import register
from fintwin.ledger.accounts import AccountView, accounts
from fintwin.ledger.register import Filter, balances_at

CASH_TYPES = frozenset({"checking", "savings", "wallet", "cash"})
"""Types of accounts whose money is at hand."""

NET_WORTH = (
    "The posted balances of all your accounts together: what you have, less what you owe. Accounts whose balance is"
    " not known, and accounts in another currency, are left out."
)
CASH_NOW = (
    "The posted balances of your checking, savings, wallet and cash accounts together. Accounts whose balance is not"
    " known, and accounts in another currency, are left out."
)
MONTH_RESULT = (
    "Money that came in less money that went out in the month, payments between people included. Opening balances,"
    " transfers between your own accounts and transactions that were taken back are left out."
)


@dataclass(frozen=True, slots=True)
class Balance:
    """A sum of account balances; `amount` is None where no account's balance is known."""

    amount: Decimal | None
    currency: Currency
    definition: str
    behind: tuple[AccountView, ...]
    """The accounts that are counted; their entries are the postings behind it."""
    unknown: tuple[AccountView, ...]
    """Left out: never given a balance."""
    foreign: tuple[AccountView, ...]
    """Left out: in another currency, without a rate."""


@dataclass(frozen=True, slots=True)
class MonthResult:
    """One month's inflows and outflows in the person's currency; `count` 0 means that nothing was booked."""

    month: date
    inflow: Decimal
    outflow: Decimal
    count: int
    currency: Currency
    definition: str
    behind: Filter
    """The register's filter that shows exactly these transactions."""
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


def net_worth(session: Session, who: Principal) -> Balance:
    """All real accounts together, closed ones too: they are empty now, but were not always."""
    return _balance(who, accounts(session, who, closed=True), NET_WORTH)


def cash_now(session: Session, who: Principal) -> Balance:
    """The accounts whose money is at hand."""
    return _balance(who, [one for one in accounts(session, who, closed=True) if one.type in CASH_TYPES], CASH_NOW)


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
    return [_result(who, behind, found) for behind, found in zip(filters, totals, strict=True)]


def _result(who: Principal, behind: Filter, totals: Sequence[register.Sums]) -> MonthResult:
    home = currency(who.currency)
    mine = next((one for one in totals if one.currency == home), None)
    assert behind.since is not None
    return MonthResult(
        month=behind.since,
        inflow=mine.inflow if mine else Decimal(0),
        outflow=mine.outflow if mine else Decimal(0),
        count=mine.count if mine else 0,
        currency=home,
        definition=MONTH_RESULT,
        behind=behind,
        foreign=tuple(one.currency for one in totals if one.currency != home),
    )


def history(
    session: Session, who: Principal, *, of: Sequence[AccountView], since: date, until: date
) -> tuple[Point, ...]:
    """The balance of some accounts together at the end of each day, from their entries by booking date.

    The accounts are those of one currency, such as `Balance.behind`. The line begins where the first of them is known;
    an account that is known later joins then. Empty where none is known by `until`.
    """
    known = [one for one in of if one.known_since is not None and one.known_since <= until]
    if not known:
        return ()
    begin = max(since, min(one.known_since for one in known if one.known_since is not None))
    ids = [one.id for one in known]
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
            {"owner": who.person, "accounts": ids, "begin": begin, "until": until},
        )
    }
    balance = sum(balances_at(session, who, accounts=ids, on=until).values(), Decimal(0))
    points = []
    day = until
    while day >= begin:
        points.append(Point(day, balance))
        balance -= moved.get(day, Decimal(0))
        day -= timedelta(days=1)
    return tuple(points[::-1])


def _balance(who: Principal, found: Sequence[AccountView], definition: str) -> Balance:
    home = currency(who.currency)
    behind = tuple(one for one in found if one.known and one.currency == home)
    return Balance(
        amount=sum((one.posted for one in behind), Decimal(0)) if behind else None,
        currency=home,
        definition=definition,
        behind=behind,
        unknown=tuple(one for one in found if not one.known and one.open),
        foreign=tuple(one for one in found if one.known and one.open and one.currency != home),
    )
