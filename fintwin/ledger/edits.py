"""What was booked in the place of what was taken back: an amount or day that was edited, a transaction from the bin."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal

_LONGEST = 50
"""Edits of one transaction that are shown."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of a transaction's history: what it was, what it became, when; without `edited` it was restored."""

    at: datetime
    edited: bool
    former: int
    amount: Decimal
    became: Decimal
    booked: date
    became_booked: date


def replaced(session: Session, who: Principal, *, former: int, latter: int, edited: bool) -> None:
    """Remember that one transaction was booked in another's place."""
    session.connection().execute(
        text(
            "INSERT INTO replacement (owner, former, latter, edited) VALUES (:owner, :former, :latter, :edited)"
            " ON CONFLICT DO NOTHING"
        ),
        {"owner": who.person, "former": former, "latter": latter, "edited": edited},
    )


def edits(session: Session, who: Principal, *, transaction: int) -> list[Edit]:
    """How a transaction became what it is, latest step first; an empty list where it was booked once."""
    rows = session.connection().execute(
        text(
            """
            WITH RECURSIVE past AS (
              SELECT m.*, 1 AS depth FROM replacement m WHERE m.owner = :owner AND m.latter = :transaction
              UNION ALL
              SELECT m.*, past.depth + 1 FROM replacement m JOIN past ON m.owner = :owner AND m.latter = past.former
              WHERE past.depth < :most
            )
            SELECT past.at, past.edited, past.former, f.amount, l.amount AS became, f.booked, l.booked AS became_booked
            FROM past JOIN posting f ON f.transaction = past.former AND f.line = 1
            JOIN posting l ON l.transaction = past.latter AND l.line = 1 ORDER BY past.depth
            """
        ),
        {"owner": who.person, "transaction": transaction, "most": _LONGEST},
    )
    return [Edit(*row) for row in rows]


def stands_for(session: Session, who: Principal, *, transaction: int) -> int | None:
    """The transaction that was booked in this one's place; None where there is none."""
    found = session.connection().scalar(
        text("SELECT max(latter) FROM replacement WHERE owner = :owner AND former = :transaction"),
        {"owner": who.person, "transaction": transaction},
    )
    return None if found is None else int(found)
