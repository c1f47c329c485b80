"""Tables of the outbox. Neither is a person's: doors write them, the dispatcher reads them."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, SmallInteger
from sqlmodel import Field, SQLModel

from fintwin.db.tables import instant, key


class Outbox(SQLModel, table=True):
    """Something happened that concerns one person; gone once it was dispatched."""

    id: int | None = key()
    owner: int = Field(sa_type=BigInteger)
    kind: int = Field(sa_type=SmallInteger)
    what: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    at: datetime = instant()


class DeadLetter(SQLModel, table=True):
    """An outbox row whose consumers failed, and why."""

    __tablename__ = "dead_letter"

    id: int | None = key()
    owner: int = Field(sa_type=BigInteger)
    kind: int = Field(sa_type=SmallInteger)
    what: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=DateTime(timezone=True))
    problem: str
    failed_at: datetime = instant()
