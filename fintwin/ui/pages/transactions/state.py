"""The register's presenters: the list, one transaction, and the dialog for something new."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

import reflex as rx
from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError, Invalid, TooMany
from fintwin.kernel.ids import from_reference
from fintwin.kernel.money import currency
from fintwin.kernel.pages import cursor
from fintwin.kernel.wording import amount_text, parse_amount
from fintwin.ledger import accounts as account_book
from fintwin.ledger import categories as category_book
from fintwin.ledger import register, service
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ui.act import Form, act, look, parse
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
from fintwin.ui.pages.transactions.movements import (
    DepositForm,
    Done,
    Review,
    SendForm,
    TransferForm,
    WithdrawalForm,
)
from fintwin.ui.pages.transactions.rows import AccountChoice, Row, Seen, Sums
from fintwin.ui.state import Page, notify
from fintwin.web.gate import flushing, principal

UNDO_SECONDS = 10
LONGEST_REFERENCE = 20

_lookups = Buckets(rate=1 / 15, burst=8)
"""Account numbers that one person may try."""


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
    keys_shown: bool = False
    closed_href: str = ""
    """The address without the panel."""
    opening_href: str = ""
    """The address with the panel, up to a transaction's reference."""
    _expected: str | None = None
    """What the panel will show when the address has changed for it alone; the list beside it is then as it was."""
    _address: Address = Address()
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
        return rx.redirect(write(replace(self._bare(), text=" ".join(words.split()))))

    @rx.event
    def narrow(self, form: dict[str, Any]) -> Any:
        """Filter by the form; the address keeps it."""
        wanted = parse(FilterForm, form)
        address = checked(
            replace(
                self._bare(),
                account=wanted.account,
                since=wanted.since,
                until=wanted.until,
                least=_size(wanted.least, "least"),
                most=_size(wanted.most, "most"),
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

    @rx.event
    def show_keys(self, shown: bool) -> None:
        """Show the list of keys, or put it away."""
        self.keys_shown = shown is True

    def _bare(self) -> Address:
        return replace(self._address, after="", open="", new="", key="")

    async def _show(self) -> AsyncIterator[Any]:
        who, address = principal(), self._address
        now = today(system_clock, zone=who.zone)
        books = await look(_books)
        try:
            wanted = register.parse_filter(filter_query(address), accounts=books.all)
            page = await look(register.page, filter=wanted, after=cursor(address.after))
        except FinTwinError:
            self.rows, self.sums, self.older, self.newer, self.chips = [], [], "", "", []
            self.filtered = self.loaded = self.summed = True
            raise
        names = {str(one.uuid): one.name for one in books.all}
        labels = {str(one.id): one.name for one in books.categories}
        home = currency(who.currency)
        self.accounts = [rows.choice(one, who) for one in books.all if one.open]
        self.chips = chips(address, accounts=names, categories=labels, of=home, locale=who.locale)
        self.filtered = address.filtered
        self.searched = address.text
        self.wanted = _wanted(address, who)
        self.rows = [rows.row(one, who, today=now) for one in page.rows]
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


class Detail(Page, rx.State):
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
        self.seen = rows.seen(await look(register.get, transaction=number), principal())
        self.is_open = True

    @rx.event
    def put_away(self) -> None:
        """Close the panel; the address names none any more."""
        self.is_open = False

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
        self.seen = rows.seen(await look(register.get, transaction=number), principal())
        await notify(self, "Saved. No money moved.")
        return Register.refresh

    @rx.event
    async def undo(self) -> Any:
        """Take the transaction back by a linked reversal."""
        reference = _reference(self.seen.reference)
        number = from_reference(reference)
        await act(service.reverse, transaction=number, key=f"undo:{reference}")
        self.seen = rows.seen(await look(register.get, transaction=number), principal())
        await notify(self, "Undone by a reversal. Nothing was deleted.")
        return Register.refresh


class Movement(Page, rx.State):
    """The dialog for something new. Its key lies in the address, so that a form is booked once, however often it is sent."""

    is_open: bool = False
    kind: str = "deposit"
    key: str = ""
    sources: list[tuple[str, str]] = []
    spending: list[tuple[str, str]] = []
    accounts: list[AccountChoice] = []
    payers: list[AccountChoice] = []
    first: str = ""
    """The account offered first: the one that the register is filtered by."""
    second: str = ""
    """The account that a transfer goes to unless another is chosen."""
    reviewed: bool = False
    checked: Review = Review()
    done: str = ""
    undoable: bool = False
    done_number: int = 0
    _sending: dict[str, str] = {}
    _last: str = ""

    @rx.event
    async def enter(self) -> Any:
        """Open the dialog that the address asks for; give the address a key where it has none."""
        address = read(self.router.url.query_parameters)
        if not address.new:
            self.is_open = False
            return None
        if not address.key:
            return rx.redirect(write(replace(address, key=str(uuid4()))), replace=True)
        if address.key != self.key:
            self.reviewed, self.checked, self._sending = False, Review(), {}
        self.key, self.kind = address.key, address.new
        offered = await act(movements.choices)
        who = principal()
        self.accounts = [rows.choice(one, who) for one in offered.accounts]
        self.payers = [rows.choice(one, who) for one in offered.accounts if one.held]
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
        self.is_open = True
        return None

    @rx.event
    def begin(self, kind: str) -> Any:
        """Open the dialog with a key of its own in the address."""
        address = read(self.router.url.query_parameters)
        return rx.redirect(write(replace(address, open="", new=_kind(kind), key=str(uuid4()))))

    @rx.event
    def choose(self, kind: str) -> Any:
        """Book something else instead; the key stays."""
        address = read(self.router.url.query_parameters)
        self.kind, self.reviewed = _kind(kind), False
        return rx.redirect(write(replace(address, new=self.kind, key=address.key or self.key)), replace=True)

    @rx.event
    def leave(self) -> Any:
        """Close the dialog; nothing is booked."""
        return self._closed()

    @rx.event
    async def deposit(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Book money in."""
        done = await act(movements.deposit, form=parse(DepositForm, form), key=self._checked_key())
        for event in self._booked(done):
            yield event

    @rx.event
    async def withdraw(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Book money out."""
        done = await act(movements.withdraw, form=parse(WithdrawalForm, form), key=self._checked_key())
        for event in self._booked(done):
            yield event

    @rx.event
    async def transfer(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Book money from one own account to another."""
        done = await act(movements.transfer, form=parse(TransferForm, form), key=self._checked_key())
        for event in self._booked(done):
            yield event

    @rx.event
    async def review(self, form: dict[str, Any]) -> None:
        """Show what a payment to a person would be."""
        wanted = parse(SendForm, form)
        wait = _lookups.wait(str(principal().person))
        if wait:
            raise TooMany(
                "That were many numbers. Wait a minute and try again.", retry_after=int(wait) + 1, field="number"
            )
        self.checked = await look(movements.review, form=wanted)
        self._sending = {name: str(value) for name, value in wanted.model_dump().items()}
        self.reviewed = True

    @rx.event
    def edit(self) -> None:
        """Go back to the form of a payment."""
        self.reviewed = False

    @rx.event
    async def send(self) -> AsyncIterator[Any]:
        """Make the payment that was reviewed."""
        wanted = parse(SendForm, dict(self._sending))
        done = await act(movements.send, form=wanted, key=self._checked_key(), payee=self.checked.name)
        for event in self._booked(done, undoable=False):
            yield event

    @rx.event
    async def undo(self) -> Any:
        """Take back what was booked last."""
        if not self._last:
            return None
        await act(service.reverse, transaction=from_reference(self._last), key=f"undo:{self._last}")
        self.done, self.undoable, self._last = "", False, ""
        await notify(self, "Undone by a reversal.")
        return Register.refresh

    @rx.event
    def put_away(self) -> None:
        """Put the line about the last booking away."""
        self.done, self.undoable = "", False

    @rx.event(background=True)
    async def expire(self, number: int) -> None:
        """Put the line away after its time, unless there is a newer one."""
        await asyncio.sleep(UNDO_SECONDS)
        async with flushing(self):
            if self.done_number == number:
                self.done, self.undoable = "", False

    def _booked(self, done: Done, *, undoable: bool = True) -> list[Any]:
        self.done, self.undoable = done.sentence, undoable
        self._last = done.booked.reference if undoable else ""
        self.done_number += 1
        return [self._closed(), Movement.expire(self.done_number)]

    def _closed(self) -> Any:
        self.is_open, self.reviewed = False, False
        address = read(self.router.url.query_parameters)
        return rx.redirect(write(replace(address, new="", key="")), replace=True)

    def _checked_key(self) -> str:
        if not self.key:
            raise Invalid("Open this form again.", code="no_key")
        return f"form:{self.key}"


@dataclass(frozen=True, slots=True)
class _Books:
    all: list[AccountView]
    categories: list[CategoryView]


def _books(session: Session, who: Principal) -> _Books:
    return _Books(account_book.accounts(session, who, closed=True), category_book.categories(session, who))


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
