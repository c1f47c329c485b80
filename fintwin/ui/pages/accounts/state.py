"""Accounts: what there is, opening one, and what can be done with each."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import reflex as rx
import segno
from pydantic import Field, StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.ids import grouped
from fintwin.kernel.money import currency, current_currencies
from fintwin.kernel.wording import amount_text, date_text, parse_amount
from fintwin.ledger import accounts
from fintwin.ledger.accounts import TYPES, AccountView
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.state import Page, notify
from fintwin.web.gate import principal

PATH = "/accounts"

TYPE_WORDS = {
    "checking": "Checking",
    "savings": "Savings",
    "credit": "Credit card",
    "wallet": "Wallet",
    "loan": "Loan",
    "investment": "Investments",
    "cash": "Cash in hand",
}
"""Types of accounts in words, in the order they are offered."""


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
    number: str = ""
    """In groups, for reading; empty for an account at a bank."""
    bare_number: str = ""
    since: str = ""
    held: bool = False
    frozen: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """Accounts of one class."""

    title: str = ""
    rows: list[AccountRow] = field(default_factory=list)


class OpenForm(Form):
    """A new account."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    custody: Literal["tracked", "held"] = "tracked"
    type: Literal["checking", "savings", "credit", "wallet", "loan", "investment", "cash"]
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)]
    balance: Annotated[str, StringConstraints(max_length=40)] = ""
    opened: date | None = None
    bank_number: Annotated[str, StringConstraints(max_length=60)] = ""

    @field_validator("opened", mode="before")
    @classmethod
    def _no_day(cls, given: Any) -> Any:
        return given or None


class RenameForm(Form):
    """Another name for an account."""

    account: UUID
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Chosen(Form):
    """An account that something is asked for."""

    account: Annotated[UUID, Field()]


def account_row(account: AccountView, *, locale: str) -> AccountRow:
    """An account in words; a balance nobody gave stays unknown."""
    held = "kept here" if account.held else "at a bank"
    differs = account.held and account.available != account.posted
    return AccountRow(
        uuid=str(account.uuid),
        name=account.name,
        kind=f"{TYPE_WORDS[account.type]}, {held}",
        balance=amount_text(account.posted, of=account.currency, locale=locale) if account.known else "",
        below=account.known and account.posted < 0,
        available=amount_text(account.available, of=account.currency, locale=locale) if differs else "",
        number=grouped(account.number),
        bare_number=account.number,
        since=date_text(account.known_since, locale=locale) if account.known_since else "",
        held=account.held,
        frozen=account.status == "frozen",
        closed=not account.open,
    )


def account_groups(found: list[AccountView], *, locale: str) -> list[AccountGroup]:
    """Open accounts by class, then the closed ones; a group without accounts is left out."""
    grouped_by: dict[str, list[AccountRow]] = {"What you have": [], "What you owe": [], "Closed": []}
    for one in found:
        title = "Closed" if not one.open else "What you owe" if one.class_ == "liability" else "What you have"
        grouped_by[title].append(account_row(one, locale=locale))
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


def opening_balance(form: OpenForm, *, locale: str) -> Decimal | None:
    """The balance to begin with, as the books sign it: what is owed lies below zero. None where it was left open."""
    if not form.balance:
        return None
    amount = parse_amount(form.balance, of=currency(form.currency), locale=locale, field="balance")
    return -amount if TYPES[form.type] == "liability" else amount


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
    """What is asked for it: `more`, `number`, `rename` or `close`."""
    code: str = ""
    code_side: int = 0
    _key: str = ""

    @rx.event
    async def load(self) -> Any:
        """Read the list anew; open the dialog that the address asks for."""
        query = self.router.url.query_parameters
        wanted, key = bool(query.get("new")), str(query.get("op", ""))[:36]
        if wanted and not key:
            return rx.redirect(f"{PATH}?new=1&op={uuid4()}", replace=True)
        await self._show()
        if wanted and key != self._key:
            self.custody, self.owes = "tracked", False
        self.opening, self._key = wanted, key
        return None

    @rx.event
    async def refresh(self) -> None:
        """Read the list anew after something happened to the books."""
        await self._show()

    @rx.event
    def begin(self) -> Any:
        """Open the dialog for a new account, with a key of its own in the address."""
        return rx.redirect(f"{PATH}?new=1&op={uuid4()}")

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
        wanted = parse(OpenForm, form)
        opened = await act(
            accounts.open_account,
            name=wanted.name,
            type=wanted.type,
            custody=wanted.custody,
            currency=currency(wanted.currency),
            key=self._key,
            opening=opening_balance(wanted, locale=principal().locale),
            opened=wanted.opened,
            bank_number=wanted.bank_number,
        )
        await notify(self, f"{opened.name} is open.")
        self.opening = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    async def ask(self, account: str, about: str) -> None:
        """Open a dialog about one account: its number, another name, or its end."""
        seen = await look(accounts.by_uuid, parse(Chosen, {"account": account}).account)
        self.chosen = account_row(seen, locale=principal().locale)
        self.asking = about if about in {"more", "number", "rename", "close"} else ""
        if self.asking == "number" and seen.held:
            self.code, self.code_side = qr_path(seen.number)

    @rx.event
    def dismiss(self) -> None:
        """Close the dialog about one account."""
        self.asking = ""

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
    async def freeze(self, account: str, block: bool) -> None:
        """Block an account, or take the block away."""
        wanted = parse(Chosen, {"account": account}).account
        seen = await act(_freeze, account=wanted, block=block is True)
        self.asking = ""
        await notify(
            self, f"{seen.name} is blocked: no money can leave it." if block is True else f"{seen.name} is free."
        )
        await self._show()

    async def _show(self) -> None:
        who = principal()
        found = await look(accounts.accounts, closed=True)
        self.groups = account_groups(found, locale=who.locale)
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


def _freeze(session: Session, who: Principal, *, account: UUID, block: bool) -> AccountView:
    change = accounts.freeze if block else accounts.unfreeze
    return change(session, who, account=accounts.by_uuid(session, who, account).id)
