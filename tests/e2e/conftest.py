"""The built app as `fintwin run` serves it, and real browsers that look at it.

Whatever a browser complains of (a broken script, an error in its console, a violation of the content policy) fails the
test that opened it: a page that merely looks right is not enough.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from fintwin import build
from tests.ports import free_port
from tools.house import demo_cookie

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0

expect.set_options(timeout=30_000)  # a machine that does much else is slow
SOON = 10_000
"""Milliseconds for what a person sees within three seconds on a machine that does nothing else. Nothing else would bring
it in that time: no tab asks by itself."""


@dataclass(frozen=True, slots=True)
class House:
    """A running FinTwin with books of its own."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running(folder: Path, *, port: int, **environment: str) -> Iterator[House]:
    """`fintwin run` in an empty data directory under settings of its own."""
    build.ensure()
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("FINTWIN_", "GOOGLE_"))}
    bare |= {"FINTWIN_DATA_DIR": str(folder / "data"), "FINTWIN_PORT": str(port), "FINTWIN_ENV_FILE": "", **environment}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fintwin", "run"],
            cwd=ROOT,
            env=bare,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            url = f"http://localhost:{port}"
            until = time.monotonic() + PATIENCE
            while not _ready(url):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.2)
            yield House(url, folder, process)
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A FinTwin without a provider."""
    with running(tmp_path_factory.mktemp("house"), port=free_port()) as here:
        yield here


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


_browser = ExitStack()
_running: list[Browser] = []


@pytest.fixture
def chromium() -> Browser:
    """A real browser; `tools/browser.py` finds or gets one where FINTWIN_CHROMIUM names none.

    Starting one costs seconds, so it stays for the files that follow, until one begins without it: while it is there,
    this thread has a running event loop and asyncio.run() cannot be used.
    """
    if not (_running and _running[0].is_connected()):
        _end_browser()
        path = (
            os.environ.get("FINTWIN_CHROMIUM")
            or subprocess.run(
                [sys.executable, "tools/browser.py"], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout.strip()
        )
        playwright = _browser.enter_context(sync_playwright())
        _running.append(playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]))
        _browser.callback(_running[0].close)
    return _running[0]


def _end_browser() -> None:
    _running.clear()
    _browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End the browser once what its tests opened is closed, and the next file does not begin with it."""
    try:
        return (yield)
    finally:
        if nextitem is None or (nextitem.path != item.path and "chromium" not in getattr(nextitem, "fixturenames", ())):
            _end_browser()


def pytest_sessionfinish() -> None:
    """A run that stops early knows of no file that follows."""
    _end_browser()


_WATCH = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violation: " + event.effectiveDirective + " " + event.blockedURI + " " + event.sample));
"""


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complained of in this test; one that provokes a complaint takes it out."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def visitor(house: House, chromium: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """A new person's browser at the front door.

    `path` None opens no page yet; `at` is another house's address; the rest (`locale`, `timezone_id`) as Playwright names it.
    """
    contexts: list[BrowserContext] = []

    def enter(path: str | None = "/", *, at: str = house.url, **more: Any) -> Page:
        settings = {
            "locale": "en-GB",
            "timezone_id": "Europe/London",
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",  # nothing is judged while it moves, and drawing it costs most of a page
        } | more
        context = chromium.new_context(base_url=at, **settings)
        context.set_default_timeout(40_000)
        context.add_init_script(_WATCH)
        contexts.append(context)
        context.on("page", lambda page: _follow(page, complaints))
        page = context.new_page()
        if path is not None:
            page.goto(path)
        return page

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def settled(house: House, visitor: Callable[..., Page]) -> Callable[..., Page]:
    """The browser of somebody new who has a local profile and was asked everything, on a page of theirs."""

    def enter(name: str, path: str = "/dashboard", **more: Any) -> Page:
        page = visitor(None, **more)
        own = {"origin": house.url}
        page.request.post("/auth/local", form={"name": name, "zone": "Europe/London"}, headers=own, max_redirects=0)
        answers = {"goal": "savings", "risk_appetite": "medium", "currency": "GBP"}
        assert page.request.put("/api/v1/profile", data=answers, headers=own).ok
        assert page.request.post("/api/v1/profile/complete", headers=own).ok
        page.goto(path)
        return page

    return enter


@pytest.fixture(scope="session")
def demo(house: House) -> dict[str, str]:
    """The session's cookies of a demo household that is only looked at: making one costs seconds."""
    return demo_cookie(house.url, zone="Europe/London")


@pytest.fixture
def looking(house: House, visitor: Callable[..., Page], demo: dict[str, str]) -> Callable[..., Page]:
    """The browser of somebody in the demo household, who leaves its books as they are."""

    def enter(path: str, **more: Any) -> Page:
        page = visitor(None, **more)
        page.context.add_cookies([{"name": name, "value": value, "url": house.url} for name, value in demo.items()])
        page.goto(path)
        return page

    return enter


def entered(page: Page, at: House, path: str) -> None:
    """Somebody new with a local profile who was asked everything, on a page of theirs; books in euros."""
    own = {"origin": at.url}
    page.request.post("/auth/local", form={"name": "Maya", "zone": "Europe/Berlin"}, headers=own, max_redirects=0)
    answers = {"goal": "savings", "risk_appetite": "medium", "currency": "EUR"}
    assert page.request.put("/api/v1/profile", data=answers, headers=own).ok
    assert page.request.post("/api/v1/profile/complete", headers=own).ok
    page.goto(path)


def _follow(page: Page, complaints: list[str]) -> None:
    # A person looks before they type: nothing is done to a page, and nothing expected of it, while it answers to nobody.
    page.add_locator_handler(page.locator("[inert]").first, lambda: None)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: complaints.append(f"{page.url}: {line.text}") if line.type == "error" else None,
    )
