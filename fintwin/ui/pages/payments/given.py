"""What the forms of the page bring, and the use cases behind them."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, field_validator
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import Currency, positive
from fintwin.kernel.wording import parse_amount
from fintwin.ledger import accounts as account_book
from fintwin.ledger import pins
from fintwin.ledger import service as ledger
from fintwin.payments import contacts, instalments, requests, service
from fintwin.payments.standing import MOST_PARTS, PaymentView
from fintwin.ui.act import Form
from fintwin.ui.approving import Pin
from fintwin.ui.wanted import Account, AccountNumber, Amount, Wanted

Words = Annotated[str, StringConstraints(max_length=140)]


class PayeeForm(Form):
    """Whom to pay."""

    number: AccountNumber


class AmountForm(Form):
    """How much, from where, and what for."""

    amount: Amount
    account: Account
    description: Words = ""
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class SureForm(Form):
    """The last word before a payment is sent."""

    pin: Pin = ""
    sure: Literal["", "yes"] = ""
    """Said where an equal one was sent a moment ago."""


class AskForm(Form):
    """A request for money."""

    number: AccountNumber
    amount: Amount
    account: Account
    message: Words = ""


class PlanForm(Form):
    """A total to pay in parts."""

    number: AccountNumber
    amount: Amount
    account: Account
    parts: int | None = None
    """Empty: of any size."""
    description: Words = ""

    @field_validator("parts", mode="before")
    @classmethod
    def _count(cls, given: Any) -> int | None:
        text = given.strip() if isinstance(given, str) else ""
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and 2 <= int(text) <= MOST_PARTS):
            raise ValueError(f"Choose 2 to {MOST_PARTS} parts.")
        return int(text)


class TopUpForm(Form):
    """Money from a bank."""

    amount: Amount
    account: Account
    source: Account


class ContactForm(Form):
    """What somebody is called here."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80), Wanted("Say what you call them.")]


class NewContactForm(ContactForm):
    """A number under an own name."""

    number: AccountNumber


class BackForm(Form):
    """Part of a payment, given back or asked back."""

    amount: Amount
    reason: Words = ""
    pin: Pin = ""


class PinForm(Form):
    """A PIN, and above what it is asked for."""

    pin: Pin = ""
    old: Pin = ""
    threshold: Annotated[str, StringConstraints(max_length=40)] = ""
    remove: Annotated[str, StringConstraints(max_length=10)] = ""


def preview(
    session: Session, who: Principal, *, form: AmountForm, number: str
) -> tuple[account_book.AccountView, service.Preview]:
    account = account_book.by_uuid(session, who, form.account)
    amount = parse_amount(form.amount, of=account.currency, locale=who.locale)
    return account, service.preview(session, who, account=account.id, number=number, amount=amount)


def payee(session: Session, who: Principal, *, number: str) -> str:
    found = ledger.payee(session, who, number=number)
    if found.own:
        raise Invalid("This is your own account.", code="own_payee", field="number")
    return contacts.names(session, who, numbers=[number]).get(number, found.name)


def part(session: Session, who: Principal, *, payment: int, amount: str) -> tuple[PaymentView, Any]:
    one = service.payment(session, who, payment=payment)
    return one, parse_amount(amount, of=one.currency, locale=who.locale)


def ask(session: Session, who: Principal, *, form: AskForm, key: str) -> requests.RequestView:
    account = account_book.by_uuid(session, who, form.account)
    amount, number = _amount_and_number(who, form, of=account.currency)
    return requests.ask(
        session,
        who,
        account=account.id,
        number=number,
        amount=amount,
        message=form.message,
        key=key,
    )


def plan(session: Session, who: Principal, *, form: PlanForm, key: str) -> instalments.PlanView:
    account = account_book.by_uuid(session, who, form.account)
    amount, number = _amount_and_number(who, form, of=account.currency)
    return instalments.begin(
        session,
        who,
        account=account.id,
        number=number,
        total=amount,
        parts=form.parts,
        description=form.description,
        key=key,
    )


def _amount_and_number(who: Principal, form: AskForm | PlanForm, *, of: Currency) -> tuple[Decimal, str]:
    amount, number = together(
        lambda: positive(parse_amount(form.amount, of=of, locale=who.locale), to=of),
        lambda: checked_account_number(form.number),
    )
    return amount, number


def top_up(session: Session, who: Principal, *, form: TopUpForm, key: str) -> PaymentView:
    account = account_book.by_uuid(session, who, form.account)
    source = account_book.by_uuid(session, who, form.source)
    amount = parse_amount(form.amount, of=account.currency, locale=who.locale)
    return service.top_up(session, who, account=account.id, source=source.id, amount=amount, key=key)


def new_pin(session: Session, who: Principal, *, account: str, form: PinForm) -> tuple[int, Any]:
    """The account and above what its PIN is asked for; judged before an attempt at the old PIN is counted."""
    found = account_book.by_uuid(session, who, account)

    def least() -> Any:
        read = parse_amount(form.threshold or "0", of=found.currency, locale=who.locale, field="threshold")
        return pins.checked_threshold(read, of=found.currency)

    def digits() -> None:
        if form.pin or pins.view(session, who, account=found.id) is None:
            pins.checked(form.pin)

    _, threshold = (None, None) if form.remove else together(digits, least)
    return found.id, threshold


def key_of(key: str) -> str:
    if not key:
        raise Invalid("Open this form again.", code="no_key")
    return f"payment:{key}"


def reference_of(text: Any) -> str:
    if not isinstance(text, str) or not text or len(text) > 20:
        raise Invalid("This is not a payment's reference.", code="bad_reference")
    return text


def id_of(text: Any) -> int:
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid("This could not be understood.", code="bad_id")
    return int(text)


def uuid_of(text: Any) -> str:
    if not isinstance(text, str) or len(text) != 36:
        raise Invalid("Choose an account.", code="bad_account", field="account")
    return text
