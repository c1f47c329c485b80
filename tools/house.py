"""A FinTwin of its own on a free port, with a demo household in it: for pictures and measurements."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def house() -> Iterator[str]:
    """The address of a running FinTwin without a provider; its books are thrown away at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="fintwin-") as folder:
        Path(folder).chmod(0o755)
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("FINTWIN_", "GOOGLE_"))}
        bare |= {"FINTWIN_DATA_DIR": f"{folder}/data", "FINTWIN_PORT": str(port), "FINTWIN_ENV_FILE": ""}
        process = subprocess.Popen([sys.executable, "-m", "fintwin", "run"], cwd=ROOT, env=bare, stdout=sys.stderr)
        try:
            until = time.monotonic() + PATIENCE
            while not _ready(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("FinTwin did not start")
                time.sleep(0.2)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def demo_cookie(url: str, *, locale: str = "en-GB", zone: str = "Europe/Berlin") -> dict[str, str]:
    """Open a demo household; the session's cookie, as a browser keeps it."""
    body = urllib.parse.urlencode({"locale": locale, "zone": zone}).encode()
    request = urllib.request.Request(f"{url}/auth/demo", data=body, headers={"Origin": url, "Accept-Language": locale})
    try:
        answer = urllib.request.build_opener(_Stay).open(request, timeout=PATIENCE)
    except urllib.error.HTTPError as redirect:
        answer = redirect
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie") or []:
        found.load(header)
    if "problem" in (answer.headers.get("Location") or "") or not found:
        raise RuntimeError(f"no demo household: {answer.headers}")
    return {name: cookie.value for name, cookie in found.items() if cookie.value}
