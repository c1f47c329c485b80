"""Where a payment stands, and parts of a total that add up to it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.posting import Outside
from fintwin.payments.standing import PaymentView, equal_parts, next_part, steps

EUR, JPY = currency("EUR"), currency("JPY")
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)

ONE = PaymentView(
    id=7, side="out", type="transfer", method="wallet", status="initiated", account=1, currency=EUR, amount=D(5),
    refunded=D(0), number="", name="Omar", known=False, description="", reason="", transaction=3, plan=None,
    settles_at=AT, created_at=AT, processed_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({}, "started sending+ arrived-"),
        ({"status": "completed"}, "started sent arrived"),
        ({"status": "completed", "refunded": D(2)}, "started sent arrived partly_given_back"),
        ({"status": "reversed", "refunded": D(5)}, "started sent arrived given_back"),
        ({"status": "failed", "reason": "cancelled"}, "started cancelled!"),
        ({"status": "failed", "reason": "The account is closed."}, "started failed!"),
        ({"side": "in", "status": "completed"}, "received"),
        ({"side": "in", "status": "reversed", "refunded": D(5)}, "received given_back"),
        ({"side": "in", "status": "failed"}, "not_received!"),
    ],
)
def test_a_payments_way_step_by_step(changes, way):
    marks = {"done": "", "now": "+", "todo": "-", "bad": "!"}
    found = steps(replace(ONE, **changes))
    assert " ".join(f"{one.what}{marks[one.state]}" for one in found) == way


@pytest.mark.parametrize(
    ("status", "settles_at", "stands"),
    [
        ("initiated", AT, Outside.PROCESSING),
        ("processing", AT, Outside.PROCESSING),
        ("processing", None, Outside.PENDING),
        ("completed", AT, Outside.SUCCESS),
        ("completed", None, Outside.SUCCESS),
        ("reversed", AT, Outside.SUCCESS),
        ("failed", AT, Outside.FAILED),
        ("failed", None, Outside.FAILED),
    ],
)
def test_where_a_payment_stands(status, settles_at, stands):
    one = replace(ONE, status=status, settles_at=settles_at)
    assert one.stands is stands
    assert one.live == (stands in {Outside.PENDING, Outside.PROCESSING})


@given(cents=st.integers(120, 10**12), parts=st.integers(2, 120))
def test_parts_sum_to_the_total_and_only_the_last_differs(cents, parts):
    total = D(cents) / 100
    made = equal_parts(total, parts, of=EUR)
    assert sum(made) == total
    assert len(set(made[:-1])) == 1
    assert D(0) <= made[-1] - made[0] < D(parts) / 100


@given(
    cents=st.integers(120, 10**9),
    parts=st.integers(2, 120),
    own=st.lists(st.integers(1, 10**6), max_size=5),
)
def test_paying_what_comes_next_ends_at_the_total(cents, parts, own):
    total = D(cents) / 100
    paid = D(0)
    for size in own:
        paid = min(total, paid + D(size) / 100)
    for _ in range(parts):
        due = next_part(total, paid, parts, of=EUR)
        assert (due > 0) == (paid < total)
        paid += due
    assert paid == total


def test_whole_yen():
    assert equal_parts(D(100), 3, of=JPY) == (D(33), D(33), D(34))


@pytest.mark.parametrize(("total", "parts"), [("0.05", 6), ("10", 1), ("10", 121)])
def test_what_cannot_be_parted(total, parts):
    with pytest.raises(Invalid):
        equal_parts(D(total), parts, of=EUR)
