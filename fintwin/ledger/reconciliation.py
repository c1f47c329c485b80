"""Balances compared with a statement: where they agree, what is booked up to that day is locked."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.money import exact
from fintwin.ledger import accounts, journal


@dataclass(frozen=True, slots=True)
class Lock:
    """A balance (debit-positive) at the end of a day that a statement confirmed."""

    id: int
    account: int
    day: date
    balance: Decimal
    made_at: datetime
    released_at: datetime | None


def assert_balance(
    session: Session,
    who: Principal,
    *,
    account: int,
    day: date,
    balance: Decimal | str,
    clock: Clock = system_clock,
) -> int:
    """Say what a statement says of a day's closing balance, debit-positive; the lock's id.

    Where the books agree, nothing more is booked on this account on or before that day until the lock is released.
    The same again changes nothing.

    Raises:
        NotFound: `unknown_account`.
        Refused: the books have another balance (`balance_differs`, the sentence names it), or none (`balance_unknown`).
        Invalid: a day on which money may still be booked (`lock_too_late`), or a bad amount.
    """
    of = accounts.account(session, who, account).currency
    said = exact(balance, to=of, field="balance")
    with journal.refusals(who, of=of):
        made = session.connection().scalar(
            text("SELECT reconcile(:account, :day, :balance, :today)"),
            {"account": account, "day": day, "balance": said, "today": today(clock, zone=who.zone)},
        )
    return int(made or 0)


def release(session: Session, who: Principal, *, account: int) -> None:
    """Take the latest lock of an account away; the one before it holds again.

    Raises:
        NotFound: `unknown_account`.
        Refused: nothing is locked (`nothing_to_release`).
    """
    with journal.refusals(who):
        session.connection().execute(text("SELECT release_lock(:account)"), {"account": account})


def locks(session: Session, who: Principal, *, account: int) -> list[Lock]:
    """What was reconciled on an account, the latest day first, released ones too."""
    rows = session.connection().execute(
        text(
            "SELECT id, account, day, balance, made_at, released_at FROM reconciliation"
            " WHERE owner = :owner AND account = :account ORDER BY day DESC, id DESC"
        ),
        {"owner": who.person, "account": account},
    )
    return [Lock(*row) for row in rows]
