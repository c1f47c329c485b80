"""Any order of steps leaves the books as a small ledger in plain Python says; a refused step changes no row."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
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

from fintwin.db.work import system_work, work
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.money import currency
from fintwin.ledger import (
    accounts,
    conversion,
    pending,
    reconciliation,
    register,
    result,
    reversal,
    service,
    staff,
    verify,
)
from fintwin.ledger.posting import Item, Kind

EUR, USD = currency("EUR"), currency("USD")
DAY = date(2026, 3, 2)
CENTS = st.integers(1, 20_000).map(lambda cents: D(cents) / 100)


@dataclass
class Moved:
    """A movement that was booked: who gave, who took, how much is left to take back, whether on a day after DAY."""

    giving: int | None
    taking: int | None
    rest: D
    between_people: bool = False
    later: bool = False


@dataclass
class Waiting:
    """A movement that is announced: what is still kept back of it, and whether its time is up."""

    giving: int | None
    taking: int | None
    amount: D
    between_people: bool
    lapsed: bool


@dataclass
class Books:
    """The whole of double entry that these steps need: balances by account, what is pending, what can be taken back."""

    balances: dict[int, D] = field(default_factory=dict)
    held: dict[int, bool] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    entries: dict[int, int] = field(default_factory=dict)
    limits: dict[int, D] = field(default_factory=dict)
    known: dict[int, bool] = field(default_factory=dict)
    locked: set[int] = field(default_factory=set)
    since: dict[int, D] = field(default_factory=dict)
    """What was booked on each account after DAY."""
    moved: dict[int, Moved] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)

    def kept_back(self, account: int) -> D:
        return sum((one.amount for one in self.waiting.values() if one.giving == account), D(0))

    def open(self, account: int, owner: int, *, opening: D | None, held: bool) -> None:
        self.balances[account] = opening or D(0)
        self.entries[account] = 1 if opening else 0
        self.owners[account], self.held[account], self.status[account] = owner, held, "active"
        self.limits[account], self.since[account] = D(0), D(0)
        self.known[account] = held or opening is not None

    def refuses(
        self, giving: int | None, taking: int | None, amount: D, *, later: bool = False, on_credit: bool = True
    ) -> str | None:
        """Why the giver or else the taker does not take part; `later`: it is booked after DAY, up to which locks reach."""
        if giving is not None and giving == taking:
            return "same_account"
        if giving is not None:
            if self.status[giving] == "closed":
                return "account_closed"
            if self.status[giving] == "frozen":
                return "account_frozen"
            if giving in self.locked and not later:
                return "locked"
            if self.held[giving] and self.available(giving, on_credit=on_credit) < amount:
                return "not_enough_funds"
        if taking is not None:
            if self.status[taking] == "closed":
                return "account_closed"
            if taking in self.locked and not later:
                return "locked"
        return None

    def available(self, account: int, *, on_credit: bool = True) -> D:
        return self.balances[account] - self.kept_back(account) + (self.limits[account] if on_credit else 0)

    def refuses_to_settle(self, one: Waiting, *, later: bool, in_order: bool) -> str | None:
        """What is kept back is there: only states and locks stand in its way. `in_order`: of ids, else the giver's first."""
        mine = self.refuses(one.giving, None, D("-Infinity"), later=later)
        theirs = self.refuses(None, one.taking, D(0), later=later)
        if one.between_people:
            return ("payee_unavailable" if theirs else None) or mine
        return (theirs or mine) if in_order and one.taking is not None and one.taking < one.giving else (mine or theirs)

    def settle(self, number: int, part: D, *, last: bool, later: bool) -> Moved:
        one = self.waiting[number]
        self.move(one.giving, one.taking, part, later=later)
        one.amount -= part
        if last or one.amount == 0:
            del self.waiting[number]
            self.ended[number] = "settled"
        return Moved(one.giving, one.taking, part, one.between_people, later)

    def move(self, giving: int | None, taking: int | None, amount: D, *, later: bool = False) -> None:
        for account, signed in ((giving, -amount), (taking, amount)):
            if account is not None:
                self.balances[account] += signed
                self.entries[account] += 1
                if later:
                    self.since[account] += signed


class Ledger(RuleBasedStateMachine):
    """Two people with accounts; `world` is set by the test below."""

    world: object
    accounts_ = Bundle("accounts")
    booked = Bundle("booked")
    announced = Bundle("announced")

    @initialize(target=accounts_)
    def begin(self):
        self.person, self.money_rows = self.world
        self.people = [self.person("Maya"), self.person("Omar")]
        self.staff = self.person("Sam", role="staff")
        self.books = Books()
        self.numbers: dict[int, str] = {}
        self.uuids: dict[int, UUID] = {}
        self.givers: dict[int, int] = {}
        self.keys = 0
        self.dollars = {one.person: self.open_one(one, held=True, opening=D(500), of=USD) for one in self.people}
        return multiple(*(self.open_one(one, held=True, opening=D(200)) for one in self.people))

    def teardown(self):
        self.the_rules_hold()

    def the_rules_hold(self):
        with system_work() as session:
            assert verify.run(session) == []

    def key(self) -> str:
        self.keys += 1
        return f"{self.people[0].person}-{self.keys}"

    def who(self, account: int):
        return next(one for one in self.people if one.person == self.books.owners[account])

    def attempt(self, who, expected: str | None, call):
        """Run a step; it is refused exactly when the plain ledger refuses, and then no row has changed."""
        before = self.money_rows()
        try:
            with work(who.person) as session:
                answer = call(session)
        except FinTwinError as error:
            assert error.code == expected
            assert self.money_rows() == before
            return None
        assert expected is None
        return answer

    @rule(target=accounts_, who=st.integers(0, 1), held=st.booleans(), opening=st.none() | CENTS)
    def open(self, who, held, opening):
        return self.open_one(self.people[who], held=held, opening=opening)

    def open_one(self, who, *, held, opening, of=EUR):
        with work(who.person) as session:
            made = accounts.open_account(
                session,
                who,
                name="A",
                type="checking",
                custody="held" if held else "tracked",
                currency=of,
                opening=opening,
                opened=DAY,
                key=self.key(),
            )
        self.books.open(made.id, who.person, opening=opening, held=held)
        self.numbers[made.id], self.uuids[made.id] = made.number, made.uuid
        return made.id

    @rule(target=booked, account=accounts_, amount=CENTS, out=st.booleans(), batch=st.booleans())
    def outside(self, account, amount, out, batch):
        giving, taking = (account, None) if out else (None, account)
        return self.post(Kind.WITHDRAWAL if out else Kind.DEPOSIT, giving, taking, amount, batch)

    @rule(target=booked, giving=accounts_, taking=accounts_, amount=CENTS, batch=st.booleans())
    def between_own(self, giving, taking, amount, batch):
        if self.books.owners[giving] != self.books.owners[taking]:
            who = self.who(giving)
            item = Item(Kind.OWN_TRANSFER, amount, "EUR", DAY, giving=giving, taking=taking, key=self.key())
            expected = self.books.refuses(giving, None, amount) if giving < taking else "unknown_account"
            self.attempt(who, expected or "unknown_account", lambda session: service.post(session, who, item))
            return None
        return self.post(Kind.OWN_TRANSFER, giving, taking, amount, batch)

    def post(self, kind, giving, taking, amount, batch):
        who = self.who(giving or taking)
        item = Item(kind, amount, "EUR", DAY, giving=giving, taking=taking, key=self.key())
        # Where both sides refuse, the one with the smaller id is named, or in a batch the one that gives.
        expected = self.books.refuses(giving, taking, amount)
        if not batch and giving and taking and taking < giving:
            expected = self.books.refuses(None, taking, amount) or expected

        def call(session):
            if batch:
                [outcome] = service.post_batch(session, who, [item], whole=True)
                return outcome
            return service.post(session, who, item)

        answer = self.attempt(who, expected, call)
        if answer is None:
            return None
        self.books.move(giving, taking, amount)
        self.books.moved[answer.transaction] = Moved(giving, taking, amount)
        return answer.transaction

    @rule(target=booked, giving=accounts_, taking=accounts_, amount=CENTS)
    def between_people(self, giving, taking, amount):
        if not self.books.held[taking]:
            return None
        who = self.who(giving)
        if self.books.owners[giving] == self.books.owners[taking]:
            expected = "own_payee"
        else:
            theirs = "payee_unavailable" if self.books.status[taking] == "closed" else None
            mine = self.books.refuses(giving, None, amount, later=True)
            if not self.books.held[giving] and self.books.status[giving] == "active":
                mine = "not_held"
            expected = (mine or theirs) if giving < taking else (theirs or mine)
        number = self.numbers[taking]
        sent = self.attempt(
            who,
            expected,
            lambda session: service.pay_person(
                session, who, account=giving, number=number, amount=amount, key=self.key()
            ),
        )
        if sent is None:
            return None
        self.books.move(giving, taking, amount, later=True)
        self.books.moved[sent.transaction] = Moved(giving, taking, amount, between_people=True, later=True)
        return sent.transaction

    @rule(number=booked, share=st.sampled_from([None, D("0.3"), D("1"), D("1.5")]))
    def take_back(self, number, share):
        """Whole (None), or a share of what is left: a payment between people by who received it."""
        if number is None:
            return
        one = self.books.moved[number]
        amount = one.rest if share is None else (one.rest * share).quantize(D("0.01"))
        who = self.who(one.taking if one.between_people else one.giving or one.taking)
        call, transaction = reversal.take_back, number
        if one.between_people:
            call, transaction = reversal.refund, self.other_side(number, who)
        # What is taken back whole is booked on its own day, a part of it today.
        later = one.later if share is None and not one.between_people else True
        if number in self.books.reversed:
            expected, amount = "already_reversed", D(1)
        elif amount == 0:
            return
        elif amount > one.rest:
            expected = "more_than_the_rest"
        else:
            mine = self.books.refuses(one.taking, None, amount, later=later, on_credit=not one.between_people)
            theirs = self.books.refuses(None, one.giving, amount, later=later)
            if one.between_people and theirs:
                theirs = "payee_unavailable"
            first_gives = one.giving is None or (one.taking is not None and one.taking < one.giving)
            expected = (mine or theirs) if first_gives else (theirs or mine)
        back = self.attempt(
            who,
            expected,
            lambda session: call(
                session,
                who,
                transaction=transaction,
                amount=None if share is None and number not in self.books.reversed else amount,
                key=self.key(),
            ),
        )
        if back is not None:
            self.books.move(one.taking, one.giving, amount, later=later)
            one.rest -= amount
            if one.rest == 0:
                self.books.reversed.add(number)

    def other_side(self, number, who):
        with system_work() as session:
            return (
                session.connection()
                .exec_driver_sql(
                    "SELECT t.id FROM transaction s JOIN transaction t ON t.transfer = s.transfer AND t.kind = 5"
                    f" WHERE s.id = {int(number)} AND t.owner = {int(who.person)}"
                )
                .scalar()
            )

    @rule(
        target=announced,
        giving=accounts_,
        taking=st.none() | accounts_,
        amount=CENTS,
        lapsed=st.booleans(),
    )
    def announce(self, giving, taking, amount, lapsed):
        if taking == giving:
            return None
        who = self.who(giving)
        between = taking is not None and self.books.owners[taking] != self.books.owners[giving]
        if between and not self.books.held[taking]:
            return None
        mine = self.books.refuses(giving, None, amount, later=True, on_credit=False)
        theirs = self.books.refuses(None, taking, amount, later=True)
        if between:
            if not self.books.held[giving] and self.books.status[giving] == "active":
                mine = "not_held"
            expected = ("payee_unavailable" if theirs else None) or mine
        else:
            expected = mine or theirs
        kind = Kind.BETWEEN_PEOPLE if between else Kind.WITHDRAWAL if taking is None else Kind.OWN_TRANSFER
        made = self.attempt(
            who,
            expected,
            lambda session: pending.hold(
                session,
                who,
                kind=kind,
                account=giving,
                taking=None if between else taking,
                number=self.numbers[taking] if between else "",
                amount=amount,
                key=self.key(),
                expires=datetime.now(UTC) - timedelta(hours=1) if lapsed else None,
            ),
        )
        if made is None:
            return None
        self.books.waiting[made.transaction] = Waiting(giving, taking, amount, between, lapsed)
        self.books.ended[made.transaction] = ""
        self.givers[made.transaction] = giving
        return made.transaction

    @rule(target=booked, number=announced, share=st.sampled_from([None, D("0.4"), D("1.2")]), last=st.booleans())
    def settle(self, number, share, last):
        if number is None or self.books.ended[number]:
            return None
        one = self.books.waiting[number]
        who = self.who(one.giving)
        part = one.amount if share is None else (one.amount * share).quantize(D("0.01"))
        if part == 0:
            return None
        # What reaches another person is booked today, whatever else on DAY.
        later = one.between_people
        refused = self.books.refuses_to_settle(one, later=later, in_order=True)
        expected = "more_than_held" if part > one.amount else refused
        done = self.attempt(
            who,
            expected,
            lambda session: pending.settle(
                session,
                who,
                transaction=number,
                amount=None if share is None else part,
                last=last,
                key=self.key(),
                booked=None if later else DAY,
            ),
        )
        if done is None:
            return None
        self.books.moved[done.transaction] = self.books.settle(number, part, last=last, later=later)
        return done.transaction

    @rule(target=booked, numbers=st.lists(announced, min_size=1, max_size=4, unique=True), whole=st.booleans())
    def settle_many(self, numbers, whole):
        """Those within one's own books go first, then those between people, one by one; all are booked today."""
        numbers = [number for number in numbers if number is not None]
        if not numbers:
            return multiple()
        owners, ended = self.books.owners, self.books.ended
        who = self.who(self.givers[numbers[0]])
        mine = [number for number in numbers if owners[self.givers[number]] == who.person]
        codes = dict.fromkeys(numbers)
        for number in numbers:
            if number not in mine:
                codes[number] = "unknown_transaction"
            elif ended[number] == "let go":
                codes[number] = "not_pending"
            elif not ended[number]:
                codes[number] = self.books.refuses_to_settle(self.books.waiting[number], later=True, in_order=False)
        between = [n for n in mine if not ended[n] and self.books.waiting[n].between_people]
        first = [codes[n] for n in numbers if n not in between] + [codes[n] for n in between]
        outcomes = self.attempt(
            who,
            next(filter(None, first), None) if whole else None,
            lambda session: pending.settle_many(session, who, transactions=numbers, whole=whole),
        )
        if outcomes is None:
            return multiple()
        assert [one.refusal and one.refusal.code for one in outcomes] == [codes[number] for number in numbers]
        settled = [number for number in numbers if codes[number] is None and not ended[number]]
        for number in settled:
            amount = self.books.waiting[number].amount
            self.books.moved[number] = self.books.settle(number, amount, last=True, later=True)
        return multiple(*settled)

    @rule(account=accounts_, there=st.booleans(), gave=CENTS, got=CENTS)
    def convert(self, account, there, gave, got):
        who = self.who(account)
        sides = (account, self.dollars[who.person])
        giving, taking = sides if there else sides[::-1]
        expected = self.books.refuses(giving, None, gave) or self.books.refuses(None, taking, got)
        done = self.attempt(
            who,
            expected,
            lambda session: conversion.convert(
                session, who, giving=giving, taking=taking, gave=gave, got=got, key=self.key(), booked=DAY
            ),
        )
        if done is not None:
            self.books.move(giving, None, gave)
            self.books.move(None, taking, got)

    @rule(account=accounts_, limit=st.sampled_from([D(0), D(50), D(500)]))
    def set_limit(self, account, limit):
        if self.books.status[account] == "closed":
            expected = "account_closed"
        elif not self.books.held[account]:
            expected = "not_held"
        else:
            expected = "below_drawn" if self.books.available(account, on_credit=False) + limit < 0 else None
        self.attempt(
            self.staff,
            expected,
            lambda session: staff.set_credit_limit(
                session, self.staff, account=self.uuids[account], limit=limit, of=EUR, reason="Asked for"
            ),
        )
        if expected is None:
            self.books.limits[account] = limit

    @rule(account=accounts_, right=st.booleans())
    def lock_or_release(self, account, right):
        who = self.who(account)
        if account in self.books.locked:
            self.attempt(who, None, lambda session: reconciliation.release(session, who, account=account))
            self.books.locked.remove(account)
            return
        balance = self.books.balances[account] - self.books.since[account]
        expected = "balance_unknown" if not self.books.known[account] else None if right else "balance_differs"
        locked = self.attempt(
            who,
            expected,
            lambda session: reconciliation.assert_balance(
                session, who, account=account, day=DAY, balance=balance if right else balance + 1
            ),
        )
        if locked is not None:
            self.books.locked.add(account)

    @rule(number=announced, lapses=st.booleans())
    def let_go(self, number, lapses):
        if number is None:
            return
        one = self.books.waiting.get(number)
        if one is None:
            return
        who = self.who(one.giving)
        expected = "not_pending" if lapses and not one.lapsed else None
        done = self.attempt(
            who,
            expected,
            lambda session: (pending.expire if lapses else pending.void)(session, who, transaction=number),
        )
        if done is not None:
            del self.books.waiting[number]
            self.books.ended[number] = "let go"

    @rule(account=accounts_, change=st.sampled_from(["freeze", "unfreeze", "close", "reopen"]))
    def change_status(self, account, change):
        who = self.who(account)
        now = self.books.status[account]
        expected, then = None, {"freeze": "frozen", "unfreeze": "active", "close": "closed", "reopen": now}[change]
        if change in {"freeze", "unfreeze"} and now == "closed":
            expected = "account_closed"
        elif change == "close" and self.books.kept_back(account):
            expected = "has_holds"
        elif change == "close" and self.books.balances[account]:
            expected = "balance_not_zero"
        elif change == "reopen" and now == "closed":
            then = "active"
        if self.attempt(who, expected, lambda session: getattr(accounts, change)(session, who, account=account)):
            self.books.status[account] = then

    @invariant()
    def the_books_are_whole(self):
        if not hasattr(self, "books"):
            return
        # All the rules cost more than a step: at every fifth and at the end. What a step changed is compared at each.
        self.seen = getattr(self, "seen", 0) + 1
        if self.seen % 5 == 0:
            self.the_rules_hold()
        for who in self.people:
            with work(who.person, read_only=True) as session:
                seen = {one.id: one for one in accounts.accounts(session, who, closed=True)}
                assert {one: seen[one].posted for one in seen} == {
                    one: balance for one, balance in self.books.balances.items() if self.books.owners[one] == who.person
                }
                for one, view in seen.items():
                    assert view.version == self.books.entries[one]
                    assert view.pending == self.books.kept_back(one)
                    assert not view.held or view.available >= 0
                worth = result.net_worth(session, who)
                assert worth.amount is None or worth.amount == sum(one.posted for one in worth.behind)
                shown = register.page(session, who, rows=500).rows
                rows = Counter((row.id, row.kind) for row in shown)
                # A conversion is two rows, one in each currency.
                assert all(many == (2 if kind is Kind.CONVERSION else 1) for (_, kind), many in rows.items())
                assert not {row.id for row in shown} & self.books.reversed


def test_any_order_of_steps_agrees_with_plain_double_entry(person, money_rows):
    class Here(Ledger):
        world = (person, money_rows)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            # A step takes as long as a database does: shrinking would run for minutes to save a reader some lines.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
