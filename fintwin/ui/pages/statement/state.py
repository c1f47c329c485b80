"""The statement of an account for a month: its address, its frame, a page of its lines."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import grouped
from fintwin.kernel.wording import amount_text, count_text, counted, date_text
from fintwin.ledger import accounts, month_statement, result
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.month_statement import Entry, MonthStatement
from fintwin.ledger.posting import Status
from fintwin.ui.act import Argument, look, parse
from fintwin.ui.state import Page
from fintwin.web import statements
from fintwin.web.gate import principal

PATH = "/accounts/statement"
ROWS = 100
"""Lines of one page."""

_MOST_PAGES = 100_000


class Chosen(Argument):
    """A statement that is asked for."""

    account: UUID
    month: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the lines."""

    account: str = ""
    number: str = ""
    owner: str = ""
    month: str = ""
    period: str = ""
    opening: str = ""
    """Empty where it is not known."""
    inflow: str = ""
    outflow: str = ""
    closing: str = ""
    end: str = ""
    """What the last balance is called: the month may still run."""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    day: str = ""
    title: str = ""
    details: str = ""
    undone: bool = False
    inflow: str = ""
    outflow: str = ""
    balance: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for: the account's uuid, the month's first day, the page of lines."""

    account: str = ""
    month: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What the books answer."""

    accounts: list[AccountView]
    statement: MonthStatement | None
    months: list[date]
    lines: list[Entry]
    page: int


class Statement(Page, rx.State):
    """One statement and the way to the others."""

    loaded: bool = False
    accounts: list[tuple[str, str]] = []
    account: str = ""
    months: list[tuple[str, str]] = []
    month: str = ""
    head: Head = Head()
    lines: list[Line] = []
    counted: str = ""
    before: str = ""
    """The address of the month before; "" where there is none."""
    after: str = ""
    earlier: str = ""
    """The address of the page of lines before; "" where there is none."""
    later: str = ""
    table: str = ""
    paper: str = ""
    _wanted: Wanted = Wanted()

    @rx.event
    async def load(self) -> None:
        """Show the statement that the address asks for; without one, this month's of the first account."""
        self._wanted = read(self.router.url.query_parameters)
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Read the same statement again after something happened to the books."""
        await self._show()

    @rx.event
    def choose_account(self, account: str) -> Any:
        """Show another account's statement, of the same month."""
        chosen = parse(Chosen, {"account": account}).account
        return rx.redirect(write(Wanted(str(chosen), self._wanted.month)))

    @rx.event
    def choose_month(self, month: str) -> Any:
        """Show another month's statement, of the same account."""
        chosen = parse(Chosen, {"account": self.account, "month": month})
        return rx.redirect(write(Wanted(str(chosen.account), month_statement.month_of(chosen.month))))

    async def _show(self) -> None:
        who = principal()
        now = today(system_clock, zone=who.zone)
        found = await look(_found, wanted=self._wanted, today=now)
        self.accounts = [(str(one.uuid), one.name) for one in found.accounts]
        of = found.statement
        if of is None:
            self.head, self.lines, self.loaded = Head(), [], True
            return
        self.account, self.month = str(of.account.uuid), month_statement.month_words(of.first)
        listed = found.months if of.first in found.months else sorted([*found.months, of.first], reverse=True)
        self.months = [
            (month_statement.month_words(one), date_text(one, locale=who.locale, style="month")) for one in listed
        ]
        here = Wanted(self.account, of.first)
        place = listed.index(of.first)
        self.before = write(replace(here, month=listed[place + 1])) if place + 1 < len(listed) else ""
        self.after = write(replace(here, month=listed[place - 1])) if place else ""
        self.head = head(of, who, today=now)
        self.lines = [line(one, of, who) for one in found.lines]
        self.earlier = write(replace(here, page=found.page - 1)) if found.page > 1 else ""
        self.later = write(replace(here, page=found.page + 1)) if found.page * ROWS < of.many else ""
        self.counted = _counted(of.many, len(found.lines), found.page, who)
        query = urlencode({"account": self.account, "month": self.month})
        self.table, self.paper = f"{statements.TABLE}?{query}", f"{statements.PAPER}?{query}"
        self.loaded = True


def read(query: Any) -> Wanted:
    """A statement from an address; parts that are malformed or out of bounds count as missing."""
    try:
        account = str(UUID(str(query.get("account", ""))[:36]))
    except ValueError:
        account = ""
    try:
        month = month_statement.month_of(str(query.get("month", ""))[:7])
    except Invalid:
        month = None
    page = str(query.get("page", ""))[:6]
    number = int(page) if page.isascii() and page.isdigit() else 1
    return Wanted(account, month, min(max(number, 1), _MOST_PAGES))


def write(wanted: Wanted) -> str:
    """The address of a statement."""
    parts = {
        "account": wanted.account,
        "month": month_statement.month_words(wanted.month) if wanted.month else "",
        "page": str(wanted.page) if wanted.page > 1 else "",
    }
    return f"{PATH}?{urlencode({name: value for name, value in parts.items() if value})}"


def head(of: MonthStatement, who: Principal, *, today: date) -> Head:
    """A statement's frame in words."""

    def money(amount: Decimal | None) -> str:
        return "" if amount is None else amount_text(amount, of=of.account.currency, locale=who.locale)

    return Head(
        account=of.account.name,
        number=grouped(of.account.number) if of.account.number else of.account.bank_number,
        owner=of.owner,
        month=date_text(of.first, locale=who.locale, style="month"),
        period=f"{date_text(of.first, locale=who.locale)} to {date_text(of.last, locale=who.locale)}",
        opening=money(of.opening),
        inflow=money(of.inflow),
        outflow=money(of.outflow),
        closing=money(of.closing),
        end="Balance so far" if of.first <= today <= of.last else "Closing balance",
        known=of.closing is not None,
    )


def line(one: Entry, of: MonthStatement, who: Principal) -> Line:
    """A statement's line in words; the currency stands above."""

    def bare(amount: Decimal) -> str:
        return amount_text(amount, of=of.account.currency, locale=who.locale, symbol=False)

    return Line(
        day=date_text(one.booked, locale=who.locale, style="day"),
        title=one.title,
        details=one.details,
        undone=one.status is Status.REVERSED,
        inflow=bare(one.amount) if one.amount > 0 else "",
        outflow=bare(-one.amount) if one.amount < 0 else "",
        balance="" if one.balance is None else bare(one.balance),
        href="/transactions?" + urlencode({"account": str(of.account.uuid), "status": "all", "open": one.reference}),
    )


def _found(session: Session, who: Principal, *, wanted: Wanted, today: date) -> Found:
    listed = accounts.accounts(session, who, closed=True)
    if not listed:
        return Found([], None, [], [], 1)
    seen = accounts.by_uuid(session, who, wanted.account) if wanted.account else result.first(listed)
    of = month_statement.statement(session, who, account=seen.id, month=wanted.month or today)
    page = min(wanted.page, max(1, -(-of.many // ROWS)))
    return Found(
        accounts=listed,
        statement=of,
        months=month_statement.months(session, who, account=seen.id, today=today),
        lines=list(month_statement.entries(session, who, of=of, skipped=(page - 1) * ROWS, rows=ROWS)),
        page=page,
    )


def _counted(many: int, shown: int, page: int, who: Principal) -> str:
    def words(number: int) -> str:
        return count_text(number, locale=who.locale)

    if many <= ROWS:
        return counted(many, "booking", locale=who.locale)
    first = (page - 1) * ROWS + 1
    return f"{words(first)} to {words(first + shown - 1)} of {words(many)} bookings"
