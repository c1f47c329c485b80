"""The general ledger, and the audit, as the console shows them."""

from datetime import date
from typing import Annotated, Any

import reflex as rx
from pydantic import Field, StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity import desk
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.ledger import staff
from fintwin.ledger.staff import LedgerLine, Turnover
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.staff.rows import AuditRow, CurrencyRows, LineRow, audit_row, currency_rows, line_row
from fintwin.ui.pages.staff.state import REASON, refuse_others
from fintwin.ui.state import Page
from fintwin.ui.wanted import Day

_MOST = 50


class LedgerForm(Form):
    """Which days, and why."""

    since: Day
    until: Day
    reason: REASON


class TrailForm(Form):
    """Which rows of the audit."""

    kind: Annotated[str, StringConstraints(max_length=40)] = ""
    since: date | None = Field(default=None)
    until: date | None = Field(default=None)

    @field_validator("since", "until", mode="before")
    @classmethod
    def _no_day(cls, given: Any) -> Any:
        return given or None


class Ledger(Page, rx.State):
    """The general ledger of some days."""

    since: str = ""
    until: str = ""
    reason: str = ""
    shown: bool = False
    currencies: list[CurrencyRows] = []
    lines: list[LineRow] = []
    more: bool = False
    _after: tuple[date, int, int] | None = None

    @rx.event
    def begin(self) -> None:
        """Suggest this year's days."""
        who = refuse_others()
        if not self.since:
            day = today(system_clock, zone=who.zone)
            self.since, self.until = day.replace(month=1, day=1).isoformat(), day.isoformat()

    @rx.event
    async def read(self, form: dict[str, Any]) -> None:
        """Sums and the first lines of some days."""
        who = refuse_others()
        wanted = parse(LedgerForm, form)
        sums, lines, after = await act(_read, since=wanted.since, until=wanted.until, reason=wanted.reason)
        self.since, self.until, self.reason = wanted.since.isoformat(), wanted.until.isoformat(), wanted.reason
        self.currencies = currency_rows(sums, who=who)
        self.lines = [line_row(one, who=who) for one in lines]
        self._after, self.more, self.shown = after, after is not None, True

    @rx.event
    async def read_on(self) -> None:
        """The next lines in place of these."""
        who = refuse_others()
        if not self.shown or self._after is None:
            return
        lines, after = await act(
            staff.ledger,
            since=date.fromisoformat(self.since),
            until=date.fromisoformat(self.until),
            reason=self.reason,
            after=self._after,
            most=_MOST,
        )
        self.lines = [line_row(one, who=who) for one in lines]
        self._after, self.more = after, after is not None


class Trail(Page, rx.State):
    """The audit."""

    loaded: bool = False
    rows: list[AuditRow] = []
    more: bool = False
    _wanted: TrailForm = TrailForm()
    _after: int = 0

    @rx.event
    async def begin(self) -> None:
        """The latest rows."""
        refuse_others()
        await self._read(TrailForm())

    @rx.event
    async def filter(self, form: dict[str, Any]) -> None:
        """Rows of one kind, of some days."""
        refuse_others()
        wanted = parse(TrailForm, form)
        await self._read(wanted)

    @rx.event
    async def read_on(self) -> None:
        """Older rows below these."""
        who = refuse_others()
        if not self.more:
            return
        some = await look(desk.trail, **self._wanted.model_dump(), after=self._after)
        self.rows = [*self.rows, *(audit_row(one, who=who) for one in some.rows)][:500]
        self.more, self._after = some.after is not None, some.after or 0

    async def _read(self, wanted: TrailForm) -> None:
        who = refuse_others()
        some = await look(desk.trail, **wanted.model_dump())
        self._wanted = wanted
        self.rows = [audit_row(one, who=who) for one in some.rows]
        self.more, self._after, self.loaded = some.after is not None, some.after or 0, True


def _read(
    session: Session, who: Principal, *, since: date, until: date, reason: str
) -> tuple[list[Turnover], list[LedgerLine], tuple[date, int, int] | None]:
    sums = staff.trial_balance(session, who, since=since, until=until, reason=reason)
    lines, after = staff.ledger(session, who, since=since, until=until, reason=reason, most=_MOST)
    return sums, lines, after
