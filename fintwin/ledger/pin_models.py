"""Tables of the PINs of accounts. Doors write them (alembic/sql/0015_payments.sql, 0024_pins.sql)."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field

from fintwin.db.tables import MONEY, Owned, instant, key


class AccountPin(Owned, table=True):
    """The PIN of an account that is asked for above a threshold; doors write it, and its hash is for them alone."""

    __tablename__ = "account_pin"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_account_pin_account",
        ),
        UniqueConstraint("owner", "account", name="uq_account_pin_owner"),
    )

    account: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    currency: str = Field(max_length=3)
    hash: str = Field(max_length=200)
    threshold: Decimal = Field(sa_type=MONEY)
    wrong: int = Field(sa_type=SmallInteger, default=0)
    locks: int = Field(sa_type=SmallInteger, default=0)
    locked_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    changed_at: datetime = instant()
    given_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class PinAttempt(Owned, table=True):
    """An attempt at a PIN that is counted and not judged yet; for doors alone."""

    __tablename__ = "pin_attempt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "account"], ["account_pin.owner", "account_pin.account"], name="fk_pin_attempt_account"
        ),
        Index("ix_pin_attempt_account", "owner", "account"),
    )

    id: int | None = key()
    account: int = Field(sa_type=BigInteger)
    proof: bytes
    taken_in: int = Field(sa_type=BigInteger)
    taken_at: datetime = instant()
