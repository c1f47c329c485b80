"""What a transaction means, said anew: payee, category, note, tags and parts. No posting changes; earlier words are kept."""

import re
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid
from fintwin.ledger import parts as part_book
from fintwin.ledger import service, splits
from fintwin.ledger import tags as tag_book
from fintwin.ledger.parts import Part
from fintwin.ledger.service import UNCHANGED
from fintwin.web.api.calls import Amount, Body, Reference, Who, act, decimal, look, referred
from fintwin.web.api.details import Detail, detail

router = APIRouter(prefix="/transactions", tags=["transactions"])


class PartSaid(Body):
    """A part of a payment in one category."""

    category: Reference
    amount: Amount | None = Field(default=None, description="Of the last part it may be left out: what is left.")
    note: str = ""


class Meaning(Body):
    """What is to be changed: a field that is left out stays, null or an empty list takes it away."""

    payee: str | None = None
    category: Reference | None = Field(default=None, description="Another one takes the place of the parts.")
    note: str | None = None
    tags: Annotated[list[str], Field(max_length=tag_book.MOST)] | None = Field(
        default=None, description="All that it is to have."
    )
    parts: Annotated[list[PartSaid], Field(max_length=part_book.MOST)] | None = Field(
        default=None, description="They sum to the amount. One is a category, none leaves that of the largest."
    )


@router.patch("/{uid}")
async def say(who: Who, uid: Reference, body: Meaning) -> Detail:
    """Say what a transaction means: all that is named changes, or nothing does."""
    number = referred(uid, "uid")
    await act(who, _said, transaction=number, body=body)
    return await look(who, detail, transaction=number)


def _said(session: Session, who: Principal, *, transaction: int, body: Meaning) -> None:
    said = body.model_fields_set
    if body.category is not None and body.parts:
        raise Invalid("Say either a category or parts.", code="category_or_parts", field="parts")
    service.classify(
        session,
        who,
        transaction=transaction,
        payee=body.payee if "payee" in said else UNCHANGED,
        category=_category(body.category) if "category" in said else UNCHANGED,
        note=body.note if "note" in said else UNCHANGED,
    )
    try:
        if "parts" in said:
            wanted = [
                Part(referred(one.category, f"part{place}"), decimal(one.amount), one.note)
                for place, one in enumerate(body.parts or ())
            ]
            splits.split(session, who, transaction=transaction, parts=wanted)
        if "tags" in said:
            tag_book.give(session, who, transaction=transaction, names=body.tags or ())
    except FinTwinError as refusal:
        refusal.field = {"tag": "tags"}.get(refusal.field, re.sub(r"^part(\d+)$", r"parts.\1", refusal.field))
        raise


def _category(text: str | None) -> int | None:
    return None if text is None else referred(text, "category")
