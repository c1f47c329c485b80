"""Everything that pays or orders, asked for three times at once with one key, leaves what asking once leaves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fintwin.identity.principal import Principal
from fintwin.ledger.accounts import AccountView
from fintwin.payments import bank, bank_outcomes, instalments, requests, running, schedules, service
from fintwin.payments.schedules import Plan
from tests.integration.crowd import at_once, effect, refusals, whole
from tests.integration.payments.people import act

IBAN = "NL91ABNA0417164300"
OWN_IBAN = "DE89370400440532013000"


@dataclass(frozen=True, slots=True)
class World:
    """Maya with money here and at a bank, Omar with some here."""

    maya: Principal
    omar: Principal
    here: AccountView
    there: AccountView
    his: AccountView

    def later(self, call, /, **named):
        """The same as a call that can be made again and again."""
        return lambda: act(self.maya, call, **named)

    def payment(self, **more):
        return {"account": self.here.id, "number": self.his.number, "amount": "5.00", "key": "k", **more}

    def got(self):
        """Maya's side of what Omar paid her."""
        paying = {"account": self.his.id, "number": self.here.number, "amount": "10.00", "key": "his"}
        act(self.omar, service.pay, **paying, sends_in=0)
        return act(self.maya, service.history)[0].id

    def asked(self):
        """Maya's side of what Omar asks her for."""
        act(self.omar, requests.ask, account=self.his.id, number=self.here.number, amount="5.00", key="asks")
        return act(self.maya, requests.waiting)[0].id

    def ordered(self):
        order = {"account": self.here.id, "name": "Ben", "iban": IBAN, "amount": "5.00"}
        return act(self.maya, bank.order, **order, key="order")

    def plan(self):
        today = datetime.now(UTC).date()
        return Plan(kind="person", account=self.here.id, number=self.his.number, amount=D(10), starts=today)


@pytest.fixture
def world(person, opened):
    def make():
        maya, omar = person("Maya Lind"), person("Omar Haddad")
        return World(
            maya,
            omar,
            opened(maya, "100.00", name="Here"),
            opened(maya, "50.00", custody="tracked", name="There"),
            opened(omar, "20.00", name="His"),
        )

    return make


def pay(world):
    return world.later(service.pay, **world.payment())


def pay_now(world):
    return world.later(service.pay, **world.payment(), sends_in=0)


def pay_what_was_asked(world):
    return world.later(service.pay, **world.payment(request=world.asked()))


def pay_a_part(world):
    begun = act(
        world.maya, instalments.begin, account=world.here.id, number=world.his.number, total="10.00", key="plan"
    )
    return world.later(service.pay, **world.payment(plan=begun.id))


def settle(world):
    return world.later(service.settle, payment=act(world.maya, service.pay, **world.payment()).id)


def cancel(world):
    return world.later(service.cancel, payment=act(world.maya, service.pay, **world.payment()).id)


def give_up(world):
    paid = act(world.maya, service.pay, **world.payment())
    return world.later(service.fail, payment=paid.id, reason="closed")


def give_back(world):
    return world.later(service.refund, payment=world.got(), key="k")


def give_back_a_part(world):
    return world.later(service.refund, payment=world.got(), amount="4.00", key="k")


def top_up(world):
    return world.later(service.top_up, account=world.here.id, source=world.there.id, amount="5.00", key="k")


def ask(world):
    return world.later(requests.ask, account=world.here.id, number=world.his.number, amount="5.00", key="k")


def ask_back(world):
    paid = act(world.maya, service.pay, **world.payment(sends_in=0))
    return world.later(requests.ask_back, payment=paid.id, key="k2")


def decline(world):
    return world.later(requests.end, request=world.asked())


def begin_a_plan(world):
    return world.later(instalments.begin, account=world.here.id, number=world.his.number, total="10.00", key="k")


def schedule(world):
    return world.later(schedules.create, plan=world.plan(), key="k")


def run_a_schedule(world):
    made = act(world.maya, schedules.create, plan=world.plan(), key="k")
    return lambda: running.run(world.maya.person, made.id)


def order(world):
    return world.later(bank.order, account=world.here.id, name="Ben", iban=IBAN, amount="5.00", key="k")


def cancel_an_order(world):
    return world.later(bank.cancel, order=world.ordered().uuid)


def hand_over(world):
    world.ordered()
    return world.later(bank.send, account=world.here.id, payer_iban=OWN_IBAN)


def answer(world):
    made = world.ordered()
    act(world.maya, bank.send, account=world.here.id, payer_iban=OWN_IBAN)
    return world.later(bank_outcomes.answer_by_hand, order=made.uuid, settled=True)


CALLS = [
    pay,
    pay_now,
    pay_what_was_asked,
    pay_a_part,
    settle,
    cancel,
    give_up,
    give_back,
    give_back_a_part,
    top_up,
    ask,
    ask_back,
    decline,
    begin_a_plan,
    schedule,
    run_a_schedule,
    order,
    cancel_an_order,
]
LATE = {hand_over: ["nothing_ready"] * 2, answer: ["not_sent"] * 2}
"""What has no key: whoever comes late is told that it is done."""


def test_three_at_once_with_one_key_leave_what_one_leaves(world, admin):
    for prepare in [*CALLS, *LATE]:
        alone, crowded = world(), world()
        prepare(alone)()
        answers = at_once([prepare(crowded)] * 3)
        assert refusals(answers) == LATE.get(prepare, []), (prepare.__name__, answers)
        left = [effect(admin, [one.maya, one.omar]) for one in (alone, crowded)]
        assert left[0] == left[1], prepare.__name__
    whole()
