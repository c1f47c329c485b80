"""Where a transaction comes from, as the bank's file says."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file says of the other side of a transaction; "" where it says nothing."""

    payee: str
    account: str
    purpose: str


def origin(session: Session, who: Principal, *, transaction: int) -> Origin | None:
    """The row of a file that a transaction comes from; None for one that was entered by hand."""
    row = (
        session.connection()
        .execute(
            text(
                "SELECT payee, payee_account, purpose FROM statement_row"
                " WHERE owner = :owner AND transaction = :transaction ORDER BY imported, number LIMIT 1"
            ),
            {"owner": who.person, "transaction": transaction},
        )
        .first()
    )
    return None if row is None else Origin(*row)
