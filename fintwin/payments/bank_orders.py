"""An order to a bank: how its payer sees it, and the doors by which it moves.

Settled, let go or taken back, its transaction moves it (`bank_order_moved`); only what no transaction says has a door of
its own. Its transaction's header is its lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, NotFound
from fintwin.kernel.money import Currency, currency
from fintwin.ledger import posting
from fintwin.payments.pain001 import LONGEST_NAME, LONGEST_TEXT, plain
from fintwin.payments.rail import Order
from fintwin.payments.refusals import refusals


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its payer sees it: `ready`, `sent`, `settled`, `refused`, `returned` or `cancelled`."""

    id: int
    uuid: UUID
    account: int
    account_name: str
    currency: Currency
    amount: Decimal
    name: str
    """As the payer typed it, like `remittance`; `in_file` is how a file spells it."""
    iban: str
    remittance: str
    execute_on: date
    end_to_end: str
    status: str
    reason: str
    file: UUID | None
    transaction: int
    reversal: int | None
    """What took it back; None for one that came back before the books had it, of which nothing is booked."""
    created_at: datetime
    changed_at: datetime
    replayed: bool = field(default=False, compare=False)
    """Whether the call that answers with it had made it before."""

    @property
    def waits(self) -> bool:
        """Whether its bank said something of it that the books did not take; `reason` is why."""
        return self.status in {"ready", "sent", "settled"} and bool(self.reason)


def in_file(order: OrderView) -> tuple[str, str]:
    """Name and reference of an order in the letters that every bank takes."""
    return plain(order.name, most=LONGEST_NAME), plain(order.remittance, most=LONGEST_TEXT)


_SELECT = """
    SELECT o.id, o.uuid, o.account, a.name AS account_name, o.currency, o.amount, o.name, o.iban, o.remittance, o.execute_on,
           o.end_to_end, o.status, o.reason, f.uuid AS file, o.transaction, o.reversal, o.created_at, o.changed_at
    FROM bank_order o JOIN account a ON a.id = o.account LEFT JOIN bank_file f ON f.id = o.file
    WHERE o.owner = :owner
"""


def orders(session: Session, who: Principal, *, most: int = 100) -> list[OrderView]:
    """A person's orders: those that wait, for the bank or for its answer to be booked, first, then the latest."""
    rows = session.connection().execute(
        text(
            _SELECT + " ORDER BY o.status NOT IN ('ready', 'sent') AND (o.status <> 'settled' OR o.reason = ''),"
            " o.id DESC LIMIT :most"
        ),
        {"owner": who.person, "most": most},
    )
    return [_view(row._mapping) for row in rows]


def latest(session: Session, who: Principal, *, before: int | None = None, most: int = 25) -> list[OrderView]:
    """A person's orders, those made last first; `before` is the id of the last one seen."""
    rows = session.connection().execute(
        text(_SELECT + " AND (CAST(:before AS bigint) IS NULL OR o.id < :before) ORDER BY o.id DESC LIMIT :most"),
        {"owner": who.person, "before": before, "most": most},
    )
    return [_view(row._mapping) for row in rows]


def by_uuid(session: Session, who: Principal, *, order: UUID) -> OrderView:
    """One order by the id that pages use.

    Raises:
        NotFound: `unknown_order`.
    """
    row = (
        session.connection()
        .execute(text(_SELECT + " AND o.uuid = CAST(:uuid AS uuid)"), {"owner": who.person, "uuid": str(order)})
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return _view(row._mapping)


def view(session: Session, who: Principal, *, order: int) -> OrderView:
    """One order.

    Raises:
        NotFound: `unknown_order`.
    """
    row = (
        session.connection()
        .execute(text(_SELECT + " AND o.id = :id"), {"owner": who.person, "id": order})
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return _view(row._mapping)


def by_key(session: Session, who: Principal, *, key: str, body: int) -> OrderView | None:
    """The order that this key made; None: it made none yet."""
    row = (
        session.connection()
        .execute(
            text("SELECT id, fingerprint FROM bank_order WHERE owner = :owner AND key = CAST(:key AS uuid)"),
            {"owner": who.person, "key": key},
        )
        .one_or_none()
    )
    if row is None:
        return None
    if row.fingerprint != body:
        raise Conflict("This form was already used for something else. Open it again.", code="key_reused")
    return replace(view(session, who, order=row.id), replayed=True)


def locked(session: Session, who: Principal, *, order: UUID) -> Any:
    """An order's row, which nobody else moves until the unit of work ends.

    Raises:
        NotFound: `unknown_order`.
    """
    row = (
        session.connection()
        .execute(
            text(
                "SELECT o.* FROM lock_orders(ARRAY(SELECT b.id FROM bank_order b"
                " WHERE b.owner = :owner AND b.uuid = CAST(:uuid AS uuid)), false) o"
            ),
            {"owner": who.person, "uuid": str(order)},
        )
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return row


def refuse(session: Session, *, order: int, reason: str) -> None:
    """An order that the bank or the rail refused: what is kept back for it is available again.

    Raises:
        Refused: it is not on its way any more (`order_moved`).
    """
    with refusals():
        session.connection().execute(
            text("SELECT refuse_order(:order, :reason)"),
            {"order": order, "reason": posting.clean(reason[:300], most=300, field="reason")},
        )


def come_back(session: Session, *, order: int, reason: str) -> None:
    """An order that the bank paid and gave back before the books had it: what is kept back for it is available again.

    Raises:
        Refused: it is not on its way any more (`order_moved`).
    """
    with refusals():
        session.connection().execute(
            text("SELECT return_order(:order, :reason)"),
            {"order": order, "reason": posting.clean(reason[:300], most=300, field="reason")},
        )


def noted(session: Session, *, order: int, reason: str) -> None:
    """Keep why an order stays where it is though its bank said something of it, until it moves on."""
    with refusals():
        session.connection().execute(
            text("SELECT note_order(:order, :reason)"),
            {"order": order, "reason": posting.clean(reason[:300], most=300, field="reason")},
        )


def as_order(row: Any, *, execute_on: date) -> Order:
    """A row of an order as a rail carries it."""
    return Order(row.end_to_end, row.amount, row.currency, row.name, row.iban, row.remittance, execute_on)


def _view(row: Mapping[Any, Any]) -> OrderView:
    return OrderView(**{**row, "currency": currency(row["currency"])})


def _unknown() -> NotFound:
    return NotFound("There is no such order.", code="unknown_order")
