"""Accounts to move money between, and eyes that see every money row."""

import itertools
import re
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
    """Open an account: `opened(who, "1000.00", custody="held")`."""

    def open_one(
        who: Principal,
        opening: str | None = None,
        *,
        custody: str = "held",
        type: str = "checking",
        name: str = "Everyday",
        of: str = "EUR",
        **more: object,
    ) -> AccountView:
        with work(who.person) as session:
            return accounts.open_account(
                session,
                who,
                name=name,
                type=type,
                custody=custody,
                currency=currency(of),
                opening=None if opening is None else Decimal(opening),
                key=key(),
                **more,  # type: ignore[arg-type]
            )

    return open_one


@pytest.fixture
def imported(admin: Callable[..., list[tuple[object, ...]]]) -> Callable[[Principal], int]:
    """The id of a file of a person, to book rows for."""

    def make(who: Principal) -> int:
        [(found,)] = admin(
            """
            WITH b AS (INSERT INTO blob (owner, sha256, type, data) VALUES (:owner, sha256('x'), 'text/csv', 'x') RETURNING id)
            INSERT INTO statement_import (owner, blob, name, size) SELECT :owner, id, 'x.csv', 1 FROM b RETURNING id
            """,
            owner=who.person,
        )
        return int(str(found))

    return make


@pytest.fixture
def money_rows(admin: Callable[..., list[tuple[object, ...]]]) -> Callable[[], list[tuple[object, ...]]]:
    """Every row of the money tables as it stands, to be compared byte for byte."""
    tables = ("account", "transaction", "posting", "hold", "classification", "outbox")
    rows = " UNION ALL ".join(f"SELECT '{table}', x::text, x.ctid::text FROM {table} x" for table in tables)
    return lambda: admin(f"{rows} ORDER BY 1, 2")


@pytest.fixture
def damage(admin: Callable[..., list[tuple[object, ...]]]) -> Callable[..., None]:
    """Put something else in a function's place in the database: `damage("post", found, instead)`."""

    def make(function: str, found: str | re.Pattern[str], instead: str) -> None:
        [(whole,)] = admin("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = :name", name=function)
        mutant = found.sub(instead, str(whole)) if isinstance(found, re.Pattern) else str(whole).replace(found, instead)
        assert mutant != whole
        admin(mutant.replace(":", r"\:"))

    return make
