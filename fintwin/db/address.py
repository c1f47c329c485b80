"""Database addresses: one form for people and libpq, one for SQLAlchemy."""

from urllib.parse import quote, urlencode

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from fintwin.kernel.errors import Misconfigured


def parsed(address: str) -> URL:
    """An address as SQLAlchemy's URL for psycopg2.

    Raises:
        Misconfigured: not an address of a PostgreSQL database.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise Misconfigured(
            "DATABASE_URL is not an address. Write it like postgresql://user:password@host:5432/database."
        ) from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise Misconfigured("FinTwin keeps its books in PostgreSQL: DATABASE_URL must begin with postgresql://.")
    return url.set(drivername="postgresql+psycopg2")


def plain(url: URL) -> str:
    """The same address for libpq and for people's settings."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def as_login(address: str, *, name: str, password: str) -> str:
    """The address of the same database for another login."""
    return plain(parsed(address).set(username=name, password=password))


def of_socket(folder: str, *, port: int, database: str, name: str, password: str) -> str:
    """The address of a database behind a Unix socket."""
    return (
        f"postgresql://{quote(name)}:{quote(password)}@/{quote(database)}?{urlencode({'host': folder, 'port': port})}"
    )
