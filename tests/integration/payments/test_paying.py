"""A payment to a person: both sides of it, once, whatever happens on the way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db.work import work
from fintwin.events import dispatcher
from fintwin.events.outbox import Kind
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import accounts, posting
from fintwin.ledger.posting import Outside, Status
from fintwin.payments import contacts, jobs, service
from tests.integration.payments.people import act, at_once, code_of, seen, told, whole


def test_posted_at_once_both_see_it(pair):
    maya, here, omar, there = pair
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
    assert code_of(act, omar, service.payment, payment=paid.id) == "unknown_payment"
    assert set(told()) == {(maya.person, Kind.PAYMENT), (omar.person, Kind.PAYMENT)}


def test_sending_keeps_the_money_back_and_the_worker_settles_it(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a")
    assert (paid.status, paid.live) == ("initiated", True)
    assert paid.cancellable(datetime.now(UTC))
    assert not paid.cancellable(datetime.now(UTC) + timedelta(seconds=service.SENDING + 1))
    assert (seen(maya, here).posted, seen(maya, here).available) == (D(100), D(60))
    assert act(omar, service.in_flight) == act(omar, service.history) == []
    jobs.settle(person=maya.person, what=paid.id)
    jobs.settle(person=maya.person, what=paid.id)
    assert (seen(maya, here).available, seen(omar, there).posted) == (D(60), D(40))
    assert act(maya, service.payment, payment=paid.id).status == "completed"
    assert [got.status for got in act(omar, service.history)] == ["completed"]
    whole()


def test_its_settling_is_queued_for_when_it_can_no_longer_be_cancelled(pair, admin):
    maya, here, _, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a")
    dispatcher.dispatch()
    [(task, at)] = admin("SELECT task_name, scheduled_at FROM procrastinate_jobs")
    assert (task, at) == ("payments.settle", paid.settles_at)


def test_what_the_books_settle_by_themselves_is_followed(pair, admin):
    """The sweep of the ledger, where the payment's own job never ran."""
    from fintwin.ledger import pending

    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a")
    admin("UPDATE hold SET settles_at = now() - interval '1 second'")
    assert pending.sweep() == 1
    assert act(maya, service.payment, payment=paid.id).status == "completed"
    assert len(act(omar, service.history)) == 1


def test_cancelled_in_time_nothing_moved(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a")
    off = act(maya, service.cancel, payment=paid.id)
    assert (off.status, off.cancelled) == ("failed", True)
    assert act(maya, service.cancel, payment=paid.id).cancelled
    jobs.settle(person=maya.person, what=paid.id)
    assert (seen(maya, here).available, seen(omar, there).posted) == (D(100), D(0))
    assert act(omar, service.history) == []


def test_a_payment_stands_where_its_transaction_stands(pair):
    maya, here, omar, there = pair
    account, number = here.id, there.number

    def alike(who, made):
        """Whether the payment and its transaction have the same outside view, and which."""
        one = act(who, service.payment, payment=made.id)
        found = act(who, _transaction, transaction=one.transaction)
        assert one.stands is posting.outside(Status(found.status), under_way=found.settles_at is not None)
        return one.stands

    paid = act(maya, service.pay, account=account, number=number, amount="1.00", key="a")
    assert alike(maya, paid) is Outside.PROCESSING
    act(maya, service.cancel, payment=paid.id)
    assert alike(maya, paid) is Outside.FAILED
    done = act(maya, service.pay, account=account, number=number, amount="2.00", key="b", sends_in=0)
    assert alike(maya, done) is Outside.SUCCESS
    [got] = act(omar, service.history)
    act(omar, service.refund, payment=got.id, amount=D("2.00"), key="c")
    assert act(maya, service.payment, payment=done.id).status == "reversed"
    assert alike(maya, done) is alike(omar, got) is Outside.SUCCESS


def _transaction(session, who, *, transaction):
    return session.execute(
        text(
            "SELECT t.status, h.settles_at FROM transaction t LEFT JOIN hold h ON h.transaction = t.id"
            " WHERE t.owner = :owner AND t.id = :id"
        ),
        {"owner": who.person, "id": transaction},
    ).one()


def test_too_late_to_cancel(pair):
    maya, here, _, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    assert code_of(act, maya, service.cancel, payment=paid.id) == "too_late"


def test_cancel_and_settle_at_once_have_one_outcome(pair):
    maya, here, omar, there = pair
    for round_ in range(8):
        paid = act(maya, service.pay, account=here.id, number=there.number, amount="1.00", key=f"k{round_}", sure=True)
        at_once(
            [
                lambda paid=paid: act(maya, service.cancel, payment=paid.id),
                lambda paid=paid: jobs.settle(person=maya.person, what=paid.id),
                lambda paid=paid: jobs.settle(person=maya.person, what=paid.id),
            ]
        )
        assert act(maya, service.payment, payment=paid.id).status in {"completed", "failed"}
    done = [one for one in act(maya, service.history) if one.status == "completed"]
    assert len(act(omar, service.history)) == len(done)
    assert (seen(maya, here).available, seen(maya, here).posted) == (D(100) - len(done), D(100) - len(done))
    assert seen(omar, there).posted == len(done)
    whole()


@pytest.mark.parametrize("sends_in", [0, 10])
def test_the_same_key_three_times_at_once_has_one_effect(pair, sends_in):
    maya, here, _, there = pair
    call = {"account": here.id, "number": there.number, "amount": "5.00", "key": "same", "sends_in": sends_in}
    answers = at_once([lambda: act(maya, service.pay, **call)] * 3)
    ids = {one.id for one in answers if not isinstance(one, FinTwinError)}
    assert len(ids) == 1
    assert {one.code for one in answers if isinstance(one, FinTwinError)} <= {"busy"}
    assert act(maya, service.pay, **call).id in ids
    assert seen(maya, here).available == D(95)
    assert code_of(act, maya, service.pay, **{**call, "amount": "6.00"}) == "key_reused"
    assert code_of(act, maya, service.pay, **{**call, "description": "Other"}) == "key_reused"


def test_an_equal_payment_asks_once_more(pair):
    maya, here, _, there = pair
    call = {"account": here.id, "number": there.number, "amount": "5.00"}
    act(maya, service.pay, **call, key="a")
    assert code_of(act, maya, service.pay, **call, key="b") == "equal_payment"
    assert act(maya, service.pay, **call, key="a").replayed
    act(maya, service.pay, **call, key="b", sure=True)
    act(maya, service.pay, **{**call, "amount": "5.01"}, key="c")
    act(maya, service.pay, **call, key="d", clock=lambda: datetime.now(UTC) + timedelta(minutes=11))


def test_a_form_sent_twice_at_once_is_not_taken_for_an_equal_payment(pair, monkeypatch):
    maya, here, _, there = pair
    call = {"account": here.id, "number": there.number, "amount": "5.00", "key": "a"}
    first = act(maya, service.pay, **call)
    # The second one looked for the key before the first one was through.
    monkeypatch.setattr(service, "_by_key", lambda *_args, **_named: None)
    assert act(maya, service.pay, **call).id == first.id
    assert seen(maya, here).available == D(95)


def test_a_payee_who_closed_meanwhile_gets_nothing_and_both_are_told(pair, admin):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a")
    act(omar, accounts.close, account=there.id)
    told()
    jobs.settle(person=maya.person, what=paid.id)
    failed = act(maya, service.payment, payment=paid.id)
    assert (failed.status, failed.reason) == ("failed", "The payee's account cannot receive money now.")
    assert seen(maya, here).available == D(100)
    [missed] = act(omar, service.history)
    assert (missed.status, missed.transaction, missed.amount) == ("failed", None, D(40))
    assert {owner for owner, _ in told()} == {maya.person, omar.person}
    whole()


def test_a_blocked_payer_tells_the_payee_nothing(pair, admin):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a")
    admin("UPDATE account SET status = 'frozen', blocked_by = 'self' WHERE id = :id", id=here.id)
    jobs.settle(person=maya.person, what=paid.id)
    assert act(maya, service.payment, payment=paid.id).status == "failed"
    assert act(omar, service.history) == []


def test_given_back_in_parts_then_whole(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    [got] = act(omar, service.history)
    assert code_of(act, maya, service.refund, payment=paid.id, key="x") == "not_refundable"
    part = act(omar, service.refund, payment=got.id, amount="15.00", reason="Half of it", key="r1")
    assert (part.status, part.refunded, part.rest) == ("completed", D(15), D(25))
    assert act(omar, service.refund, payment=got.id, amount="15.00", reason="Half of it", key="r1").refunded == D(15)
    assert act(maya, service.payment, payment=paid.id).refunded == D(15)
    assert code_of(act, omar, service.refund, payment=got.id, amount="25.01", key="r2") == "more_than_the_rest"
    storm = at_once(
        [lambda n=n: act(omar, service.refund, payment=got.id, amount="25.00", key=f"s{n}") for n in range(3)]
    )
    assert sum(not isinstance(one, FinTwinError) for one in storm) == 1
    assert [act(*each).status for each in ((maya, _one(paid)), (omar, _one(got)))] == ["reversed", "reversed"]
    assert (seen(maya, here).posted, seen(omar, there).posted) == (D(100), D(0))
    whole()


def _one(payment):
    return lambda session, who: service.payment(session, who, payment=payment.id)


def test_demo_and_real_people_stay_apart(person, opened):
    maya, toy = person("Maya"), person("Toy", issuer="demo")
    here, there = opened(maya, "100.00"), opened(toy, "100.00")
    assert code_of(act, maya, service.pay, account=here.id, number=there.number, amount="1", key="a") == "unknown_payee"
    assert code_of(act, toy, service.pay, account=there.id, number=here.number, amount="1", key="a") == "unknown_payee"


def test_a_top_up_comes_from_an_own_bank(person, opened):
    maya = person()
    here, bank = opened(maya, "1.00"), opened(maya, "500.00", custody="tracked", name="Bank")
    done = act(maya, service.top_up, account=here.id, source=bank.id, amount="50.00", key="t")
    assert (done.type, done.method, done.status, done.account, done.name) == (
        "topup",
        "bank_transfer",
        "completed",
        here.id,
        "Bank",
    )
    assert act(maya, service.top_up, account=here.id, source=bank.id, amount="50.00", key="t").replayed
    assert seen(maya, here).posted == D(51)
    assert code_of(act, maya, service.top_up, account=bank.id, source=here.id, amount="1", key="u") == "not_held"


def test_erasing_one_leaves_the_other_whole(pair, admin):
    maya, here, omar, there = pair
    act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=maya.person)
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    [got] = act(omar, service.history)
    assert (got.status, got.name) == ("completed", "Closed account")
    assert code_of(act, omar, service.refund, payment=got.id, key="r") == "payee_unavailable"
    whole()


def test_what_one_person_asks_of_a_long_list_goes_by_an_index(pair):
    maya, *_ = pair
    asked = {
        contacts.PAID_LAST.replace("c.owner", ":owner").replace("c.number", "'1'"): "ix_payment_owner_number",
        "SELECT count(*) FROM hold WHERE owner = :owner": "ix_hold_owner",
    }
    with work(maya.person, read_only=True) as session:
        session.connection().execute(text("SET LOCAL enable_seqscan = off"))
        for query, index in asked.items():
            plan = session.connection().scalars(text(f"EXPLAIN {query}"), {"owner": maya.person}).all()
            assert index in "\n".join(plan)
