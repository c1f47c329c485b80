"""Requests for money: asking for it or for it back, and answering who asks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Refused
from fintwin.kernel.ids import reference
from fintwin.kernel.money import plain
from fintwin.ledger import accounts as account_book
from fintwin.payments import requests as request_book
from fintwin.payments import service
from fintwin.payments.requests import RequestView
from fintwin.web.api.calls import (
    REPLAYED,
    Amount,
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
from fintwin.web.api.payees import Whom, number_of
from fintwin.web.api.paying import Meant, Said, sent
from fintwin.web.api.payments import Back, Payment, Words

router = APIRouter(tags=["requests"])


class Request(Shown):
    """A request as one of its two people sees it."""

    reference: str
    side: Literal["from", "to"]
    """`from`: who calls asks; `to`: they are asked."""
    kind: Literal["money", "refund"]
    status: str
    """`open`, `accepted` (its payment is on its way), `paid`, `declined`, `cancelled` or `expired`."""
    amount: str
    rest: str
    """What is still asked for: of a refund a part may have come."""
    currency: str
    number: str | None
    """Whom it asks, for who asks; on the other side where to pay. Null for a refund."""
    name: str
    message: str | None
    about: str | None
    """The own payment that is asked back: who is asked gives it back by its refund."""
    payment: str | None
    """The own payment that pays it."""
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None


class Ask(Whom):
    """Money that somebody is asked to pay to an account that is kept here."""

    account: UUID
    amount: Amount
    currency: Code
    message: Words = ""


class Accept(Said):
    """How a request is paid: from which account. The description is the message, where none is given."""

    account: UUID
    description: Words | None = None


@router.get("/requests")
async def requests(
    who: Who,
    state: Annotated[
        Literal["waiting", "answered"] | None, Query(description="Those that wait for answer or payment, or do not.")
    ] = None,
    limit: Limit = 25,
    cursor: Cursor = "",
) -> Listed[Request]:
    """Requests to who calls and from them, the latest first."""
    found = await look(
        who,
        request_book.requests,
        waits=None if state is None else state == "waiting",
        before=referred(cursor, "cursor") if cursor else None,
        most=limit + 1,
    )
    items = [_shown(one) for one in found[:limit]]
    return Listed(items=items, next=items[-1].reference if len(found) > limit else None)


@router.get("/requests/{uid}")
async def request(who: Who, uid: Reference) -> Request:
    """One request, and what became of it."""
    return _shown(await look(who, request_book.request, request=referred(uid, "uid")))


@router.post("/requests", status_code=201)
async def ask(who: Who, key: Key, body: Ask, answer: Response) -> Request:
    """Ask somebody for money. It runs out after thirty days."""
    before = await look(who, request_book.known, key=key)
    account, number = await look(who, _asked, body=body, counted=before is None)
    made = await act(
        who, request_book.ask, account=account, number=number, amount=body.amount, key=key, message=body.message
    )
    if before is not None:
        answer.headers[REPLAYED] = "true"
    return _shown(made)


@router.post("/payments/{uid}/ask-back", status_code=201)
async def ask_back(who: Who, uid: Reference, key: Key, body: Back, answer: Response) -> Request:
    """Ask the payee of an own payment to give it back, whole or in part."""
    before = await look(who, request_book.known, key=key)
    made = await act(
        who, request_book.ask_back, payment=referred(uid, "uid"), key=key, amount=body.amount, reason=body.reason
    )
    if before is not None:
        answer.headers[REPLAYED] = "true"
    return _shown(made)


@router.post("/requests/{uid}/pay", status_code=201)
async def accept(who: Who, uid: Reference, key: Key, body: Accept, answer: Response) -> Payment:
    """Pay what a request asks for. What asks a payment back is answered by that payment's refund.

    Refused as a payment is, and where the request was answered (`request_answered`).
    """
    asked, meant = await look(who, _accepted, request=referred(uid, "uid"), body=body, key=key)
    description = asked.message if body.description is None else body.description
    return await sent(who, meant, key=key, description=description, said=body, answer=answer, request=asked.id)


@router.post("/requests/{uid}/decline")
async def decline(who: Who, uid: Reference) -> Request:
    """Decline a request; again: nothing more. Who asked is told."""
    return await act(who, _ended, request=referred(uid, "uid"), side="to")


@router.post("/requests/{uid}/cancel")
async def cancel_request(who: Who, uid: Reference) -> Request:
    """Take an own request back; again: nothing more. Who was asked is told."""
    return await act(who, _ended, request=referred(uid, "uid"), side="from")


def _asked(session: Session, who: Principal, *, body: Ask, counted: bool) -> tuple[int, str]:
    """The account that is to take the money, and the number that is asked."""
    into = account_book.in_currency(session, who, body.account, code=body.currency)
    return into.id, number_of(session, who, body, counted=counted)


def _accepted(session: Session, who: Principal, *, request: int, body: Accept, key: str) -> tuple[RequestView, Meant]:
    """A request, and the payment that it asks for."""
    asked = request_book.request(session, who, request=request)
    if asked.side != "to":
        raise Refused("Only who was asked can pay it.", code="not_asked")
    if asked.kind != "money":
        raise Refused("This asks for a payment back: refund that payment.", code="asks_for_a_refund")
    if not asked.open and service.known(session, who, key=key) is None:
        raise Refused("This request was answered already.", code="request_answered")
    source = account_book.in_currency(session, who, body.account, code=asked.currency.code)
    return asked, Meant(source, asked.number, asked.amount)


def _ended(session: Session, who: Principal, *, request: int, side: str) -> Request:
    asked = request_book.request(session, who, request=request)
    if asked.side != side:
        said = "Only who was asked can decline it." if side == "to" else "Only who asked can cancel it."
        raise Refused(said, code="not_asked" if side == "to" else "not_asker")
    request_book.end(session, who, request=request)
    return _shown(request_book.request(session, who, request=request))


def _shown(one: RequestView) -> Request:
    return Request(
        reference=one.reference,
        side="from" if one.side == "from" else "to",
        kind="money" if one.kind == "money" else "refund",
        status=one.status,
        amount=plain(one.amount, of=one.currency),
        rest=plain(one.rest, of=one.currency),
        currency=one.currency.code,
        number=one.number or None,
        name=one.name,
        message=one.message or None,
        about=None if one.about is None else reference(one.about),
        payment=None if one.payment is None else reference(one.payment),
        created_at=one.created_at,
        expires_at=one.expires_at,
        closed_at=one.closed_at,
    )
