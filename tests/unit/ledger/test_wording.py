"""Where a transaction stands, in words."""

import pytest

from fintwin.ledger.posting import Status
from fintwin.ledger.wording import status_words


@pytest.mark.parametrize(
    ("status", "under_way", "words"),
    [
        (Status.PENDING, False, "Pending"),
        (Status.PENDING, True, "Processing"),
        (Status.POSTED, False, "Posted"),
        (Status.ARCHIVED, False, "Posted"),
        (Status.FAILED, False, "Failed"),
        (Status.EXPIRED, False, "Lapsed"),
        (Status.REVERSED, False, "Undone"),
    ],
)
def test_status_words(status, under_way, words):
    assert status_words(status, under_way=under_way) == words
