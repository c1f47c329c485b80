"""Payments through a bank: ordered here and handed to a rail.

Until the bank answers (`bank_outcomes`), an order is a pending transaction: on an account that is kept here its amount
is held back.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4, uuid5

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Invalid, NotFound, Refused, together
from fintwin.kernel.iban import checked_iban
from fintwin.kernel.money import positive
from fintwin.ledger import accounts, pending, pins, posting
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Kind
from fintwin.payments import bank_orders
from fintwin.payments.bank_orders import OrderView
from fintwin.payments.pain001 import LONGEST_NAME, LONGEST_TEXT, FileRail, document, plain
from fintwin.payments.rail import Batch, Rail, RailRefused
from fintwin.payments.refusals import refusals

MOST_IN_A_FILE: Final = 500
EURO: Final = "EUR"


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
        Refused: not in euros (`not_euro`), `not_enough_funds`, ...; `pin_needed` where nothing else is wrong.
        NotFound, Conflict: as `ledger.posting` names them.
    """
    giving = accounts.account(session, who, account)
    if giving.currency.code != EURO:
        raise Refused("Bank files carry euros only. Choose an account in euros.", code="not_euro", field="account")
    (called, target, day, said), size = together(
        lambda: checked(who, name=name, iban=iban, execute_on=execute_on, remittance=remittance, clock=clock),
        lambda: positive(amount, to=giving.currency),
    )
    unique = str(posting.checked_key(key))
    body = posting.digest(
        {"account": account, "name": called, "iban": target, "amount": size, "said": said, "asked": execute_on}
    )
    before = bank_orders.by_key(session, who, key=unique, body=body)
    if before is not None:
        return before
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
    before = bank_orders.by_key(session, who, key=unique, body=body) if held.replayed else None
    if before is not None:
        return before
    # The last question: an attempt at the PIN counts, so nobody is asked to make one for what is refused anyway.
    pins.demand(session, who, account=account, amount=size, approval=approval, clock=clock)
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
    return bank_orders.view(session, who, order=int(made or 0))


def cancel(session: Session, who: Principal, *, order: UUID) -> OrderView:
    """Call an order back that has not left yet.

    Raises:
        NotFound: `unknown_order`.
        Refused: it has left (`already_sent`).
    """
    row = bank_orders.locked(session, who, order=order)
    if row.status == "cancelled":
        return bank_orders.view(session, who, order=row.id)
    if row.status != "ready":
        raise Refused("This order is with the bank already. Ask the bank to call it back.", code="already_sent")
    pending.give_up(session, who, transaction=row.transaction, reason="Cancelled before it left.")
    return bank_orders.view(session, who, order=row.id)


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
            SELECT o.* FROM lock_orders(ARRAY(
              SELECT b.id FROM bank_order b WHERE b.owner = :owner AND b.account = :account AND b.status = 'ready' AND b.rail = :rail
              ORDER BY b.transaction LIMIT :most), false) o
            WHERE o.status = 'ready' ORDER BY o.transaction
            """
            ),
            {"owner": who.person, "account": account, "rail": way.name, "most": MOST_IN_A_FILE},
        )
        .all()
    )
    if not rows:
        raise Refused("No order of this account waits.", code="nothing_ready")
    now, first = clock(), today(clock, zone=who.zone)
    message = f"FT{uuid4().hex[:26]}"
    # Banks refuse days gone by.
    orders = [bank_orders.as_order(row, execute_on=max(row.execute_on, first)) for row in rows]
    try:
        way.submit(Batch(message, plain(who.name, most=LONGEST_NAME) or "Account holder", debited, now, orders))
    except RailRefused as refusal:
        for row in rows:
            bank_orders.refuse(session, order=row.id, reason=refusal.sentence)
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
    with refusals():
        session.connection().execute(
            text("SELECT send_orders(CAST(:orders AS bigint[]), :file, :day)"),
            {"orders": [row.id for row in rows], "file": file.id, "day": first},
        )
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
    orders = [bank_orders.as_order(row, execute_on=row.execute_on) for row in rows]
    return head.message, document(Batch(head.message, head.payer, head.payer_iban, head.created_at, orders))


def checked(
    who: Principal,
    *,
    name: str,
    iban: str,
    execute_on: date | None = None,
    remittance: str = "",
    clock: Clock = system_clock,
) -> tuple[str, str, date, str]:
    """Payee, IBAN, day and reference as an order keeps them.

    Raises:
        Invalid: each that is wrong.
    """
    payee, target, day, said = together(
        lambda: called(name),
        lambda: checked_iban(iban),
        lambda: execution_day(who, execute_on, clock),
        lambda: _carried(remittance),
    )
    return payee, target, day, said


def called(name: str) -> str:
    """The name as it was typed; its file spells it in the letters that every bank takes.

    Raises:
        Invalid: nothing of it can be spelled so (`bad_name`).
    """
    if not plain(name, most=LONGEST_NAME):
        raise Invalid("Write the payee's name in Latin letters.", code="bad_name", field="name")
    return posting.clean(name, most=LONGEST_NAME, field="name") or ""


def _carried(remittance: str) -> str:
    if len(remittance) > LONGEST_TEXT:
        raise Invalid(f"Banks carry at most {LONGEST_TEXT} characters.", code="too_long", field="remittance")
    return posting.clean(remittance, most=LONGEST_TEXT, field="remittance") or ""


def execution_day(who: Principal, asked: date | None, clock: Clock = system_clock) -> date:
    """The day on which the bank carries it out; default: today.

    Raises:
        Invalid: it has passed (`date_in_past`), or is more than a year away (`date_too_late`).
    """
    now = today(clock, zone=who.zone)
    if asked is None:
        return now
    if asked < now:
        raise Invalid("This day has passed.", code="date_in_past", field="execute_on")
    if asked > now + timedelta(days=365):
        raise Invalid("Banks take orders for the next year.", code="date_too_late", field="execute_on")
    return asked
