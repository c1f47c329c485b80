"""The register's presenters: the list, one transaction, and the dialog for something new."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

import reflex as rx
from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError, Invalid, together
from fintwin.kernel.ids import from_reference
from fintwin.kernel.money import currency, positive
from fintwin.kernel.pages import Cursor, cursor
from fintwin.kernel.pages import Page as Turned
from fintwin.kernel.wording import amount_text, parse_amount
from fintwin.ledger import categories as category_book
from fintwin.ledger import conversion, edits, narrowing, pending, register, search_words, service
from fintwin.ledger.conversion import Sides
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.register import Filter
from fintwin.payments import behind
from fintwin.statements import service as imports
from fintwin.ui.act import Form, act, alone, look, parse
from fintwin.ui.approving import AsksPin, Pin, PinForm
from fintwin.ui.pages.transactions import movements, rows
from fintwin.ui.pages.transactions.address import (
    KINDS,
    LONGEST_TEXT,
    Address,
    Chip,
    checked,
    chips,
    filter_query,
    read,
    write,
)
from fintwin.ui.pages.transactions.converting import Converting
from fintwin.ui.pages.transactions.movements import (
    DepositForm,
    Done,
    Ready,
    TransferForm,
    WithdrawalForm,
)
from fintwin.ui.pages.transactions.rows import AccountChoice, Row, Seen, Sums
from fintwin.ui.state import Page, notify
from fintwin.ui.undo import Step, offer
from fintwin.ui.wanted import Amount, Day
from fintwin.web.gate import Tab, principal

LONGEST_REFERENCE = 20

SEND = "/payments?new=pay"
"""Where money for another person is sent."""


class FilterForm(Form):
    """The filter as its form gives it; amounts as a person types them."""

    account: Annotated[str, StringConstraints(pattern=r"^([0-9a-f-]{36})?$")] = ""
    since: date | None = None
    until: date | None = None
    least: Annotated[str, StringConstraints(max_length=40)] = ""
    most: Annotated[str, StringConstraints(max_length=40)] = ""

    @field_validator("since", "until", mode="before")
    @classmethod
    def _open(cls, given: Any) -> Any:
        return given or None


class SearchForm(Form):
    """Words to look for."""

    q: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""


class AmendForm(Form):
    """Another amount, another day."""

    amount: Amount
    booked: Day
    pin: Pin = ""


class MeaningForm(Form):
    """What a person says a transaction means."""

    payee: Annotated[str, StringConstraints(max_length=140)] = ""
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter as its form shows it."""

    account: str = ""
    since: str = ""
    until: str = ""
    least: str = ""
    most: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the search that was not understood, why, and the address without it."""

    part: str = ""
    sentence: str = ""
    without: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be known of a row that is shown, to sum it up and to name it."""

    id: int
    title: str
    amount: Decimal
    currency: str
    own_transfer: bool

    @classmethod
    def of(cls, row: register.Row) -> "Found":
        """A row of the register."""
        return cls(row.id, rows.title_of(row), row.amount, row.currency.code, row.own_transfer)


class Register(Page, rx.State):
    """The list: what the address asks for, its rows, then its sums."""

    loaded: bool = False
    summed: bool = False
    rows: list[Row] = []
    sums: list[Sums] = []
    counted_words: str = ""
    chips: list[Chip] = []
    filtered: bool = False
    filtering: bool = False
    wanted: Wanted = Wanted()
    searched: str = ""
    accounts: list[AccountChoice] = []
    older: str = ""
    newer: str = ""
    faults: list[Unread] = []
    hints: list[str] = []
    categories: list[str] = []
    binned: bool = False
    """Whether the bin is shown."""
    query: str = ""
    """The filter as the query of an address."""
    closed_href: str = ""
    """The address without the panel."""
    opening_href: str = ""
    """The address with the panel, up to a transaction's reference."""
    _expected: str | None = None
    """What the panel will show when the address has changed for it alone; the list beside it is then as it was."""
    _address: Address = Address()
    _filter: Filter = Filter()
    """What the rows were picked by; None where the address could not be read."""
    _found: dict[str, Found] = {}
    """The rows shown, by reference."""
    _trail: dict[str, str] = {}
    """For an older page's cursor, the cursor of the page before it."""

    @rx.event
    async def load(self) -> AsyncIterator[Any]:
        """Show what the address asks for: the page first, its sums after it."""
        address = read(self.router.url.query_parameters)
        if replace(address, open="", new="", key="") != replace(self._address, open="", new="", key=""):
            self.summed, self.sums = False, []
        self._address = address
        yield Movement.enter
        yield Detail.show(address.open) if address.open else Detail.put_away
        closed = write(replace(address, open="", new="", key=""))
        self.closed_href, self.opening_href = closed, f"{closed}{'&' if '?' in closed else '?'}open="
        expected, self._expected = self._expected == address.open, None
        if expected and self.loaded:
            return
        self.filtering = False
        async for event in self._show():
            yield event

    @rx.event
    def expect(self, reference: str) -> None:
        """Hear that the address is about to change for the panel only: what is shown in it then, "" for nothing."""
        self._expected = reference if isinstance(reference, str) and len(reference) <= LONGEST_REFERENCE else None

    @rx.event
    async def refresh(self) -> AsyncIterator[Any]:
        """Read the same page again after something happened to the books."""
        async for event in self._show():
            yield event

    @rx.event
    def search(self, form: dict[str, Any]) -> Any:
        """Look for words."""
        words = parse(SearchForm, form).q
        search_words.parse(words)
        return rx.redirect(write(replace(self._bare(), text=" ".join(words.split()))))

    @rx.event
    def narrow(self, form: dict[str, Any]) -> Any:
        """Filter by the form; the address keeps it."""
        wanted = parse(FilterForm, form)
        least, most = together(lambda: _size(wanted.least, "least"), lambda: _size(wanted.most, "most"))
        address = checked(
            replace(
                self._bare(),
                account=wanted.account,
                since=wanted.since,
                until=wanted.until,
                least=least,
                most=most,
            )
        )
        self.filtering = False
        return rx.redirect(write(address))

    @rx.event
    def clear(self) -> Any:
        """Show everything."""
        self.filtering = False
        return rx.redirect(write(Address()))

    @rx.event
    def toggle_filter(self) -> None:
        """Show the filter's form, or put it away."""
        self.filtering = not self.filtering

    def _bare(self) -> Address:
        return replace(self._address, after="", open="", new="", key="")

    async def _show(self) -> AsyncIterator[Any]:
        who, address = principal(), self._address
        now = today(system_clock, zone=who.zone)
        books = await look(narrowing.known)
        self.searched = address.text
        try:
            base = register.parse_filter(filter_query(replace(address, text="")), accounts=books.accounts)
            search = search_words.parse(address.text)
            narrowed = narrowing.narrow(base, search, known=books, today=now)
            wanted = narrowed.filter
            page, sides = await look(_page, filter=wanted, after=cursor(address.after))
        except FinTwinError:
            self.rows, self.sums, self.older, self.newer, self.chips = [], [], "", "", []
            self.filtered = self.loaded = self.summed = True
            raise
        names = {str(one.uuid): one.name for one in books.accounts}
        labels = {str(one.id): one.name for one in books.categories}
        home = currency(who.currency)
        self._filter, self._found = wanted, {row.reference: Found.of(row) for row in page.rows}
        self.query, self.binned = urlencode(filter_query(address)), bool(wanted.binned)
        self.faults = [
            Unread(one.part, one.sentence, write(replace(self._bare(), text=search_words.without(address.text, one))))
            for one in narrowed.faults
        ]
        self.hints, self.categories = list(search.hints), sorted(labels.values())
        self.accounts = [rows.choice(one) for one in books.accounts if one.open]
        unread = {one.part for one in narrowed.faults}
        self.chips = chips(address, accounts=names, categories=labels, of=home, locale=who.locale, unread=unread)
        self.filtered = address.filtered
        self.wanted = _wanted(address, who)
        self.rows = [rows.row(one, who, today=now, sides=sides.get(one.id)) for one in page.rows]
        self._turns(address, page)
        self.counted_words = _counted(len(self.rows), "")
        self.loaded = True
        yield
        sums = await look(register.sums, filter=wanted)
        self.sums = [rows.sums(one, who) for one in sums] or [rows.sums(_none(home), who)]
        self.counted_words = _counted(len(self.rows), self.sums[0].many if len(self.sums) == 1 else "")
        self.summed = True

    def _turns(self, address: Address, page: Any) -> None:
        here = replace(address, open="", new="", key="")
        after = str(page.after) if page.after else ""
        if after:
            self._trail = {**dict(list(self._trail.items())[-200:]), after: address.after}
        self.older = write(replace(here, after=after)) if after else ""
        self.newer = write(replace(here, after=self._trail.get(address.after, ""))) if address.after else ""


class Detail(AsksPin, rx.State):
    """One transaction in a panel."""

    is_open: bool = False
    seen: Seen = Seen()
    categories: list[tuple[str, str]] = []

    @rx.event
    async def show(self, reference: str) -> None:
        """Open the panel on one transaction."""
        number = from_reference(_reference(reference))
        found = await act(category_book.offered, transaction=number)
        self.categories = [(str(one.id), one.name) for one in found]
        self.seen = await _seen(number)
        self.is_open, self.pin_for = True, ""

    @rx.event
    def put_away(self) -> None:
        """Close the panel; the address names none any more."""
        self.is_open, self.pin_for = False, ""

    @rx.event
    async def again(self) -> None:
        """Read what is shown again, after something happened to it elsewhere."""
        if self.is_open and self.seen.reference:
            self.seen = await _seen(from_reference(self.seen.reference))

    @rx.event
    async def save(self, form: dict[str, Any]) -> Any:
        """Keep what the transaction means."""
        wanted = parse(MeaningForm, form)
        number = from_reference(_reference(self.seen.reference))
        await act(
            service.classify,
            transaction=number,
            payee=wanted.payee,
            category=int(wanted.category) if wanted.category else None,
            note=wanted.note,
        )
        self.seen = await _seen(number)
        await notify(self, "Saved. No money moved.")
        return Register.refresh

    @rx.event
    async def undo(self) -> Any:
        """Take the transaction back by a linked reversal."""
        return await self._undo("")

    @rx.event
    async def undo_with(self, form: dict[str, Any]) -> Any:
        """The same, with the PIN that was asked for."""
        return await self._undo(parse(PinForm, form).pin)

    async def _undo(self, pin: str) -> Any:
        reference = _reference(self.seen.reference)
        number = from_reference(reference)
        with _beside_no_field():
            await self._with_pin(
                "undo",
                pin,
                lambda approval: act(_taken_back, transaction=number, key=f"undo:{reference}", approval=approval),
            )
        self.seen, self.pin_for = await _seen(number), ""
        again = await offer(self, "Moved to the bin: a reversal takes it back.", Step("restore", (number,)))
        return [Register.refresh, again]

    @rx.event
    async def restore(self) -> Any:
        """Book a transaction that was taken back anew; the panel shows the new one."""
        return await self._restore("")

    @rx.event
    async def restore_with(self, form: dict[str, Any]) -> Any:
        """The same, with the PIN that was asked for."""
        return await self._restore(parse(PinForm, form).pin)

    async def _restore(self, pin: str) -> Any:
        reference = _reference(self.seen.reference)
        number = from_reference(reference)
        with _beside_no_field():
            done = await self._with_pin(
                "restore",
                pin,
                lambda approval: act(
                    service.restore, transaction=number, key=f"restore:{reference}", approval=approval
                ),
            )
        self.seen, self.pin_for = await _seen(done.transaction), ""
        again = await offer(self, "Booked anew, on its old day.", Step("take_back", (done.transaction,)))
        return [Register.refresh, again]

    @rx.event
    async def amend(self, form: dict[str, Any]) -> Any:
        """Change amount or day: the transaction is reversed and entered anew in one step; the panel shows the new one."""
        wanted = parse(AmendForm, form)
        reference = _reference(self.seen.reference)
        number = from_reference(reference)
        before = (await look(register.get, transaction=number)).row
        amount = positive(
            parse_amount(wanted.amount, of=before.currency, locale=principal().locale), to=before.currency
        )
        changed = Decimal(0) if amount == abs(before.amount) else amount
        day = None if wanted.booked == before.booked else wanted.booked
        if not changed and day is None:
            raise Invalid("Nothing was changed.", code="nothing_changed", field="amount")
        done = await self._with_pin(
            "amend",
            wanted.pin,
            lambda approval: act(
                service.amend,
                transaction=number,
                key=f"amend:{reference}:{amount}:{wanted.booked}",
                amount=changed or None,
                booked=day,
                approval=approval,
            ),
        )
        self.seen, self.pin_for = await _seen(done.transaction), ""
        await notify(self, "Changed. What it was before stays in its history.")
        return Register.refresh


@contextmanager
def _beside_no_field() -> Iterator[None]:
    """A button was pressed, so what is refused stands below it: the field it would stand beside may be folded away.

    The PIN alone has a field there.
    """
    try:
        yield
    except FinTwinError as error:
        error.field = "pin" if error.field == "pin" else ""
        raise


async def _seen(number: int) -> Seen:
    return await look(_with_history, number)


def _with_history(session: Session, who: Principal, number: int) -> Seen:
    found = register.get(session, who, transaction=number)
    if not found.row.is_booked:
        waits = pending.one(session, who, transaction=number) if found.row.status is Status.PENDING else None
        ends = None if waits is None else behind.behind(session, who, transactions=[number]).get(number)
        return rows.seen(found, who, waits=waits, ends=ends)
    return rows.seen(
        found,
        who,
        past=edits.edits(session, who, transaction=number),
        latter=edits.stands_for(session, who, transaction=number),
        sides=conversion.sides(session, who, transactions=[number]).get(number),
    )


def _page(
    session: Session, who: Principal, *, filter: Filter, after: Cursor | None
) -> tuple[Turned[register.Row], dict[int, Sides]]:
    """A page of the register, each conversion once, with both its sides."""
    found = register.page(session, who, filter=filter, after=after)
    converted = [one.id for one in found.rows if one.kind is Kind.CONVERSION]
    sides = conversion.sides(session, who, transactions=converted)
    return Turned(rows.each_once(found.rows, sides), found.after), sides


class Movement(AsksPin, rx.State):
    """The dialog for something new. Its key lies in the address, so that a form is booked once, however often it is sent."""

    is_open: bool = False
    kind: str = "deposit"
    key: str = ""
    sources: list[tuple[str, str]] = []
    spending: list[tuple[str, str]] = []
    accounts: list[AccountChoice] = []
    first: str = ""
    """The account offered first: the one that the register is filtered by."""
    second: str = ""
    """The account that a transfer goes to unless another is chosen."""

    @rx.event
    async def enter(self) -> Any:
        """Open the dialog that the address asks for; give the address a key where it has none."""
        address = read(self.router.url.query_parameters)
        if not address.new:
            self.is_open = False
            return None
        if address.new == "send" or not address.key:
            self.is_open = False
            there = SEND if address.new == "send" else write(replace(address, key=str(uuid4())))
            return rx.redirect(there, replace=True)
        shown = self.is_open and self.key == address.key and (await self.get_state(Tab)).at != ""
        self.key, self.kind = address.key, address.new
        offered = await act(movements.choices)
        self.accounts = [rows.choice(one) for one in offered.accounts]
        uuids = [one.uuid for one in self.accounts]
        self.first = address.account if address.account in uuids else next(iter(uuids), "")
        self.second = next((uuid for uuid in uuids if uuid != self.first), "")
        self.sources = [
            ("income", "Income"),
            *((f"category:{one.id}", one.name) for one in offered.categories if one.flow == "in"),
            *((f"account:{one.uuid}", f"From {one.name}") for one in offered.accounts if len(offered.accounts) > 1),
            ("opening", "Something I had before"),
        ]
        self.spending = [
            ("", "Choose later"),
            *((str(one.id), one.name) for one in offered.categories if one.flow == "out"),
        ]
        if not shown:
            self.pin_for = ""
            await self._begin_transfer()
        self.is_open = True
        return None

    async def _begin_transfer(self) -> None:
        if self.kind == "transfer":
            await (await self.get_state(Converting))._begin(self.first, self.second)

    @rx.event
    def begin(self, kind: str) -> Any:
        """Open the dialog with a key of its own in the address."""
        address = read(self.router.url.query_parameters)
        return rx.redirect(write(replace(address, open="", new=_kind(kind), key=str(uuid4()))))

    @rx.event
    async def choose(self, kind: str) -> Any:
        """Book something else instead; the key stays."""
        if kind == "send":
            return rx.redirect(SEND, replace=True)
        address = read(self.router.url.query_parameters)
        self.kind, self.pin_for = _kind(kind), ""
        await self._begin_transfer()
        return rx.redirect(write(replace(address, new=self.kind, key=address.key or self.key)), replace=True)

    @rx.event
    def shut(self) -> None:
        """The dialog was closed; its link leads the address back, at once and not when the server answers."""
        self.is_open = False

    @rx.event
    def leave(self) -> Any:
        """Close the dialog; nothing is booked."""
        return self._closed()

    @rx.event
    async def deposit(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Book money in."""
        wanted, key = parse(DepositForm, form), self._checked_key()
        done = await self._with_pin(
            "deposit", wanted.pin, lambda approval: act(movements.deposit, form=wanted, key=key, approval=approval)
        )
        for event in await self._booked(done):
            yield event

    @rx.event
    async def withdraw(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Book money out."""
        done = await act(movements.withdraw, form=parse(WithdrawalForm, form), key=self._checked_key())
        for event in await self._booked(done):
            yield event

    @rx.event
    async def transfer(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Book money from one own account to another."""
        wanted, key = parse(TransferForm, form), self._checked_key()
        done = await self._with_pin(
            "transfer", wanted.pin, lambda approval: act(movements.transfer, form=wanted, key=key, approval=approval)
        )
        for event in await self._booked(done):
            yield event

    async def _booked(self, done: Done | Ready) -> list[Any]:
        if isinstance(done, Ready):
            done = Done(await alone(done.item), done.sentence)
        step = Step("let_go" if done.pending else "take_back", (done.booked.transaction,))
        return [self._closed(), await offer(self, done.sentence, step)]

    def _closed(self) -> Any:
        self.is_open = False
        address = read(self.router.url.query_parameters)
        return rx.redirect(write(replace(address, new="", key="")), replace=True)

    def _checked_key(self) -> str:
        if not self.key:
            raise Invalid("Open this form again.", code="no_key")
        return f"form:{self.key}"


def _taken_back(
    session: Session, who: Principal, *, transaction: int, key: str, approval: Approval | None = None
) -> None:
    """Reverse a transaction; one that came from a bank file is known as taken out, so no file brings it back."""
    service.reverse(session, who, transaction=transaction, key=key, approval=approval)
    imports.note_taken_out(session, who, transaction=transaction)


def _none(home: Any) -> register.Sums:
    return register.Sums(home, 0, Decimal(0), Decimal(0))


def _counted(shown: int, many: str) -> str:
    if not shown:
        return ""
    return f"{shown} of {many}" if many else f"{shown} shown"


def _wanted(address: Address, who: Principal) -> Wanted:
    def words(amount: Decimal | None) -> str:
        return "" if amount is None else amount_text(amount, of=currency(who.currency), locale=who.locale, symbol=False)

    return Wanted(
        account=address.account,
        since=address.since.isoformat() if address.since else "",
        until=address.until.isoformat() if address.until else "",
        least=words(address.least),
        most=words(address.most),
    )


def _size(text: str, field: str) -> Decimal | None:
    if not text:
        return None
    who = principal()
    amount = parse_amount(text, of=currency(who.currency), locale=who.locale, field=field)
    if amount < 0:
        raise Invalid("Sizes of amounts are meant here, without a sign.", code="amount_negative", field=field)
    return amount


def _reference(text: Any) -> str:
    if not isinstance(text, str) or not text or len(text) > LONGEST_REFERENCE:
        raise Invalid("This is not a transaction reference.", code="bad_reference")
    return text


def _kind(kind: Any) -> str:
    return kind if isinstance(kind, str) and kind in KINDS else KINDS[0]
