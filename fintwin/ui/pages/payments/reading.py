"""What the page reads in one go."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Refused
from fintwin.kernel.ids import from_reference
from fintwin.ledger import accounts, categories, pins
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.result import CASH_TYPES
from fintwin.payments import contacts, instalments, methods, requests, service
from fintwin.payments.contacts import ContactView
from fintwin.payments.instalments import PlanView
from fintwin.payments.methods import Method
from fintwin.payments.requests import RequestView
from fintwin.payments.standing import PaymentView
from fintwin.ui.pages.payments import rows
from fintwin.ui.pages.payments.rows import Choice, Seen

OLDER = 20
"""Payments of the past on one page."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The page without its dialogs."""

    flight: list[PaymentView]
    past: list[PaymentView]
    older: int | None
    """The id after which older payments follow; None where these are the last."""
    waiting: list[RequestView]
    answered: list[RequestView]
    contacts: list[ContactView]
    plans: list[PlanView]
    held: list[Choice]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the forms offer."""

    held: list[Choice]
    ways: list[Choice]
    """Accounts that pay people, the default first, by the person's own names for them."""
    banks: list[Choice]
    contacts: list[ContactView]
    categories: list[CategoryView]


@dataclass(frozen=True, slots=True)
class Begun:
    """What a payment begins with."""

    number: str = ""
    amount: str = ""
    message: str = ""
    request: int | None = None
    plan: int | None = None
    title: str = ""


def overview(session: Session, who: Principal, *, before: int | None) -> Overview:
    """Everything in the page's lists."""
    past = service.history(session, who, before=before, most=OLDER + 1)
    return Overview(
        flight=service.in_flight(session, who),
        past=past[:OLDER],
        older=past[OLDER - 1].id if len(past) > OLDER else None,
        waiting=requests.waiting(session, who),
        answered=requests.answered(session, who, most=5),
        contacts=contacts.contacts(session, who),
        plans=instalments.plans(session, who),
        held=_choices(session, who, _held(session, who)),
    )


def offer(session: Session, who: Principal) -> Offer:
    """Accounts, contacts and categories; the usual categories are made where there are none."""
    every = accounts.accounts(session, who)
    paying = methods.offered(session, who, method=Method.WALLET)
    return Offer(
        held=_choices(session, who, [one for one in every if one.held and one.status == "active"]),
        ways=[rows.choice(replace(way.account, name=way.label), who) for way in paying],
        banks=[
            rows.choice(one, who) for one in every if not one.held and one.status == "active" and one.type in CASH_TYPES
        ],
        contacts=contacts.contacts(session, who),
        categories=[one for one in categories.ensure(session, who) if one.flow == "out"],
    )


def seen(session: Session, who: Principal, *, payment: int, now: datetime) -> tuple[PaymentView, Seen]:
    """One payment, and how it is shown."""
    one = service.payment(session, who, payment=payment)
    account = accounts.account(session, who, one.account)
    return one, rows.seen(one, who, account=account.name, now=now)


def begun(session: Session, who: Principal, *, to: str, amount: str, request: str, plan: str) -> Begun:
    """What an address says a payment begins with."""
    if request:
        asked = requests.request(session, who, request=from_reference(request))
        if not asked.open or asked.side != "to":
            raise Refused("This request was answered already.", code="request_answered")
        return Begun(
            number=asked.number,
            amount=rows.bare(asked.amount, asked.currency, who),
            message=asked.message,
            request=asked.id,
            title=f"{asked.name} asks for {rows.money(asked.amount, asked.currency, who)}",
        )
    if plan:
        one = instalments.plan(session, who, plan=int(plan))
        return Begun(
            number=one.number,
            amount=rows.bare(one.next, one.currency, who),
            message=one.description,
            plan=one.id,
            title=f"{rows.money(one.rest, one.currency, who)} left to pay",
        )
    return Begun(number=to, amount=amount)


def _held(session: Session, who: Principal) -> list[AccountView]:
    return [one for one in accounts.accounts(session, who) if one.held]


def _choices(session: Session, who: Principal, found: list[AccountView]) -> list[Choice]:
    made = []
    for one in found:
        pin = pins.view(session, who, account=one.id)
        made.append(rows.choice(one, who, threshold=None if pin is None else pin.threshold))
    return made
