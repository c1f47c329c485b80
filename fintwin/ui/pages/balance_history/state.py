"""The history of a balance: its address and a page of its lines."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.wording import amount_text, instant_text
from fintwin.ledger import accounts, past, result
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.past import KEPT_BACK, LET_GO, Change, Past
from fintwin.ledger.wording import KIND_WORDS
from fintwin.ui.act import Argument, look, parse
from fintwin.ui.state import Page
from fintwin.web.gate import principal

PATH = "/accounts/history"

_REASONS = {KEPT_BACK: "Kept back", LET_GO: "Let go"} | {kind.name.lower(): words for kind, words in KIND_WORDS.items()}


class Chosen(Argument):
    """An account whose history is asked for."""

    account: UUID


@dataclass(frozen=True, slots=True)
class Line:
    """One change in words; an amount that is not known is empty."""

    when: str = ""
    title: str = ""
    details: str = ""
    kept: str = ""
    """What of it had been kept back before."""
    change: str = ""
    inflow: bool = False
    pending: str = ""
    balance: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for: an account's uuid, and the cursor of an earlier page."""

    account: str = ""
    after: str = ""


class BalanceHistory(Page, rx.State):
    """What changed one account's balance, the latest first."""

    loaded: bool = False
    accounts: list[tuple[str, str]] = []
    account: str = ""
    currency: str = ""
    held: bool = True
    known: bool = True
    lines: list[Line] = []
    earlier: str = ""
    """The address of the page before it in time; "" where there is none."""
    latest: str = ""
    """The address of the first page; "" on it."""
    _wanted: Wanted = Wanted()

    @rx.event
    async def load(self) -> None:
        """Show the history that the address asks for; without one, the first account's."""
        self._wanted = read(self.router.url.query_parameters)
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Read the same page again after something happened to the books."""
        await self._show()

    @rx.event
    def choose_account(self, account: str) -> Any:
        """Show another account's history."""
        return rx.redirect(write(Wanted(str(parse(Chosen, {"account": account}).account))))

    async def _show(self) -> None:
        who = principal()
        listed, found = await look(_found, wanted=self._wanted)
        self.accounts = [(str(one.uuid), one.name) for one in listed]
        self.lines, self.earlier, self.latest = [], "", ""
        if found is not None:
            of = found.account
            self.account, self.currency = str(of.uuid), of.currency.code
            self.held, self.known = of.held, of.known
            self.lines = [line(one, of, who) for one in found.changes]
            self.earlier = write(Wanted(self.account, str(found.after))) if found.after else ""
            self.latest = write(Wanted(self.account)) if self._wanted.after else ""
        self.loaded = True


def read(query: Any) -> Wanted:
    """A page of a history from an address; parts that are malformed or out of bounds count as missing."""
    try:
        account = str(UUID(str(query.get("account", ""))[:36]))
    except ValueError:
        account = ""
    after = str(query.get("after", ""))[:120]
    try:
        past.place(after)
    except Invalid:
        after = ""
    return Wanted(account, after)


def write(wanted: Wanted) -> str:
    """The address of a page of a history."""
    parts = {"account": wanted.account, "after": wanted.after}
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{PATH}?{query}" if query else PATH


def line(one: Change, of: AccountView, who: Principal) -> Line:
    """A change in words; the currency stands above."""

    def bare(amount: Decimal | None, *, signed: bool = False) -> str:
        if amount is None:
            return ""
        return amount_text(amount, of=of.currency, locale=who.locale, symbol=False, signed=signed)

    reason = _REASONS[one.reason]
    title = one.payee or one.description or reason
    details = [reason] if title != reason else []
    if one.description and title != one.description:
        details.append(one.description)
    kept = ""
    if one.moved and one.amount is not None and one.moved != one.amount:
        kept = f"{bare(one.moved, signed=True)} booked, {bare(one.amount - one.moved)} had been kept back"
    return Line(
        when=instant_text(one.at, zone=who.zone, locale=who.locale),
        title=title,
        details=" · ".join(details),
        kept=kept,
        change=bare(one.amount, signed=True),
        inflow=bool(one.amount and one.amount > 0),
        pending=bare(one.pending),
        balance=bare(one.available),
        href="/transactions?" + urlencode({"account": str(of.uuid), "status": "all", "open": one.reference}),
    )


def _found(session: Session, who: Principal, *, wanted: Wanted) -> tuple[list[AccountView], Past | None]:
    listed = accounts.accounts(session, who, closed=True)
    if not listed:
        return [], None
    seen = accounts.by_uuid(session, who, wanted.account) if wanted.account else result.first(listed)
    return listed, past.past(session, who, account=seen.id, after=past.place(wanted.after))
