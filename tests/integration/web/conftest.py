"""The routes of sign-in as a browser meets them: behind the guard, over real HTTP to a provider, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest
from anyio.abc import BlockingPortal
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fintwin.settings import settings
from fintwin.web import api, auth
from fintwin.web.guard import Guard

HERE = "http://localhost:8000"


@dataclass(frozen=True, slots=True)
class House:
    """The app under some settings, the event loop that serves it, and the browser that visits it."""

    app: Guard
    public_url: str
    portal: BlockingPortal

    def browser(self) -> TestClient:
        """A browser with no cookies; it follows no redirect by itself."""
        made = TestClient(
            self.app,
            base_url=self.public_url,
            headers={"origin": self.public_url, "accept-language": "de-DE,de;q=0.9"},
            follow_redirects=False,
        )
        made.portal = self.portal  # else each request would start a thread and a loop of its own
        return made


@pytest.fixture
def house(database, tmp_path, monkeypatch) -> Iterator[Callable[..., House]]:
    """Make the app under settings given as environment variables."""
    (tmp_path / "static").mkdir()

    def make(**environment: str) -> House:
        for name, value in {"FINTWIN_DATA_DIR": str(tmp_path / "data"), **environment}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        here = settings()
        app = Starlette(routes=[*auth.routes(here), *api.routes])
        return House(Guard(app, static=tmp_path / "static", public_url=here.public_url), here.public_url, portal)

    with start_blocking_portal() as portal:
        yield make
    settings.cache_clear()


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found.get("action") or ""
        if tag == "input" and found.get("name"):
            self.fields[found["name"] or ""] = found.get("value") or ""


@contextmanager
def at_the_provider(address: str, *, login: str) -> Iterator[httpx.Response]:
    """Go through a provider's pages as a person does; the redirect that leads back to us."""
    with httpx.Client() as browser:
        answer = browser.get(address)
        for _ in range(12):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith("http://localhost:") or target.startswith("https://"):
                    break
                answer = browser.get(target)
                continue
            page = _Form()
            page.feed(answer.text)
            assert page.action, answer.text
            answer = browser.post(page.action, data={**page.fields, "login": login, "password": "x"})
        yield answer
