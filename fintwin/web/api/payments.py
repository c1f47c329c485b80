"""Payments between people: what one would be, making it, following it, and giving it back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import checked_account_number, reference
from fintwin.kernel.money import plain, positive
from fintwin.ledger import accounts as account_book
from fintwin.ledger.posting import Outside
from fintwin.payments import contacts, lookups, pins, requests, service, standing
from fintwin.payments.pins import Approval
from fintwin.payments.standing import PaymentView
from fintwin.web.api.calls import (
    REPLAYED,
    Amount,
    Body,
    Code,
    Cursor,
    Key,
    Limit,
    Listed,
    Reference,
    Shown,
    Who,
    act,
    look,
    referred,
)

router = APIRouter(prefix="/payments", tags=["payments"])

Pin = Annotated[str, Field(max_length=12, description="The account's PIN, where one is asked for.")]
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


class Preview(Shown):
    """What a payment would be."""

    number: str
    name: str
    amount: str
    fee: str
    currency: str
    left: str
    """What is available afterwards."""
    pin: bool
    """Whether the account's PIN is asked for."""


class Asked(Shown):
    """A request to give a payment back."""

    reference: str
    status: str
    amount: str
    currency: str
    name: str
    expires_at: datetime


class To(Body):
    """Whom to pay and how much: an account number, or a contact's reference."""

    account: UUID
    number: Annotated[str, Field(max_length=30)] | None = None
    contact: Reference | None = None
    amount: Amount
    currency: Code


class Pay(To):
    """A payment. The payee reads the description; category and note stay here."""

    description: Words = ""
    category: Reference | None = None
    note: str = ""
    pin: Pin = ""
    confirm_equal: bool = Field(
        default=False, description="Pay although the same amount went to the same payee within ten minutes."
    )


class TopUp(Body):
    """Money from an own account at a bank to one that is kept here."""

    source: UUID
    account: UUID
    amount: Amount
    currency: Code


class Back(Body):
    """Giving back: all that is left of it, or an amount in its currency."""

    amount: Amount | None = None
    reason: Words = ""


class Refund(Back):
    """Giving back a payment that was received."""

    pin: Pin = ""


@dataclass(frozen=True, slots=True)
class _Meant:
    """Whom and from where, as the books name them, and whether a PIN is asked for that was not given before."""

    account: int
    number: str
    pin: bool


@router.get("")
async def payments(who: Who, limit: Limit = 25, cursor: Cursor = "") -> Listed[Payment]:
    """All payments, made and received, the latest first."""
    return await look(who, _page, limit=limit, before=referred(cursor, "cursor") if cursor else None)


@router.get("/{uid}")
async def payment(who: Who, uid: Reference) -> Payment:
    """One payment, and how far it is."""
    return await look(who, _one, payment=referred(uid, "uid"))


@router.post("/preview")
async def preview(who: Who, body: To) -> Preview:
    """What a payment would be: fee, payee, what is left, whether a PIN is asked for. Nothing is booked."""
    return await look(who, _preview, body=body)


@router.post("", status_code=201)
async def pay(who: Who, key: Key, body: Pay, answer: Response) -> Payment:
    """Pay somebody. It can be cancelled for ten seconds.

    Refused with 409 where a PIN is needed or wrong (`pin_needed`, `wrong_pin`, `pin_locked`), and where an equal payment
    was just made (`equal_payment`): send it again with `confirm_equal` if it is meant.
    """
    meant = await look(who, _meant, body=body, key=key)
    approval = await _approval(who, account=meant.account, pin=body.pin) if meant.pin and body.pin else None

    def use(session: Session, who: Principal) -> tuple[Payment, bool]:
        made = service.pay(
            session,
            who,
            account=meant.account,
            number=meant.number,
            amount=body.amount,
            key=key,
            description=body.description,
            category=None if body.category is None else referred(body.category, "category"),
            note=body.note,
            approval=approval,
            sure=body.confirm_equal,
        )
        return _shown(made, account=body.account), made.replayed

    return _replayed(await act(who, use), answer)


@router.post("/top-up", status_code=201)
async def top_up(who: Who, key: Key, body: TopUp, answer: Response) -> Payment:
    """Bring money from a bank's account here."""

    def use(session: Session, who: Principal) -> tuple[Payment, bool]:
        into = account_book.in_currency(session, who, body.account, code=body.currency)
        source = account_book.by_uuid(session, who, body.source)
        made = service.top_up(session, who, account=into.id, source=source.id, amount=body.amount, key=key)
        return _shown(made, account=into.uuid), made.replayed

    return _replayed(await act(who, use), answer)


@router.post("/{uid}/cancel")
async def cancel(who: Who, uid: Reference) -> Payment:
    """Call off a payment that is still being sent; again: nothing more."""
    number = referred(uid, "uid")

    def use(session: Session, who: Principal) -> Payment:
        return _named(session, who, service.cancel(session, who, payment=number))

    return await act(who, use)


@router.post("/{uid}/refund")
async def refund(who: Who, uid: Reference, key: Key, body: Refund) -> Payment:
    """Give back a payment that was received, whole or in part."""
    seen = await look(who, service.payment, payment=referred(uid, "uid"))
    asks = await look(who, _asks, payment=seen, amount=body.amount)
    approval = await _approval(who, account=seen.account, pin=body.pin) if asks and body.pin else None

    def use(session: Session, who: Principal) -> Payment:
        back = service.refund(
            session, who, payment=seen.id, key=key, amount=body.amount, reason=body.reason, approval=approval
        )
        return _named(session, who, back)

    return await act(who, use)


@router.post("/{uid}/ask-back", status_code=201)
async def ask_back(who: Who, uid: Reference, key: Key, body: Back) -> Asked:
    """Ask the payee of an own payment to give it back, whole or in part."""
    asked = await act(
        who, requests.ask_back, payment=referred(uid, "uid"), key=key, amount=body.amount, reason=body.reason
    )
    return Asked(
        reference=asked.reference,
        status=asked.status,
        amount=plain(asked.amount, of=asked.currency),
        currency=asked.currency.code,
        name=asked.name,
        expires_at=asked.expires_at,
    )


async def _approval(who: Principal, *, account: int, pin: str) -> Approval:
    """What a PIN gives; its count is a unit of work of its own, so that a refused payment does not take it back."""
    taken = await act(who, pins.attempt, account=account, pin=pin)
    return (await act(who, pins.judge, taken=taken)).approved()


def _meant(session: Session, who: Principal, *, body: Pay, key: str) -> _Meant:
    made = service.known(session, who, key=key) is not None
    source, number = _between(session, who, body=body, counted=not made)
    size = positive(body.amount, to=source.currency)
    return _Meant(source.id, number, not made and pins.needed(session, who, account=source.id, amount=size))


def _preview(session: Session, who: Principal, *, body: To) -> Preview:
    source, number = _between(session, who, body=body, counted=True)
    found = service.preview(session, who, account=source.id, number=number, amount=body.amount)
    return Preview(
        number=found.number,
        name=found.name,
        amount=plain(found.amount, of=found.currency),
        fee=plain(found.fee, of=found.currency),
        currency=found.currency.code,
        left=plain(found.left, of=found.currency),
        pin=found.pin,
    )


def _between(session: Session, who: Principal, *, body: To, counted: bool) -> tuple[account_book.AccountView, str]:
    """The account that pays and the number that is paid; one that is no contact's counts among the numbers tried.

    Raises:
        Invalid: neither a number nor a contact, or both (`no_payee`); `bad_account_number`.
        NotFound: `unknown_account`, `unknown_contact`.
        Refused: `currency_mismatch`.
        TooMany: too many numbers.
    """
    source = account_book.in_currency(session, who, body.account, code=body.currency)
    if (body.number is None) == (body.contact is None):
        raise Invalid("Say whom to pay: a number or a contact.", code="no_payee", field="number")
    if body.contact is not None:
        return source, contacts.contact(session, who, contact=referred(body.contact, "contact")).number
    number = checked_account_number(body.number or "")
    if counted and not contacts.names(session, who, numbers=[number]):
        lookups.counted(who)
    return source, number


def _asks(session: Session, who: Principal, *, payment: PaymentView, amount: str | None) -> bool:
    size = payment.rest if amount is None else positive(amount, to=payment.currency)
    return pins.needed(session, who, account=payment.account, amount=size)


def _page(session: Session, who: Principal, *, limit: int, before: int | None) -> Listed[Payment]:
    found = service.payments(session, who, before=before, most=limit + 1)
    own = {one.id: one.uuid for one in account_book.accounts(session, who, closed=True)}
    items = [_shown(one, account=own.get(one.account)) for one in found[:limit]]
    return Listed(items=items, next=items[-1].reference if len(found) > limit else None)


def _one(session: Session, who: Principal, *, payment: int) -> Payment:
    return _named(session, who, service.payment(session, who, payment=payment))


def _named(session: Session, who: Principal, one: PaymentView) -> Payment:
    return _shown(one, account=account_book.account(session, who, one.account).uuid)


def _shown(one: PaymentView, *, account: UUID | None) -> Payment:
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


def _replayed(made: tuple[Payment, bool], answer: Response) -> Payment:
    shown, replayed = made
    if replayed:
        answer.headers[REPLAYED] = "true"
    return shown
