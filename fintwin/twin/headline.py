"""One sentence with the number that matters, and the largest amount that is safe."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fintwin.kernel.money import Currency
from fintwin.kernel.wording import MINUS, amount_text, date_text
from fintwin.projection.compile import Changes, together
from fintwin.projection.question import Amount, Solve
from fintwin.projection.snapshot import Kind, Snapshot
from fintwin.twin.comparison import Comparison, Side
from fintwin.twin.scenario import Deposit, EmergencyFund, Event, InvestmentGrowth, RateChange, Scenario, cause

SAFE = 0.05
"""A chance of falling under the limit that is called safe."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A sentence in parts: what, how likely (set off), up to (before, the amount set off, after); "" where empty.

    `private` says that the first part holds amounts.
    """

    words: str
    chance: str
    before: str = ""
    amount: str = ""
    after: str = ""
    private: bool = False

    @property
    def text(self) -> str:
        """All of it as one text."""
        return " ".join(part for part in (self.words, self.chance, self.before, self.amount, self.after) if part)


def headline(
    comparison: Comparison,
    *,
    scenario: Scenario,
    snapshot: Snapshot,
    limit: Decimal,
    solved: tuple[Event, Amount] | None,
    currency: Currency,
    locale: str,
    until: date,
) -> Headline:
    """The sentence over a scenario (over the books as they are, where no event is counted).

    Where everyday spending is not known, it says so first, and names neither a chance nor a safe amount; where no income
    is known, it says that none is counted, or that the profile's is. Events after `until` are named as what lies beyond, and count for nothing.
    """
    seen = comparison.scenario
    names = [event.noun for _, event in scenario.counted if event.start <= until]
    beyond = [event.noun for _, event in scenario.counted if event.start > until]
    bound = amount_text(limit, of=currency, locale=locale, whole=True) if limit else "0"
    if not snapshot.rest.known:
        words = _supposed(seen, names, snapshot=snapshot, bound=bound, locale=locale, until=until)
        words = _after_what_lies_beyond(words, beyond, until=until, locale=locale)
        return Headline(words, "", private=bool(limit))
    lead = f"With {_listed(names)}, your cash" if names else "As things go, your cash"
    today = f", today {share_text(comparison.baseline.chance)}" if names else ""
    chance = f"(chance {share_text(seen.chance)}{today})."
    if seen.chance < 0.005:
        chance = f"(chance of falling under {bound}: {share_text(seen.chance)}{today})."
        words = (
            f"{lead} stays above {bound} until {date_text(until, locale=locale, style='month')} in nearly every future"
        )
    elif seen.chance >= 0.995:
        words = f"{lead} falls under {bound}, most likely around {_month(seen.first, locale)}"
    else:
        words = f"{lead} could fall under {bound} around {_month(seen.first, locale)}"
    if source := _income_from(snapshot, currency=currency, locale=locale):
        words = f"{source}: {_lowered(words)}"
    words = _after_what_lies_beyond(words, beyond, until=until, locale=locale)
    private = bool(limit) or _income_stated(snapshot)
    if solved is None:
        return Headline(words, chance, private=private)
    before, amount, after = _bound(solved, currency=currency, locale=locale)
    if amount and len(names) > 1:
        after = f"for {solved[0].noun} {after}"
    return Headline(words, chance, before, amount, after, private)


def question(
    snapshot: Snapshot,
    scenario: Scenario,
    *,
    place: int,
    months: int,
    seed: int,
    paths: int,
    limit: Decimal,
    largest: Decimal,
) -> Solve | None:
    """What to ask the engine for the safe amount of the event at a place; None where it has none.

    `largest` is the largest amount that is looked at.
    """
    event = scenario.events[place]
    if not event.on or isinstance(event, EmergencyFund):
        return None
    unit = event.sized(Decimal("0.01") if isinstance(event, RateChange) else Decimal(1)).changes(snapshot, cause(place))
    if isinstance(event, InvestmentGrowth):
        unit = Changes(moves=unit.moves[:1])
    most, step = (Decimal(10), Decimal("0.25")) if isinstance(event, RateChange) else (largest, step_of(largest))
    return Solve(
        snapshot,
        months=months,
        unit=unit,
        most=most,
        step=step,
        chance=SAFE,
        rising=not isinstance(event, Deposit),
        changes=together(
            scenario.changes(snapshot, without=place), event.sized(Decimal(0)).changes(snapshot, cause(place))
        ),
        seed=seed,
        paths=paths,
        limit=limit,
    )


def safe_size(event: Event, amount: Decimal) -> Decimal:
    """The event's size that a solver's amount stands for."""
    return amount / 100 if isinstance(event, RateChange) else amount


def share_text(share: float) -> str:
    """A chance in whole percent; what is neither none nor all never reads so."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{round(share * 100)} %"


def points_text(points: Decimal) -> str:
    """Percentage points with their sign: `+1.5 points`."""
    number = f"{abs(points):f}".rstrip("0").rstrip(".") if "." in f"{points:f}" else f"{abs(points):f}"
    return f"{MINUS if points < 0 else '+'}{number} points"


def _supposed(seen: Side, names: list[str], *, snapshot: Snapshot, bound: str, locale: str, until: date) -> str:
    """What would happen without the everyday spending that is not known."""
    bills = any(stream.amount < 0 for stream in snapshot.streams) or any(
        account.kind is Kind.LOAN for account in snapshot.accounts
    )
    spent = "nothing but your known bills" if bills else "nothing"
    if not _income_known(snapshot):
        spent += " and earned nothing"
    lead = f"with {_listed(names)}, your cash" if names else "your cash"
    if seen.chance < 0.005:
        course = f"would stay above {bound} until {date_text(until, locale=locale, style='month')}"
    elif seen.chance >= 0.995:
        course = f"would fall under {bound}, most likely around {_month(seen.first, locale)}"
    else:
        course = f"could fall under {bound} around {_month(seen.first, locale)}"
    return (
        f"Your everyday spending is not known yet, so this is what would happen if you spent {spent}: {lead} {course}."
    )


def _after_what_lies_beyond(words: str, names: list[str], *, until: date, locale: str) -> str:
    """The sentence after the events that begin too late to count in it."""
    if not names:
        return words
    listed = _listed(names)
    begins = f"{listed[:1].upper()}{listed[1:]} {'begin' if len(set(names)) > 1 else 'begins'}"
    return f"{begins} after {date_text(until, locale=locale)}, beyond what is looked at: {_lowered(words)}"


def _lowered(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def _income_from(snapshot: Snapshot, *, currency: Currency, locale: str) -> str:
    """Where the income that is counted comes from, if not from the bookings; "" where it does."""
    if not _income_known(snapshot):
        return "No income is known yet, so none is counted"
    if _income_stated(snapshot):
        stated = amount_text(snapshot.income or Decimal(0), of=currency, locale=locale, whole=True)
        return f"No income comes back in your bookings, so the {stated} a month of your profile is counted"
    return ""


def _income_stated(snapshot: Snapshot) -> bool:
    """Whether the profile's income is counted, since no stream brings one."""
    return bool(snapshot.income) and not any(stream.amount > 0 for stream in snapshot.streams)


def _income_known(snapshot: Snapshot) -> bool:
    """Whether anything is known to come in: from the profile, as a stream, or among the other flows of some month."""
    return (
        snapshot.income is not None
        or any(stream.amount > 0 for stream in snapshot.streams)
        or any(month > 0 for month in snapshot.rest.months)
    )


def _bound(solved: tuple[Event, Amount], *, currency: Currency, locale: str) -> tuple[str, str, str]:
    event, found = solved
    safe = share_text(SAFE)
    stays = f"the chance stays at {safe} or less."
    if found.amount is None or (not found.amount and not isinstance(event, Deposit)):
        return (f"No amount keeps the chance at {safe}.", "", "")
    if isinstance(event, RateChange):
        return ("At least up to" if found.at_least else "Up to", points_text(found.amount), stays)
    text = amount_text(found.amount, of=currency, locale=locale, whole=True)
    if isinstance(event, Deposit):
        return ("", "", "") if not found.amount else ("From", text, f"on {stays}")
    if found.at_least and isinstance(event, InvestmentGrowth):
        stays = f"– all that is there to invest – {stays}"
    return ("Up to", text, stays)


def step_of(amount: Decimal) -> Decimal:
    """A round step, about a thousandth of an amount and at least a whole unit."""
    return max(Decimal(1).scaleb((amount / 1000).adjusted()), Decimal(1)) if amount else Decimal(1)


def _month(day: date | None, locale: str) -> str:
    return date_text(day, locale=locale, style="month") if day else ""


def _listed(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    if len(unique) <= 1:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} and {unique[-1]}"
