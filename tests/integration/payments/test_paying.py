"""A payment to a person: both sides of it, once."""

from decimal import Decimal as D

import pytest

from fintwin.db.work import perform
from fintwin.kernel.errors import FinTwinError
from fintwin.payments import service


def act(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def test_posted_at_once_both_see_it(person, opened):
    maya, omar = person("Maya Lind"), person("Omar Haddad")
    here, there = opened(maya, "100.00"), opened(omar)
    paid = act(
        maya,
        service.pay,
        account=here.id,
        number=there.number,
        amount="12.50",
        key="a",
        sends_in=0,
        description="Lunch",
    )
    assert (paid.side, paid.status, paid.amount, paid.name) == ("out", "completed", D("12.50"), "O••• H•••")
    [got] = act(omar, service.history)
    assert (got.side, got.status, got.amount, got.name, got.number) == ("in", "completed", D("12.50"), "M••• L•••", "")
    assert got.description == "Lunch"
    with pytest.raises(FinTwinError) as refused:
        act(omar, service.payment, payment=paid.id)
    assert refused.value.code == "unknown_payment"
