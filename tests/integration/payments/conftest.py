"""Accounts to pay from."""

import itertools
from collections.abc import Callable
from decimal import Decimal

import pytest

from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.ledger.accounts import AccountView

_keys = itertools.count(1)


@pytest.fixture
def key() -> Callable[[], str]:
    """A key that was never used."""
    return lambda: f"key-{next(_keys)}"


@pytest.fixture
def opened(key: Callable[[], str]) -> Callable[..., AccountView]:
    """Open an account: `opened(who, "1000.00")`."""

    def open_one(
        who: Principal, opening: str | None = None, *, custody: str = "held", name: str = "Everyday", of: str = "EUR"
    ) -> AccountView:
        with work(who.person) as session:
            return accounts.open_account(
                session,
                who,
                name=name,
                type="checking",
                custody=custody,
                currency=currency(of),
                opening=None if opening is None else Decimal(opening),
                key=key(),
            )

    return open_one


@pytest.fixture
def pair(
    person: Callable[..., Principal], opened: Callable[..., AccountView]
) -> tuple[Principal, AccountView, Principal, AccountView]:
    """Two people with an account each, of 100 and of nothing."""
    maya, omar = person("Maya Lind"), person("Omar Haddad")
    return maya, opened(maya, "100.00"), omar, opened(omar)
