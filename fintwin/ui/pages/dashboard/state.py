"""The dashboard's presenter: what the books say now, then what is known of the days to come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import reflex as rx
from sqlmodel import Session

from fintwin.cashflow import service as cashflow
from fintwin.cashflow.ahead import Ahead
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger import accounts as account_book
from fintwin.ledger import register, result
from fintwin.ledger.accounts import AccountView
from fintwin.statements import service as statements
from fintwin.statements.service import Summary
from fintwin.ui.act import look
from fintwin.ui.components.plot import Plot, plot
from fintwin.ui.pages.dashboard import standing
from fintwin.ui.pages.dashboard.standing import Definition, Figure, Part
from fintwin.ui.pages.transactions import rows
from fintwin.ui.pages.transactions.rows import Row
from fintwin.ui.state import Page
from fintwin.web.gate import principal

LATEST = 6
"""Rows of the register that the dashboard shows."""

EXPLAINED = ("net_worth", "cash", "lowest", "month")


class Dashboard(Page, rx.State):
    """The strip, the chart, and three short lists."""

    loaded: bool = False
    looked_ahead: bool = False
    any_accounts: bool = False
    net_worth: Figure = Figure()
    cash: Figure = Figure()
    lowest: Figure = Figure()
    month: Figure = Figure()
    chart: Plot = Plot()
    balance_href: str = ""
    """Where the first missing balance can be said; empty where none is missing."""
    accounts: list[Part] = []
    latest: list[Row] = []
    coming: list[Part] = []
    definition: Definition = Definition()
    explaining: bool = False
    last_import: str = ""
    _seen: tuple[Any, ...] | None = None
    """The day and the accounts' versions that the look ahead rests on."""
    _lowest: Definition | None = None
    """Kept from the look ahead, which takes longer than a click should."""

    @rx.event
    async def load(self) -> AsyncIterator[Any]:
        """Read what is booked and show it; then look ahead, which takes longer."""
        self._seen = None
        self.explaining = False
        async for event in self._read():
            yield event

    @rx.event
    async def refresh(self) -> AsyncIterator[Any]:
        """Read again after something happened; look ahead anew only if something was booked."""
        async for event in self._read():
            yield event

    @rx.event
    async def explain(self, what: str) -> None:
        """Open what one number means."""
        if not isinstance(what, str) or what not in EXPLAINED:
            raise Invalid("There is no such number here.", code="unknown_number")
        ready = self._lowest if what == "lowest" else None
        self.definition = await look(_definition, what=what) if ready is None else ready
        self.explaining = True

    @rx.event
    def understood(self) -> None:
        """Close the definition."""
        self.explaining = False

    async def _read(self) -> AsyncIterator[Any]:
        who = principal()
        now = today(system_clock, zone=who.zone)
        books = await look(_booked, today=now)
        self.any_accounts = bool(books.accounts)
        self.net_worth = standing.net_worth_figure(books.net_worth, books.worth_line, who, today=now)
        self.cash = standing.cash_figure(books.cash, books.cash_line, who)
        self.balance_href = standing.first_without_balance(books.cash)
        self.month = standing.month_figure(books.month, who)
        self.accounts = [standing.account_part(one, who) for one in books.accounts]
        self.last_import = standing.import_sentence(books.last_import, who)
        self.latest = [rows.row(one, who, today=now, symbol=True) for one in books.latest]
        self.loaded = True
        yield
        seen = (now, *((one.id, one.version) for one in books.accounts))
        if seen == self._seen:
            return
        ahead = await look(cashflow.cash_ahead, days=standing.AHEAD)
        self.lowest = standing.lowest_figure(ahead, who)
        self.coming = [] if ahead is None else standing.coming(ahead, who, most=standing.COMING)
        self.chart = _chart(books, ahead, who, now)
        self._lowest = standing.lowest_definition(ahead, who)
        self._seen = seen
        self.looked_ahead = True


@dataclass(frozen=True, slots=True)
class _Books:
    net_worth: result.Balance
    worth_line: tuple[result.Point, ...]
    cash: result.Balance
    cash_line: tuple[result.Point, ...]
    month: result.MonthResult
    accounts: list[AccountView]
    latest: list[register.Row]
    last_import: Summary | None


def _booked(session: Session, who: Principal, *, today: date) -> _Books:
    worth, cash = result.net_worth(session, who), result.cash_now(session, who)
    since = today - timedelta(days=standing.BACK)
    return _Books(
        net_worth=worth,
        worth_line=result.history(session, who, of=worth.behind, since=since, until=today),
        cash=cash,
        cash_line=result.history(session, who, of=cash.behind, since=since, until=today),
        month=result.month_result(session, who, month=today),
        accounts=sorted(account_book.accounts(session, who), key=lambda one: one.type not in result.CASH_TYPES),
        latest=list(register.page(session, who, rows=LATEST).rows),
        last_import=statements.last_import(session, who),
    )


def _definition(session: Session, who: Principal, *, what: str) -> Definition:
    if what == "net_worth":
        return standing.balance_definition("Net worth", result.net_worth(session, who), who)
    if what == "cash":
        return standing.balance_definition("Cash now", result.cash_now(session, who), who)
    if what == "lowest":
        return standing.lowest_definition(cashflow.cash_ahead(session, who, days=standing.AHEAD), who)
    month = result.month_result(session, who, month=today(system_clock, zone=who.zone))
    return standing.month_definition(month, who, accounts=account_book.accounts(session, who))


def _chart(books: _Books, ahead: Ahead | None, who: Principal, now: date) -> Plot:
    point = standing.lowest(ahead)
    return plot(
        standing.cash_moments(books.cash_line, ahead),
        of=currency(who.currency),
        locale=who.locale,
        subject="Cash",
        today=now,
        lowest=point.day if point else None,
        likely=standing.ahead_words(ahead),
    )
