"""What staff read of somebody's books is said in the words that its owner reads."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from uuid import UUID

import pytest

from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.staff import StaffAccount, StaffTransaction
from fintwin.ui.pages.staff import rows

EUR = currency("EUR")
WHO = Principal(1, UUID(int=1), "Cleo", "", "local", "admin", locale="en-GB", zone="UTC", currency="EUR")
BOOKED = StaffTransaction(
    id=42,
    booked=date(2026, 11, 20),
    kind=Kind.WITHDRAWAL,
    status=Status.POSTED,
    transfer=None,
    description="",
    payee="Green Grocer",
    amount=D("12.00"),
    currency=EUR,
    giving="Everyday",
    taking="",
    received=False,
)
CARD = StaffAccount(
    uuid=UUID(int=7),
    name="Card",
    number="",
    bank_number="",
    class_="liability",
    custody="tracked",
    type="credit",
    currency=EUR,
    status="active",
    blocked_by="",
    blocked_reason="",
    posted=D(0),
    pending=D(0),
    credit_limit=D(0),
    known=True,
    last_at=None,
)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.POSTED, ""),
        (Status.PENDING, "Pending"),
        (Status.REVERSED, "Undone"),
        (Status.EXPIRED, "Lapsed"),
        (Status.FAILED, "Failed"),
        (Status.ARCHIVED, "Closed"),
    ],
)
def test_a_status_is_called_as_in_the_register(status, words):
    assert rows.transaction_row(replace(BOOKED, status=status), who=WHO).status == words


def test_a_kind_and_a_type_are_called_as_in_the_register_and_the_accounts():
    undoing = rows.transaction_row(replace(BOOKED, kind=Kind.REVERSAL, payee=""), who=WHO)
    assert (undoing.title, undoing.line.split(" · ")[0]) == ("Taken back", "Taken back")
    assert rows.account_row(CARD, chosen=frozenset(), who=WHO).line == "Credit card, at a bank"
