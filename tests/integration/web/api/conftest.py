"""Programs that call the API, each with the session of a browser that signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from fintwin.db.work import perform
from fintwin.identity import sessions
from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.ledger.accounts import AccountView
from fintwin.payments import lookups
from fintwin.web.api import door


@dataclass(frozen=True, slots=True)
class Caller:
    """One person's program."""

    browser: TestClient
    who: Principal

    def get(self, path: str, **query: Any) -> Any:
        """What a path answers, which must be well."""
        answer = self.browser.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        """The whole answer to a body."""
        headers = {} if key is None else {"idempotency-key": key}
        return self.browser.post(f"/api/v1{path}", json=body, headers=headers)

    def done(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        """What a body is answered with, which must be well."""
        answer = self.post(path, body, key=key)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def refused(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> tuple[int, str]:
        """Status and code of a refusal, which must be a problem."""
        answer = self.post(path, body, key=key)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]

    def open(
        self, opening: str | None = "100.00", *, name: str = "Everyday", of: str = "EUR", custody: str = "held"
    ) -> AccountView:
        """An account of theirs."""
        return perform(
            self.who.person,
            lambda session: accounts.open_account(
                session,
                self.who,
                name=name,
                type="checking",
                custody=custody,
                currency=currency(of),
                opening=None if opening is None else Decimal(opening),
                key=f"{name}-{of}-{custody}",
            ),
        )


@pytest.fixture
def caller(house, monkeypatch) -> Callable[[str], Caller]:
    """Sign somebody in: `caller("Maya")`."""
    here = house()
    for name in ("_calls", "_changes"):
        monkeypatch.setattr(door, name, Buckets(rate=1000, burst=10_000))
    monkeypatch.setattr(lookups, "_lookups", Buckets(rate=1 / 15, burst=8))

    def make(name: str) -> Caller:
        browser = here.browser()
        browser.post("/auth/local", data={"name": name, "zone": "Europe/Berlin"})
        found = sessions.believed(browser.cookies["fintwin"])
        assert found is not None
        return Caller(browser, found)

    return make


@pytest.fixture
def maya(caller) -> Caller:
    return caller("Maya Lind")


@pytest.fixture
def omar(caller) -> Caller:
    return caller("Omar Haddad")
