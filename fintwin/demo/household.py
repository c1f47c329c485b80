"""Two years of a family's money, made from a seed: the same seed, day and currency give the same life.

Pure: plain values in and out. Nothing is drawn that an account could not bear, and nothing lies after `today`.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from fintwin.demo import story
from fintwin.demo.prices import even, price
from fintwin.demo.story import BEN, MAYA
from fintwin.kernel.money import Currency, rounded
from fintwin.payments.standing import equal_parts

MONTHS = 24
OUTSIDE = ""
"""Instead of an account's key: the world."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account to open, with what is in it on the day before the story (debit-positive)."""

    key: str
    name: str
    type: str
    custody: str
    opening: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    """Money of one adult, from one of their accounts to another or to or from outside."""

    adult: int
    booked: date
    amount: Decimal
    giving: str
    taking: str
    payee: str = ""
    category: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """From one adult's wallet to the other's."""

    payer: int
    booked: date
    amount: Decimal
    description: str
    category: str
    instalment: bool = False
    """Whether it is one part of the household's `Instalments`."""


@dataclass(frozen=True, slots=True)
class Instalments:
    """A total that one adult pays into the other's wallet in equal parts."""

    payer: int
    total: Decimal
    parts: int
    description: str


@dataclass(frozen=True, slots=True)
class Request:
    """What one adult asks of the other, who has not answered yet."""

    asker: int
    amount: Decimal
    message: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """What goes on from month to month, the first time after today."""

    adult: int
    starts: date
    amount: Decimal
    giving: str
    taking: str
    """An own account; OUTSIDE: the payee, or without one the other adult's wallet."""
    description: str = ""
    category: str = ""
    payee: str = ""
    back: bool = False
    """Whether a day that is no working day gives way to the one before, not the one after."""


@dataclass(frozen=True, slots=True)
class Household:
    """Two adults, each with accounts and movements in booking order, and what is paid and asked between them."""

    currency: Currency
    since: date
    names: tuple[str, str]
    accounts: tuple[tuple[Account, ...], tuple[Account, ...]]
    movements: tuple[tuple[Movement, ...], tuple[Movement, ...]]
    payments: tuple[Payment, ...]
    instalments: Instalments
    request: Request
    schedules: tuple[Schedule, ...]


def household(*, seed: int, today: date, currency: Currency) -> Household:
    """The whole story up to and including today."""
    life = _Life(seed, today, currency)
    made = [
        *life.salaries(),
        *life.bills(),
        *life.habits(),
        *life.occasions(),
        *life.loan(),
        *life.fund(),
    ]
    made += life.card(made)
    made += life.rent_shares()
    # Wallets leave out what they cannot bear, so savings come after: they must see what is really left.
    made, payments = life.wallets(made)
    made += life.savings(made)
    made.sort(key=lambda one: (one.booked, one.adult))
    return Household(
        currency,
        life.since,
        story.NAMES,
        (life.accounts(MAYA), life.accounts(BEN)),
        (tuple(m for m in made if m.adult == MAYA), tuple(m for m in made if m.adult == BEN)),
        tuple(payments),
        life.instalments(),
        life.request(),
        life.schedules(),
    )


class _Life:
    """One seed, one day, one currency."""

    def __init__(self, seed: int, today: date, currency: Currency) -> None:
        self.seed = seed
        self.today = today
        self.currency = currency
        self.since = _months_before(today.replace(day=1), MONTHS)
        self.months = [_months_before(today.replace(day=1), MONTHS - n) for n in range(MONTHS + 1)]

    def accounts(self, adult: int) -> tuple[Account, ...]:
        return tuple(
            Account(p.key, p.name, p.type, p.custody, self.signed(p.opening)) for p in story.PLACES if p.adult == adult
        )

    def signed(self, euros: Decimal) -> Decimal:
        if not euros:
            return Decimal(0)
        return self.price(abs(euros)).copy_sign(euros)

    def price(self, euros: Decimal) -> Decimal:
        return price(euros, to=self.currency)

    def even(self, euros: Decimal) -> Decimal:
        return even(euros, to=self.currency)

    def dice(self, *strand: object) -> Random:
        """Randomness of a strand's own, so that a new strand leaves the others as they were."""
        return Random(":".join(map(str, (self.seed, *strand))))  # noqa: S311  a story, not a secret

    def told(self, day: date) -> bool:
        return self.since <= day <= self.today

    def salaries(self) -> Iterator[Movement]:
        for adult, employer, net, day in story.SALARIES:
            for month in self.months:
                booked = _business_day(_on(month, day), back=True)
                amount = self.even(net * (1 + story.RAISE) ** (month.year - self.since.year))
                if self.told(booked):
                    yield Movement(adult, booked, amount, OUTSIDE, "checking", employer, "salary", "Salary")
                    if (adult, employer) == story.BONUS[:2] and month.month == 11:
                        bonus = self.even(story.BONUS[2])
                        yield Movement(adult, booked, bonus, OUTSIDE, "checking", employer, "salary", "Year-end bonus")
        adult, office, amount, day = story.CHILD_BENEFIT
        for month in self.months:
            booked = _business_day(_on(month, day))
            if self.told(booked):
                yield Movement(
                    adult, booked, self.even(amount), OUTSIDE, "checking", office, "benefits", "Child benefit"
                )

    def bills(self) -> Iterator[Movement]:
        for bill in story.BILLS:
            dice = self.dice("bill", bill.adult, bill.payee, bill.day)
            for month in self.months:
                weight = bill.season[month.month - 1] * (1 + dice.uniform(-bill.noise, bill.noise))
                rise = (1 + bill.rise) ** (month.year - self.since.year)
                booked = _business_day(_on(month, bill.day))
                if month.month in bill.months and self.told(booked):
                    amount = self.price(bill.amount * rise * _plain(weight))
                    yield Movement(bill.adult, booked, amount, bill.account, OUTSIDE, bill.payee, bill.category)

    def habits(self) -> Iterator[Movement]:
        days = [self.since + timedelta(days=n) for n in range((self.today - self.since).days + 1)]
        for habit in story.HABITS:
            dice = self.dice("habit", habit.adult, *habit.payees, habit.category)
            chance = habit.weekly / len(habit.weekdays)
            for day in days:
                low, typical, high = (int(value * 100) for value in (habit.low, habit.typical, habit.high))
                cents = Decimal(round(dice.triangular(low, high, typical)))
                bought, payee = dice.random() < chance, dice.choice(habit.payees)
                if bought and day.weekday() in habit.weekdays:
                    dearer = _plain((1 + story.INFLATION) ** ((day - self.since).days / 365))
                    amount = self.price(cents / 100 * dearer)
                    yield Movement(habit.adult, day, amount, habit.account, OUTSIDE, payee, habit.category)

    def occasions(self) -> Iterator[Movement]:
        for one in story.OCCASIONS:
            dice = self.dice("occasion", one.adult, one.payee, one.month, one.day)
            for year in range(self.since.year, self.today.year + 1):
                booked = _business_day(date(year, one.month, one.day) + timedelta(days=dice.randint(-3, 3)))
                amount = self.price(one.amount * _plain(dice.uniform(0.88, 1.14)))
                if self.told(booked):
                    giving, taking = (OUTSIDE, one.account) if one.income else (one.account, OUTSIDE)
                    yield Movement(one.adult, booked, amount, giving, taking, one.payee, one.category)
        adult, account, payee, category, after, euros = story.BREAKDOWN
        broken = self.months[after] + timedelta(days=self.dice("breakdown").randint(3, 20))
        yield Movement(adult, broken, self.price(euros), account, OUTSIDE, payee, category, "Washing machine")

    def loan(self) -> Iterator[Movement]:
        """Each instalment in its two parts: interest is spent, the rest moves what is owed towards zero."""
        [place] = [p for p in story.PLACES if p.key == "loan"]
        owed = self.price(-place.opening)
        instalment = self.even(story.LOAN_INSTALMENT)
        for month in self.months:
            booked = _business_day(_on(month, 15))
            if not self.told(booked) or not owed:
                continue
            interest = rounded(owed * story.LOAN_RATE / 12, to=self.currency)
            repaid = min(instalment - interest, owed)
            owed -= repaid
            bank = story.LOAN_PAYEE
            yield Movement(MAYA, booked, interest, "checking", OUTSIDE, bank, "fees", "Car loan, interest")
            yield Movement(MAYA, booked, repaid, "checking", "loan", bank, "", "Car loan, repayment")

    def fund(self) -> Iterator[Movement]:
        [place] = [p for p in story.PLACES if p.key == "fund"]
        worth = self.price(place.opening)
        for month in self.months:
            booked = _business_day(_on(month, 3))
            if not self.told(booked):
                continue
            monthly = self.even(story.INVESTED)
            worth += monthly
            yield Movement(MAYA, booked, monthly, "checking", "fund", "", "", "Savings plan")
            paid = _business_day(_on(month, 22))
            if month.month in (3, 6, 9, 12) and self.told(paid):
                dividend = rounded(worth * story.DIVIDEND_YIELD / 4, to=self.currency)
                worth += dividend
                yield Movement(MAYA, paid, dividend, OUTSIDE, "fund", "World index fund", "interest", "Dividend")

    def card(self, made: Iterable[Movement]) -> list[Movement]:
        """On the fifth the card's balance at the end of the month before is paid in full."""
        spent = sorted((m for m in made if m.giving == "card"), key=lambda m: m.booked)
        [place] = [p for p in story.PLACES if p.key == "card"]
        open_amount = self.price(-place.opening)
        settled: list[Movement] = []
        begin = date.min
        for month in self.months:
            owed = sum((m.amount for m in spent if begin <= m.booked < month), open_amount)
            booked = _business_day(_on(month, 5))
            if not self.told(booked):
                break
            if owed:
                settled.append(Movement(MAYA, booked, owed, "checking", "card", "", "", "Credit card, in full"))
            open_amount, begin = Decimal(0), month
        return settled

    def rent_shares(self) -> list[Movement]:
        """Ben fills his wallet for his half; Maya takes it from hers to where the rent is paid from."""
        share = self.even(story.RENT_SHARE)
        small = self.even(story.POCKET)
        made = []
        for month in self.months:
            filled, moved = _business_day(_on(month, 2)), _business_day(_on(month, 4))
            if self.told(filled):
                made.append(Movement(BEN, filled, share + small, "checking", "wallet", "", "", "To the wallet"))
            if self.told(moved):
                made.append(Movement(MAYA, moved, share - small, "wallet", "checking", "", "", "Rent share"))
        more = self.even(story.TRAILER_FILLED)
        made += [
            Movement(MAYA, day - timedelta(days=1), more, "checking", "wallet", "", "", "To the wallet")
            for day in self.instalment_days()
        ]
        return made

    def instalments(self) -> Instalments:
        what, _, euros, parts = story.TRAILER
        return Instalments(MAYA, self.even(euros), parts, what)

    def instalment_days(self) -> list[date]:
        return [day for month in self.months if self.told(day := _on(month, 12))][-story.TRAILER_PAID :]

    def request(self) -> Request:
        asker, message, euros = story.ASKED
        return Request(asker, self.price(euros), message)

    def schedules(self) -> tuple[Schedule, ...]:
        """Maya's salary and rent, and the round of the rent as the wallets know it, from the next time that is not told."""
        share, small = self.even(story.RENT_SHARE), self.even(story.POCKET)
        (_, employer, net, day), rent = story.SALARIES[MAYA], story.BILLS[0]
        paid, housed = self._next(day, back=True), self._next(rent.day)
        salary = self.even(net * (1 + story.RAISE) ** (paid.year - self.since.year))
        dearer = self.price(rent.amount * (1 + rent.rise) ** (housed.year - self.since.year))
        return (
            Schedule(MAYA, paid, salary, OUTSIDE, "checking", "Salary", "salary", employer, back=True),
            Schedule(MAYA, housed, dearer, rent.account, OUTSIDE, "", rent.category, rent.payee),
            Schedule(MAYA, self._next(4), share - small, "wallet", "checking", "Rent share"),
            Schedule(BEN, self._next(2), share + small, "checking", "wallet", "To the wallet"),
            Schedule(BEN, self._next(3), share, "wallet", OUTSIDE, "Rent, my half", "housing"),
        )

    def _next(self, day: int, *, back: bool = False) -> date:
        """The day of this month where it and its booking lie ahead, else of the next."""
        due = _on(self.today, day)
        if due >= self.today and _business_day(due, back=back) > self.today:
            return due
        return _on(_months_before(self.today.replace(day=1), -1), day)

    def savings(self, made: Iterable[Movement]) -> list[Movement]:
        """To savings what is over near the end of a month, back from them before a tight day; interest quarterly."""
        made = list(made)
        return [one for adult in (MAYA, BEN) for one in self._savings(adult, [m for m in made if m.adult == adult])]

    def _savings(self, adult: int, made: list[Movement]) -> Iterator[Movement]:
        opening = {p.key: self.signed(p.opening) for p in story.PLACES if p.adult == adult}
        balance, kept = opening["checking"], opening["savings"]
        gained: dict[date, Decimal] = defaultdict(Decimal)
        spent: dict[date, Decimal] = defaultdict(Decimal)
        for one in made:
            if one.taking == "checking":
                gained[one.booked] += one.amount
            if one.giving == "checking":
                spent[one.booked] += one.amount
        least, drawn, cushion = (self.price(x) for x in (story.LEAST, story.DRAWN, story.CUSHION[adult]))
        wish = self.even(story.SAVED[adult])
        day = self.since
        while day <= self.today:
            balance -= spent[day]
            if balance < least:
                amount = min(kept, drawn * (1 + (least - balance) // drawn))
                balance, kept = balance + amount, kept - amount
                before = max(day - timedelta(days=1), self.since)
                yield Movement(adult, before, amount, "savings", "checking", "", "", "From savings")
            balance += gained[day]
            if day == _business_day(_on(day, 28)) and balance - wish >= cushion:
                balance, kept = balance - wish, kept + wish
                yield Movement(adult, day, wish, "checking", "savings", "", "", "To savings")
            if day == _on(day, 31) and day.month in (3, 6, 9, 12):
                interest = rounded(kept * story.SAVINGS_RATE / 4, to=self.currency)
                kept += interest
                yield Movement(adult, day, interest, OUTSIDE, "savings", "", "interest", "Interest")
            day += timedelta(days=1)

    def wallets(self, made: list[Movement]) -> tuple[list[Movement], list[Payment]]:
        """Play the wallets day by day; what one cannot bear is left out, since a held account has a floor."""
        share = self.even(story.RENT_SHARE)
        payments = [
            Payment(BEN, _business_day(_on(month, 3)), share, "Rent, my half", "housing") for month in self.months
        ]
        for number, month in enumerate(self.months):
            dice = self.dice("favour", number)
            payer, what, category, euros = dice.choice(story.FAVOURS)
            payments.append(
                Payment(payer, month + timedelta(days=dice.randint(8, 26)), self.price(euros), what, category)
            )
        what, category, euros, parts = story.TRAILER
        part = equal_parts(self.even(euros), parts, of=self.currency)[0]
        payments += [Payment(MAYA, day, part, what, category, instalment=True) for day in self.instalment_days()]
        steps: list[Movement | Payment] = [m for m in made if "wallet" in (m.giving, m.taking)]
        steps += [p for p in payments if self.told(p.booked)]
        # On one day: fill, pay, then take out.
        steps.sort(key=lambda s: (s.booked, 1 if isinstance(s, Payment) else 0 if s.taking == "wallet" else 2))
        held = {MAYA: Decimal(0), BEN: Decimal(0)}
        paid: list[Payment] = []
        dropped: set[int] = set()
        for step in steps:
            if isinstance(step, Payment):
                if held[step.payer] >= step.amount:
                    held[step.payer] -= step.amount
                    held[1 - step.payer] += step.amount
                    paid.append(step)
            elif step.taking == "wallet":
                held[step.adult] += step.amount
            elif held[step.adult] >= step.amount:
                held[step.adult] -= step.amount
            else:
                dropped.add(id(step))
        return [m for m in made if id(m) not in dropped], paid


def _months_before(first: date, months: int) -> date:
    whole = first.year * 12 + first.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


def _on(month: date, day: int) -> date:
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def _business_day(day: date, *, back: bool = False) -> date:
    """The day itself, or the next working day (the one before, for salaries)."""
    while day.weekday() >= 5:
        day += timedelta(days=-1 if back else 1)
    return day


def _plain(ratio: float) -> Decimal:
    """A ratio of the story's randomness as an exact number of four decimals."""
    return Decimal(round(ratio * 10_000)) / 10_000
