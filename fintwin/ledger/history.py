"""What became of a transaction after it was made; and closing old ones for good."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.identity.principals import in_words
from fintwin.ledger import journal


class Happened(IntEnum):
    """What an event says. The numbers lie in tables: never change one."""

    SETTLED = 1
    CAPTURED = 2
    FAILED = 3
    EXPIRED = 4
    ARCHIVED = 5
    REVERSED = 6
    PARTLY_REVERSED = 7


@dataclass(frozen=True, slots=True)
class Event:
    """One step in a transaction's life; `other` is what it led to (the part captured, the reversal)."""

    kind: Happened
    at: datetime
    amount: Decimal | None
    other: int | None
    reason: str
    by: str
    """Who did it in words, where it was not the owner of the books."""


def events(session: Session, who: Principal, *, transaction: int) -> list[Event]:
    """The steps of one transaction, oldest first."""
    rows = session.connection().execute(
        text(
            "SELECT kind, at, amount, other, coalesce(reason, '') AS reason, actor, principal FROM transaction_event"
            " WHERE owner = :owner AND transaction = :transaction ORDER BY id"
        ),
        {"owner": who.person, "transaction": transaction},
    )
    return [
        Event(
            Happened(row.kind),
            row.at,
            row.amount,
            row.other,
            row.reason,
            in_words(row.principal)
            or ("" if row.actor == who.person else "FinTwin" if row.actor is None else "somebody else"),
        )
        for row in rows
    ]


def closable(session: Session, who: Principal, *, until: date) -> int:
    """How many posted transactions on or before a day could be closed for good: those that nobody asks to be given back."""
    return int(
        session.connection().scalar(
            text(
                "SELECT count(*) FROM transaction WHERE owner = :owner AND booked <= :until AND status = 2"
                " AND id NOT IN (SELECT transaction FROM asked_back WHERE owner = :owner)"
            ),
            {"owner": who.person, "until": until},
        )
        or 0
    )


def archive(session: Session, who: Principal, *, until: date, most: int = 1000) -> int:
    """Close up to `most` (at most 10,000) posted transactions booked on or before a day: none can be taken back again.

    What somebody asks to be given back stays open until it is answered. How many were closed; fewer than `most` means
    that none is left.
    """
    with journal.refusals(who):
        return int(
            session.connection().scalar(text("SELECT archive(:until, :most)"), {"until": until, "most": most}) or 0
        )
