"""What is pending, above the register: each settled in whole or part, or let go; all of an account at once."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import reflex as rx
from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Forbidden, Invalid
from fintwin.kernel.ids import from_reference, grouped
from fintwin.kernel.money import currency
from fintwin.kernel.wording import amount_text, count_text, instant_text, parse_amount
from fintwin.ledger import accounts, pending
from fintwin.ledger.pending import Pending, Total
from fintwin.ledger.posting import Booked, Kind, Outcome
from fintwin.ledger.wording import KIND_WORDS
from fintwin.payments import behind
from fintwin.payments.behind import Behind
from fintwin.ui.act import NOTHING, Argument, Form, act, look, parse
from fintwin.ui.pages.transactions.rows import ends_at
from fintwin.ui.pages.transactions.state import LONGEST_REFERENCE, Detail, Register
from fintwin.ui.state import Page, notify
from fintwin.ui.undo import Step, offer
from fintwin.ui.wanted import Amount
from fintwin.web.gate import flushing, principal

LISTED = 50
"""Pending transactions that the strip lists."""
_FEW = 3
"""As many are listed without being asked for."""


class SettleForm(Form):
    """How much of it is booked, when, and what becomes of the rest."""

    amount: Amount
    rest: Literal["keep", "let_go"] = "keep"
    booked: date | None = None

    @field_validator("booked", mode="before")
    @classmethod
    def _today(cls, given: Any) -> Any:
        return given or None


class LetGoForm(Form):
    """Why it comes to nothing."""

    reason: Annotated[str, StringConstraints(max_length=140)] = ""


class ForAccount(Argument):
    """An account all of whose pending transactions are meant."""

    account: UUID


@dataclass(frozen=True, slots=True)
class Waits:
    """One pending transaction."""

    reference: str = ""
    title: str = ""
    amount: str = ""
    """Signed: what it would move."""
    bare: str = ""
    """Without sign and symbol, as a field shows it."""
    size: str = ""
    """Without a sign."""
    inflow: bool = False
    line: str = ""
    """Account, since when, until when."""
    ends_at: str = ""
    """The address of what ends it, where that is a payment or an order to a bank; "": it is ended here."""
    ends_as: str = ""
    """What that is called."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is pending on one account and is ended here."""

    uuid: str = ""
    name: str = ""
    words: str = ""
    many: int = 0


def waits(one: Pending, *, names: dict[int, str], who: Principal, ends: Behind | None = None) -> Waits:
    """A pending transaction in words; `ends`: what stands behind it and ends it."""
    href, called = ends_at(ends)
    of, inflow = one.currency, one.account is None
    transfer = one.account is not None and one.taking is not None
    amount = one.amount if inflow or transfer else -one.amount
    side = one.account if one.account is not None else one.taking or 0

    def at(instant: Any) -> str:
        return instant_text(instant, zone=who.zone, locale=who.locale)

    parts = [names.get(side, ""), f"since {at(one.created_at)}"]
    if one.settles_at is not None:
        parts.append(f"settles by itself {at(one.settles_at)}")
    elif one.expires_at is not None:
        parts.append(f"lapses {at(one.expires_at)}")
    return Waits(
        reference=one.reference,
        title=_title(one, names),
        amount=amount_text(amount, of=of, locale=who.locale, signed=not transfer, symbol=of != currency(who.currency)),
        bare=amount_text(one.amount, of=of, locale=who.locale, symbol=False),
        size=amount_text(one.amount, of=of, locale=who.locale),
        inflow=inflow,
        line=" · ".join(part for part in parts if part),
        ends_at=href,
        ends_as=called,
    )


def _title(one: Pending, names: dict[int, str]) -> str:
    if one.payee or one.description:
        return one.payee or one.description
    if one.account is not None and one.taking is not None:
        return f"{names.get(one.account, '')} to {names.get(one.taking, '')}"
    return f"To {grouped(one.number)}" if one.number else KIND_WORDS[one.kind]


def summary(found: Sequence[Total], who: Principal) -> str:
    """`3 pending: €40.00 kept back, €10.00 to come`; an own transfer is kept back and comes."""
    leaving: dict[str, Decimal] = {}
    coming: dict[str, Decimal] = {}
    for one in found:
        leaving[one.currency.code] = leaving.get(one.currency.code, Decimal(0)) + one.leaving
        coming[one.currency.code] = coming.get(one.currency.code, Decimal(0)) + one.coming
    parts = [
        f"{amount_text(size, of=currency(code), locale=who.locale)} {words}"
        for sums, words in ((leaving, "kept back"), (coming, "to come"))
        for code, size in sums.items()
        if size
    ]
    return ", ".join(parts)


def whole(one: Total, who: Principal) -> Whole:
    """What is pending on an account in words."""
    return Whole(str(one.uuid), one.name, summary([one], who), one.many)


def settled_words(done: int, many: int, refusals: Sequence[Outcome], *, locale: str) -> str:
    """What came of settling all; the first refusal says why the others stayed."""
    said = f"{count_text(done, locale=locale)} settled."
    why = next((one.refusal.sentence for one in refusals if one.refusal is not None), "")
    return f"{said} {count_text(many - done, locale=locale)} stayed pending: {why}" if why else said


class Waiting(Page, rx.State):
    """The strip and its dialogs."""

    many: int = 0
    words: str = ""
    summary: str = ""
    rows: list[Waits] = []
    beyond: str = ""
    wholes: list[Whole] = []
    shown: bool = False
    asking: str = ""
    """`settle`, `let_go`, `all` or ""."""
    chosen: Waits = Waits()
    account: Whole = Whole()
    part: bool = False
    """Whether less than all of it was typed."""
    left: str = ""
    """What is left then."""
    unbooked: bool = False
    """Whether the dialog for something new makes it pending."""
    running: bool = False
    done: int = 0
    of: int = 0
    progress: str = ""
    _asked: bool = False
    _rest: str = "0"
    _code: str = ""
    _kind: int = 0

    @rx.event
    async def load(self) -> None:
        """Read what is pending, on the account that the register is filtered by."""
        self.asking = ""
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Read it again after something happened to the books."""
        await self._show()

    @rx.event
    def toggle(self) -> None:
        """List them, or fold the list."""
        self.shown, self._asked = not self.shown, True

    @rx.event
    def announce(self, unbooked: bool) -> None:
        """Say whether something new is booked or pending."""
        self.unbooked = unbooked is True

    @rx.event
    async def ask(self, reference: str, about: str) -> None:
        """Open the dialog that settles one, or lets it go."""
        number = _number_of(reference)
        one, names = await look(_one, transaction=number)
        self.chosen = waits(one, names=names, who=principal())
        self._rest, self._code, self._kind = str(one.amount), one.currency.code, int(one.kind)
        self.part, self.left = False, ""
        self.asking = about if about in {"settle", "let_go"} else ""

    @rx.event
    async def ask_all(self, account: str) -> None:
        """Open the dialog that settles all of an account."""
        found = await look(_total, account=parse(ForAccount, {"account": account}).account)
        self.account = whole(found, principal())
        self.asking = "all"

    @rx.event
    def leave(self) -> None:
        """Close the dialog."""
        self.asking = ""

    @rx.event
    def say(self, text: str) -> None:
        """Hear how much is typed, to ask what becomes of the rest."""
        left = self._left(text if isinstance(text, str) else "")
        self.part = left is not None and left > 0
        self.left = (
            amount_text(left, of=currency(self._code), locale=principal().locale)
            if left is not None and self.part
            else ""
        )

    @rx.event
    async def settle(self, form: dict[str, Any]) -> list[Any]:
        """Book all of it or a part; the same part of the same rest is booked once, however often it is sent."""
        wanted, who = parse(SettleForm, form), principal()
        number, of, rest = _number_of(self.chosen.reference), currency(self._code or who.currency), Decimal(self._rest)
        amount = parse_amount(wanted.amount, of=of, locale=who.locale)
        all_of_it = amount == rest
        booked = await act(
            _settle,
            transaction=number,
            amount=None if all_of_it else amount,
            last=all_of_it or wanted.rest == "let_go",
            key=f"settle:{self.chosen.reference}:{rest}:{amount}",
            booked=wanted.booked,
        )
        said = f"{amount_text(amount, of=of, locale=who.locale)} booked."
        if not all_of_it:
            after = amount_text(rest - amount, of=of, locale=who.locale)
            said += f" {after} stays pending." if wanted.rest == "keep" else f" {after} is let go."
        self.asking = ""
        await self._show()
        undo = None if self._kind == Kind.BETWEEN_PEOPLE else Step("take_back", (booked.transaction,))
        return [Detail.again, Register.refresh, await offer(self, said, undo)]

    @rx.event
    async def let_go(self, form: dict[str, Any]) -> list[Any]:
        """Let one go, with a reason."""
        wanted = parse(LetGoForm, form)
        number = _number_of(self.chosen.reference)
        one, _ = await look(_one, transaction=number)
        await act(pending.void, transaction=number, reason=wanted.reason)
        self.asking = ""
        await self._show()
        said = f"{self.chosen.title} is let go."
        if one.account is not None:
            said += f" {self.chosen.size} is available again."
        undo = None if one.kind is Kind.BETWEEN_PEOPLE else Step("wait_again", pending=one)
        return [Detail.again, Register.refresh, await offer(self, said, undo)]

    @rx.event(background=True)
    async def settle_all(self, account: str) -> Any:
        """Settle all of an account in batches, each committed; broken off, the next run goes on with what is left."""
        who = principal()
        found = await look(_total, account=parse(ForAccount, {"account": account}).account)
        async with flushing(self):
            if self.running:
                return
            self.running, self.done, self.of, self.asking = True, 0, found.many, ""
            self.progress, self.problem = "", NOTHING
        after, done, seen = 0, 0, 0
        refusals: list[Outcome] = []
        try:
            while numbers := await look(pending.waiting, account=found.account, after=after, until=found.last):
                outcomes = await act(pending.settle_many, transactions=numbers)
                refused = [one for one in outcomes if one.refusal is not None]
                refusals, after = [*refusals, *refused][:1], numbers[-1]
                seen, done = seen + len(numbers), done + len(numbers) - len(refused)
                async with flushing(self):
                    self.done = seen
                    self.progress = (
                        f"{count_text(seen, locale=who.locale)} of {count_text(found.many, locale=who.locale)}"
                    )
            async with flushing(self):
                await notify(self, settled_words(done, seen, refusals, locale=who.locale))
        finally:
            with contextlib.suppress(Forbidden):  # the session has ended, or the tab is another's by now
                async with flushing(self):
                    self.running = False
        yield Waiting.refresh
        yield Register.refresh

    def _left(self, text: str) -> Decimal | None:
        try:
            typed = parse_amount(text[:41], of=currency(self._code), locale=principal().locale)
        except FinTwinError:
            return None
        return Decimal(self._rest) - typed if typed > 0 else None

    async def _show(self) -> None:
        who = principal()
        account = str(self.router.url.query_parameters.get("account", ""))[:36]
        found = await look(_read, account=account)
        self.many = found.many
        number = count_text(found.many, locale=who.locale)
        self.words = f"{number} pending"
        self.summary = summary(found.totals, who)
        self.rows = [waits(one, names=found.names, who=who, ends=found.ends.get(one.transaction)) for one in found.rows]
        self.beyond = f"The latest {LISTED} of {number} are listed." if found.many > len(found.rows) else ""
        self.wholes = [whole(one, who) for one in found.free if one.many > 1]
        if not self._asked:
            listed = str(self.router.url.query_parameters.get("text", "")) == "is:pending"
            self.shown = 0 < found.many <= _FEW and not listed


@dataclass(frozen=True, slots=True)
class _Found:
    many: int
    rows: list[Pending]
    totals: list[Total]
    free: list[Total]
    """What of that is ended here."""
    ends: dict[int, Behind]
    names: dict[int, str]


def _read(session: Session, who: Principal, *, account: str) -> _Found:
    known = accounts.accounts(session, who, closed=True)
    chosen = next((one.id for one in known if str(one.uuid) == account.lower()), None)
    found = pending.totals(session, who, account=chosen)
    rows = pending.pending(session, who, account=chosen, most=LISTED) if found else []
    many = found[0].many if chosen and found else pending.count(session, who) if found else 0
    return _Found(
        many,
        rows,
        found,
        pending.totals(session, who, account=chosen, free=True) if found else [],
        behind.behind(session, who, transactions=[one.transaction for one in rows]),
        {one.id: one.name for one in known},
    )


def _settle(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    amount: Decimal | None,
    last: bool,
    key: str,
    booked: date | None,
) -> Booked:
    """Book what is pending, as `pending.settle` does, where it is ended here."""
    behind.refuse(session, who, transaction=transaction)
    return pending.settle(session, who, transaction=transaction, amount=amount, last=last, key=key, booked=booked)


def _one(session: Session, who: Principal, *, transaction: int) -> tuple[Pending, dict[int, str]]:
    """Something pending that is ended here, and the accounts' names.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: it is a payment's or an order's (`ends_elsewhere`).
    """
    behind.refuse(session, who, transaction=transaction)
    names = {one.id: one.name for one in accounts.accounts(session, who, closed=True)}
    return pending.one(session, who, transaction=transaction), names


def _total(session: Session, who: Principal, *, account: UUID) -> Total:
    """What is pending on an account and is ended here.

    Raises:
        Invalid: nothing is (`nothing_pending`).
    """
    found = pending.totals(session, who, account=accounts.by_uuid(session, who, account).id, free=True)
    if not found:
        raise Invalid("Nothing is pending on this account any more.", code="nothing_pending")
    return found[0]


def _number_of(reference: Any) -> int:
    if not isinstance(reference, str) or not 0 < len(reference) <= LONGEST_REFERENCE:
        raise Invalid("This is not a transaction reference.", code="bad_reference")
    return from_reference(reference)
