"""Learns from a history which payments come back, and what is left over each month.

Rows are grouped by payee, sign, account and currency, their amounts clustered on a log scale, and each cluster's dates
are held against every cadence and against mere chance (a Poisson process, by the Bayesian information criterion).
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median

from fintwin.cashflow.cadence import DAYS, MONTHS, PERIOD, Cadence, Rhythm, add_months, dates, in_month, month_number

PRIOR_SPREAD = 0.377
"""Standard deviation of the logarithm of a month's income, where too little is known of the person: the median
month-to-month change of 36 % (JPMorgan Chase Institute, 6 million families) is 0.6745 * sqrt(2) of it."""

SETTLED = 6
"""Months of own history after which the prior has no weight."""

LONGEST = 36
"""Months of history that are looked at for what is left over."""

_GAP = math.log(1.15)
_STEP = math.log(1.6)
_DIFFUSE = 0.35
_EXTRA = 0.15
_NOISE = frozenset(
    re.findall(
        r"\w+",
        "card purchase payment pos debit credit direct transfer sepa visa mastercard maestro ref reference id nr no date "
        "from to at on the gmbh ltd inc llc co ag sa bv online www com eur usd gbp chf transaction txn auth recurring "
        "kartenzahlung lastschrift gutschrift zahlung dauerauftrag ueberweisung achat carte prelevement virement",
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """One past flow on an account: inflow positive, outflow negative."""

    day: date
    payee: str
    amount: Decimal
    account: str
    currency: str


@dataclass(frozen=True, slots=True)
class Stream:
    """A payment that comes back.

    `amount` is the signed level of the next one; `spread` the standard deviation of its logarithm (0: always the same);
    `next` the first date not yet seen, at or before the as-of date when it is overdue; `confidence` from 0 to 1;
    `seen`, `first` and `last` are the evidence.
    """

    key: str
    name: str
    account: str
    amount: Decimal
    rhythm: Rhythm
    next: date
    confidence: float
    spread: float
    seen: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Learned:
    """What a history says about the months to come.

    `rest` is, for each whole month before the as-of date (oldest first), what flowed besides the streams: mostly
    spending, so mostly below zero; `known` is False where the history is too short to say, and then `rest` is empty.
    `rest_account` is the account most of it went through. `ended` are streams that have stopped; `one_offs` are rows
    too large to be expected again, kept out of `rest`.

    `irregular` are the rows of income that keep no rhythm: nothing says that they come again. `spent` is `rest` without
    them, month by month and never above zero: what ordinary life cost, what a payee gave back taken off.
    """

    streams: tuple[Stream, ...]
    ended: tuple[Stream, ...]
    rest: tuple[Decimal, ...]
    rest_account: str
    one_offs: tuple[Row, ...]
    known: bool
    spent: tuple[Decimal, ...] = ()
    irregular: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    rhythm: Rhythm
    score: float
    confidence: float


def normal_payee(text: str) -> str:
    """A payee without what changes from one booking to the next: dates, numbers, words of the bank."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    words = [word for word in re.split(r"[^a-z0-9&+]+", bare) if word and not any(char.isdigit() for char in word)]
    telling = [word for word in words if word not in _NOISE and len(word) > 1]
    return " ".join((telling or words)[:3])


def learn(rows: Sequence[Row], *, as_of: date) -> Learned:
    """Streams and the rest, from rows of one currency without own transfers and openings.

    Rows after the as-of date are not looked at.
    """
    past = sorted((row for row in rows if row.day <= as_of and row.amount), key=lambda row: (row.day, row.payee))
    groups: dict[tuple[str, bool, str], list[Row]] = defaultdict(list)
    for row in past:
        groups[normal_payee(row.payee), row.amount > 0, row.account].append(row)
    found: list[Stream] = []
    left: list[Row] = []
    for (payee, _, _), group in sorted(groups.items()):
        streams, others = _streams(group, as_of) if payee else ((), group)
        found.extend(streams)
        left.extend(others)
    alive = tuple(stream for stream in found if not _ended(stream, as_of))
    gone = tuple(stream for stream in found if _ended(stream, as_of))
    paid = {payee for payee, inflow, _ in groups if payee and not inflow}
    irregular = tuple(row for row in left if row.amount > 0 and normal_payee(row.payee) not in paid)
    rest, one_offs, known = _rest(left, past, as_of)
    aside = {id(row) for row in (*irregular, *one_offs)}
    spent = _months([row for row in left if id(row) not in aside], past, as_of)
    return Learned(
        streams=tuple(sorted(alive, key=lambda stream: (-abs(stream.amount), stream.key))),
        ended=gone,
        rest=rest,
        rest_account=_busiest(left or past),
        one_offs=one_offs,
        known=known,
        spent=tuple(min(month, Decimal(0)) for month in spent),
        irregular=irregular,
    )


def coming(stream: Stream, *, after: date, until: date) -> Iterator[date]:
    """When a stream falls due in (after, until]; what is overdue comes on the day after `after`."""
    if stream.next <= after < until:
        yield after + timedelta(days=1)
    yield from dates(stream.rhythm, after=max(after, stream.next - timedelta(days=1)), until=until)


def monthly(stream: Stream) -> Decimal:
    """A stream's mean amount a month."""
    return (stream.amount * Decimal("30.44") / Decimal(str(PERIOD[stream.rhythm.cadence]))).quantize(Decimal("0.01"))


def _streams(group: list[Row], as_of: date) -> tuple[tuple[Stream, ...], list[Row]]:
    """The streams in one payee's rows, and the rows that belong to none.

    Clusters of amounts that lie one after the other in time are one stream whose price has changed. The rows as a
    whole are preferred, unless they split into clusters that all keep time (two incomes from one payer).
    """
    clusters = _joined(_clusters(group))
    singles = [(cluster, _stream(cluster, as_of)) for cluster in clusters]
    whole = _stream(group, as_of)
    if len(clusters) > 1 and all(stream for _, stream in singles):
        return tuple(_numbered([stream for _, stream in singles if stream])), []
    if whole is not None:
        return (whole,), []
    return (
        tuple(_numbered([stream for _, stream in singles if stream])),
        [row for cluster, stream in singles if stream is None for row in cluster],
    )


def _numbered(streams: list[Stream]) -> list[Stream]:
    """Streams of one payee with keys of their own."""
    return [replace(stream, key=f"{stream.key}#{place}") if place else stream for place, stream in enumerate(streams)]


def _clusters(group: list[Row]) -> list[list[Row]]:
    """Rows whose amounts lie together, split where the next one is more than 15 % larger."""
    clusters: list[list[Row]] = []
    for row in sorted(group, key=lambda row: abs(row.amount)):
        if clusters and math.log(abs(row.amount) / abs(clusters[-1][-1].amount)) <= _GAP:
            clusters[-1].append(row)
        else:
            clusters.append([row])
    return [sorted(cluster, key=lambda row: row.day) for cluster in clusters]


def _joined(clusters: list[list[Row]]) -> list[list[Row]]:
    """Clusters that follow each other in time, their amounts not too far apart, as one: a price has changed."""
    joined: list[list[Row]] = []
    for cluster in sorted(clusters, key=lambda rows: rows[0].day):
        for earlier in joined:
            ratio = abs(math.log(abs(cluster[0].amount) / abs(earlier[-1].amount)))
            if earlier[-1].day < cluster[0].day and ratio <= _STEP:
                earlier.extend(cluster)
                break
        else:
            joined.append(list(cluster))
    return joined


def _stream(rows: list[Row], as_of: date) -> Stream | None:
    """The stream these rows are, or None where they keep no time or their amounts no measure."""
    sizes = [float(abs(row.amount)) for row in rows]
    spread = _spread(sizes)
    if len(rows) < 2 or spread > _DIFFUSE:
        return None
    fits = [fit for cadence in Cadence if (fit := _fit(sorted({row.day for row in rows}), cadence, spread))]
    best = max(fits, key=lambda fit: fit.score, default=None)
    if best is None:
        return None
    last = rows[-1]
    steady = _spread(sizes[:-1]) < 0.01
    level = (
        last.amount
        if steady
        else Decimal(median([row.amount for row in rows[-5:]])).quantize(Decimal(1).scaleb(_exponent(last.amount)))
    )
    return Stream(
        key=f"{normal_payee(last.payee)}|{'in' if last.amount > 0 else 'out'}|{last.account}",
        name=" ".join(last.payee.split())[:60],
        account=last.account,
        amount=level,
        rhythm=best.rhythm,
        next=_next(best.rhythm, last.day),
        confidence=round(best.confidence, 3),
        spread=0.0 if steady else round(spread, 4),
        seen=len(rows),
        first=rows[0].day,
        last=last.day,
    )


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _spread(sizes: list[float]) -> float:
    """Standard deviation of the logarithms around their own slow change: neighbours are compared, so that one step in
    price among steady amounts counts little."""
    if len(sizes) < 2:
        return 0.0
    steps = sorted(abs(math.log(after / before)) for before, after in pairwise(sizes))
    return steps[len(steps) // 2] / (0.6745 * math.sqrt(2)) if len(steps) > 2 else sum(steps) / len(steps)


def _tolerance(cadence: Cadence) -> int:
    """Days a payment may lie off its date: weekends, holidays, month ends."""
    return {Cadence.WEEK: 1, Cadence.FORTNIGHT: 2}.get(cadence, 4 if MONTHS.get(cadence, 0) < 6 else 10)


def _fit(days: list[date], cadence: Cadence, spread: float) -> _Fit | None:
    """How well dates keep a cadence, at its best phase; None where chance explains them as well."""
    few = cadence in (Cadence.YEAR, Cadence.HALF_YEAR) and spread <= 0.02
    if len(days) < (2 if few else 3):
        return None
    room = ((days[-1] - days[0]).days + 2 * _tolerance(cadence)) / (0.9 * PERIOD[cadence]) + 2
    if (1 - _EXTRA) * len(days) > room:  # too many dates for the cadence, wherever it lies
        return None
    best: _Fit | None = None
    for rhythm in _phases(days, cadence):
        fit = _judged(days, rhythm, few)
        if fit and (best is None or fit.score > best.score):
            best = fit
    return best


def _phases(days: list[date], cadence: Cadence) -> Iterator[Rhythm]:
    """The places in the calendar that the dates themselves suggest."""
    if cadence in DAYS:
        seen = set()
        for day in reversed(days):
            phase = day.toordinal() % DAYS[cadence]
            if phase not in seen:
                seen.add(phase)
                yield Rhythm(cadence, day)
        return
    month_days = sorted({day.day for day in days} | ({31} if any(day.day >= 27 for day in days) else set()))
    if cadence is Cadence.HALF_MONTH:
        for first, second in combinations(month_days, 2):
            if 12 <= second - first <= 18:
                yield Rhythm(cadence, days[-1], (first, second))
        return
    for wanted in month_days:
        yield Rhythm(cadence, days[-1], (wanted,))
    if any(day.day <= 3 for day in days) and any(day.day >= 27 for day in days):
        # A date around the month's turn: what came on the 1st belongs to the slot of the month before, or after.
        yield Rhythm(cadence, days[-1] - timedelta(days=4), (31,))
        yield Rhythm(cadence, days[-1] + timedelta(days=4), (1,))


def _nearest(rhythm: Rhythm, day: date) -> date:
    """The rhythm's date nearest to a day."""
    if rhythm.cadence in DAYS:
        step = DAYS[rhythm.cadence]
        return rhythm.anchor + timedelta(days=step * round((day - rhythm.anchor).days / step))
    step = MONTHS.get(rhythm.cadence, 1)
    phase = month_number(rhythm.anchor) % step
    here = month_number(day)
    latest = here - (here - phase) % step
    months = (latest - step, latest, latest + step) if latest == here else (latest, latest + step)
    slots = (in_month(month, wanted) for month in months for wanted in rhythm.days)
    return min(slots, key=lambda slot: abs((slot - day).days))


def _judged(days: list[date], rhythm: Rhythm, few: bool) -> _Fit | None:
    """A rhythm's score against chance (difference in BIC), and the confidence in it."""
    tolerance = _tolerance(rhythm.cadence)
    offsets: dict[date, int] = {}
    extra = 0
    for day in days:
        slot = _nearest(rhythm, day)
        off = abs((slot - day).days)
        if off > tolerance or slot in offsets:
            extra += 1
            if extra > _EXTRA * len(days):
                return None
        else:
            offsets[slot] = off
    hits = len(offsets)
    if hits < (2 if few else 3):
        return None
    slots = sum(1 for _ in dates(rhythm, after=min(offsets) - timedelta(days=1), until=max(offsets)))
    misses = max(slots - hits, 0)
    if misses > 0.25 * slots:
        return None
    span = (days[-1] - days[0]).days + PERIOD[rhythm.cadence]
    width = max(1.0, math.sqrt(sum(off * off for off in offsets.values()) / hits))
    missed = (misses + 0.5) / (slots + 1)
    kept = (
        hits * (math.log(1 - missed) - math.log(width * math.sqrt(2 * math.pi)) - 0.5)
        + misses * math.log(missed)
        + extra * (math.log((extra + 0.5) / span))
    )
    chance = len(days) * (math.log(len(days) / span) - 1)
    score = 2 * (kept - chance) - 2 * math.log(len(days))
    if score < 2:
        return None
    sure = 1 / (1 + math.exp(-min(score, 60) / 2))
    return _Fit(rhythm, score, sure * (hits / slots) * (1 - 0.5 ** (len(days) - 1)))


def _next(rhythm: Rhythm, last: date) -> date:
    """The first date of a rhythm after the one that the last payment stands for."""
    slot = _nearest(rhythm, last)
    reach = timedelta(days=round(PERIOD[rhythm.cadence] * 1.5) + 5)
    return next(dates(rhythm, after=max(slot, last - timedelta(days=_tolerance(rhythm.cadence))), until=slot + reach))


def _ended(stream: Stream, as_of: date) -> bool:
    """A stream has ended when nothing has come for one and a half periods."""
    period = PERIOD[stream.rhythm.cadence]
    return (as_of - stream.last).days > 1.5 * period + _tolerance(stream.rhythm.cadence)


def _busiest(rows: Sequence[Row]) -> str:
    """The account with the most rows; "" where there are none."""
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.account] += 1
    return max(sorted(counts), key=lambda account: counts[account], default="")


def _rest(left: list[Row], past: list[Row], as_of: date) -> tuple[tuple[Decimal, ...], tuple[Row, ...], bool]:
    """Net flow of each whole month before the as-of date, rows that will hardly come again set aside.

    A history between two weeks and a month counts as one month, in proportion; a shorter one says nothing.
    """
    starts = _starts(past, as_of)
    one_offs: tuple[Row, ...] = ()
    if len(starts) > 3:
        within = [row for row in left if row.day > starts[0]]
        turnover = sorted(_by_month([replace(row, amount=abs(row.amount)) for row in within], starts))
        usual = turnover[len(turnover) // 2]
        one_offs = tuple(row for row in within if usual and abs(row.amount) > 3 * usual)
    months = _months([row for row in left if row not in one_offs], past, as_of)
    return months, one_offs, bool(months)


def _months(rows: list[Row], past: list[Row], as_of: date) -> tuple[Decimal, ...]:
    """Sums of rows by whole months before the as-of date, oldest first; see `_rest` for a short history."""
    starts = _starts(past, as_of)
    if len(starts) > 1:
        return tuple(_by_month([row for row in rows if row.day > starts[0]], starts))
    span = (as_of - past[0].day).days + 1 if past else 0
    if span < 14:
        return ()
    return ((sum((row.amount for row in rows), Decimal(0)) * 30 / span).quantize(Decimal("0.01")),)


def _starts(past: list[Row], as_of: date) -> list[date]:
    """Where the whole months of a history begin, oldest first, and the as-of date; that alone where there is none."""
    months = 0
    while past and months < LONGEST and add_months(as_of, -(months + 1)) >= past[0].day - timedelta(days=1):
        months += 1
    return [add_months(as_of, -place) for place in range(months, -1, -1)]


def _by_month(rows: Sequence[Row], starts: Sequence[date]) -> list[Decimal]:
    """Sums of rows in the half-open months (start, next start]."""
    sums = [Decimal(0)] * (len(starts) - 1)
    place = 0
    for row in sorted(rows, key=lambda row: row.day):
        while row.day > starts[place + 1]:
            place += 1
        sums[place] += row.amount
    return sums
