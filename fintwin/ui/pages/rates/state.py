"""Exchange rates: what is known, a form for one more, and files of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import reflex as rx
from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError, Invalid, together
from fintwin.kernel.money import currency, current_currencies
from fintwin.kernel.wording import date_text, parse_rate, rate_text
from fintwin.ledger import rates
from fintwin.ledger.rates import Known, Pair
from fintwin.ui.act import Argument, Form, act, look, parse
from fintwin.ui.state import Page, notify
from fintwin.ui.undo import Step, offer
from fintwin.ui.wanted import Wanted
from fintwin.web.gate import principal

EARLIER = 100
"""Rates of one pair that its list shows."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class RateForm(Form):
    """1 [base] is worth [rate] [quote] since [day]."""

    base: Annotated[Code, Wanted("Choose a currency.")]
    rate: Annotated[str, StringConstraints(min_length=1, max_length=30), Wanted("Enter a rate.")]
    quote: Annotated[Code, Wanted("Choose a currency.")]
    day: date | None = None

    @field_validator("day", mode="before")
    @classmethod
    def _today(cls, given: Any) -> Any:
        return given or None


class WhichForm(Argument):
    """A pair, and the day of one of its rates."""

    base: Code
    quote: Code
    day: date = date.min


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate in words."""

    base: str = ""
    quote: str = ""
    day: str = ""
    """ISO."""
    words: str = ""
    """`1 USD = 0.92 EUR`."""
    line: str = ""
    """Since when, and by what it came."""
    earlier: str = ""
    """How many there are before it; "" where there is none."""


def rate_row(known: Known, *, locale: str) -> RateRow:
    """A rate in words."""
    by = "by hand" if known.by_hand else "from a file"
    return RateRow(
        base=known.base,
        quote=known.quote,
        day=known.day.isoformat(),
        words=f"1 {known.base} = {rate_text(known.rate, locale=locale)} {known.quote}",
        line=f"since {date_text(known.day, locale=locale)} · {by}",
    )


def pair_row(pair: Pair, *, locale: str) -> RateRow:
    """The latest rate of a pair, with the number of those before it."""
    row = rate_row(pair.latest, locale=locale)
    more = pair.many - 1
    return RateRow(row.base, row.quote, row.day, row.words, row.line, f"{more} earlier" if more else "")


def wanted_pair(given: tuple[str, str], *, own: str, missing: Sequence[str]) -> tuple[str, str]:
    """The pair that the form begins with: the address's, else the first currency without a rate, in the own one."""
    base, quote = (_code(one) for one in given)
    base = base or next(iter(missing), "")
    quote = quote or own
    if base == quote:
        base = next((one for one in missing if one != quote), "")
    return base, quote


class Rates(Page, rx.State):
    """The page."""

    loaded: bool = False
    pairs: list[RateRow] = []
    missing: list[str] = []
    """Currencies of accounts that have no rate in the person's own."""
    currencies: list[tuple[str, str]] = []
    base: str = ""
    quote: str = ""
    version: int = 0
    shown: RateRow = RateRow()
    """The pair whose earlier rates are listed; without a base none."""
    earlier: list[RateRow] = []
    more: str = ""

    @rx.event
    async def load(self) -> None:
        """Show what is known; the form begins with the pair of the address."""
        query = self.router.url.query_parameters
        self.shown, self.earlier = RateRow(), []
        await self._show()
        given = (str(query.get("from", ""))[:3], str(query.get("to", ""))[:3])
        self.base, self.quote = wanted_pair(given, own=principal().currency, missing=self.missing)
        self.version += 1

    @rx.event
    async def refresh(self) -> None:
        """Read them again."""
        await self._show()

    @rx.event
    async def begin(self, base: str) -> None:
        """Have the form ask for a missing currency."""
        self.base, self.quote = _code(base), principal().currency
        self.version += 1

    @rx.event
    async def enter(self, form: dict[str, Any]) -> None:
        """Keep a rate."""
        who, wanted = principal(), parse(RateForm, form)
        now = today(system_clock, zone=who.zone)
        day = wanted.day or now
        rate, _ = together(lambda: parse_rate(wanted.rate, locale=who.locale), lambda: _not_later(day, than=now))
        await act(rates.enter, base=wanted.base, quote=wanted.quote, day=day, rate=rate)
        await self._show()
        self.base, self.quote = wanted_pair(("", ""), own=who.currency, missing=self.missing)
        self.version += 1
        words = f"1 {wanted.base} = {rate_text(rate, locale=who.locale)} {wanted.quote}"
        await notify(self, f"{words} since {date_text(day, locale=who.locale)}.")

    @rx.event
    async def forget(self, base: str, quote: str, day: str) -> Any:
        """Take a rate away."""
        wanted = parse(WhichForm, {"base": base, "quote": quote, "day": day})
        gone = await act(rates.forget, base=wanted.base, quote=wanted.quote, day=wanted.day)
        await self._show()
        if gone is None:
            return None
        return await offer(
            self, f"{rate_row(gone, locale=principal().locale).words} taken away.", Step("keep_rate", rate=gone)
        )

    @rx.event
    async def show_earlier(self, base: str, quote: str) -> None:
        """List the rates of a pair."""
        wanted = parse(WhichForm, {"base": base, "quote": quote})
        self.shown = RateRow(base=wanted.base, quote=wanted.quote)
        await self._show()

    @rx.event
    def put_away(self) -> None:
        """Close the list of a pair."""
        self.shown, self.earlier, self.more = RateRow(), [], ""

    @rx.event
    async def brought(self) -> None:
        """Show what a file brought."""
        await self._show()
        await notify(self, "The rates of the file are kept.")

    async def _show(self) -> None:
        who = principal()
        found, earlier, used = await look(_read, base=self.shown.base, quote=self.shown.quote)
        self.pairs = [pair_row(one, locale=who.locale) for one in found]
        self.earlier = [rate_row(one, locale=who.locale) for one in earlier[:EARLIER]]
        self.more = f"The latest {EARLIER} are listed." if len(earlier) > EARLIER else ""
        if self.shown.base and not self.earlier:
            self.shown = RateRow()
        self.missing = used
        if not self.currencies:
            self.currencies = current_currencies(who.locale)
        self.loaded = True


def _read(session: Session, who: Principal, *, base: str, quote: str) -> tuple[list[Pair], list[Known], list[str]]:
    """Every pair, the rates of one of them, and the currencies in use that the own one cannot be told of today."""
    used = rates.in_use(session, who)
    now = today(system_clock, zone=who.zone)
    known = rates.between(session, who, currencies=used, until=now)
    return (
        rates.pairs(session, who),
        rates.known(session, who, base=base, quote=quote, most=EARLIER + 1) if base else [],
        sorted(one for one in used if known.worth(one, in_=who.currency, on=now) is None),
    )


def _not_later(day: date, *, than: date) -> None:
    if day > than:
        raise Invalid("This day is in the future.", code="date_in_future", field="day")


def _code(text: Any) -> str:
    try:
        return currency(text).code if isinstance(text, str) and len(text) == 3 else ""
    except FinTwinError:
        return ""
