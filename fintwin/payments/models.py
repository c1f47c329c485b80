"""Tables of payments. Doors write payments and requests (alembic/sql/0015_payments.sql)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

import fintwin.payments.schedule_models  # noqa: F401 - its tables are this room's too
from fintwin.db.tables import MONEY, Owned, instant, key, refers_to


def _number(**more: Any) -> Any:
    return Field(sa_type=BigInteger, **more)


def _small(**more: Any) -> Any:
    return Field(sa_type=SmallInteger, **more)


def _money(**more: Any) -> Any:
    return Field(sa_type=MONEY, **more)


def _at(**more: Any) -> Any:
    return Field(default=None, sa_type=DateTime(timezone=True), **more)


def _own_account(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["owner", "currency", "account"],
        ["account.owner", "account.currency", "account.id"],
        name=f"fk_{table}_account",
    )


class Contact(Owned, table=True):
    """Whom a person pays, by their own name for them; it names an account number, never the other person."""

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_contact_owner"),
        UniqueConstraint("owner", "number", name="uq_contact_number"),
    )

    id: int | None = key()
    number: str = Field(max_length=14, index=True)
    name: str = Field(max_length=80)
    created_at: datetime = instant()


class InstalmentPlan(Owned, table=True):
    """A total that is paid in parts: `parts` equal ones, or of any size where it is None."""

    __tablename__ = "instalment_plan"
    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_instalment_plan_owner"),
        UniqueConstraint("owner", "key", name="uq_instalment_plan_key"),
        _own_account("instalment_plan"),
    )

    id: int | None = key()
    account: int = _number(index=True)
    currency: str = Field(max_length=3)
    number: str = Field(max_length=14)
    name: str | None = Field(default=None, max_length=140)
    total: Decimal = _money()
    parts: int | None = _small(default=None)
    description: str | None = Field(default=None, max_length=140)
    key: UUID
    created_at: datetime = instant()
    ended_at: datetime | None = _at()


class Payment(Owned, table=True):
    """One side's view of a payment: the payer's is `out`, the payee's `in`, and both carry the same link.

    Its status follows from the transaction it moves. `number` and `name` are the payee as the payer wrote it.
    """

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_payment_owner"),
        UniqueConstraint("link", "side", name="uq_payment_link"),
        UniqueConstraint("owner", "key", name="uq_payment_key"),
        _own_account("payment"),
        ForeignKeyConstraint(
            ["owner", "plan"], ["instalment_plan.owner", "instalment_plan.id"], name="fk_payment_plan"
        ),
        Index("uq_payment_transaction", "transaction", unique=True, postgresql_where=text("transaction IS NOT NULL")),
        Index("ix_payment_plan", "plan", postgresql_where=text("plan IS NOT NULL")),
        Index("ix_payment_owner_status", "owner", "status", "id"),
        Index("ix_payment_owner_number", "owner", "number", "created_at", postgresql_where=text("side = 'out'")),
    )

    id: int | None = key()
    link: int = _number()
    side: str = Field(max_length=3)
    type: str = Field(max_length=8)
    method: str = Field(max_length=13)
    status: str = Field(max_length=10)
    account: int = _number(index=True)
    currency: str = Field(max_length=3)
    amount: Decimal = _money()
    refunded: Decimal = _money(default=Decimal(0))
    number: str | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, max_length=140)
    description: str | None = Field(default=None, max_length=500)
    external_reference: str | None = Field(default=None, max_length=140)
    transaction: int | None = refers_to("transaction.id", default=None)
    plan: int | None = _number(default=None)
    key: UUID | None = None
    fingerprint: int | None = _number(default=None)
    reason: str | None = Field(default=None, max_length=140)
    settles_at: datetime | None = _at()
    created_at: datetime = instant()
    processed_at: datetime | None = _at()


class Request(Owned, table=True):
    """One side's view of a request for money: `from` asks, `to` is asked, and both carry the same link."""

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_request_owner"),
        UniqueConstraint("link", "side", name="uq_request_link"),
        UniqueConstraint("owner", "key", name="uq_request_key"),
        ForeignKeyConstraint(["owner", "about"], ["payment.owner", "payment.id"], name="fk_request_about"),
        ForeignKeyConstraint(["owner", "payment"], ["payment.owner", "payment.id"], name="fk_request_payment"),
        Index("ix_request_owner_status", "owner", "status", "id"),
        Index("ix_request_about", "about", postgresql_where=text("about IS NOT NULL")),
        Index("ix_request_payment", "payment", postgresql_where=text("payment IS NOT NULL")),
        Index("ix_request_expires_at", "expires_at", postgresql_where=text("status = 'open'")),
    )

    id: int | None = key()
    link: int = _number()
    side: str = Field(max_length=4)
    kind: str = Field(max_length=6)
    status: str = Field(default="open", max_length=9)
    currency: str = Field(max_length=3)
    amount: Decimal = _money()
    number: str | None = Field(default=None, max_length=14)
    name: str | None = Field(default=None, max_length=140)
    message: str | None = Field(default=None, max_length=140)
    about: int | None = _number(default=None)
    payment: int | None = _number(default=None)
    key: UUID | None = None
    fingerprint: int | None = _number(default=None)
    created_at: datetime = instant()
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    closed_at: datetime | None = _at()
    given: Decimal = _money(default=Decimal(0), sa_column_kwargs={"server_default": text("0")})


class PaymentMethod(Owned, table=True):
    """An account as a way to pay: its place and own name among those of its kind; `removed_at`: it is not offered."""

    __tablename__ = "payment_method"
    __table_args__ = (
        PrimaryKeyConstraint("owner", "kind", "account", name="pk_payment_method"),
        _own_account("payment_method"),
        Index("uq_payment_method_default", "owner", "kind", unique=True, postgresql_where=text("is_default")),
    )

    kind: str = Field(max_length=13)
    account: int = _number(index=True)
    currency: str = Field(max_length=3)
    label: str | None = Field(default=None, max_length=60)
    position: int = Field(sa_type=Integer)
    is_default: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = instant()
    removed_at: datetime | None = _at()
