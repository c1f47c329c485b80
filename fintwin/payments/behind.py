"""What stands behind a pending transaction: a payment or an order to a bank, which ends it and moves it whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Behind:
    """A payment by its id, or an order to a bank by its uuid."""

    payment: int | None = None
    order: UUID | None = None


def behind(session: Session, who: Principal, *, transactions: Sequence[int]) -> dict[int, Behind]:
    """What stands behind some of this person's transactions, by transaction; those of their own are left out."""
    if not transactions:
        return {}
    rows = session.connection().execute(
        text(
            """
            SELECT transaction, CAST(NULL AS bigint) AS payment, uuid AS bank_order FROM bank_order
            WHERE owner = :owner AND transaction = ANY (CAST(:which AS bigint[]))
            UNION ALL
            SELECT transaction, id, NULL FROM payment WHERE owner = :owner AND transaction = ANY (CAST(:which AS bigint[]))
            """
        ),
        {"owner": who.person, "which": list(transactions)},
    )
    return {row.transaction: Behind(row.payment, row.bank_order) for row in rows}


def refuse(session: Session, who: Principal, *, transaction: int) -> None:
    """Refuse to end from the register what ends where it was made.

    Raises:
        Refused: a payment or an order to a bank stands behind it (`ends_elsewhere`).
    """
    found = behind(session, who, transactions=[transaction]).get(transaction)
    if found is None:
        return
    if found.payment is not None:
        raise Refused(
            "This is a payment. Cancel it, or let it go through, on the payments page.", code="ends_elsewhere"
        )
    raise Refused(
        "This is an order to your bank. Cancel it, or say what the bank did, under payments by bank.",
        code="ends_elsewhere",
    )
