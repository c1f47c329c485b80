"""The import's presenter: which file, what was recognised, which rows, and what the person decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.kernel.wording import amount_text
from fintwin.ledger import accounts as account_book
from fintwin.ledger.accounts import AccountView
from fintwin.statements import matching, service
from fintwin.statements.service import ImportView, RowView, Summary
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.import_ import shown
from fintwin.ui.pages.import_.shown import Column, File, Part, Past, Reading, Row, Step, Tab
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import AGAIN, Amount, Wanted
from fintwin.web.gate import principal

_AT_ONCE = 50
_FILES_AT_ONCE = 20
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ReadingForm(Form):
    """How the file shall be read."""

    encoding: Annotated[str, StringConstraints(max_length=20)] = ""
    delimiter: Annotated[str, StringConstraints(max_length=1, strip_whitespace=False)] = ""
    dates: Annotated[str, StringConstraints(max_length=3)] = ""
    decimal: Annotated[str, StringConstraints(max_length=1)] = ""
    currency: Annotated[str, StringConstraints(max_length=3)] = ""
    flip: Literal["", "on", "true"] = ""


class AccountForm(Form):
    """Where the rows of one part go."""

    part: Annotated[str, StringConstraints(pattern=r"^\d{1,3}$"), AGAIN]
    account: Annotated[str, StringConstraints(pattern=r"^(new|[0-9a-f-]{36})$"), Wanted("Choose an account.")]


class MendForm(Form):
    """A row put right."""

    booked: Annotated[str, StringConstraints(min_length=1, max_length=60), Wanted("Enter a day.")]
    amount: Amount
    payee: Annotated[str, StringConstraints(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Mending:
    """The row that is being put right, as its form shows it."""

    number: int = -1
    line: str = ""
    booked: str = ""
    amount: str = ""
    payee: str = ""


@dataclass(frozen=True, slots=True)
class _Whole:
    """One import, the list of it that is shown, and one page of that list."""

    view: ImportView
    tab: str
    seen: list[int]
    rows: list[RowView]
    older: bool


@dataclass(frozen=True, slots=True)
class _Files:
    """One page of the files so far."""

    seen: list[str]
    files: list[Summary]
    older: bool


class Import(Page, rx.State):
    """One file on its way into the books; without one, the place to drop one and the files before."""

    loaded: bool = False
    file: File = File()
    steps: list[Step] = shown.steps("")
    parts: list[Part] = []
    tabs: list[Tab] = []
    tab: str = "new"
    rows: list[Row] = []
    newer: bool = False
    """Whether there is a page before the one shown, of the rows or of the files so far."""
    older: bool = False
    past: list[Past] = []
    columns: list[Column] = []
    reading: Reading = Reading()
    targets: list[tuple[str, str]] = []
    dialog: str = ""
    """`reading`, `account`, `mend`, `take_out`, `undo` or ""."""
    part: int = 0
    target: str = ""
    mending: Mending = Mending()
    leaving: Row = Row()
    """The row that is about to be taken out."""
    _uuid: str = ""
    _seen: list[int] = []
    """The last row of each page before the one shown."""
    _past_seen: list[str] = []
    """The last file of each page before the one shown."""

    @rx.event
    async def load(self) -> None:
        """Show the file of the address."""
        wanted = self.router.url.query_parameters.get("file") or ""
        wanted = wanted if isinstance(wanted, str) and _UUID.fullmatch(wanted) else ""
        if wanted != self._uuid:
            self.loaded, self.tab, self._seen = False, "new", []
        self.dialog = ""
        if not wanted:
            self._past_seen = []
        self._uuid = wanted
        try:
            await self._show()
        except NotFound:
            self._uuid = ""
            await self._show()
            raise

    @rx.event
    async def refresh(self) -> None:
        """Read it again after the worker went on."""
        await self._show()

    @rx.event
    async def show_tab(self, value: str) -> None:
        """Show the rows of one finding."""
        if value in service.VERDICTS:
            self.tab, self._seen = value, []
            await self._show()

    @rx.event
    async def show_older(self) -> None:
        """Show the next page of the rows, or of the files so far."""
        if self._uuid and self.older and self.rows:
            self._seen = [*self._seen, self.rows[-1].number]
        elif not self._uuid and self.older and self.past:
            self._past_seen = [*self._past_seen, self.past[-1].uuid]
        await self._show()

    @rx.event
    async def show_newer(self) -> None:
        """Show the page before."""
        if self._uuid:
            self._seen = self._seen[:-1]
        else:
            self._past_seen = self._past_seen[:-1]
        await self._show()

    @rx.event
    async def answer(self, value: str) -> None:
        """Say how the dates are to be read."""
        await act(service.choose, uuid=self._uuid, dates=value if isinstance(value, str) else "")
        await self._show()

    @rx.event
    def open_reading(self) -> None:
        """Change how the file is read."""
        self.dialog = "reading"

    @rx.event
    async def open_account(self, part: int) -> None:
        """Change where the rows of one part go."""
        found, now = await look(_targets, uuid=self._uuid, part=_number(part))
        self.targets = shown.targets_of(found, principal())
        self.part = _number(part)
        self.target = str(now.uuid) if now else shown.NEW
        self.dialog = "account"

    @rx.event
    async def open_mend(self, number: int) -> None:
        """Put one row right."""
        row = await look(service.row, uuid=self._uuid, number=_number(number))
        size = (
            amount_text(row.amount, of=row.currency, locale=principal().locale, symbol=False)
            if row.amount is not None
            else row.amount_text
        )
        self.mending = Mending(
            number=row.number,
            line=f"{row.sentence} Line {row.line}.",
            booked=row.booked_text,
            amount=size,
            payee=row.payee,
        )
        self.dialog = "mend"

    @rx.event
    def open_take_out(self, number: int) -> None:
        """Ask before one row of a booked import is taken out."""
        found = next((row for row in self.rows if row.number == _number(number)), None)
        if found is not None:
            self.leaving, self.dialog = found, "take_out"

    @rx.event
    async def take_out(self) -> None:
        """Take one row of a booked import back."""
        await act(service.take_out_row, uuid=self._uuid, number=self.leaving.number)
        self.dialog = ""
        await notify(self, "Taken out by a reversal. No file brings it back.")
        await self._show()

    @rx.event
    def open_undo(self) -> None:
        """Ask before a whole import is taken back."""
        self.dialog = "undo"

    @rx.event
    def close_dialog(self) -> None:
        """Put the dialog away."""
        self.dialog = ""

    @rx.event
    async def read_otherwise(self, form: dict[str, Any]) -> None:
        """Have the file read as the form says."""
        wanted = parse(ReadingForm, form)
        now = self.reading
        columns = _columns(form, self.columns)
        await act(
            service.choose,
            uuid=self._uuid,
            encoding=_changed(wanted.encoding, now.encoding),
            delimiter=_changed(wanted.delimiter, now.delimiter),
            dates=_changed(wanted.dates, now.dates),
            decimal=_changed(wanted.decimal, now.decimal),
            of_currency=_changed(wanted.currency, now.currency),
            flip=bool(wanted.flip) if bool(wanted.flip) != now.flip else None,
            columns=columns or None,
        )
        self.dialog = ""
        await self._show()

    @rx.event
    async def send_to(self, form: dict[str, Any]) -> None:
        """Have the rows of one part go to another account."""
        wanted = parse(AccountForm, form)
        await act(_send_to, uuid=self._uuid, part=int(wanted.part), account=wanted.account)
        self.dialog = ""
        await self._show()

    @rx.event
    async def mend(self, form: dict[str, Any]) -> None:
        """Keep a row that was put right."""
        wanted = parse(MendForm, form)
        verdict = await act(
            service.mend_row,
            uuid=self._uuid,
            number=self.mending.number,
            booked=wanted.booked,
            amount=wanted.amount,
            payee=wanted.payee,
        )
        self.dialog = ""
        await notify(self, "Put right; it will be added." if verdict == "new" else "Put right; it is already here.")
        await self._show()

    @rx.event
    async def choose_row(self, number: int, add: bool) -> None:
        """Add one row, or leave it out."""
        await act(service.choose_row, uuid=self._uuid, number=_number(number), add=add is True)
        await self._show()

    @rx.event
    async def commit(self) -> None:
        """Have the new rows added."""
        await act(service.commit, uuid=self._uuid)
        await self._show()

    @rx.event
    async def undo(self) -> None:
        """Have the whole import taken back."""
        self.dialog = ""
        await act(service.revert, uuid=self._uuid)
        await self._show()

    @rx.event
    async def discard(self) -> Any:
        """Forget a file that was not added."""
        await act(service.discard, uuid=self._uuid)
        return rx.redirect("/import")

    @rx.event
    async def discard_past(self, uuid: str) -> None:
        """Forget a file of the list that was not added."""
        if isinstance(uuid, str) and _UUID.fullmatch(uuid):
            await act(service.discard, uuid=uuid)
            await self._show()

    async def _show(self) -> None:
        who = principal()
        if not self._uuid:
            self.file, self.steps = File(), shown.steps("")
            files = await look(_files, seen=self._past_seen)
            self.past = [shown.past_of(one, who) for one in files.files]
            self._past_seen, self.newer, self.older = files.seen, bool(files.seen), files.older
            self.loaded = True
            return
        whole = await look(_whole, uuid=self._uuid, tab=self.tab, seen=self._seen)
        view = whole.view
        self.tab, self._seen, self.newer, self.older = whole.tab, whole.seen, bool(whole.seen), whole.older
        self.file = shown.file_of(view, who)
        self.steps = shown.steps(self.file.stage)
        alone = len(view.parts) == 1
        self.parts = [shown.part_of(one, who, status=view.status, alone=alone) for one in view.parts]
        self.tabs = shown.tabs_of(view, locale=who.locale)
        several = len({one.currency.code for one in view.parts}) > 1
        checking = view.status == "ready"
        booked = view.status == "done"
        self.rows = [shown.row_of(one, who, checking=checking, several=several, booked=booked) for one in whole.rows]
        self.columns = shown.columns_of(view.recognised)
        self.reading = shown.reading_of(view.recognised)
        self.loaded = True


def _whole(session: Session, who: Principal, *, uuid: str, tab: str, seen: list[int]) -> _Whole:
    """An import with one page of rows; where the list or the page wanted has become empty, another one that is there."""
    view = service.view(session, who, uuid=uuid)
    there = shown.tab_of(view, tab)
    seen = seen if there == tab else []
    while True:
        before = seen[-1] if seen else None
        found = service.rows(session, who, uuid=uuid, verdicts=[there], before=before, most=_AT_ONCE + 1)
        if found or not seen:
            return _Whole(view, there, seen, found[:_AT_ONCE], len(found) > _AT_ONCE)
        seen = seen[:-1]


def _files(session: Session, who: Principal, *, seen: list[str]) -> _Files:
    """One page of the files so far; the first one where the file it began behind is gone."""
    try:
        found = service.imports(session, who, before=seen[-1] if seen else None, most=_FILES_AT_ONCE + 1)
    except NotFound:
        found = []
    if not found and seen:
        return _files(session, who, seen=[])
    return _Files(seen, found[:_FILES_AT_ONCE], len(found) > _FILES_AT_ONCE)


def _targets(session: Session, who: Principal, *, uuid: str, part: int) -> tuple[list[AccountView], AccountView | None]:
    """The accounts that the rows of a part may go to, and the one they go to now; None for a new one."""
    view = service.view(session, who, uuid=uuid)
    if not 0 <= part < len(view.parts):
        raise Invalid("There is no such account in this file.", code="unknown_part", field="account")
    named = bool(view.recognised and view.recognised.currency_named)
    now = view.parts[part].account
    found = service.targets(session, who, of=view.parts[part].currency.code if named else "")
    # A closed account that the file belongs to is opened again by it, so it stays a choice.
    return (found if now is None or any(one.id == now.id for one in found) else [now, *found]), now


def _send_to(session: Session, who: Principal, *, uuid: str, part: int, account: str) -> None:
    goes = matching.NEW if account == shown.NEW else account_book.by_uuid(session, who, account).id
    service.choose(session, who, uuid=uuid, account=(part, goes))


def _number(value: Any) -> int:
    """A row's or part's number from a payload.

    Raises:
        Invalid: anything else (code `bad_number`).
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000_000:
        raise Invalid("This row is not known.", code="bad_number")
    return value


def _changed(wanted: str, now: str) -> str | None:
    return wanted if wanted and wanted != now else None


def _columns(form: Mapping[str, Any], now: list[Column]) -> dict[int, str]:
    """The columns whose meaning the form changes."""
    changed = {}
    for column in now:
        wanted = form.get(f"column-{column.index}")
        if isinstance(wanted, str) and len(wanted) <= 20 and wanted != column.role:
            changed[column.index] = wanted
    return changed
