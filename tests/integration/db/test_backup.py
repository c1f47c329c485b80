"""Books leave in one file and come back elsewhere."""

import os
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fintwin.db import backup, home
from fintwin.db.address import parsed, plain
from fintwin.db.embedded import Server
from fintwin.db.engine import close_database, open_database
from fintwin.db.last_backup import last_backup
from fintwin.db.work import work
from fintwin.kernel.errors import Invalid, Misconfigured, Refused
from fintwin.settings import Settings


def settings_of(folder: Path, **more: str) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **more)


def run(address: str, sql: str) -> list[tuple]:
    engine = create_engine(parsed(address), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            found = connection.execute(text(sql))
            return [tuple(row) for row in found] if found.returns_rows else []
    finally:
        engine.dispose()


PERSON = """
INSERT INTO person (issuer, subject, email, email_verified, name, picture, customer_number, status, kyc_status, role)
VALUES ('local', '{0}', '', true, '{0}', '', '{1}', 'active', 'pending', 'customer')
"""


@pytest.fixture
def books(tmp_path):
    """A migrated home with two people and keys."""
    config = settings_of(tmp_path / "first")
    with home.reached(config) as reached:
        home.migrated(reached, config)
        run(reached.admin, PERSON.format("Maya", "C00000001"))
        run(reached.admin, PERSON.format("Tom", "C00000002"))
        (config.data_dir / "field.key").write_text("a key\n")
        yield config, reached


def people(reached: home.Home) -> list[tuple]:
    return run(reached.admin, "SELECT name FROM person WHERE issuer = 'local' ORDER BY name")


def test_a_backup_comes_back_in_an_empty_directory(books, tmp_path):
    config, reached = books
    file = tmp_path / "books.fintwin"
    backup.backup(reached, config, to=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert last_backup(config.data_dir) is not None
    with tarfile.open(file) as tar:
        assert set(tar.getnames()) == {"fintwin.json", "database.dump", "keys/field.key", "keys/roles.json"}

    second = settings_of(tmp_path / "second")
    backup.restore(second, source=file)
    assert (second.data_dir / "field.key").read_text() == "a key\n"
    assert stat.S_IMODE((second.data_dir / "roles.json").stat().st_mode) == 0o600
    with home.reached(second) as again:
        assert people(again) == people(reached)
        assert run(again.admin, DOORS) == run(reached.admin, DOORS)
        assert run(again.admin, POLICIES) == run(reached.admin, POLICIES)
        addresses = home.migrated(again, second)
        open_database(addresses.app, system=addresses.system)
        try:
            with work(2) as session:
                assert [name for (name,) in session.connection().execute(text("SELECT name FROM person"))] == ["Maya"]
        finally:
            close_database()


DOORS = "SELECT proname, proacl::text, pg_get_userbyid(proowner), prosecdef FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY oid::regprocedure::text"
POLICIES = "SELECT tablename, policyname, roles::text, qual, with_check FROM pg_policies ORDER BY 1, 2"


def test_an_outside_database_with_an_ordinary_administrator(server, books, tmp_path, monkeypatch):
    """Its login may create roles and databases, but is no superuser."""
    name = f"outside_{os.getpid()}"
    server.run(f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD 'it''s@secret'")
    server.run(f"CREATE DATABASE {name} OWNER {name}", f"CREATE DATABASE {name}_2 OWNER {name}")
    address = plain(parsed(server.at(name)).set(username=name, password="it's@secret"))
    first = settings_of(tmp_path / "outside", database_url=address)
    try:
        file = tmp_path / "books.fintwin"
        with home.reached(first) as reached:
            home.migrated(reached, first)
            engine = create_engine(parsed(address), poolclass=NullPool)
            with engine.begin() as connection:
                connection.exec_driver_sql(f'SET ROLE "{name}_owner"')
                connection.exec_driver_sql(PERSON.format("Maya", "C00000001"))
            engine.dispose()
            backup.backup(reached, first, to=file)
        other = plain(parsed(address).set(database=f"{name}_2"))
        second = settings_of(tmp_path / "outside2", database_url=other)
        backup.restore(second, source=file)
        assert run(server.at(f"{name}_2"), "SELECT name FROM person WHERE issuer = 'local'") == [("Maya",)]
        assert run(server.at(f"{name}_2"), "SELECT owner_role FROM installation") == [(f"{name}_owner",)]
        with pytest.raises(Refused, match="not empty"):
            backup.restore(settings_of(tmp_path / "outside3", database_url=other), source=file)
    finally:
        server.run(*(f"DROP DATABASE {one} WITH (FORCE)" for one in (name, f"{name}_2")))
        server.run(*(f"DROP ROLE IF EXISTS {name}{end}" for end in ("_owner", "_app", "_system", "")))


def test_books_are_never_overwritten(books, tmp_path):
    config, reached = books
    file = tmp_path / "books.fintwin"
    backup.backup(reached, config, to=file)
    with pytest.raises(Refused, match="exists"):
        backup.backup(reached, config, to=file)
    with pytest.raises(Refused, match="not empty"):
        backup.restore(config, source=file)
    assert people(reached) == [("Maya",), ("Tom",)]


def test_a_database_of_a_newer_version_is_refused(books):
    config, reached = books
    run(reached.admin, "UPDATE alembic_version SET version_num = '9999_later'")
    with pytest.raises(Misconfigured, match="newer"):
        home.migrated(reached, config)


def test_a_file_that_is_no_backup(tmp_path):
    bad = tmp_path / "bad"
    bad.write_bytes(b"not a tar" * 400)
    with pytest.raises(Invalid, match="not a backup"):
        backup.restore(settings_of(tmp_path / "second"), source=bad)
    with tarfile.open(tmp_path / "evil", "w") as tar:
        tar.add(bad, "../../escaped")
        tar.add(bad, "keys/../../escaped.key")
    with pytest.raises(Invalid, match="not a backup"):
        backup.restore(settings_of(tmp_path / "second"), source=tmp_path / "evil")
    assert not (tmp_path / "second").exists()


def test_a_damaged_dump_leaves_no_keys(books, tmp_path):
    config, reached = books
    file = tmp_path / "books.fintwin"
    backup.backup(reached, config, to=file)
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path / "parts", filter="data")
    dump = tmp_path / "parts" / "database.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    with tarfile.open(tmp_path / "damaged", "w") as tar:
        for part in ("fintwin.json", "keys", "database.dump"):
            tar.add(tmp_path / "parts" / part, part)
    second = settings_of(tmp_path / "second")
    with pytest.raises(Misconfigured, match="pg_restore"):
        backup.restore(second, source=tmp_path / "damaged")
    assert home.secret_files(second.data_dir) == []


def test_the_password_is_not_in_the_list_of_processes(books, tmp_path, monkeypatch):
    config, reached = books
    seen: list[list[str]] = []
    original = subprocess.run

    def spy(command, **more):
        seen.append([str(part) for part in command])
        return original(command, **more)

    monkeypatch.setattr(subprocess, "run", spy)
    backup.backup(reached, config, to=tmp_path / "books.fintwin")
    assert isinstance(reached.server, Server)
    password = parsed(reached.admin).password
    assert seen
    assert not any(password in part for command in seen for part in command)
