"""Money in, out and between own accounts, and back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound
from fintwin.ledger import accounts as account_book
from fintwin.ledger import journal, reversal, service
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Booked, Item, Kind
from fintwin.web.api.approvals import Pin, with_pin
from fintwin.web.api.calls import (
    REPLAYED,
    Amount,
    Body,
    Code,
    Day,
    Key,
    Reference,
    Who,
    act,
    alone,
    look,
    referred,
)
from fintwin.web.api.details import Detail, detail

router = APIRouter(prefix="/transactions", tags=["transactions"])

Use = Callable[[Session, Principal, Approval | None], Booked | Item]


class Words(Body):
    """What a movement is about."""

    amount: Amount
    currency: Code
    booked: Day | None = Field(default=None, description="The booking date; today where it is left out.")
    description: str = ""
    note: str = ""


class Deposit(Words):
    """Money that reaches an own account from outside."""

    account: UUID
    source: Literal["income", "opening"] = "income"
    payee: str = ""
    category: Reference | None = None


class Withdrawal(Words):
    """Money that leaves an own account."""

    account: UUID
    payee: str = ""
    category: Reference | None = None


class Transfer(Words):
    """Money from one own account to another of the same currency."""

    giving: UUID = Field(alias="from")
    taking: UUID = Field(alias="to")


class SingleTransfer(Transfer):
    """A transfer, with the PIN of the account that gives."""

    pin: Pin = ""


class Reversal(Body):
    """Taking back: all that is left, or an amount in the transaction's currency."""

    amount: Amount | None = None
    reason: Annotated[str, Field(max_length=500)] = ""
    pin: Pin = ""


@dataclass(frozen=True, slots=True)
class Own:
    """Whose the calls are, and their accounts, as calls name them."""

    who: Principal
    accounts: dict[UUID, AccountView]

    @classmethod
    def of(cls, session: Session, who: Principal) -> "Own":
        """All accounts of who calls, closed ones too."""
        return cls(who, {one.uuid: one for one in account_book.accounts(session, who, closed=True)})

    def named(self, uuid: UUID, *, field: str) -> AccountView:
        """The account of this uuid; `field` is where it was named.

        Raises:
            NotFound: not in this person's books (`unknown_account`).
        """
        if uuid not in self.accounts:
            raise NotFound("There is no such account in your books.", code="unknown_account", field=field)
        return self.accounts[uuid]

    def item(self, body: Deposit | Withdrawal | Transfer, *, key: str, day: date | None) -> Item:
        """What a body asks to book; `day` is the one of what the key booked before.

        Raises:
            Invalid, NotFound, Refused: an account, amount, currency, category, date or text.
        """

        def account(uuid: UUID, field: str) -> AccountView:
            return account_book.of_currency(self.named(uuid, field=field), code=body.currency, field=field)

        giving = taking = category = None
        payee = ""
        if isinstance(body, Transfer):
            kind, giving = Kind.OWN_TRANSFER, account(body.giving, "from")
            taking = self.named(body.taking, field="to")
        else:
            payee, category = body.payee, None if body.category is None else referred(body.category, "category")
            if isinstance(body, Withdrawal):
                kind, giving = Kind.WITHDRAWAL, account(body.account, "account")
            else:
                kind, taking = Kind.DEPOSIT, account(body.account, "account")
                if body.source == "opening":
                    kind = Kind.OPENING
        return service.item(
            self.who,
            kind=kind,
            giving=giving,
            taking=taking,
            amount=body.amount,
            key=key,
            booked=body.booked or day,
            description=body.description,
            payee=payee,
            category=category,
            note=body.note,
        )


@router.post("/deposit", status_code=201)
async def deposit(who: Who, key: Key, body: Deposit, answer: Response) -> Detail:
    """Book money that reached an account."""
    return await _booked(who, key, body, answer)


@router.post("/withdrawal", status_code=201)
async def withdrawal(who: Who, key: Key, body: Withdrawal, answer: Response) -> Detail:
    """Book money that left an account."""
    return await _booked(who, key, body, answer)


@router.post("/transfer", status_code=201)
async def transfer(who: Who, key: Key, body: SingleTransfer, answer: Response) -> Detail:
    """Move money between own accounts.

    Refused with 409 where an amount of this size asks for the PIN of the account that gives (`pin_needed`, `wrong_pin`,
    `pin_locked`).
    """
    return await _booked(who, key, body, answer, pin=body.pin)


@router.post("/{uid}/reverse", status_code=201)
async def reverse(who: Who, uid: Reference, key: Key, body: Reversal, answer: Response) -> Detail:
    """Take back an own movement, whole or in part, by a linked reversal; the answer is the reversal.

    Refused with 409 where a transfer is more than ten minutes old and the account that gives it back asks for its PIN
    (`pin_needed`, `wrong_pin`, `pin_locked`).
    """
    number = referred(uid, "uid")

    def use(session: Session, who: Principal, approval: Approval | None) -> Booked:
        return reversal.take_back(
            session, who, transaction=number, key=key, amount=body.amount, reason=body.reason, approval=approval
        )

    return await _moved(who, use, answer, pin=body.pin)


async def _booked(
    who: Principal, key: str, body: Deposit | Withdrawal | Transfer, answer: Response, *, pin: str = ""
) -> Detail:
    def use(session: Session, who: Principal, approval: Approval | None) -> Booked | Item:
        item = Own.of(session, who).item(body, key=key, day=journal.day_under(session, who, key=key))
        if item.kind is not Kind.OWN_TRANSFER:
            return service.book(session, who, item)
        service.approve(session, who, item, approval=approval)
        return item  # nothing goes with a transfer: its accounts are locked for one round trip alone

    return await _moved(who, use, answer, pin=pin)


async def _moved(who: Principal, use: Use, answer: Response, *, pin: str) -> Detail:
    """Move money once, and show what it became: read afterwards, when no account is locked for it any more."""
    made = await with_pin(who, lambda approval: act(who, use, approval), pin=pin)
    booked = await alone(who, made) if isinstance(made, Item) else made
    if booked.replayed:
        answer.headers[REPLAYED] = "true"
    return await look(who, detail, transaction=booked.transaction)
