"""People are paid, and paid back, from own money: a credit limit is for the account's own spending and own transfers."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import conversion, staff
from fintwin.ledger import service as ledger
from fintwin.payments import running, schedules, service
from fintwin.payments.schedules import Plan
from fintwin.ui.pages.payments import rows
from tests.integration.payments.people import act, at_once, seen, whole

OWN = "Other people are paid from your own money, not from the credit limit."


@pytest.fixture
def lent(pair, person):
    """Maya has 100 of her own and may go 50 below zero."""
    maya, here, _, there = pair
    sam = person("Sam", role="staff")
    act(sam, staff.set_credit_limit, account=here.uuid, limit=D(50), of=here.currency, reason="Asked for it")
    return maya, here, there


def refused(who, call, **named):
    with pytest.raises(FinTwinError) as caught:
        act(who, call, **named)
    return caught.value.code, caught.value.field, caught.value.sentence


def test_a_payment_never_draws_on_the_limit_at_once_or_later(lent):
    maya, here, there = lent
    call = {"account": here.id, "number": there.number}
    said = ("not_enough_funds", "amount", f"There is not enough in this account: €100.00 available. {OWN}")
    assert refused(maya, service.preview, **call, amount="100.01") == said
    for sends_in in (0, 10):
        assert refused(maya, service.pay, **call, amount="100.01", key=f"{sends_in}", sends_in=sends_in) == said
    assert (seen(maya, here).posted, seen(maya, here).available) == (D(100), D(150))
    assert rows.choice(seen(maya, here), maya).left == "€100.00"
    left = act(maya, service.preview, **call, amount="100.00").left
    paid = act(maya, service.pay, **call, amount="100.00", key="all", sends_in=0)
    assert (left, seen(maya, here).posted) == (D(0), D(0))
    assert act(maya, service.pay, **call, amount="100.00", key="all", sends_in=0).id == paid.id
    act(maya, ledger.withdraw, account=here.id, amount="20.00", key="own")
    assert rows.choice(seen(maya, here), maya).left == "€0.00"
    assert refused(maya, service.pay, **call, amount="0.01", key="more", sends_in=0)[2].endswith(
        f"€0.00 available. {OWN}"
    )
    whole()


def test_two_at_once_do_not_draw_on_it_together(lent):
    maya, here, there = lent
    call = {"account": here.id, "number": there.number, "amount": "60.00", "sends_in": 0, "sure": True}
    answers = at_once([lambda n=n: act(maya, service.pay, **call, key=f"k{n}") for n in range(2)])
    assert sorted(getattr(one, "code", "") for one in answers) == ["", "not_enough_funds"]
    assert seen(maya, here).posted == D(40)
    whole()


def test_a_schedule_pays_from_own_money_too_and_says_so(lent):
    maya, here, there = lent
    plan = Plan("person", account=here.id, number=there.number, amount=D(120), starts=datetime.now(UTC).date())
    made = act(maya, schedules.create, plan=plan, key="s")
    assert running.run(maya.person, made.id) == 0
    [run] = act(maya, schedules.runs, schedule=made.uuid)
    assert (run.status, run.reason) == ("waiting", f"There is not enough in this account: €100.00 available. {OWN}")
    assert seen(maya, here).posted == D(100)
    whole()


def test_a_transfer_to_an_own_account_may_draw_on_it_as_a_cash_advance_does(lent, opened):
    maya, here, _ = lent
    there, dollars = opened(maya, name="Savings"), opened(maya, name="Dollars", of="USD")
    to = {"giving": here.id, "taking": there.id}
    assert refused(maya, ledger.own_transfer, **to, amount="150.01", key="a") == (
        "not_enough_funds",
        "amount",
        "There is not enough in this account: €150.00 available.",
    )
    act(maya, ledger.own_transfer, **to, amount="130.00", key="b")
    changed = {"giving": here.id, "taking": dollars.id, "got": "21.00"}
    assert refused(maya, conversion.convert, **changed, gave="20.01", key="c")[0] == "not_enough_funds"
    act(maya, conversion.convert, **changed, gave="20.00", key="d")
    assert [seen(maya, one).posted for one in (here, there, dollars)] == [D(-50), D(130), D(21)]
    whole()


@pytest.fixture
def received(pair, person):
    """Omar got 30 from Maya, has spent 25 of it, and may go 50 below zero."""
    maya, here, omar, there = pair
    sam = person("Sam", role="staff")
    act(maya, service.pay, account=here.id, number=there.number, amount="30.00", key="p", sends_in=0)
    act(omar, ledger.withdraw, account=there.id, amount="25.00", key="w")
    act(sam, staff.set_credit_limit, account=there.uuid, limit=D(50), of=there.currency, reason="Asked for it")
    [got] = act(omar, service.history)
    return maya, omar, there, sam, got


def test_giving_back_never_draws_on_it(received):
    _, omar, there, _, got = received
    said = ("not_enough_funds", "amount", f"There is not enough in this account: €5.00 available. {OWN}")
    for amount in ("5.01", None):
        assert refused(omar, service.refund, payment=got.id, amount=amount, key="r") == said
    assert (seen(omar, there).posted, act(omar, service.payment, payment=got.id).refunded) == (D(5), D(0))
    act(omar, service.refund, payment=got.id, amount="5.00", key="r")
    act(omar, ledger.withdraw, account=there.id, amount="20.00", key="drawn")
    assert refused(omar, service.refund, payment=got.id, amount="0.01", key="s")[2].endswith(f"€0.00 available. {OWN}")
    assert (seen(omar, there).posted, seen(omar, there).available) == (D(-20), D(30))
    whole()


def test_nor_do_staff_put_anybody_into_debt(received):
    maya, omar, there, sam, got = received
    named = {"transaction": got.transaction, "of": there.currency, "reason": "Case 17"}
    assert refused(sam, staff.reverse, **named, amount="5.01", key="a") == (
        "not_enough_funds",
        "amount",
        "The receiver does not have this much of their own money available.",
    )
    act(sam, staff.reverse, **named, amount="5.00", key="b")
    assert (seen(omar, there).posted, act(maya, service.history)[0].refunded) == (D(0), D(5))
    whole()
