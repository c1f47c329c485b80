"""An order whose transaction is settled, let go or taken back elsewhere than among the orders."""

import pytest

from fintwin.kernel.errors import Refused
from fintwin.ledger import pending, reversal
from fintwin.payments.rail import Answer
from tests.integration.payments.banks.test_bank import D, Desk, held, returned, settled  # noqa: F401


def test_one_called_off_before_it_left_goes_into_no_file(held: Desk):  # noqa: F811
    order = held.order()
    held.call(pending.give_up, transaction=order.transaction)
    assert held.view(order).status == "cancelled"
    with pytest.raises(Refused, match="No order"):
        held.send()


def test_one_settled_before_it_left_goes_into_no_file(held: Desk):  # noqa: F811
    order = held.order()
    held.call(pending.settle, transaction=order.transaction)
    assert (held.view(order).status, held.money()) == ("settled", (D(70), D(0)))
    with pytest.raises(Refused, match="No order"):
        held.send()


def test_a_file_of_answers_counts_beside_one_that_was_called_off(held: Desk):  # noqa: F811
    gone, stays, back = held.order(), held.order(amount="20.00"), held.order(amount="10.00")
    held.send()
    held.call(pending.give_up, transaction=gone.transaction)
    held.call(pending.settle, transaction=back.transaction)
    held.call(reversal.take_back, transaction=back.transaction, key="mine")
    assert [held.view(one).status for one in (gone, stays, back)] == ["refused", "sent", "returned"]
    taken = held.answer(settled(gone), settled(stays), returned(back))
    assert (taken.settled, taken.known, len(taken.odd)) == (1, 1, 1)
    assert "though this order counts as refused" in taken.odd[0]
    assert held.money() == (D(80), D(0))
    held.whole()


def test_what_a_bank_paid_although_it_had_refused_is_said(held: Desk):  # noqa: F811
    order = held.order()
    held.send()
    held.answer(Answer("refused", order.end_to_end, reason="AC04"))
    taken = held.answer(settled(order), settled(order))
    assert (taken.settled, taken.known) == (0, 0)
    assert "Your books do not have it" in taken.odd[0]
    assert (held.view(order).status, held.money()) == ("refused", (D(100), D(0)))
