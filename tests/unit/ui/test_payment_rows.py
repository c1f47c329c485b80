"""What the page of payments says, and the address it is at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger.posting import Outside
from fintwin.payments.standing import PaymentView
from fintwin.ui.pages.payments import rows
from fintwin.ui.pages.payments.address import NEW, Address, read, write

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHO = Principal(1, UUID(int=1), "Maya", "", "local", "customer", locale="en-GB", currency="EUR")
SENT = PaymentView(
    id=7,
    side="out",
    type="transfer",
    method="wallet",
    status="initiated",
    account=1,
    currency=currency("EUR"),
    amount=D("12.50"),
    refunded=D(0),
    number="12345678901234",
    name="Omar Haddad",
    known=False,
    description="Lunch",
    reason="",
    transaction=3,
    plan=None,
    settles_at=NOW + timedelta(seconds=10),
    created_at=NOW,
    processed_at=None,
)


@given(
    new=st.sampled_from(["", *NEW]),
    key=st.sampled_from(["", str(UUID(int=9))]),
    amount=st.text(max_size=40),
    receive=st.booleans(),
    plan=st.sampled_from(["", "12"]),
)
def test_an_address_is_read_as_it_was_written(new, key, amount, receive, plan):
    address = Address(new=new, key=key, amount=amount.strip(), receive=receive, plan=plan)
    assert read(dict(parse_qsl(urlsplit(write(address)).query))) == address


@given(
    st.dictionaries(
        st.sampled_from(["new", "op", "to", "amount", "request", "plan", "open", "pin", "before"]), st.text()
    )
)
def test_whatever_stands_in_an_address_is_bounded(query):
    found = read(query)
    assert found.new in {"", *NEW}
    assert all(len(value) <= 40 for value in (found.to, found.amount, found.request, found.plan, found.open, found.pin))
    assert found.to.isdigit() or not found.to


def test_a_shared_link_opens_the_form():
    assert read({"to": "1234 5678 9012 34"}) == Address(new="pay", to="12345678901234")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Sending"),
        ({"settles_at": NOW}, "On its way"),
        ({"status": "processing"}, "On its way"),
        ({"status": "completed"}, "Done"),
        ({"status": "completed", "refunded": D(1)}, "Partly given back"),
        ({"status": "reversed", "refunded": D("12.50")}, "Given back"),
        ({"status": "failed", "reason": "No."}, "Failed"),
        ({"status": "failed", "reason": "cancelled"}, "Cancelled"),
    ],
)
def test_a_status_in_words(change, words):
    one = replace(SENT, **change)
    assert rows.status_of(one, NOW)[0] == words
    shown = rows.seen(one, WHO, account="Wallet", now=NOW)
    assert shown.cancellable == (words == "Sending")
    assert shown.askable == (words in {"Done", "Partly given back"})
    assert [step.state for step in shown.steps].count("now") == (words in {"Sending", "On its way"})


WORDS = {
    Outside.PENDING: {"Pending"},
    Outside.PROCESSING: {"Sending", "On its way"},
    Outside.SUCCESS: {"Done", "Partly given back", "Given back"},
    Outside.FAILED: {"Failed", "Cancelled"},
}
"""What the page may call a payment that stands somewhere."""


@pytest.mark.parametrize("status", ["initiated", "processing", "completed", "failed", "reversed"])
@pytest.mark.parametrize("settles_at", [None, NOW, SENT.settles_at])
@pytest.mark.parametrize("refunded", [D(0), D(1)])
@pytest.mark.parametrize("reason", ["", "cancelled"])
def test_the_page_never_says_other_than_where_it_stands(status, settles_at, refunded, reason):
    one = replace(SENT, status=status, settles_at=settles_at, refunded=refunded, reason=reason)
    words, tone = rows.status_of(one, NOW)
    assert words in WORDS[one.stands]
    assert (tone == "brand") == one.live
    assert (tone == "bad") == (words == "Failed")


def test_money_out_has_a_minus_and_money_in_a_plus():
    sent = rows.payment_row(SENT, WHO, now=NOW)
    assert sent.amount == "−€12.50"
    day, _, what = sent.line.partition(" · ")
    assert (day, what) == (
        rows.day(SENT.created_at, WHO),
        SENT.description or "Sent",
    )  # a phone cuts the words, not the day
    got = rows.payment_row(replace(SENT, side="in", status="completed", number=""), WHO, now=NOW)
    assert (got.amount, got.inflow, got.status) == ("+€12.50", True, "")


@pytest.mark.parametrize(
    ("name", "letters"), [("Omar Haddad", "OH"), ("O••• H•••", "OH"), ("Omar", "OM"), ("O•••", "O"), ("•••", "?")]
)
def test_initials(name, letters):
    assert rows.letters(name) == letters


def test_what_can_be_hidden_is_marked_as_an_amount():
    seen = rows.seen(replace(SENT, status="completed", refunded=D(1)), WHO, account="Wallet", now=NOW)
    assert [fact.name for fact in seen.facts if fact.money] == ["Given back"]
    assert [step.title for step in seen.steps if step.money] == ["Partly given back"]
