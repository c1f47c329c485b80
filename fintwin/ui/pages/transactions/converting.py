"""Money between own accounts of two currencies: what leaves, what arrives, and the rate between them as it is typed."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError, Invalid
from fintwin.kernel.money import Currency, currency, rounded
from fintwin.kernel.wording import amount_text, date_text, parse_amount, rate_text
from fintwin.ledger import accounts, conversion, rates
from fintwin.ledger.exchange import Worth
from fintwin.ui.act import look
from fintwin.ui.state import Page
from fintwin.web.gate import principal

_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the two fields, and which of them the person wrote."""

    leaves: str = ""
    arrives: str = ""
    wrote_leaves: bool = False
    wrote_arrives: bool = False


def proposed(typed: Typed, *, of: Currency, into: Currency, worth: Worth | None, locale: str) -> Typed:
    """The field that the person did not write follows from the one they wrote; without a rate it is empty."""
    if typed.wrote_leaves == typed.wrote_arrives:
        return typed
    if typed.wrote_leaves:
        leaves = _read(typed.leaves, of, locale)
        words = "" if leaves is None or worth is None else _words(leaves * worth.rate, into, locale)
        return replace(typed, arrives=words)
    arrives = _read(typed.arrives, into, locale)
    words = "" if arrives is None or worth is None else _words(arrives / worth.rate, of, locale)
    return replace(typed, leaves=words)


def rate_line(typed: Typed, *, of: Currency, into: Currency, locale: str) -> str:
    """The rate that the two amounts say, both ways; "" while one of them is not there."""
    leaves, arrives = _read(typed.leaves, of, locale), _read(typed.arrives, into, locale)
    if leaves is None or arrives is None:
        return ""
    there = rate_text(conversion.rate(gave=leaves, got=arrives), locale=locale)
    back = rate_text(conversion.rate(gave=arrives, got=leaves), locale=locale)
    return f"1 {of.code} = {there} {into.code} · 1 {into.code} = {back} {of.code}"


class Converting(Page, rx.State):
    """The part of the dialog that is there when two accounts have different currencies."""

    two: bool = False
    """Whether the accounts chosen have different currencies."""
    of: str = ""
    into: str = ""
    leaves: str = ""
    arrives: str = ""
    leaves_version: int = 0
    """Counts up when the field is filled by a rate, so that it shows it."""
    arrives_version: int = 0
    line: str = ""
    """The rate of the two amounts."""
    own: str = ""
    """The person's own rate in words; "" where none is known."""
    rates_href: str = ""
    differs: bool = False
    """Whether both amounts were written, so that the own rate could be taken instead."""
    _giving: str = ""
    _taking: str = ""
    _typed: Typed = Typed()
    _worth: Worth | None = None

    async def _begin(self, giving: str, taking: str) -> None:
        """Begin with two accounts and nothing written, before the fields are there: what is in them is not touched."""
        self._typed, self._giving, self._taking = Typed(), giving, taking
        self.leaves = self.arrives = ""
        await self._chosen()

    @rx.event
    async def give_from(self, account: str) -> None:
        """Another account gives."""
        self._giving = _uuid(account)
        await self._chosen()

    @rx.event
    async def take_to(self, account: str) -> None:
        """Another account takes."""
        self._taking = _uuid(account)
        await self._chosen()

    @rx.event
    def say_leaves(self, text: str) -> None:
        """What leaves is written."""
        text = _text(text)
        self._typed = replace(self._typed, leaves=text, wrote_leaves=bool(text.strip()))
        self._fill()

    @rx.event
    def say_arrives(self, text: str) -> None:
        """What arrives is written."""
        text = _text(text)
        self._typed = replace(self._typed, arrives=text, wrote_arrives=bool(text.strip()))
        self._fill()

    @rx.event
    def take_own(self) -> None:
        """Have what arrives follow from what leaves by the own rate."""
        self._typed = replace(self._typed, arrives="", wrote_leaves=True, wrote_arrives=False)
        self._fill()

    async def _chosen(self) -> None:
        self.two, self.own, self._worth = False, "", None
        if self._giving and self._taking and self._giving != self._taking:
            of, into, worth = await look(_between, giving=self._giving, taking=self._taking)
            self.of, self.into, self.two, self._worth = of, into, of != into, worth
            self.rates_href = f"/rates?{urlencode({'from': of, 'to': into})}"
            if worth is not None and self.two:
                who = principal()
                rate, day = rate_text(worth.rate, locale=who.locale), date_text(worth.day, locale=who.locale)
                self.own = f"1 {of} = {rate} {into}, your rate of {day}"
        self._fill()

    def _fill(self) -> None:
        if not self.two:
            self.line, self.differs = "", False
            return
        of, into, locale = currency(self.of), currency(self.into), principal().locale
        before, self._typed = self._typed, proposed(self._typed, of=of, into=into, worth=self._worth, locale=locale)
        self.leaves, self.arrives = self._typed.leaves, self._typed.arrives
        self.leaves_version += before.leaves != self.leaves
        self.arrives_version += before.arrives != self.arrives
        self.line = rate_line(self._typed, of=of, into=into, locale=locale)
        self.differs = bool(self.own) and self._typed.wrote_leaves and self._typed.wrote_arrives


def _between(session: Session, who: Principal, *, giving: str, taking: str) -> tuple[str, str, Worth | None]:
    """The currencies of two accounts and what one is worth in the other today."""
    of = accounts.by_uuid(session, who, giving).currency.code
    into = accounts.by_uuid(session, who, taking).currency.code
    now = today(system_clock, zone=who.zone)
    known = rates.between(session, who, currencies={of, into}, until=now)
    return of, into, known.worth(of, in_=into, on=now)


def _read(text: str, of: Currency, locale: str) -> Decimal | None:
    try:
        amount = parse_amount(text, of=of, locale=locale)
    except FinTwinError:
        return None
    return amount if amount > 0 else None


def _words(amount: Decimal, of: Currency, locale: str) -> str:
    return amount_text(rounded(amount, to=of), of=of, locale=locale, symbol=False)


def _text(text: Any) -> str:
    return text[:_LONGEST] if isinstance(text, str) and "\0" not in text else ""


def _uuid(text: Any) -> str:
    if text == "":
        return ""
    try:
        return str(UUID(text)) if isinstance(text, str) else ""
    except ValueError:
        raise Invalid("There is no such account in your books.", code="unknown_account", field="account") from None
