"""Takes the snapshot: the only part of the projection that sees the books."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.cashflow import history
from fintwin.cashflow.recurring import Learned, learn
from fintwin.identity.principal import Principal
from fintwin.identity.service import profile
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.money import currency
from fintwin.ledger.accounts import AccountView, accounts
from fintwin.projection.snapshot import Account, Kind, Rest, Snapshot, key

_KINDS: Mapping[str, Kind] = {
    "checking": Kind.CASH,
    "wallet": Kind.CASH,
    "cash": Kind.CASH,
    "savings": Kind.SAVINGS,
    "investment": Kind.INVESTMENT,
    "credit": Kind.CREDIT,
    "loan": Kind.LOAN,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, its hash, when it was taken, the latest transaction it has seen, and what was learned for it.

    `learned` is None for a snapshot that was kept: its streams are in it, what was set aside is not.
    """

    snapshot: Snapshot
    hash: str
    at: datetime
    marker: int
    learned: Learned | None = None


def take(session: Session, who: Principal, *, clock: Clock = system_clock) -> Taken:
    """The books of a person as of today, in their currency.

    The session should see one state of the books (a read-only, repeatable-read unit of work). Accounts in other
    currencies are named in `left_out`; accounts whose balance is not known are in it without one.
    """
    now = clock()
    day = today(clock, zone=who.zone)
    home = currency(who.currency)
    found = accounts(session, who)
    learned = learn(history.flows(session, who, until=day), as_of=day)
    repaid = history.repayments(session, who, until=day)
    snapshot = Snapshot(
        as_of=day,
        currency=home.code,
        digits=home.digits,
        accounts=tuple(_account(one, repaid.get(str(one.uuid))) for one in found if one.currency == home),
        streams=learned.streams,
        rest=Rest(learned.known, learned.rest, learned.rest_account),
        income=profile(session, who).monthly_income,
        left_out=tuple(one.name for one in found if one.currency != home),
    )
    return Taken(snapshot, key(snapshot), now, latest(session, who), learned)


def latest(session: Session, who: Principal) -> int:
    """The id of the latest transaction in a person's books; 0 where there is none."""
    return int(
        session.connection().scalar(
            text("SELECT coalesce(max(id), 0) FROM transaction WHERE owner = :owner"), {"owner": who.person}
        )
        or 0
    )


def _account(view: AccountView, payment: Decimal | None) -> Account:
    return Account(
        key=str(view.uuid),
        name=view.name,
        kind=_KINDS[view.type],
        balance=view.posted if view.known else None,
        credit_limit=view.credit_limit or None,
        payment=payment,
    )
