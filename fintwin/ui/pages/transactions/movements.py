"""New movements: what their forms may bring, and the one service call each of them is."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.kernel.wording import amount_text, parse_amount
from fintwin.ledger import accounts, categories, service
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.posting import Booked
from fintwin.ledger.result import CASH_TYPES
from fintwin.ui.act import Form

Amount = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Words = Annotated[str, StringConstraints(max_length=140)]

_SOURCE = r"^(income|opening|category:\d{1,18}|account:[0-9a-f-]{36})$"


class _Dated(Form):
    booked: date | None = None

    @field_validator("booked", mode="before", check_fields=False)
    @classmethod
    def _today(cls, given: Any) -> Any:
        return given or None


class DepositForm(_Dated):
    """Money that reaches an own account."""

    account: UUID
    amount: Amount
    source: Annotated[str, StringConstraints(pattern=_SOURCE)] = "income"
    """Where it comes from: income, one of its categories, an own account, or something the person had before."""
    payee: Words = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class WithdrawalForm(_Dated):
    """Money that leaves an own account: spending."""

    account: UUID
    amount: Amount
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    payee: Words = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class TransferForm(_Dated):
    """Money from one own account to another."""

    account: UUID
    to: UUID
    amount: Amount
    note: Annotated[str, StringConstraints(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A movement that was booked, and the sentence that says so."""

    booked: Booked
    sentence: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form offers."""

    accounts: list[AccountView]
    categories: list[CategoryView]


def choices(session: Session, who: Principal) -> Choices:
    """Open accounts, those with money at hand first, and all categories; the usual ones are made where there are none."""
    found = sorted(accounts.accounts(session, who), key=lambda one: one.type not in CASH_TYPES)
    return Choices(found, categories.ensure(session, who))


def deposit(session: Session, who: Principal, *, form: DepositForm, key: str) -> Done:
    """Book money in, from wherever the form says."""
    taking = accounts.by_uuid(session, who, form.account)
    amount = _amount(who, form.amount, taking)
    kind, _, which = form.source.partition(":")
    if kind == "account":
        giving = accounts.by_uuid(session, who, which)
        return _transfer(
            session, who, giving=giving, taking=taking, amount=amount, booked=form.booked, note=form.note, key=key
        )
    booked = service.deposit(
        session,
        who,
        account=taking.id,
        amount=amount,
        key=key,
        booked=form.booked,
        source="opening" if kind == "opening" else "income",
        payee=form.payee,
        category=int(which) if kind == "category" else None,
        note=form.note,
    )
    return Done(booked, f"{_text(who, amount, taking)} deposited to {taking.name}.")


def withdraw(session: Session, who: Principal, *, form: WithdrawalForm, key: str) -> Done:
    """Book money out."""
    giving = accounts.by_uuid(session, who, form.account)
    amount = _amount(who, form.amount, giving)
    booked = service.withdraw(
        session,
        who,
        account=giving.id,
        amount=amount,
        key=key,
        booked=form.booked,
        payee=form.payee,
        category=int(form.category) if form.category else None,
        note=form.note,
    )
    return Done(booked, f"{_text(who, amount, giving)} withdrawn from {giving.name}.")


def transfer(session: Session, who: Principal, *, form: TransferForm, key: str) -> Done:
    """Book money from one own account to another."""
    giving = accounts.by_uuid(session, who, form.account)
    taking = _other(session, who, form.to)
    amount = _amount(who, form.amount, giving)
    return _transfer(
        session, who, giving=giving, taking=taking, amount=amount, booked=form.booked, note=form.note, key=key
    )


def _transfer(
    session: Session, who: Principal, *, giving: AccountView, taking: AccountView, amount: Decimal, **rest: Any
) -> Done:
    done = service.own_transfer(session, who, giving=giving.id, taking=taking.id, amount=amount, **rest)
    return Done(done, f"{_text(who, amount, giving)} moved from {giving.name} to {taking.name}.")


def _other(session: Session, who: Principal, uuid: UUID) -> AccountView:
    try:
        return accounts.by_uuid(session, who, uuid)
    except NotFound as error:
        raise NotFound(error.sentence, code=error.code, field="to") from None


def _amount(who: Principal, text: str, account: AccountView) -> Decimal:
    amount = parse_amount(text, of=account.currency, locale=who.locale)
    if amount <= 0:
        raise Invalid("The amount must be more than zero.", code="amount_not_positive", field="amount")
    return amount


def _text(who: Principal, amount: Decimal, account: AccountView) -> str:
    return amount_text(amount, of=account.currency, locale=who.locale)
