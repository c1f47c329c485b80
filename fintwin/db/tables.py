"""What all tables share, and which of them are not a person's."""

from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, text
from sqlmodel import Field, SQLModel

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

MONEY = Numeric(20, 4)
"""Column type of every amount of money."""

SHARED = frozenset(
    {"installation", "alembic_version", "outbox", "dead_letter", "allowed", "seal", "seal_layout", "erasure"}
)
"""Tables without an owner; procrastinate's stand beside them. The app may touch them only as a named use needs."""


def key() -> Any:
    """The bigint identity column that is a table's primary key."""
    return Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])


def refers_to(column: str, **more: Any) -> Any:
    """A bigint foreign key."""
    return Field(foreign_key=column, sa_type=BigInteger, **more)


def instant(**more: Any) -> Any:
    """A UTC instant that the database sets when nothing else does."""
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
        nullable=False,
        **more,
    )


class Owned(SQLModel):
    """A row of one person's; `house_guard` holds its policy."""

    owner: int = refers_to("person.id")


__all__ = ["MONEY", "SHARED", "Owned", "instant", "key", "metadata", "refers_to"]
