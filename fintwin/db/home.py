"""Where the books are: a PostgreSQL of our own or an outside one, migrated, and the addresses to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from alembic.util.exc import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fintwin.db import embedded, migrate, roles
from fintwin.db.address import parsed
from fintwin.db.engine import close_database, open_database
from fintwin.db.guard import proved
from fintwin.db.roles import Addresses, Names
from fintwin.kernel.errors import Misconfigured
from fintwin.settings import Settings

DATABASE = "fintwin"
"""The database's name in a PostgreSQL of our own."""

Say = embedded.Say


@dataclass(frozen=True, slots=True)
class Home:
    """A reachable database.

    `admin` is an administrator's address ("" where only the app's and the system's logins were given), `server` the
    PostgreSQL of our own (None for an outside one).
    """

    admin: str
    server: embedded.Server | None


@contextmanager
def reached(config: Settings, *, say: Say = lambda _: None, alone: bool = False) -> Iterator[Home]:
    """The database that the settings name; one of our own is joined where it runs, else started for as long as needed.

    Args:
        alone: never join; refuse a data directory that another process uses.

    Raises:
        Misconfigured: it cannot be reached.
    """
    if not config.embedded:
        yield Home(config.database_url, None)
        return
    server = None if alone else embedded.join(config.data_dir)
    if server is None:
        server = embedded.start(config.data_dir, preferred=config.pg_bin, say=say)
    try:
        make_database(server)
        yield Home(server.admin_url(DATABASE), server)
    finally:
        server.stop()


def make_database(server: embedded.Server) -> None:
    """Make the app's database where it is missing."""
    engine = create_engine(parsed(server.admin_url()), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT true FROM pg_database WHERE datname = :name"), {"name": DATABASE})
            if not found:
                connection.exec_driver_sql(f'CREATE DATABASE "{DATABASE}"')
    finally:
        engine.dispose()


def migrated(home: Home, config: Settings, *, names: Names | None = None) -> Addresses:
    """Make roles and tables where they are missing, and say what web and worker connect with.

    Without an administrator's address nothing is made: the named logins must find a migrated database. The app's login
    is refused where row security would not hold for it.

    Raises:
        Misconfigured: the database does not let us in, lacks what this login may not make, or the app's login is unsafe.
    """
    addresses = _migrated(home, config, names=names)
    proved(addresses.app)
    return addresses


def _migrated(home: Home, config: Settings, *, names: Names | None) -> Addresses:
    app, system = config.app_database_url, config.system_database_url
    if not home.admin:
        if not system:
            raise Misconfigured(
                "FINTWIN_APP_DATABASE_URL is set without FINTWIN_SYSTEM_DATABASE_URL: set both, and DATABASE_URL too "
                "if FinTwin shall migrate the database itself."
            )
        return Addresses(app, system)
    names, addresses = roles.prepare(
        home.admin, folder=config.data_dir, prefix=config.roles, app=app, system=system, names=names
    )
    try:
        migrate.upgrade(home.admin, names=names)
    except CommandError:
        raise Misconfigured(
            "The database is of a newer FinTwin than this one. Start that one, or restore a backup of this one.",
            code="newer_database",
        ) from None
    except (DBAPIError, psycopg2.Error) as fault:
        reason = str(getattr(fault, "orig", fault)).strip()
        raise Misconfigured(f"The database could not be migrated: {reason}", code="migration") from fault
    return addresses


@contextmanager
def opened(config: Settings, *, say: Say = lambda _: None) -> Iterator[Home]:
    """The migrated database with both pools open, for a command."""
    with reached(config, say=say) as home:
        addresses = migrated(home, config)
        open_database(addresses.app, system=addresses.system, pool=4)
        try:
            yield home
        finally:
            close_database()


def secret_files(folder: Path) -> list[Path]:
    """What the data directory holds that no backup of the database has: the roles' passwords and the keys."""
    return sorted(path for path in [folder / roles.SECRETS, *folder.glob("*.key")] if path.is_file())
