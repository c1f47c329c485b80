"""A movement of money as a line of the register: the one shape of what is booked, what is pending and what came to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.ids import reference
from fintwin.kernel.money import plain
from fintwin.ledger import accounts as account_book
from fintwin.ledger import categories as category_book
from fintwin.ledger import posting
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.ended import Ended
from fintwin.ledger.pending import Pending
from fintwin.ledger.posting import Kind, Outside
from fintwin.ledger.register import Row, Side
from fintwin.web.api.calls import CategoryName, Named, Shown


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


@dataclass(frozen=True, slots=True)
class Known:
    """What lines name: own accounts and categories by id."""

    accounts: Mapping[int, AccountView]
    categories: Mapping[int, CategoryView]

    @classmethod
    def of(cls, session: Session, who: Principal) -> "Known":
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


def booked_line(row: Row, *, account: str | None = None) -> Transaction:
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


def pending_line(one: Pending, known: Known, other: str) -> Transaction:
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


def failed_line(one: Ended, known: Known, other: str) -> Transaction:
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
