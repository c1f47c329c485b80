"""Work that is made ready one step ahead."""

import threading
from contextlib import closing

import pytest

from fintwin.statements.batches import one_ahead


def test_everything_comes_in_order_and_no_more_than_one_is_made_ahead():
    made = []

    def make(n: int) -> int:
        made.append(n)
        return n * n

    assert list(one_ahead([], make)) == []
    with closing(one_ahead(range(9), make)) as coming:
        for n, square in enumerate(coming):
            assert square == n * n
            assert len(made) <= n + 2


def test_what_goes_wrong_ahead_is_raised_in_its_place():
    with pytest.raises(ZeroDivisionError), closing(one_ahead([2, 1, 0, 5], lambda n: 2 // n)) as coming:
        assert [next(coming), next(coming)] == [1, 2]
        next(coming)


def test_whoever_stops_early_leaves_no_thread_behind():
    with closing(one_ahead(range(5), lambda n: n)) as coming:
        assert next(coming) == 0
    assert not [one for one in threading.enumerate() if one.name.startswith("prepare")]
