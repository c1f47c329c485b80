"""Files of answers that no bank wrote."""

import time

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.payments.bank_answers import read


def _statement(inside: str) -> bytes:
    return f"<Document><BkToCstmrStmt><Stmt>{inside}</Stmt></BkToCstmrStmt></Document>".encode()


def test_entries_inside_entries_cost_no_more_than_their_bytes():
    deep = 40_000
    began = time.process_time()
    assert read(_statement("<Ntry>" * deep + "</Ntry>" * deep)) == []
    assert time.process_time() - began < 5


def test_more_elements_than_answers_can_have_are_refused():
    with pytest.raises(Invalid, match="more"):
        read(_statement("<a/>" * 2_000_000))
