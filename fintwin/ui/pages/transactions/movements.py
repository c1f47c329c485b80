"""New movements: what their forms may bring, and the one service call each of them is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid, NotFound, Refused, together
from fintwin.kernel.wording import amount_text, parse_amount
from fintwin.ledger import accounts, categories, conversion, pending, service
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Booked, Item, Kind
from fintwin.ledger.result import CASH_TYPES
from fintwin.ui.act import Form
from fintwin.ui.approving import Pin
from fintwin.ui.wanted import Account, Amount

Words = Annotated[str, StringConstraints(max_length=140)]

_SOURCE = r"^(income|opening|category:\d{1,18}|account:[0-9a-f-]{36})$"


class _Dated(Form):
    booked: date | None = None

    @field_validator("booked", "expires", mode="before", check_fields=False)
    @classmethod
    def _today(cls, given: Any) -> Any:
        return given or None


class _Announced(_Dated):
    waits: Literal["", "on", "true"] = ""
    """Set where it is pending: announced, but not booked."""
    expires: date | None = None
    """The last day that what is pending is waited for."""


class DepositForm(_Announced):
    """Money that reaches an own account."""

    account: Account
    amount: Amount
    source: Annotated[str, StringConstraints(pattern=_SOURCE)] = "income"
    """Where it comes from: income, one of its categories, an own account, or something the person had before."""
    payee: Words = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""
    pin: Pin = ""


class WithdrawalForm(_Announced):
    """Money that leaves an own account: spending."""

    account: Account
    amount: Amount
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    payee: Words = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class TransferForm(_Dated):
    """Money from one own account to another."""

    account: Account
    to: Account
    amount: Amount
    arrives: Annotated[str, StringConstraints(max_length=40)] = ""
    """What reaches an account of another currency."""
    note: Annotated[str, StringConstraints(max_length=500)] = ""
    pin: Pin = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A movement that was booked, and the sentence that says so."""

    booked: Booked
    sentence: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A movement that nothing else goes with, to be booked alone, and the sentence that says so then."""

    item: Item
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


def deposit(
    session: Session, who: Principal, *, form: DepositForm, key: str, approval: Approval | None = None
) -> Done | Ready:
    """Book money in, from wherever the form says; from an own account it is ready to be booked."""
    taking = accounts.by_uuid(session, who, form.account)
    amount, _ = together(lambda: _amount(who, form.amount, taking), lambda: _day(who, form))
    kind, _, which = form.source.partition(":")
    if kind == "account":
        giving = accounts.by_uuid(session, who, which)
        if form.waits:
            item = Announced(Kind.OWN_TRANSFER, amount, giving=giving, taking=taking, note=form.note)
            return _announce(session, who, item, expires=form.expires, key=key, approval=approval)
        if giving.currency != taking.currency:
            raise Refused(
                f"{giving.name} has another currency. Use Move: it asks what leaves and what arrives.",
                code="currency_mismatch",
                field="source",
            )
        return _transfer(
            session, who, giving=giving, taking=taking, amount=amount, form=form, key=key, approval=approval
        )
    if form.waits:
        if kind == "opening":
            raise Refused(
                "What you had before is booked at once. Choose where it comes from, or book it.",
                code="not_pending",
                field="source",
            )
        category = int(which) if kind == "category" else None
        item = Announced(Kind.DEPOSIT, amount, taking=taking, payee=form.payee, category=category, note=form.note)
        return _announce(session, who, item, expires=form.expires, key=key)
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
    amount, _ = together(lambda: _amount(who, form.amount, giving), lambda: _day(who, form))
    if form.waits:
        category = int(form.category) if form.category else None
        item = Announced(Kind.WITHDRAWAL, amount, giving=giving, payee=form.payee, category=category, note=form.note)
        return _announce(session, who, item, expires=form.expires, key=key)
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


def transfer(
    session: Session, who: Principal, *, form: TransferForm, key: str, approval: Approval | None = None
) -> Done | Ready:
    """Money from one own account to another: ready to be booked; between two currencies a conversion, booked."""
    giving = accounts.by_uuid(session, who, form.account)
    taking = _other(session, who, form.to)
    converts = giving.currency != taking.currency
    amount, arrives, *_ = together(
        lambda: _amount(who, form.amount, giving),
        lambda: _arriving(who, form.arrives, taking) if converts else None,
        lambda: _two(giving, taking),
        lambda: _day(who, form),
    )
    if converts:
        return _convert(
            session,
            who,
            giving=giving,
            taking=taking,
            gave=amount,
            got=arrives,
            form=form,
            key=key,
            approval=approval,
        )
    return _transfer(session, who, giving=giving, taking=taking, amount=amount, form=form, key=key, approval=approval)


def _transfer(
    session: Session,
    who: Principal,
    *,
    giving: AccountView,
    taking: AccountView,
    amount: Decimal,
    form: DepositForm | TransferForm,
    key: str,
    approval: Approval | None,
) -> Ready:
    item = service.own_transfer_item(
        session,
        who,
        giving=giving.id,
        taking=taking.id,
        amount=amount,
        booked=form.booked,
        note=form.note,
        key=key,
        approval=approval,
    )
    return Ready(item, f"{_text(who, amount, giving)} moved from {giving.name} to {taking.name}.")


@dataclass(frozen=True, slots=True)
class Announced:
    """What is to be pending."""

    kind: Kind
    amount: Decimal
    giving: AccountView | None = None
    taking: AccountView | None = None
    payee: str = ""
    category: int | None = None
    note: str = ""


def end_of(day: date, *, zone: str) -> datetime:
    """The instant at which a day of the person's ends."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)


def _announce(
    session: Session,
    who: Principal,
    item: Announced,
    *,
    expires: date | None,
    key: str,
    approval: Approval | None = None,
) -> Done:
    """Keep it pending."""
    done = pending.hold(
        session,
        who,
        kind=item.kind,
        amount=item.amount,
        key=key,
        account=item.giving.id if item.giving else None,
        taking=item.taking.id if item.taking else None,
        expires=None if expires is None else end_of(expires, zone=who.zone),
        payee=item.payee,
        category=item.category,
        note=item.note,
        approval=approval,
    )
    if item.giving is not None:
        sentence = f"{_text(who, item.amount, item.giving)} kept back on {item.giving.name} until it is settled."
    else:
        assert item.taking is not None
        sentence = f"{_text(who, item.amount, item.taking)} is expected on {item.taking.name}."
    return Done(done, sentence, pending=True)


def _convert(
    session: Session,
    who: Principal,
    *,
    giving: AccountView,
    taking: AccountView,
    gave: Decimal,
    got: Decimal,
    form: TransferForm,
    key: str,
    approval: Approval | None,
) -> Done:
    done = conversion.convert(
        session,
        who,
        giving=giving.id,
        taking=taking.id,
        gave=gave,
        got=got,
        key=key,
        booked=form.booked,
        note=form.note,
        approval=approval,
    )
    return Done(
        done,
        f"{_text(who, gave, giving)} left {giving.name}, {_text(who, got, taking)} reached {taking.name}.",
    )


def _other(session: Session, who: Principal, uuid: UUID) -> AccountView:
    try:
        return accounts.by_uuid(session, who, uuid)
    except NotFound as error:
        raise NotFound(error.sentence, code=error.code, field="to") from None


def _two(giving: AccountView, taking: AccountView) -> None:
    if giving.id == taking.id:
        raise Invalid("Choose two different accounts.", code="same_account", field="to")


def _day(who: Principal, form: _Dated) -> None:
    """Refuse a day that cannot be booked on, or until which nothing can be waited for."""
    if not isinstance(form, _Announced) or not form.waits:
        service.booking_date(who, form.booked)
    elif form.expires is not None and form.expires < today(system_clock, zone=who.zone):
        raise Invalid("This day is over already.", code="date_in_past", field="expires")
    elif form.expires is not None and form.expires.year > 2200:
        raise Invalid("This date is too far away.", code="bad_date", field="expires")


def _arriving(who: Principal, text: str, taking: AccountView) -> Decimal:
    if not text:
        raise Invalid(f"Say how many {taking.currency.code} arrive.", code="nothing_arrives", field="arrives")
    return _amount(who, text, taking, field="arrives")


def _amount(who: Principal, text: str, account: AccountView, *, field: str = "amount") -> Decimal:
    amount = parse_amount(text, of=account.currency, locale=who.locale, field=field)
    if amount <= 0:
        raise Invalid("The amount must be more than zero.", code="amount_not_positive", field=field)
    return amount


def _text(who: Principal, amount: Decimal, account: AccountView) -> str:
    return amount_text(amount, of=account.currency, locale=who.locale)
