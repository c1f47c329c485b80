"""The roles and the unit of work hold what they promise."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fintwin.db import migrate, roles
from fintwin.db.address import as_login, parsed
from fintwin.db.engine import open_database
from fintwin.db.guard import refuse_unsafe
from fintwin.db.work import perform, system_work, work
from fintwin.kernel.errors import Busy, Misconfigured


def names(session):
    return [name for (name,) in session.connection().execute(text("SELECT name FROM person ORDER BY id"))]


def test_a_person_sees_their_own_row_only(database, person):
    maya, _ravi = person("Maya"), person("Ravi")
    with work(maya.person) as session:
        assert names(session) == ["Maya"]


def test_nobody_sees_nothing_and_the_setting_does_not_leak(database, person):
    maya = person("Maya")
    for _ in range(3):
        with work(maya.person) as session:
            assert names(session) == ["Maya"]
        with work(None) as session:
            assert names(session) == []


def test_the_system_reads_across_people_but_cannot_write(database, person):
    person("Maya"), person("Ravi")
    with system_work() as session:
        assert names(session) == ["FinTwin", "Maya", "Ravi"]
    with pytest.raises(DBAPIError, match="permission denied"), system_work() as session:
        session.connection().execute(text("UPDATE person SET name = 'x'"))


def test_an_error_leaves_nothing(database, person, admin):
    maya = person("Maya")
    admin("CREATE TABLE note (owner bigint, body text)")
    admin("GRANT SELECT, INSERT ON note TO PUBLIC")

    def half(session):
        session.connection().execute(text("INSERT INTO note VALUES (1, 'half')"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        perform(maya.person, half)
    assert admin("SELECT * FROM note") == []


def test_read_only_work_cannot_write(database, person, admin):
    maya = person("Maya")
    admin("CREATE TABLE note (body text)")
    admin("GRANT INSERT ON note TO PUBLIC")
    with pytest.raises(DBAPIError, match="read-only"), work(maya.person, read_only=True, repeatable=True) as session:
        session.connection().execute(text("INSERT INTO note VALUES ('x')"))


def test_a_lock_that_stays_is_busy_and_one_that_goes_is_tried_again(database, person):
    maya = person("Maya")
    calls = []

    def locked(session):
        calls.append(1)
        session.connection().execute(text("DO $$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END $$"))

    with pytest.raises(Busy):
        perform(maya.person, locked)
    assert len(calls) == 3

    def passing(session):
        calls.append(1)
        return names(session) if len(calls) > 4 else locked(session)

    assert perform(maya.person, passing) == ["Maya"]


def test_the_apps_login_is_safe(database):
    with work(None) as session:
        refuse_unsafe(session)


def test_a_superuser_as_the_apps_login_is_refused(database):
    open_database(database.admin_url)
    with pytest.raises(Misconfigured, match="superuser"), work(None) as session:
        refuse_unsafe(session)


def test_a_member_of_the_owner_is_refused(database, admin):
    [(owner, app)] = admin("SELECT owner_role, app_role FROM installation")
    admin(f'GRANT "{owner}" TO "{app}"')
    try:
        with pytest.raises(Misconfigured, match="member of the owner"), work(None) as session:
            refuse_unsafe(session)
    finally:
        admin(f'REVOKE "{owner}" FROM "{app}"')


def test_a_table_without_row_security_is_refused(database, admin):
    [(owner,)] = admin("SELECT owner_role FROM installation")
    admin(f'CREATE TABLE forgotten (owner bigint); ALTER TABLE forgotten OWNER TO "{owner}"')
    with pytest.raises(Misconfigured, match="forgotten"), work(None) as session:
        refuse_unsafe(session)


def test_a_login_that_may_not_create_roles_works_after_the_printed_sql(server, tmp_path):
    server.run("DROP DATABASE IF EXISTS plain_db WITH (FORCE)", "DROP ROLE IF EXISTS plain_admin")
    server.run("CREATE ROLE plain_admin LOGIN PASSWORD 'secret'", "CREATE DATABASE plain_db OWNER plain_admin")
    login = as_login(server.at("plain_db"), name="plain_admin", password="secret")
    with pytest.raises(Misconfigured, match="print-roles"):
        roles.prepare(login, folder=tmp_path)
    sql = roles.printed_for(login)
    assert "CHOOSE-A-PASSWORD" in sql
    server.run(*[line for line in sql.splitlines() if not line.startswith("--")], database="plain_db")
    app = as_login(login, name="plain_db_app", password="CHOOSE-A-PASSWORD")
    system = as_login(login, name="plain_db_system", password="CHOOSE-ANOTHER")
    found, addresses = roles.prepare(login, folder=tmp_path, app=app, system=system)
    migrate.upgrade(login, names=found)
    open_database(addresses.app, system=addresses.system)
    with work(None) as session:
        refuse_unsafe(session)
        assert names(session) == []
    with system_work() as session:
        assert names(session) == ["FinTwin"]
    server.run("DROP DATABASE plain_db WITH (FORCE)")


def test_making_the_roles_twice_keeps_the_passwords(server, tmp_path):
    server.run("DROP DATABASE IF EXISTS twice_db WITH (FORCE)", "CREATE DATABASE twice_db")
    first = roles.prepare(server.at("twice_db"), folder=tmp_path)
    assert roles.prepare(server.at("twice_db"), folder=tmp_path) == first
    server.run("DROP DATABASE twice_db WITH (FORCE)")
    assert (tmp_path / roles.SECRETS).stat().st_mode & 0o777 == 0o600


def test_migrations_go_down_and_up_again(database, admin):
    [found] = admin("SELECT owner_role, app_role, system_role FROM installation")
    migrate.downgrade(database.admin_url, to="base")
    migrate.upgrade(database.admin_url, names=roles.Names(*found))
    engine = create_engine(parsed(database.admin_url), poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM person")) == 1
    engine.dispose()


def test_tables_and_models_agree(database):
    migrate.check(database.admin_url)
