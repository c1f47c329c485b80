"""Paying: what a payment would be, making it, and bringing money here from a bank."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.money import plain, positive
from fintwin.ledger import accounts as account_book
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.pins import Approval
from fintwin.payments import service
from fintwin.web.api.approvals import Pin, with_pin
from fintwin.web.api.calls import (
    Amount,
    Body,
    Code,
    Key,
    Reference,
    Shown,
    Who,
    act,
    answered,
    look,
    referred,
)
from fintwin.web.api.payees import Whom, number_of
from fintwin.web.api.payments import Payment, Words, shown

router = APIRouter(prefix="/payments", tags=["payments"])


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


class To(Whom):
    """Whom to pay and how much."""

    account: UUID
    amount: Amount
    currency: Code


class Said(Body):
    """What is said of a payment to the own books alone, and to let it go out."""

    category: Reference | None = None
    note: str = ""
    pin: Pin = ""
    confirm_equal: bool = Field(
        default=False, description="Pay although the same amount went to the same payee within ten minutes."
    )


class Pay(To, Said):
    """A payment. The payee reads the description; category and note stay here."""

    description: Words = ""


class TopUp(Body):
    """Money from an own account at a bank to one that is kept here."""

    source: UUID
    account: UUID
    amount: Amount
    currency: Code


@dataclass(frozen=True, slots=True)
class Meant:
    """A payment as the books name it."""

    account: AccountView
    number: str
    amount: Decimal


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
    return await sent(who, meant, key=key, description=body.description, said=body, answer=answer)


@router.post("/top-up", status_code=201)
async def top_up(who: Who, key: Key, body: TopUp, answer: Response) -> Payment:
    """Bring money from a bank's account here."""

    def use(session: Session, who: Principal) -> tuple[Payment, bool]:
        into = account_book.in_currency(session, who, body.account, code=body.currency)
        source = account_book.by_uuid(session, who, body.source)
        made = service.top_up(session, who, account=into.id, source=source.id, amount=body.amount, key=key)
        return shown(made, account=into.uuid), made.replayed

    return answered(await act(who, use), answer)


async def sent(
    who: Principal,
    meant: Meant,
    *,
    key: str,
    description: str,
    said: Said,
    answer: Response,
    request: int | None = None,
) -> Payment:
    """Make a payment; `request` is the one that it pays."""

    def use(session: Session, who: Principal, approval: Approval | None) -> tuple[Payment, bool]:
        made = service.pay(
            session,
            who,
            account=meant.account.id,
            number=meant.number,
            amount=meant.amount,
            key=key,
            description=description,
            category=None if said.category is None else referred(said.category, "category"),
            note=said.note,
            approval=approval,
            request=request,
            sure=said.confirm_equal,
        )
        return shown(made, account=meant.account.uuid), made.replayed

    return answered(await with_pin(who, lambda approval: act(who, use, approval), pin=said.pin), answer)


def _meant(session: Session, who: Principal, *, body: Pay, key: str) -> Meant:
    made = service.known(session, who, key=key) is not None
    source = account_book.in_currency(session, who, body.account, code=body.currency)
    number = number_of(session, who, body, counted=not made)
    return Meant(source, number, positive(body.amount, to=source.currency))


def _preview(session: Session, who: Principal, *, body: To) -> Preview:
    source = account_book.in_currency(session, who, body.account, code=body.currency)
    number = number_of(session, who, body)
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
