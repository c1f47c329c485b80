"""Parts that every kind of test may use: a real PostgreSQL, a migrated database, people."""

import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from fintwin import build
from fintwin.db import migrate, roles
from fintwin.db.address import parsed, plain
from fintwin.db.engine import close_database, open_database
from fintwin.identity.principal import Principal
from fintwin.projection.process import made_of

# What the build compiled of these sources; beside them Numba would also read what was compiled of an earlier state.
os.environ["NUMBA_CACHE_DIR"] = str(build.engine_dir() / made_of(build.ROOT / "fintwin" / "projection"))

_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
# The same examples in every run, so that what fails came with a change; `--hypothesis-profile explore` tries new ones.
settings.register_profile("house", derandomize=True, **_CALM)
settings.register_profile("explore", derandomize=False, **_CALM)
settings.load_profile("house")

_MEMORY = Path("/dev/shm")
_ROOM = 6 * 2**30
"""Bytes of memory that must be free before data directories are put there: a whole run takes less than half of it."""


def _in_memory() -> bool:
    """Whether everything temporary may lie in memory: databases are cloned a thousand times, and none outlives a test."""
    return (
        _MEMORY.is_dir()
        and os.access(_MEMORY, os.R_OK | os.W_OK | os.X_OK)
        and shutil.disk_usage(_MEMORY).free > _ROOM
        and os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") > 2 * _ROOM
    )


if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _in_memory():
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)


ZONES = ("UTC", "Europe/Berlin")
"""Where the tests' people live, but for London, which shares its midnight with one of these."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """No day ends in the middle of a test: one that asks a clock twice would be told two dates."""
    longest = 60.0 if "house" in item.fixturenames else 20.0 if "database" in item.fixturenames else 0.0
    for zone in ZONES:
        now = datetime.now(ZoneInfo(zone))
        left = 86_400 - (now.hour * 3600 + now.minute * 60 + now.second)
        if left <= longest:
            time.sleep(left + 1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server.

    `admin` is an administrator's address of its first database; `strategy` is how a database is cloned soonest.
    """

    admin: str
    strategy: str = "WAL_LOG"

    def at(self, database: str) -> str:
        return plain(parsed(self.admin).set(database=database))

    def run(self, *lines: str, database: str | None = None) -> None:
        address = self.at(database) if database else self.admin
        connection = psycopg2.connect(address)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for line in lines:
                    cursor.execute(line)
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Database:
    """A fresh clone of the migrated template, with both pools open."""

    name: str
    admin_url: str
    app_url: str
    system_url: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of our own, or the one that FINTWIN_TEST_DATABASE_URL names (an administrator's address)."""
    outside = os.environ.get("FINTWIN_TEST_DATABASE_URL")
    if outside:
        yield Cluster(outside)
        return
    from fintwin.db import embedded

    folder = tmp_path_factory.mktemp("pg")
    running = embedded.start(folder)
    # A copy of files costs two checkpoints, which are nothing in memory and much on a disk.
    strategy = "FILE_COPY" if folder.is_relative_to(_MEMORY) else "WAL_LOG"
    cluster = Cluster(running.admin_url("postgres"), strategy)
    # Nothing counts or cleans tables beside a test, whose plans would come out otherwise now and then; and what is lost
    # with the machine may be lost.
    for setting in ("autovacuum", "fsync", "full_page_writes"):
        cluster.run(f"ALTER SYSTEM SET {setting} = off")
    cluster.run("SELECT pg_reload_conf()")
    yield cluster
    running.stop()


@pytest.fixture(scope="session")
def template(
    server: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Cluster, roles.Addresses, str]]:
    """A migrated database to clone from."""
    name = f"fintwin_template_{os.getpid()}"
    server.run(f'CREATE DATABASE "{name}"')
    folder: Path = tmp_path_factory.mktemp("secrets")
    names, addresses = roles.prepare(server.at(name), folder=folder, prefix=f"fintwin_test_{os.getpid()}")
    migrate.upgrade(server.at(name), names=names)
    yield server, addresses, name
    server.run(f'DROP DATABASE "{name}" WITH (FORCE)')


_numbers = itertools.count(1)


Clone = Callable[[str], AbstractContextManager[Database]]


@pytest.fixture(scope="session")
def clone(template: tuple[Cluster, roles.Addresses, str]) -> Iterator[Clone]:
    """Clone a database that nobody is connected to, and open both pools on the clone."""
    server, addresses, _ = template
    line = psycopg2.connect(server.admin)  # one for all: a log-in costs nearly as much as a clone
    line.autocommit = True

    def ask(sql: str) -> None:
        with line.cursor() as cursor:
            cursor.execute(sql)

    @contextmanager
    def cloned(origin: str) -> Iterator[Database]:
        name = f"fintwin_{os.getpid()}_{next(_numbers)}"
        ask(f'CREATE DATABASE "{name}" TEMPLATE "{origin}" STRATEGY {server.strategy}')
        here = Database(
            name,
            server.at(name),
            *(plain(parsed(address).set(database=name)) for address in (addresses.app, addresses.system)),
        )
        open_database(here.app_url, system=here.system_url, pool=20)
        yield here
        close_database()
        ask(f'DROP DATABASE "{name}" WITH (FORCE)')

    yield cloned
    line.close()


@pytest.fixture
def database(template: tuple[Cluster, roles.Addresses, str], clone: Clone) -> Iterator[Database]:
    """A database of this test's own."""
    with clone(template[2]) as here:
        yield here


@pytest.fixture
def admin(database: Database) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Run SQL past row security, as the administrator: for setting up and for looking behind."""
    # A log-in costs more than most of what is asked, so connections are kept; what was SET does not stay in them.
    engine = create_engine(parsed(database.admin_url), pool_pre_ping=True)

    def run(sql: str, **values: object) -> list[tuple[object, ...]]:
        with engine.begin() as connection:
            connection.exec_driver_sql("RESET ALL")
            found = connection.execute(text(sql), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    yield run
    engine.dispose()


@pytest.fixture
def person(admin: Callable[..., list[tuple[object, ...]]]) -> Callable[..., Principal]:
    """Make a person and say who they are."""
    numbers = itertools.count(1)

    def make(
        name: str = "Maya",
        *,
        issuer: str = "local",
        role: str = "customer",
        currency: str = "EUR",
        locale: str = "en-US",
    ) -> Principal:
        number = next(numbers)
        [(key, uuid)] = admin(
            """
            INSERT INTO person (issuer, subject, email, email_verified, name, picture, customer_number, status, kyc_status, role)
            VALUES (:issuer, :subject, :email, true, :name, '', :customer, 'active', 'pending', :role) RETURNING id, uuid
            """,
            issuer=issuer,
            subject=f"{name}-{number}",
            email=f"{name.lower()}{number}@example.org",
            name=name,
            customer=f"C{number:08d}",
            role=role,
        )
        admin(
            "INSERT INTO profile (owner, currency, zone, locale, completed_at) VALUES (:owner, :currency, 'UTC', :locale, now())",
            owner=key,
            currency=currency,
            locale=locale,
        )
        return Principal(
            person=key, uuid=uuid, name=name, email="", issuer=issuer, role=role, locale=locale, currency=currency
        )

    return make
