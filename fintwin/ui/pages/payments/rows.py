"""Payments, requests, contacts and plans in words."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from fintwin.identity.principal import Principal
from fintwin.kernel.ids import grouped, reference
from fintwin.kernel.money import Currency
from fintwin.kernel.wording import amount_text, date_text, instant_text
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.posting import Outside
from fintwin.ledger.wording import OUTSIDE_WORDS
from fintwin.payments.contacts import ContactView
from fintwin.payments.instalments import PlanView
from fintwin.payments.requests import RequestView
from fintwin.payments.standing import PaymentView, steps
from fintwin.ui.pages.payments.address import Address, write

_STEPS = {
    "started": "Checked and started",
    "sending": "Sending",
    "sent": "Sent",
    "arrived": "Arrived",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "received": "Received",
    "not_received": "It did not arrive",
    "given_back": "Given back",
    "partly_given_back": "Partly given back",
}


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment in a list."""

    name: str = ""
    letters: str = ""
    line: str = ""
    amount: str = ""
    inflow: bool = False
    status: str = ""
    """In words; empty where it simply went through."""
    tone: str = "plain"
    href: str = ""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request."""

    reference: str = ""
    name: str = ""
    letters: str = ""
    line: str = ""
    amount: str = ""
    status: str = ""
    answerable: bool = False
    href: str = ""
    """Where it is answered: the wizard, or the payment that is asked back."""
    refund: bool = False


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact."""

    id: str = ""
    name: str = ""
    letters: str = ""
    number: str = ""
    bare: str = ""
    line: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A total that is paid in parts."""

    id: str = ""
    name: str = ""
    line: str = ""
    progress: str = ""
    percent: int = 0
    next: str = ""
    done: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An account to choose."""

    uuid: str = ""
    words: str = ""
    """Name and currency: a list of choices cannot hide an amount."""
    name: str = ""
    left: str = ""
    """What is there to pay people with."""
    pin: str = ""
    """What its PIN is asked for, in words; empty where it has none."""
    threshold: str = ""
    """The amount above which it is asked, as it is typed."""
    pin_href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a payment's way: `done`, `now`, `todo` or `bad`."""

    title: str = ""
    line: str = ""
    state: str = "todo"
    money: bool = False
    """Whether its line is an amount, which may be hidden."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value."""

    name: str = ""
    value: str = ""
    money: bool = False
    """Whether it is an amount, which may be hidden."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One payment with all that is known of it."""

    reference: str = ""
    name: str = ""
    letters: str = ""
    amount: str = ""
    inflow: bool = False
    status: str = ""
    tone: str = "plain"
    steps: list[Step] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    rest: str = ""
    """What can still be given back, as it is typed."""
    cancellable: bool = False
    refundable: bool = False
    askable: bool = False
    unknown: bool = False
    """Whether the payee can be kept as a contact."""
    number: str = ""
    register_href: str = ""
    again_href: str = ""


def money(amount: Decimal, of: Currency, who: Principal, *, signed: bool = False) -> str:
    """An amount in the person's way of writing."""
    return amount_text(amount, of=of, locale=who.locale, signed=signed)


def bare(amount: Decimal, of: Currency, who: Principal) -> str:
    """An amount as it is typed."""
    return amount_text(amount, of=of, locale=who.locale, symbol=False)


def letters(name: str) -> str:
    """Up to two initials of a name, masked or not."""
    words = [word for word in name.split() if word[0].isalnum()]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2].strip("•"))).upper() if words else "?"


def status_of(one: PaymentView, now: datetime) -> tuple[str, str]:
    """A payment's status in words, and its tone."""
    if one.cancelled:
        return "Cancelled", "plain"
    if one.live:
        if one.cancellable(now):
            return "Sending", "brand"
        return ("On its way" if one.stands is Outside.PROCESSING else OUTSIDE_WORDS[one.stands]), "brand"
    if one.status == "completed" and one.refunded:
        return "Partly given back", "warn"
    return {
        "completed": ("Done", "good"),
        "failed": ("Failed", "bad"),
        "reversed": ("Given back", "warn"),
    }[one.status]


def payment_row(one: PaymentView, who: Principal, *, now: datetime) -> PaymentRow:
    """A payment in a list."""
    status, tone = status_of(one, now)
    inflow = one.side == "in" or one.type == "topup"
    what = one.description or ("From your bank" if one.type == "topup" else "Received" if inflow else "Sent")
    return PaymentRow(
        name=one.name,
        letters=letters(one.name),
        line=f"{day(one.created_at, who)} · {what}",  # where a phone has no room, the words are cut and not the day
        amount=money(one.amount if inflow else -one.amount, one.currency, who, signed=True),
        inflow=inflow and one.status == "completed",
        status="" if status == "Done" else status,
        tone=tone,
        href=write(Address(open=one.reference)),
    )


def request_row(one: RequestView, who: Principal) -> RequestRow:
    """A request in a list."""
    mine, refund = one.side == "from", one.kind == "refund"
    what = one.message or ("A payment back" if refund else "Money")
    until = f"until {date_text(one.expires_at.astimezone(ZoneInfo(who.zone)).date(), locale=who.locale, style='day')}"
    words = {
        "open": until,
        "accepted": "being paid",
        "paid": "given back" if refund else "paid",
        "declined": "declined",
        "cancelled": "cancelled",
        "expired": "ran out",
    }[one.status]
    if one.given and one.rest:
        given, whole = (money(size, one.currency, who) for size in (one.given, one.amount))
        what = f"{what} · {given} of {whole} given back"
    href = ""
    if one.open and not mine:
        href = (
            write(Address(open=reference(one.about)))
            if one.about is not None
            else write(Address(new="pay", request=one.reference))
        )
    return RequestRow(
        reference=one.reference,
        name=one.name,
        letters=letters(one.name),
        line=f"{'Asked back: ' if refund else ''}{what} · {words}",
        amount=money(one.rest if one.open else one.amount, one.currency, who),
        status="" if one.open else words.capitalize(),
        answerable=one.open,
        href=href,
        refund=refund,
    )


def contact_row(one: ContactView, who: Principal) -> ContactRow:
    """A contact in a list."""
    return ContactRow(
        id=str(one.id),
        name=one.name,
        letters=letters(one.name),
        number=grouped(one.number),
        bare=one.number,
        line=f"Paid {day(one.paid_at, who)}" if one.paid_at else "Not paid yet",
        href=write(Address(new="pay", to=one.number)),
    )


def plan_row(one: PlanView, who: Principal) -> PlanRow:
    """A plan in a list."""
    parts = f"{one.payments} of {one.parts} parts" if one.parts else f"{one.payments} payments"
    return PlanRow(
        id=str(one.id),
        name=one.name,
        line=one.description or parts,
        progress=f"{money(one.paid, one.currency, who)} of {money(one.total, one.currency, who)}",
        percent=min(100, int(100 * one.paid / one.total)),
        next="" if one.done else money(one.next, one.currency, who),
        done=one.done,
        href=write(Address(new="pay", plan=str(one.id))),
    )


def choice(one: AccountView, who: Principal, *, threshold: Decimal | None = None) -> Choice:
    """An account to pay from, with what is there to pay people with."""
    if threshold is None:
        pin = ""
    elif threshold:
        pin = f"PIN above {money(threshold, one.currency, who)}"
    else:
        pin = "PIN for every amount"
    return Choice(
        uuid=str(one.uuid),
        words=f"{one.name} · {one.currency.code}",
        name=one.name,
        left=money(one.own_money, one.currency, who),
        pin=pin,
        threshold=bare(threshold, one.currency, who) if threshold else "",
        pin_href=write(Address(pin=str(one.uuid))),
    )


def seen(one: PaymentView, who: Principal, *, account: str, now: datetime) -> Seen:
    """One payment with its steps and facts."""
    status, tone = status_of(one, now)
    inflow = one.side == "in" or one.type == "topup"
    done = one.status in {"completed", "reversed"}
    facts = [
        Fact("To" if inflow else "From", account),
        *([Fact("Account number", grouped(one.number))] if one.number else []),
        *([Fact("Message", one.description)] if one.description and one.type == "transfer" else []),
        *([Fact("Given back", money(one.refunded, one.currency, who), money=True)] if one.refunded else []),
        Fact("Started", instant_text(one.created_at, zone=who.zone, locale=who.locale)),
        Fact("Reference", one.reference),
    ]
    return Seen(
        reference=one.reference,
        name=one.name,
        letters=letters(one.name),
        amount=money(one.amount if inflow else -one.amount, one.currency, who, signed=True),
        inflow=inflow and done,
        status=status,
        tone=tone,
        steps=_steps(one, who, now=now),
        facts=facts,
        rest=bare(one.rest, one.currency, who),
        cancellable=one.cancellable(now),
        refundable=one.side == "in" and one.status == "completed" and one.rest > 0,
        askable=one.side == "out" and one.type == "transfer" and one.status == "completed" and one.rest > 0,
        unknown=one.side == "out" and one.type == "transfer" and not one.known,
        number=one.number,
        register_href="" if one.transaction is None else f"/transactions?open={reference(one.transaction)}",
        again_href=write(Address(new="pay", to=one.number)) if one.side == "out" and one.type == "transfer" else "",
    )


def _steps(one: PaymentView, who: Principal, *, now: datetime) -> list[Step]:
    waits = "You can still cancel it." if one.cancellable(now) else "It will be there in a moment."
    lines = {
        "cancelled": "Nothing was sent.",
        "failed": f"{one.reason} Your money is available again.",
        "not_received": one.reason,
        "sending": waits,
    }
    found = []
    for step in steps(one):
        back = step.what in {"given_back", "partly_given_back"}
        line = lines.get(step.what, "")
        if back:
            line = money(one.refunded, one.currency, who)
        elif step.at is not None:
            line = instant_text(step.at, zone=who.zone, locale=who.locale)
        found.append(Step(_STEPS[step.what], line, step.state, money=back))
    return found


def day(instant: datetime, who: Principal) -> str:
    """The day of an instant, for a list."""
    return date_text(instant.astimezone(ZoneInfo(who.zone)).date(), locale=who.locale, style="day")
