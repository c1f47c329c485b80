"""Own accounts and what they hold, and the own words for income and spending."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.ids import reference
from fintwin.kernel.money import plain
from fintwin.ledger import accounts as account_book
from fintwin.ledger import categories as category_book
from fintwin.ledger import past, register
from fintwin.ledger.accounts import AccountView
from fintwin.web.api.calls import Cursor, Day, Limit, Listed, Shown, Who, act, look

router = APIRouter(tags=["accounts"])


class Account(Shown):
    """A real account. Amounts are below zero where something is owed; null where the balance was never given."""

    uuid: str
    name: str
    number: str | None
    """Where other people here pay to; null for an account at a bank."""
    bank_number: str | None
    type: str
    custody: Literal["held", "tracked"]
    currency: str
    status: str
    blocked_by: str | None
    blocked_reason: str | None
    posted: str | None
    available: str | None
    pending: str
    credit_limit: str
    known_since: date | None
    locked_until: date | None
    last_transaction_at: datetime | None

    @classmethod
    def of(cls, one: AccountView) -> "Account":
        """The answer for an account."""
        return cls(
            uuid=str(one.uuid),
            name=one.name,
            number=one.number or None,
            bank_number=one.bank_number or None,
            type=one.type,
            custody="held" if one.held else "tracked",
            currency=one.currency.code,
            status=one.status,
            blocked_by=one.blocked_by or None,
            blocked_reason=one.blocked_reason or None,
            posted=plain(one.posted, of=one.currency) if one.known else None,
            available=plain(one.available, of=one.currency) if one.known else None,
            pending=plain(one.pending, of=one.currency),
            credit_limit=plain(one.credit_limit, of=one.currency),
            known_since=one.known_since,
            locked_until=one.locked_until,
            last_transaction_at=one.last_transaction_at,
        )


class Balance(Shown):
    """What an account holds. Of an earlier day only what was posted is known; null is not known."""

    account: str
    currency: str
    posted: str | None
    available: str | None
    pending: str | None
    as_of: date
    """The day whose end is meant, in the person's zone; today: as it is now."""
    at: datetime | None
    """The instant of today's balance."""


class BalanceChange(Shown):
    """One change of a balance, and how it left it; null is not known.

    `available` is as the account says it: with its credit limit, always the one that it has now, since a change of the
    limit is no line here. `change_amount` is by how much the change moved what is available, so that these amounts sum to
    it without the limit; what an entry moved is `moved`: they differ where money had been kept back before.
    """

    date: date
    """The booking date; of what was not booked the day on which it happened."""
    timestamp: datetime
    posted: str | None
    available: str | None
    pending: str | None
    currency: str
    change_amount: str | None
    change_reason: str
    """The kind of what was booked, such as `deposit` or `reversal`; `kept_back` or `let_go`."""
    moved: str
    transaction: str
    payee: str | None
    description: str | None


class Category(Shown):
    """A label for income (`in`) or spending (`out`); `parent` is the reference of the one above."""

    reference: str
    name: str
    flow: Literal["in", "out"]
    parent: str | None


@router.get("/accounts")
async def accounts(
    who: Who, closed: Annotated[bool, Query(description="Closed ones too, last.")] = False
) -> Listed[Account]:
    """All own accounts, by name."""
    found = await look(who, account_book.accounts, closed=closed)
    return Listed(items=[Account.of(one) for one in found])


@router.get("/accounts/{uuid}")
async def account(who: Who, uuid: UUID) -> Account:
    """One own account."""
    return Account.of(await look(who, account_book.by_uuid, uuid))


@router.get("/accounts/{uuid}/balance")
async def balance(
    who: Who, uuid: UUID, on: Annotated[Day | None, Query(description="The end of an earlier day.")] = None
) -> Balance:
    """What an account holds now, or held at the end of a day."""
    return await look(who, _balance, uuid=uuid, on=on)


@router.get("/accounts/{uuid}/history")
async def balance_history(who: Who, uuid: UUID, limit: Limit = past.PAGE, cursor: Cursor = "") -> Listed[BalanceChange]:
    """What changed an account's balance, the latest first."""
    return await look(who, _history, uuid=uuid, limit=limit, cursor=cursor)


@router.get("/categories")
async def categories(who: Who) -> Listed[Category]:
    """What income and spending can be called."""
    found = await act(who, category_book.ensure)
    return Listed(
        items=[
            Category(
                reference=reference(one.id),
                name=one.name,
                flow="in" if one.flow == "in" else "out",
                parent=None if one.parent is None else reference(one.parent),
            )
            for one in found
        ]
    )


def _balance(session: Session, who: Principal, *, uuid: UUID, on: date | None, clock: Clock = system_clock) -> Balance:
    seen = account_book.by_uuid(session, who, uuid)
    day = today(clock, zone=who.zone)
    if on is None or on >= day:
        now = Account.of(seen)
        return Balance(
            account=now.uuid,
            currency=now.currency,
            posted=now.posted,
            available=now.available,
            pending=now.pending,
            as_of=day,
            at=clock().astimezone(UTC),
        )
    posted = register.balance_at(session, who, account=seen.id, on=on)
    return Balance(
        account=str(seen.uuid),
        currency=seen.currency.code,
        posted=None if posted is None else plain(posted, of=seen.currency),
        available=None,
        pending=None,
        as_of=on,
        at=None,
    )


def _history(session: Session, who: Principal, *, uuid: UUID, limit: int, cursor: str) -> Listed[BalanceChange]:
    seen = account_book.by_uuid(session, who, uuid)
    found = past.past(session, who, account=seen.id, after=past.place(cursor), rows=limit)
    zone = ZoneInfo(who.zone)

    def size(amount: Decimal | None) -> str | None:
        return None if amount is None else plain(amount, of=seen.currency)

    return Listed(
        items=[
            BalanceChange(
                date=one.booked or one.at.astimezone(zone).date(),
                timestamp=one.at,
                posted=size(one.posted),
                available=size(found.free(one)),
                pending=size(one.pending),
                currency=seen.currency.code,
                change_amount=size(one.amount),
                change_reason=one.reason,
                moved=plain(one.moved, of=seen.currency),
                transaction=one.reference,
                payee=one.payee or None,
                description=one.description or None,
            )
            for one in found.changes
        ],
        next=None if found.after is None else str(found.after),
    )
