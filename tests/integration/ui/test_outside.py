"""Paying by bank as its page does it: everything else is judged before the PIN, whose attempts count."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from fintwin.db.work import perform
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, pins
from fintwin.payments import bank_orders
from fintwin.ui.pages.outside import state as page
from fintwin.ui.pages.outside.state import Outside
from fintwin.web import gate

PIN, WRONG = "2468", "1357"
FORM = {"name": "Jan Bakker", "iban": "NL91 ABNA 0417 1643 00", "amount": "40.00", "remittance": "Bike"}


@pytest.fixture
def maya(person):
    return person("Maya")


@pytest.fixture
def ordered(maya, monkeypatch):
    """What comes of a form, by field: 100.00 are there, and the PIN is asked above 5.00."""

    async def unheard(*_args, **_named):
        return None

    monkeypatch.setattr(page, "notify", unheard)

    def guarded(session):
        opening = Decimal(100)
        made = accounts.open_account(
            session,
            maya,
            name="Everyday",
            type="checking",
            custody="held",
            currency=currency("EUR"),
            opening=opening,
            key="open",
        )
        pins.set_pin(session, maya, account=made.id, pin=PIN, threshold=Decimal(5))
        return str(made.uuid)

    account = perform(maya.person, guarded)
    form = Outside(_reflex_internal_init=True)  # type: ignore[call-arg]
    form._key = str(uuid4())

    async def sent(typed):
        gate._principal.set(maya)
        await Outside.order.fn(form, {**FORM, "account": account, **typed})
        told = form.problem
        return {told.field: told.code, **dict.fromkeys(told.others, "")} if told.code else {}

    return lambda **typed: asyncio.run(sent(typed))


def orders(maya):
    return perform(maya.person, lambda session: bank_orders.orders(session, maya))


def test_no_attempt_at_the_pin_is_made_for_what_is_refused_anyway(maya, ordered):
    for _ in range(6):  # one more than lock it
        assert ordered(pin=WRONG, name="北京", iban="NL00", amount="0", execute_on="2020-01-01") == {
            "name": "bad_name",
            "iban": "",
            "execute_on": "",
            "amount": "",
        }
        assert ordered(pin=WRONG, amount="100.01") == {"amount": "not_enough_funds"}
    assert ordered() == {"pin": "pin_needed"}
    assert ordered(pin=WRONG) == {"pin": "wrong_pin"}
    assert orders(maya) == []
    assert ordered(pin=PIN) == {}
    assert [one.amount for one in orders(maya)] == [Decimal(40)]


def test_below_its_amount_a_pin_is_not_looked_at(maya, ordered):
    assert ordered(amount="5.00", pin=WRONG) == {}
    assert len(orders(maya)) == 1
