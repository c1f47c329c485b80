"""The page's presenters: its lists, one payment, the way of a new one, and the smaller forms."""

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import reflex as rx
import segno

from fintwin.kernel.clock import system_clock
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.ids import checked_account_number, from_reference, grouped
from fintwin.kernel.wording import parse_amount
from fintwin.ledger import accounts as account_book
from fintwin.ledger import pins
from fintwin.payments import contacts, instalments, lookups, requests, service
from fintwin.payments.standing import PaymentView
from fintwin.settings import settings
from fintwin.ui.act import act, look, parse
from fintwin.ui.approving import AsksPin, approved
from fintwin.ui.pages.payments import given, reading, rows
from fintwin.ui.pages.payments.address import NEW, Address, read, write
from fintwin.ui.pages.payments.given import (
    AmountForm,
    AskForm,
    BackForm,
    ContactForm,
    NewContactForm,
    PayeeForm,
    PinForm,
    PlanForm,
    SureForm,
    TopUpForm,
)
from fintwin.ui.pages.payments.rows import Choice, ContactRow, PaymentRow, PlanRow, RequestRow, Seen
from fintwin.ui.state import Page, notify
from fintwin.ui.undo import Step, offer
from fintwin.web.gate import flushing, principal


class Payments(Page, rx.State):
    """The page's lists."""

    loaded: bool = False
    flight: list[PaymentRow] = []
    past: list[PaymentRow] = []
    to_me: list[RequestRow] = []
    from_me: list[RequestRow] = []
    answered: list[RequestRow] = []
    contacts: list[ContactRow] = []
    plans: list[PlanRow] = []
    held: list[Choice] = []
    older: str = ""
    newer: str = ""
    _before: str = ""

    @rx.event
    async def load(self) -> AsyncIterator[Any]:
        """Show the lists, and the dialog that the address asks for."""
        address = read(self.router.url.query_parameters)
        self._before = address.before
        yield Wizard.enter
        yield Asking.enter
        yield Opened.enter
        await self._show()

    @rx.event
    async def refresh(self) -> AsyncIterator[Any]:
        """Read everything again after something happened."""
        yield Opened.again
        await self._show()

    @rx.event
    async def answer(self, reference: str) -> None:
        """Decline a request, or cancel an own one."""
        ended = await act(requests.end, request=from_reference(given.reference_of(reference)))
        await notify(self, "Declined. They were told." if ended == "declined" else "Cancelled. They were told.")
        await self._show()

    @rx.event
    async def end_plan(self, plan: str) -> None:
        """Put a plan away."""
        await act(instalments.end, plan=given.id_of(plan))
        await self._show()

    @rx.event
    async def forget(self, contact: str) -> Any:
        """Delete a contact."""
        gone = await look(contacts.contact, contact=given.id_of(contact))
        await act(contacts.forget, contact=gone.id)
        offered = await offer(
            self,
            f"{gone.name} is no contact any more. Your payments stay as they are.",
            Step("keep_contact", words=(gone.number, gone.name)),
        )
        await self._show()
        return offered

    async def _show(self) -> None:
        who, now = principal(), system_clock()
        found = await look(reading.overview, before=int(self._before) if self._before else None)
        self.flight = [rows.payment_row(one, who, now=now) for one in found.flight]
        self.past = [rows.payment_row(one, who, now=now) for one in found.past]
        self.to_me = [rows.request_row(one, who) for one in found.waiting if one.side == "to"]
        self.from_me = [rows.request_row(one, who) for one in found.waiting if one.side == "from"]
        self.answered = [rows.request_row(one, who) for one in found.answered]
        self.contacts = [rows.contact_row(one, who) for one in found.contacts]
        self.plans = [rows.plan_row(one, who) for one in found.plans]
        self.held = found.held
        self.older = write(Address(before=str(found.older))) if found.older else ""
        self.newer = write(Address()) if self._before else ""
        self.loaded = True


class Wizard(AsksPin, rx.State):
    """A new payment: payee, amount, review. Its key lies in the address, so that it is made once, however often it is sent."""

    is_open: bool = False
    key: str = ""
    step: str = "payee"
    """`payee`, `amount` or `review`."""
    left: str = ""
    """What is available in the chosen account."""
    title: str = ""
    fixed: bool = False
    """Whether a request or a plan says whom and how much."""
    asked: bool = False
    """Whether a request says how much, to the cent."""
    contacts: list[ContactRow] = []
    accounts: list[Choice] = []
    categories: list[tuple[str, str]] = []
    number: str = ""
    name: str = ""
    letters: str = ""
    wanted: dict[str, str] = {}
    """What was typed last: `amount`, `account`, `description`, `category`, `note`."""
    shown: dict[str, str] = {}
    """The review in words: `amount`, `fee`, `account`, `left`, `category`."""
    once_more: bool = False
    """Whether an equal payment was made a moment ago."""
    _request: int | None = None
    _plan: int | None = None

    @rx.event
    async def enter(self) -> Any:
        """Open the form that the address asks for; give the address a key where it has none."""
        address = read(self.router.url.query_parameters)
        if address.new != "pay":
            self.is_open = False
            return None
        if not address.key:
            self.is_open = False
            return rx.redirect(write(replace(address, key=str(uuid4()))), replace=True)
        made = await look(service.known, key=given.key_of(address.key))
        if made is not None:
            self.is_open = False
            return rx.redirect(write(Address(open=made.reference)), replace=True)
        if address.key == self.key and self.is_open:
            return None
        self.reset()
        self.key = address.key
        offered = await act(reading.offer)
        who = principal()
        self.accounts = offered.ways
        self.contacts = [rows.contact_row(one, who) for one in offered.contacts]
        self.categories = [("", "Choose later"), *((str(one.id), one.name) for one in offered.categories)]
        self.is_open = True
        first = offered.ways[0].uuid if offered.ways else ""
        self.left = offered.ways[0].left if offered.ways else ""
        self.wanted = {"amount": address.amount, "account": first, "description": "", "category": "", "note": ""}
        begun = await look(
            reading.begun, to=address.to, amount=address.amount, request=address.request, plan=address.plan
        )
        self._request, self._plan, self.title = begun.request, begun.plan, begun.title
        self.asked = begun.request is not None
        self.fixed = begun.request is not None or begun.plan is not None
        self.wanted = self.wanted | {"amount": begun.amount, "description": begun.message}
        if begun.number:
            await self._meet(begun.number)
        return None

    @rx.event
    def begin(self) -> Any:
        """Open the form with a key of its own in the address."""
        return rx.redirect(write(Address(new="pay", key=str(uuid4()))))

    @rx.event
    def shut(self) -> None:
        """The form was closed; its link leads the address back, at once and not when the server answers."""
        self.is_open = False

    @rx.event
    def leave(self) -> Any:
        """Close the form; nothing is sent."""
        self.is_open = False
        return rx.redirect(write(Address()), replace=True)

    @rx.event
    def pay_from(self, account: str) -> None:
        """Say what is available in another account."""
        self.left = next((one.left for one in self.accounts if one.uuid == account), self.left)

    @rx.event
    async def choose(self, number: str) -> None:
        """Choose a contact."""
        await self._meet(parse(PayeeForm, {"number": number}).number)

    @rx.event
    async def find(self, form: dict[str, Any]) -> None:
        """Choose whoever has an account of this number."""
        await self._meet(parse(PayeeForm, form).number)

    @rx.event
    def back(self) -> None:
        """One step back; what was typed stays."""
        self.once_more = False
        self.step = "amount" if self.step == "review" else self.step if self.fixed else "payee"

    @rx.event
    async def review(self, form: dict[str, Any]) -> None:
        """Show what the payment would be."""
        wanted = parse(AmountForm, form)
        self.wanted = {name: str(value) for name, value in wanted.model_dump().items()}
        account, previewed = await look(given.preview, form=wanted, number=self.number)
        who = principal()
        self.name, self.pin_for, self.once_more = previewed.name, "pay" if previewed.pin else "", False
        chosen = dict(self.categories)
        self.shown = {
            "amount": rows.money(previewed.amount, previewed.currency, who),
            "fee": rows.money(previewed.fee, previewed.currency, who),
            "left": rows.money(previewed.left, previewed.currency, who),
            "account": next((one.name for one in self.accounts if one.uuid == wanted.account), account.name),
            "category": chosen.get(wanted.category, "") if wanted.category else "",
        }
        self.step = "review"

    @rx.event
    async def send(self, form: dict[str, Any]) -> Any:
        """Send the payment that was reviewed."""
        last, wanted = parse(SureForm, form), parse(AmountForm, dict(self.wanted))
        account = await look(account_book.by_uuid, wanted.account)
        amount = parse_amount(wanted.amount, of=account.currency, locale=principal().locale)
        try:
            made = await self._with_pin(
                "pay",
                last.pin,
                lambda approval: act(
                    service.pay,
                    account=account.id,
                    number=self.number,
                    amount=amount,
                    key=given.key_of(self.key),
                    description=wanted.description,
                    category=int(wanted.category) if wanted.category else None,
                    note=wanted.note,
                    approval=approval,
                    request=self._request,
                    plan=self._plan,
                    sure=last.sure == "yes",
                ),
            )
        except FinTwinError as error:
            self.once_more = error.code == "equal_payment"
            raise
        self.is_open = False
        return rx.redirect(write(Address(open=made.reference)), replace=True)

    async def _meet(self, number: str) -> None:
        bare = checked_account_number(number)
        if bare not in {one.bare for one in self.contacts}:
            lookups.counted(principal())
        met = await look(given.payee, number=bare)
        self.number, self.name = bare, met
        self.letters = rows.letters(met)
        self.step = "amount"


class Opened(AsksPin, rx.State):
    """One payment in a panel: how far it is, and what can be done with it."""

    is_open: bool = False
    seen: Seen = Seen()
    left: int = 0
    """Seconds for which it can still be cancelled."""
    giving: str = ""
    """The form that is open: `refund`, `ask` or `contact`."""
    _key: str = ""

    @rx.event
    async def enter(self) -> Any:
        """Open the panel on the payment that the address names."""
        address = read(self.router.url.query_parameters)
        if not address.open:
            self.is_open = False
            return None
        if self.seen.reference != address.open:
            self.giving, self.is_open = "", False
        one = await self._read(from_reference(given.reference_of(address.open)))
        self.is_open = True
        return Opened.count(one.reference) if self.seen.cancellable else None

    @rx.event
    async def again(self) -> None:
        """Read it again after something happened."""
        if self.is_open and self.seen.reference:
            await self._read(from_reference(self.seen.reference))

    @rx.event
    def shut(self) -> None:
        """The panel was closed; its link leads the address back, at once and not when the server answers."""
        self.is_open = False

    @rx.event(background=True)
    async def count(self, reference: str) -> None:
        """Count the seconds down until it is sent."""
        for _ in range(2 * service.SENDING):
            await asyncio.sleep(1)
            async with flushing(self):
                if not self.is_open or self.seen.reference != reference or not self.seen.cancellable:
                    return
                self.left = max(0, self.left - 1)
                if not self.left:
                    self.seen = replace(self.seen, cancellable=False, status="On its way")
                    return

    @rx.event
    async def cancel(self) -> Any:
        """Call the payment off."""
        await act(service.cancel, payment=from_reference(given.reference_of(self.seen.reference)))
        await self.again()
        await notify(self, "Cancelled. Nothing was sent.")
        return Payments.refresh

    @rx.event
    async def ask(self, what: str) -> None:
        """Open the form for giving it back, for asking it back, or for keeping its payee."""
        self.giving = what if isinstance(what, str) and what in {"refund", "ask", "contact"} else ""
        self.pin_for = ""
        self._key = str(uuid4())

    @rx.event
    async def refund(self, form: dict[str, Any]) -> Any:
        """Give it back, whole or in part."""
        wanted = parse(BackForm, form)
        one, amount = await look(
            given.part, payment=from_reference(given.reference_of(self.seen.reference)), amount=wanted.amount
        )
        await self._with_pin(
            "refund",
            wanted.pin,
            lambda approval: act(
                service.refund,
                payment=one.id,
                amount=amount,
                reason=wanted.reason,
                key=given.key_of(self._key),
                approval=approval,
            ),
        )
        return await self._done("Given back. They were told.")

    @rx.event
    async def ask_back(self, form: dict[str, Any]) -> Any:
        """Ask the payee to give it back."""
        wanted = parse(BackForm, form)
        one, amount = await look(
            given.part, payment=from_reference(given.reference_of(self.seen.reference)), amount=wanted.amount
        )
        await act(requests.ask_back, payment=one.id, amount=amount, reason=wanted.reason, key=given.key_of(self._key))
        return await self._done("They were asked. It is up to them now.")

    @rx.event
    async def keep(self, form: dict[str, Any]) -> Any:
        """Keep the payee as a contact."""
        wanted = parse(ContactForm, form)
        await act(contacts.add, number=self.seen.number, name=wanted.name)
        return await self._done(f"{wanted.name} is among your contacts.")

    async def _done(self, sentence: str) -> Any:
        self.giving, self.pin_for = "", ""
        await self.again()
        await notify(self, sentence)
        return Payments.refresh

    async def _read(self, payment: int) -> PaymentView:
        now = system_clock()
        one, self.seen = await look(reading.seen, payment=payment, now=now)
        self.left = _seconds(one, now)
        return one


class Asking(Page, rx.State):
    """The smaller forms: ask for money, pay in parts, a contact, a top-up, one's own number, a PIN."""

    new: str = ""
    key: str = ""
    held: list[Choice] = []
    banks: list[Choice] = []
    contacts: list[ContactRow] = []
    receiving: bool = False
    receiver: str = ""
    number: str = ""
    link: str = ""
    code: str = ""
    code_side: int = 0
    pin_of: Choice = Choice()
    contact: ContactRow = ContactRow()
    """The contact that is renamed."""

    @rx.event
    async def enter(self) -> Any:
        """Open the form that the address asks for."""
        address = read(self.router.url.query_parameters)
        wanted = address.new if address.new != "pay" else ""
        self.new, self.receiving, self.pin_of, self.contact = "", False, Choice(), ContactRow()
        if wanted and not address.key:
            return rx.redirect(write(replace(address, key=str(uuid4()))), replace=True)
        if wanted or address.receive or address.pin:
            offered = await act(reading.offer)
            who = principal()
            self.held, self.banks = offered.held, offered.banks
            self.contacts = [rows.contact_row(one, who) for one in offered.contacts]
        self.new, self.key = wanted, address.key
        if address.receive and self.held:
            await self._receive(self.receiver or self.held[0].uuid)
        self.receiving = address.receive
        if address.pin:
            self.pin_of = next((one for one in self.held if one.uuid == address.pin), Choice())
        return None

    @rx.event
    def begin(self, what: str) -> Any:
        """Open a form with a key of its own in the address."""
        new = what if isinstance(what, str) and what in NEW else NEW[0]
        return rx.redirect(write(Address(new=new, key=str(uuid4()))))

    @rx.event
    def shut(self) -> None:
        """Whatever was open was closed; its link leads the address back, at once and not when the server answers."""
        self.new, self.receiving, self.pin_of, self.contact = "", False, Choice(), ContactRow()

    @rx.event
    def leave(self) -> Any:
        """Close whatever is open; nothing is done."""
        return self._closed()

    @rx.event
    async def ask(self, form: dict[str, Any]) -> Any:
        """Ask for money."""
        wanted = parse(AskForm, form)
        lookups.counted(principal())
        made = await act(given.ask, form=wanted, key=given.key_of(self.key))
        await notify(self, f"{made.name} was asked.", leads_on=True)
        return self._closed()

    @rx.event
    async def plan(self, form: dict[str, Any]) -> Any:
        """Set a total to pay in parts."""
        wanted = parse(PlanForm, form)
        lookups.counted(principal())
        made = await act(given.plan, form=wanted, key=given.key_of(self.key))
        await notify(self, "Set. Pay its first part whenever you like.", leads_on=True)
        self.new = ""
        return rx.redirect(write(Address(new="pay", plan=str(made.id))), replace=True)

    @rx.event
    async def top_up(self, form: dict[str, Any]) -> Any:
        """Bring money from a bank."""
        made = await act(given.top_up, form=parse(TopUpForm, form), key=given.key_of(self.key))
        self.new = ""
        return rx.redirect(write(Address(open=made.reference)), replace=True)

    @rx.event
    async def add(self, form: dict[str, Any]) -> Any:
        """Keep a number as a contact."""
        wanted = parse(NewContactForm, form)
        lookups.counted(principal())
        await act(contacts.add, number=wanted.number, name=wanted.name)
        await notify(self, f"{wanted.name} is among your contacts.", leads_on=True)
        return self._closed()

    @rx.event
    async def edit(self, contact: str) -> None:
        """Open the form for another name."""
        self.contact = rows.contact_row(await look(contacts.contact, contact=given.id_of(contact)), principal())

    @rx.event
    async def rename(self, form: dict[str, Any]) -> Any:
        """Call a contact something else."""
        wanted = parse(ContactForm, form)
        await act(contacts.rename, contact=given.id_of(self.contact.id), name=wanted.name)
        self.contact = ContactRow()
        return Payments.refresh

    @rx.event
    async def receive(self, account: str) -> None:
        """Show the number of another account."""
        await self._receive(account)

    @rx.event
    async def copied(self) -> None:
        """Say that something lies in the clipboard."""
        await notify(self, "Copied.")

    @rx.event
    async def set_pin(self, form: dict[str, Any]) -> Any:
        """Set, change or take away the PIN of the account, or change above what it is asked for."""
        wanted = parse(PinForm, form)
        account, threshold = await look(given.new_pin, account=self.pin_of.uuid, form=wanted)
        approval = await approved(account, wanted.old, field="old") if wanted.old else None
        if wanted.remove:
            await act(pins.remove_pin, account=account, approval=approval)
        else:
            await act(pins.set_pin, account=account, pin=wanted.pin, threshold=threshold, approval=approval)
        await notify(self, "The PIN is gone." if wanted.remove else "The PIN is set.", leads_on=True)
        return self._closed()

    async def _receive(self, account: str) -> None:
        seen = await look(account_book.by_uuid, given.uuid_of(account))
        self.receiver, self.number = str(seen.uuid), grouped(seen.number)
        self.link = settings().public_url.rstrip("/") + write(Address(to=seen.number))
        code = segno.make(self.link, error="m", micro=False)
        border = 4
        self.code = "".join(
            f"M{x + border} {y + border}h1v1h-1z"
            for y, line in enumerate(code.matrix)
            for x, dark in enumerate(line)
            if dark
        )
        self.code_side = len(code.matrix) + 2 * border

    def _closed(self) -> Any:
        self.new, self.receiving, self.pin_of, self.contact = "", False, Choice(), ContactRow()
        return rx.redirect(write(Address()), replace=True)


def _seconds(one: PaymentView, now: datetime) -> int:
    if one.settles_at is None or not one.cancellable(now):
        return 0
    return max(0, math.ceil((one.settles_at - now).total_seconds()))
