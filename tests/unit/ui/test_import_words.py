"""An import in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from uuid import UUID

from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.statements.balance import Proof
from fintwin.statements.recognised import Recognised
from fintwin.statements.service import ImportView, PartView
from fintwin.ui.pages.import_ import shown

EUR = currency("EUR")
WHO = Principal(1, UUID(int=1), "Ada", "", "local", "customer", locale="en-GB", zone="UTC", currency="EUR")
FOUND = Recognised(name="a.csv", format="csv", encoding="utf-8", currency="EUR", delimiter=";")
PART = PartView(
    part=0,
    number="",
    bank="",
    name="a",
    currency=EUR,
    account=None,
    proof=Proof(D("100.00"), D("50.00"), D("150.00"), True),
    closing_day=date(2026, 11, 21),
    note="",
    books=None,
)
VIEW = ImportView(
    id=1,
    uuid=UUID(int=5),
    name="a.csv",
    size=2048,
    status="ready",
    problem="",
    recognised=FOUND,
    seen_before=False,
    counts={"new": 3},
    parts=[PART],
    total=0,
    done=0,
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
    booked_at=None,
    undone_at=None,
)


def test_the_currency_is_said_and_whether_the_file_named_it():
    assert shown.file_of(VIEW, WHO).currency == "EUR"
    unnamed = replace(VIEW, recognised=replace(FOUND, currency_named=False))
    assert shown.file_of(unnamed, WHO).currency == "EUR, as the file names none"
