"""Payments through a bank: ordered here, carried by a rail, settled or taken back by what the bank answers.

Until the bank answers, an order is a pending transaction: on an account that is kept here its amount is held back. What
a bank says may come late, twice or in the wrong order; each answer counts once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Busy, Conflict, FinTwinError, Invalid, NotFound, Refused, together
from fintwin.kernel.iban import checked_iban
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import accounts, pending, posting, reversal
from fintwin.ledger.awaited import Seen
from fintwin.ledger.posting import Kind
from fintwin.payments import pins
from fintwin.payments.bank_answers import reason_text
from fintwin.payments.pain001 import LONGEST_NAME, LONGEST_TEXT, FileRail, document, plain
from fintwin.payments.pins import Approval
from fintwin.payments.rail import Answer, Batch, Order, Rail, RailRefused
from fintwin.payments.refusals import refusals

MOST_IN_A_FILE: Final = 500
EURO: Final = "EUR"


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
    created_at: datetime
    changed_at: datetime
    replayed: bool = field(default=False, compare=False)
    """Whether the call that answers with it had made it before."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file of answers changed, in orders."""

    settled: int = 0
    refused: int = 0
    returned: int = 0
    known: int = 0
    """Said before, and counted then."""
    odd: tuple[str, ...] = ()
    """Sentences about answers that do not fit their order; nothing was done for them."""


def in_file(order: OrderView) -> tuple[str, str]:
    """Name and reference of an order in the letters that every bank takes."""
    return plain(order.name, most=LONGEST_NAME), plain(order.remittance, most=LONGEST_TEXT)


_SELECT = """
    SELECT o.id, o.uuid, o.account, a.name AS account_name, o.currency, o.amount, o.name, o.iban, o.remittance, o.execute_on,
           o.end_to_end, o.status, o.reason, f.uuid AS file, o.transaction, o.reversal, o.created_at, o.changed_at
    FROM bank_order o JOIN account a ON a.id = o.account LEFT JOIN bank_file f ON f.id = o.file
    WHERE o.owner = :owner
"""
_LOCKED = text(
    """
    SELECT o.* FROM bank_order o
    WHERE o.owner = :owner AND (o.end_to_end = ANY (CAST(:ids AS text[]))
      OR o.file IN (SELECT f.id FROM bank_file f WHERE f.owner = :owner AND f.message = ANY (CAST(:messages AS text[]))))
    ORDER BY o.transaction FOR NO KEY UPDATE OF o
    """
)


def order(
    session: Session,
    who: Principal,
    *,
    account: int,
    name: str,
    iban: str,
    amount: Decimal | str,
    key: str,
    remittance: str = "",
    execute_on: date | None = None,
    category: int | None = None,
    rail: str = FileRail.name,
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> OrderView:
    """Order a payment through a bank; its amount is kept back until the bank answers.

    Args:
        approval: of the account's PIN, where a payment of this size asks for it.

    Raises:
        Invalid: the name, IBAN, amount or day.
        Refused: not in euros (`not_euro`), `pin_needed`, `not_enough_funds`, ...
        NotFound, Conflict: as `ledger.posting` names them.
    """
    giving = accounts.account(session, who, account)
    if giving.currency.code != EURO:
        raise Refused("Bank files carry euros only. Choose an account in euros.", code="not_euro", field="account")
    called, target, size, day, said = together(
        lambda: _called(name),
        lambda: checked_iban(iban),
        lambda: positive(amount, to=giving.currency),
        lambda: _execution_day(who, execute_on, clock),
        lambda: _carried(remittance),
    )
    unique = str(posting.checked_key(key))
    body = posting.digest(
        {"account": account, "name": called, "iban": target, "amount": size, "said": said, "asked": execute_on}
    )
    before = _by_key(session, who, key=unique, body=body)
    if before is not None:
        return before
    pins.demand(session, who, account=account, amount=size, approval=approval, clock=clock)
    # Of the person and the key: sent twice at once, the books know the second one for the first.
    end_to_end = f"FT{uuid5(who.uuid, f'bank-order:{unique}').hex}"
    held = pending.hold(
        session,
        who,
        kind=Kind.WITHDRAWAL,
        account=account,
        amount=size,
        key=key,
        description=remittance,
        external_reference=end_to_end,
        payee=name,
        category=category,
        clock=clock,
    )
    before = _by_key(session, who, key=unique, body=body) if held.replayed else None
    if before is not None:
        return before
    with refusals():
        made = session.connection().scalar(
            text(
                "SELECT start_order(:transaction, :rail, :name, :iban, :remittance, :on, :end_to_end, CAST(:key AS uuid),"
                " :fingerprint)"
            ),
            {
                "transaction": held.transaction,
                "rail": rail,
                "name": called,
                "iban": target,
                "remittance": said,
                "on": day,
                "end_to_end": end_to_end,
                "key": unique,
                "fingerprint": body,
            },
        )
    return view(session, who, order=int(made or 0))


def cancel(session: Session, who: Principal, *, order: UUID) -> OrderView:
    """Call an order back that has not left yet.

    Raises:
        NotFound: `unknown_order`.
        Refused: it has left (`already_sent`).
    """
    row = _row(session, who, order)
    if row.status == "cancelled":
        return view(session, who, order=row.id)
    if row.status != "ready":
        raise Refused("This order is with the bank already. Ask the bank to call it back.", code="already_sent")
    pending.give_up(session, who, transaction=row.transaction, reason="Cancelled before it left.")
    _moved(session, who, row.id, status="cancelled")
    return view(session, who, order=row.id)


def send(
    session: Session,
    who: Principal,
    *,
    account: int,
    payer_iban: str = "",
    rail: Rail | None = None,
    clock: Clock = system_clock,
) -> UUID | None:
    """Hand over every order of an account that waits; the file that carries them. None: the rail refused them all.

    What a rail refuses is let go at once, and told.

    Args:
        payer_iban: the IBAN that the bank debits; default: the account's number at its bank.

    Raises:
        Invalid: `bad_iban`, where the account has no IBAN.
        Refused: no order waits (`nothing_ready`).
        Busy: the rail did not answer in time; the orders wait still, and are handed over again under the same ids.
    """
    way = rail or FileRail()
    giving = accounts.account(session, who, account)
    debited = checked_iban(payer_iban or giving.bank_number, field="payer_iban")
    rows = (
        session.connection()
        .execute(
            text(
                """
            SELECT * FROM bank_order WHERE owner = :owner AND account = :account AND status = 'ready' AND rail = :rail
            ORDER BY transaction LIMIT :most FOR NO KEY UPDATE
            """
            ),
            {"owner": who.person, "account": account, "rail": way.name, "most": MOST_IN_A_FILE},
        )
        .all()
    )
    if not rows:
        raise Refused("No order of this account waits.", code="nothing_ready")
    now, first = clock(), today(clock, zone=who.zone)
    late = [row.id for row in rows if row.execute_on < first]
    if late:  # banks refuse days gone by
        session.connection().execute(
            text("UPDATE bank_order SET execute_on = :day WHERE owner = :owner AND id = ANY (:late)"),
            {"owner": who.person, "day": first, "late": late},
        )
    message = f"FT{uuid4().hex[:26]}"
    orders = [_as_order(row, execute_on=max(row.execute_on, first)) for row in rows]
    try:
        way.submit(Batch(message, plain(who.name, most=LONGEST_NAME) or "Account holder", debited, now, orders))
    except RailRefused as refusal:
        for row in rows:
            _let_go(session, who, row, refusal.sentence)
        return None
    file = (
        session.connection()
        .execute(
            text(
                """
            INSERT INTO bank_file (owner, account, currency, message, payer, payer_iban, created_at)
            VALUES (:owner, :account, :currency, :message, :payer, :iban, :now) RETURNING id, uuid
            """
            ),
            {
                "owner": who.person,
                "account": account,
                "currency": giving.currency.code,
                "message": message,
                "payer": plain(who.name, most=LONGEST_NAME) or "Account holder",
                "iban": debited,
                "now": now,
            },
        )
        .one()
    )
    for row in rows:
        _moved(session, who, row.id, status="sent", file=file.id)
    return UUID(str(file.uuid))


def file(session: Session, who: Principal, *, file: UUID) -> tuple[str, bytes]:
    """A file as it was given out: its message id and the document, the same each time.

    Raises:
        NotFound: `unknown_file`.
    """
    head = (
        session.connection()
        .execute(
            text("SELECT * FROM bank_file WHERE owner = :owner AND uuid = CAST(:uuid AS uuid)"),
            {"owner": who.person, "uuid": str(file)},
        )
        .one_or_none()
    )
    if head is None:
        raise NotFound("There is no such file.", code="unknown_file")
    rows = session.connection().execute(
        text("SELECT * FROM bank_order WHERE owner = :owner AND file = :file ORDER BY id"),
        {"owner": who.person, "file": head.id},
    )
    orders = [_as_order(row, execute_on=row.execute_on) for row in rows]
    return head.message, document(Batch(head.message, head.payer, head.payer_iban, head.created_at, orders))


def take_answers(session: Session, who: Principal, *, answers: Sequence[Answer], clock: Clock = system_clock) -> Taken:
    """Do what a bank says of orders, each thing once; what is of no order here is passed over.

    A settled order that comes back is taken back by a linked reversal.

    Raises:
        Invalid, Refused: the books do not allow it now (`locked`, ...); nothing of the file counts then.
    """
    rows = (
        session.connection()
        .execute(
            _LOCKED,
            {
                "owner": who.person,
                "ids": [answer.end_to_end for answer in answers if answer.end_to_end],
                # A block of a message goes by the message's id and its own number.
                "messages": [part for a in answers if a.message for part in {a.message, a.message.rpartition("-")[0]}],
            },
        )
        .all()
    )
    now = {row.id: row.status for row in rows}
    count = {"settled": 0, "refused": 0, "returned": 0, "known": 0}
    odd: list[str] = []
    by_id = {row.end_to_end: row for row in rows}
    for answer in answers:
        named = by_id.get(answer.end_to_end) if answer.end_to_end else None
        meant = [named] if named is not None else [] if answer.end_to_end else _of_message(session, who, rows, answer)
        for row in meant:
            sentence = _misfit(row, answer, status=now[row.id])
            if sentence:
                odd.append(sentence)
                continue
            done = _answered(session, who, row, answer, status=now[row.id], clock=clock)
            count[done or "known"] += 1
            now[row.id] = done or now[row.id]
    return Taken(**count, odd=tuple(odd[:20]))


def poll(session: Session, who: Principal, *, rail: Rail, clock: Clock = system_clock) -> Taken:
    """Ask a rail about the orders that it has, and do what it says.

    Raises:
        Busy: it did not answer in time.
    """
    rows = session.connection().execute(
        text("SELECT * FROM bank_order WHERE owner = :owner AND rail = :rail AND status IN ('sent', 'settled')"),
        {"owner": who.person, "rail": rail.name},
    )
    said = rail.answers([_as_order(row, execute_on=row.execute_on) for row in rows])
    return take_answers(session, who, answers=said, clock=clock)


def settle_rows(session: Session, who: Principal, rows: Sequence[Seen]) -> Mapping[int, int]:
    """Rows of an imported statement that are orders of ours: they settle them, or give them back."""
    found: dict[int, int] = {}
    connection = session.connection()
    known = {
        row.end_to_end: row
        for row in connection.execute(
            _LOCKED, {"owner": who.person, "ids": [row.end_to_end for row in rows], "messages": []}
        )
    }
    for seen in sorted(rows, key=lambda row: row.amount):  # what left before what came back
        own = known.get(seen.end_to_end)
        if own is None or (own.account, own.currency, own.amount) != (seen.account, seen.currency, abs(seen.amount)):
            continue
        try:
            with session.begin_nested():
                stands_for = _settled_row(session, who, own, seen)
        except Busy:
            raise
        except FinTwinError:
            continue  # the row is refused, or booked, as any other
        if stands_for is not None:
            found[seen.number] = stands_for
    return found


def _settled_row(session: Session, who: Principal, order: Any, seen: Seen) -> int | None:
    """The transaction that stands for a row of a statement: the order's own, or its reversal."""
    left, status = seen.amount < 0, _status(session, order.id)
    if left or status == "settled":
        answer = Answer("settled" if left else "returned", seen.end_to_end, on=seen.booked)
        _answered(session, who, order, answer, status=status, clock=system_clock)
    now = (
        session.connection()
        .execute(text("SELECT status, transaction, reversal FROM bank_order WHERE id = :id"), {"id": order.id})
        .one()
    )
    return (now.transaction if now.status in {"settled", "returned"} else None) if left else now.reversal


def orders(session: Session, who: Principal, *, most: int = 100) -> list[OrderView]:
    """A person's orders: those that wait or are with the bank first, then the latest."""
    rows = session.connection().execute(
        text(_SELECT + " ORDER BY o.status NOT IN ('ready', 'sent'), o.id DESC LIMIT :most"),
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


def answer_by_hand(
    session: Session, who: Principal, *, order: UUID, settled: bool, clock: Clock = system_clock
) -> OrderView:
    """What the person read at their bank, where no file says it.

    Raises:
        NotFound: `unknown_order`.
        Refused: it is not with the bank (`not_sent`).
    """
    row = _row(session, who, order)
    if row.status != "sent":
        raise Refused("This order is not with the bank.", code="not_sent")
    said = Answer("settled" if settled else "refused", row.end_to_end, reason="" if settled else "refused")
    _answered(session, who, row, said, status=row.status, clock=clock)
    return view(session, who, order=row.id)


def _answered(session: Session, who: Principal, row: Any, answer: Answer, *, status: str, clock: Clock) -> str | None:
    """Do what one answer says of an order; the order's new status, or None where that had been done."""
    waits = status in {"ready", "sent"}
    if answer.verdict == "settled":
        if not waits:
            return None
        pending.settle(session, who, transaction=row.transaction, booked=_day(who, answer.on, clock), clock=clock)
        _moved(session, who, row.id, status="settled")
        return "settled"
    if waits:
        _let_go(session, who, row, _words(answer))
        return "refused"
    if status != "settled":
        return None
    back = reversal.take_back(
        session,
        who,
        transaction=row.transaction,
        reason=_words(answer),
        booked=_day(who, answer.on, clock) or today(clock, zone=who.zone),
        key=f"bank-order:{row.uuid}:returned",
    )
    _moved(session, who, row.id, status="returned", reason=_words(answer), reversal=back.transaction)
    return "returned"


def _let_go(session: Session, who: Principal, row: Any, reason: str) -> None:
    pending.give_up(session, who, transaction=row.transaction, reason=reason)
    _moved(session, who, row.id, status="refused", reason=reason)


def _moved(
    session: Session,
    who: Principal,
    order: int,
    *,
    status: str,
    reason: str = "",
    file: int | None = None,
    reversal: int | None = None,
) -> None:
    before = session.connection().scalar(
        text(
            """
            UPDATE bank_order o SET status = :status, reason = :reason, file = coalesce(:file, file),
              reversal = coalesce(:reversal, reversal), changed_at = now()
            WHERE o.owner = :owner AND o.id = :order RETURNING (SELECT was.status FROM bank_order was WHERE was.id = o.id)
            """
        ),
        {
            "owner": who.person,
            "order": order,
            "status": status,
            "reason": reason[:300],
            "file": file,
            "reversal": reversal,
        },
    )
    if before != status:  # else its transaction has moved it already, and told
        tell(session, Happening.BANK_ORDER, what=order)


def _misfit(row: Any, answer: Answer, *, status: str) -> str:
    """Why an answer cannot be this order's, as it stands; "" where it can."""
    if (answer.amount is not None and answer.amount != row.amount) or answer.currency not in {"", row.currency}:
        return f"The bank names another amount for the payment to {row.name}. Nothing was changed for it."
    if answer.verdict == "settled" and status in {"refused", "cancelled"}:
        # The money is gone at the bank, and no pending transaction is left that could say so here.
        return (
            f"The bank paid {row.name}, though this order counts as {status}. Your books do not have it: import the"
            " bank's statement, or enter it yourself."
        )
    return ""


def _of_message(session: Session, who: Principal, rows: Sequence[Any], answer: Answer) -> list[Any]:
    """The orders that went out in a message, or in one block of it (the message's id, a dash, the block's number)."""
    sent = (
        session.connection()
        .execute(
            text("SELECT id, message FROM bank_file WHERE owner = :owner AND message = ANY (CAST(:names AS text[]))"),
            {"owner": who.person, "names": [answer.message, answer.message.rpartition("-")[0]]},
        )
        .one_or_none()
    )
    if sent is None:
        return []
    inside = [row for row in rows if row.file == sent.id]
    if sent.message == answer.message:
        return inside
    days = sorted({row.execute_on for row in inside})
    block = answer.message.rpartition("-")[2]
    wanted = int(block) if block.isascii() and block.isdigit() else 0
    return [row for row in inside if 0 < wanted <= len(days) and row.execute_on == days[wanted - 1]]


def _words(answer: Answer) -> str:
    return "The bank did not carry it out." if answer.reason == "refused" else reason_text(answer.reason)


def _day(who: Principal, on: date | None, clock: Clock) -> date | None:
    """The bank's booking day, unless the bank is ahead of the person's calendar."""
    now = today(clock, zone=who.zone)
    return None if on is None or on > now else on


def _called(name: str) -> str:
    """The name as it was typed; its file spells it in the letters that every bank takes."""
    if not plain(name, most=LONGEST_NAME):
        raise Invalid("Write the payee's name in Latin letters.", code="bad_name", field="name")
    return posting.clean(name, most=LONGEST_NAME, field="name") or ""


def _carried(remittance: str) -> str:
    if len(remittance) > LONGEST_TEXT:
        raise Invalid(f"Banks carry at most {LONGEST_TEXT} characters.", code="too_long", field="remittance")
    return posting.clean(remittance, most=LONGEST_TEXT, field="remittance") or ""


def _execution_day(who: Principal, asked: date | None, clock: Clock) -> date:
    now = today(clock, zone=who.zone)
    if asked is None:
        return now
    if asked < now:
        raise Invalid("This day has passed.", code="date_in_past", field="execute_on")
    if asked > now + timedelta(days=365):
        raise Invalid("Banks take orders for the next year.", code="date_too_late", field="execute_on")
    return asked


def _as_order(row: Any, *, execute_on: date) -> Order:
    return Order(row.end_to_end, row.amount, row.currency, row.name, row.iban, row.remittance, execute_on)


def _by_key(session: Session, who: Principal, *, key: str, body: int) -> OrderView | None:
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


def _status(session: Session, order: int) -> str:
    return str(session.connection().scalar(text("SELECT status FROM bank_order WHERE id = :id"), {"id": order}))


def _row(session: Session, who: Principal, order: UUID) -> Any:
    row = (
        session.connection()
        .execute(
            text("SELECT * FROM bank_order WHERE owner = :owner AND uuid = CAST(:uuid AS uuid) FOR NO KEY UPDATE"),
            {"owner": who.person, "uuid": str(order)},
        )
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return row


def _view(row: Mapping[Any, Any]) -> OrderView:
    return OrderView(**{**row, "currency": currency(row["currency"])})


def _unknown() -> NotFound:
    return NotFound("There is no such order.", code="unknown_order")
