"""An account's PIN: asked above a threshold, and not to be guessed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform
from fintwin.payments import bank, pins, service
from tests.integration.payments.people import act, at_once, code_of, seen

PIN = "0042"


@pytest.fixture
def guarded(pair):
    """Maya's account asks for its PIN above 50."""
    maya, here, _, there = pair
    act(maya, pins.set_pin, account=here.id, pin=PIN, threshold=D(50))
    return maya, here, there


def guess(who, account, pin, **more):
    return act(who, pins.try_pin, account=account.id, pin=pin, **more)


def test_asked_above_the_threshold_only(guarded):
    maya, here, there = guarded
    call = {"account": here.id, "number": there.number, "sends_in": 0}
    assert act(maya, service.pay, **call, amount="50.00", key="a").status == "completed"
    assert code_of(act, maya, service.pay, **call, amount="50.01", key="b") == "pin_needed"
    maya_again = guess(maya, here, PIN).approved()
    with pytest.raises(Exception, match="not enough"):
        act(maya, service.pay, **call, amount="50.01", key="b", approval=maya_again)


def test_leading_zeros_count(guarded):
    maya, here, _ = guarded
    assert code_of(guess(maya, here, "42").approved) == "wrong_pin"
    assert guess(maya, here, "0042").approval


def test_an_approval_is_for_one_account_one_person_and_a_while(guarded, opened):
    maya, here, there = guarded
    other = opened(maya, "100.00")
    act(maya, pins.set_pin, account=other.id, pin="1234", threshold=D(0))
    call = {"number": there.number, "amount": "60.00"}
    approval = guess(maya, other, "1234").approved()
    assert code_of(act, maya, service.pay, account=here.id, key="a", approval=approval, **call) == "pin_needed"
    late = lambda: datetime.now(UTC) + timedelta(minutes=3)  # noqa: E731
    approval = guess(maya, here, PIN).approved()
    assert (
        code_of(act, maya, service.pay, account=here.id, key="a", approval=approval, clock=late, **call) == "pin_needed"
    )
    act(maya, service.pay, account=here.id, key="a", approval=approval, **call)


def test_five_wrong_ones_lock_it_longer_each_time(guarded):
    maya, here, _ = guarded
    codes = [code_of(guess(maya, here, f"999{n}").approved) for n in range(5)]
    assert codes == ["wrong_pin"] * 4 + ["pin_locked"]
    assert code_of(guess(maya, here, PIN).approved) == "pin_locked"
    after = datetime.now(UTC) + timedelta(minutes=16)
    for n in range(5):
        guess(maya, here, f"999{n}", clock=lambda: after)
    assert code_of(guess(maya, here, PIN, clock=lambda: after + timedelta(minutes=16)).approved) == "pin_locked"
    assert guess(maya, here, PIN, clock=lambda: after + timedelta(minutes=31)).approval
    assert act(maya, pins.view, account=here.id).locked_until is None


def test_guesses_sent_at_once_are_all_counted(guarded):
    maya, here, _ = guarded
    answers = at_once([lambda n=n: guess(maya, here, f"{n:04d}") for n in range(1, 13)])
    assert [one.approval for one in answers] == [None] * 12
    assert sorted(one.refusal.code for one in answers) == ["pin_locked"] * 8 + ["wrong_pin"] * 4


def test_a_count_outlives_the_payment_that_was_refused(guarded, admin):
    maya, here, _ = guarded
    assert code_of(guess(maya, here, "9999").approved) == "wrong_pin"
    assert admin("SELECT wrong FROM account_pin") == [(1,)]


def test_changing_and_removing_needs_the_old_one(guarded):
    maya, here, _ = guarded
    assert code_of(act, maya, pins.set_pin, account=here.id, pin="9876", threshold=D(0)) == "pin_needed"
    assert code_of(act, maya, pins.remove_pin, account=here.id, approval=None) == "pin_needed"
    act(maya, pins.set_pin, account=here.id, pin="", threshold=D(5), approval=guess(maya, here, PIN).approved())
    assert act(maya, pins.view, account=here.id).threshold == D(5)
    act(maya, pins.set_pin, account=here.id, pin="9876", threshold=D(5), approval=guess(maya, here, PIN).approved())
    act(maya, pins.remove_pin, account=here.id, approval=guess(maya, here, "9876").approved())
    assert act(maya, pins.view, account=here.id) is None


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "7777"])
def test_what_is_no_pin(pair, pin):
    maya, here, _, _ = pair
    assert code_of(act, maya, pins.set_pin, account=here.id, pin=pin, threshold=D(0)) == "bad_pin"


def test_nobody_reads_a_hash_but_its_person(guarded, person, admin):
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    maya, here, _ = guarded
    [(kept,)] = admin("SELECT hash FROM account_pin")
    assert kept.startswith("$argon2id$")
    with pytest.raises(ProgrammingError, match="permission denied"):
        perform(maya.person, lambda session: session.connection().scalar(text("SELECT hash FROM account_pin")))
    other = person("Eve")
    asked = text("SELECT pin_hash(:account)")
    assert perform(other.person, lambda session: session.connection().scalar(asked, {"account": here.id})) is None
    assert code_of(guess(other, here, PIN).approved) == "no_pin"
    assert code_of(act, other, pins.set_pin, account=here.id, pin=PIN, threshold=D(0)) == "unknown_account"


def test_a_refund_is_an_outflow_too(pair):
    maya, here, omar, there = pair
    act(maya, service.pay, account=here.id, number=there.number, amount="80.00", key="a", sends_in=0)
    act(omar, pins.set_pin, account=there.id, pin=PIN, threshold=D(50))
    [got] = act(omar, service.history)
    assert code_of(act, omar, service.refund, payment=got.id, key="r") == "pin_needed"
    act(omar, service.refund, payment=got.id, key="r", approval=guess(omar, there, PIN).approved())
    assert seen(omar, there).posted == D(0)


def test_a_payment_through_a_bank_asks_for_it_too(guarded):
    maya, here, _ = guarded
    call = {"account": here.id, "name": "Ben", "iban": "NL91ABNA0417164300"}
    assert act(maya, bank.order, **call, amount="50.00", key="a").status == "ready"
    assert code_of(act, maya, bank.order, **call, amount="50.01", key="b") == "pin_needed"
    assert seen(maya, here).pending == D(50)
    approval = guess(maya, here, PIN).approved()
    assert code_of(act, maya, bank.order, **call, amount="50.01", key="b", approval=approval) == "not_enough_funds"
