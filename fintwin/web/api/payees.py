"""Whom a number belongs to, contacts, and how a call says whom it means."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import checked_account_number, reference
from fintwin.ledger import service
from fintwin.payments import contacts as contact_book
from fintwin.payments import lookups
from fintwin.web.api.calls import Body, Listed, Reference, Shown, Who, look, referred

router = APIRouter(tags=["payments"])

Number = Annotated[str, Path(max_length=30, description="Fourteen digits; spaces and hyphens do not matter.")]


class Payee(Shown):
    """Who would be paid, as far as they may be known before."""

    number: str
    name: str
    """Masked."""
    own: bool
    contact: str | None
    """The own name for them, where they are a contact."""


class Contact(Shown):
    """Somebody whom a person pays, by their own name for them."""

    reference: str
    number: str
    name: str
    paid_at: datetime | None


class Whom(Body):
    """Another person: the number of an account of theirs, or a contact's reference."""

    number: Annotated[str, Field(max_length=30)] | None = None
    contact: Reference | None = None


@router.get("/payees/{number}")
async def payee(who: Who, number: Number) -> Payee:
    """Whether an account number can be paid, and by a masked name whose it is. Few numbers may be tried."""
    bare = checked_account_number(number)
    lookups.counted(who)
    return await look(who, _payee, number=bare)


@router.get("/contacts")
async def contacts(who: Who) -> Listed[Contact]:
    """All contacts, those paid last first."""
    found = await look(who, contact_book.contacts)
    return Listed(
        items=[
            Contact(reference=reference(one.id), number=one.number, name=one.name, paid_at=one.paid_at) for one in found
        ]
    )


def number_of(session: Session, who: Principal, whom: Whom, *, counted: bool = True) -> str:
    """The account number that a call means; one that is no contact's counts among the numbers tried.

    Args:
        counted: whether it counts at all: the same call sent again tries nothing.

    Raises:
        Invalid: neither a number nor a contact, or both (`no_payee`); `bad_account_number`.
        NotFound: `unknown_contact`.
        TooMany: too many numbers.
    """
    if (whom.number is None) == (whom.contact is None):
        raise Invalid("Say who is meant: a number or a contact.", code="no_payee", field="number")
    if whom.contact is not None:
        return contact_book.contact(session, who, contact=referred(whom.contact, "contact")).number
    number = checked_account_number(whom.number or "")
    if counted and not contact_book.names(session, who, numbers=[number]):
        lookups.counted(who)
    return number


def _payee(session: Session, who: Principal, *, number: str) -> Payee:
    found = service.payee(session, who, number=number)
    own_name = contact_book.names(session, who, numbers=[number]).get(number)
    return Payee(number=number, name=found.name, own=found.own, contact=own_name)
