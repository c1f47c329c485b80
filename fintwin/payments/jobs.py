"""What the worker does for payments."""

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform, system_work
from fintwin.events.jobs import defer, job
from fintwin.events.outbox import Event, Kind, consumer
from fintwin.identity.acting import acting
from fintwin.kernel.errors import Busy, FinTwinError
from fintwin.payments import service


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
