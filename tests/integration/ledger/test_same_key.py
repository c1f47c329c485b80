"""Every change to the books, asked for three times at once with one key, leaves what asking once leaves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger import (
    accounts,
    categories,
    conversion,
    history,
    pending,
    reconciliation,
    reversal,
    service,
    splits,
    tags,
)
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.parts import Part
from fintwin.ledger.posting import Item, Kind
from tests.integration.crowd import at_once, effect, refusals, whole

DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class World:
    """Maya with money here, at a bank and an account in dollars; Omar with an account."""

    maya: Principal
    omar: Principal
    here: AccountView
    there: AccountView
    dollars: AccountView
    his: AccountView

    def do(self, call, /, **named):
        return self.act(self.maya, call, **named)

    def act(self, who, call, /, **named):
        return perform(who.person, lambda session: call(session, who, **named))

    def later(self, call, /, **named):
        """The same as a call that can be made again and again."""
        return lambda: self.do(call, **named)

    def held(self, **more):
        return self.do(
            pending.hold,
            **{"kind": Kind.WITHDRAWAL, "account": self.here.id, "amount": "30.00", "key": "held", **more},
        ).transaction

    def spent(self):
        return self.do(service.withdraw, account=self.there.id, amount="9.00", key="spent", booked=DAY).transaction

    def received(self):
        self.act(
            self.omar, service.pay_person, account=self.his.id, number=self.here.number, amount="10.00", key="paid"
        )
        return perform(
            self.maya.person,
            lambda session: (
                session.connection().exec_driver_sql("SELECT max(id) FROM transaction WHERE kind = 5").scalar()
            ),
        )


@pytest.fixture
def world(person, opened):
    def make():
        maya, omar = person(), person("Omar")
        return World(
            maya,
            omar,
            opened(maya, "100.00", name="Here", opened=DAY),
            opened(maya, "50.00", custody="tracked", name="There", opened=DAY),
            opened(maya, of="USD", name="Dollars"),
            opened(omar, "20.00", name="His"),
        )

    return make


def hold(world):
    return world.later(pending.hold, kind=Kind.WITHDRAWAL, account=world.here.id, amount="5.00", key="k")


def hold_for_a_person(world):
    return world.later(
        pending.hold,
        kind=Kind.BETWEEN_PEOPLE,
        account=world.here.id,
        number=world.his.number,
        amount="5.00",
        key="k",
    )


def settle(world):
    return world.later(pending.settle, transaction=world.held(), booked=DAY)


def settle_a_part(world):
    return world.later(pending.settle, transaction=world.held(), amount="10.00", last=False, key="k", booked=DAY)


def settle_less(world):
    return world.later(pending.settle, transaction=world.held(), amount="10.00", booked=DAY)


def settle_many(world):
    waiting = [world.held(amount="1.00", key=f"held-{n}") for n in range(3)]
    return world.later(pending.settle_many, transactions=waiting, booked=DAY)


def void(world):
    return world.later(pending.void, transaction=world.held())


def lapse(world):
    return world.later(pending.expire, transaction=world.held(expires=datetime.now(UTC) - timedelta(hours=1)))


def take_back(world):
    return world.later(reversal.take_back, transaction=world.spent(), key="k")


def take_back_a_part(world):
    return world.later(reversal.take_back, transaction=world.spent(), amount="4.00", key="k")


def give_back_a_part(world):
    return world.later(reversal.refund, transaction=world.received(), amount="4.00", key="k")


def give_back(world):
    return world.later(reversal.refund, transaction=world.received(), key="k")


def restore(world):
    spent = world.spent()
    world.do(reversal.take_back, transaction=spent, key="back")
    return world.later(service.restore, transaction=spent, key="k")


def convert(world):
    return world.later(
        conversion.convert, giving=world.here.id, taking=world.dollars.id, gave="10.00", got="11.00", key="k"
    )


def mixed(world):
    held = Item(Kind.WITHDRAWAL, D(3), "EUR", DAY, giving=world.here.id, key="k1", pending=True)
    paid = Item(Kind.BETWEEN_PEOPLE, D(2), "EUR", DAY, giving=world.here.id, number=world.his.number, key="k2")
    return world.later(service.post_batch, items=[held, paid])


def archive(world):
    return world.later(history.archive, until=DAY)


def reconcile(world):
    return world.later(reconciliation.assert_balance, account=world.there.id, day=DAY, balance="50.00")


def release(world):
    world.do(reconciliation.assert_balance, account=world.there.id, day=DAY, balance="50.00")
    return world.later(reconciliation.release, account=world.there.id)


def split(world):
    spent = world.spent()
    food, home, *_ = (one.id for one in world.do(categories.ensure))
    return world.later(splits.split, transaction=spent, parts=[Part(food, D("4.00")), Part(home, None)])


def tag(world):
    return world.later(tags.tag, transaction=world.spent(), name="summer")


def open_account(world):
    return world.later(
        accounts.open_account,
        name="New",
        type="cash",
        custody="held",
        currency=currency("EUR"),
        opening=D(5),
        key="k",
    )


CALLS = [
    hold,
    hold_for_a_person,
    settle,
    settle_a_part,
    settle_less,
    settle_many,
    void,
    lapse,
    take_back,
    take_back_a_part,
    give_back_a_part,
    give_back,
    restore,
    convert,
    mixed,
    archive,
    reconcile,
    split,
    tag,
    open_account,
]
LATE = {release: ["nothing_to_release"] * 2}
"""What has no key: whoever comes late is told that it is done."""


def test_three_at_once_with_one_key_leave_what_one_leaves(world, admin):
    for prepare in [*CALLS, *LATE]:
        alone, crowded = world(), world()
        prepare(alone)()
        answers = at_once([prepare(crowded)] * 3)
        assert refusals(answers) == LATE.get(prepare, []), prepare.__name__
        numbers = {getattr(answer, "transaction", None) for answer in answers}
        assert len(numbers) == 1, (prepare.__name__, answers)
        left = [effect(admin, [one.maya, one.omar]) for one in (alone, crowded)]
        assert left[0] == left[1], prepare.__name__
    whole()


def test_two_tags_at_once_are_both_there(world):
    one = world()
    spent = one.spent()
    at_once([one.later(tags.tag, transaction=spent, name=name) for name in ("summer", "shared", "gift")])
    assert sorted(one.do(tags.tags_of, transaction=spent)) == ["gift", "shared", "summer"]
