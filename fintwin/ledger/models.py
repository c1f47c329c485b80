"""Tables of the books. Doors write them (alembic/sql/0004_posting.sql); nothing here is ever saved through the ORM."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel, String

import fintwin.ledger.meaning_models
import fintwin.ledger.pin_models  # noqa: F401
from fintwin.db.tables import MONEY, Owned, instant, key, refers_to

TOTAL = Numeric(28, 4)
"""Column type of a sum of amounts that nothing bounds."""


def _number(**more: Any) -> Any:
    return Field(sa_type=BigInteger, **more)


def _money(**more: Any) -> Any:
    return Field(sa_type=MONEY, **more)


class Account(Owned, table=True):
    """A person's account, real (held here, or tracked at a bank elsewhere) or nominal (custody None).

    Balances are debit-positive for every class. A real account's balance is known from `known_since` on; None: a
    tracked account that was never given one.
    """

    __table_args__ = (
        UniqueConstraint("owner", "currency", "id", name="uq_account_owner_currency"),
        Index("uq_account_nominal", "owner", "currency", "type", unique=True, postgresql_where=text("custody IS NULL")),
        Index(
            "uq_account_bank_number",
            "owner",
            "bank_number",
            "currency",
            unique=True,
            postgresql_where=text("bank_number IS NOT NULL"),
        ),
    )

    id: int | None = key()
    uuid: UUID = Field(unique=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    number: str | None = Field(default=None, max_length=14, unique=True)
    bank_number: str | None = Field(default=None, max_length=40)
    name: str = Field(max_length=80)
    class_: str = Field(sa_column=Column("class", String(9), nullable=False))
    custody: str | None = Field(default=None, max_length=7)
    type: str = Field(max_length=10)
    currency: str = Field(max_length=3)
    status: str = Field(default="active", max_length=6)
    blocked_by: str | None = Field(default=None, max_length=5)
    """`self` or `staff` while it is frozen."""
    blocked_reason: str | None = Field(default=None, max_length=300)
    posted_balance: Decimal = _money(default=Decimal(0))
    held_balance: Decimal = _money(default=Decimal(0))
    credit_limit: Decimal = _money(default=Decimal(0))
    known_since: date | None = None
    locked_until: date | None = None
    version: int = _number(default=0)
    last_transaction_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = instant()


class Transaction(SQLModel, table=True):
    """The header of one movement; kinds and statuses are those of `ledger.posting`."""

    __table_args__ = (
        UniqueConstraint("owner", "booked", "id", name="uq_transaction_booked"),
        Index("uq_transaction_key", "owner", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
        Index("ix_transaction_related", "related", postgresql_where=text("related IS NOT NULL")),
        Index("ix_transaction_transfer", "transfer", postgresql_where=text("transfer IS NOT NULL")),
        Index("ix_transaction_imported", "imported", postgresql_where=text("imported IS NOT NULL")),
    )

    id: int | None = key()
    owner: int = _number()
    created_at: datetime = instant()
    booked: date | None = None
    valued: date | None = None
    kind: int = Field(sa_type=SmallInteger)
    status: int = Field(sa_type=SmallInteger)
    transfer: int | None = _number(default=None)
    related: int | None = refers_to("transaction.id", default=None)
    imported: int | None = _number(default=None)
    created_by: int | None = _number(default=None)
    key: UUID | None = None
    fingerprint: int | None = _number(default=None)
    description: str | None = Field(default=None, max_length=500)
    external_reference: str | None = Field(default=None, max_length=140)


class Posting(SQLModel, table=True):
    """One positive amount moved from the credited to the debited account of one person and currency."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "booked", "transaction"],
            ["transaction.owner", "transaction.booked", "transaction.id"],
            name="fk_posting_transaction",
        ),
        ForeignKeyConstraint(
            ["owner", "currency", "debit"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_posting_debit",
        ),
        ForeignKeyConstraint(
            ["owner", "currency", "credit"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_posting_credit",
        ),
        Index(
            "uq_posting_debit_version",
            "debit",
            "debit_version",
            unique=True,
            postgresql_where=text("debit_version IS NOT NULL"),
        ),
        Index(
            "uq_posting_credit_version",
            "credit",
            "credit_version",
            unique=True,
            postgresql_where=text("credit_version IS NOT NULL"),
        ),
        Index(
            "ix_posting_debit_booked",
            "debit",
            "booked",
            postgresql_where=text("debit_version IS NOT NULL"),
        ),
        Index(
            "ix_posting_credit_booked",
            "credit",
            "booked",
            postgresql_where=text("credit_version IS NOT NULL"),
        ),
    )

    transaction: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    owner: int = _number()
    debit: int = _number()
    credit: int = _number()
    debit_version: int | None = _number(default=None)
    credit_version: int | None = _number(default=None)
    booked: date
    line: int = Field(
        default=1,
        primary_key=True,
        sa_type=SmallInteger,
        sa_column_kwargs={"autoincrement": False, "server_default": "1"},
    )
    currency: str = Field(max_length=3)
    amount: Decimal = _money()
    debit_balance: Decimal | None = _money(default=None)
    credit_balance: Decimal | None = _money(default=None)


class Hold(Owned, table=True):
    """What a pending transaction would move; what `account` would give is kept back from its available balance.

    `taking` is an own account, `number` another person's; with neither it is a nominal account of the kind.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_hold_account",
        ),
        ForeignKeyConstraint(
            ["owner", "currency", "taking"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_hold_taking",
        ),
        Index("ix_hold_owner", "owner", "transaction"),
        Index("ix_hold_taking", "taking", postgresql_where=text("taking IS NOT NULL")),
        Index("ix_hold_settles_at", "settles_at", postgresql_where=text("settles_at IS NOT NULL")),
        Index("ix_hold_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    transaction: int = refers_to("transaction.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    account: int | None = _number(default=None, index=True)
    taking: int | None = _number(default=None)
    number: str | None = Field(default=None, max_length=14)
    currency: str = Field(max_length=3)
    amount: Decimal = _money()
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    settles_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class HoldPast(Owned, table=True):
    """A change of what a pending transaction keeps back, or would move; without a transaction: what the table began with.

    `held` is what is kept back of `account` after it, `version` the account's last entry by then. Never changed.
    """

    __tablename__ = "hold_past"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_hold_past_account",
        ),
        ForeignKeyConstraint(
            ["owner", "currency", "taking"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_hold_past_taking",
        ),
        Index("ix_hold_past_account", "account", "version", "id", postgresql_where=text("account IS NOT NULL")),
        Index("ix_hold_past_taking", "taking", postgresql_where=text("taking IS NOT NULL")),
        Index("ix_hold_past_transaction", "transaction", postgresql_where=text("transaction IS NOT NULL")),
    )

    id: int | None = key()
    transaction: int | None = refers_to("transaction.id", default=None)
    account: int | None = _number(default=None)
    taking: int | None = _number(default=None)
    number: str | None = Field(default=None, max_length=14)
    currency: str = Field(max_length=3)
    amount: Decimal = _money()
    settled: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    held: Decimal | None = _money(default=None)
    version: int | None = _number(default=None)
    at: datetime = instant()


class Counterpart(Owned, table=True):
    """With whom a transaction between people was: made by the worker, to find it by a name."""

    owner: int = refers_to("person.id", primary_key=True)
    other: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    transaction: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})


class TransactionEvent(SQLModel, table=True):
    """What became of a transaction after it was made; kinds are those of `ledger.history`. Never changed."""

    __tablename__ = "transaction_event"
    __table_args__ = (Index("ix_transaction_event_other", "other", postgresql_where=text("other IS NOT NULL")),)

    id: int | None = key()
    owner: int = _number()
    transaction: int = refers_to("transaction.id", index=True)
    other: int | None = refers_to("transaction.id", default=None)
    actor: int | None = _number(default=None)
    at: datetime = instant()
    kind: int = Field(sa_type=SmallInteger)
    amount: Decimal | None = _money(default=None)
    reason: str | None = Field(default=None, max_length=500)
    principal: str | None = Field(default=None, max_length=60, sa_column_kwargs={"server_default": text("acting_as()")})


class HouseAccount(Owned, table=True):
    """What an account of the house is for: `funds`, `fees` or `clearing`, one of each in a currency."""

    __tablename__ = "house_account"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_house_account_account",
        ),
        UniqueConstraint("owner", "currency", "purpose", name="uq_house_account_purpose"),
    )

    account: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    currency: str = Field(max_length=3)
    purpose: str = Field(max_length=8)


class Reconciliation(Owned, table=True):
    """A balance that was compared with a statement; until it is released, nothing is booked on or before its day."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_reconciliation_account",
        ),
        Index("uq_reconciliation_day", "account", "day", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("ix_reconciliation_account", "owner", "currency", "account"),
    )

    id: int | None = key()
    account: int = _number()
    currency: str = Field(max_length=3)
    day: date
    balance: Decimal = _money()
    made_at: datetime = instant()
    released_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RollupHead(Owned, table=True):
    """Up to which version a real account's roll-ups are made; every real account has one."""

    __tablename__ = "rollup_head"
    __table_args__ = (
        UniqueConstraint("owner", "account", name="uq_rollup_head_owner"),
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_rollup_head_account",
        ),
    )

    account: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    currency: str = Field(max_length=3)
    made: int = _number(default=0)


class Rollup(Owned, table=True):
    """What moved on a real account in a month, by kind; debit-positive parts, counts of first lines.

    `origin` is the kind of what a reversal takes back, else the kind; `own`: the other side is an own real account too;
    `reversed`: of pairs that cancel out.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "account"], ["rollup_head.owner", "rollup_head.account"], name="fk_rollup_account"
        ),
    )

    owner: int = refers_to("person.id", primary_key=True)
    account: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    month: date = Field(primary_key=True)
    kind: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    origin: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    own: bool = Field(primary_key=True)
    reversed: bool = Field(primary_key=True)
    inflows: int = _number()
    outflows: int = _number()
    inflow: Decimal = Field(sa_type=TOTAL)
    outflow: Decimal = Field(sa_type=TOTAL)


class Rate(Owned, table=True):
    """What one unit of `base` is worth in `quote` on a day."""

    owner: int = refers_to("person.id", primary_key=True)
    base: str = Field(max_length=3, primary_key=True)
    quote: str = Field(max_length=3, primary_key=True)
    day: date = Field(primary_key=True)
    rate: Decimal = Field(sa_type=Numeric(28, 12))
    by_hand: bool


class SealLayout(SQLModel, table=True):
    """Which columns of which tables a block's hashes cover, as JSON."""

    __tablename__ = "seal_layout"

    id: int | None = key()
    columns: str = Field(unique=True)


class Seal(SQLModel, table=True):
    """A block of the chain (`ledger.chain`)."""

    number: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sealed_at: datetime = Field(sa_type=DateTime(timezone=True))
    layout: int = refers_to("seal_layout.id")
    rows: int
    reached: str
    previous: bytes
    root: bytes
    hash: bytes
    signature: bytes
    heads: bytes
    hashes: bytes


class SealMark(Owned, table=True):
    """Up to which version an account's postings are sealed, and the last block that holds some of them."""

    __tablename__ = "seal_mark"

    account: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    owner: int = refers_to("person.id", index=True)
    version: int = _number()
    block: int = _number()


class SealCheck(Owned, table=True):
    """The last check that a person asked for: how many blocks are read, and what was found."""

    __tablename__ = "seal_check"

    owner: int = refers_to("person.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    status: str = Field(max_length=7)
    asked_at: datetime = instant()
    heard_at: datetime = instant()
    done: int = _number(default=0, sa_column_kwargs={"server_default": "0"})
    total: int = _number(default=0, sa_column_kwargs={"server_default": "0"})
    sealed: int = _number(default=0, sa_column_kwargs={"server_default": "0"})
    rules: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    held: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    findings: list[str] = Field(sa_type=ARRAY(String), sa_column_kwargs={"server_default": "{}"})
