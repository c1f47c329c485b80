"""Pending, settled, let go, lapsed, archived; taken back in parts; given back between people; converted; locked."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db.work import perform, system_work, work
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import (
    accounts,
    conversion,
    history,
    pending,
    reconciliation,
    register,
    reversal,
    service,
    verify,
)
from fintwin.ledger.history import Happened
from fintwin.ledger.posting import Item, Kind, Outside, Status

DAY = date(2026, 3, 2)


def do(who, call, /, *args, **named):
    return perform(who.person, lambda session: call(session, who, *args, **named))


def refused(code, who, call, /, **named):
    with pytest.raises(FinTwinError) as caught:
        do(who, call, **named)
    assert caught.value.code == code
    return caught.value.sentence


def seen(who, account):
    one = do(who, accounts.account, account.id)
    return one.posted, one.pending, one.available


def whole():
    with system_work() as session:
        assert verify.run(session) == []


@pytest.fixture
def maya(person):
    return person("Maya")


@pytest.fixture
def omar(person):
    return person("Omar")


def test_a_hold_keeps_back_and_settles_once(maya, opened, key):
    here = opened(maya, "100.00")
    once = key()
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="30.00", key=once, payee="Hotel")
    assert seen(maya, here) == (D(100), D(30), D(70))
    assert do(
        maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="30.00", key=once, payee="Hotel"
    ).replayed
    assert seen(maya, here) == (D(100), D(30), D(70))
    [shown] = do(maya, pending.pending)
    assert (shown.transaction, shown.amount, shown.payee, shown.stands) == (
        held.transaction,
        D(30),
        "Hotel",
        Outside.PENDING,
    )
    assert do(maya, register.page).rows[0].kind is Kind.OPENING

    settled = do(maya, pending.settle, transaction=held.transaction, booked=DAY)
    assert (settled.transaction, settled.replayed) == (held.transaction, False)
    assert seen(maya, here) == (D(70), D(0), D(70))
    assert do(maya, pending.settle, transaction=held.transaction).replayed
    refused("key_reused", maya, pending.settle, transaction=held.transaction, amount="1.00")
    refused("not_pending", maya, pending.void, transaction=held.transaction)
    row = do(maya, register.get, transaction=held.transaction).row
    assert (row.status, row.booked, row.payee, row.amount) == (Status.POSTED, DAY, "Hotel", D(-30))
    assert [one.kind for one in do(maya, history.events, transaction=held.transaction)] == [Happened.SETTLED]
    whole()


def test_a_hold_never_draws_on_the_credit_limit(maya, opened, key, admin):
    here = opened(maya, "10.00")
    admin("UPDATE account SET credit_limit = 50 WHERE id = :id", id=here.id)
    sentence = refused(
        "not_enough_funds", maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="10.01", key=key()
    )
    assert "€10.00 available" in sentence
    do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="10.00", key=key())
    do(maya, service.withdraw, account=here.id, amount="50.00", key=key())
    assert seen(maya, here) == (D(-40), D(10), D(0))
    whole()


def test_cancelling_a_pending_overdraft_leaves_no_phantom_funds(maya, opened, key):
    here = opened(maya, "100.00")
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="80.00", key=key())
    refused("not_enough_funds", maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="80.00", key=key())
    assert do(maya, pending.void, transaction=held.transaction, reason="Changed my mind")
    assert not do(maya, pending.void, transaction=held.transaction)
    assert seen(maya, here) == (D(100), D(0), D(100))
    refused("not_pending", maya, pending.settle, transaction=held.transaction)
    [event] = do(maya, history.events, transaction=held.transaction)
    assert (event.kind, event.reason, event.amount, event.by) == (Happened.FAILED, "Changed my mind", D(80), "")
    whole()


def test_parts_are_captured_and_the_last_one_lets_the_rest_go(maya, opened, key):
    here = opened(maya, "100.00")
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="60.00", key=key(), payee="Rail")
    once = key()
    part = do(maya, pending.settle, transaction=held.transaction, amount="25.00", last=False, key=once)
    assert part.transaction != held.transaction
    assert seen(maya, here) == (D(75), D(35), D(40))
    again = do(maya, pending.settle, transaction=held.transaction, amount="25.00", last=False, key=once)
    assert (again.transaction, again.replayed) == (part.transaction, True)
    refused("key_reused", maya, pending.settle, transaction=held.transaction, amount="26.00", last=False, key=once)
    refused("no_key", maya, pending.settle, transaction=held.transaction, amount="1.00", last=False)
    assert "€35.00" in refused("more_than_held", maya, pending.settle, transaction=held.transaction, amount="35.01")
    do(maya, pending.settle, transaction=held.transaction, amount="10.00")
    assert seen(maya, here) == (D(65), D(0), D(65))
    assert [(one.kind, one.amount) for one in do(maya, history.events, transaction=held.transaction)] == [
        (Happened.CAPTURED, D(25)),
        (Happened.SETTLED, D(10)),
    ]
    assert [row.payee for row in do(maya, register.page).rows[:2]] == ["Rail", "Rail"]
    whole()


def test_the_part_that_was_all_that_was_left_is_answered_once_more(maya, opened, key):
    here = opened(maya, "100.00")
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="60.00", key=key())
    first, rest = key(), key()
    part = do(maya, pending.settle, transaction=held.transaction, amount="25.00", last=False, key=first)
    for replayed in (False, True):
        done = do(maya, pending.settle, transaction=held.transaction, amount="35.00", last=False, key=rest)
        assert (done.transaction, done.replayed) == (held.transaction, replayed)
    again = do(maya, pending.settle, transaction=held.transaction, amount="25.00", last=False, key=first)
    assert (again.transaction, again.replayed) == (part.transaction, True)
    refused("not_pending", maya, pending.settle, transaction=held.transaction, amount="20.00", last=False, key=key())
    assert seen(maya, here) == (D(40), D(0), D(40))
    whole()


def test_a_hold_lapses_only_when_its_time_is_up(maya, opened, key, admin):
    here = opened(maya, "100.00")
    late = datetime.now(UTC) + timedelta(hours=1)
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="60.00", key=key(), expires=late)
    refused("not_pending", maya, pending.expire, transaction=held.transaction)
    assert pending.sweep() == 0
    admin("UPDATE hold SET expires_at = now() - interval '1 second'")
    assert pending.sweep() == 1
    assert seen(maya, here) == (D(100), D(0), D(100))
    [event] = do(maya, history.events, transaction=held.transaction)
    assert (event.kind, event.by) == (Happened.EXPIRED, "FinTwin")
    whole()


def test_a_payment_to_a_person_that_waits_stands_in_one_book_until_it_is_settled(maya, omar, opened, key):
    here, his = opened(maya, "100.00"), opened(omar)
    sent = do(
        maya,
        pending.hold,
        kind=Kind.BETWEEN_PEOPLE,
        account=here.id,
        number=his.number,
        amount="40.00",
        key=key(),
        description="Dinner",
        sends_in=0,
    )
    assert (seen(maya, here), seen(omar, his)) == ((D(100), D(40), D(60)), (D(0), D(0), D(0)))
    assert do(omar, register.page).rows == []
    assert perform(maya.person, lambda session: service.counterparts(session, transfers=[sent.transfer])) == {
        sent.transfer: "O•••"
    }
    assert pending.sweep() == 1
    assert (seen(maya, here), seen(omar, his)) == ((D(60), D(0), D(60)), (D(40), D(0), D(40)))
    [row] = do(omar, register.page).rows
    assert (row.amount, row.payee, row.description) == (D(40), "M•••", "Dinner")
    whole()


def test_a_payment_whose_payee_has_gone_meanwhile_fails_and_says_why(maya, omar, opened, key):
    here, his = opened(maya, "100.00"), opened(omar)
    sent = do(
        maya,
        pending.hold,
        kind=Kind.BETWEEN_PEOPLE,
        account=here.id,
        number=his.number,
        amount="40.00",
        key=key(),
        sends_in=0,
    )
    do(omar, accounts.close, account=his.id)
    assert pending.sweep() == 1
    assert seen(maya, here) == (D(100), D(0), D(100))
    [event] = do(maya, history.events, transaction=sent.transaction)
    assert (event.kind, event.reason) == (Happened.FAILED, "The payee's account cannot receive money now.")
    whole()


def test_money_to_come_is_pending_and_reaches_the_account_when_settled(maya, opened, key):
    there = opened(maya, custody="tracked")
    due = do(maya, pending.hold, kind=Kind.DEPOSIT, taking=there.id, amount="12.00", key=key())
    assert seen(maya, there) == (D(0), D(0), D(0))
    do(maya, pending.settle, transaction=due.transaction, amount="11.00")
    assert seen(maya, there)[0] == D(11)
    whole()


def test_many_are_settled_at_once_each_on_its_own_or_all_or_none(maya, omar, opened, key):
    here, there, his = opened(maya, "100.00"), opened(maya, custody="tracked"), opened(omar)
    ids = [
        do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="10.00", key=key()).transaction,
        do(
            maya, pending.hold, kind=Kind.OWN_TRANSFER, account=here.id, taking=there.id, amount="20.00", key=key()
        ).transaction,
        do(
            maya, pending.hold, kind=Kind.BETWEEN_PEOPLE, account=here.id, number=his.number, amount="5.00", key=key()
        ).transaction,
        do(maya, pending.hold, kind=Kind.DEPOSIT, taking=there.id, amount="1.00", key=key()).transaction,
        do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="2.00", key=key()).transaction,
    ]
    do(maya, pending.void, transaction=ids[4])
    with pytest.raises(FinTwinError) as caught:
        do(maya, pending.settle_many, transactions=ids, whole=True)
    assert caught.value.code == "not_pending"
    assert seen(maya, here) == (D(100), D(35), D(65))
    answers = do(maya, pending.settle_many, transactions=[*ids, ids[0], 10**12])
    assert [one.refusal.code if one.refusal else None for one in answers] == [
        None,
        None,
        None,
        None,
        "not_pending",
        None,
        "unknown_transaction",
    ]
    assert [one.replayed for one in answers] == [False] * 5 + [True, False]
    assert (seen(maya, here), seen(maya, there)[0], seen(omar, his)[0]) == ((D(65), D(0), D(65)), D(21), D(5))
    assert all(one.replayed for one in do(maya, pending.settle_many, transactions=ids[:4]))
    whole()


def test_what_was_booked_is_taken_back_in_parts_up_to_the_rest(maya, opened, key):
    there = opened(maya, custody="tracked")
    spent = do(maya, service.withdraw, account=there.id, amount="30.00", key=key(), booked=DAY, payee="Shop")
    once = key()
    part = do(maya, reversal.take_back, transaction=spent.transaction, amount="12.00", key=once, reason="Sent back")
    assert do(
        maya, reversal.take_back, transaction=spent.transaction, amount="12.00", key=once, reason="Sent back"
    ).replayed
    assert seen(maya, there)[0] == D(-18)
    assert "€18.00" in refused(
        "more_than_the_rest", maya, reversal.take_back, transaction=spent.transaction, amount="18.01", key=key()
    )
    assert {row.id for row in do(maya, register.page).rows} == {spent.transaction, part.transaction}
    refused("not_reversible", maya, reversal.take_back, transaction=part.transaction, key=key())
    do(maya, reversal.take_back, transaction=spent.transaction, key=key())
    assert seen(maya, there)[0] == 0
    assert do(maya, register.page).rows == []
    refused("already_reversed", maya, reversal.take_back, transaction=spent.transaction, key=key())
    events = do(maya, history.events, transaction=spent.transaction)
    assert [(one.kind, one.amount, one.reason) for one in events] == [
        (Happened.PARTLY_REVERSED, D(12), "Sent back"),
        (Happened.REVERSED, D(18), ""),
    ]
    whole()


def test_a_batch_takes_back_the_rest_of_what_was_taken_back_in_part(maya, opened, key):
    there = opened(maya, custody="tracked")
    spent = do(maya, service.withdraw, account=there.id, amount="30.00", key=key(), booked=DAY)
    do(maya, reversal.take_back, transaction=spent.transaction, amount="12.00", key=key())
    again = do(maya, service.amend, transaction=spent.transaction, amount="7.00", key=key())
    assert seen(maya, there)[0] == D(-7)
    assert [row.id for row in do(maya, register.page).rows] == [again.transaction]
    whole()


def test_another_day_for_what_was_taken_back_in_part_moves_no_money(maya, opened, key):
    there = opened(maya, custody="tracked")
    spent = do(maya, service.withdraw, account=there.id, amount="30.00", key=key(), booked=DAY)
    do(maya, reversal.take_back, transaction=spent.transaction, amount="12.00", key=key())
    once = {"transaction": spent.transaction, "booked": DAY - timedelta(days=1), "key": key()}
    again = do(maya, service.amend, **once)
    assert do(maya, service.amend, **once).transaction == again.transaction
    assert seen(maya, there)[0] == D(-18)
    whole()


def test_what_comes_back_from_the_bin_is_what_went_there(maya, opened, key):
    there = opened(maya, custody="tracked")
    spent = do(maya, service.withdraw, account=there.id, amount="30.00", key=key(), booked=DAY)
    do(maya, reversal.take_back, transaction=spent.transaction, amount="12.00", key=key())
    do(maya, service.reverse, transaction=spent.transaction, key=key())
    once = key()
    back = do(maya, service.restore, transaction=spent.transaction, key=once)
    assert do(maya, service.restore, transaction=spent.transaction, key=once).replayed
    assert seen(maya, there)[0] == D(-18)
    refused("already_replaced", maya, service.restore, transaction=spent.transaction, key=key())
    edited = do(maya, service.amend, transaction=back.transaction, amount="20.00", key=key())
    refused("already_replaced", maya, service.restore, transaction=back.transaction, key=key())
    assert seen(maya, there)[0] == D(-20)
    assert [row.id for row in do(maya, register.page).rows] == [edited.transaction]
    whole()


def test_an_opening_is_not_taken_back_in_part(maya, opened, key):
    here = opened(maya, "10.00")
    [row] = do(maya, register.page).rows
    refused("not_reversible", maya, reversal.take_back, transaction=row.id, amount="1.00", key=key())
    do(maya, reversal.take_back, transaction=row.id, key=key())
    assert seen(maya, here)[0] == 0
    whole()


def test_a_payment_is_given_back_by_who_received_it_in_parts_and_never_more(maya, omar, opened, key):
    here, his = opened(maya, "100.00"), opened(omar)
    sent = do(maya, service.pay_person, account=here.id, number=his.number, amount="40.00", key=key())
    [got] = do(omar, register.page).rows
    refused("not_reversible", maya, reversal.refund, transaction=sent.transaction, key=key())
    refused("not_reversible", maya, service.reverse, transaction=sent.transaction, key=key())
    refused("not_reversible", omar, service.reverse, transaction=got.id, key=key())
    refused("unknown_transaction", maya, reversal.refund, transaction=got.id, key=key())
    back = do(omar, reversal.refund, transaction=got.id, amount="15.00", key=key(), reason="Too much")
    assert back.transfer == sent.transfer
    assert (seen(maya, here)[0], seen(omar, his)[0]) == (D(75), D(25))
    refused("more_than_the_rest", omar, reversal.refund, transaction=got.id, amount="25.01", key=key())
    do(omar, service.withdraw, account=his.id, amount="20.00", key=key())
    refused("not_enough_funds", omar, reversal.refund, transaction=got.id, key=key())
    do(omar, service.deposit, account=his.id, amount="20.00", key=key())
    do(maya, history.archive, until=today(system_clock, zone=maya.zone))
    do(omar, reversal.refund, transaction=got.id, key=key())
    assert (seen(maya, here)[0], seen(omar, his)[0]) == (D(100), D(0))
    refused("already_reversed", omar, reversal.refund, transaction=got.id, key=key())
    assert do(maya, register.get, transaction=sent.transaction).row.status is Status.REVERSED
    whole()


def test_a_refund_reaches_no_closed_account(maya, omar, opened, key):
    here, his = opened(maya, "40.00"), opened(omar)
    do(maya, service.pay_person, account=here.id, number=his.number, amount="40.00", key=key())
    do(maya, accounts.close, account=here.id)
    [got] = do(omar, register.page).rows
    refused("payee_unavailable", omar, reversal.refund, transaction=got.id, key=key())
    assert seen(omar, his)[0] == D(40)
    whole()


def test_a_conversion_is_two_postings_through_trading(maya, opened, key, admin):
    here, dollars = opened(maya, "100.00"), opened(maya, of="USD", name="Dollars")
    once = key()
    moved = do(
        maya, conversion.convert, giving=here.id, taking=dollars.id, gave="50.00", got="54.37", key=once, booked=DAY
    )
    assert do(
        maya, conversion.convert, giving=here.id, taking=dollars.id, gave="50.00", got="54.37", key=once, booked=DAY
    ).replayed
    assert (seen(maya, here)[0], seen(maya, dollars)[0]) == (D(50), D("54.37"))
    assert admin(
        "SELECT p.line, p.currency, p.amount, d.type, c.type FROM posting p JOIN account d ON d.id = p.debit"
        " JOIN account c ON c.id = p.credit WHERE p.transaction = :id ORDER BY 1",
        id=moved.transaction,
    ) == [(1, "EUR", D(50), "trading", "checking"), (2, "USD", D("54.37"), "checking", "trading")]
    assert conversion.rate(gave=D(50), got=D("54.37")) == D("1.0874")
    refused(
        "same_currency", maya, conversion.convert, giving=here.id, taking=opened(maya).id, gave="1", got="1", key=key()
    )
    refused(
        "not_enough_funds",
        maya,
        conversion.convert,
        giving=here.id,
        taking=dollars.id,
        gave="50.01",
        got="1",
        key=key(),
    )
    refused("not_reversible", maya, reversal.take_back, transaction=moved.transaction, amount="1.00", key=key())
    do(maya, service.reverse, transaction=moved.transaction, key=key())
    assert (seen(maya, here)[0], seen(maya, dollars)[0]) == (D(100), D(0))
    whole()


def test_a_yen_is_whole_on_its_side_of_a_conversion(maya, opened, key):
    here, yen = opened(maya, "100.00"), opened(maya, of="JPY", name="Yen")
    refused(
        "amount_decimals", maya, conversion.convert, giving=here.id, taking=yen.id, gave="1", got="160.5", key=key()
    )


def test_archived_transactions_are_closed_for_good(maya, opened, key):
    there = opened(maya, custody="tracked")
    old = do(maya, service.withdraw, account=there.id, amount="1.00", key=key(), booked=DAY)
    do(maya, service.withdraw, account=there.id, amount="2.00", key=key(), booked=DAY + timedelta(days=1))
    assert do(maya, history.archive, until=DAY) == 1
    assert do(maya, history.archive, until=DAY) == 0
    refused("not_reversible", maya, service.reverse, transaction=old.transaction, key=key())
    assert do(maya, register.get, transaction=old.transaction).row.status is Status.ARCHIVED
    assert len(do(maya, register.page).rows) == 2
    whole()


def test_a_confirmed_balance_locks_what_is_before_it(maya, opened, key):
    there = opened(maya, "100.00", custody="tracked", opened=date(2026, 1, 1), name="Giro")
    spent = do(maya, service.withdraw, account=there.id, amount="30.00", key=key(), booked=DAY)
    sentence = refused(
        "balance_differs", maya, reconciliation.assert_balance, account=there.id, day=DAY, balance="71.00"
    )
    assert "€70.00" in sentence
    lock = do(maya, reconciliation.assert_balance, account=there.id, day=DAY, balance="70.00")
    assert do(maya, reconciliation.assert_balance, account=there.id, day=DAY, balance="70.00") == lock
    for call, named in (
        (service.withdraw, {"account": there.id, "amount": "1.00", "booked": DAY}),
        (service.deposit, {"account": there.id, "amount": "1.00", "booked": DAY - timedelta(days=9)}),
        (service.reverse, {"transaction": spent.transaction}),
    ):
        sentence = refused("locked", maya, call, key=key(), **named)
        assert "Giro is reconciled and locked up to March 2, 2026" in sentence
    refused("locked", maya, service.amend, transaction=spent.transaction, amount="31.00", key=key())
    [outcome] = do(maya, service.post_batch, [Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=there.id, key=key())])
    assert outcome.refusal.code == "locked"
    refused(
        "locked", maya, accounts.state_balance, account=there.id, balance=D(80), on=DAY + timedelta(days=1), key=key()
    )
    do(maya, service.withdraw, account=there.id, amount="5.00", key=key(), booked=DAY + timedelta(days=1))
    do(maya, service.classify, transaction=spent.transaction, note="Shoes")
    whole()

    do(maya, reconciliation.assert_balance, account=there.id, day=DAY + timedelta(days=1), balance="65.00")
    do(maya, reconciliation.release, account=there.id)
    refused("locked", maya, service.reverse, transaction=spent.transaction, key=key())
    do(maya, reconciliation.release, account=there.id)
    refused("nothing_to_release", maya, reconciliation.release, account=there.id)
    do(maya, service.reverse, transaction=spent.transaction, key=key())
    assert [one.released_at is None for one in do(maya, reconciliation.locks, account=there.id)] == [False, False]
    whole()


def test_a_day_on_which_money_may_still_come_is_not_locked(maya, omar, opened):
    now = today(system_clock, zone=maya.zone)
    for account, ago in (
        (opened(maya, custody="tracked", opening="1.00", opened=DAY), 0),
        (opened(maya, "1.00", opened=DAY), 1),
    ):
        refused(
            "lock_too_late",
            maya,
            reconciliation.assert_balance,
            account=account.id,
            day=now - timedelta(days=ago),
            balance="1.00",
        )
    unknown = opened(maya, custody="tracked", name="Unknown")
    refused("balance_unknown", maya, reconciliation.assert_balance, account=unknown.id, day=DAY, balance="0.00")
    refused("unknown_account", omar, reconciliation.assert_balance, account=unknown.id, day=DAY, balance="0.00")


def test_a_batch_of_every_kind_is_booked_in_order_each_on_its_own(maya, omar, opened, key):
    here, there, his = opened(maya, "100.00"), opened(maya, custody="tracked"), opened(omar)
    dollars = opened(maya, of="USD", name="Dollars")
    spent = do(maya, service.withdraw, account=there.id, amount="9.00", key=key(), booked=DAY)
    items = [
        Item(Kind.BETWEEN_PEOPLE, D(10), "EUR", DAY, giving=here.id, number=his.number, key=key()),
        Item(Kind.CONVERSION, D(20), "EUR", DAY, giving=here.id, taking=dollars.id, got=D(22), key=key()),
        Item(Kind.WITHDRAWAL, D(5), "EUR", DAY, giving=here.id, pending=True, key=key()),
        Item(Kind.REVERSAL, D(4), "EUR", DAY, related=spent.transaction, key=key()),
        Item(Kind.WITHDRAWAL, D(66), "EUR", DAY, giving=here.id, key=key()),
        Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=here.id, key=key()),
        Item(Kind.WITHDRAWAL, D(66), "EUR", DAY, giving=here.id, key=key()),
    ]
    with pytest.raises(FinTwinError, match="not enough"):
        do(maya, service.post_batch, items, whole=True)
    assert seen(maya, here) == (D(100), D(0), D(100))
    answers = do(maya, service.post_batch, items)
    assert [one.refusal.code if one.refusal else None for one in answers] == [
        None,
        None,
        None,
        None,
        "not_enough_funds",
        None,
        None,
    ]
    assert seen(maya, here) == (D(5), D(5), D(0))
    assert (seen(maya, there)[0], seen(maya, dollars)[0], seen(omar, his)[0]) == (D(-5), D(22), D(10))
    again = do(maya, service.post_batch, [items[n] for n in (0, 1, 2, 3, 5, 6)])
    assert all(one.replayed for one in again)
    whole()


def test_nobody_settles_or_takes_back_for_another(maya, omar, opened, key):
    here = opened(maya, "100.00")
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="30.00", key=key())
    refused("unknown_transaction", omar, pending.settle, transaction=held.transaction)
    refused("unknown_transaction", omar, pending.void, transaction=held.transaction)
    refused("unknown_account", omar, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="1.00", key=key())
    [answer] = do(omar, pending.settle_many, transactions=[held.transaction])
    assert answer.refusal.code == "unknown_transaction"
    refused("unknown_account", omar, reconciliation.release, account=here.id)
    with work(omar.person) as session:
        assert session.connection().execute(text("SELECT * FROM transaction_event")).all() == []
    assert seen(maya, here) == (D(100), D(30), D(70))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transaction SET status = 2, booked = '2026-01-01' WHERE status = 4",
        "UPDATE transaction SET status = 1 WHERE status = 4",
        "UPDATE transaction SET status = 2 WHERE status = 3",
        "DELETE FROM transaction_event",
        "UPDATE transaction_event SET amount = 1",
        "TRUNCATE transaction_event",
    ],
)
def test_a_life_goes_one_way_whoever_writes(maya, opened, key, admin, change):
    here = opened(maya, "100.00")
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="30.00", key=key())
    do(maya, pending.void, transaction=held.transaction)
    do(maya, history.archive, until=date(2100, 1, 1))
    with pytest.raises(Exception, match="append-only"):
        admin(change)


def test_what_is_named_twice_is_answered_twice_as_it_ended(maya, omar, opened, key):
    here, his = opened(maya, "100.00"), opened(omar)
    paid = [
        do(
            maya,
            pending.hold,
            kind=Kind.BETWEEN_PEOPLE,
            account=here.id,
            number=his.number,
            amount="10.00",
            key=key(),
        ).transaction
        for _ in range(2)
    ]
    out = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="5.00", key=key()).transaction
    named = [paid[0], out, paid[0], 10**9, out, paid[1], 10**9, paid[1], paid[0]]

    def answered(which):
        answers = do(maya, pending.settle_many, transactions=which)
        assert [one.item for one in answers] == list(range(len(which)))
        return [(one.refusal.code if one.refusal else one.transaction, one.replayed) for one in answers]

    do(maya, accounts.freeze, account=here.id)
    assert answered(named) == [("unknown_transaction" if one == 10**9 else "account_frozen", False) for one in named]
    assert seen(maya, here) == (D(100), D(25), D(75))
    do(maya, accounts.unfreeze, account=here.id)
    assert answered(named) == [
        (paid[0], False),
        (out, False),
        (paid[0], True),
        ("unknown_transaction", False),
        (out, True),
        (paid[1], False),
        ("unknown_transaction", False),
        (paid[1], True),
        (paid[0], True),
    ]
    assert answered(named[:3]) == [(paid[0], True), (out, True), (paid[0], True)]
    assert (seen(maya, here)[0], seen(omar, his)[0]) == (D(75), D(20))
    whole()


def test_all_or_none_with_one_named_twice(maya, omar, opened, key):
    here, his = opened(maya, "100.00"), opened(omar)
    one = do(
        maya, pending.hold, kind=Kind.BETWEEN_PEOPLE, account=here.id, number=his.number, amount="10.00", key=key()
    ).transaction
    do(maya, accounts.freeze, account=here.id)
    refused("account_frozen", maya, pending.settle_many, transactions=[one, one], whole=True)
    do(maya, accounts.unfreeze, account=here.id)
    answers = do(maya, pending.settle_many, transactions=[one, one], whole=True)
    assert [(each.transaction, each.replayed) for each in answers] == [(one, False), (one, True)]
    assert seen(omar, his)[0] == D(10)
    whole()
