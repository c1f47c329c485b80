"""Paying in parts toward a total."""

from decimal import Decimal as D

from fintwin.kernel.errors import FinTwinError
from fintwin.payments import instalments, service
from tests.integration.payments.people import act, at_once, code_of


def plan(who, begun):
    return act(who, instalments.plan, plan=begun.id)


def test_three_parts_of_a_hundred_and_the_last_is_exact(pair):
    maya, here, _, there = pair
    call = {"account": here.id, "number": there.number, "total": "100.00", "parts": 3, "key": "p"}
    begun = act(maya, instalments.begin, **call)
    assert act(maya, instalments.begin, **call).id == begun.id
    assert code_of(act, maya, instalments.begin, **{**call, "total": "100.01"}) == "key_reused"
    paid = []
    for n in range(3):
        amount = plan(maya, begun).next
        act(
            maya,
            service.pay,
            account=here.id,
            number=there.number,
            amount=amount,
            key=f"k{n}",
            plan=begun.id,
            sure=True,
        )
        paid.append(amount)
    assert paid == [D("33.33"), D("33.33"), D("33.34")]
    done = plan(maya, begun)
    assert (done.done, done.paid, done.payments, done.next) == (True, D(100), 3, D(0))


def test_never_more_than_the_rest_even_at_once(pair):
    maya, here, _, there = pair
    begun = act(maya, instalments.begin, account=here.id, number=there.number, total="30.00", key="p")
    call = {"account": here.id, "number": there.number, "amount": "20.00", "plan": begun.id, "sure": True}
    answers = at_once([lambda n=n: act(maya, service.pay, **call, key=f"k{n}") for n in range(3)])
    assert sorted(getattr(one, "code", "") for one in answers) == ["", "plan_paid", "plan_paid"]
    [first] = [one for one in answers if not isinstance(one, FinTwinError)]
    act(maya, service.cancel, payment=first.id)
    assert plan(maya, begun).rest == D(30)
    act(maya, instalments.end, plan=begun.id)
    assert code_of(act, maya, service.pay, **call, key="z") == "plan_paid"


def test_a_plan_is_its_persons_and_its_payees(pair, opened):
    maya, here, omar, there = pair
    other = opened(omar)
    begun = act(maya, instalments.begin, account=here.id, number=there.number, total="30.00", key="p")
    assert code_of(act, omar, instalments.plan, plan=begun.id) == "unknown_plan"
    call = {"account": here.id, "number": other.number, "amount": "1.00", "key": "k", "plan": begun.id}
    assert code_of(act, maya, service.pay, **call) == "plan_paid"
    assert code_of(act, maya, instalments.begin, account=here.id, number=here.number, total="1", key="q") == "own_payee"
