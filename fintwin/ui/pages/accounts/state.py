"""Accounts: what there is, opening one, and what can be done with each."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

import reflex as rx
import segno
from pydantic import Field, StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.ids import grouped
from fintwin.kernel.money import currency, current_currencies
from fintwin.kernel.wording import amount_text, date_text, parse_amount
from fintwin.ledger import accounts, service
from fintwin.ledger.accounts import TYPES, AccountView
from fintwin.ledger.wording import TYPE_WORDS
from fintwin.ui.act import Argument, Form, act, look, parse
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import AGAIN, Balance, Wanted
from fintwin.web.gate import principal

PATH = "/accounts"

_DONE = {"block": "Blocked", "unblock": "Unblocked", "close": "Closed", "reopen": "Reopened"}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as the list shows it."""

    uuid: str = ""
    name: str = ""
    kind: str = ""
    """Type and where the money is, in words."""
    balance: str = ""
    """Empty where it is not known."""
    below: bool = False
    """Whether it stands below zero."""
    available: str = ""
    """What may leave, where that differs from the balance."""
    credit: str = ""
    """What of that is the credit limit."""
    number: str = ""
    """In groups, for reading; empty for an account at a bank."""
    bare_number: str = ""
    bank_number: str = ""
    since: str = ""
    owes: bool = False
    """Whether it is a debt, whose balance people say as what they owe."""
    held: bool = False
    frozen: bool = False
    why: str = ""
    """By whom it is blocked and for what reason."""
    by_staff: bool = False
    closed: bool = False
    chosen: bool = False
    """Whether it is among those that something is done to at once."""
    pending: str = ""
    """What is kept back for pending payments; empty where nothing is."""
    reconciled: str = ""
    """Up to which day a statement confirmed the balance, in words."""


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """Accounts of one class."""

    title: str = ""
    rows: list[AccountRow] = field(default_factory=list)


class OpeningForm(Form):
    """What a new account begins with."""

    type: Annotated[
        Literal["checking", "savings", "credit", "wallet", "loan", "investment", "cash"],
        Wanted("Choose a type of account."),
    ]
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3), Wanted("Choose a currency.")]
    balance: Annotated[str, StringConstraints(max_length=40)] = ""


class OpenForm(OpeningForm):
    """A new account."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80), Wanted("Give the account a name.")]
    custody: Literal["tracked", "held"] = "tracked"
    opened: date | None = None
    bank_number: Annotated[str, StringConstraints(max_length=60)] = ""

    @field_validator("opened", mode="before")
    @classmethod
    def _no_day(cls, given: Any) -> Any:
        return given or None


class RenameForm(Form):
    """Another name for an account."""

    account: Annotated[UUID, AGAIN]
    name: Annotated[str, StringConstraints(min_length=1, max_length=80), Wanted("Give the account a name.")]


class BalanceForm(Form):
    """What a tracked account held at the end of a day."""

    balance: Balance
    booked: date | None = None

    @field_validator("booked", mode="before")
    @classmethod
    def _today(cls, given: Any) -> Any:
        return given or None


class BankNumberForm(Form):
    """The number by which statements name an account; empty forgets it."""

    bank_number: Annotated[str, StringConstraints(max_length=60)] = ""


class BlockForm(Form):
    """Why an account is blocked; empty is as good."""

    reason: Annotated[str, StringConstraints(max_length=300)] = ""


class ManyForm(Form):
    """What is done to several accounts at once."""

    change: Annotated[Literal["block", "unblock", "close", "reopen"], AGAIN]
    reason: Annotated[str, StringConstraints(max_length=300)] = ""


class Chosen(Argument):
    """An account that something is asked for."""

    account: Annotated[UUID, Field()]


def account_row(account: AccountView, *, locale: str, chosen: frozenset[str] = frozenset()) -> AccountRow:
    """An account in words; a balance nobody gave stays unknown."""
    held = "kept here" if account.held else "at a bank"
    differs = account.held and account.available != account.posted and account.status == "active"
    credit = min(account.credit_limit, max(account.available, Decimal(0)))
    until = "" if account.locked_until is None else date_text(account.locked_until, locale=locale)
    return AccountRow(
        uuid=str(account.uuid),
        name=account.name,
        kind=f"{TYPE_WORDS[account.type]}, {held}{f' ··{account.ending}' if account.ending else ''}",
        balance=amount_text(account.posted, of=account.currency, locale=locale) if account.known else "",
        below=account.known and account.posted < 0,
        available=amount_text(account.available, of=account.currency, locale=locale) if differs else "",
        credit=amount_text(credit, of=account.currency, locale=locale) if differs and credit else "",
        number=grouped(account.number),
        bare_number=account.number,
        bank_number=account.bank_number,
        owes=account.class_ == "liability",
        since=date_text(account.known_since, locale=locale) if account.known_since else "",
        held=account.held,
        frozen=account.status == "frozen",
        why=blocked_text(account),
        by_staff=account.blocked_by == "staff",
        closed=not account.open,
        chosen=str(account.uuid) in chosen,
        pending=amount_text(account.pending, of=account.currency, locale=locale) if account.pending else "",
        reconciled=f"Reconciled to {until}" if until else "",
    )


def blocked_text(account: AccountView) -> str:
    """By whom an account is blocked and why; "" where it is not."""
    if not account.blocked_by:
        return ""
    by = "Blocked by staff" if account.blocked_by == "staff" else "Blocked by you"
    return f"{by}: {account.blocked_reason}" if account.blocked_reason else by


def account_groups(
    found: list[AccountView], *, locale: str, chosen: frozenset[str] = frozenset()
) -> list[AccountGroup]:
    """Open accounts by class, then the closed ones; a group without accounts is left out."""
    grouped_by: dict[str, list[AccountRow]] = {"What you have": [], "What you owe": [], "Closed": []}
    for one in found:
        title = "Closed" if not one.open else "What you owe" if one.class_ == "liability" else "What you have"
        grouped_by[title].append(account_row(one, locale=locale, chosen=chosen))
    return [AccountGroup(title, rows) for title, rows in grouped_by.items() if rows]


def qr_path(number: str) -> tuple[str, int]:
    """An account number as a QR code: an SVG path of unit squares, and the side of its square with the quiet zone."""
    code = segno.make(number, error="m", micro=False)
    border = 4
    squares = [
        f"M{x + border} {y + border}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, module in enumerate(row)
        if module
    ]
    return "".join(squares), len(code.matrix) + 2 * border


def opening_balance(form: OpeningForm, *, locale: str) -> Decimal | None:
    """The balance to begin with, as the books sign it: what is owed lies below zero. None where it was left open."""
    if not form.balance:
        return None
    amount = parse_amount(form.balance, of=currency(form.currency), locale=locale, field="balance")
    return as_booked(amount, class_=TYPES[form.type])


def opening_day(who: Principal, opened: date | None) -> date:
    """The day of the balance to begin with.

    Raises:
        Invalid: as `service.booking_date` does, beside the form's own field.
    """
    try:
        return service.booking_date(who, opened)
    except Invalid as fault:
        raise Invalid(fault.sentence, code=fault.code, field="opened") from None


def as_booked(amount: Decimal, *, class_: str) -> Decimal:
    """A balance as people say it with the books' sign: what is owed lies below zero."""
    return -amount if class_ == "liability" else amount


class Accounts(Page, rx.State):
    """The list and its dialogs."""

    loaded: bool = False
    groups: list[AccountGroup] = []
    currencies: list[tuple[str, str]] = []
    currency: str = ""
    today: str = ""
    opening: bool = False
    """Whether the dialog for a new account is open."""
    custody: str = "tracked"
    owes: bool = False
    """Whether the type chosen in the dialog is a debt."""
    chosen: AccountRow = AccountRow()
    """The account whose number, new name or end is asked for."""
    asking: str = ""
    """What is asked for it: `more`, `number`, `bank`, `balance`, `rename`, `block` or `close`; for several `many`."""
    selecting: bool = False
    """Whether accounts are being chosen for something that is done to several."""
    many: int = 0
    change: str = "block"
    """What is to be done to them."""
    kept: list[tuple[str, str]] = []
    """Those of several that stayed as they were, and why."""
    code: str = ""
    code_side: int = 0
    _key: str = ""
    _many: frozenset[str] = frozenset()

    @rx.event
    async def load(self) -> Any:
        """Read the list anew; open the dialog that the address asks for."""
        query = self.router.url.query_parameters
        wanted, key = bool(query.get("new")), str(query.get("op", ""))[:36]
        stated = "" if wanted else str(query.get("balance", ""))[:36]
        begun = "held" if query.get("new") == "held" else "tracked"
        if (wanted or stated) and not key:
            self.opening, self.asking = False, ""
            return rx.redirect(_new_address(begun) if wanted else _balance_address(stated), replace=True)
        await self._show()
        if wanted and key != self._key:
            self.custody, self.owes = begun, False
        self.opening, self._key = wanted, key
        self.asking = ""
        if stated:
            seen = await look(accounts.by_uuid, parse(Chosen, {"account": stated}).account)
            self.chosen = account_row(seen, locale=principal().locale)
            self.asking = "" if seen.held or not seen.open else "balance"
        return None

    @rx.event
    async def refresh(self) -> None:
        """Read the list anew after something happened to the books."""
        await self._show()

    @rx.event
    def begin(self) -> Any:
        """Open the dialog for a new account, with a key of its own in the address."""
        return rx.redirect(_new_address("tracked"))

    @rx.event
    def shut(self) -> None:
        """The dialog for a new account was closed; its link leads the address back, at once and not when the server answers."""
        self.opening = False

    @rx.event
    def leave(self) -> Any:
        """Close the dialog for a new account."""
        self.opening = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    def choose_custody(self, custody: str) -> None:
        """Say where the money is."""
        self.custody = "held" if custody == "held" else "tracked"
        if self.custody == "held":
            self.owes = False

    @rx.event
    def choose_type(self, type_: str) -> None:
        """Say what kind of account it is."""
        self.owes = isinstance(type_, str) and TYPES.get(type_) == "liability"

    @rx.event
    async def open_account(self, form: dict[str, Any]) -> Any:
        """Open the account; the same form sent twice opens one."""
        who = principal()
        wanted, opening, _ = together(
            lambda: parse(OpenForm, form),
            lambda: opening_balance(parse(OpeningForm, form), locale=who.locale),
            lambda: opening_day(who, parse(OpenForm, form).opened),
        )
        opened = await act(
            accounts.open_account,
            name=wanted.name,
            type=wanted.type,
            custody=wanted.custody,
            currency=currency(wanted.currency),
            key=self._key,
            opening=opening,
            opened=wanted.opened,
            bank_number=wanted.bank_number,
        )
        await notify(self, f"{opened.name} is open.", leads_on=True)
        self.opening = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    async def ask(self, account: str, about: str) -> None:
        """Open a dialog about one account: its number, here or at the bank, another name, or its end."""
        seen = await look(accounts.by_uuid, parse(Chosen, {"account": account}).account)
        self.chosen = account_row(seen, locale=principal().locale)
        self.asking = about if about in ("more", "number", "bank", "rename", "block", "close") else ""
        if self.asking == "number" and seen.held:
            self.code, self.code_side = qr_path(seen.number)

    @rx.event
    def dismiss(self) -> Any:
        """Close the dialog about one account."""
        stated, self.asking = self.asking == "balance", ""
        return rx.redirect(PATH, replace=True) if stated else None

    @rx.event
    def ask_balance(self, account: str) -> Any:
        """Open the dialog for the balance of a tracked account, with a key of its own in the address."""
        return rx.redirect(_balance_address(str(parse(Chosen, {"account": account}).account)))

    @rx.event
    async def state_balance(self, form: dict[str, Any]) -> Any:
        """Say what the chosen account held at the end of a day; the same form sent twice says it once."""
        wanted = parse(BalanceForm, form)
        chosen = parse(Chosen, {"account": self.chosen.uuid}).account
        sentence = await act(_state_balance, account=chosen, form=wanted, key=self._balance_key())
        await notify(self, sentence, leads_on=True)
        self.asking = ""
        return rx.redirect(PATH, replace=True)

    @rx.event
    async def forget_balance(self) -> Any:
        """Take back what was said of the chosen account's balance."""
        chosen = parse(Chosen, {"account": self.chosen.uuid}).account
        seen = await act(_forget_balance, account=chosen, key=self._balance_key())
        await notify(self, f"The balance of {seen.name} is not known any more. Its transactions stay.", leads_on=True)
        self.asking = ""
        return rx.redirect(PATH, replace=True)

    @rx.event
    async def set_bank_number(self, form: dict[str, Any]) -> None:
        """Say by which number statements name the chosen account."""
        wanted = parse(BankNumberForm, form)
        chosen = parse(Chosen, {"account": self.chosen.uuid}).account
        seen = await act(_set_bank_number, account=chosen, bank_number=wanted.bank_number)
        self.asking = ""
        await notify(
            self,
            f"Imports find {seen.name} by ··{seen.ending} now."
            if seen.ending
            else f"{seen.name} has no number at the bank any more.",
        )
        await self._show()

    @rx.event
    async def copied(self) -> None:
        """Say that the number is on the clipboard; the browser put it there."""
        await notify(self, "Account number copied.")

    @rx.event
    async def rename(self, form: dict[str, Any]) -> None:
        """Give the chosen account another name."""
        wanted = parse(RenameForm, {**form, "account": self.chosen.uuid} if isinstance(form, dict) else form)
        await act(_rename, account=wanted.account, name=wanted.name)
        self.asking = ""
        await self._show()

    @rx.event
    async def close(self) -> None:
        """Close the chosen account."""
        await act(_close, account=parse(Chosen, {"account": self.chosen.uuid}).account)
        await notify(self, f"{self.chosen.name} is closed. Its history stays.")
        self.asking = ""
        await self._show()

    @rx.event
    async def reopen(self, account: str) -> None:
        """Open a closed account again."""
        seen = await act(_reopen, account=parse(Chosen, {"account": account}).account)
        self.asking = ""
        await notify(self, f"{seen.name} is open again.")
        await self._show()

    @rx.event
    async def block(self, form: dict[str, Any]) -> None:
        """Block the chosen account, with a reason or without."""
        wanted = parse(BlockForm, form)
        chosen = parse(Chosen, {"account": self.chosen.uuid}).account
        seen = await act(_block, account=chosen, reason=wanted.reason)
        self.asking = ""
        await notify(self, f"{seen.name} is blocked: no money can leave it.")
        await self._show()

    @rx.event
    async def unblock(self, account: str) -> None:
        """Take one's own block away."""
        seen = await act(_unblock, account=parse(Chosen, {"account": account}).account)
        self.asking = ""
        await notify(self, f"{seen.name} is free.")
        await self._show()

    @rx.event
    async def select(self, begin: bool) -> None:
        """Begin to choose accounts for something that is done to several, or end it."""
        self.selecting = begin is True
        self._many, self.many, self.kept = frozenset(), 0, []
        self.asking = ""
        await self._show()

    @rx.event
    async def choose(self, account: str) -> None:
        """Choose an account, or let it go."""
        wanted = str(parse(Chosen, {"account": account}).account)
        if any(row.uuid == wanted for group in self.groups for row in group.rows):
            self._many = self._many ^ {wanted}
            self.many = len(self._many)
            await self._show()

    @rx.event
    def ask_many(self, change: str) -> None:
        """Ask before something is done to all chosen accounts."""
        if change in ("block", "unblock", "close", "reopen") and self._many:
            self.change, self.asking, self.kept = change, "many", []

    @rx.event
    async def change_many(self, form: dict[str, Any]) -> None:
        """Do to each chosen account what was asked; those that stay as they were are told with the reason."""
        wanted = parse(ManyForm, {**form, "change": self.change} if isinstance(form, dict) else form)
        done = await act(
            accounts.change_many,
            accounts=[UUID(one) for one in sorted(self._many)],
            change=wanted.change,
            reason=wanted.reason,
        )
        self.kept = [(one.name, one.refusal.sentence) for one in done if one.refusal]
        changed = len(done) - len(self.kept)
        await notify(self, f"{_DONE[wanted.change]}: {changed} of {len(done)}.")
        self.asking = "kept" if self.kept else ""
        self.selecting, self._many, self.many = False, frozenset(), 0
        await self._show()

    def _balance_key(self) -> str:
        if not self._key:
            raise Invalid("Open this form again.", code="no_key")
        return f"balance:{self._key}"

    async def _show(self) -> None:
        who = principal()
        found = await look(accounts.accounts, closed=True)
        self.groups = account_groups(found, locale=who.locale, chosen=self._many)
        self.currency = who.currency
        if not self.currencies:
            self.currencies = current_currencies(who.locale)
        self.loaded = True


def _rename(session: Session, who: Principal, *, account: UUID, name: str) -> AccountView:
    return accounts.rename(session, who, account=accounts.by_uuid(session, who, account).id, name=name)


def _close(session: Session, who: Principal, *, account: UUID) -> AccountView:
    return accounts.close(session, who, account=accounts.by_uuid(session, who, account).id)


def _reopen(session: Session, who: Principal, *, account: UUID) -> AccountView:
    return accounts.reopen(session, who, account=accounts.by_uuid(session, who, account).id)


def _block(session: Session, who: Principal, *, account: UUID, reason: str) -> AccountView:
    return accounts.freeze(session, who, account=accounts.by_uuid(session, who, account).id, reason=reason)


def _unblock(session: Session, who: Principal, *, account: UUID) -> AccountView:
    return accounts.unfreeze(session, who, account=accounts.by_uuid(session, who, account).id)


def _new_address(custody: str) -> str:
    """The form for a new account, beginning with where the money is: `tracked` or `held`."""
    return f"{PATH}?{urlencode({'new': 'held' if custody == 'held' else '1', 'op': str(uuid4())})}"


def _balance_address(account: str) -> str:
    return f"{PATH}?{urlencode({'balance': account, 'op': str(uuid4())})}"


def _state_balance(session: Session, who: Principal, *, account: UUID, form: BalanceForm, key: str) -> str:
    """State the balance; the sentence that says so."""
    seen = accounts.by_uuid(session, who, account)
    amount, day = together(
        lambda: parse_amount(form.balance, of=seen.currency, locale=who.locale, field="balance"),
        lambda: service.booking_date(who, form.booked),
    )
    accounts.state_balance(
        session, who, account=seen.id, balance=as_booked(amount, class_=seen.class_), on=day, key=key
    )
    words = amount_text(amount, of=seen.currency, locale=who.locale)
    verb = "owed" if seen.class_ == "liability" else "held"
    return f"{seen.name} {verb} {words} at the end of {date_text(day, locale=who.locale)}."


def _forget_balance(session: Session, who: Principal, *, account: UUID, key: str) -> AccountView:
    return accounts.forget_balance(session, who, account=accounts.by_uuid(session, who, account).id, key=key)


def _set_bank_number(session: Session, who: Principal, *, account: UUID, bank_number: str) -> AccountView:
    found = accounts.by_uuid(session, who, account)
    return accounts.set_bank_number(session, who, account=found.id, bank_number=bank_number)
