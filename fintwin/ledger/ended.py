"""Transactions that ended without being booked: they failed, were called off, or lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound
from fintwin.kernel.money import Currency, currency
from fintwin.ledger.posting import Kind, Status


@dataclass(frozen=True, slots=True)
class Ended:
    """A transaction that never moved money, and what it would have moved.

    Of those that ended before the books kept what was held back, currency and accounts are not known (None).
    """

    transaction: int
    kind: Kind
    status: Status
    """FAILED or EXPIRED."""
    amount: Decimal
    currency: Currency | None
    account: int | None
    """The own account that would have given."""
    taking: int | None
    number: str
    transfer: int | None
    payee: str
    description: str
    category: int | None
    note: str
    reason: str
    created_at: datetime
    ended_at: datetime


_SELECT = """
    SELECT t.id AS transaction, t.kind, t.status, e.amount, w.currency, w.account, w.taking, coalesce(w.number, '') AS number,
           t.transfer, coalesce(c.payee, '') AS payee, coalesce(t.description, '') AS description, c.category,
           coalesce(c.note, '') AS note, coalesce(e.reason, '') AS reason, t.created_at, e.at AS ended_at
    FROM transaction_event e JOIN transaction t ON t.id = e.transaction
    LEFT JOIN LATERAL (
      SELECT h.currency, h.account, h.taking, h.number FROM hold_past h WHERE h.transaction = t.id ORDER BY h.id DESC LIMIT 1
    ) w ON true
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    WHERE e.owner = :owner AND e.kind IN (3, 4)
"""


def ended(
    session: Session, who: Principal, *, account: int | None = None, before: int | None = None, most: int = 50
) -> Sequence[Ended]:
    """Those of one account or of all, the latest made first; `before` is the last transaction seen."""
    rows = session.connection().execute(
        text(
            _SELECT
            + " AND (CAST(:before AS bigint) IS NULL OR e.transaction < :before)"
            + " AND (CAST(:account AS bigint) IS NULL OR :account IN (w.account, w.taking))"
            + " ORDER BY e.transaction DESC LIMIT :most"
        ),
        {"owner": who.person, "account": account, "before": before, "most": most},
    )
    return [_view(row) for row in rows]


def one(session: Session, who: Principal, *, transaction: int) -> Ended:
    """One of them.

    Raises:
        NotFound: it is not in this person's books, or did not end so (`unknown_transaction`).
    """
    row = (
        session.connection()
        .execute(text(_SELECT + " AND t.id = :transaction"), {"owner": who.person, "transaction": transaction})
        .first()
    )
    if row is None:
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    return _view(row)


def _view(row: Row[Any]) -> Ended:
    columns = dict(row._mapping)
    of = columns.pop("currency")
    return Ended(
        **columns
        | {
            "kind": Kind(row.kind),
            "status": Status(row.status),
            "currency": None if of is None else currency(of),
        }
    )
