"""Runs of many at once whose end is known beforehand, and whose accounts' versions admit an order one after another."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as D
from graphlib import CycleError, TopologicalSorter

import pytest

from fintwin.db.work import perform
from fintwin.kernel.ids import account_number
from fintwin.ledger import journal, pending, reversal, service
from fintwin.ledger.posting import Item, Kind
from tests.integration.crowd import at_once, faults, refusals, whole

DAY = date(2026, 3, 2)
THREADS = 16
HOT = 4
COLD = 10_000
STEPS = 2_000
ROUND, BATCH = 50, 7
"""Of each fifty steps the first seven are one batch."""
START = D(10_000)
DEADLOCK = "40P01"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an account: its number, what wrote it, what that moved and the balance that it left."""

    number: int
    writer: str
    moved: D
    balance: D


@dataclass(frozen=True, slots=True)
class Step:
    """What step n does; everything follows from n."""

    what: str
    giving: int
    taking: int
    amount: D

    @property
    def moved(self) -> D:
        """What of it stays moved when the step is through: two kinds of steps give back or let go a half."""
        return {"held": self.amount / 2, "void": D(0), "refund": self.amount / 2, "undone": D(0)}.get(
            self.what, self.amount
        )


ALONE = ("own alone", "person alone")
"""Steps that are one round trip each, as most are."""
IN_SESSIONS = ("own", "person", "held", "void", "refund", "undone", "sent")
WITHIN = {"own", "own alone", "batch", "held", "void", "undone"}


def step(n: int) -> Step:
    """Step n moves 2(n + 1) cents between a hot account (0 to 3) and a cold one; account i belongs to person i modulo 4."""
    place = n % ROUND
    what = "batch" if place < BATCH else IN_SESSIONS[place % 7] if place < 3 * BATCH else ALONE[n % 2]
    hot, cold = n // ROUND % HOT, HOT + n * 7 % COLD
    if what in WITHIN:
        cold = HOT + (cold - HOT) // 4 * 4 + hot
    elif cold % 4 == hot:
        cold = HOT + (cold - HOT + 1) % COLD
    giving, taking = (hot, cold) if n // 3 % 2 else (cold, hot)
    return Step(what, giving, taking, D(2 * (n + 1)) / 100)


def units() -> list[range]:
    """The steps as they are taken, in an order of chance: one by one, and those of a batch together."""
    found = [range(n, n + BATCH) for n in range(0, STEPS, ROUND)]
    found += [range(n, n + 1) for n in range(STEPS) if step(n).what != "batch"]
    random.Random(4).shuffle(found)
    return found


class Run:
    """Four people with a hot account and 2,500 cold ones each, and money in every one of them that takes part."""

    def __init__(self, person, opened, admin):
        self.admin = admin
        self.people = [person(f"P{n}") for n in range(4)]
        hot = [(one.id, one.number) for one in (opened(who, str(START), name="Hot") for who in self.people)]
        cold = admin(
            """
            INSERT INTO account (owner, class, type, custody, currency, name, number, known_since)
            SELECT o.owner, 'asset', 'checking', 'held', 'EUR', 'Cold ' || n, o.number, DATE '2026-03-02'
            FROM unnest(CAST(:owners AS bigint[]), CAST(:numbers AS text[])) WITH ORDINALITY o (owner, number, n)
            ORDER BY n RETURNING id, number
            """,
            owners=[self.people[n % 4].person for n in range(COLD)],
            numbers=[account_number() for _ in range(COLD)],
        )
        self.accounts = [*hot, *sorted(cold)]
        self.begins = [START] * HOT + [D(0)] * COLD
        for one in map(step, range(STEPS)):
            self.begins[one.giving] = self.begins[one.taking] = START
        for place, who in enumerate(self.people):
            openings = [
                Item(Kind.OPENING, START, "EUR", DAY, taking=number)
                for (number, _), begins in list(zip(self.accounts, self.begins, strict=True))[HOT + place :: 4]
                if begins
            ]
            assert all(one.transaction for one in self.do(who, service.post_batch, items=openings))

    def do(self, who, call, /, **named):
        return perform(who.person, lambda session: call(session, who, **named))

    def item(self, n: int) -> Item:
        one = step(n)
        within = one.what in WITHIN
        return Item(
            Kind.OWN_TRANSFER if within else Kind.BETWEEN_PEOPLE,
            one.amount,
            "EUR",
            DAY,
            giving=self.accounts[one.giving][0],
            taking=self.accounts[one.taking][0] if within else None,
            key=f"step-{n}",
        )

    def move(self, steps: range) -> None:
        """Do a step, in one unit of work or two, or all of a batch in one."""
        n = steps[0]
        one = step(n)
        who, payee = self.people[one.giving % 4], self.people[one.taking % 4]
        giving, (taking, number) = self.accounts[one.giving][0], self.accounts[one.taking]
        within = one.what in WITHIN
        key, half = f"step-{n}", one.amount / 2
        if one.what == "batch":
            self.do(who, service.post_batch, items=[self.item(n) for n in steps], whole=True)
            return
        item = self.item(n)
        if one.what in ALONE:
            journal.post_alone(who, item, number=None if within else number)
            return
        if one.what in {"held", "void", "sent"}:
            sides = {"taking": taking} if within else {"number": number}
            made = self.do(who, pending.hold, kind=item.kind, account=giving, amount=one.amount, key=key, **sides)
            if one.what == "void":
                self.do(who, pending.void, transaction=made.transaction)
            else:
                part = half if one.what == "held" else None
                self.do(who, pending.settle, transaction=made.transaction, amount=part, booked=DAY if within else None)
            return
        made = self.do(who, service.post, item=item, number=None if within else number)
        if one.what == "undone":
            self.do(who, reversal.take_back, transaction=made.transaction, key=f"{key}-back")
        elif one.what == "refund":
            [(theirs,)] = self.admin(
                "SELECT id FROM transaction WHERE transfer = :transfer AND owner = :owner AND kind = 5",
                transfer=made.transfer,
                owner=payee.person,
            )
            self.do(payee, reversal.refund, transaction=theirs, amount=half, key=f"{key}-back")

    def balances(self) -> list[D]:
        found = dict(self.admin("SELECT id, posted_balance FROM account WHERE custody = 'held' AND held_balance = 0"))
        return [found[number] for number, _ in self.accounts]

    def history(self) -> dict[int, list[Version]]:
        """Every account's versions in their order; what wrote one is the database's own transaction."""
        found = defaultdict(list)
        for account, *version in self.admin(
            """
            SELECT debit, debit_version, CAST(xmin AS text), amount, debit_balance FROM posting WHERE debit_version IS NOT NULL
            UNION ALL
            SELECT credit, credit_version, CAST(xmin AS text), -amount, credit_balance FROM posting WHERE credit_version IS NOT NULL
            ORDER BY 1, 2
            """
        ):
            found[account].append(Version(*version))
        return dict(found)


def an_order(history: Mapping[int, Iterable[Version]]) -> list[str]:
    """An order, one after another, in which the writers would have left the same versions.

    Raises:
        CycleError: there is none.
    """
    after = TopologicalSorter()
    for versions in history.values():
        before = None
        for one in versions:
            after.add(one.writer, *([before] if before not in {None, one.writer} else []))
            before = one.writer
    return list(after.static_order())


def gaps(history: Mapping[int, Iterable[Version]]) -> list[tuple[int, int]]:
    """Account and number of each version that does not follow from the one before it."""
    wrong = []
    for account, versions in history.items():
        number, balance = 0, D(0)
        for one in versions:
            if (one.number, one.balance) != (number + 1, balance + one.moved):
                wrong.append((account, one.number))
            number, balance = one.number, one.balance
    return wrong


def test_the_end_is_known_and_some_order_leads_to_it(person, opened, admin):
    run = Run(person, opened, admin)
    work = units()

    def share(part: int) -> None:
        for steps in work[part::THREADS]:
            run.move(steps)

    with faults() as met:
        assert refusals(at_once([lambda part=part: share(part) for part in range(THREADS)])) == []
    expected = list(run.begins)
    for one in map(step, range(STEPS)):
        expected[one.giving] -= one.moved
        expected[one.taking] += one.moved
    assert run.balances() == expected
    history = run.history()
    assert gaps(history) == []
    assert len(an_order(history)) > len(work)
    whole()
    assert DEADLOCK not in met


def test_a_run_that_no_order_explains_is_found():
    """Two transfers over the same two accounts, each of which came before the other."""
    crossed = {
        1: [Version(1, "a", D(5), D(5)), Version(2, "b", D(3), D(8))],
        2: [Version(1, "b", D(-3), D(-3)), Version(2, "a", D(-5), D(-8))],
    }
    assert gaps(crossed) == []
    with pytest.raises(CycleError):
        an_order(crossed)


@pytest.mark.parametrize(
    "versions",
    [
        [Version(1, "a", D(5), D(5)), Version(2, "b", D(3), D(3))],
        [Version(1, "a", D(5), D(5)), Version(3, "b", D(3), D(8))],
        [Version(1, "a", D(5), D(5)), Version(1, "b", D(3), D(8))],
    ],
    ids=["a lost update", "a missing version", "a version twice"],
)
def test_a_balance_that_does_not_follow_is_found(versions):
    assert gaps({1: versions}) != []


def test_as_many_parts_are_given_back_as_fit_in_the_rest(person, opened, admin):
    """Twice as many refunds of a payment and reversals of a spending as fit, all at once."""
    maya, omar = person(), person("Omar")
    here, his, there = opened(maya, "100.00"), opened(omar), opened(maya, custody="tracked")

    def do(who, call, /, **named):
        return perform(who.person, lambda session: call(session, who, **named))

    do(maya, service.pay_person, account=here.id, number=his.number, amount="10.00", key="paid")
    [(got,)] = admin("SELECT id FROM transaction WHERE owner = :owner AND kind = 5", owner=omar.person)
    spent = do(maya, service.withdraw, account=there.id, amount="12.00", key="spent", booked=DAY).transaction
    parts = [(omar, reversal.refund, got, "2.50", f"r{n}") for n in range(8)]
    parts += [(maya, reversal.take_back, spent, "3.00", f"t{n}") for n in range(8)]
    with faults() as met:
        answers = at_once(
            [
                lambda who=who, call=call, of=of, amount=amount, key=key: do(
                    who, call, transaction=of, amount=amount, key=key
                )
                for who, call, of, amount, key in parts
            ]
        )
    for mine, rest in ((answers[:8], 4), (answers[8:], 4)):
        assert len(refusals(mine)) == len(mine) - rest
        assert set(refusals(mine)) <= {"already_reversed", "more_than_the_rest"}
    assert admin(
        "SELECT name, posted_balance FROM account WHERE id = ANY (:ids) ORDER BY id", ids=[here.id, his.id, there.id]
    ) == [("Everyday", D(100)), ("Everyday", D(0)), ("Everyday", D(0))]
    assert admin("SELECT DISTINCT status FROM transaction WHERE kind IN (3, 5, 7)") == [(6,)]
    whole()
    assert DEADLOCK not in met
