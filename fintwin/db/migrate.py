"""Alembic, run from code: as the owner role, one migration at a time per database."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from alembic import command
from fintwin.db.address import parsed
from fintwin.db.roles import Names, chosen

_LOCK = 0x66696E7477696E


def _folder() -> Path:
    return Path(__file__).resolve().parents[2] / "alembic"


@contextmanager
def alone(attributes: MutableMapping[Any, Any]) -> Iterator[Connection]:
    """The connection for a migration: an advisory lock held, acting as the owner.

    Args:
        attributes: `address` of the administrator; `names` of the roles, or they are read or derived.
    """
    engine = create_engine(parsed(attributes["address"]), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            names: Names = attributes.get("names") or chosen(connection)
            attributes["names"] = names
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.exec_driver_sql(f'SET ROLE "{names.owner}"')
            connection.exec_driver_sql("SET search_path = public")
            connection.commit()
            yield connection
    finally:
        engine.dispose()


def _config(address: str, names: Names | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()))
    config.attributes["address"] = address
    config.attributes["names"] = names
    return config


def upgrade(address: str, *, names: Names | None = None, to: str = "head") -> None:
    """Bring the database to a revision; nothing happens where it is already there."""
    command.upgrade(_config(address, names), to)


def downgrade(address: str, *, to: str) -> None:
    """Take migrations back down to a revision."""
    command.downgrade(_config(address, None), to)


def check(address: str) -> None:
    """Compare tables and models.

    Raises:
        alembic.util.exc.CommandError: they differ.
    """
    command.check(_config(address, None))
