"""Find a Chromium for tests and screenshots, or get one; prints where it is.

FINTWIN_CHROMIUM, then the system's, then Playwright's own; where there is none, Playwright's download, then the
distribution's package. No browser is an error.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
LONGEST_DOWNLOAD = 300  # seconds


def works(path: str) -> bool:
    """Whether this browser starts: a download may lack the system's libraries."""
    command = [path, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,<p>up</p>"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "<p>up</p>" in done.stdout


def found() -> Iterator[str]:
    """Browsers that are there already, best first."""
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    yield from (path for path in MAC if Path(path).exists())
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).exists():
        yield path


def said(*command: str, seconds: int) -> bool:
    """Run a command, its words on stderr; whether it went well."""
    print("Getting a browser:", *command, file=sys.stderr, flush=True)
    try:
        return subprocess.run(command, stdout=sys.stderr, timeout=seconds, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def gotten() -> Iterator[str]:
    """Browsers that were fetched just now."""
    root_on_debian = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if said(sys.executable, "-m", "playwright", "install", "chromium", seconds=LONGEST_DOWNLOAD):
        yield from found()
        if root_on_debian and said(sys.executable, "-m", "playwright", "install-deps", "chromium", seconds=600):
            yield from found()
    if root_on_debian:
        said("apt-get", "update", "-qq", seconds=300)
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        for package in ("chromium", "chromium-browser"):
            if said(
                "apt-get", "install", "-y", "-qq", "--no-install-recommends", package, "fonts-liberation", seconds=900
            ):
                yield from found()


def browser() -> str:
    """The path of a browser that works."""
    if named := os.environ.get("FINTWIN_CHROMIUM"):
        if works(named):
            return named
        sys.exit(f"FINTWIN_CHROMIUM: {named} does not start.")
    for path in chain(found(), gotten()):
        if works(path):
            return path
    sys.exit("No browser was found and none could be fetched. Install Chromium, or name one in FINTWIN_CHROMIUM.")


if __name__ == "__main__":
    print(browser())
