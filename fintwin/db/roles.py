"""The three roles of an installation: owner (no login), app, system.

`owner` owns every table and runs migrations and doors, `app` is the login of web and worker and sees one person at a
time, `system` is the worker's second login and reads across people. None is superuser or may bypass row security.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fintwin.db.address import as_login, parsed
from fintwin.kernel.errors import Misconfigured

SECRETS = "roles.json"


@dataclass(frozen=True, slots=True)
class Names:
    """The roles' names in the cluster."""

    owner: str
    app: str
    system: str

    @classmethod
    def of(cls, prefix: str) -> "Names":
        bare = re.sub(r"[^a-z0-9_]", "_", prefix.lower())[:40]
        return cls(f"{bare}_owner", f"{bare}_app", f"{bare}_system")


@dataclass(frozen=True, slots=True)
class Addresses:
    """What web (app) and worker (app and system) connect with."""

    app: str
    system: str


def installed(connection: Connection) -> Names | None:
    """The names that this database was first migrated with; None before."""
    if connection.scalar(text("SELECT to_regclass('public.installation')")) is None:
        return None
    row = connection.execute(text("SELECT owner_role, app_role, system_role FROM installation")).one_or_none()
    return Names(*row) if row else None


def chosen(connection: Connection, *, prefix: str = "") -> Names:
    """The installation's names, or those of a new one: by prefix, else by the database's name."""
    return installed(connection) or Names.of(prefix or str(connection.scalar(text("SELECT current_database()"))))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def statements(names: Names, *, database: str, login: str, passwords: dict[str, str]) -> Iterator[str]:
    """The SQL that makes the roles and lets them in; may be run again and again.

    Args:
        login: the administrator who will run migrations.
        passwords: by role name, for app and system; a role without one keeps what it has.
    """
    owner, app, system = _quoted(names.owner), _quoted(names.app), _quoted(names.system)
    for name in (names.owner, names.app, names.system):
        can = "NOLOGIN" if name == names.owner else "LOGIN"
        yield (
            f"DO $$ BEGIN CREATE ROLE {_quoted(name)} {can} NOINHERIT;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    for name, password in passwords.items():
        yield f"ALTER ROLE {_quoted(name)} PASSWORD {_literal(password)}"
    yield f"GRANT {owner} TO {_quoted(login)}"
    yield f"REVOKE ALL ON DATABASE {_quoted(database)} FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {owner}, {app}, {system}, {_quoted(login)}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}"
    yield f"GRANT USAGE ON SCHEMA public TO {app}, {system}"
    # Text search works without it, slower; migrations, as the owner, may not make it.
    yield (
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN"
        " CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public; END IF;"
        " EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )


def printed(names: Names, *, database: str, login: str) -> str:
    """The same SQL for an administrator who makes the roles by hand."""
    passwords = {names.app: "CHOOSE-A-PASSWORD", names.system: "CHOOSE-ANOTHER"}
    lines = [line + ";" for line in statements(names, database=database, login=login, passwords=passwords)]
    head = f"-- Run once as a superuser while connected to the database {database}."
    return "\n".join(
        [head, *lines, "-- Then set FINTWIN_APP_DATABASE_URL and FINTWIN_SYSTEM_DATABASE_URL to these logins."]
    )


def secrets_of(folder: Path) -> dict[str, str]:
    """The passwords kept in the data directory, by role name."""
    path = folder / SECRETS
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _keep(folder: Path, passwords: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SECRETS
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(passwords, file)
    fresh.replace(path)


def may_make_roles(connection: Connection) -> bool:
    """Whether this login can create and change roles."""
    return bool(connection.scalar(text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")))


def prepare(
    admin: str, *, folder: Path, prefix: str = "", app: str = "", system: str = "", names: Names | None = None
) -> tuple[Names, Addresses]:
    """Make the roles where needed and say with which addresses web and worker connect.

    Args:
        admin: an administrator's address; seen by the parent process only.
        folder: the data directory, which keeps both passwords.
        app, system: addresses of logins made by hand (`migrate --print-roles`); then nothing is made here.
        names: of an installation that is about to be restored; else read from the database, or made from the prefix.

    Raises:
        Misconfigured: this login may not make roles, and none were named.
    """
    engine = create_engine(parsed(admin), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            names = names or chosen(connection, prefix=prefix)
            if app and system:
                return names, Addresses(app, system)
            if not may_make_roles(connection):
                raise Misconfigured(
                    "The login in DATABASE_URL may not create roles. Run `fintwin migrate --print-roles`, let an administrator run"
                    " what it prints, and set FINTWIN_APP_DATABASE_URL and FINTWIN_SYSTEM_DATABASE_URL."
                )
            kept = secrets_of(folder)
            mine = {name: kept.get(name) or secrets.token_urlsafe(32) for name in (names.app, names.system)}
            _keep(folder, {**kept, **mine})
            database, login = connection.execute(text("SELECT current_database(), current_user")).one()
            for line in statements(names, database=database, login=login, passwords=mine):
                connection.exec_driver_sql(line.replace("%", "%%"))
            connection.commit()
    except DBAPIError as error:
        raise Misconfigured(f"The database did not let FinTwin in: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()
    return names, Addresses(
        as_login(admin, name=names.app, password=mine[names.app]),
        as_login(admin, name=names.system, password=mine[names.system]),
    )


def printed_for(admin: str, *, prefix: str = "") -> str:
    """What `fintwin migrate --print-roles` prints."""
    engine = create_engine(parsed(admin), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            database, login = connection.execute(text("SELECT current_database(), current_user")).one()
            return printed(chosen(connection, prefix=prefix), database=database, login=login)
    finally:
        engine.dispose()
