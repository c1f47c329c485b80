"""Schedules: what is paid on given days, once or again and again; making, changing and reading them.

A run is known by its due date, the one that the rule names. `schedule_run` has one row per due date, written in the
transaction that books, so a date is never paid twice.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind, tell
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Busy, Conflict, Invalid, NotFound, Refused
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import accounts, pins, posting, service
from fintwin.ledger.pins import Approval
from fintwin.payments import recurrence
from fintwin.payments.patience import beginning
from fintwin.payments.recurrence import LATEST, Adjustment, Rule

ScheduleKind = Literal["person", "own", "deposit", "withdrawal"]
KINDS: Final[tuple[ScheduleKind, ...]] = ("person", "own", "deposit", "withdrawal")
MOST: Final = 200
"""Schedules of one person that have not ended."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be paid, and when.

    `account` gives (takes, for a deposit). An own transfer has `taking`, a payment to a person its account `number`;
    deposits and withdrawals are planned on tracked accounts, where a bank moves the money by itself.
    """

    kind: ScheduleKind
    account: int
    amount: Decimal
    starts: date
    rule: Rule = recurrence.ONCE
    adjustment: Adjustment = "none"
    taking: int | None = None
    number: str = ""
    description: str = ""
    payee: str = ""
    category: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule as its owner sees it. Without `next_due` it has ended; `next_on` is the day the next one runs."""

    id: int
    uuid: UUID
    kind: ScheduleKind
    account: int
    account_name: str
    taking: int | None
    taking_name: str
    number: str
    currency: Currency
    amount: Decimal
    description: str
    payee: str
    category: int | None
    rule: Rule
    adjustment: Adjustment
    starts: date
    paused: bool
    next_due: date | None
    next_on: date | None
    failed: str
    """Why the latest attempt failed; "" where it did not."""
    waiting: bool
    """Whether a failed attempt is going to be repeated."""
    replayed: bool = field(default=False, compare=False)
    """Whether the call that answers with it had made it before."""

    @property
    def ended(self) -> bool:
        """Whether nothing is due any more."""
        return self.next_due is None


@dataclass(frozen=True, slots=True)
class RunView:
    """What became of one due date: `waiting`, `done`, `failed` or `skipped`."""

    due: date
    status: str
    attempts: int
    reason: str
    transaction: int | None
    at: datetime


_SELECT = """
    SELECT s.id, s.uuid, s.kind, s.account, a.name AS account_name, s.taking, coalesce(t.name, '') AS taking_name,
           coalesce(s.number, '') AS number, s.currency, s.amount, s.description, s.payee, s.category, s.rule, s.adjustment,
           s.starts, s.paused, s.next_due, s.next_on,
           CASE WHEN r.status IN ('waiting', 'failed') THEN r.reason ELSE '' END AS failed, coalesce(r.status = 'waiting', false) AS waiting
    FROM schedule s JOIN account a ON a.id = s.account LEFT JOIN account t ON t.id = s.taking
    LEFT JOIN LATERAL (SELECT status, reason FROM schedule_run x WHERE x.schedule = s.id ORDER BY x.due DESC LIMIT 1) r ON true
    WHERE s.owner = :owner
"""
_RUN_SINCE = text("SELECT due FROM schedule_run WHERE owner = :owner AND schedule = :schedule AND due >= :since")
_PLACED = text(
    """
    UPDATE schedule SET next_due = CAST(:due AS date), next_on = CAST(:on AS date), again_at = NULL,
      wake_at = CASE WHEN paused THEN NULL ELSE CAST(:wake AS timestamptz) END
    WHERE owner = :owner AND id = :schedule
    """
)


def create(
    session: Session,
    who: Principal,
    *,
    plan: Plan,
    key: str,
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> ScheduleView:
    """A new schedule; the same key with the same plan answers with the one it made.

    A first date that is today runs at once.

    Args:
        approval: of the account's PIN, where one payment of the plan asks for it; its runs do not ask again.

    Raises:
        Invalid: an amount, date or rule (`bad_rule`, `date_in_past`, `never_due`, ...).
        NotFound: an account, payee or category.
        Refused: `not_held`, `not_tracked`, `own_payee`, `pin_needed`, `too_many_schedules`, ...
        Conflict: the key was used for another plan (`key_reused`).
    """
    connection = session.connection()
    marked = {"owner": who.person, "key": str(posting.checked_key(key)), "fingerprint": _fingerprint(plan)}
    known = _by_key(session, who, marked)
    if known is not None:
        return known
    _checked_date(plan, who, clock)
    many = connection.scalar(
        text("SELECT count(*) FROM schedule WHERE owner = :owner AND next_due IS NOT NULL"), {"owner": who.person}
    )
    if many >= MOST:
        raise Refused(f"You have {MOST} schedules already. End one first.", code="too_many_schedules")
    values = marked | _values(session, who, plan)
    _demand_pin(session, who, kind=plan.kind, account=plan.account, amount=plan.amount, approval=approval, clock=clock)
    schedule = connection.scalar(
        text(
            """
            INSERT INTO schedule (owner, key, fingerprint, kind, account, taking, number, currency, amount, description, payee,
                                  category, rule, adjustment, starts)
            VALUES (:owner, CAST(:key AS uuid), :fingerprint, :kind, :account, :taking, :number, :currency, :amount, :description,
                    :payee, :category, :rule, :adjustment, :starts)
            ON CONFLICT (owner, key) DO NOTHING RETURNING id
            """
        ),
        values,
    )
    if schedule is None:  # the same form was sent twice at once, and the other one is through
        known = _by_key(session, who, marked)
        if known is None:
            raise Busy("This form is being sent right now. Look at your schedules before you try again.")
        return known
    if place(session, who, schedule=schedule, since=plan.starts) is None:
        raise Invalid("This rule has no date at all: it ends before it starts.", code="never_due", field="rule")
    _changed(session, schedule)
    return view(session, who, schedule=schedule)


def known(session: Session, who: Principal, *, key: str) -> bool:
    """Whether a key made a schedule."""
    return bool(
        session.connection().scalar(
            text("SELECT EXISTS (SELECT FROM schedule WHERE owner = :owner AND key = CAST(:key AS uuid))"),
            {"owner": who.person, "key": str(posting.checked_key(key))},
        )
    )


def _by_key(session: Session, who: Principal, marked: Mapping[str, Any]) -> ScheduleView | None:
    """The schedule that this key made; None: it made none yet."""
    known = (
        session.connection()
        .execute(text("SELECT id, fingerprint FROM schedule WHERE owner = :owner AND key = CAST(:key AS uuid)"), marked)
        .one_or_none()
    )
    if known is None:
        return None
    if known.fingerprint != marked["fingerprint"]:
        raise Conflict("This form was already used for something else. Open it again.", code="key_reused")
    return replace(view(session, who, schedule=known.id), replayed=True)


def change(
    session: Session,
    who: Principal,
    *,
    schedule: UUID,
    plan: Plan,
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> ScheduleView:
    """Another plan from its first date on; what has run stays as it was, and no date runs a second time.

    Raises:
        NotFound: `unknown_schedule`.
        Invalid, NotFound, Refused: as `create`.
    """
    number = locked(session, who, schedule=schedule).id
    _checked_date(plan, who, clock)
    values = _values(session, who, plan) | {"schedule": number}
    _demand_pin(session, who, kind=plan.kind, account=plan.account, amount=plan.amount, approval=approval, clock=clock)
    session.connection().execute(
        text(
            """
            UPDATE schedule SET kind = :kind, account = :account, taking = :taking, number = :number, currency = :currency,
              amount = :amount, description = :description, payee = :payee, category = :category, rule = :rule,
              adjustment = :adjustment, starts = :starts
            WHERE owner = :owner AND id = :schedule
            """
        ),
        values,
    )
    session.connection().execute(
        text("DELETE FROM schedule_run WHERE owner = :owner AND schedule = :schedule AND status = 'waiting'"),
        {"owner": who.person, "schedule": number},
    )
    if place(session, who, schedule=number, since=plan.starts) is None:
        raise Invalid("This rule has no date from then on.", code="never_due", field="rule")
    _changed(session, number)
    return view(session, who, schedule=number)


def pause(session: Session, who: Principal, *, schedule: UUID) -> ScheduleView:
    """Nothing runs until `resume`.

    Raises:
        NotFound: `unknown_schedule`.
    """
    number = locked(session, who, schedule=schedule).id
    stop(session, who, schedule=number)
    _changed(session, number)
    return view(session, who, schedule=number)


def resume(
    session: Session, who: Principal, *, schedule: UUID, approval: Approval | None = None, clock: Clock = system_clock
) -> ScheduleView:
    """Go on with the next date from today; what fell into the pause is not made up for. What has ended goes on by `change`.

    Args:
        approval: as in `create`; the PIN, or its amount, may be another one by now.

    Raises:
        NotFound: `unknown_schedule`.
        Refused: `pin_needed`.
    """
    row = locked(session, who, schedule=schedule)
    if row.paused and row.next_due is not None:
        _demand_pin(session, who, kind=row.kind, account=row.account, amount=row.amount, approval=approval, clock=clock)
        session.connection().execute(
            text("UPDATE schedule SET paused = false WHERE owner = :owner AND id = :schedule"),
            {"owner": who.person, "schedule": row.id},
        )
        place(session, who, schedule=row.id, since=row.starts, runs_from=today(clock, zone=who.zone))
        _changed(session, row.id)
    return view(session, who, schedule=row.id)


def skip(session: Session, who: Principal, *, schedule: UUID, due: date) -> ScheduleView:
    """Leave the next due date out, once; it is named, so that a second click does not skip the one after it.

    Raises:
        NotFound: `unknown_schedule`.
        Refused: this date is not the next one (any more) (`not_next`).
    """
    row = locked(session, who, schedule=schedule)
    if row.next_due != due:
        raise Refused("This date is not the next one any more.", code="not_next")
    write_run(session, who, schedule=row.id, due=due, status="skipped", attempts=0)
    place(session, who, schedule=row.id, since=due)
    _changed(session, row.id)
    return view(session, who, schedule=row.id)


def end(session: Session, who: Principal, *, schedule: UUID) -> ScheduleView:
    """No further date; its history stays.

    Raises:
        NotFound: `unknown_schedule`.
    """
    number = locked(session, who, schedule=schedule).id
    session.connection().execute(
        _PLACED, {"owner": who.person, "schedule": number, "due": None, "on": None, "wake": None}
    )
    _changed(session, number)
    return view(session, who, schedule=number)


def delete(session: Session, who: Principal, *, schedule: UUID) -> None:
    """The schedule and the list of its runs go; what they booked stays in the books.

    Raises:
        NotFound: `unknown_schedule`.
    """
    which = {"owner": who.person, "schedule": locked(session, who, schedule=schedule).id}
    session.connection().execute(text("DELETE FROM schedule_run WHERE owner = :owner AND schedule = :schedule"), which)
    session.connection().execute(text("DELETE FROM schedule WHERE owner = :owner AND id = :schedule"), which)
    _changed(session, which["schedule"])


def schedules(session: Session, who: Principal, *, most: int = MOST) -> list[ScheduleView]:
    """A person's schedules: the next to run first, then paused ones, then those that have ended, newest first."""
    rows = session.connection().execute(
        text(_SELECT + " ORDER BY s.next_due IS NULL, s.paused, s.next_on, s.id DESC LIMIT :most"),
        {"owner": who.person, "most": most},
    )
    return [_view(row._mapping) for row in rows]


def by_uuid(session: Session, who: Principal, *, schedule: UUID) -> ScheduleView:
    """One schedule by the id that pages use.

    Raises:
        NotFound: `unknown_schedule`.
    """
    return _one(session, who, "s.uuid = CAST(:wanted AS uuid)", str(schedule))


def view(session: Session, who: Principal, *, schedule: int) -> ScheduleView:
    """One schedule by its id.

    Raises:
        NotFound: `unknown_schedule`.
    """
    return _one(session, who, "s.id = :wanted", schedule)


def runs(session: Session, who: Principal, *, schedule: UUID, most: int = 50) -> list[RunView]:
    """What became of a schedule's due dates, latest first.

    Raises:
        NotFound: `unknown_schedule`.
    """
    number = by_uuid(session, who, schedule=schedule).id
    rows = session.connection().execute(
        text(
            """
            SELECT due, status, attempts, reason, transaction, at FROM schedule_run
            WHERE owner = :owner AND schedule = :schedule ORDER BY due DESC LIMIT :most
            """
        ),
        {"owner": who.person, "schedule": number, "most": most},
    )
    return [RunView(*row) for row in rows]


def country_of(session: Session, who: Principal) -> str:
    """The country whose holidays count for a person, two letters; "" where it is not known."""
    found = session.connection().scalar(text("SELECT country FROM profile WHERE owner = :owner"), {"owner": who.person})
    return str(found or "")


def locked(session: Session, who: Principal, *, schedule: UUID) -> Any:
    """The row of a schedule, locked, so that its worker and its person do not cross."""
    row = (
        session.connection()
        .execute(
            text("SELECT * FROM schedule WHERE owner = :owner AND uuid = CAST(:uuid AS uuid) FOR NO KEY UPDATE"),
            {"owner": who.person, "uuid": str(schedule)},
        )
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return row


def place(
    session: Session, who: Principal, *, schedule: int, since: date, runs_from: date | None = None
) -> date | None:
    """Find the first due date from `since` on that has no run yet, and wait for it; None where there is none.

    Args:
        runs_from: leave out what would have run before this day.
    """
    connection = session.connection()
    which = {"owner": who.person, "schedule": schedule}
    row = connection.execute(
        text("SELECT rule, adjustment, starts FROM schedule WHERE owner = :owner AND id = :schedule"), which
    ).one()
    ran = set(connection.scalars(_RUN_SINCE, which | {"since": since}))
    country = country_of(session, who)
    due = on = None
    for one in recurrence.dues(recurrence.parsed(row.rule), starts=row.starts):
        if one < since or one in ran:
            continue
        day = recurrence.adjusted(one, row.adjustment, country=country)
        if runs_from is None or day >= runs_from:
            due, on = one, day
            break
    wake = None if on is None else beginning(on, zone=who.zone)
    connection.execute(_PLACED, which | {"due": due, "on": on, "wake": wake})
    return due


def stop(session: Session, who: Principal, *, schedule: int) -> None:
    """Nothing runs until somebody says so."""
    session.connection().execute(
        text("UPDATE schedule SET paused = true, wake_at = NULL WHERE owner = :owner AND id = :schedule"),
        {"owner": who.person, "schedule": schedule},
    )


def write_run(
    session: Session,
    who: Principal,
    *,
    schedule: int,
    due: date,
    status: str,
    attempts: int,
    reason: str = "",
    transaction: int | None = None,
) -> None:
    """What became of a due date; a date that is through is never written again.

    Raises:
        RuntimeError: it is through already: the caller's unit of work must not be kept.
    """
    written = session.connection().execute(
        text(
            """
            INSERT INTO schedule_run (owner, schedule, due, status, attempts, reason, transaction)
            VALUES (:owner, :schedule, :due, :status, :attempts, :reason, :transaction)
            ON CONFLICT (schedule, due) DO UPDATE SET status = excluded.status, attempts = excluded.attempts,
              reason = excluded.reason, transaction = excluded.transaction, at = now()
            WHERE schedule_run.status = 'waiting'
            """
        ),
        {
            "owner": who.person,
            "schedule": schedule,
            "due": due,
            "status": status,
            "attempts": attempts,
            "reason": reason[:300],
            "transaction": transaction,
        },
    )
    if written.rowcount != 1:
        raise RuntimeError(f"schedule {schedule} has run for {due} before")


def _values(session: Session, who: Principal, plan: Plan) -> dict[str, Any]:
    """A plan as columns, once it was held against the accounts as they are."""
    if plan.kind not in KINDS or plan.adjustment not in recurrence.ADJUSTMENTS:
        raise Invalid("This is not a schedule.", code="bad_shape")
    rule = recurrence.checked(plan.rule)
    if rule.frequency == "DAILY" and plan.adjustment != "none":
        raise Invalid(
            "Choose weekly, from Monday to Friday, for every working day.", code="bad_rule", field="adjustment"
        )
    account = accounts.account(session, who, plan.account)
    if not account.open:
        raise Refused("This account is closed.", code="account_closed", field="account")
    amount = positive(plan.amount, to=account.currency)
    payee, number = plan.payee, None
    if plan.kind == "person":
        if not account.held:
            raise Refused(
                "Money for other people can only leave an account that is kept here.", code="not_held", field="account"
            )
        number = checked_account_number(plan.number)
        found = service.payee(session, who, number=number)
        if found.own:
            raise Refused(
                "This is your own account. Use a transfer between your accounts.", code="own_payee", field="number"
            )
        payee = found.name
    elif plan.kind == "own":
        if plan.taking is None or plan.taking == plan.account:
            raise Invalid("Choose two different accounts.", code="same_account", field="taking")
        taking = accounts.account(session, who, plan.taking)
        if taking.currency != account.currency:
            raise Refused("The accounts have different currencies.", code="currency_mismatch", field="taking")
        payee = ""
    elif account.held:
        raise Refused(
            "Only what a bank moves by itself can be planned like this: choose an account at a bank.",
            code="not_tracked",
            field="account",
        )
    if plan.category is not None and not session.connection().scalar(
        text("SELECT true FROM category WHERE owner = :owner AND id = :category"),
        {"owner": who.person, "category": plan.category},
    ):
        raise NotFound("There is no such category.", code="unknown_category", field="category")
    return {
        "owner": who.person,
        "kind": plan.kind,
        "account": account.id,
        "taking": plan.taking if plan.kind == "own" else None,
        "number": number,
        "currency": account.currency.code,
        "amount": amount,
        "description": posting.clean(plan.description, most=500, field="description") or "",
        "payee": posting.clean(payee, most=140, field="payee") or "",
        "category": None if plan.kind == "own" else plan.category,
        "rule": recurrence.written(rule),
        "adjustment": plan.adjustment,
        "starts": plan.starts,
    }


def _demand_pin(
    session: Session,
    who: Principal,
    *,
    kind: str,
    account: int,
    amount: Decimal,
    approval: Approval | None,
    clock: Clock,
) -> None:
    if kind in ("person", "own"):
        pins.demand(session, who, account=account, amount=amount, approval=approval, clock=clock)


def _checked_date(plan: Plan, who: Principal, clock: Clock) -> None:
    now = today(clock, zone=who.zone)
    if plan.starts < now:
        raise Invalid("The first day cannot be in the past.", code="date_in_past", field="starts")
    if plan.starts > LATEST.replace(year=now.year + 50):
        raise Invalid("This is too far in the future.", code="date_too_late", field="starts")


def _fingerprint(plan: Plan) -> int:
    body = [
        plan.kind,
        plan.account,
        format(plan.amount.normalize(), "f") if plan.amount.is_finite() else str(plan.amount),
        plan.starts.isoformat(),
        recurrence.written(plan.rule),
        plan.adjustment,
        plan.taking,
        plan.number,
        plan.description,
        plan.payee,
        plan.category,
    ]
    return int.from_bytes(hashlib.sha256(json.dumps(body).encode()).digest()[:8], "big", signed=True)


def _changed(session: Session, schedule: int) -> None:
    tell(session, Kind.SCHEDULE, what=schedule)
    tell(session, Kind.SCHEDULE_DUE, what=schedule)


def _one(session: Session, who: Principal, condition: str, wanted: object) -> ScheduleView:
    row = (
        session.connection()
        .execute(text(f"{_SELECT} AND {condition}"), {"owner": who.person, "wanted": wanted})
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return _view(row)


def _view(row: Mapping[Any, Any]) -> ScheduleView:
    values = dict(row)
    values["currency"] = currency(values["currency"])
    values["rule"] = recurrence.parsed(values["rule"])
    return ScheduleView(**values)


def _unknown() -> NotFound:
    return NotFound("There is no such schedule.", code="unknown_schedule", field="schedule")
