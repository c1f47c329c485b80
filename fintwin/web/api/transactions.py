"""The register and what is pending, one transaction with all that is known of it, and money in, out and between own
accounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid, NotFound, all_of
from fintwin.kernel.ids import reference
from fintwin.kernel.money import Currency, plain
from fintwin.kernel.pages import cursor as page_cursor
from fintwin.ledger import accounts as account_book
from fintwin.ledger import (
    attachments,
    edits,
    ended,
    history,
    journal,
    meaning,
    narrowing,
    pending,
    posting,
    register,
    reversal,
    search_words,
    service,
    splits,
    tags,
)
from fintwin.ledger import categories as category_book
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.ended import Ended
from fintwin.ledger.history import Happened
from fintwin.ledger.pending import Pending
from fintwin.ledger.posting import Booked, Item, Kind, Outside
from fintwin.ledger.register import Filter, Row, Side
from fintwin.ledger.service import counterparts
from fintwin.statements.origin import origin as origin_of
from fintwin.web.api.calls import (
    REPLAYED,
    Amount,
    Body,
    CategoryName,
    Code,
    Day,
    Key,
    Listed,
    Named,
    Reference,
    Shown,
    Size,
    Who,
    act,
    alone,
    decimal,
    look,
    referred,
)

router = APIRouter(tags=["transactions"])

Use = Callable[[Session, Principal], Booked | Item]


class Reversed(StrEnum):
    """Pairs that cancel out."""

    HIDDEN = "hidden"
    ONLY = "only"
    ALL = "all"


class Merchant(Shown):
    """Who was paid, or who paid, outside of these books: as the bank's file or the person names them.

    `account` is their number where a file has it; of a merchant's kind files say nothing but through the category.
    """

    name: str
    category: str | None
    account: str | None = None


class Transaction(Shown):
    """One movement of money, as a line of the register."""

    reference: str
    status: Outside
    """`success` is booked, `processing` settles by itself, `pending` waits, `failed` was let go or has lapsed."""
    stage: str
    """Where it stands in the books: pending, posted, archived, failed, expired or reversed."""
    kind: str
    booked: date | None
    """The day it is booked on; null where it is not."""
    amount: str | None
    """What it moved on the account asked for, else on all own accounts; an own transfer has its size."""
    currency: str | None
    own_transfer: bool
    giving: Named | None = Field(serialization_alias="from")
    taking: Named | None = Field(serialization_alias="to")
    payee: str | None
    description: str | None
    category: CategoryName | None
    note: str | None
    merchant: Merchant | None


class Posting(Shown):
    """One amount moved from the credited to the debited account; a balance is what it left there."""

    credit: str
    debit: str
    amount: str
    currency: str
    credit_balance: str | None
    debit_balance: str | None


class Part(Shown):
    """What of a payment lies in one category."""

    category: CategoryName
    amount: str
    note: str | None


class Step(Shown):
    """What became of a transaction; `other` is what it led to, `by` is null where its owner did it."""

    what: str
    at: datetime
    amount: str | None
    other: str | None
    reason: str | None
    by: str | None


class Change(Shown):
    """What was said anew of a transaction's meaning; `by` is null where no person did."""

    what: str
    at: datetime
    before: str | None
    after: str | None
    by: str | None


class File(Shown):
    """A file beside a transaction."""

    uuid: str
    name: str
    type: str
    size: int
    href: str


class Detail(Transaction):
    """One transaction with all that is known of it."""

    created_at: datetime
    posted_at: datetime | None = None
    archived_at: datetime | None
    valued: date | None = None
    expires_at: datetime | None = None
    settles_at: datetime | None = None
    external_reference: str | None = None
    from_file: bool = False
    reversible: bool = False
    rest: str | None = None
    """What is left of it to take back."""
    reverses: str | None = None
    reversed_by: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    postings: list[Posting] = []
    parts: list[Part] = []
    tags: list[str]
    files: list[File]
    steps: list[Step]
    changes: list[Change]


class Wanted(BaseModel):
    """Which transactions are asked for."""

    model_config = ConfigDict(frozen=True)

    account: UUID | None = None
    since: Day | None = Field(default=None, alias="from", description="The first booking date.")
    until: Day | None = Field(default=None, alias="to", description="The last one.")
    least: Size | None = Field(default=None, alias="min", description="Smallest amount, whichever way it went.")
    most: Size | None = Field(default=None, alias="max", description="Largest one.")
    flow: Literal["in", "out"] | None = None
    category: Reference | None = Field(default=None, description="With those below it.")
    q: str = Field(
        default="",
        max_length=search_words.LONGEST,
        description="Words, and the register's operators: `amount>100 -tag:work payee:shop is:out has:note on:2026-01`.",
    )
    reversed: Reversed = Field(default=Reversed.HIDDEN, description="Pairs that cancel out.")
    status: Outside = Field(
        default=Outside.SUCCESS, description="What is not `success` takes `account`, `limit` and `cursor` alone."
    )
    limit: int = Field(default=register.PAGE, ge=1, le=200, description="Items of one page.")
    cursor: str = Field(default="", max_length=120, description="`next` of the page before.")


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


class Reversal(Body):
    """Taking back: all that is left, or an amount in the transaction's currency."""

    amount: Amount | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


@router.get("/transactions")
async def transactions(who: Who, wanted: Annotated[Wanted, Query()]) -> Listed[Transaction]:
    """Transactions, the latest first."""
    if wanted.status is Outside.SUCCESS:
        return await look(who, _booked, wanted=wanted)
    beyond = wanted.model_fields_set - {"status", "account", "limit", "cursor"}
    if beyond:
        names = sorted(Wanted.model_fields[one].alias or one for one in beyond)
        raise all_of([Invalid("This filter is for what is booked.", code="bad_filter", field=name) for name in names])
    return await look(who, _unbooked, wanted=wanted)


@router.get("/transactions/{uid}")
async def transaction(who: Who, uid: Reference) -> Detail:
    """One transaction, by its reference."""
    return await look(who, detail, transaction=referred(uid, "uid"))


@router.post("/transactions/deposit", status_code=201)
async def deposit(who: Who, key: Key, body: Deposit, answer: Response) -> Detail:
    """Book money that reached an account."""

    def use(session: Session, who: Principal) -> Booked:
        into = account_book.in_currency(session, who, body.account, code=body.currency)
        return service.deposit(
            session,
            who,
            account=into.id,
            amount=body.amount,
            key=key,
            booked=body.booked or journal.day_under(session, who, key=key),
            source=body.source,
            description=body.description,
            payee=body.payee,
            category=_category(body.category),
            note=body.note,
        )

    return await _moved(who, use, answer)


@router.post("/transactions/withdrawal", status_code=201)
async def withdrawal(who: Who, key: Key, body: Withdrawal, answer: Response) -> Detail:
    """Book money that left an account."""

    def use(session: Session, who: Principal) -> Booked:
        source = account_book.in_currency(session, who, body.account, code=body.currency)
        return service.withdraw(
            session,
            who,
            account=source.id,
            amount=body.amount,
            key=key,
            booked=body.booked or journal.day_under(session, who, key=key),
            description=body.description,
            payee=body.payee,
            category=_category(body.category),
            note=body.note,
        )

    return await _moved(who, use, answer)


@router.post("/transactions/transfer", status_code=201)
async def transfer(who: Who, key: Key, body: Transfer, answer: Response) -> Detail:
    """Move money between own accounts."""

    def use(session: Session, who: Principal) -> Item:
        source = account_book.in_currency(session, who, body.giving, code=body.currency, field="from")
        return service.own_transfer_item(
            session,
            who,
            giving=source.id,
            taking=account_book.by_uuid(session, who, body.taking).id,
            amount=body.amount,
            key=key,
            booked=body.booked or journal.day_under(session, who, key=key),
            description=body.description,
            note=body.note,
        )

    return await _moved(who, use, answer)


@router.post("/transactions/{uid}/reverse", status_code=201)
async def reverse(who: Who, uid: Reference, key: Key, body: Reversal, answer: Response) -> Detail:
    """Take back an own movement, whole or in part, by a linked reversal; the answer is the reversal."""
    number = referred(uid, "uid")

    def use(session: Session, who: Principal) -> Booked:
        return reversal.take_back(session, who, transaction=number, key=key, amount=body.amount, reason=body.reason)

    return await _moved(who, use, answer)


async def _moved(who: Principal, use: Use, answer: Response) -> Detail:
    """Move money once, and show what it became: read afterwards, when no account is locked for it any more."""
    made = await act(who, use)
    booked = await alone(who, made) if isinstance(made, Item) else made
    if booked.replayed:
        answer.headers[REPLAYED] = "true"
    return await look(who, detail, transaction=booked.transaction)


def detail(session: Session, who: Principal, *, transaction: int) -> Detail:
    """One transaction with all that is known of it, booked or not.

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
    """
    known = _Known.of(session, who)
    for seen in (_waiting, _over):
        try:
            return seen(session, who, transaction, known)
        except NotFound:
            continue
    return _posted(session, who, transaction, known)


@dataclass(frozen=True, slots=True)
class _Known:
    """What lines name: own accounts and categories by id."""

    accounts: Mapping[int, AccountView]
    categories: Mapping[int, CategoryView]

    @classmethod
    def of(cls, session: Session, who: Principal) -> "_Known":
        return cls(
            {one.id: one for one in account_book.accounts(session, who, closed=True)},
            {one.id: one for one in category_book.categories(session, who)},
        )

    def account(self, number: int | None) -> Named | None:
        one = None if number is None else self.accounts.get(number)
        return None if one is None else Named(uuid=str(one.uuid), name=one.name)

    def category(self, number: int | None) -> CategoryName | None:
        one = None if number is None else self.categories.get(number)
        return None if one is None else CategoryName(reference=reference(one.id), name=one.name)


def _booked(session: Session, who: Principal, *, wanted: Wanted) -> Listed[Transaction]:
    known = narrowing.known(session, who)
    only = None if wanted.account is None else account_book.by_uuid(session, who, wanted.account).id
    base = Filter(
        account=only,
        since=wanted.since,
        until=wanted.until,
        least=decimal(wanted.least),
        most=decimal(wanted.most),
        flow=wanted.flow,
        category=None if wanted.category is None else referred(wanted.category, "category"),
        reversed={Reversed.HIDDEN: None, Reversed.ONLY: True, Reversed.ALL: False}[wanted.reversed],
    )
    search = search_words.parse(wanted.q)
    narrowed = narrowing.narrow(base, search, known=known, today=today(system_clock, zone=who.zone))
    if narrowed.faults:
        raise all_of([Invalid(one.sentence, code="bad_search", field="q") for one in narrowed.faults])
    after = page_cursor(wanted.cursor)
    page = register.page(session, who, filter=narrowed.filter, after=after, rows=wanted.limit)
    return Listed(items=[_line(row) for row in page.rows], next=None if page.after is None else str(page.after))


def _unbooked(session: Session, who: Principal, *, wanted: Wanted) -> Listed[Transaction]:
    known = _Known.of(session, who)
    limit = wanted.limit
    only = None if wanted.account is None else account_book.by_uuid(session, who, wanted.account).id
    before = referred(wanted.cursor, "cursor") if wanted.cursor else None
    found: list[Transaction]
    if wanted.status is Outside.FAILED:
        over = ended.ended(session, who, account=only, before=before, most=limit + 1)
        names = counterparts(session, transfers=[one.transfer for one in over if one.transfer is not None])
        found = [_failed(one, known, names.get(one.transfer or 0, "")) for one in over]
    else:
        under_way = wanted.status is Outside.PROCESSING
        waiting = pending.pending(session, who, account=only, before=before, most=limit + 1, under_way=under_way)
        names = counterparts(session, transfers=[one.transfer for one in waiting if one.transfer is not None])
        found = [_pending(one, known, names.get(one.transfer or 0, "")) for one in waiting]
    return Listed(items=found[:limit], next=found[limit - 1].reference if len(found) > limit else None)


def _line(row: Row, *, account: str | None = None) -> Transaction:
    category = None
    if row.category is not None:
        category = CategoryName(reference=reference(row.category), name=row.category_name)
    return Transaction(
        reference=row.reference,
        status=posting.outside(row.status),
        stage=row.status.name.lower(),
        kind=row.kind.name.lower(),
        booked=row.booked,
        amount=plain(row.amount, of=row.currency),
        currency=row.currency.code,
        own_transfer=row.own_transfer,
        giving=_side(row.giving),
        taking=_side(row.taking),
        payee=row.payee or None,
        description=row.description or None,
        category=category,
        note=row.note or None,
        merchant=_merchant(row.kind, row.named, category, account),
    )


def _pending(one: Pending, known: _Known, other: str) -> Transaction:
    category = known.category(one.category)
    return Transaction(
        reference=one.reference,
        status=one.stands,
        stage="pending",
        kind=one.kind.name.lower(),
        booked=None,
        amount=plain(_signed(one.amount, one.account, one.taking), of=one.currency),
        currency=one.currency.code,
        own_transfer=one.account is not None and one.taking is not None,
        giving=known.account(one.account),
        taking=known.account(one.taking),
        payee=one.payee or other or None,
        description=one.description or None,
        category=category,
        note=one.note or None,
        merchant=_merchant(one.kind, one.payee, category),
    )


def _failed(one: Ended, known: _Known, other: str) -> Transaction:
    category = known.category(one.category)
    signed = _signed(one.amount, one.account, one.taking)
    return Transaction(
        reference=reference(one.transaction),
        status=posting.outside(one.status),
        stage=one.status.name.lower(),
        kind=one.kind.name.lower(),
        booked=None,
        amount=None if one.currency is None else plain(signed, of=one.currency),
        currency=None if one.currency is None else one.currency.code,
        own_transfer=one.account is not None and one.taking is not None,
        giving=known.account(one.account),
        taking=known.account(one.taking),
        payee=one.payee or other or None,
        description=one.description or None,
        category=category,
        note=one.note or None,
        merchant=_merchant(one.kind, one.payee, category),
    )


def _signed(amount: Decimal, giving: int | None, taking: int | None) -> Decimal:
    return -amount if giving is not None and taking is None else amount


def _merchant(kind: Kind, name: str, category: CategoryName | None, account: str | None = None) -> Merchant | None:
    if kind not in {Kind.DEPOSIT, Kind.WITHDRAWAL} or not name:
        return None
    return Merchant(name=name, category=category.name if category else None, account=account or None)


def _side(side: Side | None) -> Named | None:
    return None if side is None else Named(uuid=str(side.uuid), name=side.name)


def _waiting(session: Session, who: Principal, transaction: int, known: _Known) -> Detail:
    one = pending.one(session, who, transaction=transaction)
    names = counterparts(session, transfers=[] if one.transfer is None else [one.transfer])
    return _whole(
        session,
        who,
        transaction,
        _pending(one, known, names.get(one.transfer or 0, "")),
        of=one.currency,
        created_at=one.created_at,
        expires_at=one.expires_at,
        settles_at=one.settles_at,
    )


def _over(session: Session, who: Principal, transaction: int, known: _Known) -> Detail:
    one = ended.one(session, who, transaction=transaction)
    names = counterparts(session, transfers=[] if one.transfer is None else [one.transfer])
    shown = _failed(one, known, names.get(one.transfer or 0, ""))
    return _whole(session, who, transaction, shown, of=one.currency, created_at=one.created_at)


def _posted(session: Session, who: Principal, transaction: int, known: _Known) -> Detail:
    found = register.get(session, who, transaction=transaction)
    left = reversal.left(session, who, transaction=transaction)
    of = found.row.currency
    origin = origin_of(session, who, transaction=transaction)
    parts = splits.whole_of(session, who, transaction=transaction).parts
    replaces = edits.edits(session, who, transaction=transaction)

    def size(amount: Decimal | None, line: register.Line) -> str | None:
        return None if amount is None else plain(amount, of=line.currency)

    return _whole(
        session,
        who,
        transaction,
        _line(found.row, account=origin.account if origin else None),
        of=of,
        valued=found.valued,
        created_at=found.created_at,
        posted_at=found.created_at,
        external_reference=found.external_reference or None,
        from_file=found.imported is not None,
        reversible=found.reversible,
        rest=plain(left.rest, of=left.currency),
        reverses=_other(found.reverses),
        reversed_by=_other(found.reversed_by),
        replaces=_other(replaces[0].former) if replaces else None,
        replaced_by=_other(edits.stands_for(session, who, transaction=transaction)),
        postings=[
            Posting(
                credit=line.credit,
                debit=line.debit,
                amount=plain(line.amount, of=line.currency),
                currency=line.currency.code,
                credit_balance=size(line.credit_balance, line),
                debit_balance=size(line.debit_balance, line),
            )
            for line in found.lines
        ],
        parts=[
            Part(
                category=CategoryName(reference=reference(one.category), name=one.name),
                amount=plain(one.amount, of=of),
                note=one.note or None,
            )
            for one in parts
        ],
    )


def _whole(
    session: Session, who: Principal, transaction: int, line: Transaction, *, of: Currency | None, **more: Any
) -> Detail:
    """A line with what is kept beside every transaction: tags, files, what became of it and of its meaning."""
    steps = history.events(session, who, transaction=transaction)
    at = {one.kind: one.at for one in steps}
    if Happened.SETTLED in at:
        more["posted_at"] = at[Happened.SETTLED]
    return Detail(
        **line.model_dump(),
        **more,
        archived_at=at.get(Happened.ARCHIVED),
        tags=tags.tags_of(session, who, transaction=transaction),
        files=[
            File(uuid=str(one.uuid), name=one.name, type=one.type, size=one.size, href=f"/attachments/{one.uuid}")
            for one in attachments.attachments(session, who, transaction=transaction)
        ],
        steps=[
            Step(
                what=one.kind.name.lower(),
                at=one.at,
                amount=None if one.amount is None or of is None else plain(one.amount, of=of),
                other=_other(one.other),
                reason=one.reason or None,
                by=one.by or None,
            )
            for one in steps
        ],
        changes=[
            Change(what=one.what, at=one.at, before=one.before or None, after=one.after or None, by=one.by or None)
            for one in meaning.history(session, who, transaction=transaction)
        ],
    )


def _other(number: int | None) -> str | None:
    return None if number is None else reference(number)


def _category(text: str | None) -> int | None:
    return None if text is None else referred(text, "category")
