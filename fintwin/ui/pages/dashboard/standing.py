"""Where a person stands, in words: the numbers of the strip, what each means, and what lies behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from babel.numbers import format_decimal

from fintwin.cashflow.ahead import Ahead
from fintwin.cashflow.service import LOWEST_AHEAD
from fintwin.identity.principal import Principal
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import amount_text, date_text, instant_text
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.register import query_of
from fintwin.ledger.result import Balance, Converted, MonthResult, Point
from fintwin.statements.service import Summary
from fintwin.ui.components.plot import LIKELY, Moment, spark

BACK = 92
"""Days of booked cash that the chart shows."""
AHEAD = 92
"""Days of known cash to come that the chart shows."""
LOWEST_WITHIN = 60
"""Days in which the lowest point is looked for; `LOWEST_AHEAD` says so."""
COMING = 6
"""Known payments that the dashboard lists."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the strip; an empty `value` is not known, and `below` then says what would make it known."""

    value: str = ""
    below: str = ""
    tone: str = ""
    """`good`, `twin` or empty."""
    path: str = ""
    """A sparkline."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a number is made of, and where it can be seen."""

    name: str = ""
    line: str = ""
    value: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a number means and what lies behind it."""

    title: str = ""
    value: str = ""
    sentence: str = ""
    parts: list[Part] = field(default_factory=list)
    left_out: str = ""
    href: str = ""
    rate_words: str = ""
    """What would count what has no rate; "" where nothing is missing."""
    rate_href: str = ""


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest known cash within its days."""

    amount: Decimal
    day: date


def net_worth_figure(found: Balance, points: Sequence[Point], who: Principal, *, today: date) -> Figure:
    """Net worth, and how it changed since the month began, where every account was known by then."""
    if found.amount is None:
        return Figure(below=_not_known(found))
    before = today.replace(day=1) - timedelta(days=1)
    whole = all(one.known_since is not None and one.known_since <= before for one in found.behind)
    start = next((point.balance for point in points if point.day == before), None) if whole else None
    change = None if start is None else found.amount - start
    return Figure(
        value=_round(found.amount, found, who),
        below=_left_out_short(found)
        or ("" if change is None else f"{_round(change, found, who, signed=True)} this month"),
        tone="good" if change is not None and change > 0 and not found.unknown else "",
        path=spark([point.balance for point in _thinned(points)]),
    )


def cash_figure(found: Balance, points: Sequence[Point], who: Principal) -> Figure:
    """Cash now, and how many accounts it lies on."""
    if found.amount is None:
        return Figure(below=_not_known(found))
    open_ones = sum(one.open for one in found.behind)
    return Figure(
        value=_round(found.amount, found, who),
        below=_left_out_short(found) or f"{open_ones} account{'' if open_ones == 1 else 's'}",
        path=spark([point.balance for point in _thinned(points)]),
    )


def month_figure(found: MonthResult, who: Principal) -> Figure:
    """The month's result so far."""
    if not found.count:
        return Figure(below="no income or spending so far; opening balances do not count")
    inflow, outflow = (
        amount_text(size, of=found.currency, locale=who.locale, symbol=False, whole=True)
        for size in (found.inflow, found.outflow)
    )
    return Figure(
        value=amount_text(found.net, of=found.currency, locale=who.locale, signed=True, whole=True),
        below=f"in {inflow} · out {outflow}",
    )


def lowest(found: Ahead | None) -> Lowest | None:
    """The lowest known cash of the next days; None where neither payments nor everyday life are known."""
    if found is None or not _known(found):
        return None
    amount, day = min((amount, day) for day, amount in found.days[: LOWEST_WITHIN + 1])
    return Lowest(amount, day)


def lowest_figure(found: Ahead | None, who: Principal) -> Figure:
    """The lowest point ahead with its day."""
    point = lowest(found)
    if point is None:
        known = found is not None
        return Figure(below="needs payments that come back" if known else "needs the balance of a cash account")
    return Figure(
        value=amount_text(point.amount, of=currency(who.currency), locale=who.locale, whole=True),
        below=date_text(point.day, locale=who.locale, style="day"),
        tone="twin",
    )


def balance_definition(title: str, found: Balance, who: Principal) -> Definition:
    """What a sum of balances means, and the accounts it is made of."""
    return Definition(
        title=title,
        value="" if found.amount is None else amount_text(found.amount, of=found.currency, locale=who.locale),
        sentence=found.definition,
        parts=[_counted_part(found, one, who) for one in found.behind if one.open],
        left_out=_left_out(found),
        href="/transactions",
        **rate_link(one.currency for one in found.foreign),
    )


def _counted_part(found: Balance, one: AccountView, who: Principal) -> Part:
    """An account of a sum; one in another currency says what it counts as, and by which rate."""
    part = account_part(one, who)
    other = next((it for it in found.converted if it.account is one), None)
    if other is None:
        return part
    return replace(part, line=f"{part.line} · {_at_rate(other, found.currency, who)}".strip(" ·"))


def _at_rate(counted: Converted, home: Currency, who: Principal) -> str:
    """`counts as €920.00 at 0.92 of 2 Mar 2026`."""
    worth = amount_text(counted.amount, of=home, locale=who.locale)
    rate = format_decimal(counted.rate, format="#,##0.######", locale=who.locale.replace("-", "_"))
    return f"counts as {worth} at {rate} of {date_text(counted.day, locale=who.locale)}"


def month_definition(found: MonthResult, who: Principal, *, accounts: Sequence[AccountView]) -> Definition:
    """What the month's result means, and the filter that shows what it counts."""
    query = query_of(found.behind, accounts=accounts)
    address = f"/transactions?{urlencode(query)}"
    sides = (("Came in", "in", found.inflow), ("Went out", "out", -found.outflow))
    return Definition(
        title=f"Result of {date_text(found.month, locale=who.locale, style='month')}",
        value=amount_text(found.net, of=found.currency, locale=who.locale, signed=True) if found.count else "",
        sentence=found.definition,
        parts=[
            Part(
                name,
                "",
                amount_text(moved, of=found.currency, locale=who.locale, signed=True),
                f"/transactions?{urlencode(query | {'flow': flow})}",
            )
            for name, flow, moved in sides
        ],
        left_out=" ".join(
            [
                *(f"{one.currency.code} {_at_rate(one, found.currency, who)}." for one in found.converted),
                *([f"Left out, no rate for {_codes(found.foreign)}."] if found.foreign else []),
            ]
        ),
        href=address,
        **rate_link(found.foreign),
    )


def rate_link(missing: Iterable[Currency]) -> dict[str, str]:
    """The way to say what currencies without a rate are worth: the words and address of a `Definition`."""
    codes = sorted({one.code for one in missing})
    if not codes:
        return {}
    return {"rate_words": f"Say what {codes[0]} is worth", "rate_href": f"/rates?from={codes[0]}"}


def lowest_definition(found: Ahead | None, who: Principal) -> Definition:
    """What the lowest point means, and the known payments until then."""
    point = lowest(found)
    return Definition(
        title="Lowest point ahead",
        value=""
        if point is None
        else f"{amount_text(point.amount, of=currency(who.currency), locale=who.locale)}"
        f" on {date_text(point.day, locale=who.locale)}",
        sentence=LOWEST_AHEAD,
        parts=[] if found is None or point is None else _until(found, point, who),
        left_out=" ".join(part for part in (_lowest_is_now(found, point), _irregular(found)) if part)
        if point is not None
        else "Not known yet: no payment has come back often enough. Two or three months of history make it known.",
    )


def _lowest_is_now(found: Ahead | None, point: Lowest) -> str:
    if found is None or point.day != found.days[0][0]:
        return ""
    return "It is lowest today: all that was counted above never takes it below."


def _until(found: Ahead, point: Lowest, who: Principal) -> list[Part]:
    """What the lowest point is made of; where it is today, what was looked at and never goes below it."""
    day = point.day
    begin = found.days[0]
    now = Part(
        "Cash now",
        date_text(begin[0], locale=who.locale, style="day"),
        amount_text(begin[1], of=currency(who.currency), locale=who.locale),
        "/accounts",
    )
    if day == begin[0]:
        day = found.days[: LOWEST_WITHIN + 1][-1][0]
    return [now, *coming(found, who, until=day), *_everyday(found, who, until=day)]


def ahead_words(found: Ahead | None) -> str:
    """What the dashed line is called: without everyday life it is not the likely one."""
    return LIKELY if found is not None and found.everyday is not None else "If known payments fall due"


def coming(found: Ahead, who: Principal, *, until: date | None = None, most: int | None = None) -> list[Part]:
    """The known payments to come, each with the cash after it."""
    home = currency(who.currency)
    due = [one for one in found.due if until is None or one.day <= until][:most]
    return [
        Part(
            name=one.name,
            line=f"{date_text(one.day, locale=who.locale, style='day')} · cash then"
            f" {amount_text(one.cash, of=home, locale=who.locale, whole=True)}",
            value=amount_text(one.amount, of=home, locale=who.locale, signed=True),
            href=f"/transactions?{urlencode({'text': one.name[:100]})}",
        )
        for one in due
    ]


def account_part(account: AccountView, who: Principal) -> Part:
    """An account and what stands on it; an empty value is not known."""
    where = "kept here" if account.held else "at a bank"
    return Part(
        name=account.name,
        line=f"{where} ··{account.ending}" if account.ending else where,
        value=amount_text(account.posted, of=account.currency, locale=who.locale) if account.known else "",
        href=f"/transactions?account={account.uuid}",
    )


def first_without_balance(found: Balance) -> str:
    """Where the balance of an account can be said that would make the sum known; empty where there is none."""
    account = next((one for one in found.unknown if not one.held), None)
    return f"/accounts?balance={account.uuid}" if account else ""


def import_sentence(found: Summary | None, who: Principal) -> str:
    """When a bank file was last booked; empty where none was."""
    if found is None or found.booked_at is None:
        return ""
    when = instant_text(found.booked_at, zone=who.zone, locale=who.locale)
    return f"Last import {when}: {found.added} from {found.name}"


def cash_moments(points: Sequence[Point], found: Ahead | None) -> list[Moment]:
    """Booked cash day by day, then what is known of the days to come."""
    booked = [Moment(point.day, booked=point.balance) for point in points]
    if found is None or not _known(found):
        return booked
    return booked + [Moment(day, likely=amount) for day, amount in found.days[1:]]


def _irregular(found: Ahead | None) -> str:
    """Whose income is not counted on; empty where there is none."""
    if found is None or not found.irregular:
        return ""
    named, more = found.irregular[:3], len(found.irregular) - 3
    listed = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return f"Left out, since it keeps no rhythm that says when it comes again: income from {listed}."


def _known(found: Ahead) -> bool:
    return bool(found.due) or found.everyday is not None


def _everyday(found: Ahead, who: Principal, *, until: date) -> list[Part]:
    """What everyday life takes until a day."""
    days = (until - found.days[0][0]).days
    if not found.everyday or not days:
        return []
    home = currency(who.currency)
    each = amount_text(abs(found.everyday), of=home, locale=who.locale)
    return [
        Part(
            "Everyday life",
            f"{days} day{'' if days == 1 else 's'}, about {each} each",
            amount_text(found.everyday * days, of=home, locale=who.locale, signed=True),
            "/transactions?flow=out",
        )
    ]


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    every = max(1, len(points) // 30)
    return points[::-1][::every][::-1]


def _round(amount: Decimal, found: Balance, who: Principal, *, signed: bool = False) -> str:
    return amount_text(amount, of=found.currency, locale=who.locale, signed=signed, whole=True)


def _not_known(found: Balance) -> str:
    if found.foreign:
        return f"no rate for {_codes(one.currency for one in found.foreign)}"
    return "no balance was given yet" if found.unknown else "no account yet"


def _left_out_short(found: Balance) -> str:
    many = len(found.unknown) + len(found.foreign)
    return f"without {many} account{'' if many == 1 else 's'}" if many else ""


def _left_out(found: Balance) -> str:
    sentences = []
    if found.unknown:
        sentences.append(f"Balance not known: {', '.join(one.name for one in found.unknown)}.")
    if found.foreign:
        named = ", ".join(f"{one.name} ({one.currency.code})" for one in found.foreign)
        sentences.append(f"No rate for {_codes(one.currency for one in found.foreign)}, so left out: {named}.")
    return " ".join(sentences)


def _codes(currencies: Iterable[Currency]) -> str:
    return ", ".join(sorted({one.code for one in currencies}))
