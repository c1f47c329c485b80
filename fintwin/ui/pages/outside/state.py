"""Payments through a bank: orders, the files that carry them, and what the bank answered."""

import contextlib
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import reflex as rx
from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.iban import in_groups
from fintwin.kernel.money import positive
from fintwin.kernel.wording import amount_text, count_text, counted, date_text, parse_amount
from fintwin.ledger import accounts, categories
from fintwin.ledger.pins import Approval
from fintwin.payments import bank, bank_orders, bank_outcomes, methods
from fintwin.payments.bank_orders import OrderView
from fintwin.payments.methods import Method, Way
from fintwin.ui.act import Argument, Form, act, look, parse
from fintwin.ui.approving import AsksPin, Pin
from fintwin.ui.state import notify
from fintwin.ui.wanted import AGAIN, Account, Amount, Iban, Read, Wanted
from fintwin.web.gate import principal

PATH = "/payments/outside"
_MOST_TOLD = 5
"""Answers that are not booked, told in full above the list."""

STATUS_WORDS = {
    "ready": ("Waits for a file", "warn"),
    "sent": ("With the bank", "brand"),
    "settled": ("Settled", "good"),
    "refused": ("Refused", "bad"),
    "returned": ("Came back", "bad"),
    "cancelled": ("Cancelled", "plain"),
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as the list shows it."""

    uuid: str = ""
    name: str = ""
    line: str = ""
    amount: str = ""
    day: str = ""
    status: str = ""
    word: str = ""
    tone: str = "plain"
    reason: str = ""
    file: str = ""
    """Address of the file that carries it."""
    spelled: str = ""
    """How a file writes name and reference, where that is not how they were typed."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Orders of one account that wait for a file."""

    account: str = ""
    name: str = ""
    line: str = ""
    iban: str = ""


def _as_day(text: str, who: Principal) -> None:
    """Judge a day that can be read; one that cannot is refused before."""
    with contextlib.suppress(ValueError):
        bank.execution_day(who, date.fromisoformat(text))


class OrderForm(Form):
    """A payment through a bank."""

    account: Account
    name: Annotated[
        str,
        StringConstraints(min_length=1, max_length=70),
        Read(lambda text, _: bank.called(text)),
        Wanted("Say who is paid."),
    ]
    iban: Iban
    amount: Amount
    remittance: Annotated[str, StringConstraints(max_length=140)] = ""
    execute_on: Annotated[date | None, Read(_as_day)] = None
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    pin: Pin = ""

    @field_validator("execute_on", mode="before")
    @classmethod
    def _today(cls, given: Any) -> Any:
        return given or None


class SendForm(Form):
    """Which orders go into a file, and what the bank debits."""

    account: Annotated[UUID, AGAIN]
    payer_iban: Iban


class Chosen(Argument):
    """An order that something is asked for."""

    order: UUID


class Outside(AsksPin, rx.State):
    """Orders and their dialogs."""

    loaded: bool = False
    rows: list[OrderRow] = []
    waiting: list[WaitingRow] = []
    accounts: list[tuple[str, str]] = []
    spending: list[tuple[str, str]] = []
    ordering: bool = False
    """Whether the form is open."""
    chosen: OrderRow = OrderRow()
    showing: bool = False
    saying: str = ""
    """What the person is about to say of the chosen order: `paid`, `refused` or nothing yet."""
    sending: WaitingRow = WaitingRow()
    asking: bool = False
    """Whether the file is asked for."""
    made: str = ""
    """Address of the file that was made last, until it is put away."""
    made_line: str = ""
    """What lies in it."""
    answered: str = ""
    """What the last file of answers changed, in words."""
    unbooked: list[str] = []
    """What the bank said and the books did not take, in sentences."""
    refused: str = ""
    """Why the last file of answers was not taken."""
    _key: str = ""

    @rx.event
    async def load(self) -> Any:
        """Read the list anew; open the form that the address asks for."""
        query = self.router.url.query_parameters
        new, key = bool(query.get("new")), str(query.get("op", ""))[:36]
        if new and not key:
            self.ordering = self.asking = self.showing = False
            return rx.redirect(_new_address(), replace=True)
        self.answered, self.refused = told(str(query.get("said", ""))[:60], locale=principal().locale)
        if key != self._key:
            self.pin_for = ""
        self.ordering, self._key = new, key
        self.showing = self.asking = False
        await self._show()
        self._choose(str(query.get("open", ""))[:36].lower())
        return None

    @rx.event
    async def refresh(self) -> None:
        """Read the list anew after something happened."""
        await self._show()
        if self.showing:
            self.chosen = next((row for row in self.rows if row.uuid == self.chosen.uuid), self.chosen)

    @rx.event
    def begin(self) -> Any:
        """Open the form for a new order, with a key of its own in the address."""
        return rx.redirect(_new_address())

    @rx.event
    def shut(self) -> None:
        """What was open was closed; its link leads the address back, at once and not when the server answers."""
        self.ordering = self.showing = self.asking = False

    @rx.event
    def leave(self) -> Any:
        """Close whatever is open."""
        self.ordering = self.showing = self.asking = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    async def order(self, form: dict[str, Any]) -> Any:
        """Order the payment; the same form sent twice orders one."""
        wanted = parse(OrderForm, form)
        if not self._key:
            raise Invalid("Open this form again.", code="no_key")
        await self._with_pin(
            "order", wanted.pin, lambda approval: act(_order, form=wanted, key=self._key, approval=approval)
        )
        await notify(self, "It is ready: put it into a file for your bank.", leads_on=True)
        self.ordering = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    def show(self, order: str) -> None:
        """Show one order."""
        self._choose(str(parse(Chosen, {"order": order}).order))

    @rx.event
    def ask_file(self, account: str) -> None:
        """Ask which account the bank debits for the orders that wait."""
        self.sending = next((row for row in self.waiting if row.account == account), WaitingRow())
        self.asking = bool(self.sending.account)

    @rx.event
    async def make_file(self, form: dict[str, Any]) -> None:
        """Put the orders that wait into a file."""
        given = form if isinstance(form, dict) else {}
        wanted = parse(SendForm, {**given, "account": self.sending.account})
        file = await act(_send, form=wanted)
        self.asking = False
        if file is None:
            self.made = ""
            await notify(self, "Nothing could go into a file. Each payment says why.")
        else:
            self.made, self.made_line = _file_address(file), self.sending.line
        await self._show()

    @rx.event
    def put_away(self) -> None:
        """Put the line about the last file away; each payment in it still leads to it."""
        self.made = ""

    @rx.event
    async def cancel(self) -> None:
        """Call the chosen order back."""
        await act(bank.cancel, order=parse(Chosen, {"order": self.chosen.uuid}).order)
        await notify(self, "Cancelled. Nothing left.")
        await self.refresh()

    @rx.event
    def say(self, what: str) -> None:
        """Ask once more before what the bank did is believed; "" goes back."""
        self.saying = what if what in ("paid", "refused") else ""

    @rx.event
    async def answer(self) -> None:
        """Say what the person read at their bank of the chosen order."""
        if not self.saying:
            return
        order = parse(Chosen, {"order": self.chosen.uuid}).order
        await act(bank_outcomes.answer_by_hand, order=order, settled=self.saying == "paid")
        self.saying = ""
        await self.refresh()

    def _choose(self, uuid: str) -> None:
        self.chosen = next((row for row in self.rows if row.uuid == uuid), OrderRow())
        self.showing = bool(self.chosen.uuid)

    async def _show(self) -> None:
        locale = principal().locale
        found, own, paying, labels = await look(_listed)
        self.rows = [order_row(one, locale=locale) for one in found]
        self.unbooked = unbooked(found, locale=locale)
        self.waiting = waiting_rows(found, {one.id: one for one in own}, locale=locale)
        self.accounts = [(str(one.account.uuid), one.label) for one in paying]
        self.spending = [("", "No category"), *((str(one.id), one.name) for one in labels if one.flow == "out")]
        self.loaded = True


def order_row(one: OrderView, *, locale: str) -> OrderRow:
    """An order in words."""
    word, tone = ("Answer not booked", "bad") if one.waits else STATUS_WORDS[one.status]
    return OrderRow(
        uuid=str(one.uuid),
        name=one.name,
        line=f"{in_groups(one.iban)}{f', {one.remittance}' if one.remittance else ''}",
        amount=amount_text(-one.amount, of=one.currency, locale=locale),
        day=date_text(one.execute_on, locale=locale),
        status=one.status,
        word=word,
        tone=tone,
        reason=one.reason,
        file=_file_address(one.file) if one.file else "",
        spelled=_spelled(one),
    )


def _spelled(one: OrderView) -> str:
    differs = [
        there for here, there in zip((one.name, one.remittance), bank_orders.in_file(one), strict=True) if here != there
    ]
    if not differs:
        return ""
    return f"In the file for the bank: {', '.join(f'“{text}”' if text else 'no reference' for text in differs)}"


def waiting_rows(found: list[OrderView], own: dict[int, accounts.AccountView], *, locale: str) -> list[WaitingRow]:
    """What waits for a file, by account."""
    rows = []
    for account in dict.fromkeys(one.account for one in found if one.status == "ready"):
        some = [one for one in found if one.account == account and one.status == "ready"]
        total = amount_text(sum((one.amount for one in some), some[0].amount * 0), of=some[0].currency, locale=locale)
        many = counted(len(some), "payment", locale=locale)
        seen = own.get(account)
        rows.append(
            WaitingRow(
                account=str(seen.uuid) if seen else "",
                name=some[0].account_name,
                line=f"{many}, {total}",
                iban=in_groups(seen.bank_number) if seen else "",
            )
        )
    return rows


def unbooked(found: list[OrderView], *, locale: str) -> list[str]:
    """What the bank said and the books did not take: the first of it in sentences, the rest counted."""
    sentences = [one.reason for one in found if one.waits]
    rest = len(sentences) - _MOST_TOLD
    more = [f"{counted(rest, 'more payment', locale=locale)} below: open one to read why."] if rest > 0 else []
    return sentences[:_MOST_TOLD] + more


def told(said: str, *, locale: str) -> tuple[str, str]:
    """What a file of answers changed, and why one was not taken, from the address that its route leads to."""
    if said == "unreadable":
        return "", "This is not a file of answers: banks call it CAMT.053, CAMT.054 or PAIN.002."
    if said == "refused":
        return "", "The books do not allow what this file says. Nothing of it was counted."
    parts = said.split("-")
    if len(parts) != 6 or not all(part.isascii() and part.isdigit() and len(part) <= 5 for part in parts):
        return "", ""
    settled, refused, returned, known, odd, waiting = map(int, parts)
    if waiting and not any((settled, refused, returned, known, odd)):
        return "", ""  # each says on the page why
    words = [
        f"{count_text(many, locale=locale)} {word}"
        for many, word in (
            (settled, "settled"),
            (refused, "refused"),
            (returned, "came back"),
            (known, "known already"),
            (odd, "that do not fit your orders, left alone"),
            (waiting, "not booked yet"),
        )
        if many
    ]
    return (f"The bank's answer: {', '.join(words)}." if words else "This file says nothing of your payments here."), ""


def _new_address() -> str:
    return f"{PATH}?{urlencode({'new': '1', 'op': str(uuid4())})}"


def _listed(
    session: Session, who: Principal
) -> tuple[list[OrderView], list[accounts.AccountView], list[Way], list[categories.CategoryView]]:
    return (
        bank_orders.orders(session, who),
        accounts.accounts(session, who),
        methods.offered(session, who, method=Method.BANK_TRANSFER),
        categories.categories(session, who),
    )


def _order(session: Session, who: Principal, *, form: OrderForm, key: str, approval: Approval | None) -> OrderView:
    account = accounts.by_uuid(session, who, form.account)
    _, amount = together(
        lambda: bank.checked(
            who, name=form.name, iban=form.iban, execute_on=form.execute_on, remittance=form.remittance
        ),
        lambda: positive(parse_amount(form.amount, of=account.currency, locale=who.locale), to=account.currency),
    )
    return bank.order(
        session,
        who,
        account=account.id,
        name=form.name,
        iban=form.iban,
        amount=amount,
        remittance=form.remittance,
        execute_on=form.execute_on,
        category=int(form.category) if form.category else None,
        key=key,
        approval=approval,
    )


def _file_address(file: UUID) -> str:
    return f"{PATH}/{file}.xml"


def _send(session: Session, who: Principal, *, form: SendForm) -> UUID | None:
    account = accounts.by_uuid(session, who, form.account)
    return bank.send(session, who, account=account.id, payer_iban=form.payer_iban)
