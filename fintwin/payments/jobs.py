"""What the worker does for payments."""

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform, system_work
from fintwin.events.jobs import defer, job
from fintwin.events.outbox import Event, Kind, consumer
from fintwin.identity.acting import acting
from fintwin.kernel.clock import system_clock
from fintwin.kernel.errors import Busy, FinTwinError
from fintwin.ledger.awaited import settles
from fintwin.payments import bank_outcomes, running, service

AT_A_TIME = 500
"""Schedules that one look finds; the rest is there a minute later."""


@consumer(Kind.PAYMENT_SENT)
def wait(session: Session, event: Event) -> None:
    """Have a payment settled once it can no longer be cancelled."""
    at = session.connection().scalar(text("SELECT settles_at FROM payment WHERE id = :id"), {"id": event.what})
    if at is not None:
        defer(session, "payments.settle", at=at, person=event.owner, what=event.what)


@job("payments.settle", attempts=20)
def settle(*, person: int, what: int) -> None:
    """Settle a payment, or fail it with its reason. The books' own sweep does the same where this job never ran."""
    try:
        perform(person, lambda session: service.settle(session, acting(session), payment=what))
    except Busy:
        raise
    except FinTwinError as fault:
        reason = fault.sentence
        perform(person, lambda session: service.fail(session, acting(session), payment=what, reason=reason))


@job("payments.expire", cron="*/10 * * * *")
def expire() -> None:
    """Let requests run out that nobody answered in time."""
    many = 1
    while many:
        with system_work() as session:
            many = int(session.connection().scalar(text("SELECT expire_requests()")) or 0)


def _gave_up(fault: Exception, *, person: int, what: int) -> None:
    if not isinstance(fault, FinTwinError):
        running.give_up(person, what)


@job("payments.run", on=Kind.SCHEDULE_DUE, attempts=5, gave_up=_gave_up)
def run_schedule(*, person: int, what: int) -> None:
    """Book what a schedule owes by now."""
    running.run(person, what)


@job("payments.due", cron="* * * * *")
def look_for_due() -> None:
    """Ask for every schedule whose time has come."""
    with system_work() as session:
        for owner, schedule in running.take_due(session, now=system_clock(), most=AT_A_TIME):
            defer(session, "payments.run", person=owner, what=schedule)


settles(bank_outcomes.settle_rows)
