"""Many movements in one call: each accepted or refused on its own, or all of them or none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, FinTwinError
from fintwin.kernel.ids import reference
from fintwin.ledger import journal, posting, service
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Item, Outcome
from fintwin.web.api.approvals import Pin, approval
from fintwin.web.api.calls import REPLAYED, Body, Key, Reference, Shown, Who, act, look, referred
from fintwin.web.api.movements import Deposit, Own, Transfer, Withdrawal
from fintwin.web.api.problems import Problem, problem_of

router = APIRouter(prefix="/transactions", tags=["transactions"])

MOST = 1_000
"""Items of one batch."""


class DepositItem(Deposit):
    """Money that reaches an own account from outside."""

    type: Literal["deposit"]


class WithdrawalItem(Withdrawal):
    """Money that leaves an own account."""

    type: Literal["withdrawal"]


class TransferItem(Transfer):
    """Money from one own account to another of the same currency."""

    type: Literal["transfer"]


class ReversalItem(Body):
    """All that is left of an own opening, deposit, withdrawal or transfer is taken back, by a linked reversal."""

    type: Literal["reversal"]
    transaction: Reference
    reason: Annotated[str, Field(max_length=500)] = ""


BatchItem = Annotated[
    DepositItem | WithdrawalItem | TransferItem | ReversalItem,
    Field(discriminator="type"),
]


class Batch(Body):
    """Movements in the order in which they are booked."""

    mode: Literal["each", "whole"] = Field(
        description="`each`: accepted or refused on its own. `whole`: the first refusal refuses all; `item` names it."
    )
    items: Annotated[list[BatchItem], Field(min_length=1, max_length=MOST)]
    pins: Annotated[
        dict[UUID, Annotated[Pin, Field(min_length=1)]],
        Field(default={}, max_length=20, description="The PINs of own accounts of which items ask for it."),
    ]


class ItemAnswer(Shown):
    """What became of one item: a transaction, or the problem why not."""

    transaction: str | None
    replayed: bool
    """Whether it was booked before, under the same key."""
    problem: Problem | None


class BatchAnswer(Shown):
    """What became of each item, in the order in which they came."""

    booked: int
    refused: int
    items: list[ItemAnswer]


@router.post("/batch")
async def batch(who: Who, key: Key, body: Batch, answer: Response) -> BatchAnswer:
    """Book many movements at once, payments to other people aside.

    The key and its place are what an item is known by: sent again, nothing is booked twice, and what was refused in
    `each` is tried again. Another item in the place of one that was booked is refused (`key_reused`), in `whole` also
    a batch of which only some were booked before. An item whose account asks for a PIN that was not sent is refused
    (`pin_needed`); a PIN that is sent and wrong refuses the whole call (`wrong_pin`, `pin_locked`).
    """
    approvals = {
        account: await approval(who, account=account, pin=pin)
        for account, pin in (await look(who, _asked, body=body, key=key)).items()
    }
    outcomes = await act(who, _booked, body=body, key=key, approvals=approvals)
    shown = [
        ItemAnswer(
            transaction=None if one.transaction is None else reference(one.transaction),
            replayed=one.replayed,
            problem=None if one.refusal is None else problem_of(one.refusal),
        )
        for one in outcomes
    ]
    accepted = sum(one.problem is None for one in shown)
    if accepted and all(one.replayed for one in shown if one.problem is None):
        answer.headers[REPLAYED] = "true"
    return BatchAnswer(booked=accepted, refused=len(shown) - accepted, items=shown)


@dataclass(frozen=True, slots=True)
class _Read:
    """The items of a batch as the books take them, by their places; the others with their refusals."""

    items: dict[int, Item]
    refused: dict[int, FinTwinError]


def _read(session: Session, who: Principal, own: Own, *, body: Batch, key: str) -> _Read:
    posting.checked_key(key)
    stem = hashlib.sha256(key.encode()).hexdigest()
    keys = [f"batch:{stem}:{place}" for place in range(len(body.items))]
    days = journal.days_under(session, who, keys=keys)
    read = _Read({}, {})
    for place, one in enumerate(body.items):
        try:
            read.items[place] = _item(own, one, key=keys[place], days=days)
        except FinTwinError as refusal:
            refusal.item = place
            read.refused[place] = refusal
    return read


def _asked(session: Session, who: Principal, *, body: Batch, key: str) -> dict[int, str]:
    """The PINs that were sent and that items ask for, by account."""
    if not body.pins:
        return {}
    own = Own.of(session, who)
    sent = {own.named(uuid, field="pins").id: pin for uuid, pin in body.pins.items()}
    items = list(_read(session, who, own, body=body, key=key).items.values())
    asking = {one.account for one in service.unapproved(session, who, items, approvals={}).values()}
    return {account: pin for account, pin in sent.items() if account in asking}


def _booked(
    session: Session, who: Principal, *, body: Batch, key: str, approvals: Mapping[int, Approval]
) -> list[Outcome]:
    """What became of each item, in their order."""
    whole = body.mode == "whole"
    read = _read(session, who, Own.of(session, who), body=body, key=key)
    if whole and read.refused:
        raise read.refused[min(read.refused)]
    found = {place: Outcome(place, None, refusal, replayed=False) for place, refusal in read.refused.items()}
    places = list(read.items)
    try:
        for outcome in service.book_all(session, who, list(read.items.values()), whole=whole, approvals=approvals):
            if outcome.refusal is not None:
                outcome.refusal.item = places[outcome.item]
            found[places[outcome.item]] = outcome
    except FinTwinError as refusal:
        if refusal.item is not None:
            refusal.item = places[refusal.item]
        raise
    if whole and len({outcome.replayed for outcome in found.values()}) > 1:
        raise Conflict("A part of this was booked under the same key before.", code="key_reused")
    return [found[place] for place in range(len(body.items))]


def _item(own: Own, one: BatchItem, *, key: str, days: Mapping[str, date]) -> Item:
    if isinstance(one, ReversalItem):
        return posting.reversal(of=referred(one.transaction, "transaction"), key=key, description=one.reason)
    return own.item(one, key=key, day=days.get(key))
