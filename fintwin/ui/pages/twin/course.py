"""The line of money from its past into its futures, as points of a chart."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from fintwin.cashflow.cadence import add_months
from fintwin.ledger.result import Point
from fintwin.projection.exact import Line
from fintwin.projection.outcomes import Fan, Outcome, shown_months
from fintwin.projection.snapshot import Snapshot
from fintwin.twin.scenario import (
    Event,
    Scenario,
)
from fintwin.twin.simulation import Lines
from fintwin.ui.components.plot import Moment


@dataclass(frozen=True, slots=True)
class Pin:
    """An event on the line of time under the chart; `left` is a length in CSS."""

    text: str = ""
    left: str = ""
    on: bool = True


def moments(
    past: Sequence[Point],
    lines: Lines,
    outcome: tuple[Outcome, Outcome] | None,
    *,
    snapshot: Snapshot,
    cash: bool,
    real: bool,
    changed: bool,
) -> list[Moment]:
    """The chart's days, evenly spaced: booked ones, then the months ahead with straight lines between their ends.

    Without an outcome (baseline, scenario) the exact lines stand for the likely ones, and there are no bands.
    """
    if outcome is None:
        after, before = (_along(line, cash=cash, real=real) for line in (lines.scenario, lines.baseline))
        ends = [
            Moment(add_months(snapshot.as_of, month + 1), likely=after[month + 1], baseline=before[month + 1])
            for month in shown_months(len(after) - 1)
        ]
    else:
        fans = [one.cash if cash else one.worth for one in outcome]
        ends = _fanned(fans[1], fans[0], outcome[1].months, snapshot)
    if not changed:
        ends = [replace(moment, baseline=None) for moment in ends]
    now = lines.baseline.cash[0] if cash else lines.baseline.worth[0]
    today = Moment(
        snapshot.as_of,
        booked=now,
        likely=now,
        baseline=now if changed else None,
        half=(now, now) if outcome else None,
        most=(now, now) if outcome else None,
    )
    between = next((parts for most, parts in _PARTS if len(ends) <= most), 1)
    ahead = [today, *(moment for pair in pairwise([today, *ends]) for moment in _between(*pair, between))]
    gap = max((ends[-1].day - snapshot.as_of).days / (len(ahead) - 1), 1.0)
    return [*_thinned(past, snapshot.as_of, gap), *ahead]


_PARTS = ((3, 16), (12, 8), (24, 4), (60, 2))
"""Up to so many months ahead, so many straight parts each."""


def _between(start: Moment, end: Moment, parts: int) -> list[Moment]:
    """The points of a straight line from one moment (left out) to the next."""
    days = (end.day - start.day).days
    found = []
    for part in range(1, parts):
        share = Decimal(part) / parts
        found.append(
            Moment(
                start.day + timedelta(days=round(days * part / parts)),
                likely=_mixed(start.likely, end.likely, share),
                baseline=_mixed(start.baseline, end.baseline, share),
                half=_mixed_pair(start.half, end.half, share),
                most=_mixed_pair(start.most, end.most, share),
            )
        )
    return [*found, end]


def _mixed(start: Decimal | None, end: Decimal | None, share: Decimal) -> Decimal | None:
    return None if start is None or end is None else start + (end - start) * share


def _mixed_pair(
    start: tuple[Decimal, Decimal] | None, end: tuple[Decimal, Decimal] | None, share: Decimal
) -> tuple[Decimal, Decimal] | None:
    if start is None or end is None:
        return None
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def pins(scenario: Scenario, *, days: Sequence[date]) -> list[Pin]:
    """Where events lie under the chart, whose days these are; those of one place share a pin."""
    at: dict[int, list[Event]] = {}
    for event in scenario.events:
        if event.start <= days[-1]:
            at.setdefault(bisect_left(days, event.start), []).append(event)
    last = max(len(days) - 1, 1)
    return [
        Pin(
            ", ".join(event.title for event in events),
            f"{100 * place / last:.1f}%",
            any(event.on for event in events),
        )
        for place, events in sorted(at.items())
    ]


def _along(line: Line, *, cash: bool, real: bool) -> tuple[Decimal, ...]:
    values = line.cash if cash else line.worth
    return tuple(value / level if real else value for value, level in zip(values, line.index, strict=True))


def _fanned(fan: Fan, baseline: Fan, months: Sequence[int], snapshot: Snapshot) -> list[Moment]:
    def money(of: Fan, level: float, place: int) -> Decimal:
        return Decimal(repr(round(of.level(level)[place], 2)))

    return [
        Moment(
            add_months(snapshot.as_of, month + 1),
            likely=money(fan, 0.5, place),
            baseline=money(baseline, 0.5, place),
            half=(money(fan, 0.25, place), money(fan, 0.75, place)),
            most=(money(fan, 0.10, place), money(fan, 0.90, place)),
        )
        for place, month in enumerate(months)
    ]


def _thinned(past: Sequence[Point], until: date, gap: float) -> list[Moment]:
    """Booked days before a date, so many days apart."""
    found: list[Moment] = []
    step = 1
    for point in reversed(past):
        if (until - point.day).days >= step * gap:
            found.append(Moment(point.day, booked=point.balance))
            step = int((until - point.day).days / gap) + 1
    return found[::-1]


def past_begin(snapshot: Snapshot, months: int) -> date:
    """How far back the chart looks: half as far as ahead, three months to two years."""
    return add_months(snapshot.as_of, -max(3, min(24, months // 2))) + timedelta(days=1)
