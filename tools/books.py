"""A migrated database of a bench's own, people in it, and the rows that a bench gives."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fintwin.db import migrate, roles
from fintwin.db.address import parsed, plain
from fintwin.db.engine import close_database, open_database
from fintwin.identity.principal import Principal

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """A migrated database of this run's own."""

    admin: str
    app: str
    programs: Path


def person(bench: Bench, name: str) -> Principal:
    """Somebody who was asked everything, with books in euros."""
    with as_admin(bench) as connection:
        row = connection.execute(
            text(
                """
                INSERT INTO person (issuer, subject, email, email_verified, name, picture, customer_number, status, kyc_status, role)
                VALUES ('local', :name, '', true, :name, '', :name, 'active', 'pending', 'customer') RETURNING id, uuid
                """
            ),
            {"name": name},
        ).one()
        connection.execute(
            text(
                "INSERT INTO profile (owner, currency, zone, locale, completed_at) VALUES (:owner, 'EUR', 'UTC', 'en-US', now())"
            ),
            {"owner": row.id},
        )
    return Principal(person=row.id, uuid=row.uuid, name=name, email="", issuer="local", role="customer", currency="EUR")


@contextmanager
def as_admin(bench: Bench, *, autocommit: bool = False) -> Iterator[Any]:
    """A connection past row security."""
    level = "AUTOCOMMIT" if autocommit else "READ COMMITTED"
    engine = create_engine(parsed(bench.admin), poolclass=NullPool, isolation_level=level)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@contextmanager
def database() -> Iterator[Bench]:
    """A database on a server of its own, or on the one that FINTWIN_TEST_DATABASE_URL names."""
    outside = os.environ.get("FINTWIN_TEST_DATABASE_URL")
    running = None
    folder = Path(tempfile.mkdtemp(prefix="fintwin-bench-"))
    try:
        if outside:
            server, programs = outside, Path(os.environ.get("FINTWIN_PG_BIN", "/usr/lib/postgresql/15/bin"))
        else:
            from fintwin.db import embedded

            running = embedded.start(folder / "data")
            server, programs = running.admin_url("postgres"), running.bin
        name = f"fintwin_bench_{os.getpid()}"
        with as_admin(Bench(server, "", programs), autocommit=True) as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        admin = plain(parsed(server).set(database=name))
        names, addresses = roles.prepare(admin, folder=folder, prefix=name)
        migrate.upgrade(admin, names=names)
        open_database(addresses.app, system=addresses.system, pool=2)
        yield Bench(admin, addresses.app, programs)
        close_database()
        with as_admin(Bench(server, "", programs), autocommit=True) as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        if running is not None:
            running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def below(name: str, value: float, unit: str, target: float) -> Row:
    """A figure that is to stay below its target."""
    return {"name": name, "value": round(value, 1), "unit": unit, "target": target, "holds": value < target}


def at_least(name: str, value: float, target: float) -> Row:
    """A ratio that is to reach its target."""
    return {"name": name, "value": round(value, 2), "unit": "x", "target": target, "holds": value >= target}


def rate(name: str, value: float) -> Row:
    """How many a second, without a target."""
    return {"name": name, "value": round(value), "unit": "/s", "target": None, "holds": True}
