"""What became of a transaction since it was made, what is left of it, and taking back a part."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import from_reference, reference
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import amount_text, instant_text, parse_amount
from fintwin.ledger import history, register, reversal
from fintwin.ledger.history import Event, Happened
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.reversal import Left
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.approving import AsksPin, Pin
from fintwin.ui.pages.transactions.state import LONGEST_REFERENCE, Detail, Register
from fintwin.ui.state import notify
from fintwin.ui.wanted import Amount
from fintwin.web.gate import principal

CLOSED = "Closed for good: it cannot be taken back or changed any more."

_WORDS = {
    Happened.SETTLED: "Booked: {amount}",
    Happened.CAPTURED: "A part was booked: {amount}",
    Happened.FAILED: "Let go",
    Happened.EXPIRED: "Lapsed",
    Happened.ARCHIVED: "Closed for good",
    Happened.REVERSED: "Taken back",
    Happened.PARTLY_REVERSED: "A part was taken back: {amount}",
}
_PARTS = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.OWN_TRANSFER})


class PartForm(Form):
    """How much is taken back, and why."""

    part: Amount
    reason: Annotated[str, StringConstraints(max_length=140)] = ""
    pin: Pin = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One step in words; `other` is the reference of what it led to."""

    words: str = ""
    line: str = ""
    other: str = ""


def happening(one: Event, *, of: Currency, who: Principal) -> Happening:
    """A step in a transaction's life in words."""
    size = amount_text(one.amount, of=of, locale=who.locale) if one.amount is not None else ""
    by = f"by {one.by}" if one.by else ""
    return Happening(
        words=_WORDS[one.kind].format(amount=size).removesuffix(": "),
        line=" · ".join(
            part for part in (instant_text(one.at, zone=who.zone, locale=who.locale), by, one.reason) if part
        ),
        other=reference(one.other) if one.other else "",
    )


def rest_words(left: Left, *, locale: str) -> str:
    """What is left after parts were taken back; "" where none was."""
    if left.rest >= left.amount or left.rest <= 0:
        return ""
    rest, whole = (amount_text(size, of=left.currency, locale=locale) for size in (left.rest, left.amount))
    return f"{rest} of {whole} is left."


class Life(AsksPin, rx.State):
    """The panel's part on what became of a transaction."""

    steps: list[Happening] = []
    rest: str = ""
    closed: str = ""
    partable: bool = False
    taking: bool = False
    hint: str = ""
    _reference: str = ""
    _rest: str = "0"
    _code: str = ""

    @rx.event
    async def open(self, reference: str) -> None:
        """Show what became of a transaction."""
        if not isinstance(reference, str) or not 0 < len(reference) <= LONGEST_REFERENCE:
            raise Invalid("This is not a transaction reference.", code="bad_reference")
        self._reference, self.taking, self.pin_for = reference, False, ""
        await self._read()

    @rx.event
    def begin(self) -> None:
        """Open the form for a part."""
        self.taking = self.partable

    @rx.event
    def leave(self) -> None:
        """Put it away."""
        self.taking, self.pin_for = False, ""

    @rx.event
    async def take_back(self, form: dict[str, Any]) -> Any:
        """Take back a part; the same part of the same rest goes once, however often it is sent."""
        wanted, who = parse(PartForm, form), principal()
        of = currency(self._code or who.currency)
        amount = parse_amount(wanted.part, of=of, locale=who.locale, field="part")
        if amount <= 0:
            raise Invalid("The amount must be more than zero.", code="amount_not_positive", field="part")
        number = from_reference(self._reference)
        key = f"part:{self._reference}:{self._rest}:{amount}"
        await self._with_pin(
            "part",
            wanted.pin,
            lambda approval: act(
                reversal.take_back,
                transaction=number,
                amount=amount,
                reason=wanted.reason,
                key=key,
                approval=approval,
            ),
        )
        self.taking, self.pin_for = False, ""
        await self._read()
        await notify(self, f"{amount_text(amount, of=of, locale=who.locale)} taken back. {self.rest}".strip())
        return [Detail.show(self._reference), Register.refresh]

    async def _read(self) -> None:
        who = principal()
        of, left, steps = await look(_life, transaction=from_reference(self._reference))
        self.steps = [happening(one, of=of, who=who) for one in steps]
        self.rest = self.closed = ""
        self.partable = False
        if left is None:
            return
        self.rest = rest_words(left, locale=who.locale)
        self.closed = CLOSED if left.status is Status.ARCHIVED else ""
        self.partable = left.status is Status.POSTED and left.kind in _PARTS and left.rest > 0
        self._rest, self._code = str(left.rest), left.currency.code
        self.hint = f"At most {amount_text(Decimal(left.rest), of=left.currency, locale=who.locale)}"


def _life(session: Session, who: Principal, *, transaction: int) -> tuple[Currency, Left | None, list[Event]]:
    """Its currency, what can be taken back of it (None: it is not booked), and its steps."""
    one = register.get(session, who, transaction=transaction).row
    left = reversal.left(session, who, transaction=transaction) if one.is_booked else None
    return one.currency, left, history.events(session, who, transaction=transaction)
