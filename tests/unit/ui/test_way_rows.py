"""What the list of ways to pay says."""

from dataclasses import replace
from decimal import Decimal as D
from uuid import UUID

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.accounts import AccountView
from fintwin.payments.methods import Method, Way, in_usual_order
from fintwin.ui.pages.payments import ways

HERE = AccountView(
    id=1, uuid=UUID(int=7), name="Everyday", number="12345678901234", bank_number="", class_="asset", custody="held",
    type="checking", currency=currency("EUR"), status="active", posted=D(5), pending=D(0), available=D(5),
    credit_limit=D(0), known_since=None, version=1, last_transaction_at=None,
)  # fmt: skip
THERE = replace(HERE, name="Giro", number="", bank_number="DE89370400440532013000", custody="tracked")
WALLET = Way(Method.WALLET, HERE, "", False)
BANK = Way(Method.BANK_TRANSFER, THERE, "", False)


@pytest.mark.parametrize(
    ("way", "label", "line", "mark"),
    [
        (WALLET, "Everyday", "EUR ··1234", ""),
        (replace(WALLET, named="Daily", default=True), "Daily", "Everyday · EUR ··1234", "Default"),
        (BANK, "Giro", "IBAN ··3000", ""),
        (replace(BANK, account=replace(THERE, bank_number="4711")), "Giro", "IBAN not given yet", ""),
        (replace(BANK, account=HERE), "Everyday", "Kept here", ""),
        (
            replace(WALLET, default=True, account=replace(HERE, status="frozen")),
            "Everyday",
            "This account is blocked: no money can leave it.",
            "Blocked",
        ),
        (replace(WALLET, account=replace(HERE, status="closed")), "Everyday", "This account is closed.", "Closed"),
    ],
)
def test_a_way_in_words(way, label, line, mark):
    row = ways.way_row(way, place=0, after=None, only=False)
    assert (row.label, row.line, row.mark) == (label, line, mark)
    assert row.favourable == (not mark)
    assert not row.raisable


def test_the_default_stays_first():
    first, second, third = ways.way_rows([replace(WALLET, default=True), WALLET, WALLET])
    assert [row.raisable for row in (first, second, third)] == [False, False, True]
    assert [row.place for row in ways.way_rows([WALLET, WALLET]) if row.raisable] == [1]


def test_what_nothing_else_can_stand_for_is_neither_removed_nor_preferred():
    blocked = replace(WALLET, account=replace(HERE, id=2, status="frozen"))
    [one] = ways.way_rows([WALLET])
    assert not any((one.removable, one.favourable, one.raisable, one.bank))
    assert [row.removable for row in ways.way_rows([WALLET, blocked])] == [False, True]
    assert all(row.removable for row in ways.way_rows([WALLET, replace(WALLET, account=THERE)]))


def test_an_iban_is_asked_only_of_an_account_at_a_bank():
    assert [
        ways.way_row(one, place=0, after=None, only=False).bank for one in (WALLET, BANK, replace(BANK, account=HERE))
    ] == [
        False,
        True,
        False,
    ]
    assert ways.way_row(BANK, place=0, after=None, only=False).iban == "DE89 3704 0044 0532 0130 00"


def test_the_account_for_every_day_comes_first_then_names():
    found = [
        replace(HERE, name=name, type=type) for name, type in (("b", "checking"), ("A", "savings"), ("B2", "checking"))
    ]
    assert [one.name for one in in_usual_order(found)] == ["b", "B2", "A"]


@pytest.mark.parametrize("way", [None, 7, "", "wallet", "wallet:", "card:" + str(UUID(int=7)), "wallet:" + "x" * 90])
def test_what_names_no_way_is_refused(way):
    with pytest.raises(Invalid) as refused:
        ways._chosen(way)
    assert refused.value.code == "bad_way"
