"""People are paid from own money: a credit limit is for the account's own spending, by hand and by schedule alike."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import service as ledger
from fintwin.ledger import staff
from fintwin.payments import running, schedules, service
from fintwin.payments.schedules import Plan
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
    left = act(maya, service.preview, **call, amount="100.00").left
    paid = act(maya, service.pay, **call, amount="100.00", key="all", sends_in=0)
    assert (left, seen(maya, here).posted) == (D(0), D(0))
    assert act(maya, service.pay, **call, amount="100.00", key="all", sends_in=0).id == paid.id
    act(maya, ledger.withdraw, account=here.id, amount="20.00", key="own")
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
