"""The twin as its page shows it: cards, numbers, chart and evidence, all as text in the person's locale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from babel.numbers import format_compact_currency

from fintwin.cashflow.ahead import irregular
from fintwin.cashflow.cadence import Cadence, add_months
from fintwin.kernel.money import Currency
from fintwin.kernel.wording import MINUS, amount_text, count_text, date_text, instant_text
from fintwin.projection.service import Taken
from fintwin.projection.snapshot import Snapshot
from fintwin.twin.comparison import Comparison
from fintwin.twin.explanation import Reason
from fintwin.twin.headline import share_text
from fintwin.twin.scenario import (
    Deposit,
    EmergencyFund,
    Event,
    InvestmentGrowth,
    RateChange,
    RecurringExpense,
    Withdrawal,
    mean_rest,
    monthly_spending,
)
from fintwin.twin.simulation import Settings, round_up
from fintwin.ui.components.plot import LIKELY

HORIZONS: Mapping[int, str] = {
    1: "1 month",
    3: "3 months",
    6: "6 months",
    12: "1 year",
    24: "2 years",
    36: "3 years",
    60: "5 years",
    120: "10 years",
    180: "15 years",
    240: "20 years",
    360: "30 years",
    480: "40 years",
}
"""How far one may look, in months, and in words."""

CADENCES: Mapping[Cadence, str] = {
    Cadence.WEEK: "every week",
    Cadence.FORTNIGHT: "every two weeks",
    Cadence.HALF_MONTH: "twice a month",
    Cadence.MONTH: "every month",
    Cadence.QUARTER: "every quarter",
    Cadence.HALF_YEAR: "every half-year",
    Cadence.YEAR: "every year",
}

STEPS = 200
"""Positions of a slider."""

_ROOM = 10
"""Characters that a cell of the strip has room for in its usual letters."""
_MONTH = "LLL y"
_LOWEST, _UNPAID = "Lowest month", "A bill cannot be paid"


@dataclass(frozen=True, slots=True)
class Card:
    """One event as its card shows it; empty text where a field is not its kind's."""

    place: int = 0
    kind: str = ""
    title: str = ""
    on: bool = True
    size: str = ""
    """The number beside the slider, as a person would type it."""
    unit: str = ""
    slider: int = 0
    refill: str = ""
    """Changes when the slider is to jump to another place."""
    details: str = ""
    """Changes when the fields behind "Change" are to show what counts."""
    line: str = ""
    note: str = ""
    """What keeps it from counting as it stands."""
    start: str = ""
    until: str = ""
    every: str = ""
    indexed: bool = False
    growth: str = ""
    each_month: str = ""
    cover: str = ""
    savings: bool = False
    credit: bool = False
    loans: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the strip, what changed below it, and whether that is good, bad or neither ("").

    `long` says that the value needs smaller letters to stand in its cell whole.
    """

    label: str = ""
    value: str = ""
    below: str = ""
    tone: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One line of the list of causes."""

    words: str = ""
    amount: str = ""
    good: bool = False


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A learned stream and its evidence."""

    name: str = ""
    amount: str = ""
    rhythm: str = ""
    evidence: str = ""
    inflow: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One assumption and its value."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """All that the twin takes for granted."""

    said: list[Said] = field(default_factory=list)
    streams: list[StreamRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def fresh_event(kind: type[Event], snapshot: Snapshot) -> Event:
    """An event to begin with: a month from now, of a size that fits these books."""
    start = add_months(snapshot.as_of.replace(day=1), 2 if snapshot.as_of.day > 20 else 1)
    spending = monthly_spending(snapshot)
    liquid = sum(
        (one.balance or Decimal(0) for one in snapshot.accounts if one.kind in ("cash", "savings")), Decimal(0)
    )
    sizes: dict[type[Event], Decimal] = {
        Withdrawal: liquid / 2,
        Deposit: max(spending, liquid / 4),
        RecurringExpense: spending / 20,
        InvestmentGrowth: liquid / 4,
        EmergencyFund: spending / 10,
    }
    if kind is RateChange:
        return RateChange(start, points=Decimal("0.01"))
    return kind(start).sized(_round(max(sizes[kind], Decimal(10))))


def card(
    place: int,
    event: Event,
    snapshot: Snapshot,
    *,
    currency: Currency,
    locale: str,
    refill: int,
    details: int = 0,
    there: Decimal | None = None,
) -> Card:
    """An event as a card; `there` is what is there to invest, where that is less than its size."""
    known = {
        "place": place,
        "kind": event.kind,
        "title": event.title,
        "on": event.on,
        "refill": f"{place}-{event.kind}-{refill}",
        "details": f"{place}-{event.kind}-{details}-{event.start}",
        "line": _line(event, snapshot, currency=currency, locale=locale),
        "note": ""
        if there is None
        else f"Only {amount_text(there, of=currency, locale=locale, whole=True)} is there to invest."
        if there >= 1
        else "Nothing is there to invest.",
        "start": event.start.isoformat(),
        "slider": slider_of(event, snapshot),
        "size": amount_text(event.size, of=currency, locale=locale, symbol=False, whole=event.size == int(event.size)),
        "unit": currency.code,
    }
    if isinstance(event, RateChange):
        known |= {
            "size": _points(event.points),
            "unit": "points",
            "savings": event.savings,
            "credit": event.credit,
            "loans": event.loans,
        }
    if isinstance(event, RecurringExpense):
        known |= {
            "every": event.every.value,
            "until": event.until.isoformat() if event.until else "",
            "indexed": event.indexed,
        }
    if isinstance(event, InvestmentGrowth):
        known |= {
            "growth": _points(event.growth),
            "each_month": amount_text(event.each_month, of=currency, locale=locale, symbol=False),
        }
    if isinstance(event, EmergencyFund):
        known |= {"cover": str(event.cover)}
    return Card(**known)  # type: ignore[arg-type]


def stays(event: Event, wrong: str, *, currency: Currency, locale: str) -> str:
    """What counts in place of a refused detail; empty where that field is none of the event's."""
    told = {"start": date_text(event.start, locale=locale)}
    if isinstance(event, RecurringExpense):
        told["until"] = date_text(event.until, locale=locale) if event.until else "for good"
    if isinstance(event, InvestmentGrowth):
        told["growth"] = f"{_points(event.growth)} %"
        told["each_month"] = amount_text(event.each_month, of=currency, locale=locale)
    if isinstance(event, EmergencyFund):
        told["cover"] = _counted(event.cover, "month")
    return f"It stays {told[wrong]}." if wrong in told else ""


def slider_of(event: Event, snapshot: Snapshot) -> int:
    """Where the slider stands, from 0 to `STEPS`; a rate change has its zero in the middle."""
    if isinstance(event, RateChange):
        return round((float(event.points) + 0.05) / 0.1 * STEPS)
    return min(round(float(event.size / slider_end(event, snapshot)) * STEPS), STEPS)


def size_of(position: int, event: Event, snapshot: Snapshot) -> Decimal:
    """The size that a slider's position stands for."""
    if isinstance(event, RateChange):
        return (Decimal(position) / STEPS * Decimal("0.1") - Decimal("0.05")).quantize(Decimal("0.0001"))
    return slider_end(event, snapshot) * position / STEPS


def slider_end(event: Event, snapshot: Snapshot) -> Decimal:
    """The amount at a slider's right end: a month's spending for what comes each month, else what is at hand."""
    if isinstance(event, (RecurringExpense, EmergencyFund)):
        return round_up(max(monthly_spending(snapshot), event.size, Decimal(200)))
    return round_up(max(_liquid(snapshot), event.size, Decimal(1000)))


def figures(
    comparison: Comparison, *, settings: Settings, snapshot: Snapshot, changed: bool, currency: Currency, locale: str
) -> list[Figure]:
    """The strip over the chart; without everyday spending its numbers are not known."""
    now, before = comparison.scenario, comparison.baseline
    points = round((now.chance - before.chance) * 100)
    worth = now.end - before.end
    year = add_months(snapshot.as_of, settings.months).year
    interval = f"{share_text(now.low)} to {share_text(now.high)}"
    worth_text = _fitting(now.end, currency=currency, locale=locale)
    risk, wealth = "Chance under the limit" if settings.limit else "Chance under 0", f"Net worth in {year}"
    if not snapshot.rest.known:
        return [
            Figure(label, "not known yet", "needs two weeks of spending") for label in (risk, _LOWEST, wealth, _UNPAID)
        ]
    return [
        Figure(
            risk,
            share_text(now.chance),
            _signed(points, " pts") if changed and points else f"between {interval}" if now.chance else "in no future",
            _tone(-points) if changed else "",
        ),
        Figure(
            _LOWEST,
            date_text(now.worst, locale=locale, style=_MONTH),
            f"was {date_text(before.worst, locale=locale, style=_MONTH)}"
            if changed and before.worst != now.worst
            else f"1 of 10 futures under {_fitting(now.worst_cash, currency=currency, locale=locale)}",
        ),
        Figure(
            wealth,
            worth_text,
            f"{_fitting(worth, currency=currency, locale=locale, signed=True)} in the middle future"
            if changed
            else "in the middle future",
            _tone(int(worth)) if changed else "",
            long=len(worth_text) > _ROOM,
        ),
        Figure(
            _UNPAID,
            share_text(now.short),
            f"then {_fitting(now.missing, currency=currency, locale=locale)} short" if now.short else "in no future",
        ),
    ]


def _fitting(amount: Decimal, *, currency: Currency, locale: str, signed: bool = False) -> str:
    """An amount in whole units, from a billion on in words that a narrow cell has room for."""
    if abs(amount) < 10**9:
        return amount_text(amount, of=currency, locale=locale, whole=True, signed=signed)
    short = format_compact_currency(abs(amount), currency.code, locale=locale.replace("-", "_"), fraction_digits=2)
    return f"{MINUS if amount < 0 else '+' if signed else ''}{short}"


def subject(snapshot: Snapshot, *, cash: bool) -> str:
    """What the chart draws."""
    drawn = "Cash" if cash else "Net worth"
    return drawn if snapshot.rest.known else f"Without everyday spending ahead: {drawn.lower()}"


def likely(snapshot: Snapshot) -> str:
    """What the chart's line into the future is called."""
    return LIKELY if snapshot.rest.known else "Without everyday spending"


def reason_rows(reasons: Sequence[Reason], *, currency: Currency, locale: str) -> list[ReasonRow]:
    """The causes as rows."""
    return [
        ReasonRow(
            reason.words, amount_text(reason.amount, of=currency, locale=locale, signed=True), good=reason.amount > 0
        )
        for reason in reasons
    ]


def assumed(taken: Taken, settings: Settings, *, currency: Currency, locale: str, zone: str) -> Assumed:
    """What the twin takes for granted, with the evidence."""
    snapshot, said = taken.snapshot, taken.snapshot.assumptions

    def money(amount: Decimal) -> str:
        return amount_text(amount, of=currency, locale=locale)

    rows = [
        Said("As of", date_text(snapshot.as_of, locale=locale)),
        Said("Taken", instant_text(taken.at, zone=zone, locale=locale)),
        Said("Id of these books", taken.hash[:12]),
        Said("Futures", count_text(settings.paths, locale=locale)),
        Said("Seed", str(settings.seed)),
        Said("Interest on savings", f"{_points(said.savings_rate)} % a year"),
        Said("Interest on cards", f"{_points(said.credit_rate)} % a year"),
        Said("Interest on loans", f"{_points(said.loan_rate)} % a year"),
        Said(
            "Investments",
            f"{_points(said.market_mean)} % a year in the mean, swings of {_points(said.market_volatility)} %",
        ),
        Said(
            "Prices",
            f"{_points(said.inflation)} % a year in the mean, swings of {_points(said.inflation_volatility)} %",
        ),
        Said("Who pays first", "cash, savings, investments, cards"),
        Said("Cards", "paid off each month from spare cash"),
    ]
    if snapshot.rest.known and snapshot.rest.months:
        mean = mean_rest(snapshot).quantize(currency.cent)
        rows.append(
            Said(
                "Everything else, a month",
                f"{money(mean)}{', more in than out' if mean > 0 else ''}, drawn from {_counted(len(snapshot.rest.months), 'own month')}",
            )
        )
    streams = [
        StreamRow(
            name=stream.name,
            amount=amount_text(stream.amount, of=currency, locale=locale, signed=True),
            rhythm=f"{CADENCES[stream.rhythm.cadence]}, next {date_text(stream.next, locale=locale)}",
            evidence=f"seen {_counted(stream.seen, 'time')} since {date_text(stream.first, locale=locale)},"
            f" {_sureness(stream.confidence)}",
            inflow=stream.amount > 0,
        )
        for stream in snapshot.streams
    ]
    return Assumed(rows, streams, _notes(taken, currency=currency, locale=locale))


def _notes(taken: Taken, *, currency: Currency, locale: str) -> list[str]:
    """What is not known, and what was left out."""
    snapshot = taken.snapshot
    notes = []
    if not snapshot.rest.known:
        notes.append(
            "Your everyday spending is not known yet, so it is not in here. Two weeks of bookings are enough to begin."
        )
    elif len(snapshot.rest.months) < 6:
        notes.append(
            f"{_counted(len(snapshot.rest.months), 'month')} of your own so far; until there are six, others' ups and"
            " downs widen yours."
        )
    if (mean := mean_rest(snapshot)) > 0:
        notes.append(_more_in_than_out(taken, mean, currency=currency, locale=locale))
    if not any(stream.amount > 0 for stream in snapshot.streams):
        notes.append(
            f"No income comes back in your bookings; the {amount_text(snapshot.income, of=currency, locale=locale)} a"
            " month of your profile is used."
            if snapshot.income
            else "No income is known: none comes back in your bookings, and your profile names none."
        )
    unknown = [account.name for account in snapshot.accounts if account.balance is None]
    if unknown:
        notes.append(f"Balance not known, begins at nothing here: {', '.join(unknown)}.")
    if snapshot.left_out:
        notes.append(f"Left out, in another currency: {', '.join(snapshot.left_out)}.")
    unpaid = [account.name for account in snapshot.accounts if account.kind == "loan" and account.payment is None]
    if unpaid:
        years = snapshot.assumptions.loan_months // 12
        notes.append(f"No repayment seen, taken to be repaid in {years} years: {', '.join(unpaid)}.")
    if taken.learned and taken.learned.one_offs:
        names = ", ".join(row.payee or "a row without a name" for row in taken.learned.one_offs[:4])
        notes.append(f"Too large to be expected again: {names}.")
    if taken.learned and taken.learned.ended:
        notes.append(f"Have ended: {', '.join(stream.name for stream in taken.learned.ended[:6])}.")
    return notes


def _more_in_than_out(taken: Taken, mean: Decimal, *, currency: Currency, locale: str) -> str:
    """That the twin goes on with income that keeps no rhythm, and whose that was."""
    snapshot = taken.snapshot
    names = irregular(taken.learned, as_of=snapshot.as_of)[:4] if taken.learned else ()
    whose = f" ({', '.join(names)})" if names else ""
    more = amount_text(mean.quantize(currency.cent), of=currency, locale=locale, signed=True)
    return (
        f"Besides what comes back, more came in than went out: {more} a month, from income that keeps no rhythm{whose}."
        " The futures draw such months again, though nothing says that it goes on."
    )


def _line(event: Event, snapshot: Snapshot, *, currency: Currency, locale: str) -> str:
    """The card's small line: when, and what else there is to it."""
    when = date_text(event.start, locale=locale)
    if isinstance(event, RateChange):
        kinds = (("savings", event.savings), ("cards", event.credit), ("loans", event.loans))
        return f"from {when} · {', '.join(name for name, wanted in kinds if wanted) or 'nothing chosen'}"
    if isinstance(event, RecurringExpense):
        end = f"until {date_text(event.until, locale=locale)}" if event.until else "for good"
        return f"from {when} · {CADENCES[event.every]}, {end}"
    if isinstance(event, InvestmentGrowth):
        more = ""
        if event.each_month:
            more = f" · {amount_text(event.each_month, of=currency, locale=locale, whole=True)} a month more"
        return f"on {when} · {_points(event.growth)} % growth a year{more}"
    if isinstance(event, EmergencyFund):
        return _fund_line(event, snapshot, currency=currency, locale=locale)
    return f"on {when}"


def _fund_line(fund: EmergencyFund, snapshot: Snapshot, *, currency: Currency, locale: str) -> str:
    """What a fund is to cover, or why there is nothing that it could."""
    target = fund.cover * monthly_spending(snapshot)
    if not snapshot.rest.known and not target:
        return "Your spending is not known yet, so there is no target."
    if not target:
        return "Besides payments that come back, more came in than went out: no spending to cover, so no target."
    spending = "spending" if snapshot.rest.known and mean_rest(snapshot) <= 0 else "known bills"
    return (
        f"each month from {date_text(fund.start, locale=locale)} · until savings hold"
        f" {_counted(fund.cover, 'month')} of {spending},"
        f" {amount_text(target, of=currency, locale=locale, whole=True)}"
    )


def _sureness(confidence: float) -> str:
    """A stream's confidence in words."""
    return next(
        text
        for least, text in ((0.95, "very sure"), (0.75, "sure"), (0.5, "likely"), (0.0, "perhaps"))
        if confidence >= least
    )


def _liquid(snapshot: Snapshot) -> Decimal:
    """What lies on cash and savings accounts."""
    return sum((one.balance or Decimal(0) for one in snapshot.accounts if one.kind in ("cash", "savings")), Decimal(0))


def _points(rate: Decimal) -> str:
    """A rate as percent without trailing zeros: 0.015 is `1.5`."""
    text = f"{abs(rate * 100):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{MINUS}{text}" if rate < 0 else text


def _signed(number: int, unit: str) -> str:
    return f"{'+' if number > 0 else MINUS}{abs(number)}{unit}"


def _tone(number: int) -> str:
    return "" if not number else "good" if number > 0 else "bad"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _round(amount: Decimal) -> Decimal:
    """Two significant digits, at least whole."""
    if amount < 10:
        return Decimal(int(amount))
    power = Decimal(1).scaleb(amount.adjusted() - 1)
    return (amount / power).to_integral_value() * power
