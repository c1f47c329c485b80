"""Setting a PIN as its dialog does it: what is wrong is told at once, before an attempt at the old one counts."""

import asyncio
from decimal import Decimal

import pytest

from fintwin.db.work import perform
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, pins
from fintwin.ui.pages.payments import state as page
from fintwin.ui.pages.payments.rows import Choice
from fintwin.ui.pages.payments.state import Asking
from fintwin.web import gate


@pytest.fixture
def maya(person):
    return person("Maya")


@pytest.fixture
def account(maya):
    return perform(
        maya.person,
        lambda session: accounts.open_account(
            session, maya, name="Everyday", type="checking", custody="held", currency=currency("EUR"), key="open"
        ),
    )


@pytest.fixture
def sent(maya, account, monkeypatch):
    """What comes of the dialog, by field."""

    async def unheard(*_args, **_named):
        return None

    monkeypatch.setattr(page, "notify", unheard)
    form = Asking(_reflex_internal_init=True)  # type: ignore[call-arg]

    async def send(typed):
        gate._principal.set(maya)
        form.pin_of = Choice(uuid=str(account.uuid))
        await Asking.set_pin.fn(form, typed)
        told = form.problem
        return {told.field: told.code, **dict.fromkeys(told.others, "")} if told.code else {}

    return lambda **typed: asyncio.run(send(typed))


def view(maya, account):
    return perform(maya.person, lambda session: pins.view(session, maya, account=account.id))


def test_both_fields_are_told_at_once_and_no_attempt_is_made_for_them(maya, account, sent):
    assert sent(pin="12", threshold="a lot") == {"pin": "bad_pin", "threshold": ""}
    assert sent(pin="", threshold="-1") == {"pin": "bad_pin", "threshold": ""}
    assert view(maya, account) is None
    assert sent(pin="2468", threshold="5") == {}
    for _ in range(6):  # one more than lock it
        assert sent(old="1357", pin="12", threshold="-1") == {"pin": "bad_pin", "threshold": ""}
    assert sent(pin="9753") == {"old": "pin_needed"}
    assert sent(old="1357", pin="9753") == {"old": "wrong_pin"}
    assert sent(old="2468", threshold="7") == {}
    assert view(maya, account).threshold == Decimal(7)
    assert sent(old="2468", remove="on", threshold="nonsense") == {}
    assert view(maya, account) is None
