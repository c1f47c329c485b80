"""Tables of files and of the statements read from them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from fintwin.db.tables import MONEY, Owned, instant, key, refers_to

_SUM = Numeric(28, 4)


def _word(length: int, **more: Any) -> Any:
    return Field(default="", max_length=length, sa_column_kwargs={"server_default": ""}, **more)


def _count(default: int) -> Any:
    return Field(default=default, sa_column_kwargs={"server_default": str(default)})


def _money(**more: Any) -> Any:
    return Field(sa_type=MONEY, **more)


class Blob(Owned, table=True):
    """A file as it came; the same file of the same person lies here once."""

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_blob_owner"),
        UniqueConstraint("owner", "sha256", name="uq_blob_sha256"),
    )

    id: int | None = key()
    sha256: bytes = Field(sa_type=LargeBinary)
    type: str = Field(max_length=100)
    data: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = instant()


class StatementImport(Owned, table=True):
    """One file on its way into the books, and how far it has come."""

    __tablename__ = "statement_import"
    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_statement_import_owner"),
        ForeignKeyConstraint(["owner", "blob"], ["blob.owner", "blob.id"], name="fk_statement_import_blob"),
        Index("ix_statement_import_blob", "owner", "blob"),
    )

    id: int | None = key()
    uuid: UUID = Field(unique=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    blob: int = Field(sa_type=BigInteger)
    name: str = Field(max_length=100)
    size: int
    status: str = Field(default="reading", max_length=10, sa_column_kwargs={"server_default": "reading"})
    problem: str = _word(500)
    revision: int = _count(1)
    chosen: dict[str, Any] = Field(sa_type=JSONB, sa_column_kwargs={"server_default": text("'{}'")})
    recognised: dict[str, Any] | None = Field(default=None, sa_type=JSONB, nullable=True)
    layout: str = _word(64)
    total: int = _count(0)
    done: int = _count(0)
    created_at: datetime = instant()
    booked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class StatementPart(SQLModel, table=True):
    """One account's statement within a file."""

    __tablename__ = "statement_part"
    __table_args__ = (
        PrimaryKeyConstraint("imported", "part", name="pk_statement_part"),
        ForeignKeyConstraint(
            ["owner", "imported"], ["statement_import.owner", "statement_import.id"], name="fk_statement_part_imported"
        ),
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_statement_part_account",
        ),
        Index("ix_statement_part_number", "owner", "number"),
        Index("ix_statement_part_account", "account", postgresql_where=text("account IS NOT NULL")),
    )

    owner: int = refers_to("person.id")
    imported: int = Field(primary_key=True, sa_type=BigInteger)
    part: int = Field(primary_key=True, sa_type=SmallInteger)
    number: str = _word(64)
    bank: str = _word(100)
    kind: str = _word(10)
    currency: str = Field(max_length=3)
    name: str = Field(max_length=80)
    account: int | None = Field(default=None, sa_type=BigInteger)
    opened: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    opening: Decimal | None = Field(default=None, sa_type=_SUM)
    closing: Decimal | None = Field(default=None, sa_type=_SUM)
    closing_day: date | None = None
    moved: Decimal = Field(default=Decimal(0), sa_type=_SUM, sa_column_kwargs={"server_default": "0"})
    note: str = _word(300)
    anchor: Decimal | None = Field(default=None, sa_type=_SUM)
    anchor_day: date | None = None
    was_known: date | None = None
    was_balance: Decimal | None = _money(default=None)


class StatementRow(SQLModel, table=True):
    """A row of a file, what was found of it, and what became of it; its part says which account it goes to."""

    __tablename__ = "statement_row"
    __table_args__ = (
        PrimaryKeyConstraint("imported", "number", name="pk_statement_row"),
        ForeignKeyConstraint(
            ["owner", "imported"], ["statement_import.owner", "statement_import.id"], name="fk_statement_row_imported"
        ),
        Index("ix_statement_row_verdict", "imported", "verdict", "number", postgresql_where=text("verdict <> 'new'")),
        Index("ix_statement_row_booked", "imported", "booked", postgresql_where=text("booked IS NOT NULL")),
        Index("ix_statement_row_transaction", "transaction", postgresql_where=text("transaction IS NOT NULL")),
    )

    owner: int = Field(sa_type=BigInteger)
    imported: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True)
    part: int = Field(sa_type=SmallInteger)
    line: int
    verdict: str = Field(max_length=9)
    found: str = Field(max_length=9)
    booked: date | None = None
    valued: date | None = None
    amount: Decimal | None = _money(default=None)
    payee: str = _word(200)
    payee_account: str = _word(64)
    purpose: str = _word(1000)
    reference: str = _word(200)
    end_to_end: str = _word(100)
    sentence: str = _word(300)
    booked_text: str = _word(60)
    amount_text: str = _word(40)
    raw: str = _word(2000)
    transaction: int | None = refers_to("transaction.id", default=None)
