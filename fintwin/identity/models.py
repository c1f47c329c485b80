"""Tables of people."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy import Uuid as UuidType
from sqlmodel import Field, SQLModel

from fintwin.db.tables import instant, key


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
