"""What the history of a balance says, and the address it is at."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger.past import Change, Place
from fintwin.ui.pages.balance_history.state import Wanted, line, read, write

WHO = Principal(1, UUID(int=1), "Maya", "", "local", "customer", locale="en-GB", zone="Europe/Berlin")
OF = SimpleNamespace(currency=currency("EUR"), uuid=UUID(int=5))
PAID = Change(
    place=Place(3, 0),
    booked=date(2026, 3, 2),
    at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    posted=D(90),
    pending=D(0),
    available=D(90),
    amount=D(-10),
    moved=D(-10),
    reason="withdrawal",
    transaction=7,
    payee="Shop",
    description="Bread",
)


@given(version=st.integers(0, 2**61), step=st.integers(0, 2**61), uuid=st.uuids())
def test_an_address_is_read_as_it_was_written(version, step, uuid):
    wanted = Wanted(str(uuid), str(Place(version, step)))
    assert read(dict(parse_qsl(urlsplit(write(wanted)).query))) == wanted


@given(account=st.text(), after=st.text())
def test_a_damaged_address_asks_for_nothing_it_names(account, after):
    found = read({"account": account, "after": after})
    assert found.account in {"", account.strip().lower()} or len(found.account) == 36
    assert found.after in {"", after[:120]}


def test_an_entry_says_who_and_why():
    found = line(PAID, OF, WHO)
    assert (found.when, found.title, found.details) == ("2 Mar 13:00", "Shop", "Money out · Bread")
    assert (found.change, found.pending, found.balance, found.kept) == ("−10.00", "0.00", "90.00", "")
    assert found.href.endswith("open=77")


def test_what_was_kept_back_before_is_told():
    assert line(replace(PAID, amount=D(0)), OF, WHO).kept == "−10.00 booked, 10.00 had been kept back"
    kept = line(replace(PAID, reason="kept_back", moved=D(0), payee="", description=""), OF, WHO)
    assert (kept.title, kept.details, kept.kept) == ("Kept back", "", "")


def test_what_is_not_known_is_no_amount():
    found = line(replace(PAID, posted=None, pending=None, available=None, amount=None), OF, WHO)
    assert (found.change, found.pending, found.balance) == ("", "", "")
