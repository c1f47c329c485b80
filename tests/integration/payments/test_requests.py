"""Asking for money, and for money back."""

from datetime import date
from decimal import Decimal as D

import pytest

from fintwin.events.outbox import Kind
from fintwin.identity import erasure
from fintwin.ledger import history
from fintwin.payments import contacts, jobs, requests, service
from fintwin.payments.standing import PaymentView
from fintwin.ui.pages.payments.rows import request_row
from tests.integration.payments.people import act, at_once, code_of, seen, told, whole


@pytest.fixture
def asked(pair):
    """Omar asks Maya for 20."""
    maya, here, omar, there = pair
    act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", message="Cinema", key="q")
    [own], [theirs] = act(omar, requests.waiting), act(maya, requests.waiting)
    return maya, here, omar, there, own, theirs


def statuses(maya, omar, own, theirs):
    return [act(who, requests.request, request=one.id).status for who, one in ((omar, own), (maya, theirs))]


def test_both_sides_are_told(asked):
    maya, here, omar, there, own, theirs = asked
    assert (own.side, own.number, own.name) == ("from", here.number, "M••• L•••")
    assert (theirs.side, theirs.number, theirs.name, theirs.message) == ("to", there.number, "O••• H•••", "Cinema")
    assert {each for each in told() if each[1] == Kind.REQUEST} == {
        (maya.person, Kind.REQUEST),
        (omar.person, Kind.REQUEST),
    }
    assert code_of(act, maya, requests.request, request=own.id) == "unknown_request"
    assert code_of(act, maya, requests.end, request=own.id) == "unknown_request"


def test_accepted_then_paid(asked):
    maya, here, omar, there, own, theirs = asked
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="20.00", key="a", request=theirs.id)
    assert statuses(maya, omar, own, theirs) == ["accepted", "accepted"]
    assert code_of(act, maya, requests.end, request=theirs.id) == "request_answered"
    jobs.settle(person=maya.person, what=paid.id)
    assert statuses(maya, omar, own, theirs) == ["paid", "paid"]


def test_a_cancelled_payment_opens_it_again(asked):
    maya, here, omar, there, own, theirs = asked
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="20.00", key="a", request=theirs.id)
    act(maya, service.cancel, payment=paid.id)
    assert statuses(maya, omar, own, theirs) == ["open", "open"]
    act(maya, service.pay, account=here.id, number=there.number, amount="20.00", key="b", request=theirs.id)


def test_accepted_three_times_at_once_pays_once(asked):
    maya, here, omar, there, _, theirs = asked
    answers = at_once(
        [
            lambda n=n: act(
                maya,
                service.pay,
                account=here.id,
                number=there.number,
                amount="20.00",
                key=f"k{n}",
                request=theirs.id,
                sends_in=0,
                sure=True,
            )
            for n in range(3)
        ]
    )
    assert sorted(getattr(one, "code", "") for one in answers) == ["", "request_answered", "request_answered"]
    assert (seen(maya, here).posted, seen(omar, there).posted) == (D(80), D(20))


def test_another_amount_or_account_is_no_answer(asked, opened):
    maya, here, omar, there, _, theirs = asked
    other = opened(omar)
    wrong = {"account": here.id, "key": "a", "request": theirs.id}
    assert code_of(act, maya, service.pay, number=there.number, amount="19.00", **wrong) == "request_differs"
    assert code_of(act, maya, service.pay, number=other.number, amount="20.00", **wrong) == "request_differs"
    assert seen(maya, here).available == D(100)


@pytest.mark.parametrize("which", ["declined", "cancelled"])
def test_declined_or_cancelled(asked, which):
    maya, here, omar, there, own, theirs = asked
    who, one = (maya, theirs) if which == "declined" else (omar, own)
    assert act(who, requests.end, request=one.id) == act(who, requests.end, request=one.id) == which
    assert statuses(maya, omar, own, theirs) == [which, which]
    call = {"account": here.id, "number": there.number, "amount": "20.00", "key": "a", "request": theirs.id}
    assert code_of(act, maya, service.pay, **call) == "request_answered"


def test_it_runs_out(asked, admin):
    maya, _, omar, _, own, theirs = asked
    jobs.expire()
    assert statuses(maya, omar, own, theirs) == ["open", "open"]
    admin("UPDATE request SET expires_at = now()")
    told()
    jobs.expire()
    assert statuses(maya, omar, own, theirs) == ["expired", "expired"]
    assert {owner for owner, _ in told()} == {maya.person, omar.person}


def test_nobody_is_asked_all_the_time(pair, opened, person):
    _, here, omar, there = pair
    call = {"account": there.id, "number": here.number, "amount": "1.00"}
    for n in range(3):
        act(omar, requests.ask, **call, key=f"k{n}")
    assert act(omar, requests.ask, **call, key="k1").id
    assert code_of(act, omar, requests.ask, **{**call, "amount": "2.00"}, key="k1") == "key_reused"
    assert code_of(act, omar, requests.ask, **call, key="k3") == "already_asked"
    assert code_of(act, omar, requests.ask, **{**call, "number": there.number}, key="k4") == "own_payee"
    others = [opened(person(f"P{n}")) for n in range(6)]
    for n in range(17):
        act(omar, requests.ask, **{**call, "number": others[n % 6].number}, key=f"o{n}")
    assert code_of(act, omar, requests.ask, **{**call, "number": others[5].number}, key="o17") == "too_many_requests"


def test_the_same_request_three_times_at_once_is_one(pair):
    maya, here, omar, there = pair
    call = {"account": there.id, "number": here.number, "amount": "1.00", "key": "same"}
    answers = at_once([lambda: act(omar, requests.ask, **call)] * 3)
    assert len({one.id for one in answers}) == 1
    assert len(act(maya, requests.waiting)) == 1


def test_asked_back_and_given(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    assert code_of(act, maya, requests.ask_back, payment=paid.id, amount="41.00", key="b") == "more_than_rest"
    own = act(maya, requests.ask_back, payment=paid.id, reason="Wrong person", key="b")
    assert (own.kind, own.amount) == ("refund", D(40))
    assert code_of(act, maya, requests.ask_back, payment=paid.id, key="c") == "already_asked"
    [theirs] = act(omar, requests.waiting)
    assert (theirs.kind, theirs.message, theirs.name) == ("refund", "Wrong person", "M••• L•••")
    act(omar, service.refund, payment=theirs.about, amount="40.00", key="r")
    assert act(maya, requests.request, request=own.id).status == "paid"
    assert act(omar, requests.request, request=theirs.id).status == "paid"


def closed(who):
    return act(who, history.archive, until=date(2100, 1, 1))


def test_what_its_receiver_closed_for_good_is_not_asked_back(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    assert closed(maya) > 0
    asked = act(maya, requests.ask_back, payment=paid.id, amount="1.00", key="b")
    act(maya, requests.end, request=asked.id)
    assert closed(omar) == 1
    assert code_of(act, maya, requests.ask_back, payment=paid.id, key="c") == "closed_for_good"
    assert act(maya, requests.ask_back, payment=paid.id, amount="1.00", key="b").id == asked.id
    assert act(omar, requests.waiting) == []
    whole()


def test_what_is_asked_back_stays_open_until_it_is_answered(pair):
    maya, here, omar, there = pair
    call = {"account": here.id, "number": there.number, "amount": "10.00", "sends_in": 0, "sure": True}
    first, _ = (act(maya, service.pay, **call, key=f"p{n}") for n in range(2))
    act(maya, requests.ask_back, payment=first.id, key="b")
    [theirs] = act(omar, requests.waiting)
    assert act(omar, history.closable, until=date(2100, 1, 1)) == closed(omar) == 1
    act(omar, service.refund, payment=theirs.about, amount="4.00", key="part")
    assert closed(omar) == 1  # the part that was given back
    act(omar, service.refund, payment=theirs.about, amount="1.00", key="more")
    act(omar, requests.end, request=theirs.id)
    assert closed(omar) == 2
    assert code_of(act, omar, service.refund, payment=theirs.about, key="rest") == "not_reversible"
    whole()


def test_what_is_asked_back_while_it_is_closed_is_one_of_both(pair):
    maya, here, omar, there = pair
    call = {"account": here.id, "number": there.number, "amount": "1.00", "sends_in": 0, "sure": True}
    for n in range(8):
        paid = act(maya, service.pay, **call, key=f"p{n}")
        answers = at_once(
            [lambda: closed(omar), lambda one=paid, n=n: act(maya, requests.ask_back, payment=one.id, key=f"b{n}")]
        )
        refused = getattr(answers[1], "code", "")
        assert (answers[0], refused) in ((1, "closed_for_good"), (0, ""))
        if not refused:
            act(omar, service.refund, payment=act(omar, requests.waiting)[0].about, key=f"r{n}")
    whole()


def test_a_cent_back_does_not_answer_it(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    [got] = act(omar, service.history)
    act(omar, service.refund, payment=got.id, amount="5.00", key="before")
    own = act(maya, requests.ask_back, payment=paid.id, amount="30.00", key="b")
    [theirs] = act(omar, requests.waiting)
    told()
    for n, (part, rest) in enumerate((("0.01", "29.99"), ("9.99", "20.00"))):
        act(omar, service.refund, payment=got.id, amount=part, key=f"r{n}")
        for who, one in ((maya, own), (omar, theirs)):
            seen = act(who, requests.request, request=one.id)
            assert (seen.status, seen.amount, seen.rest) == ("open", D(30), D(rest))
        assert {owner for owner, kind in told() if kind == Kind.REQUEST} == {maya.person, omar.person}
    shown = request_row(act(omar, requests.request, request=theirs.id), omar)
    assert shown.amount == "€20.00"
    assert "€10.00 of €30.00 given back" in shown.line
    assert shown.answerable
    assert code_of(act, maya, requests.ask_back, payment=paid.id, amount="1.00", key="c") == "already_asked"
    act(omar, service.refund, payment=got.id, amount="25.00", key="all")
    assert [act(who, requests.request, request=one.id).status for who, one in ((maya, own), (omar, theirs))] == [
        "paid"
    ] * 2
    assert act(maya, requests.request, request=own.id).rest == D(0)


def test_what_was_given_back_of_a_declined_one_is_seen(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    act(maya, requests.ask_back, payment=paid.id, key="b")
    [theirs] = act(omar, requests.waiting)
    act(omar, service.refund, payment=theirs.about, amount="1.00", key="r")
    act(omar, requests.end, request=theirs.id)
    act(omar, service.refund, payment=theirs.about, amount="39.00", key="rest")
    seen = act(omar, requests.request, request=theirs.id)
    assert (seen.status, seen.given) == ("declined", D(1))


def test_asked_back_in_part_counts_what_came_since(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="40.00", key="a", sends_in=0)
    act(omar, service.refund, payment=act(omar, service.history)[0].id, amount="15.00", key="before")
    own = act(maya, requests.ask_back, payment=paid.id, amount="10.00", key="b")
    [theirs] = act(omar, requests.waiting)
    act(omar, service.refund, payment=theirs.about, amount="4.00", key="r")
    assert statuses(maya, omar, theirs, own) == ["open", "open"]
    act(omar, service.refund, payment=theirs.about, amount="6.00", key="s")
    assert statuses(maya, omar, theirs, own) == ["paid", "paid"]
    assert act(maya, service.payment, payment=paid.id).rest == D(15)


def test_who_leaves_is_waited_for_no_longer(asked, admin):
    maya, here, omar, there, _, _ = asked
    act(maya, requests.ask, account=here.id, number=there.number, amount="3.00", key="m")
    act(maya, erasure.ask)
    assert sorted((one.side, one.status) for one in act(omar, requests.answered)) == [
        ("from", "declined"),
        ("to", "cancelled"),
    ]
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    assert {one.name for one in act(omar, requests.answered)} == {"Closed account"}


def test_names_are_full_once_each_has_the_other(pair):
    maya, here, omar, there = pair
    paid = act(maya, service.pay, account=here.id, number=there.number, amount="4.00", key="a", sends_in=0)
    act(maya, contacts.add, number=there.number, name="Omi")
    assert act(maya, service.payment, payment=paid.id).name == "Omi"
    assert act(omar, service.history)[0].name == "M••• L•••"
    act(omar, contacts.add, number=here.number, name="My Maya")
    assert act(omar, service.history)[0].name == "Maya Lind"
    [mine] = act(maya, contacts.contacts)
    assert (mine.name, mine.paid_at is not None) == ("Omi", True)
    act(maya, contacts.rename, contact=mine.id, name="Omar")
    assert act(maya, service.payment, payment=paid.id).name == "Omar"
    assert code_of(act, omar, contacts.rename, contact=mine.id, name="X") == "unknown_contact"
    act(maya, contacts.forget, contact=mine.id)
    assert act(omar, service.history)[0].name == "M••• L•••"
    assert code_of(act, maya, contacts.add, number=here.number, name="Me") == "own_payee"


def test_one_key_pays_one_request_even_at_once(pair):
    maya, here, omar, there = pair
    for n in range(2):
        act(omar, requests.ask, account=there.id, number=here.number, amount="20.00", key=f"q{n}")
    both = [one.id for one in act(maya, requests.waiting)]
    call = {"account": here.id, "number": there.number, "amount": "20.00", "key": "k", "sure": True}
    answers = at_once([lambda one=one: act(maya, service.pay, **call, request=one) for one in both * 4])
    made = [one for one in answers if isinstance(one, PaymentView)]
    assert len(made) == 4
    assert len({one.id for one in made}) == 1
    assert sum(not one.replayed for one in made) == 1
    assert {one.code for one in answers if one not in made} == {"key_reused"}
    paid = [one for one, answer in zip(both * 4, answers, strict=True) if answer in made]
    assert len(set(paid)) == 1
    states = {one: act(maya, requests.request, request=one).status for one in both}
    assert states == {one: "accepted" if one in paid else "open" for one in both}
    assert seen(maya, here).pending == D(20)
    whole()
