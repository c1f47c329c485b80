import pytest

from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import TooMany


class Hand:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_the_rate_holds():
    hand = Hand()
    buckets = Buckets(rate=0.5, burst=3, clock=hand)
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.wait("a") == pytest.approx(2.0)
    hand.now += 2
    assert buckets.wait("a") == 0
    assert buckets.wait("a") > 0


def test_keys_do_not_share_a_bucket():
    buckets = Buckets(rate=1, burst=1, clock=Hand())
    assert buckets.wait("a") == 0
    assert buckets.wait("b") == 0


def test_a_refused_call_costs_nothing():
    hand = Hand()
    buckets = Buckets(rate=1, burst=1, clock=hand)
    buckets.wait("a")
    for _ in range(50):
        buckets.wait("a")
    hand.now += 1
    assert buckets.wait("a") == 0


def test_a_bucket_never_holds_more_than_its_burst():
    hand = Hand()
    buckets = Buckets(rate=10, burst=2, clock=hand)
    hand.now += 3600
    assert [buckets.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_refusal_says_when_to_come_back():
    buckets = Buckets(rate=0.1, burst=1, clock=Hand())
    buckets.take("a")
    with pytest.raises(TooMany) as refused:
        buckets.take("a")
    assert refused.value.retry_after == 11
    assert refused.value.status == 429


def test_a_flood_of_keys_does_not_fill_the_memory():
    buckets = Buckets(rate=1, burst=1, most=100, clock=Hand())
    for number in range(10_000):
        buckets.wait(str(number))
    assert len(buckets._left) == 100
