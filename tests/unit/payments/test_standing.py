"""Where a payment stands, and parts of a total that add up to it."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.posting import Outside
from fintwin.payments.standing import PaymentView, equal_parts, next_part

EUR, JPY = currency("EUR"), currency("JPY")
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


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
    one = PaymentView(
        id=7, side="out", type="transfer", method="wallet", status=status, account=1, currency=EUR, amount=D(5),
        refunded=D(0), number="", name="Omar", known=False, description="", reason="", transaction=3, plan=None,
        settles_at=settles_at, created_at=AT, processed_at=None,
    )  # fmt: skip
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
