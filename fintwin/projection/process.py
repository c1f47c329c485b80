"""The engine's process: `python -m fintwin.projection.process DATA_DIR CACHE_DIR`, started by `engine` alone.

It answers framed JSON on its standard streams and ends when its input does. It has no environment, imports no database
driver, and once the kernel is compiled an audit hook refuses sockets, other processes, drivers, every open() for
writing and everything inside the data directory.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

_REFUSED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.truncate",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.chown",
    "os.putenv",
    "os.kill",
    "pty.spawn",
    "shutil.",
    "sqlite3.",
    "ctypes.dlopen",
    "urllib.",
    "http.",
    "ftplib.",
    "smtplib.",
)
_DRIVERS = frozenset({"psycopg2", "psycopg", "sqlalchemy", "sqlmodel", "asyncpg", "sqlite3", "redis", "fintwin.db"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def install_guard(data_dir: str) -> None:
    """Puts the audit hook in; it cannot be taken out again."""
    inside = os.path.realpath(data_dir) if data_dir else ""

    def within(path: Any) -> bool:
        if not inside or isinstance(path, int) or path is None:
            return False
        real = os.path.realpath(os.fsdecode(path))
        return real == inside or real.startswith(inside + os.sep)

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"the engine may not {event}")
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (flags or 0) & _WRITING
            if writes or within(path):
                raise PermissionError("the engine may not open this file")
        elif event in ("os.listdir", "os.scandir", "os.chdir") and arguments and within(arguments[0]):
            raise PermissionError("the engine may not look in here")
        elif event == "import" and arguments[0] in _DRIVERS:
            raise PermissionError("the engine imports no database driver")

    sys.addaudithook(guard)


def receive(stream: BinaryIO) -> Any:
    """The next frame's value (8 bytes of length, then JSON); None at the end."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    return json.loads(stream.read(int.from_bytes(head, "big")))


def send(stream: BinaryIO, value: Any) -> None:
    """Writes one frame."""
    body = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    stream.write(len(body).to_bytes(8, "big") + body)
    stream.flush()


def made_of(sources: Path) -> str:
    """A name for what is compiled of a folder of modules by this interpreter.

    Numba looks at the date of one module only, and keeps the names of classes that may have moved since.
    """
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(sources.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"kernel-{digest.hexdigest()[:16]}"


def _prepared(wanted: str) -> tuple[str, bool]:
    """The folder for compiled code, and whether it is a passing one; what earlier versions compiled is thrown away.

    Numba reads its cache only where it may write: a folder that may not be written (an image's) is copied.
    """
    folder = Path(wanted) / made_of(Path(__file__).parent) if wanted else None
    try:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK | os.X_OK):
                for other in folder.parent.glob("kernel-*"):
                    if other != folder:
                        shutil.rmtree(other, ignore_errors=True)
                return str(folder), False
    except OSError:
        pass
    passing = tempfile.mkdtemp(prefix="fintwin-engine-")
    if folder and folder.is_dir():
        shutil.copytree(folder, passing, dirs_exist_ok=True)
    return passing, True


def main() -> None:
    """Compiles, closes the doors, answers."""
    data_dir, cache_dir = sys.argv[1:3]
    os.environ.clear()
    os.environ["NUMBA_CACHE_DIR"], passing = _prepared(cache_dir)
    sys.dont_write_bytecode = True
    from fintwin.kernel.errors import FinTwinError
    from fintwin.projection import kernel
    from fintwin.projection.answering import VERSION, Answering
    from fintwin.projection.plain import from_plain, plain
    from fintwin.projection.question import Project, Solve
    from fintwin.projection.snapshot import Account, Kind, Rest, Snapshot

    answering = Answering()
    small = Snapshot(
        as_of=date(2026, 1, 31),
        currency="EUR",
        digits=2,
        accounts=(Account("a", "a", Kind.CASH, Decimal(1)),),
        streams=(),
        rest=Rest(True, (Decimal(-1),), "a"),
    )
    answering.project(Project(small, months=2, paths=4, account="a", samples=True))
    kernel.advance.disable_compile()
    answering.banks.clear()
    answering.buffers = None
    if passing:
        shutil.rmtree(os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    install_guard(data_dir)
    send(sink, {"ready": VERSION})
    while (message := receive(source)) is not None:
        try:
            if message["ask"] == "project":
                answer: Any = answering.project(from_plain(Project, message["question"]))
            else:
                answer = answering.solve(from_plain(Solve, message["question"]))
            send(sink, {"answer": plain(answer)})
        except FinTwinError as refused:
            send(sink, {"refused": {"sentence": refused.sentence, "code": refused.code, "field": refused.field}})
        except Exception as fault:
            send(sink, {"fault": f"{type(fault).__name__}: {fault}"})


if __name__ == "__main__":
    main()
