"""One question to the twin, answered whole: both fans, both lines, what differs and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from threading import Event as Flag

from fintwin.cashflow.cadence import add_months
from fintwin.kernel.errors import Invalid
from fintwin.projection import exact
from fintwin.projection.compile import LONGEST, compiled, scaled, together
from fintwin.projection.engine import Engine
from fintwin.projection.exact import Line
from fintwin.projection.outcomes import Outcome
from fintwin.projection.question import MOST_PATHS, PATHS, Amount, Project, Solve
from fintwin.projection.snapshot import Kind, Snapshot
from fintwin.twin import headline
from fintwin.twin.comparison import Comparison, compared
from fintwin.twin.explanation import Reason, reasons
from fintwin.twin.scenario import LARGEST, Event, InvestmentGrowth, RateChange, Scenario, cause, checked

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
    """The deterministic courses with and without the scenario, and why they differ at the end.

    `there` has, for each investment that is larger than what is there for it on its day, how much that is.
    """

    baseline: Line
    scenario: Line
    reasons: tuple[Reason, ...]
    difference: Decimal
    there: Mapping[int, Decimal] = field(default_factory=dict)


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
    there = {}
    for place, event in scenario.counted:
        if isinstance(event, InvestmentGrowth) and cause(place) in after.undone:
            found = investable(snapshot, scenario, settings, place=place)
            if found < event.amount:
                there[place] = found
    return Lines(before, after, named, total, there)


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
    """The safe size of the event at a place, with the event: the same whatever its present size is.

    None where the event has no safe size: it lies beyond what is looked at, more of it does no harm, or everyday
    spending is not known, so that none can be told. Of an investment it is at most what is there to invest, and
    `at_least` then says that this is all of it.
    """
    event, found = scenario.events[place], None
    asked = _search(snapshot, scenario, settings, place=place)
    if asked is None:
        return None
    if isinstance(event, RateChange):
        found = engine.solve(asked, cancelled=cancelled) if _harms(engine, asked, cancelled=cancelled) else None
    elif isinstance(event, InvestmentGrowth):
        found = _refined(engine, asked, engine.solve(asked, cancelled=cancelled), cancelled=cancelled)
    else:
        asked, wide = _widened(engine, asked, cancelled=cancelled)
        found = None if wide.at_least else _refined(engine, asked, wide, cancelled=cancelled)
    return None if found is None else (event, found)


def _search(snapshot: Snapshot, scenario: Scenario, settings: Settings, *, place: int) -> Solve | None:
    """Where the search for the safe size of the event at a place begins: bounds and step come from the books alone."""
    event = scenario.events[place]
    if not snapshot.rest.known or not event.on or event.start > end(snapshot, settings):
        return None
    most = largest(snapshot)
    if isinstance(event, InvestmentGrowth):
        most = investable(snapshot, scenario, settings, place=place).to_integral_value(ROUND_FLOOR)
    asked = headline.question(
        snapshot,
        scenario,
        place=place,
        months=settings.months,
        seed=settings.seed,
        paths=settings.paths,
        limit=settings.limit,
        largest=most,
    )
    if asked is None or not asked.most:
        return None
    # All that is there to invest is looked at first, whole: mostly that is the answer.
    return replace(asked, step=most) if isinstance(event, InvestmentGrowth) else asked


def investable(snapshot: Snapshot, scenario: Scenario, settings: Settings, *, place: int) -> Decimal:
    """How much is there for the investment at a place on its day, on the most likely course."""
    event = scenario.events[place]
    if not isinstance(event, InvestmentGrowth):
        raise ValueError("only an investment takes what is there")
    all_of_it = replace(event, amount=LARGEST, each_month=Decimal(0))
    events = (*scenario.events[:place], all_of_it, *scenario.events[place + 1 :])
    changes = Scenario(events).changes(snapshot)
    line = exact.run(compiled(snapshot, months=settings.months, changes=changes))
    return LARGEST - line.undone.get(cause(place), Decimal(0))


def _harms(engine: Engine, asked: Solve, *, cancelled: Flag | None) -> bool:
    """Whether the most that is looked at makes the chance larger than none of it does."""

    def chance(amount: Decimal) -> float:
        changes = together(asked.changes, scaled(asked.unit, amount))
        one = Project(
            asked.snapshot,
            months=asked.months,
            changes=changes,
            seed=asked.seed,
            paths=asked.paths,
            real=False,
            limit=asked.limit,
        )
        return engine.project(one, cancelled=cancelled).outcome.under.share

    return chance(asked.most) > chance(Decimal(0))


def _widened(engine: Engine, asked: Solve, *, cancelled: Flag | None) -> tuple[Solve, Amount]:
    """An answer that does not end at the search's bound: it grows up to `WIDEST` times while it does."""
    found = engine.solve(asked, cancelled=cancelled)
    bound = min(asked.most * WIDEST, LARGEST)
    while asked.most < bound and (found.at_least or (found.amount is None and not asked.rising)):
        most = min(asked.most * 10, bound)
        asked = replace(asked, most=most, step=headline.step_of(most))
        found = engine.solve(asked, cancelled=cancelled)
    return asked, found


def _refined(engine: Engine, asked: Solve, found: Amount, *, cancelled: Flag | None) -> Amount:
    """The amount to about a thousandth of itself, or to whole units: between it and the next one of a coarser step."""
    while found.amount is not None and not found.at_least and (found.amount or asked.rising):
        finer = headline.step_of(found.amount or asked.step)
        if finer >= asked.step:
            break
        ends = (found.amount, found.amount + asked.step) if asked.rising else (found.amount - asked.step, found.amount)
        asked = replace(asked, least=ends[0], most=ends[1], step=finer)
        found = engine.solve(asked, cancelled=cancelled)
    return found


def largest(snapshot: Snapshot) -> Decimal:
    """The most that the solver looks at to begin with: twice what is owned, in a round number."""
    owned = sum(
        (account.balance or Decimal(0) for account in snapshot.accounts if account.kind is not Kind.LOAN), Decimal(0)
    )
    return round_up(max(owned * 2, Decimal(1000)))


def round_up(amount: Decimal) -> Decimal:
    """The next amount of one digit 1, 2 or 5 and zeros."""
    power = Decimal(1).scaleb(amount.adjusted())
    return next(power * step for step in (Decimal(1), Decimal(2), Decimal(5), Decimal(10)) if power * step >= amount)


def end(snapshot: Snapshot, settings: Settings) -> date:
    """The last date that is looked at."""
    return add_months(snapshot.as_of, settings.months)
