"""A payment and an order to a bank move whole and end where they were made, whatever door, page or batch is tried."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from decimal import Decimal as D

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db import migrate
from fintwin.db.work import perform, system_work, work
from fintwin.kernel.clock import system_clock
from fintwin.kernel.ids import reference
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, history, pending, staff, verify
from fintwin.ledger.posting import Kind
from fintwin.payments import bank, bank_orders, bank_outcomes, behind, instalments, jobs, requests, service
from fintwin.payments.rail import Answer
from fintwin.ui import act as acting
from fintwin.ui.pages.transactions import state as register_state
from fintwin.ui.pages.transactions import waiting
from fintwin.ui.pages.transactions.waiting import Waiting
from tests.integration.crowd import at_once, faults, refusals
from tests.integration.payments.people import act, code_of, seen, whole

EUR = currency("EUR")
THEIRS = "DE89370400440532013000"


def paid(who, here, there, amount="20.00", **more):
    return act(
        who, service.pay, account=here.id, number=there.number, amount=amount, key=f"pay:{more}", sure=True, **more
    )


def ordered(who, here, amount="30.00"):
    return act(who, bank.order, account=here.id, name="Jörg", iban=THEIRS, amount=amount, key="order")


def door(who, statement, **values):
    """What the app gets that calls a door as this person: rows, or the SQLSTATE of its refusal."""
    try:
        with work(who.person) as session:
            return session.connection().execute(text(statement), values).all()
    except DBAPIError as error:
        return error.orig.pgcode


SETTLE = "SELECT * FROM settle(:id, :amount, :last, current_date, NULL, CAST(:key AS uuid), 1)"
KEY = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize("carried", ["payment", "order"])
def test_no_door_settles_a_part(pair, carried):
    maya, here, _, there = pair
    one = paid(maya, here, there) if carried == "payment" else ordered(maya, here, "20.00")
    for amount, last in (("5.00", True), ("5.00", False), ("19.99", True), ("20.00", False), (None, False)):
        assert door(maya, SETTLE, id=one.transaction, amount=amount, last=last, key=KEY) == "LG062"
        call = {"door": "settle", "transaction": one.transaction, "amount": amount, "last": last, "key": KEY}
        calls = json.dumps([call | {"booked": f"{system_clock():%Y-%m-%d}", "fingerprint": 1}])
        assert door(maya, "SELECT refusal FROM post_mixed(CAST(:calls AS jsonb))", calls=calls) == [("LG062",)]
    for amount, last in ((D(5), True), (D(5), False)):
        named = {"transaction": one.transaction, "amount": amount, "last": last, "key": "part"}
        assert code_of(act, maya, pending.settle, **named) == "moves_whole"
    assert (seen(maya, here).posted, seen(maya, here).available) == (D(100), D(80))
    assert (
        door(maya, SETTLE, id=one.transaction, amount="20.00", last=True, key=None)[0].transaction_id == one.transaction
    )
    assert (seen(maya, here).posted, seen(maya, here).available) == (D(80), D(80))
    whole()


def test_a_payment_begun_while_a_part_is_settled_says_what_is_left(pair):
    maya, here, _, there = pair
    one = act(
        maya,
        pending.hold,
        kind=Kind.BETWEEN_PEOPLE,
        account=here.id,
        number=there.number,
        amount="20.00",
        key="announced",
    )
    begin = "SELECT start_payment(:id, 'transfer', 'wallet', :number, 'x', CAST(:key AS uuid), 1, NULL, NULL)"
    with ThreadPoolExecutor(1) as pool:
        with work(maya.person) as session:
            session.connection().execute(
                text(SETTLE), {"id": one.transaction, "amount": "5.00", "last": False, "key": KEY}
            )
            begun = pool.submit(door, maya, begin, id=one.transaction, number=there.number, key=KEY)
            with pytest.raises(TimeoutError):
                begun.result(timeout=0.5)
        begun.result()
    [made] = act(maya, service.payments)
    assert made.amount == D(15)
    whole()


def test_a_payment_that_was_settled_in_part_before_says_what_it_moves(pair, database):
    maya, here, omar, there = pair
    one, other = paid(maya, here, there), paid(maya, here, there, amount="30.00", note="other")
    migrate.downgrade(database.admin_url, to="0025")
    assert len(door(maya, SETTLE, id=one.transaction, amount="5.00", last=False, key=KEY)) == 1
    assert len(door(maya, SETTLE, id=other.transaction, amount="10.00", last=True, key=None)) == 1
    migrate.upgrade(database.admin_url)
    whole()
    assert [seen.amount for seen in act(maya, service.payments)] == [D(10), D(15)]
    assert [seen.amount for seen in act(omar, service.payments)] == [D(10)]
    act(maya, service.settle, payment=one.id)
    whole()


def test_a_batch_leaves_them_alone(pair):
    maya, here, _, there = pair
    payment, order = paid(maya, here, there), ordered(maya, here)
    free = [
        act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="1.00", key=f"h{n}").transaction
        for n in range(2)
    ]
    every = [payment.transaction, free[0], order.transaction, free[1], free[0]]
    assert code_of(act, maya, pending.settle_many, transactions=every, whole=True) == "moves_whole"
    answers = sorted(act(maya, pending.settle_many, transactions=every), key=lambda one: one.item)
    assert [one.refusal.code if one.refusal else one.transaction for one in answers] == [
        "moves_whole",
        free[0],
        "moves_whole",
        free[1],
        free[0],
    ]
    assert act(maya, service.payment, payment=payment.id).status == "initiated"
    assert act(maya, bank_orders.view, order=order.id).status == "ready"
    whole()


def test_a_request_and_a_plan_are_paid_by_all_of_it_or_not_at_all(pair):
    maya, here, omar, there = pair
    act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", key="ask")
    [asked] = act(maya, requests.waiting)
    begun = act(maya, instalments.begin, account=here.id, number=there.number, total="30.00", parts=3, key="plan")
    for payment in (paid(maya, here, there, request=asked.id), paid(maya, here, there, "10.00", plan=begun.id)):
        for last in (True, False):
            named = {"transaction": payment.transaction, "amount": "0.01", "last": last, "key": "part"}
            assert code_of(act, maya, pending.settle, **named) == "moves_whole"
        assert act(maya, service.payment, payment=payment.id).status == "initiated"
        jobs.settle(person=maya.person, what=payment.id)
    assert act(maya, requests.request, request=asked.id).status == "paid"
    assert act(maya, instalments.plan, plan=begun.id).paid == D(10)
    assert [one.amount for one in act(omar, service.history)] == [D(10), D(20)]
    assert seen(omar, there).posted == D(30)
    whole()


def test_a_bank_that_names_another_amount_changes_nothing_and_one_that_agrees_settles(pair):
    maya, here, _, _ = pair
    order = ordered(maya, here)
    act(maya, bank.send, account=here.id, payer_iban=THEIRS)
    odd = act(
        maya, bank_outcomes.take_answers, answers=[Answer("settled", order.end_to_end, amount=D(10), currency="EUR")]
    )
    assert (odd.settled, len(odd.odd)) == (0, 1)
    assert act(maya, bank_orders.view, order=order.id).status == "sent"
    assert act(maya, bank_outcomes.take_answers, answers=[Answer("settled", order.end_to_end)]).settled == 1
    assert seen(maya, here).posted == D(70)
    whole()


def test_books_that_say_less_than_a_payment_are_found(pair, admin):
    maya, here, _, there = pair
    payment = paid(maya, here, there, sends_in=0)
    admin("UPDATE payment SET amount = 100 WHERE id = :id", id=payment.id)
    with system_work() as session:
        assert [(one.rule, one.id) for one in verify.run(session)] == [("payment_says_what_moved", payment.transaction)]
    admin("UPDATE payment SET amount = 20, refunded = 5 WHERE id = :id", id=payment.id)
    with system_work() as session:
        assert [one.rule for one in verify.run(session)] == ["payment_says_what_moved"]
    assert perform(maya.person, lambda session: verify.run_alone(session, named=verify.by_id))


@pytest.fixture
def tab(pair, monkeypatch):
    """Maya's register without a browser around it."""
    maya, *_ = pair

    async def offered(*_args):
        return None

    for module in (waiting, acting, register_state):
        monkeypatch.setattr(module, "principal", lambda: maya)
    monkeypatch.setattr(waiting, "offer", offered)
    return Waiting(_reflex_internal_init=True)


def refused(tab, handler, *given):
    """The code of what a page's handler was refused with."""
    asyncio.run(handler.fn(tab, *given))
    return tab.problem.code


def test_the_register_leads_to_them_and_ends_neither(pair, tab):
    maya, here, _, there = pair
    payment, order = paid(maya, here, there), ordered(maya, here)
    held = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="1.00", key="a").transaction
    act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="2.00", key="b")

    found = act(maya, waiting._read, account="")
    rows = {
        one.transaction: waiting.waits(one, names=found.names, who=maya, ends=found.ends.get(one.transaction))
        for one in found.rows
    }
    assert (rows[payment.transaction].ends_at, rows[payment.transaction].ends_as) == (
        f"/payments?open={reference(payment.id)}",
        "payment",
    )
    assert rows[order.transaction].ends_at == f"/payments/outside?open={order.uuid}"
    assert rows[held].ends_at == ""
    assert (found.many, found.totals[0].leaving, found.free[0].many, found.free[0].leaving) == (4, D(53), 2, D(3))
    shown = act(maya, register_state._with_history, number=payment.transaction)
    assert (shown.waits, shown.ends_as) == (True, "payment")
    assert act(maya, register_state._with_history, number=held).ends_at == ""

    for one in (payment.transaction, order.transaction):
        for about in ("settle", "let_go"):
            assert refused(tab, Waiting.ask, reference(one), about) == "ends_elsewhere"
        assert tab.asking == ""
        # A handler is public: what it was opened for may be said by anybody.
        tab.chosen, tab._rest, tab._code = waiting.Waits(reference=reference(one)), "20", "EUR"
        for form in ({"amount": "5.00", "rest": "keep"}, {"amount": "5.00", "rest": "let_go"}, {"amount": "20.00"}):
            assert refused(tab, Waiting.settle, form) == "ends_elsewhere"
        assert refused(tab, Waiting.let_go, {"reason": "no"}) == "ends_elsewhere"
    assert act(maya, behind.behind, transactions=[held]) == {}
    assert (seen(maya, here).posted, seen(maya, here).available) == (D(100), D(47))


def test_settling_all_of_an_account_passes_them_over(pair):
    maya, here, _, there = pair
    paid(maya, here, there)
    ordered(maya, here)
    held = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="1.00", key="a").transaction
    assert act(maya, waiting._total, account=here.uuid).many == 1
    assert act(maya, pending.waiting, account=here.id) == [held]
    act(maya, pending.settle_many, transactions=[held])
    assert code_of(act, maya, waiting._total, account=here.uuid) == "nothing_pending"


@pytest.mark.parametrize("carried", ["payment", "order"])
def test_the_register_lets_go_of_neither_and_their_own_pages_do(pair, carried):
    maya, here, _, there = pair
    one = paid(maya, here, there) if carried == "payment" else ordered(maya, here, "20.00")
    for expired in (False, None):
        assert door(maya, "SELECT let_go(:id, :expired, 'x')", id=one.transaction, expired=expired) == "LG063"
    assert code_of(act, maya, pending.void, transaction=one.transaction) == "ends_elsewhere"
    assert (seen(maya, here).posted, seen(maya, here).available) == (D(100), D(80))
    if carried == "payment":
        assert act(maya, service.cancel, payment=one.id).cancelled
    else:
        assert act(maya, bank.cancel, order=one.uuid).status == "cancelled"
    assert seen(maya, here).available == D(100)
    assert door(maya, "SELECT let_go(:id, false, 'x')", id=one.transaction) == [(False,)]
    whole()


def test_a_time_that_was_set_before_ends_a_payment_too(pair, admin):
    maya, here, _, there = pair
    held = act(
        maya,
        pending.hold,
        kind=Kind.BETWEEN_PEOPLE,
        account=here.id,
        number=there.number,
        amount="20.00",
        key="announced",
        expires=system_clock() + timedelta(hours=1),
    )
    act(maya, service.lay_down, transaction=held.transaction, number=there.number, name="Omar", key="p")
    assert code_of(act, maya, pending.expire, transaction=held.transaction) == "not_pending"
    admin("UPDATE hold SET expires_at = now() - interval '1 second'")
    assert pending.sweep() == 1
    [ended] = act(maya, service.payments)
    assert (ended.status, seen(maya, here).available) == ("failed", D(100))
    whole()


def test_the_sweep_ends_a_payment_that_cannot_be_settled_and_says_why(pair, admin):
    maya, here, omar, there = pair
    one = paid(maya, here, there)
    act(omar, accounts.close, account=there.id)
    admin("UPDATE hold SET settles_at = now() - interval '1 second'")
    assert pending.sweep() == 1
    ended = act(maya, service.payment, payment=one.id)
    assert (ended.status, ended.reason) == ("failed", "The payee's account cannot receive money now.")
    assert [seen.status for seen in act(omar, service.payments)] == ["failed"]
    assert pending.sweep() == 0
    whole()


def test_staff_end_a_payment_and_an_order_as_what_they_are(pair, person, admin):
    maya, here, omar, there = pair
    sam, why = person("Sam", role="staff"), "Reported by phone"
    act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", key="ask")
    [asked] = act(maya, requests.waiting)
    payment, order = paid(maya, here, there, request=asked.id), ordered(maya, here)
    admin("DELETE FROM outbox")
    for one in (payment, order):
        assert act(sam, staff.void, transaction=one.transaction, reason=why)
        [event] = act(maya, history.events, transaction=one.transaction)
        assert (event.kind, event.reason) == (history.Happened.FAILED, why)
        assert not act(sam, staff.void, transaction=one.transaction, reason=why)
    ended, called_off = act(maya, service.payment, payment=payment.id), act(maya, bank_orders.view, order=order.id)
    assert (ended.status, ended.reason) == ("failed", why)
    assert (called_off.status, called_off.reason) == ("cancelled", why)
    assert act(maya, requests.request, request=asked.id).status == "open"
    heard = set(admin("SELECT owner, kind FROM outbox WHERE kind IN (15, 16, 25)"))
    assert heard == {(maya.person, 15), (maya.person, 16), (omar.person, 16), (maya.person, 25)}
    assert seen(maya, here).available == D(100)
    whole()


def test_staff_leave_an_order_to_the_bank_that_has_it(pair, person):
    maya, here, _, _ = pair
    sam, order = person("Sam", role="staff"), ordered(maya, here)
    act(maya, bank.send, account=here.id, payer_iban=THEIRS)
    assert code_of(act, sam, staff.void, transaction=order.transaction, reason="By phone") == "already_sent"
    assert (act(maya, bank_orders.view, order=order.id).status, seen(maya, here).available) == ("sent", D(70))
    assert act(maya, bank_outcomes.take_answers, answers=[Answer("settled", order.end_to_end)]).settled == 1
    whole()


ORDER = "SELECT start_order(:id, 'file', 'Jörg', :iban, '', current_date, :said, CAST(:key AS uuid), :mark)"


def test_an_order_is_laid_down_by_its_door_alone(pair):
    maya, here, omar, there = pair
    held = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="20.00", key="h").transaction
    coming = act(maya, pending.hold, kind=Kind.DEPOSIT, taking=here.id, amount="20.00", key="d").transaction
    sending = paid(maya, here, there).transaction
    insert = "INSERT INTO bank_order (owner, key) VALUES (:owner, CAST(:key AS uuid))"
    assert door(maya, insert, owner=maya.person, key=KEY) == "42501"
    call = {"iban": THEIRS, "said": "E2E", "key": KEY, "mark": 1}
    assert door(omar, ORDER, **call, id=held) == "LG015"
    assert door(maya, ORDER, **call, id=coming) == "LG015"
    assert door(maya, ORDER, **call, id=sending) == "LG015"
    [(made,)] = door(maya, ORDER, **call, id=held)
    assert door(maya, ORDER, **call, id=held) == [(made,)]
    assert door(maya, ORDER, **(call | {"mark": 2}), id=held) == "PY009"
    assert door(maya, ORDER, **(call | {"key": KEY.replace("1", "2"), "said": "other"}), id=held) == "PY009"
    begin = "SELECT start_payment(:id, 'payment', 'wallet', NULL, 'x', CAST(:key AS uuid), 1, NULL, NULL)"
    assert door(maya, begin, id=held, key=KEY) == "PY009"
    order = act(maya, bank_orders.view, order=made)
    assert (order.account, order.amount, order.status) == (here.id, D(20), "ready")
    whole()


def test_an_order_laid_down_while_a_part_is_settled_says_what_is_left(pair):
    maya, here, _, _ = pair
    held = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="20.00", key="h").transaction
    call = {"id": held, "iban": THEIRS, "said": "E2E", "key": KEY.replace("1", "2"), "mark": 1}
    with ThreadPoolExecutor(1) as pool:
        with work(maya.person) as session:
            session.connection().execute(text(SETTLE), {"id": held, "amount": "5.00", "last": False, "key": KEY})
            laid = pool.submit(door, maya, ORDER, **call)
            with pytest.raises(TimeoutError):
                laid.result(timeout=0.5)
        [(made,)] = laid.result()
    assert act(maya, bank_orders.view, order=made).amount == D(15)
    assert door(maya, SETTLE, id=held, amount="5.00", last=False, key=KEY.replace("1", "3")) == "LG062"
    whole()


FILE = """
    INSERT INTO bank_file (owner, account, currency, message, payer, payer_iban)
    VALUES (:owner, :account, 'EUR', :message, 'Maya', :iban) RETURNING id
"""
SEND = "SELECT send_orders(ARRAY[:id]::bigint[], :file, current_date)"
REFUSE = "SELECT refuse_order(:id, 'No')"
RETURN = "SELECT return_order(:id, 'No')"


@pytest.mark.parametrize(
    "change", ["status = 'settled'", "reason = 'x'", "execute_on = current_date", "file = NULL", "changed_at = now()"]
)
def test_nobody_writes_an_order(pair, change):
    maya, here, _, _ = pair
    order = ordered(maya, here)
    assert door(maya, f"UPDATE bank_order SET {change} WHERE id = :id", id=order.id) == "42501"
    assert door(maya, "DELETE FROM bank_order WHERE id = :id", id=order.id) == "42501"
    assert act(maya, bank_orders.view, order=order.id) == order


def test_an_order_moves_only_where_it_may(pair):
    maya, here, omar, there = pair
    order = ordered(maya, here)
    other = act(maya, bank.order, account=here.id, name="Jo", iban=THEIRS, amount="5.00", key="other")
    elsewhere = act(maya, accounts.open_account, name="Two", type="checking", custody="held", currency=EUR, key="two")

    def file(who, account, message):
        [(made,)] = door(who, FILE, owner=who.person, account=account, message=message, iban=THEIRS)
        return made

    first, wrong, his = file(maya, here.id, "F1"), file(maya, elsewhere.id, "F2"), file(omar, there.id, "F3")
    assert (door(omar, REFUSE, id=order.id), door(omar, SEND, id=order.id, file=his)) == ("LG015", "PY011")
    assert door(omar, RETURN, id=order.id) == "LG015"
    assert door(omar, "SELECT lock_orders(ARRAY[:id]::bigint[], true)", id=order.id) == []
    for carrier in (wrong, his, None):
        assert door(maya, SEND, id=order.id, file=carrier) == "PY011"
    assert door(maya, SEND.replace(":id", ":id, 0"), id=order.id, file=first) == "PY011"
    assert act(maya, bank_orders.view, order=order.id).status == "ready"

    assert len(door(maya, SEND, id=order.id, file=first)) == 1
    assert door(maya, SEND, id=other.id, file=first) == "PY011"  # what a file carries is what it carried
    assert door(maya, SEND, id=order.id, file=file(maya, here.id, "F4")) == "PY011"
    assert act(maya, bank_outcomes.take_answers, answers=[Answer("settled", order.end_to_end)]).settled == 1
    for again in (lambda: door(maya, REFUSE, id=order.id), lambda: door(maya, SEND, id=order.id, file=first)):
        assert again() == "PY011"
    assert door(maya, RETURN, id=order.id) == "PY011"
    assert door(maya, REFUSE, id=None) == door(maya, RETURN, id=None) == "LG015"

    assert len(door(maya, REFUSE, id=other.id)) == 1
    assert door(maya, REFUSE, id=other.id) == door(maya, RETURN, id=other.id) == "PY011"
    ended = act(maya, bank_orders.view, order=other.id)
    assert (ended.status, ended.reason, seen(maya, here).available) == ("refused", "No", D(70))
    whole()


BEHIND_ME = """
    WITH RECURSIVE behind (pid) AS (
      SELECT l.pid FROM pg_locks l WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))
      UNION SELECT l.pid FROM pg_locks l JOIN behind b ON b.pid = ANY (pg_blocking_pids(l.pid)) WHERE NOT l.granted
    )
    SELECT pid FROM behind
"""


@pytest.mark.parametrize("first", ["settle", "cancel"])
def test_who_settles_an_order_and_who_cancels_it_never_wait_for_each_other(pair, database, first):
    maya, here, _, _ = pair
    order = ordered(maya, here)
    calls = {
        "settle": lambda: act(maya, pending.settle, transaction=order.transaction),
        "cancel": lambda: act(maya, bank.cancel, order=order.uuid),
    }
    second = next(name for name in calls if name != first)
    with (
        faults() as met,
        ThreadPoolExecutor(2) as pool,
        closing(psycopg2.connect(database.admin_url)) as between,
        between.cursor() as cursor,
    ):
        cursor.execute("SELECT FROM account WHERE id = %s FOR NO KEY UPDATE", (here.id,))
        going = []
        for name in (first, second):
            going.append(pool.submit(calls[name]))
            waiting = 0
            while waiting < len(going) and not any(one.done() for one in going):
                time.sleep(0.005)
                cursor.execute(BEHIND_ME)
                waiting = cursor.rowcount
        between.rollback()
        assert going[0].exception() is None
        late = going[1].exception()
    assert "40P01" not in met
    assert late.code == ("already_sent" if first == "settle" else "not_pending")
    assert act(maya, bank_orders.view, order=order.id).status == ("settled" if first == "settle" else "cancelled")
    whole()


def test_all_that_can_become_of_an_order_at_once_is_one_thing(pair, person):
    maya, here, _, _ = pair
    sam = person("Sam", role="staff")
    with faults() as met:
        for n in range(4):
            order = act(maya, bank.order, account=here.id, name="Jo", iban=THEIRS, amount="5.00", key=f"o{n}")
            answers = at_once(
                [
                    lambda order=order: act(maya, pending.settle, transaction=order.transaction),
                    lambda order=order: act(maya, bank.cancel, order=order.uuid),
                    lambda order=order: act(sam, staff.void, transaction=order.transaction, reason="By phone"),
                    lambda: act(maya, bank.send, account=here.id, payer_iban=THEIRS),
                    lambda order=order: act(
                        maya, bank_outcomes.take_answers, answers=[Answer("refused", order.end_to_end)]
                    ),
                ]
            )
            assert set(refusals(answers)) <= {"not_pending", "already_sent", "nothing_ready"}
            assert act(maya, bank_orders.view, order=order.id).status in {"settled", "returned", "cancelled", "refused"}
            whole()
    assert "40P01" not in met


def test_what_is_free_is_found_by_index_however_much_was_paid(pair):
    maya, *_ = pair
    with work(maya.person) as session:
        lines = session.connection().execute(
            text(f"EXPLAIN SELECT h.transaction FROM hold h WHERE h.owner = :owner AND {pending._FREE}"),
            {"owner": maya.person},
        )
        plan = " ".join(line for (line,) in lines)
    assert "SubPlan" in plan
    assert "uq_payment_transaction" in plan
    assert "ix_bank_order_transaction" in plan
