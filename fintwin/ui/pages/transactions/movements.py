"""New movements: what their forms may bring, and the one service call each of them is."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused
from fintwin.kernel.ids import grouped
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


class SendForm(Form):
    """Money for another person."""

    account: UUID
    number: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    amount: Amount
    description: Words = ""
    """The other person reads it."""
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""
    """Stays with the sender, as the category does."""


@dataclass(frozen=True, slots=True)
class Done:
    """A movement that was booked, and the sentence that says so."""

    booked: Booked
    sentence: str


@dataclass(frozen=True, slots=True)
class Review:
    """A payment to a person before it is made: who, how much, from where."""

    name: str = ""
    """Masked: only the payee's initials."""
    number: str = ""
    amount: str = ""
    account: str = ""
    left: str = ""
    """What is available afterwards."""
    description: str = ""
    category: str = ""
    note: str = ""


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


def review(session: Session, who: Principal, *, form: SendForm) -> Review:
    """What a payment to a person would be; nothing is booked.

    Raises:
        Refused: the number is an own account's, the account is not kept here, or does not have that much.
        NotFound: there is no such account, payee or category.
    """
    giving = accounts.by_uuid(session, who, form.account)
    meant = categories.category(session, who, int(form.category)).name if form.category else ""
    amount = _amount(who, form.amount, giving)
    if not giving.held:
        raise Refused(
            "Money for other people can only leave an account that is kept here.", code="not_held", field="account"
        )
    payee = service.payee(session, who, number=form.number)
    if payee.own:
        raise Refused(
            "This is your own account. Use a transfer between your accounts.", code="own_payee", field="number"
        )
    if amount > giving.available:
        raise Refused(
            f"There is not enough in this account: {_text(who, giving.available, giving)} available.",
            code="not_enough_funds",
            field="amount",
        )
    return Review(
        name=payee.name,
        number=grouped("".join(form.number.split()).replace("-", "")),
        amount=_text(who, amount, giving),
        account=giving.name,
        left=_text(who, giving.available - amount, giving),
        description=form.description,
        category=meant,
        note=form.note,
    )


def send(session: Session, who: Principal, *, form: SendForm, key: str, payee: str) -> Done:
    """Pay a person.

    Args:
        payee: the masked name that was reviewed.
    """
    giving = accounts.by_uuid(session, who, form.account)
    amount = _amount(who, form.amount, giving)
    booked = service.pay_person(
        session,
        who,
        account=giving.id,
        number=form.number,
        amount=amount,
        key=key,
        description=form.description,
        category=int(form.category) if form.category else None,
        note=form.note,
    )
    return Done(booked, f"{_text(who, amount, giving)} sent to {payee}.")


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
