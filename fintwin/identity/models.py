"""Tables of people."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from fintwin.db.tables import MONEY, Owned, instant, key, refers_to


class Person(SQLModel, table=True):
    """One person, known by issuer and subject, never by e-mail. The house is a person of its own."""

    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("uuid"),
        UniqueConstraint("customer_number"),
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
        CheckConstraint("kyc_status IN ('pending', 'verified', 'rejected')", name="kyc_status"),
        CheckConstraint("role IN ('customer', 'staff', 'admin', 'house')", name="role"),
    )

    id: int | None = key()
    uuid: UUID = Field(
        default=None, sa_type=UuidType, nullable=False, sa_column_kwargs={"server_default": text("gen_random_uuid()")}
    )
    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str
    picture: str = ""
    customer_number: str
    status: str = "active"
    kyc_status: str = "pending"
    role: str = "customer"
    created_at: datetime = instant()


class ProfileRow(SQLModel, table=True):
    """What a person says of themselves; empty text and NULL mean not said."""

    __tablename__ = "profile"
    __table_args__ = (
        CheckConstraint("goal IN ('', 'savings', 'investment', 'debt_payoff', 'wealth_building')", name="goal"),
        CheckConstraint("risk_appetite IN ('', 'low', 'medium', 'high')", name="risk_appetite"),
        CheckConstraint("dependants BETWEEN 0 AND 30", name="dependants"),
        CheckConstraint("birth_year BETWEEN 1900 AND 2200", name="birth_year"),
        CheckConstraint("week_start BETWEEN 1 AND 7", name="week_start"),
        CheckConstraint("month_start BETWEEN 1 AND 28", name="month_start"),
    )

    owner: int = refers_to("person.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    phone_sealed: str = Field(default="", sa_column_kwargs={"server_default": ""})
    country: str = Field(default="", max_length=2, sa_column_kwargs={"server_default": ""})
    currency: str = Field(max_length=3)
    monthly_income: Decimal | None = Field(default=None, sa_type=MONEY)
    goal: str = Field(default="", sa_column_kwargs={"server_default": ""})
    risk_appetite: str = Field(default="", sa_column_kwargs={"server_default": ""})
    dependants: int | None = Field(default=None, sa_type=SmallInteger)
    birth_year: int | None = Field(default=None, sa_type=SmallInteger)
    zone: str = Field(max_length=64)
    locale: str = Field(max_length=35)
    week_start: int = Field(default=1, sa_type=SmallInteger, sa_column_kwargs={"server_default": "1"})
    month_start: int = Field(default=1, sa_type=SmallInteger, sa_column_kwargs={"server_default": "1"})
    completed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    updated_at: datetime = instant()


class SessionRow(Owned, table=True):
    """A signed-in browser, by the hash of its token; made by the doors of sign-in only."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("hash"),
        CheckConstraint("length(hash) = 32", name="hash"),
        Index("ix_session_owner", "owner"),
    )

    id: int | None = key()
    hash: bytes
    keep: bool
    idle_seconds: int
    agent: str = Field(max_length=80)
    created_at: datetime = instant()
    seen_at: datetime = instant()
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class SignInLink(Owned, table=True):
    """A one-time address that the command line printed, by its hash."""

    __tablename__ = "sign_in_link"
    __table_args__ = (
        UniqueConstraint("hash"),
        CheckConstraint("kind IN ('administrator', 'profile')", name="kind"),
        Index("ix_sign_in_link_owner", "owner"),
    )

    id: int | None = key()
    kind: str
    hash: bytes
    created_at: datetime = instant()
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class Allowed(SQLModel, table=True):
    """Who may sign up: a lower-case address, or a domain written as `@family.org`."""

    entry: str = Field(primary_key=True, max_length=254)
    added_at: datetime = instant()


class AuditEvent(Owned, table=True):
    """What was done to a person's rights or books; without an actor nobody did it themself. Never changed."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_owner_id", "owner", "id"),
        Index("ix_audit_event_actor_id", "actor", "id", postgresql_where=text("actor IS NOT NULL")),
    )

    id: int | None = key()
    actor: int | None = Field(default=None, sa_type=BigInteger)
    kind: str = Field(max_length=40)
    detail: str = Field(max_length=300)
    at: datetime = instant()
    reason: str | None = Field(default=None, max_length=300)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    principal: str | None = Field(default=None, max_length=60, sa_column_kwargs={"server_default": text("acting_as()")})


class Erasure(SQLModel, table=True):
    """That every row of a person was taken away; the number is nobody's any more."""

    __table_args__ = (UniqueConstraint("person"),)

    id: int | None = key()
    person: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=40)
    rows: int = Field(sa_type=BigInteger)
    transfers: list[int] = Field(sa_type=ARRAY(BigInteger))
    """Those whose other side stays in another person's books."""
    at: datetime = instant()
    principal: str | None = Field(default=None, max_length=60, sa_column_kwargs={"server_default": text("acting_as()")})
