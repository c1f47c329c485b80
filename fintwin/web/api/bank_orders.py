"""Payments through a bank: ordered here, carried by a file that the bank takes, settled by what it answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import together
from fintwin.kernel.ids import reference
from fintwin.kernel.money import plain, positive
from fintwin.ledger import accounts as account_book
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.pins import Approval
from fintwin.payments import bank
from fintwin.payments import bank_orders as book
from fintwin.payments.bank_orders import OrderView
from fintwin.web.api.approvals import Pin, with_pin
from fintwin.web.api.calls import (
    Amount,
    Body,
    Code,
    Cursor,
    Day,
    Key,
    Limit,
    Listed,
    Named,
    Reference,
    Shown,
    Who,
    act,
    answered,
    look,
    referred,
)
from fintwin.web.api.lines import Known

router = APIRouter(prefix="/bank-orders", tags=["bank orders"])


class Order(Shown):
    """An order as its payer sees it."""

    uuid: str
    status: str
    """`ready` (waits for a file), `sent`, `settled`, `refused`, `returned` or `cancelled`."""
    reason: str | None
    account: Named | None
    amount: str
    currency: str
    name: str
    iban: str
    remittance: str | None
    execute_on: date
    end_to_end: str
    """The id by which the bank's answer names it."""
    file: str | None
    """The address of the file that carries it."""
    transaction: str
    """Its amount is kept back by this one until the bank answers."""
    reversal: str | None
    """What took it back; null where it came back before it was booked, so that nothing is."""
    created_at: datetime
    changed_at: datetime


class Ordered(Body):
    """A payment in euros to an account at a bank."""

    account: UUID
    name: Annotated[str, Field(min_length=1, max_length=70)]
    iban: Annotated[str, Field(min_length=1, max_length=60)]
    amount: Amount
    currency: Code
    remittance: Annotated[str, Field(max_length=140)] = ""
    execute_on: Day | None = Field(default=None, description="Today where it is left out.")
    category: Reference | None = None
    pin: Pin = ""


@router.get("")
async def orders(who: Who, limit: Limit = 25, cursor: Cursor = "") -> Listed[Order]:
    """Orders, the latest first."""
    return await look(who, _page, limit=limit, before=referred(cursor, "cursor") if cursor else None)


@router.get("/{uuid}")
async def order(who: Who, uuid: UUID) -> Order:
    """One order, and what the bank said of it."""
    return await look(who, _one, order=uuid)


@router.post("", status_code=201)
async def order_payment(who: Who, key: Key, body: Ordered, answer: Response) -> Order:
    """Order a payment through a bank: its amount is kept back until the bank answers.

    Refused with 409 where a payment of this size asks for the account's PIN (`pin_needed`, `wrong_pin`, `pin_locked`).
    """
    account, size = await look(who, _read, body=body)

    def use(session: Session, who: Principal, approval: Approval | None) -> tuple[Order, bool]:
        made = bank.order(
            session,
            who,
            account=account.id,
            name=body.name,
            iban=body.iban,
            amount=size,
            key=key,
            remittance=body.remittance,
            execute_on=body.execute_on,
            category=None if body.category is None else referred(body.category, "category"),
            approval=approval,
        )
        return _shown(made, Known.of(session, who)), made.replayed

    return answered(await with_pin(who, lambda approval: act(who, use, approval), pin=body.pin), answer)


@router.post("/{uuid}/cancel")
async def cancel_order(who: Who, uuid: UUID) -> Order:
    """Call an order back that has not left yet; again: nothing more. What was kept back is available again."""

    def use(session: Session, who: Principal) -> Order:
        return _shown(bank.cancel(session, who, order=uuid), Known.of(session, who))

    return await act(who, use)


def _read(session: Session, who: Principal, *, body: Ordered) -> tuple[AccountView, Decimal]:
    """The account that pays, and how much; every field that is wrong is told at once."""
    found = account_book.in_currency(session, who, body.account, code=body.currency)
    size, _ = together(
        lambda: positive(body.amount, to=found.currency),
        lambda: bank.checked(
            who, name=body.name, iban=body.iban, execute_on=body.execute_on, remittance=body.remittance
        ),
    )
    return found, size


def _page(session: Session, who: Principal, *, limit: int, before: int | None) -> Listed[Order]:
    found = book.latest(session, who, before=before, most=limit + 1)
    known = Known.of(session, who)
    return Listed(
        items=[_shown(one, known) for one in found[:limit]],
        next=reference(found[limit - 1].id) if len(found) > limit else None,
    )


def _one(session: Session, who: Principal, *, order: UUID) -> Order:
    return _shown(book.by_uuid(session, who, order=order), Known.of(session, who))


def _shown(one: OrderView, known: Known) -> Order:
    return Order(
        uuid=str(one.uuid),
        status=one.status,
        reason=one.reason or None,
        account=known.account(one.account),
        amount=plain(one.amount, of=one.currency),
        currency=one.currency.code,
        name=one.name,
        iban=one.iban,
        remittance=one.remittance or None,
        execute_on=one.execute_on,
        end_to_end=one.end_to_end,
        file=None if one.file is None else f"/payments/outside/{one.file}.xml",
        transaction=reference(one.transaction),
        reversal=None if one.reversal is None else reference(one.reversal),
        created_at=one.created_at,
        changed_at=one.changed_at,
    )
