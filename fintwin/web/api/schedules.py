"""Schedules: what is paid on given days, once or again and again."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid, all_of
from fintwin.kernel.ids import reference
from fintwin.kernel.money import plain, positive
from fintwin.ledger import accounts as account_book
from fintwin.ledger.pins import Approval
from fintwin.payments import recurrence
from fintwin.payments import schedules as schedule_book
from fintwin.payments.recurrence import Adjustment
from fintwin.payments.schedules import Plan, RunView, ScheduleKind, ScheduleView
from fintwin.web.api.approvals import Pin, with_pin
from fintwin.web.api.calls import (
    Amount,
    Body,
    CategoryName,
    Code,
    Day,
    Key,
    Listed,
    Named,
    Reference,
    Shown,
    Who,
    act,
    answered,
    look,
    referred,
)
from fintwin.web.api.lines import Known
from fintwin.web.api.payees import Whom, number_of
from fintwin.web.api.payments import Words

router = APIRouter(prefix="/schedules", tags=["schedules"])

_FITS: dict[str, frozenset[ScheduleKind]] = {
    "number": frozenset({"person"}),
    "contact": frozenset({"person"}),
    "pin": frozenset({"person"}),
    "taking": frozenset({"own"}),
    "payee": frozenset({"deposit", "withdrawal"}),
    "category": frozenset({"person", "deposit", "withdrawal"}),
}
"""Fields that go with some kinds alone."""


class Schedule(Shown):
    """A schedule and what comes next."""

    uuid: str
    kind: ScheduleKind
    account: Named | None
    """It gives; for a deposit it takes."""
    to: Named | None
    """The own account that an own transfer reaches."""
    number: str | None
    payee: str | None
    """For a person their name, masked."""
    amount: str
    currency: str
    description: str | None
    category: CategoryName | None
    rule: str
    """How often, as RFC 5545 has it; empty: once."""
    adjustment: Adjustment
    starts: date
    status: str
    """`active`, `paused` or `ended`."""
    next_due: date | None
    """The date that the rule names next; a run is known by it. Null where it has ended."""
    next_on: date | None
    """The day on which that one runs, after the adjustment."""
    failed: str | None
    """Why the latest attempt failed."""
    retries: bool
    """Whether a failed attempt is going to be repeated."""


class Run(Shown):
    """What became of one due date: `waiting`, `done`, `failed` or `skipped`."""

    due: date
    status: str
    attempts: int
    reason: str | None
    transaction: str | None
    at: datetime


class ScheduleDetail(Schedule):
    """A schedule with what has become of its latest dates, the latest first."""

    runs: list[Run]


class Planned(Whom):
    """What is to be paid, and when.

    `person` takes a number or a contact and leaves an account that is kept here; `own` takes `to`; `deposit` and
    `withdrawal` are what a bank moves by itself, on an account there.
    """

    kind: ScheduleKind
    account: UUID
    taking: UUID | None = Field(default=None, alias="to")
    amount: Amount
    currency: Code
    starts: Day = Field(description="The first due date.")
    rule: Annotated[str, Field(max_length=200)] = Field(
        default="",
        examples=["FREQ=MONTHLY;BYMONTHDAY=-1"],
        description="RFC 5545: FREQ, INTERVAL, BYDAY, one BYMONTHDAY, COUNT or UNTIL; empty: once.",
    )
    adjustment: Adjustment = Field(default="none", description="Where it runs that falls on no working day.")
    description: Words = ""
    payee: Words = ""
    category: Reference | None = None
    pin: Pin = ""


class Resumed(Body):
    """A schedule that goes on."""

    pin: Pin = ""


class Skip(Body):
    """The date that is left out: `next_due`, named so that the same call again leaves out no other."""

    due: Day


@router.get("")
async def schedules(who: Who) -> Listed[Schedule]:
    """The next to run first, then paused ones, then those that have ended; of these the latest."""
    return await look(who, _listed)


@router.get("/{uuid}")
async def schedule(who: Who, uuid: UUID) -> ScheduleDetail:
    """One schedule, and what became of its dates."""
    return await look(who, _detail, schedule=uuid)


@router.post("", status_code=201)
async def plan(who: Who, key: Key, body: Planned, answer: Response) -> Schedule:
    """Plan a payment. A first date that is today runs at once.

    Refused with 409 where one payment of it asks for the account's PIN (`pin_needed`, `wrong_pin`, `pin_locked`); its
    runs do not ask again.
    """
    made_before = await look(who, schedule_book.known, key=key)
    planned = await look(who, _plan, body=body, counted=not made_before)

    def use(session: Session, who: Principal, approval: Approval | None) -> tuple[Schedule, bool]:
        try:
            made = schedule_book.create(session, who, plan=planned, key=key, approval=approval)
        except FinTwinError as refusal:
            refusal.field = "to" if refusal.field == "taking" else refusal.field
            raise
        return _shown(made, Known.of(session, who)), made.replayed

    return answered(await with_pin(who, lambda approval: act(who, use, approval), pin=body.pin), answer)


@router.post("/{uuid}/pause")
async def pause(who: Who, uuid: UUID) -> Schedule:
    """Let nothing run until it is resumed; again: nothing more."""
    return await _changed(who, schedule_book.pause, schedule=uuid)


@router.post("/{uuid}/resume")
async def resume(who: Who, uuid: UUID, body: Resumed | None = None) -> Schedule:
    """Go on with the next date from today; what fell into the pause is not made up for.

    Refused with 409 where one payment of it asks for the account's PIN (`pin_needed`, `wrong_pin`, `pin_locked`).
    """
    return await with_pin(
        who,
        lambda approval: _changed(who, schedule_book.resume, schedule=uuid, approval=approval),
        pin="" if body is None else body.pin,
    )


@router.post("/{uuid}/skip")
async def skip(who: Who, uuid: UUID, body: Skip) -> Schedule:
    """Leave the next due date out, once. Refused with 409 `not_next` where it is another one by now."""
    return await _changed(who, schedule_book.skip, schedule=uuid, due=body.due)


@router.post("/{uuid}/end")
async def end(who: Who, uuid: UUID) -> Schedule:
    """No further date; what it paid stays. Again: nothing more."""
    return await _changed(who, schedule_book.end, schedule=uuid)


async def _changed(who: Principal, change: Callable[..., ScheduleView], **named: Any) -> Schedule:
    def use(session: Session, who: Principal) -> Schedule:
        return _shown(change(session, who, **named), Known.of(session, who))

    return await act(who, use)


def _plan(session: Session, who: Principal, *, body: Planned, counted: bool) -> Plan:
    """What a body plans, as the books name it; `counted` as `number_of` has it."""
    misplaced = [
        Planned.model_fields[name].alias or name
        for name, kinds in _FITS.items()
        if name in body.model_fields_set and getattr(body, name) not in (None, "") and body.kind not in kinds
    ]
    if misplaced:
        raise all_of([Invalid("This kind has no such thing.", code="bad_field", field=name) for name in misplaced])
    account = account_book.in_currency(session, who, body.account, code=body.currency)
    amount = positive(body.amount, to=account.currency)
    rule = recurrence.parsed(body.rule)
    if body.kind == "own" and body.taking is None:
        raise Invalid("Say where it goes.", code="bad_field", field="to")
    return Plan(
        kind=body.kind,
        account=account.id,
        amount=amount,
        starts=body.starts,
        rule=rule,
        adjustment=body.adjustment,
        taking=None if body.taking is None else account_book.by_uuid(session, who, body.taking).id,
        number=number_of(session, who, body, counted=counted) if body.kind == "person" else "",
        description=body.description,
        payee=body.payee,
        category=None if body.category is None else referred(body.category, "category"),
    )


def _listed(session: Session, who: Principal) -> Listed[Schedule]:
    known = Known.of(session, who)
    return Listed(items=[_shown(one, known) for one in schedule_book.schedules(session, who)])


def _detail(session: Session, who: Principal, *, schedule: UUID) -> ScheduleDetail:
    seen = schedule_book.by_uuid(session, who, schedule=schedule)
    runs = schedule_book.runs(session, who, schedule=schedule)
    shown = _shown(seen, Known.of(session, who))
    return ScheduleDetail(**shown.model_dump(), runs=[_run(one) for one in runs])


def _shown(one: ScheduleView, known: Known) -> Schedule:
    return Schedule(
        uuid=str(one.uuid),
        kind=one.kind,
        account=known.account(one.account),
        to=known.account(one.taking),
        number=one.number or None,
        payee=one.payee or None,
        amount=plain(one.amount, of=one.currency),
        currency=one.currency.code,
        description=one.description or None,
        category=known.category(one.category),
        rule=recurrence.written(one.rule),
        adjustment=one.adjustment,
        starts=one.starts,
        status="ended" if one.ended else "paused" if one.paused else "active",
        next_due=one.next_due,
        next_on=one.next_on,
        failed=one.failed or None,
        retries=one.waiting,
    )


def _run(one: RunView) -> Run:
    return Run(
        due=one.due,
        status=one.status,
        attempts=one.attempts,
        reason=one.reason or None,
        transaction=None if one.transaction is None else reference(one.transaction),
        at=one.at,
    )
