"""Scenarios: events that are laid on a snapshot, stacked and dated. Values only; nothing here reaches the books."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from fintwin.cashflow.cadence import Cadence, add_months
from fintwin.cashflow.recurring import monthly
from fintwin.kernel.errors import Invalid
from fintwin.projection.compile import LONGEST, Changes, Flow, Growth, Move, RateShift, together
from fintwin.projection.plain import from_plain, plain
from fintwin.projection.snapshot import Kind, Snapshot

LARGEST = Decimal("1000000000000")
MOST_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Event(ABC):
    """Something that might happen from a date on; `on` says whether it is counted."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    noun: ClassVar[str] = ""
    """How a sentence calls it."""
    start: date
    on: bool = True

    @abstractmethod
    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        """What it does to the books' course."""

    @property
    @abstractmethod
    def size(self) -> Decimal:
        """The number that a slider moves."""

    @abstractmethod
    def sized(self, size: Decimal) -> "Event":
        """The same event with another size."""


@dataclass(frozen=True, slots=True)
class RateChange(Event):
    """Interest rates of savings, cards and loans rise or fall by some points (0.01: one point)."""

    kind: ClassVar[str] = "rate_change"
    title: ClassVar[str] = "Rate change"
    noun: ClassVar[str] = "the rate change"
    points: Decimal = Decimal("0.01")
    savings: bool = True
    credit: bool = True
    loans: bool = True

    def __post_init__(self) -> None:
        _bounded(self.points, Decimal("-0.2"), Decimal("0.2"), "The change is between −20 and +20 points.", "points")

    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        chosen = ((Kind.SAVINGS, self.savings), (Kind.CREDIT, self.credit), (Kind.LOAN, self.loans))
        kinds = tuple(kind for kind, wanted in chosen if wanted)
        return Changes(rates=(RateShift(cause, self.points, self.start, kinds),))

    @property
    def size(self) -> Decimal:
        return self.points

    def sized(self, size: Decimal) -> "RateChange":
        return replace(self, points=size)


@dataclass(frozen=True, slots=True)
class Withdrawal(Event):
    """Much money leaves at once."""

    kind: ClassVar[str] = "withdrawal"
    title: ClassVar[str] = "Big withdrawal"
    noun: ClassVar[str] = "the big withdrawal"
    amount: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        _money(self.amount, "amount")

    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        return Changes(flows=(Flow(cause, -self.amount, self.start),))

    @property
    def size(self) -> Decimal:
        return self.amount

    def sized(self, size: Decimal) -> "Withdrawal":
        return replace(self, amount=size)


@dataclass(frozen=True, slots=True)
class Deposit(Event):
    """Money comes in once."""

    kind: ClassVar[str] = "deposit"
    title: ClassVar[str] = "Deposit"
    noun: ClassVar[str] = "the deposit"
    amount: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        _money(self.amount, "amount")

    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        return Changes(flows=(Flow(cause, self.amount, self.start),))

    @property
    def size(self) -> Decimal:
        return self.amount

    def sized(self, size: Decimal) -> "Deposit":
        return replace(self, amount=size)


@dataclass(frozen=True, slots=True)
class RecurringExpense(Event):
    """A new payment that comes back until a date (None: for good), growing with prices or not."""

    kind: ClassVar[str] = "recurring_expense"
    title: ClassVar[str] = "New expense"
    noun: ClassVar[str] = "the new expense"
    amount: Decimal = Decimal(0)
    every: Cadence = Cadence.MONTH
    until: date | None = None
    indexed: bool = True

    def __post_init__(self) -> None:
        _money(self.amount, "amount")
        if self.until is not None and self.until < self.start:
            raise Invalid("It ends before it begins.", code="bad_dates", field="until")

    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        return Changes(flows=(Flow(cause, -self.amount, self.start, self.every, self.until, self.indexed),))

    @property
    def size(self) -> Decimal:
        return self.amount

    def sized(self, size: Decimal) -> "RecurringExpense":
        return replace(self, amount=size)


@dataclass(frozen=True, slots=True)
class InvestmentGrowth(Event):
    """Investments grow at another rate a year; some money is invested once, some each month."""

    kind: ClassVar[str] = "investment_growth"
    title: ClassVar[str] = "Invest"
    noun: ClassVar[str] = "the investment"
    amount: Decimal = Decimal(0)
    each_month: Decimal = Decimal(0)
    growth: Decimal = Decimal("0.06")

    def __post_init__(self) -> None:
        _money(self.amount, "amount")
        _money(self.each_month, "each_month")
        _bounded(self.growth, Decimal("-0.5"), Decimal("0.5"), "Growth is between −50 and +50 % a year.", "growth")

    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        return Changes(
            growths=(Growth(cause, self.growth, self.start),),
            moves=(
                Move(cause, self.amount, self.start, Kind.INVESTMENT),
                Move(cause, self.each_month, self.start, Kind.INVESTMENT, monthly=True),
            ),
        )

    @property
    def size(self) -> Decimal:
        return self.amount

    def sized(self, size: Decimal) -> "InvestmentGrowth":
        return replace(self, amount=size)


@dataclass(frozen=True, slots=True)
class EmergencyFund(Event):
    """Some money is put aside each month until savings hold so many months of spending."""

    kind: ClassVar[str] = "emergency_fund"
    title: ClassVar[str] = "Emergency fund"
    noun: ClassVar[str] = "the emergency fund"
    amount: Decimal = Decimal(0)
    cover: int = 3

    def __post_init__(self) -> None:
        _money(self.amount, "amount")
        _bounded(Decimal(self.cover), Decimal(1), Decimal(36), "A fund covers 1 to 36 months.", "cover")

    def changes(self, snapshot: Snapshot, cause: str) -> Changes:
        target = self.cover * monthly_spending(snapshot)
        if not target:
            return Changes()
        return Changes(moves=(Move(cause, self.amount, self.start, Kind.SAVINGS, monthly=True, target=target),))

    @property
    def size(self) -> Decimal:
        return self.amount

    def sized(self, size: Decimal) -> "EmergencyFund":
        return replace(self, amount=size)


KINDS: Mapping[str, type[Event]] = {
    event.kind: event for event in (RateChange, Withdrawal, Deposit, RecurringExpense, InvestmentGrowth, EmergencyFund)
}
"""The six, by the name they are stored under."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Events in the order in which they were added; each counts by itself and all together."""

    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        if len(self.events) > MOST_EVENTS:
            raise Invalid(f"A scenario has at most {MOST_EVENTS} events.", code="too_many_events")

    @property
    def counted(self) -> tuple[tuple[int, Event], ...]:
        """The events that are on, with their places."""
        return tuple((place, event) for place, event in enumerate(self.events) if event.on)

    def changes(self, snapshot: Snapshot, *, without: int | None = None) -> Changes:
        """What all counted events do, one of them left out where its place is given."""
        return together(*(event.changes(snapshot, cause(place)) for place, event in self.counted if place != without))


def cause(place: int) -> str:
    """How the event at a place is called in a projection's causes."""
    return f"event:{place}"


def checked(scenario: Scenario, *, as_of: date) -> Scenario:
    """The scenario, if each event lies within the longest horizon.

    Raises:
        Invalid: an event begins before the as-of date or after 40 years (`bad_start`).
    """
    last = add_months(as_of, LONGEST)
    for event in scenario.events:
        if not as_of <= event.start <= last:
            raise Invalid("Choose a date within the next 40 years.", code="bad_start", field="start")
    return scenario


def monthly_spending(snapshot: Snapshot) -> Decimal:
    """What leaves in a mean month: streams going out, and the rest where it is known.

    Where more came in than went out in the rest, that is no spending, and it makes the streams no smaller.
    """
    out = -sum((monthly(stream) for stream in snapshot.streams if stream.amount < 0), Decimal(0))
    out += max(-mean_rest(snapshot), Decimal(0))
    return out.quantize(Decimal(1).scaleb(-snapshot.digits))


def mean_rest(snapshot: Snapshot) -> Decimal:
    """What flows in a mean month besides the streams, above zero where more comes in; zero where that is not known."""
    months = snapshot.rest.months if snapshot.rest.known else ()
    return sum(months, Decimal(0)) / len(months) if months else Decimal(0)


def to_plain(scenario: Scenario) -> list[dict[str, Any]]:
    """The scenario as it is stored."""
    return [{"kind": event.kind, **plain(event)} for event in scenario.events]


def read(stored: Sequence[Mapping[str, Any]]) -> Scenario:
    """A scenario as `to_plain` wrote it; a field that a later version added has its default."""
    events = []
    for entry in stored:
        kind = KINDS[entry["kind"]]
        blank = plain(kind(start=date.min))
        names = {field.name for field in fields(kind)}
        events.append(from_plain(kind, blank | {name: value for name, value in entry.items() if name in names}))
    return Scenario(tuple(events))


def _money(amount: Decimal, field: str) -> None:
    _bounded(amount, Decimal(0), LARGEST, "The amount is zero or more, and under a trillion.", field)


def _bounded(value: Decimal, low: Decimal, high: Decimal, sentence: str, field: str) -> None:
    if not value.is_finite() or not low <= value <= high:
        raise Invalid(sentence, code="out_of_bounds", field=field)
