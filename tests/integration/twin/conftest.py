"""Books with a year and a half of a plain life."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fintwin.cashflow.cadence import add_months
from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, journal, posting, service

TODAY = date(2025, 11, 20)
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)


SHOPS = ("Green Market", "Corner Shop", "Bakery", "Bookshop", "Café Nord")


@dataclass(frozen=True, slots=True)
class Books:
    """Whose books, and their accounts."""

    who: Principal
    giro: int
    savings: int


@pytest.fixture
def books(person: Callable[..., Principal]) -> Books:
    """Wages on the 28th, rent on the 1st, shopping, 100 a month to savings; one booking was taken back."""
    who = person("Ada")
    numbers = itertools.count(1)
    eur = currency("EUR")
    first = add_months(TODAY, -18)

    def opened(name: str, type: str, opening: str) -> int:
        with work(who.person) as session:
            return accounts.open_account(
                session,
                who,
                name=name,
                type=type,
                custody="tracked",
                currency=eur,
                opening=Decimal(opening),
                opened=first,
                key=f"open-{next(numbers)}",
            ).id

    giro, savings = opened("Everyday", "checking", "1500"), opened("Put by", "savings", "3000")
    items = []
    chance = random.Random(4)
    for month in range(18):
        start = add_months(first, month)
        shopping = [
            (chance.randrange(1, 28), f"-{chance.lognormvariate(4, 0.7):.2f}", chance.choice(SHOPS)) for _ in range(9)
        ]
        for day, amount, payee in (
            (0, "2400.00", "ACME Payroll"),
            (11, "-950.00", "Landlord"),
            *shopping,
        ):
            items.append(
                posting.movement(
                    account=giro,
                    amount=Decimal(amount),
                    currency=eur,
                    booked=date.fromordinal(start.toordinal() + day),
                    payee=payee,
                    key=f"row-{next(numbers)}",
                )
            )
    with work(who.person) as session:
        journal.post_batch(session, who, items, whole=True)
    with work(who.person) as session:
        for month in range(1, 18):
            service.own_transfer(
                session,
                who,
                giving=giro,
                taking=savings,
                amount=Decimal("100"),
                booked=add_months(first, month),
                key=f"move-{next(numbers)}",
            )
        slip = service.withdraw(
            session, who, account=giro, amount=Decimal("4000"), payee="Slip", booked=TODAY, key="slip"
        )
        service.reverse(session, who, transaction=slip.transaction, key="slip-back")
    return Books(who, giro, savings)
