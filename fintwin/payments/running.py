"""What the worker does for schedules: books what is due, each date once and in order, and waits where it must."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform
from fintwin.events import jobs
from fintwin.events.outbox import Kind, tell
from fintwin.identity.acting import acting
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import pins
from fintwin.ledger import service as ledger
from fintwin.ledger.pins import Approval
from fintwin.payments import patience, schedules, service

AT_ONCE: Final = 31
"""Due dates that one job makes up for after a time away; the next look goes on."""

CLOSED: Final = "The payee's account is closed."

_LOCKED = text("SELECT * FROM schedule WHERE owner = :owner AND id = :schedule FOR NO KEY UPDATE")


def run(person: int, schedule: int, *, clock: Clock = system_clock) -> int:
    """Book what a schedule owes by now, oldest first; how many dates were booked.

    Each date is a unit of work of its own. A refusal or a passing fault is written down and ends the run.
    """
    for done in range(AT_ONCE):
        jobs.checkpoint()
        if not _run_next(person, schedule, clock):
            return done
    perform(person, lambda session: _look_again(session, schedule, clock))
    return AT_ONCE


def _run_next(person: int, schedule: int, clock: Clock) -> bool:
    """Whether a date was due and is through now."""
    due = perform(person, lambda session: _due(session, schedule, clock))
    if due is None:
        return False
    try:
        perform(person, lambda session: _book(session, schedule, due, clock))
    except FinTwinError as refusal:
        fault = refusal
        perform(person, lambda session: _refused(session, schedule, due, fault, clock))
        return False
    return True


def give_up(person: int, schedule: int, *, clock: Clock = system_clock) -> None:
    """A fault of the house's own: the date has failed, its person is told, and the schedule waits for them."""
    due = perform(person, lambda session: _due(session, schedule, clock))
    if due is not None:
        perform(person, lambda session: _broken(session, schedule, due))


def take_due(session: Session, *, now: datetime, most: int) -> list[tuple[int, int]]:
    """Person and schedule of what is to be looked at now (the system role's session); each is asleep again by then."""
    rows = session.connection().execute(
        text("SELECT owner, schedule FROM take_due_schedules(:now, :most)"), {"now": now, "most": most}
    )
    return [(owner, schedule) for owner, schedule in rows]


def key_of(uuid: object, due: date) -> str:
    """The idempotency key of a run: of the schedule and the due date, never of the attempt."""
    return f"schedule:{uuid}:{due.isoformat()}"


def _due(session: Session, schedule: int, clock: Clock) -> date | None:
    """The date that is due by now; None: not yet, paused, ended or gone. One that came too early goes back to sleep."""
    who = acting(session)
    row = _row(session, who, schedule)
    if row is None or row.paused or row.next_due is None:
        return None
    if row.next_on > today(clock, zone=who.zone):
        wake = patience.beginning(row.next_on, zone=who.zone)
        if row.wake_at != wake:
            _wake(session, who, schedule, wake)
        return None
    return None if row.again_at is not None and row.again_at > clock() else row.next_due


def _book(session: Session, schedule: int, due: date, clock: Clock) -> None:
    """Book one date and write its run, in one transaction; nothing where another worker was faster."""
    who = acting(session)
    row = _row(session, who, schedule)
    if row is None or row.paused or row.next_due != due:
        return
    transaction = _booked(session, who, row, clock)
    schedules.write_run(
        session,
        who,
        schedule=schedule,
        due=due,
        status="done",
        attempts=_attempts(session, who, schedule, due) + 1,
        transaction=transaction,
    )
    _go_on(session, who, schedule, due)


def _booked(session: Session, who: Principal, row: Any, clock: Clock) -> int:
    """The transaction that pays the date a schedule's row stands at."""
    key = key_of(row.uuid, row.next_due)
    if row.kind == "person":
        return _paid(session, who, row, key, clock)
    if row.kind == "own":
        return ledger.own_transfer(
            session,
            who,
            giving=row.account,
            taking=row.taking,
            amount=row.amount,
            key=key,
            description=row.description,
            approval=_approved(who, row, clock),
            clock=clock,
        ).transaction
    book = ledger.deposit if row.kind == "deposit" else ledger.withdraw
    return book(
        session,
        who,
        account=row.account,
        amount=row.amount,
        key=key,
        booked=row.next_on,  # a plan on a bank's account happened there on its day, however late we are
        description=row.description,
        payee=row.payee,
        category=row.category,
        clock=clock,
    ).transaction


def _paid(session: Session, who: Principal, row: Any, key: str, clock: Clock) -> int:
    paid = service.pay(
        session,
        who,
        account=row.account,
        number=row.number,
        amount=row.amount,
        key=key,
        description=row.description,
        category=row.category,
        approval=_approved(who, row, clock),
        sure=True,
        sends_in=0,
        clock=clock,
    )
    if paid.transaction is None:
        raise RuntimeError(f"payment {paid.id} moves nothing")
    return paid.transaction


def _approved(who: Principal, row: Any, clock: Clock) -> Approval:
    """The PIN was given for the schedule."""
    return pins.standing(who, account=row.account, clock=clock)


def _refused(session: Session, schedule: int, due: date, fault: FinTwinError, clock: Clock) -> None:
    """Write a failed attempt down: another one later, or the end of this date."""
    who = acting(session)
    attempts = _attempts(session, who, schedule, due) + 1
    following = patience.after(fault, attempts=attempts, now=clock(), zone=who.zone)
    # The number was somebody's when the schedule was made.
    reason = CLOSED if fault.code == "unknown_payee" else fault.sentence
    _not_booked(session, who, schedule, due, attempts=attempts, reason=reason, following=following)


def _broken(session: Session, schedule: int, due: date) -> None:
    who = acting(session)
    _not_booked(
        session,
        who,
        schedule,
        due,
        attempts=_attempts(session, who, schedule, due) + 1,
        reason="Something went wrong on our side. Nothing was booked.",
        following=patience.Next(None, pauses=True),
    )


def _not_booked(
    session: Session,
    who: Principal,
    schedule: int,
    due: date,
    *,
    attempts: int,
    reason: str,
    following: patience.Next,
) -> None:
    row = _row(session, who, schedule)
    if row is None or row.next_due != due:
        return
    status = "failed" if following.again_at is None else "waiting"
    schedules.write_run(session, who, schedule=schedule, due=due, status=status, attempts=attempts, reason=reason)
    if following.again_at is None:
        _go_on(session, who, schedule, due)
        if following.pauses:
            schedules.stop(session, who, schedule=schedule)
        return
    session.connection().execute(
        text(
            "UPDATE schedule SET wake_at = CASE WHEN paused THEN NULL ELSE CAST(:at AS timestamptz) END, again_at = :at"
            " WHERE owner = :owner AND id = :schedule"
        ),
        _which(who, schedule) | {"at": following.again_at},
    )
    tell(session, Kind.SCHEDULE, what=schedule)


def _go_on(session: Session, who: Principal, schedule: int, due: date) -> None:
    schedules.place(session, who, schedule=schedule, since=due)
    tell(session, Kind.SCHEDULE, what=schedule)


def _look_again(session: Session, schedule: int, clock: Clock) -> None:
    _wake(session, acting(session), schedule, clock())


def _wake(session: Session, who: Principal, schedule: int, at: object) -> None:
    session.connection().execute(
        text(
            "UPDATE schedule SET wake_at = :at WHERE owner = :owner AND id = :schedule AND NOT paused AND next_due IS NOT NULL"
        ),
        _which(who, schedule) | {"at": at},
    )


def _attempts(session: Session, who: Principal, schedule: int, due: date) -> int:
    found = session.connection().scalar(
        text("SELECT attempts FROM schedule_run WHERE owner = :owner AND schedule = :schedule AND due = :due"),
        _which(who, schedule) | {"due": due},
    )
    return int(found or 0)


def _row(session: Session, who: Principal, schedule: int) -> Any:
    return session.connection().execute(_LOCKED, _which(who, schedule)).one_or_none()


def _which(who: Principal, schedule: int) -> dict[str, Any]:
    return {"owner": who.person, "schedule": schedule}
