"""An account's PIN: asked above a threshold, and not to be guessed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from fintwin.db.work import perform, work
from fintwin.identity import erasure
from fintwin.ledger import pins, staff
from fintwin.payments import bank, service
from tests.integration.payments.people import act, at_once, code_of, seen, whole

PIN = "0042"


@pytest.fixture
def guarded(pair):
    """Maya's account asks for its PIN above 50."""
    maya, here, _, there = pair
    act(maya, pins.set_pin, account=here.id, pin=PIN, threshold=D(50))
    return maya, here, there


def guess(who, account, pin, **more):
    return act(who, pins.judge, taken=act(who, pins.attempt, account=account.id, pin=pin), **more)


def by_hand(who, statement, **values):
    """What somebody who runs SQL as the app, with this person set, gets."""
    return perform(who.person, lambda session: session.connection().execute(text(statement), values).all())


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


def later(admin, minutes):
    """As if that much time had gone by since the PIN was locked."""
    admin(f"UPDATE account_pin SET locked_until = locked_until - interval '{minutes} minutes'")


def test_five_wrong_ones_lock_it_longer_each_time(guarded, admin):
    maya, here, _ = guarded
    codes = [code_of(guess(maya, here, f"999{n}").approved) for n in range(5)]
    assert codes == ["wrong_pin"] * 4 + ["pin_locked"]
    assert code_of(guess(maya, here, PIN).approved) == "pin_locked"
    later(admin, 16)
    for n in range(5):
        guess(maya, here, f"999{n}")
    later(admin, 16)
    assert code_of(guess(maya, here, PIN).approved) == "pin_locked"
    later(admin, 15)
    assert guess(maya, here, PIN).approval
    assert act(maya, pins.view, account=here.id).locked_until is None


def test_the_fifth_may_be_the_right_one(guarded, admin):
    maya, here, _ = guarded
    for n in range(4):
        guess(maya, here, f"999{n}")
    assert guess(maya, here, PIN).approval
    assert admin("SELECT wrong, locks, locked_until FROM account_pin") == [(0, 0, None)]


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


def test_nobody_reads_a_hash(guarded, person, admin):
    maya, here, _ = guarded
    [(kept,)] = admin("SELECT hash FROM account_pin")
    assert kept.startswith("$argon2id$")
    with pytest.raises(ProgrammingError, match="permission denied"):
        by_hand(maya, "SELECT hash FROM account_pin")
    [(recipe,)] = by_hand(maya, "SELECT pin_recipe(:account)", account=here.id)
    assert kept.startswith(recipe)
    assert len(kept) - len(recipe) == 44
    other = person("Eve")
    assert by_hand(other, "SELECT pin_recipe(:account)", account=here.id) == [(None,)]
    assert code_of(guess(other, here, PIN).approved) == "no_pin"
    assert code_of(act, other, pins.set_pin, account=here.id, pin=PIN, threshold=D(0)) == "unknown_account"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account_pin SET wrong = 0",
        "UPDATE account_pin SET locked_until = NULL, locks = 0",
        "UPDATE account_pin SET hash = 'x'",
        "UPDATE account_pin SET threshold = 1000000",
        "UPDATE account_pin SET given_until = now() + interval '1 hour'",
        "DELETE FROM account_pin",
        "INSERT INTO account_pin (account, owner, currency, hash, threshold) SELECT id, owner, currency, 'x', 0 FROM account",
        "SELECT * FROM pin_attempt",
        "DELETE FROM pin_attempt",
        "UPDATE pin_attempt SET taken_in = 0",
    ],
)
def test_counts_and_locks_are_not_the_apps_to_write(guarded, statement):
    maya, _, _ = guarded
    with pytest.raises(ProgrammingError, match="permission denied"):
        by_hand(maya, statement)


def test_a_rollback_teaches_nothing(guarded, admin):
    """An attempt is judged only once its count is committed, so an answer always costs a try."""
    maya, here, _ = guarded
    [(recipe,)] = by_hand(maya, "SELECT pin_recipe(:account)", account=here.id)
    right = pins._proof(recipe, PIN)
    take, judge = "SELECT ticket FROM take_pin_attempt(:account, :proof)", "SELECT judge_pin(:ticket)"
    with work(maya.person) as session:
        ticket = session.connection().scalar(text(take), {"account": here.id, "proof": right})
        with pytest.raises(DBAPIError, match="PY042"), session.begin_nested():
            session.connection().scalar(text(judge), {"ticket": ticket})
        session.rollback()
    assert admin("SELECT wrong FROM account_pin") == [(0,)]
    [(ticket,)] = by_hand(maya, take, account=here.id, proof=pins._proof(recipe, "9999"))
    with work(maya.person) as session:
        assert session.connection().scalar(text(judge), {"ticket": ticket}) is False
        session.rollback()
    assert by_hand(maya, judge, ticket=ticket) == [(False,)]
    with pytest.raises(DBAPIError, match="PY042"):
        by_hand(maya, judge, ticket=ticket)
    assert admin("SELECT wrong FROM account_pin") == [(1,)]


def test_another_persons_attempt_is_not_to_be_judged(guarded, person):
    maya, here, _ = guarded
    taken = act(maya, pins.attempt, account=here.id, pin=PIN)
    assert code_of(act, person("Eve"), pins.judge, taken=taken) == "attempt_gone"
    assert act(maya, pins.judge, taken=taken).approval


def test_an_attempt_is_not_kept_for_later(guarded, admin):
    maya, here, _ = guarded
    taken = act(maya, pins.attempt, account=here.id, pin=PIN)
    admin("UPDATE pin_attempt SET taken_at = taken_at - interval '2 minutes'")
    assert code_of(act, maya, pins.judge, taken=taken) == "attempt_gone"


def test_who_leaves_takes_pin_and_attempts_along(guarded, admin):
    maya, here, _ = guarded
    act(maya, pins.attempt, account=here.id, pin="9999")
    act(maya, erasure.ask)
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    assert admin("SELECT (SELECT count(*) FROM account_pin), (SELECT count(*) FROM pin_attempt)") == [(0, 0)]


@pytest.mark.parametrize(
    "call",
    ["SELECT set_pin(:account, :hash, 0)", "SELECT set_pin(:account, NULL, 1000000)", "SELECT remove_pin(:account)"],
)
def test_the_doors_themselves_want_the_old_pin(guarded, admin, call):
    maya, here, _ = guarded
    values = {"account": here.id, "hash": pins._hasher.hash("2468")}
    asked = {name: value for name, value in values.items() if f":{name}" in call}
    kept = admin("SELECT hash, threshold FROM account_pin")
    with pytest.raises(DBAPIError, match="PY041"):
        by_hand(maya, call, **asked)
    guess(maya, here, "9999")
    with pytest.raises(DBAPIError, match="PY041"):
        by_hand(maya, call, **asked)
    assert admin("SELECT hash, threshold FROM account_pin") == kept
    guess(maya, here, PIN)
    by_hand(maya, call, **asked)


@pytest.mark.parametrize(
    ("hash", "threshold", "refused"),
    [
        ("plain", "0", "LG019"),
        (None, "0", "PY041"),
        ("", "-1", "LG008"),
        ("", "NaN", "LG008"),
        ("", "0.00001", "LG008"),
    ],
)
def test_the_door_takes_no_nonsense(pair, hash, threshold, refused):
    maya, here, _, _ = pair
    hash = pins._hasher.hash("2468") if hash == "" else hash
    with pytest.raises(DBAPIError, match=refused):
        by_hand(maya, "SELECT set_pin(:a, :hash, CAST(:least AS numeric))", a=here.id, hash=hash, least=threshold)


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
    assert code_of(act, maya, bank.order, **call, amount="50.01", key="b") == "pin_needed"
    assert seen(maya, here).pending == D(0)
    assert act(maya, bank.order, **call, amount="50.00", key="a").status == "ready"
    # The PIN is the last thing that is asked for.
    assert code_of(act, maya, bank.order, **call, amount="50.01", key="b") == "not_enough_funds"
    approval = guess(maya, here, PIN).approved()
    assert act(maya, bank.order, **call, amount="50.00", key="b", approval=approval).status == "ready"


def test_staff_act_without_the_pin_of_a_customer_even_while_it_is_locked(pair, person):
    maya, here, omar, there = pair
    sam, why = person("Sam", role="staff"), "Reported by phone, case 17"
    to_omar = {"account": here.id, "number": there.number}
    sent = act(maya, service.pay, **to_omar, amount="20.00", key="sent", sends_in=0)
    waits = act(maya, service.pay, **to_omar, amount="30.00", key="waits")
    for who, account in ((maya, here), (omar, there)):
        act(who, pins.set_pin, account=account.id, pin=PIN, threshold=D(0))
        for n in range(5):
            guess(who, account, f"999{n}")
        assert act(who, pins.view, account=account.id).locked_until is not None
        assert code_of(guess(who, account, PIN).approved) == "pin_locked"
    assert code_of(act, maya, service.pay, **to_omar, amount="0.01", key="more") == "pin_needed"
    [got] = act(omar, service.history)
    assert code_of(act, omar, service.refund, payment=got.id, key="back") == "pin_needed"

    assert act(sam, staff.void, transaction=waits.transaction, reason=why)
    act(sam, staff.reverse, transaction=sent.transaction, reason=why, key="reverse")
    [blocked] = act(sam, staff.block, accounts=[here.uuid], block=True, reason=why)
    assert blocked.refusal is None
    mine, theirs = seen(maya, here), seen(omar, there)
    assert (mine.posted, mine.available, mine.status, theirs.posted) == (D(100), D(100), "frozen", D(0))
    assert act(maya, service.payment, payment=sent.id).status == "reversed"
    assert act(maya, service.payment, payment=waits.id).status == "failed"
    assert all(act(who, pins.view, account=one.id).locked_until for who, one in ((maya, here), (omar, there)))
    whole()
