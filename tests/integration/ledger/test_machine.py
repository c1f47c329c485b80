"""Any order of steps leaves the books as a small ledger in plain Python says; a refused step changes no row."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal as D

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fintwin.db.work import system_work, work
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, register, result, service, verify
from fintwin.ledger.posting import Item, Kind

EUR = currency("EUR")
DAY = date(2026, 3, 2)
CENTS = st.integers(1, 20_000).map(lambda cents: D(cents) / 100)


@dataclass
class Books:
    """The whole of double entry that these steps need: balances by account, movements to take back, keys."""

    balances: dict[int, D] = field(default_factory=dict)
    held: dict[int, bool] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    entries: dict[int, int] = field(default_factory=dict)
    moved: dict[int, tuple[int | None, int | None, D, bool]] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)

    def refuses(self, giving: int | None, taking: int | None, amount: D) -> str | None:
        if giving == taking:
            return "same_account"
        if giving is not None:
            if self.status[giving] == "closed":
                return "account_closed"
            if self.status[giving] == "frozen":
                return "account_frozen"
            if self.held[giving] and self.balances[giving] < amount:
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

    @initialize()
    def begin(self):
        self.person, self.money_rows = self.world
        self.people = [self.person("Maya"), self.person("Omar")]
        self.books = Books()
        self.numbers: dict[int, str] = {}
        self.keys = 0

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
        self.books.moved[answer.transaction] = (giving, taking, amount, True)
        return answer.transaction

    @rule(giving=accounts_, taking=accounts_, amount=CENTS)
    def between_people(self, giving, taking, amount):
        if not self.books.held[taking]:
            return
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
        if sent is not None:
            self.books.move(giving, taking, amount)
            self.books.moved[sent.transaction] = (giving, taking, amount, False)

    @rule(number=booked)
    def take_back(self, number):
        if number is None:
            return
        giving, taking, amount, _ = self.books.moved[number]
        who = self.who(giving or taking)
        expected = "already_reversed" if number in self.books.reversed else self.books.refuses(taking, giving, amount)
        back = self.attempt(
            who, expected, lambda session: service.reverse(session, who, transaction=number, key=self.key())
        )
        if back is not None:
            self.books.move(taking, giving, amount)
            self.books.reversed.add(number)

    @rule(account=accounts_, change=st.sampled_from(["freeze", "unfreeze", "close", "reopen"]))
    def change_status(self, account, change):
        who = self.who(account)
        now = self.books.status[account]
        expected, then = None, {"freeze": "frozen", "unfreeze": "active", "close": "closed", "reopen": now}[change]
        if change in {"freeze", "unfreeze"} and now == "closed":
            expected = "account_closed"
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
        with system_work() as session:
            assert verify.run(session) == []
        for who in self.people:
            with work(who.person, read_only=True) as session:
                seen = {one.id: one for one in accounts.accounts(session, who, closed=True)}
                assert {one: seen[one].posted for one in seen} == {
                    one: balance for one, balance in self.books.balances.items() if self.books.owners[one] == who.person
                }
                for one, view in seen.items():
                    assert view.version == self.books.entries[one]
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
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
