"""One question to the twin, answered whole: both fans, both lines, what differs and why."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from threading import Event as Flag

from fintwin.cashflow.cadence import add_months
from fintwin.kernel.errors import Invalid
from fintwin.projection import exact
from fintwin.projection.compile import LONGEST, compiled
from fintwin.projection.engine import Engine
from fintwin.projection.exact import Line
from fintwin.projection.question import MOST_PATHS, PATHS, Amount, Project
from fintwin.projection.reduce import Outcome
from fintwin.projection.snapshot import Kind, Snapshot
from fintwin.twin import headline
from fintwin.twin.comparison import Comparison, compared
from fintwin.twin.explanation import Reason, reasons
from fintwin.twin.scenario import LARGEST, Deposit, Event, RecurringExpense, Scenario, Withdrawal, checked

WIDEST = 10_000
"""How many times the amounts looked at first a search for the safe amount goes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a scenario is looked at. `limit` is in today's money, whatever `real` says of the answer."""

    months: int = 60
    seed: int = 7
    paths: int = PATHS
    limit: Decimal = Decimal(0)
    real: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.months <= LONGEST:
            raise Invalid("Look ahead 1 month to 40 years.", code="out_of_bounds", field="months")
        if not 0 <= self.seed < 2**31:
            raise Invalid("A seed is a number from 0 to 2147483647.", code="out_of_bounds", field="seed")
        if not 100 <= self.paths <= MOST_PATHS or self.paths % 2:
            raise Invalid("Choose 100 to 20,000 futures, an even number.", code="out_of_bounds", field="paths")
        if not self.limit.is_finite() or not 0 <= self.limit < Decimal(10) ** 12:
            raise Invalid("The limit is zero or more.", code="out_of_bounds", field="limit")


@dataclass(frozen=True, slots=True)
class Lines:
    """The deterministic courses with and without the scenario, and why they differ at the end."""

    baseline: Line
    scenario: Line
    reasons: tuple[Reason, ...]
    difference: Decimal


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the engine's futures say; `engine` names the versions they were made with."""

    baseline: Outcome
    scenario: Outcome
    comparison: Comparison
    engine: str


def lines(snapshot: Snapshot, scenario: Scenario, settings: Settings) -> Lines:
    """The exact lines, at once and without the engine.

    Raises:
        Invalid: an event lies outside the horizon's bounds.
    """
    checked(scenario, as_of=snapshot.as_of)
    before = exact.run(compiled(snapshot, months=settings.months))
    changes = scenario.changes(snapshot)
    after = exact.run(compiled(snapshot, months=settings.months, changes=changes))
    named, total = reasons(before, after, scenario=scenario, snapshot=snapshot, real=settings.real)
    return Lines(before, after, named, total)


def simulate(
    engine: Engine, snapshot: Snapshot, scenario: Scenario, settings: Settings, *, cancelled: Flag | None = None
) -> Simulation:
    """Both fans over the same shocks.

    Raises:
        Invalid: an event lies outside the horizon's bounds.
        Busy, Conflict: as `Engine.project`.
    """
    checked(scenario, as_of=snapshot.as_of)
    plain = question(snapshot, Scenario(), settings)
    baseline = engine.project(plain, cancelled=cancelled)
    after = baseline
    if scenario.counted:
        after = engine.project(replace(plain, changes=scenario.changes(snapshot)), cancelled=cancelled)
    return Simulation(
        baseline=baseline.outcome,
        scenario=after.outcome,
        comparison=compared(baseline.outcome, after.outcome, snapshot=snapshot),
        engine=after.engine,
    )


def question(snapshot: Snapshot, scenario: Scenario, settings: Settings) -> Project:
    """What is asked of the engine for one side."""
    return Project(
        snapshot,
        months=settings.months,
        changes=scenario.changes(snapshot),
        seed=settings.seed,
        paths=settings.paths,
        real=settings.real,
        limit=settings.limit,
    )


def safe_amount(
    engine: Engine,
    snapshot: Snapshot,
    scenario: Scenario,
    settings: Settings,
    *,
    place: int,
    cancelled: Flag | None = None,
) -> tuple[Event, Amount] | None:
    """The safe size of the event at a place, with the event.

    What is looked at grows while its largest amount is not the limit yet, up to `WIDEST` times what it began with.
    None where the event has no safe size, or where everyday spending is not known, so that none can be told.
    """
    if not snapshot.rest.known:
        return None
    event = scenario.events[place]
    asked = headline.question(
        snapshot,
        scenario,
        place=place,
        months=settings.months,
        seed=settings.seed,
        paths=settings.paths,
        limit=settings.limit,
        largest=largest(snapshot, event),
    )
    if asked is None:
        return None
    found = engine.solve(asked, cancelled=cancelled)
    if isinstance(event, (Withdrawal, Deposit, RecurringExpense)):
        end = min(asked.most * WIDEST, LARGEST)
        while asked.most < end and (found.at_least or (found.amount is None and not asked.rising)):
            asked = replace(asked, most=min(asked.most * 10, end))
            found = engine.solve(asked, cancelled=cancelled)
    return event, found


def largest(snapshot: Snapshot, event: Event) -> Decimal:
    """The most that the solver looks at to begin with: twice what is owned, or twice the event, in a round number."""
    owned = sum(
        (account.balance or Decimal(0) for account in snapshot.accounts if account.kind is not Kind.LOAN), Decimal(0)
    )
    return round_up(max(owned * 2, event.size * 2, Decimal(1000)))


def round_up(amount: Decimal) -> Decimal:
    """The next amount of one digit 1, 2 or 5 and zeros."""
    power = Decimal(1).scaleb(amount.adjusted())
    return next(power * step for step in (Decimal(1), Decimal(2), Decimal(5), Decimal(10)) if power * step >= amount)


def end(snapshot: Snapshot, settings: Settings) -> date:
    """The last date that is looked at."""
    return add_months(snapshot.as_of, settings.months)
