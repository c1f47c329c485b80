"""Which account is meant where none is named."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from fintwin.kernel.money import currency
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.result import first

LOAN = AccountView(
    id=1,
    uuid=UUID(int=1),
    name="Loan",
    number="",
    bank_number="",
    class_="liability",
    custody="tracked",
    type="loan",
    currency=currency("EUR"),
    status="active",
    posted=Decimal(0),
    pending=Decimal(0),
    available=Decimal(0),
    credit_limit=Decimal(0),
    known_since=None,
    version=1,
    last_transaction_at=None,
)
OLD = replace(LOAN, id=2, type="checking", status="closed")
WALLET = replace(LOAN, id=3, type="wallet")
SAVINGS = replace(LOAN, id=4, type="savings")


@pytest.mark.parametrize(
    ("listed", "meant"),
    [
        ([LOAN, OLD, WALLET, SAVINGS], WALLET),
        ([SAVINGS, WALLET], SAVINGS),
        ([LOAN, OLD], LOAN),
        ([OLD], OLD),
    ],
)
def test_an_open_account_with_money_at_hand_goes_before_what_stands_first(listed, meant):
    assert first(listed) is meant
