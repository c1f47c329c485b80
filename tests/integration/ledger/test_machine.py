"""Any order of steps leaves the books as a small ledger in plain Python says; a refused step changes no row."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fintwin.db.work import system_work, work
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, pending, register, result, reversal, service, verify
from fintwin.ledger.posting import Item, Kind

EUR = currency("EUR")
DAY = date(2026, 3, 2)
CENTS = st.integers(1, 20_000).map(lambda cents: D(cents) / 100)


@dataclass
class Moved:
    """A movement that was booked: who gave, who took, how much of it is left to take back."""

    giving: int | None
    taking: int | None
    rest: D
    between_people: bool = False


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
    moved: dict[int, Moved] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)

    def kept_back(self, account: int) -> D:
        return sum((one.amount for one in self.waiting.values() if one.giving == account), D(0))

    def refuses(self, giving: int | None, taking: int | None, amount: D) -> str | None:
        if giving is not None and giving == taking:
            return "same_account"
        if giving is not None:
            if self.status[giving] == "closed":
                return "account_closed"
            if self.status[giving] == "frozen":
                return "account_frozen"
            if self.held[giving] and self.balances[giving] - self.kept_back(giving) < amount:
                return "not_enough_funds"
        if taking is not None and self.status[taking] == "closed":
            return "account_closed"
        return None

    def move(self, giving: int | None, taking: int | None, amount: D) -> None:
        for account, signed in ((giving, -amount), (taking, amount)):
            if account is not None:
                self.balances[account] += signed
                self.entries[account] += 1


class Ledger(RuleBasedStateMachine):
    """Two people with accounts; `world` is set by the test below."""

    world: object
    accounts_ = Bundle("accounts")
    booked = Bundle("booked")
    announced = Bundle("announced")

    @initialize()
    def begin(self):
        self.person, self.money_rows = self.world
        self.people = [self.person("Maya"), self.person("Omar")]
        self.books = Books()
        self.numbers: dict[int, str] = {}
        self.keys = 0

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
        person = self.people[who]
        with work(person.person) as session:
            made = accounts.open_account(
                session,
                person,
                name="A",
                type="checking",
                custody="held" if held else "tracked",
                currency=EUR,
                opening=opening,
                opened=DAY,
                key=self.key(),
            )
        self.books.balances[made.id] = opening or D(0)
        self.books.held[made.id] = held
        self.books.owners[made.id] = person.person
        self.books.status[made.id] = "active"
        self.books.entries[made.id] = 1 if opening else 0
        self.numbers[made.id] = made.number
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
        if (
            not batch
            and giving
            and taking
            and taking < giving
            and giving != taking
            and self.books.status[taking] == "closed"
        ):
            expected = "account_closed"

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
            mine = self.books.refuses(giving, None, amount)
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
        self.books.move(giving, taking, amount)
        self.books.moved[sent.transaction] = Moved(giving, taking, amount, between_people=True)
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
        if number in self.books.reversed:
            expected, amount = "already_reversed", D(1)
        elif amount == 0:
            return
        elif amount > one.rest:
            expected = "more_than_the_rest"
        else:
            mine = self.books.refuses(one.taking, None, amount)
            theirs = self.books.refuses(None, one.giving, amount)
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
            self.books.move(one.taking, one.giving, amount)
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
        mine = self.books.refuses(giving, None, amount)
        theirs = self.books.refuses(None, taking, amount) if taking is not None else None
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
        mine = "account_frozen" if self.books.status[one.giving] == "frozen" else None
        theirs = "account_closed" if one.taking is not None and self.books.status[one.taking] == "closed" else None
        if part > one.amount:
            expected = "more_than_held"
        elif one.between_people:
            expected = ("payee_unavailable" if theirs else None) or mine
        else:
            expected = (mine or theirs) if one.taking is None or one.giving < one.taking else (theirs or mine)
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
                booked=DAY,
            ),
        )
        if done is None:
            return None
        self.books.move(one.giving, one.taking, part)
        one.amount -= part
        if last or one.amount == 0:
            del self.books.waiting[number]
            self.books.ended[number] = "settled"
        self.books.moved[done.transaction] = Moved(one.giving, one.taking, part, one.between_people)
        return done.transaction

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
                assert len({row.id for row in shown}) == len(shown)
                assert not {row.id for row in shown} & self.books.reversed


def test_any_order_of_steps_agrees_with_plain_double_entry(person, money_rows):
    class Here(Ledger):
        world = (person, money_rows)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            # A step takes as long as a database does: shrinking would run for minutes to save a reader some lines.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
