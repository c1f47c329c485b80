"""`fintwin run`: the database, its migration, web and worker, in this order, and their end."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from dotenv import dotenv_values

from fintwin import build, ready
from fintwin.db import embedded
from fintwin.identity import door
from fintwin.kernel.errors import Misconfigured
from fintwin.kernel.processes import tied_to_parent
from fintwin.settings import Settings

_PARENT_ONLY = (
    *("DATABASE_URL", "FINTWIN_APP_DATABASE_URL", "FINTWIN_SYSTEM_DATABASE_URL"),
    *("PGPASSWORD", "PGUSER", "PGSERVICE", "PGSERVICEFILE", "PGHOST", "PGDATABASE"),
)
_LONGEST_PAUSE = 30.0
_STEADY = 60.0  # seconds after which a process that dies is started again without a pause
_HOPELESS = 3  # deaths in a row before the first page was ever served
_GRACE = 25.0  # the worker gives its running jobs 20

Say = Callable[[str], None]


class Addresses(Protocol):
    """What web and worker connect with."""

    @property
    def app(self) -> str: ...
    @property
    def system(self) -> str: ...


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)


@dataclass(slots=True)
class Child:
    """A process that is kept running."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    deaths: int = field(default=0)

    def start(self) -> None:
        """Start it; its end is tied to ours, and Ctrl-C reaches it through us alone."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=build.ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGTERM),  # noqa: PLW1509 - it calls one system call, made ready before
        )

    def keep(self) -> None:
        """Notice its death, and start it again after a pause that doubles with each death in a row."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.process = None
        self.deaths = 1 if now - self.started > _STEADY else self.deaths + 1
        pause = 0.0 if self.deaths == 1 else min(0.5 * 2 ** (self.deaths - 2), _LONGEST_PAUSE)
        self.due = now + pause
        say(f"The {self.name} ended ({_how(code)}); starting it again" + (f" in {pause:g} s" if pause else ""))

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, *, until: float, now: Callable[[], bool]) -> None:
        """Wait for its end; kill it, and all it started, at a time (monotonic) or when told to."""
        if self.process is None:
            return
        while self.process.poll() is None and time.monotonic() < until and not now():
            time.sleep(0.02)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def run(config: Settings) -> int:
    """Run everything until SIGTERM, SIGINT or SIGHUP; the exit code.

    Raises:
        Misconfigured: something does not let the app start.
    """
    door.check(config)
    with _asked_to_end() as ending:
        _refuse_taken_port(config, ending)
        build.ensure(say=say)
        server = embedded.start(config.data_dir, preferred=config.pg_bin, say=say) if config.embedded else None
        try:
            say("Preparing the database")
            made = ready.make()
            if ending.is_set():
                return 0
            if made.offered:
                say("There is no administrator yet. Open this within a day and sign in to become one:")
                say(f"{config.public_url}{made.offered}")
            return _serve(config, server, made, ending)
        finally:
            if server is not None:
                server.stop()


def _serve(config: Settings, server: embedded.Server | None, addresses: Addresses, ending: "_Ending") -> int:
    children = [
        Child(
            "web process",
            build.serve_command(host=config.bind, port=config.port, workers=config.workers),
            web_environment(config, addresses),
        ),
        Child("worker", [sys.executable, "-m", "fintwin", "worker"], worker_environment(config, addresses)),
    ]
    web = children[0]
    try:
        for child in children:
            child.start()
        served = False
        while not ending.wait(0.1 if not served else 0.5):
            if server is not None and not server.running:
                say("The database ended; starting it again")
                server.ensure(say)
            for child in children:
                child.keep()
            if not served:
                served = _answers(config)
                if served:
                    say(f"FinTwin is at {config.public_url}  (Ctrl-C ends it)")
                elif web.deaths >= _HOPELESS:
                    raise Misconfigured("The web process does not start; its own words stand above.")
    finally:
        if ending.is_set():
            say("Ending")
        for child in children:
            child.ask_to_end()
        until = time.monotonic() + _GRACE
        for child in children:
            child.end(until=until, now=ending.impatient)
    return 0


def web_environment(config: Settings, addresses: Addresses) -> dict[str, str]:
    """What the web process sees: the app's address, and no other."""
    ours = _environment(config) | {"FINTWIN_APP_DATABASE_URL": addresses.app}
    if config.redis_url:
        ours["REFLEX_REDIS_URL"] = config.redis_url
    return build.environment(ours, serving=True)


def worker_environment(config: Settings, addresses: Addresses) -> dict[str, str]:
    """What the worker sees: the app's address and the system's."""
    return _environment(config) | {
        "FINTWIN_APP_DATABASE_URL": addresses.app,
        "FINTWIN_SYSTEM_DATABASE_URL": addresses.system,
    }


def _environment(config: Settings) -> dict[str, str]:
    """Our own environment and the `.env` file's, without any way into the database; it names no file to read."""
    filed = dotenv_values(os.environ.get("FINTWIN_ENV_FILE") or ".env")
    whole = {name: value for name, value in filed.items() if value is not None} | dict(os.environ)
    for name in _PARENT_ONLY:
        whole.pop(name, None)
    return whole | {
        "FINTWIN_ENV_FILE": "",
        "FINTWIN_DATA_DIR": str(config.data_dir),
        "PGPASSFILE": os.devnull,  # the administrator's own lies at home
        "PYTHONUNBUFFERED": "1",
    }


class _Ending:
    """Set by the first signal; the second one means at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._asked = 0

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)

    def impatient(self) -> bool:
        return self._asked > 1


@contextmanager
def _asked_to_end() -> Iterator[_Ending]:
    ending = _Ending()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, ending.ask) for number in numbers]
    try:
        yield ending
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _refuse_taken_port(config: Settings, ending: _Ending) -> None:
    """Refuse a port that somebody listens on; a killed run's last processes get some seconds to let it go."""
    family = socket.AF_INET6 if ":" in config.bind else socket.AF_INET
    until = time.monotonic() + 8
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((config.bind.strip("[]"), config.port))
                return
            except OSError as fault:
                if time.monotonic() > until or ending.wait(0.2):
                    raise Misconfigured(
                        f"Port {config.port} on {config.bind} cannot be used ({fault.strerror}). End what uses it, or "
                        "set FINTWIN_PORT to another one.",
                        code="port_taken",
                    ) from None


def _answers(config: Settings) -> bool:
    """Whether the web process answers and reaches the database."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.bind, config.bind)  # noqa: S104 - compared, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{config.port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
