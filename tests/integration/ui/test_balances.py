"""A tracked account's balance as the accounts page states it: in the person's own writing, once per form."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Conflict, Invalid, InvalidFields, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, result
from fintwin.ui.act import parse
from fintwin.ui.pages.accounts.state import BalanceForm, _forget_balance, _set_bank_number, _state_balance


@pytest.fixture
def maya(person):
    return person("Maya", locale="de-DE")


def opened(who, *, type="checking", custody="tracked"):
    return perform(
        who.person,
        lambda session: accounts.open_account(
            session, who, name=type, type=type, custody=custody, currency=currency("EUR"), key=f"open-{type}-{custody}"
        ),
    )


def state(who, account, balance, booked="", *, key="form"):
    form = parse(BalanceForm, {"balance": balance, "booked": booked})
    return perform(who.person, lambda session: _state_balance(session, who, account=account.uuid, form=form, key=key))


def seen(who, account):
    return perform(who.person, lambda session: accounts.account(session, who, account.id))


def test_a_balance_makes_net_worth_and_cash_known(maya):
    bank, card = opened(maya), opened(maya, type="credit")
    assert perform(maya.person, lambda session: result.cash_now(session, maya)).amount is None
    assert "held 1.234,50\xa0€" in state(maya, bank, "1.234,50", key="a")
    assert "owed 200,00\xa0€" in state(maya, card, "200", key="b")
    assert (seen(maya, bank).posted, seen(maya, card).posted) == (D("1234.50"), D(-200))
    assert perform(maya.person, lambda session: result.net_worth(session, maya)).amount == D("1034.50")
    assert perform(maya.person, lambda session: result.cash_now(session, maya)).amount == D("1234.50")


def test_the_same_form_states_it_once_and_another_balance_is_refused(maya, admin):
    bank = opened(maya)
    for _ in range(2):
        state(maya, bank, "10")
    assert admin("SELECT count(*) FROM transaction") == [(1,)]
    with pytest.raises(Conflict):
        state(maya, bank, "11")
    assert seen(maya, bank).posted == D(10)
    state(maya, bank, "11", key="another form")
    assert seen(maya, bank).posted == D(11)


def test_what_cannot_be_stated_is_named(maya):
    bank, here = opened(maya), opened(maya, custody="held")
    tomorrow = (today(system_clock, zone=maya.zone) + timedelta(days=2)).isoformat()
    for account, given, field in (
        (bank, ("viel",), "balance"),
        (bank, ("1,234",), "balance"),
        (bank, ("1", tomorrow), "booked"),
        (bank, ("1", date(1800, 1, 1).isoformat()), "booked"),
    ):
        with pytest.raises(Invalid) as refused:
            state(maya, account, *given)
        assert refused.value.field == field
    with pytest.raises(InvalidFields) as both:
        state(maya, bank, "viel", tomorrow)
    assert [fault.field for fault in both.value.faults] == ["balance", "booked"]
    with pytest.raises(Refused):
        state(maya, here, "1")
    assert not seen(maya, bank).known


def test_it_is_taken_back_and_the_number_is_kept(maya):
    bank, other = opened(maya), opened(maya, type="savings")
    state(maya, bank, "10")
    perform(maya.person, lambda session: _forget_balance(session, maya, account=bank.uuid, key="form"))
    assert not seen(maya, bank).known

    def number(account, text):
        return perform(
            maya.person, lambda session: _set_bank_number(session, maya, account=account.uuid, bank_number=text)
        )

    assert number(bank, "de89 3704 0044 0532 0143 00").ending == "4300"
    with pytest.raises(Conflict) as refused:
        number(other, "DE89370400440532014300")
    assert refused.value.field == "bank_number"
    assert number(bank, "").bank_number == ""
