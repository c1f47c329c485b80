"""The engine seen from the application: one process, made at first use, made anew when it dies."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Lock
from typing import Any

import fintwin
from fintwin.kernel.errors import Busy, Conflict, FinTwinError
from fintwin.projection.plain import from_plain, plain
from fintwin.projection.question import Amount, Answer, Project, Solve

STARTING = 180.0
"""Seconds a first compilation may take on a slow machine; the next start takes two."""

ANSWERING = 20.0
"""Seconds an answer may take, waiting for the one before included."""


class Engine:
    """One engine process. Its methods may be called from any thread; questions are answered one after the other.

    Args:
        data_dir: the directory that the engine may not look into (None: there is none).
        cache_dir: where compiled code is kept, beside the build output.
    """

    def __init__(self, *, data_dir: Path | None, cache_dir: Path | None) -> None:
        self._data_dir = data_dir.resolve() if data_dir else None
        self._cache_dir = cache_dir.resolve() if cache_dir else None
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = Lock()
        self.version = ""

    def project(self, question: Project, *, timeout: float = ANSWERING, cancelled: Event | None = None) -> Answer:
        """Fan, chances and months.

        Raises:
            Busy: no answer in time (the process is ended), or it died; the same question may be asked again.
            Conflict: `cancelled` was set meanwhile (code `cancelled`).
        """
        return from_plain(Answer, self._ask("project", question, timeout, cancelled))

    def solve(self, question: Solve, *, timeout: float = ANSWERING, cancelled: Event | None = None) -> Amount:
        """The largest or smallest amount that keeps a chance; raises as `project`."""
        return from_plain(Amount, self._ask("solve", question, timeout, cancelled))

    def warm(self) -> None:
        """Starts the process where it does not run, so that the first question need not wait."""
        with self._turn:
            self._running()

    @property
    def pid(self) -> int | None:
        """The process's number; None where none runs."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()

    def _ask(self, ask: str, question: object, timeout: float, cancelled: Event | None) -> Any:
        until = time.monotonic() + timeout
        if not self._turn.acquire(timeout=timeout):
            raise Busy("The twin is busy with other questions. Try again in a moment.", code="engine_busy")
        try:
            process = self._running()
            until = max(until, time.monotonic() + timeout / 2)
            reply = self._exchange(process, {"ask": ask, "question": plain(question)}, until, cancelled)
        finally:
            self._turn.release()
        if "refused" in reply:
            raise FinTwinError(**reply["refused"])
        if "fault" in reply:
            raise RuntimeError(f"engine: {reply['fault']}")
        return reply["answer"]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        root = Path(fintwin.__file__).resolve().parent.parent
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", "fintwin.projection.process", str(self._data_dir or ""), str(self._cache_dir or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=root,
            env={},
            close_fds=True,
            start_new_session=True,
        )
        self.version = self._read(process, time.monotonic() + STARTING, None)["ready"]
        return process

    def _exchange(self, process: subprocess.Popen[bytes], message: Any, until: float, cancelled: Event | None) -> Any:
        body = json.dumps(message, separators=(",", ":")).encode()
        try:
            if process.stdin is None:
                raise BrokenPipeError
            frame = memoryview(len(body).to_bytes(8, "big") + body)
            while frame:
                frame = frame[process.stdin.write(frame) or 0 :]
        except OSError:
            self.close()
            raise Busy("The twin's engine has stopped. Ask again.", code="engine_stopped") from None
        return self._read(process, until, cancelled)

    def _read(self, process: subprocess.Popen[bytes], until: float, cancelled: Event | None) -> Any:
        """The next frame; ends the process where it comes too late or is not wanted any more."""
        if process.stdout is None:
            raise Busy("The twin's engine has stopped. Ask again.", code="engine_stopped")
        source = process.stdout.fileno()
        seen = bytearray()
        while len(seen) < 8 or len(seen) < 8 + int.from_bytes(seen[:8], "big"):
            if cancelled is not None and cancelled.is_set():
                self.close()
                raise Conflict("This question was taken back.", code="cancelled")
            if time.monotonic() > until:
                self.close()
                raise Busy("The twin has not answered in time. Ask again.", code="engine_late")
            if select.select([source], [], [], 0.05)[0]:
                part = os.read(source, 1 << 20)
                if not part:
                    self.close()
                    raise Busy("The twin's engine has stopped. Ask again.", code="engine_stopped")
                seen += part
        return json.loads(bytes(seen[8:]))


class _Open:
    engine: Engine | None = None


_open = _Open()


def open_engine(*, data_dir: Path | None, cache_dir: Path | None) -> Engine:
    """Sets the application's engine up; the process starts with the first question."""
    close_engine()
    _open.engine = Engine(data_dir=data_dir, cache_dir=cache_dir)
    return _open.engine


def close_engine() -> None:
    """Ends the application's engine."""
    if _open.engine is not None:
        _open.engine.close()
    _open.engine = None


def engine() -> Engine:
    """The application's engine.

    Raises:
        RuntimeError: it has not been opened.
    """
    if _open.engine is None:
        raise RuntimeError("the engine is not open")
    return _open.engine
