"""The editor of a transaction's parts: what is wrong with them is told at once, each in its own place."""

from decimal import Decimal as D
from functools import partial

import pytest

from fintwin.kernel.errors import Invalid, each_of, together
from fintwin.kernel.money import currency
from fintwin.ledger.parts import Part
from fintwin.ui.pages.transactions.panel_state import PartRow, typed_part

EUR = currency("EUR")
FOOD = PartRow(1, "part0", category="3", amount="12.50", note="bread")


def _read(*rows: PartRow) -> list[Part]:
    return together(*(partial(typed_part, row, of=EUR, locale="en-GB") for row in rows))


def test_the_last_part_takes_the_rest_whatever_is_typed_in_it():
    last = PartRow(2, "part1", category="4", amount="ten", last=True)
    assert _read(FOOD, last) == [Part(3, D("12.50"), "bread"), Part(4, None, "")]


def test_every_part_that_is_wrong_says_so_and_what_is_empty_is_not_called_wrong():
    rows = (
        PartRow(1, "part0", category="3"),
        PartRow(2, "part1", category="3", amount="ten"),
        FOOD,
        PartRow(4, "part3", last=True),
    )
    with pytest.raises(Invalid) as refused:
        _read(*rows)
    assert {one.field: one.sentence for one in each_of(refused.value)} == {
        "part0": "Enter an amount.",
        "part1": "This is not an amount. Write it like 1,234.56.",
        "part3": "Choose a category for this part.",
    }
