"""A payment's states: whatever is done in whatever order, each ends once, and the money is where its status says."""

from dataclasses import dataclass, field
from decimal import Decimal as D

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import pending
from fintwin.payments import jobs, requests, service
from tests.integration.payments.people import act, seen, whole

NEXT = {
    "initiated": {"initiated", "completed", "failed"},
    "completed": {"completed", "reversed"},
    "failed": {"failed"},
    "reversed": {"reversed"},
}
"""From where a payment may go where."""


@dataclass
class Expected:
    """What a payment should be by now."""

    amount: D
    status: str
    refunded: D = D(0)
    request: int | None = None


@dataclass
class Plain:
    """Payments and requests in plain Python."""

    payments: dict[int, Expected] = field(default_factory=dict)
    requests: dict[int, str] = field(default_factory=dict)

    def sent(self) -> D:
        return sum((one.amount - one.refunded for one in self.payments.values() if one.status == "completed"), D(0))

    def kept_back(self) -> D:
        return sum((one.amount for one in self.payments.values() if one.status == "initiated"), D(0))


class Payments(RuleBasedStateMachine):
    """Maya pays Omar; `world` is set by the test below."""

    world: object
    payments = Bundle("payments")
    asked = Bundle("asked")

    @initialize()
    def begin(self):
        person, opened = self.world
        self.maya, self.omar = person("Maya"), person("Omar")
        self.here, self.there = opened(self.maya, "100.00"), opened(self.omar)
        self.plain = Plain()
        self.keys = 0
        self.last: dict[int, str] = {}

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    def tried(self, who, call, **named):
        try:
            return act(who, call, **named)
        except FinTwinError as error:
            return error.code

    @rule(target=payments, cents=st.integers(1, 6_000), at_once=st.booleans())
    def pay(self, cents, at_once):
        return self._pay(D(cents) / 100, at_once, None)

    @rule(target=payments, request=asked, at_once=st.booleans())
    def accept(self, request, at_once):
        number, amount = request
        return self._pay(amount, at_once, number)

    def _pay(self, amount, at_once, request):
        free = D(100) - self.plain.sent() - self.plain.kept_back()
        made = self.tried(
            self.maya,
            service.pay,
            account=self.here.id,
            number=self.there.number,
            amount=amount,
            key=self.key(),
            sends_in=0 if at_once else 10,
            sure=True,
            request=request,
        )
        if amount > free:
            assert made == "not_enough_funds"
            return multiple()
        if request is not None and self.plain.requests[request] != "open":
            assert made == "request_answered"
            return multiple()
        self.plain.payments[made.id] = Expected(amount, "completed" if at_once else "initiated", request=request)
        if request is not None:
            self.plain.requests[request] = "paid" if at_once else "accepted"
        return made.id

    @rule(payment=payments)
    def cancel(self, payment):
        expected = self.plain.payments[payment]
        answer = self.tried(self.maya, service.cancel, payment=payment)
        if expected.status == "initiated":
            expected.status = "failed"
            if expected.request is not None:
                self.plain.requests[expected.request] = "open"
        elif expected.status != "failed":
            assert answer == "too_late"

    @rule(payment=payments)
    def settle(self, payment):
        expected = self.plain.payments[payment]
        jobs.settle(person=self.maya.person, what=payment)
        if expected.status == "initiated":
            expected.status = "completed"
            if expected.request is not None:
                self.plain.requests[expected.request] = "paid"

    @rule(payment=payments, cents=st.integers(1, 6_000), last=st.booleans())
    def settle_a_part(self, payment, cents, last):
        expected = self.plain.payments[payment]
        amount = D(cents) / 100
        moves = act(self.maya, service.payment, payment=payment).transaction
        if amount == expected.amount:
            return
        answer = self.tried(
            self.maya, pending.settle, transaction=moves, amount=amount, last=last, key=self.key() if not last else ""
        )
        if expected.status == "initiated":
            assert answer == "moves_whole"
        else:
            assert answer in {"not_pending", "key_reused"}

    @rule(payment=payments, cents=st.none() | st.integers(1, 6_000))
    def give_back(self, payment, cents):
        expected = self.plain.payments[payment]
        theirs = [one for one in act(self.omar, service.history) if one.amount == expected.amount]
        mine = act(self.maya, service.payment, payment=payment)
        got = next((one for one in theirs if one.processed_at == mine.processed_at), None)
        if got is None:
            assert expected.status in {"initiated", "failed"}
            return
        amount = None if cents is None else D(cents) / 100
        answer = self.tried(self.omar, service.refund, payment=got.id, amount=amount, key=self.key())
        rest = expected.amount - expected.refunded
        if expected.status == "reversed":
            assert answer == "already_reversed"
        elif amount is not None and amount > rest:
            assert answer == "more_than_the_rest"
        else:
            expected.refunded += rest if amount is None else amount
            expected.status = "reversed" if expected.refunded == expected.amount else "completed"

    @rule(target=asked, cents=st.integers(1, 4_000))
    def ask(self, cents):
        amount = D(cents) / 100
        made = self.tried(
            self.omar,
            requests.ask,
            account=self.there.id,
            number=self.here.number,
            amount=amount,
            key=self.key(),
        )
        if sum(status == "open" for status in self.plain.requests.values()) >= 3:
            assert made == "already_asked"
            return multiple()
        theirs = max(act(self.maya, requests.waiting), key=lambda one: one.id)
        self.plain.requests[theirs.id] = "open"
        return (theirs.id, amount)

    @rule(request=asked)
    def decline(self, request):
        number, _ = request
        answer = self.tried(self.maya, requests.end, request=number)
        if self.plain.requests[number] == "open":
            self.plain.requests[number] = "declined"
        elif self.plain.requests[number] != "declined":
            assert answer == "request_answered"

    @invariant()
    def stands_as_expected(self):
        if not hasattr(self, "plain"):
            return
        for number, expected in self.plain.payments.items():
            one = act(self.maya, service.payment, payment=number)
            assert (one.status, one.refunded) == (expected.status, expected.refunded)
            assert one.status in NEXT[self.last.get(number, one.status)]
            self.last[number] = one.status
        for number, status in self.plain.requests.items():
            assert act(self.maya, requests.request, request=number).status == status
        here, there = seen(self.maya, self.here), seen(self.omar, self.there)
        assert (here.posted, there.posted) == (D(100) - self.plain.sent(), self.plain.sent())
        assert here.available == here.posted - self.plain.kept_back()

    def teardown(self):
        if hasattr(self, "plain"):
            whole()


def test_any_order_of_steps(person, opened):
    Payments.world = (person, opened)
    run_state_machine_as_test(
        Payments,
        settings=settings(
            max_examples=8,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
