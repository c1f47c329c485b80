"""Many at once come to the same end as one after another."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform, work
from fintwin.kernel.errors import Busy, FinTwinError
from fintwin.ledger import accounts, reversal, service
from fintwin.ledger.posting import Item, Kind
from tests.integration.crowd import at_once, whole

DAY = date(2026, 3, 2)
THREADS = 16


def posted(who, account):
    return perform(who.person, lambda session: accounts.account(session, who, account.id).posted)


def test_totals_are_exact_after_a_storm(person, opened):
    """Transfer n of a permutation moves n cents from person n to person n+1, on four hot and a few cold accounts."""
    people = [person(f"P{n}") for n in range(4)]
    held = [[opened(who, "100000.00") for _ in range(2)] for who in people]
    number = list(range(480))
    random.Random(4).shuffle(number)

    def move(n):
        who, to = n % 4, (n + 1) % 4
        giving = held[who][0 if n % 3 else 1]
        amount = D(n + 1) / 100
        if n % 5 == 0:
            item = Item(
                Kind.OWN_TRANSFER, amount, "EUR", DAY, giving=held[who][0].id, taking=held[who][1].id, key=f"t{n}"
            )
            return perform(people[who].person, lambda session: service.post(session, people[who], item))
        item = Item(Kind.BETWEEN_PEOPLE, amount, "EUR", DAY, giving=giving.id, key=f"t{n}")
        target = held[to][0].number
        return perform(people[who].person, lambda session: service.post(session, people[who], item, number=target))

    def share(part):
        return [move(n) for n in number[part::THREADS]]

    done = at_once([lambda part=part: share(part) for part in range(THREADS)])
    assert sum(len(one) for one in done) == len(number)
    expected = [[D(100000), D(100000)] for _ in people]
    for n in number:
        who, to, amount = n % 4, (n + 1) % 4, D(n + 1) / 100
        if n % 5 == 0:
            expected[who][0] -= amount
            expected[who][1] += amount
        else:
            expected[who][0 if n % 3 else 1] -= amount
            expected[to][0] += amount
    assert [[posted(who, one) for one in mine] for who, mine in zip(people, held, strict=True)] == expected
    whole()


def test_the_same_key_three_times_at_once_has_one_effect(person, opened):
    maya, omar = person(), person("Omar")
    here, there, his = opened(maya, "100.00"), opened(maya, custody="tracked"), opened(omar)
    spent = perform(
        maya.person, lambda session: service.withdraw(session, maya, account=there.id, amount="1.00", key="s")
    )
    calls = {
        "deposit": lambda session: service.deposit(session, maya, account=there.id, amount="1.00", key="a"),
        "withdraw": lambda session: service.withdraw(session, maya, account=here.id, amount="2.00", key="b"),
        "own": lambda session: service.own_transfer(
            session, maya, giving=here.id, taking=there.id, amount="4.00", key="c"
        ),
        "person": lambda session: service.pay_person(
            session, maya, account=here.id, number=his.number, amount="8.00", key="d"
        ),
        "reverse": lambda session: service.reverse(session, maya, transaction=spent.transaction, key="e"),
        "batch": lambda session: service.post_batch(
            session, maya, [Item(Kind.WITHDRAWAL, D(16), "EUR", DAY, giving=here.id, key="f")]
        )[0],
        "amend": lambda session: service.amend(session, maya, transaction=spent.transaction, amount="3.00", key="g"),
    }
    for name, call in calls.items():
        if name == "amend":
            spent = perform(
                maya.person, lambda session: service.withdraw(session, maya, account=there.id, amount="1.00", key="t")
            )
        answers = at_once([lambda call=call: perform(maya.person, call)] * 3)
        assert len({answer.transaction for answer in answers}) == 1, (name, answers)
        assert sorted(answer.replayed for answer in answers) == [False, True, True], name
    assert (posted(maya, here), posted(maya, there), posted(omar, his)) == (D(70), D(2), D(8))
    whole()


def test_opening_one_account_three_times_at_once_opens_one(person, admin):
    from fintwin.kernel.money import currency

    maya = person()

    def open_one(session):
        return accounts.open_account(
            session, maya, name="A", type="cash", custody="held", currency=currency("EUR"), opening=D(5), key="k"
        )

    answers = at_once([lambda: perform(maya.person, open_one)] * 3)
    assert len({answer.id for answer in answers}) == 1
    assert [answer.posted for answer in answers] == [D(5)] * 3
    assert admin("SELECT count(*) FROM account WHERE custody IS NOT NULL") == [(1,)]


def test_a_storm_of_reversals_takes_each_back_once(person, opened):
    maya = person()
    there = opened(maya, custody="tracked")
    spent = [
        perform(
            maya.person,
            lambda session, n=n: service.withdraw(session, maya, account=there.id, amount="1.00", key=f"w{n}"),
        )
        for n in range(8)
    ]
    answers = at_once(
        [
            lambda one=one, n=n: perform(
                maya.person, lambda session: service.reverse(session, maya, transaction=one.transaction, key=f"r{n}")
            )
            for n, one in enumerate(spent * 2)
        ]
    )
    refusals = [answer.code for answer in answers if isinstance(answer, FinTwinError)]
    assert refusals == ["already_reversed"] * len(spent)
    assert posted(maya, there) == 0
    whole()


def test_an_account_is_never_overdrawn_by_many_at_once(person, opened):
    maya, omar = person(), person("Omar")
    here, his = opened(maya, "10.00"), opened(omar)

    def send(n):
        return perform(
            maya.person,
            lambda session: service.pay_person(
                session, maya, account=here.id, number=his.number, amount="1.00", key=f"p{n}"
            ),
        )

    answers = at_once([lambda n=n: send(n) for n in range(THREADS)])
    assert [a.code for a in answers if isinstance(a, FinTwinError)] == ["not_enough_funds"] * (THREADS - 10)
    assert (posted(maya, here), posted(omar, his)) == (D(0), D(10))
    whole()


@pytest.mark.parametrize("size", [50])
def test_batches_and_single_postings_on_the_same_accounts_agree(person, opened, size):
    maya = person()
    mine = [opened(maya, "1000.00") for _ in range(4)]

    def batch(part):
        chance = random.Random(part)
        items = []
        for n in range(size):
            giving, taking = chance.sample(mine, 2)
            items.append(
                Item(
                    Kind.OWN_TRANSFER,
                    D(chance.randint(1, 500)),
                    "EUR",
                    DAY,
                    giving=giving.id,
                    taking=taking.id,
                    key=f"{part}-{n}",
                )
            )
        if part % 2:
            return perform(
                maya.person, lambda session: [one.refusal for one in service.post_batch(session, maya, items)]
            )
        return [at_most(item) for item in items]

    def at_most(item):
        try:
            perform(maya.person, lambda session: service.post(session, maya, item))
        except FinTwinError as error:
            return error
        return None

    answers = at_once([lambda part=part: batch(part) for part in range(8)])
    assert {one.code for part in answers for one in part if one} <= {"not_enough_funds"}
    assert sum(posted(maya, one) for one in mine) == D(4000)
    whole()


@pytest.mark.parametrize("change", [{"booked": date(2026, 3, 1)}, {"amount": "8.00"}])
def test_an_edit_that_waited_for_a_part_that_was_taken_back_changes_nothing(person, opened, admin, change):
    maya = person()
    there = opened(maya, custody="tracked")
    spent = perform(
        maya.person,
        lambda session: service.withdraw(session, maya, account=there.id, amount="10.00", key="a", booked=DAY),
    ).transaction

    def edit():
        return perform(
            maya.person, lambda session: service.amend(session, maya, transaction=spent, key="edit", **change)
        )

    with ThreadPoolExecutor(1) as pool:
        with work(maya.person) as session:
            reversal.take_back(session, maya, transaction=spent, amount="4.00", key="part")
            going = pool.submit(edit)
            while not going.done() and admin("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
                pass
        with pytest.raises(Busy, match="taken back of this just now"):
            going.result()
    assert posted(maya, there) == D(-6)
    edit()
    assert posted(maya, there) == -D(change.get("amount", 6))
    whole()
