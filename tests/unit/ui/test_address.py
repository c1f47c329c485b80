"""The register's address."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid, each_of
from fintwin.kernel.money import currency
from fintwin.ui.pages.transactions.address import Address, checked, chips, read, write

EUR = currency("EUR")
UUID = "8f14e45f-ceea-467f-a5d2-7a1b2c3d4e5f"


def query(address):
    path, _, rest = write(address).partition("?")
    assert path == "/transactions"
    return dict(parse_qsl(rest))


addresses = st.builds(
    Address,
    account=st.sampled_from(["", UUID]),
    since=st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    until=st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    text=st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=30),
    least=st.none() | st.decimals(0, 10**9, places=2),
    most=st.none() | st.decimals(0, 10**9, places=2),
    flow=st.sampled_from(["", "in", "out"]),
    counted=st.booleans(),
    status=st.sampled_from(["", "reversed", "all"]),
    category=st.sampled_from(["", "0", "17"]),
    new=st.sampled_from(["", "deposit", "send"]),
    key=st.sampled_from(["", UUID]),
)


@given(addresses)
def test_an_address_survives_the_browser(address):
    assert read(query(address)) == address


@given(
    st.dictionaries(
        st.sampled_from(["account", "from", "to", "text", "category", "status", "min", "max", "op", "new", "after"]),
        st.text(),
    )
)
def test_any_query_reads_as_an_address(anything):
    address = read(anything)
    assert read(query(address)) == address


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-5", "1e999999", "", "five", "9" * 30])
def test_amounts_out_of_bounds_are_left_out(amount):
    assert read({"min": amount}).least is None


def test_chips_say_what_is_filtered():
    address = Address(
        account=UUID, since=date(2026, 11, 1), until=date(2026, 11, 30), text="grocer", least=D(10), after="x"
    )
    shown = chips(address, accounts={UUID: "Everyday"}, categories={}, of=EUR, locale="en-GB")
    assert [chip.words for chip in shown] == ["Everyday", "November 2026", "“grocer”", "At least 10.00"]
    assert read(dict([shown[0].without.partition("?")[2].partition("=")[::2]])).account == ""
    assert "account=" not in shown[0].without
    assert "after=" not in shown[1].without


def test_dialogs_and_pages_do_not_filter():
    assert not Address(after="x", open="7Z", new="send", key=UUID).filtered
    assert Address(flow="in").filtered


def test_spans_run_forwards():
    good = Address(since=date(2026, 1, 1), until=date(2026, 1, 2), least=D(1), most=D(1))
    assert checked(good) == good
    with pytest.raises(Invalid) as days:
        checked(replace(good, until=date(2025, 1, 1)))
    assert days.value.field == "until"
    with pytest.raises(Invalid) as amounts:
        checked(replace(good, most=D("0.5")))
    assert amounts.value.field == "most"
    with pytest.raises(Invalid) as both:
        checked(replace(good, until=date(2025, 1, 1), most=D("0.5")))
    assert [fault.field for fault in each_of(both.value)] == ["until", "most"]


def test_an_unknown_dialog_opens_the_first():
    assert read({"new": "1"}).new == "deposit"
    assert read({}).new == ""
