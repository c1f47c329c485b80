"""What a person could try at the payments' doors past the pages."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import perform, sqlstate
from fintwin.kernel.clock import system_clock
from fintwin.ledger import pending, service
from fintwin.payments import requests
from fintwin.payments import service as payments
from tests.integration.payments.people import act, code_of, seen, whole


def start(who, transaction, *, type="transfer", number=None, key="0" * 32, request=None, mark=1):
    """Lay a payment over a transaction, as the door is called; the SQLSTATE of its refusal, "" where there is none."""
    try:
        perform(
            who.person,
            lambda session: session.connection().execute(
                text(
                    "SELECT start_payment(:transaction, :type, 'wallet', :number, 'x', CAST(:key AS uuid), :mark, NULL, :request)"
                ),
                {
                    "transaction": transaction,
                    "type": type,
                    "number": number,
                    "key": key,
                    "request": request,
                    "mark": mark,
                },
            ),
        )
    except DBAPIError as error:
        return sqlstate(error)
    return ""


@pytest.mark.parametrize("waits", [False, True])
def test_a_request_is_not_paid_by_money_that_goes_elsewhere(pair, person, opened, waits):
    maya, here, omar, there = pair
    friend = opened(person("Nora"))
    act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", key="q")
    [asked] = act(maya, requests.waiting)
    if waits:
        kind = pending.Kind.BETWEEN_PEOPLE
        moved = act(
            maya, pending.hold, kind=kind, account=here.id, number=friend.number, amount="20.00", key="a", sends_in=10
        )
    else:
        moved = act(maya, service.pay_person, account=here.id, number=friend.number, amount="20.00", key="a")
    assert start(maya, moved.transaction, number=there.number, request=asked.id) == "PY001"
    assert act(maya, requests.request, request=asked.id).status == "open"
    assert start(maya, moved.transaction, number=friend.number) == ""
    assert start(maya, moved.transaction, number=friend.number) == ""
    assert start(maya, moved.transaction, number=friend.number, mark=2) == "PY009"
    assert start(maya, moved.transaction, number=friend.number, key="1" * 32) == "PY009"


def test_what_was_received_or_moved_otherwise_is_no_payment_to_a_person(pair, admin):
    maya, here, omar, there = pair
    act(maya, service.pay_person, account=here.id, number=there.number, amount="20.00", key="a")
    [(received,)] = admin("SELECT id FROM transaction WHERE owner = :id AND kind = 5", id=omar.person)
    spent = act(omar, service.withdraw, account=there.id, amount="1.00", key="b").transaction
    earned = act(omar, service.deposit, account=there.id, amount="1.00", key="c").transaction
    for transaction in (received, spent, earned):
        assert start(omar, transaction, number=here.number) == "PY001"
        assert start(omar, transaction, type="topup") == "PY001"
    held = act(omar, pending.hold, kind=pending.Kind.WITHDRAWAL, account=there.id, amount="1.00", key="d").transaction
    act(omar, pending.void, transaction=held)
    assert start(omar, held, number=here.number) == "PY001"
    assert admin("SELECT count(*) FROM payment") == [(0,)]
    whole()


def test_requests_of_somebody_who_left_while_they_were_being_paid_end(pair, admin):
    maya, here, omar, there = pair
    act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", key="q")
    [asked] = act(maya, requests.waiting)
    act(maya, payments.pay, account=here.id, number=there.number, amount="20.00", key="a", request=asked.id)
    [own] = act(omar, requests.waiting)
    assert own.status == "accepted"
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=maya.person)
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    assert act(omar, requests.request, request=own.id).status == "declined"
    assert seen(omar, there).posted == D(0)


def test_a_request_whose_asker_left_does_not_come_back(pair, admin):
    maya, here, omar, there = pair
    act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", key="q")
    [asked] = act(maya, requests.waiting)
    paid = act(maya, payments.pay, account=here.id, number=there.number, amount="20.00", key="a", request=asked.id)
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=omar.person)
    admin("SELECT erase_person(:id, 'asked')", id=omar.person)
    act(maya, payments.fail, payment=paid.id, reason="gone")
    assert act(maya, requests.request, request=asked.id).status == "cancelled"
    assert seen(maya, here).available == D(100)


def test_what_cannot_be_settled_now_stops_nobody_elses(pair, person, opened, admin):
    maya, here, omar, there = pair
    soon = {"kind": pending.Kind.WITHDRAWAL, "amount": "1.00", "sends_in": 1}
    late = lambda: system_clock() - timedelta(minutes=5)  # noqa: E731
    nora = person("Nora")
    stuck = act(nora, pending.hold, account=opened(nora, "10.00").id, key="n", clock=late, **soon)
    broken = act(maya, pending.hold, account=here.id, key="m", clock=late, **soon)
    act(omar, service.deposit, account=there.id, amount="5.00", key="d")
    good = act(omar, pending.hold, account=there.id, key="o", clock=late, **soon)
    admin("UPDATE person SET status = 'suspended' WHERE id = :id", id=nora.person)
    # A fault of the house's own: the hold is there, what it is kept back from is not.
    admin("UPDATE account SET held_balance = 0 WHERE id = :id", id=here.id)
    assert pending.sweep(most=2) == 1
    status = "SELECT status FROM transaction WHERE id = :id"
    assert [admin(status, id=one.transaction) for one in (stuck, broken, good)] == [[(1,)], [(1,)], [(2,)]]


def test_a_reference_beyond_every_row_is_refused_in_words(pair):
    maya, *_ = pair
    from fintwin.kernel.ids import from_reference, reference

    assert code_of(from_reference, reference(2**63)) == "bad_reference"
    assert from_reference(reference(2**63 - 1)) == 2**63 - 1
    assert code_of(act, maya, requests.end, request=2**63 - 1) == "unknown_request"
