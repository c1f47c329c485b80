"""What a chart of money over time is made of: values in, coordinates and words out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Any

from babel.dates import format_date
from babel.numbers import format_compact_decimal

from fintwin.kernel.money import Currency
from fintwin.kernel.wording import amount_text, date_text

LINES = 4
"""Grid lines at most."""
LABELS = 6
"""Dates on the axis at most; as many as a phone has room for."""
TABLE_ROWS = 40
"""Rows of the table view at most."""

LIKELY = "Most likely"
"""What the dashed line is called, where nothing else is said."""

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_HEADS = {
    "booked": "Booked",
    "likely": LIKELY,
    "baseline": "Without changes",
    "half": "5 of 10 futures",
    "most": "8 of 10 futures",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known about one day; None is not known and leaves a gap."""

    day: date
    booked: Decimal | None = None
    likely: Decimal | None = None
    baseline: Decimal | None = None
    """The path without the scenario's events."""
    half: tuple[Decimal, Decimal] | None = None
    """Low and high; 5 of 10 futures lie between."""
    most: tuple[Decimal, Decimal] | None = None
    """Low and high; 8 of 10 futures lie between."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table view: its day and one text per column."""

    day: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart as state carries it: coordinates for drawing, texts for reading."""

    points: list[dict[str, Any]] = field(default_factory=list)
    """Per day `x` (ISO day, a bar, the axis word), `day`, a number or pair per series, `texts` per series."""
    x_ticks: list[str] = field(default_factory=list)
    y_ticks: list[float] = field(default_factory=list)
    y_texts: dict[str, str] = field(default_factory=dict)
    domain: list[float] = field(default_factory=lambda: [0.0, 1.0])
    today: str = ""
    """The `x` of today; empty draws no line."""
    lowest_x: str = ""
    lowest_y: float = 0.0
    limit: float | None = None
    summary: str = ""
    """The chart in one sentence, for people who cannot see it."""
    heads: list[str] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    series: list[str] = field(default_factory=list)
    """Which of booked, likely, baseline, half, most have a value anywhere."""
    likely: str = LIKELY
    """What the dashed line is called."""


def plot(
    moments: Sequence[Moment],
    *,
    of: Currency,
    locale: str,
    subject: str,
    today: date | None = None,
    lowest: date | None = None,
    limit: Decimal | None = None,
    likely: str = LIKELY,
) -> Plot:
    """Days in order as a plot.

    Args:
        moments: in the order of their days, at most 300 for a chart that stays quick.
        lowest: the day whose likely value is marked; without it the lowest of the likely line after today.
        subject: what is drawn, beginning the summary: `Cash`.
        limit: a floor to draw, such as a credit line's end.
        likely: what the dashed line is called.
    """
    if not moments:
        return Plot()
    joined = tuple(_joined(moments, today))
    series = [name for name in _HEADS if any(getattr(moment, name) is not None for moment in joined)]
    low, high = _span(joined, limit)
    ticks = nice_ticks(low, high)
    words_in = locale.replace("-", "_")
    long = (joined[-1].day - joined[0].day).days > 550
    words = {moment.day: _x(moment.day, locale=locale, long=long) for moment in joined}
    low_point = min(
        (moment for moment in joined if moment.likely is not None and _may_be_lowest(moment.day, today, lowest)),
        key=lambda moment: (moment.likely or Decimal(0), moment.day),
        default=None,
    )
    marked = next((moment.day for moment in joined if today is not None and moment.day >= today), None)
    kept = _kept(joined, marked, low_point.day if low_point else None)
    return Plot(
        points=[_point(moment, words[moment.day], of=of, locale=locale) for moment in joined],
        x_ticks=[words[day] for day in _turns([moment.day for moment in joined], long=long)],
        y_ticks=[float(tick) for tick in ticks],
        y_texts={_number(tick): format_compact_decimal(tick, locale=words_in, fraction_digits=1) for tick in ticks},
        domain=[float(low), float(high)],
        today=words[marked] if marked else "",
        lowest_x=words[low_point.day] if low_point else "",
        lowest_y=float(low_point.likely or 0) if low_point else 0.0,
        limit=None if limit is None else float(limit),
        summary=_summary(subject, joined, low_point, of=of, locale=locale),
        heads=[likely if name == "likely" else _HEADS[name] for name in series],
        rows=[_row(moment, series, of=of, locale=locale) for moment in kept],
        series=series,
        likely=likely,
    )


def _may_be_lowest(day: date, today: date | None, lowest: date | None) -> bool:
    return day == lowest if lowest is not None else today is None or day > today


def nice_ticks(low: Decimal, high: Decimal) -> tuple[Decimal, ...]:
    """Round values inside the span, at most four, a step of 1, 2, 2.5 or 5 times a power of ten apart."""
    reach = high - low
    if reach <= 0:
        return (low,)
    power = Decimal(1).scaleb((reach / LINES).adjusted())
    for factor in (*_STEPS, *(step * 10 for step in _STEPS)):
        step = power * factor
        first = (low / step).to_integral_value(ROUND_CEILING)
        ticks = tuple(_ticks(first * step, high, step))
        if len(ticks) <= LINES:
            return ticks
    raise AssertionError("a step of 50 times a quarter's power always fits")


def spark(values: Sequence[Decimal | None], *, width: int = 88, height: int = 26) -> str:
    """A sparkline as an SVG path through evenly spaced values; not known breaks the line; fewer than two are no line."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, reach = min(known), max(known) - min(known)
    room = Decimal(height - 6)
    path: list[str] = []
    lifted = True
    for place, value in enumerate(values):
        if value is None:
            lifted = True
            continue
        x = Decimal(place * width) / (len(values) - 1)
        y = Decimal(height - 3) - (room * (value - low) / reach if reach else room / 2)
        path.append(f"{'M' if lifted else 'L'}{x:.1f} {y:.1f}")
        lifted = False
    return " ".join(path)


def _number(tick: Decimal) -> str:
    """As a browser writes the number."""
    return f"{tick.normalize():f}" if tick else "0"


def _ticks(first: Decimal, high: Decimal, step: Decimal) -> Iterator[Decimal]:
    tick = first
    while tick <= high:
        yield tick
        tick += step


def _joined(moments: Sequence[Moment], today: date | None) -> Iterator[Moment]:
    """Let the dashed line begin where the solid one ends."""
    ahead = any(moment.likely is not None for moment in moments)
    last = max((moment.day for moment in moments if moment.booked is not None), default=None)
    for moment in moments:
        if ahead and moment.day == last and moment.likely is None and (today is None or moment.day <= today):
            yield Moment(
                day=moment.day,
                booked=moment.booked,
                likely=moment.booked,
                baseline=moment.baseline,
                half=moment.half or _flat(moment.booked) if any(m.half for m in moments) else None,
                most=moment.most or _flat(moment.booked) if any(m.most for m in moments) else None,
            )
        else:
            yield moment


def _flat(value: Decimal | None) -> tuple[Decimal, Decimal] | None:
    return None if value is None else (value, value)


def _span(moments: Sequence[Moment], limit: Decimal | None) -> tuple[Decimal, Decimal]:
    """Lowest and highest value with some air; zero stays in sight unless everything lies far above it."""
    values = [value for moment in moments for value in _values(moment)] + ([] if limit is None else [limit])
    if not values:
        return Decimal(0), Decimal(1)
    low, high = min(values), max(values)
    if low >= 0 and low < high * Decimal("0.7"):
        low = Decimal(0)
    elif high <= 0:
        high = Decimal(0)
    air = (high - low) * Decimal("0.05") or abs(high) * Decimal("0.1") or Decimal(1)
    return (low if low == 0 else low - air), high + air


def _values(moment: Moment) -> Iterator[Decimal]:
    for value in (moment.booked, moment.likely, moment.baseline):
        if value is not None:
            yield value
    for pair in (moment.half, moment.most):
        yield from pair or ()


def _x(day: date, *, locale: str, long: bool) -> str:
    word = str(day.year) if long else format_date(day, "LLL", locale=locale.replace("-", "_"))
    return f"{day.isoformat()}|{word}"


def _turns(days: Sequence[date], *, long: bool) -> list[date]:
    """The first day of each month (of each year in a long span), thinned to what the axis has room for."""
    turns = [
        now
        for before, now in pairwise(days)
        if (now.year != before.year if long else (now.year, now.month) != (before.year, before.month))
    ]
    every = -(-len(turns) // LABELS) or 1
    return turns[::every]


def _point(moment: Moment, x: str, *, of: Currency, locale: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {"x": x, "day": date_text(moment.day, locale=locale)}
    texts: dict[str, str] = {}
    for name in _HEADS:
        value = getattr(moment, name)
        if value is not None:
            drawn[name] = [float(value[0]), float(value[1])] if isinstance(value, tuple) else float(value)
            texts[name] = _words(value, of=of, locale=locale)
    return drawn | {"texts": texts}


def _words(value: Decimal | tuple[Decimal, Decimal] | None, *, of: Currency, locale: str) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " to ".join(amount_text(side, of=of, locale=locale, whole=True) for side in value)
    return amount_text(value, of=of, locale=locale, whole=True)


def _row(moment: Moment, series: Sequence[str], *, of: Currency, locale: str) -> TableRow:
    return TableRow(
        date_text(moment.day, locale=locale), [_words(getattr(moment, name), of=of, locale=locale) for name in series]
    )


def _kept(moments: Sequence[Moment], today: date | None, lowest: date | None) -> list[Moment]:
    """Every so many days, and always the last, today and the lowest."""
    every = -(-len(moments) // (TABLE_ROWS - 3)) or 1
    always = {today, lowest, moments[-1].day}
    return [moment for place, moment in enumerate(moments) if place % every == 0 or moment.day in always]


def _summary(subject: str, moments: Sequence[Moment], lowest: Moment | None, *, of: Currency, locale: str) -> str:
    booked = [moment for moment in moments if moment.booked is not None]
    parts = []
    if booked:
        first, last = booked[0], booked[-1]
        parts.append(
            f"{subject} went from {_words(first.booked, of=of, locale=locale)} on {date_text(first.day, locale=locale)}"
            f" to {_words(last.booked, of=of, locale=locale)} on {date_text(last.day, locale=locale)}."
        )
    if lowest is not None:
        parts.append(
            f"The lowest point ahead is {_words(lowest.likely, of=of, locale=locale)} on"
            f" {date_text(lowest.day, locale=locale)}."
        )
    return " ".join(parts) or f"{subject}: nothing is known yet."
