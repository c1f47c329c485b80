"""Tables of what is paid on given days, and of what leaves through banks."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from fintwin.db.tables import MONEY, Owned, instant, key, refers_to


def _uuid() -> Any:
    return Field(unique=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})


def _word(length: int, default: str = "") -> Any:
    return Field(default=default, max_length=length, sa_column_kwargs={"server_default": default})


def _account(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["owner", "currency", column], ["account.owner", "account.currency", "account.id"], name=f"fk_{table}_{column}"
    )


def _partial(table: str, name: str, column: str) -> Index:
    return Index(f"ix_{table}_{name}", column, postgresql_where=text(f"{column} IS NOT NULL"))


class Schedule(Owned, table=True):
    """What is paid on given days."""

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_schedule_owner"),
        UniqueConstraint("owner", "key", name="uq_schedule_key"),
        _account("schedule", "account"),
        _account("schedule", "taking"),
        ForeignKeyConstraint(["owner", "category"], ["category.owner", "category.id"], name="fk_schedule_category"),
        _partial("schedule", "wake", "wake_at"),
        Index("ix_schedule_account", "account"),
        _partial("schedule", "taking", "taking"),
        _partial("schedule", "category", "category"),
    )

    id: int | None = key()
    uuid: UUID = _uuid()
    key: UUID
    fingerprint: int = Field(sa_type=BigInteger)
    kind: str = Field(max_length=10)
    account: int = Field(sa_type=BigInteger)
    taking: int | None = Field(default=None, sa_type=BigInteger)
    number: str | None = Field(default=None, max_length=14)
    currency: str = Field(max_length=3)
    amount: Decimal = Field(sa_type=MONEY)
    description: str = _word(500)
    payee: str = _word(140)
    category: int | None = Field(default=None, sa_type=BigInteger)
    rule: str = _word(200)
    adjustment: str = _word(9, "none")
    starts: date
    paused: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    next_due: date | None = None
    next_on: date | None = None
    wake_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    again_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = instant()


class ScheduleRun(SQLModel, table=True):
    """One due date of a schedule and what became of it."""

    __tablename__ = "schedule_run"
    __table_args__ = (
        PrimaryKeyConstraint("schedule", "due", name="pk_schedule_run"),
        ForeignKeyConstraint(["owner", "schedule"], ["schedule.owner", "schedule.id"], name="fk_schedule_run_schedule"),
        _partial("schedule_run", "transaction", "transaction"),
    )

    owner: int = refers_to("person.id")
    schedule: int = Field(primary_key=True, sa_type=BigInteger)
    due: date = Field(primary_key=True)
    status: str = Field(max_length=8)
    attempts: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    reason: str = _word(300)
    transaction: int | None = refers_to("transaction.id", default=None)
    at: datetime = instant()


class BankFile(Owned, table=True):
    """A file of orders as it was given to the person."""

    __tablename__ = "bank_file"
    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_bank_file_owner"),
        UniqueConstraint("owner", "message", name="uq_bank_file_message"),
        _account("bank_file", "account"),
        Index("ix_bank_file_account", "account"),
    )

    id: int | None = key()
    uuid: UUID = _uuid()
    account: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    message: str = Field(max_length=35)
    payer: str = Field(max_length=70)
    payer_iban: str = Field(max_length=34)
    created_at: datetime = instant()


class BankOrder(Owned, table=True):
    """A payment that leaves through a bank."""

    __tablename__ = "bank_order"
    __table_args__ = (
        UniqueConstraint("owner", "key", name="uq_bank_order_key"),
        UniqueConstraint("owner", "end_to_end", name="uq_bank_order_end_to_end"),
        _account("bank_order", "account"),
        ForeignKeyConstraint(["owner", "file"], ["bank_file.owner", "bank_file.id"], name="fk_bank_order_file"),
        Index("ix_bank_order_account", "account"),
        _partial("bank_order", "file", "file"),
        Index("ix_bank_order_transaction", "transaction"),
        _partial("bank_order", "reversal", "reversal"),
    )

    id: int | None = key()
    uuid: UUID = _uuid()
    key: UUID
    fingerprint: int = Field(sa_type=BigInteger)
    rail: str = Field(max_length=10)
    account: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    amount: Decimal = Field(sa_type=MONEY)
    name: str = Field(max_length=70)
    iban: str = Field(max_length=34)
    remittance: str = _word(140)
    execute_on: date
    end_to_end: str = Field(max_length=35)
    status: str = _word(9, "ready")
    reason: str = _word(300)
    file: int | None = Field(default=None, sa_type=BigInteger)
    transaction: int = refers_to("transaction.id")
    reversal: int | None = refers_to("transaction.id", default=None)
    created_at: datetime = instant()
    changed_at: datetime = instant()
