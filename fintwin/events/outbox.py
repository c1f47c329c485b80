"""What happened, one small row per person concerned, written in the transaction that made it happen.

No row carries content: consumers and tabs read the books themselves. Rooms say what follows from a kind with
`@consumer(kind)`; the dispatcher calls them in the transaction that takes the row, so each effect happens once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import text
from sqlmodel import Session


class Kind(IntEnum):
    """What a row is about. The numbers lie in tables and in SQL: never change one, never use one again."""

    EVERYTHING = 0
    """Never stored: a tab should read again whatever it shows (a connection was lost, or it was too slow)."""
    POSTED = 1
    """Books changed; `what` is the transaction (0: many)."""
    ACCOUNT = 2
    """An account was opened, renamed, frozen, closed; `what` is the account."""
    IMPORT = 3
    """An import moved on; `what` is the statement import."""
    PROFILE = 4
    """Name, locale, zone or another preference changed."""
    SIGNED_OUT = 5
    """One session or all of this person's ended."""
    CLASSIFIED = 6
    """Payee, category, note or split changed; `what` is the transaction (0: many)."""
    TWIN = 7
    """A what-if run was saved; `what` is the simulation."""
    PAYMENT = 15
    """A payment of this person's began, went through, failed or was given back; `what` is their side of it."""
    REQUEST = 16
    """A request for money came, was answered or ran out; `what` is their side of it."""
    CHECKED = 20
    """A check of the person's books was asked for, moved on or ended."""
    SCHEDULE = 24
    """A schedule was made, changed, ran or failed; `what` is the schedule."""
    BANK_ORDER = 25
    """A payment through a bank moved on; `what` is the order."""
    IMPORT_ASKED = 32
    """Someone wants a checked import booked; `what` is the statement import."""
    REVERT_ASKED = 33
    """Someone wants an import undone; `what` is the statement import."""
    ERASURE_ASKED = 34
    """Someone wants every row of theirs gone."""
    IMPORT_STORED = 35
    """A bank file was stored, or is to be read another way; `what` is the statement import."""
    SCHEDULE_DUE = 40
    """A schedule may be due already; `what` is the schedule."""
    PAYMENT_SENT = 45
    """A payment is to be settled once it can no longer be cancelled; `what` is the payment."""
    CHECK_ASKED = 52
    """Someone wants their books checked."""

    @property
    def wakes(self) -> bool:
        """Whether tabs hear of it; from 32 on a row is a request to the worker."""
        return self < 32


@dataclass(frozen=True, slots=True)
class Event:
    """One outbox row: who is concerned, what kind, the id of the thing, and when its transaction began."""

    owner: int
    kind: int
    what: int
    at: datetime


Consumer = Callable[[Session, Event], None]

_consumers: dict[int, list[Consumer]] = {}


def consumer(kind: Kind) -> Callable[[Consumer], Consumer]:
    """Declare what follows from a kind: called with the system role's session and the event.

    All consumers of one row succeed together or leave nothing; then the row goes to the dead letters.
    """

    def declare(call: Consumer) -> Consumer:
        _consumers.setdefault(kind, []).append(call)
        return call

    return declare


def consumers(kind: int) -> Sequence[Consumer]:
    """What follows from a kind, in the order of declaration."""
    return _consumers.get(kind, ())


def tell(session: Session, kind: Kind, *, what: int = 0) -> None:
    """Write a row for the person of this unit of work; it counts only if the unit commits."""
    session.connection().execute(text("SELECT tell(CAST(:kind AS smallint), :what)"), {"kind": int(kind), "what": what})


def take(session: Session, *, most: int) -> list[Event]:
    """The oldest rows that nobody else is taking; they are gone when this unit commits."""
    rows = session.connection().execute(
        text("SELECT owner, kind, what, at FROM take_outbox(:most) ORDER BY id"), {"most": most}
    )
    return [Event(owner, kind, what, at) for owner, kind, what, at in rows]


def bury(session: Session, event: Event, *, problem: str) -> None:
    """Lay an event whose consumers failed beside the others, to be replayed once the cause is gone."""
    session.connection().execute(
        text("SELECT bury(:owner, CAST(:kind AS smallint), :what, :at, :problem)"),
        {"owner": event.owner, "kind": event.kind, "what": event.what, "at": event.at, "problem": problem},
    )


def replay(session: Session, *, letter: int | None = None) -> int:
    """Put one dead letter, or all, back into the outbox; how many went."""
    return int(session.connection().scalar(text("SELECT replay(:letter)"), {"letter": letter}) or 0)
