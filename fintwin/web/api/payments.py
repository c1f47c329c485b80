"""Payments between people as each of the two sees them: following one, calling it off, and giving it back."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock
from fintwin.kernel.ids import reference
from fintwin.kernel.money import plain
from fintwin.ledger import accounts as account_book
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Outside
from fintwin.payments import service, standing
from fintwin.payments.standing import PaymentView
from fintwin.web.api.approvals import Pin, with_pin
from fintwin.web.api.calls import (
    Amount,
    Body,
    Cursor,
    Key,
    Limit,
    Listed,
    Reference,
    Shown,
    Who,
    act,
    answered,
    look,
    referred,
)

router = APIRouter(prefix="/payments", tags=["payments"])

Words = Annotated[str, Field(max_length=140)]


class Step(Shown):
    """One step of a payment's way: `state` is done, now, todo or bad."""

    what: str
    state: str
    at: datetime | None


class Payment(Shown):
    """A payment as one of its two people sees it."""

    reference: str
    side: Literal["out", "in"]
    type: str
    method: str
    status: str
    """`initiated` (can still be cancelled), `processing`, `completed`, `failed` or `reversed`."""
    outside: Outside
    account: str | None
    """The own account it leaves or reaches."""
    amount: str
    currency: str
    refunded: str
    rest: str
    number: str | None
    name: str
    description: str | None
    reason: str | None
    transaction: str | None
    created_at: datetime
    settles_at: datetime | None
    processed_at: datetime | None
    cancellable: bool
    steps: list[Step]


class Back(Body):
    """Giving back: all that is left of it, or an amount in its currency."""

    amount: Amount | None = None
    reason: Words = ""


class Refund(Back):
    """Giving back a payment that was received."""

    pin: Pin = ""


@router.get("")
async def payments(who: Who, limit: Limit = 25, cursor: Cursor = "") -> Listed[Payment]:
    """All payments, made and received, the latest first."""
    return await look(who, _page, limit=limit, before=referred(cursor, "cursor") if cursor else None)


@router.get("/{uid}")
async def payment(who: Who, uid: Reference) -> Payment:
    """One payment, and how far it is."""
    return await look(who, _one, payment=referred(uid, "uid"))


@router.post("/{uid}/cancel")
async def cancel(who: Who, uid: Reference) -> Payment:
    """Call off a payment that is still being sent; again: nothing more."""
    number = referred(uid, "uid")

    def use(session: Session, who: Principal) -> Payment:
        return named(session, who, service.cancel(session, who, payment=number))

    return await act(who, use)


@router.post("/{uid}/refund")
async def refund(who: Who, uid: Reference, key: Key, body: Refund, answer: Response) -> Payment:
    """Give back a payment that was received, whole or in part.

    Refused with 409 where an amount of this size asks for the account's PIN (`pin_needed`, `wrong_pin`, `pin_locked`).
    """
    number = referred(uid, "uid")

    def use(session: Session, who: Principal, approval: Approval | None) -> tuple[Payment, bool]:
        back = service.refund(
            session, who, payment=number, key=key, amount=body.amount, reason=body.reason, approval=approval
        )
        return named(session, who, back), back.replayed

    return answered(await with_pin(who, lambda approval: act(who, use, approval), pin=body.pin), answer)


def _page(session: Session, who: Principal, *, limit: int, before: int | None) -> Listed[Payment]:
    found = service.payments(session, who, before=before, most=limit + 1)
    own = {one.id: one.uuid for one in account_book.accounts(session, who, closed=True)}
    items = [shown(one, account=own.get(one.account)) for one in found[:limit]]
    return Listed(items=items, next=items[-1].reference if len(found) > limit else None)


def _one(session: Session, who: Principal, *, payment: int) -> Payment:
    return named(session, who, service.payment(session, who, payment=payment))


def named(session: Session, who: Principal, one: PaymentView) -> Payment:
    """A payment with the uuid of its account."""
    return shown(one, account=account_book.account(session, who, one.account).uuid)


def shown(one: PaymentView, *, account: UUID | None) -> Payment:
    """A payment; `account` is the own one it leaves or reaches."""

    def size(amount: Decimal) -> str:
        return plain(amount, of=one.currency)

    return Payment(
        reference=one.reference,
        side="in" if one.side == "in" else "out",
        type=one.type,
        method=one.method,
        status=one.status,
        outside=one.stands,
        account=None if account is None else str(account),
        amount=size(one.amount),
        currency=one.currency.code,
        refunded=size(one.refunded),
        rest=size(one.rest),
        number=one.number or None,
        name=one.name,
        description=one.description or None,
        reason=one.reason or None,
        transaction=None if one.transaction is None else reference(one.transaction),
        created_at=one.created_at,
        settles_at=one.settles_at,
        processed_at=one.processed_at,
        cancellable=one.cancellable(system_clock()),
        steps=[Step(what=step.what, state=step.state, at=step.at) for step in standing.steps(one)],
    )
