"""What staff do about people, from the staff page: find them, look, suspend, say what is known of them, give roles.

Each call is one door that checks the role, takes a reason and keeps what it did where the person concerned can read it
(alembic/sql/0017_staff.sql). Staff see real people only: no demo household, not the house, nobody who left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fintwin.db.work import sqlstate
from fintwin.identity import sessions
from fintwin.identity.principal import Principal
from fintwin.identity.principals import in_words
from fintwin.kernel.errors import FinTwinError, Forbidden, Invalid, NotFound, Refused

SHORTEST_REASON, LONGEST_REASON = 3, 300

ROLES = ("customer", "staff", "admin")
KYC = ("pending", "verified", "rejected")

_REFUSALS: Mapping[str, Callable[[], FinTwinError]] = {
    "FI007": lambda: Forbidden("Only an administrator may do this.", code="not_administrator"),
    "FI020": lambda: Forbidden("Only staff may do this.", code="not_staff"),
    "FI021": lambda: Invalid("Say why, in 3 to 300 characters.", code="no_reason", field="reason"),
    "FI022": lambda: NotFound("There is no such person or account.", code="no_such_person"),
    "FI023": lambda: Forbidden("Only an administrator may change a colleague.", code="not_administrator"),
    "FI024": lambda: Refused("Nobody acts as staff in their own case. Ask a colleague.", code="own_case"),
    "FI025": lambda: Refused("This account is closed.", code="account_closed"),
    "FI026": lambda: Refused("Only an account that is kept here has a credit limit.", code="not_held", field="limit"),
    "FI027": lambda: Refused("The limit cannot be less than what is drawn.", code="below_drawn", field="limit"),
    "FI028": lambda: Invalid("Choose one of the answers.", code="bad_choice"),
    "FI029": lambda: Refused("This is not a payment between two people.", code="not_between_people"),
}

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Some(Generic[Row]):
    """Some rows, the key of the last where more follow (None: these are the last)."""

    rows: Sequence[Row]
    after: int | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person as staff find them."""

    uuid: UUID
    customer_number: str
    name: str
    email: str
    status: str
    kyc_status: str
    role: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """A person whom staff look at for a reason."""

    customer: Customer
    issuer: str
    sessions: int
    """How many browsers are signed in."""
    own: bool
    """Whether it is the one who looks."""


@dataclass(frozen=True, slots=True)
class Audited:
    """One row of the audit: what was done to whom by whom and why; `before` and `after` name what changed."""

    id: int
    at: datetime
    kind: str
    detail: str
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    person_uuid: UUID
    person: str
    actor_uuid: UUID | None
    actor: str
    """The person who did it; "" where none did it themself."""
    principal: str
    """The named part of the house that did it, in words; "" for none."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to one's own books or rights by somebody else."""

    at: datetime
    kind: str
    detail: str
    reason: str
    by: str
    """The named part of the house that did it, in words; "" for a person of the staff."""


def allowed(who: Principal) -> bool:
    """Whether a person is staff: what decides is the doors, this is for what to show."""
    return who.role in {"staff", "admin"} and not who.demo


@contextmanager
def refusals(who: Principal) -> Iterator[None]:
    """Refuse whoever is not staff; turn a door's named SQLSTATE into the error it stands for."""
    if not allowed(who):
        raise _REFUSALS["FI020"]()
    try:
        yield
    except DBAPIError as error:
        known = _REFUSALS.get(sqlstate(error))
        raise (known() if known else error) from error


def refusal(state: str) -> FinTwinError | None:
    """The error that a door's SQLSTATE stands for."""
    known = _REFUSALS.get(state)
    return known() if known else None


def find(
    session: Session, who: Principal, *, words: str = "", after: int | None = None, most: int = 25
) -> Some[Customer]:
    """People whose customer number begins with the words, or whose name or address has them; the newest first.

    Raises:
        Forbidden: `not_staff`.
    """
    rows = _ask(
        session,
        who,
        "SELECT * FROM staff_find(:words, :after, :most)",
        words=words[:100],
        after=after,
        most=min(most, 99) + 1,
    )
    return _some([(row.place, _customer(row)) for row in rows], most)


def person(session: Session, who: Principal, *, person: UUID, reason: str) -> Looked:
    """One person; that one looked, and why, is kept with them.

    Raises:
        Forbidden: `not_staff`.
        Invalid: `no_reason`.
        NotFound: `no_such_person`.
    """
    [row] = _ask(
        session, who, "SELECT * FROM staff_person(CAST(:person AS uuid), :reason)", person=person, reason=reason
    )
    return Looked(_customer(row), row.issuer, row.sessions, row.own)


def suspend(session: Session, who: Principal, *, person: UUID, reason: str) -> None:
    """Shut a person out: every session of theirs ends at once, and nobody can pay them.

    Raises:
        Forbidden: `not_staff`, or a colleague's is an administrator's to do (`not_administrator`).
        Refused: `own_case`.
        Invalid, NotFound: as `person`.
    """
    ended = _set_standing(session, who, person, "suspended", reason)

    def tell() -> None:
        for digest in ended:
            sessions.ended(bytes(digest))

    event.listen(session, "after_commit", lambda _session: tell(), once=True)


def reactivate(session: Session, who: Principal, *, person: UUID, reason: str) -> None:
    """Let a suspended person in again.

    Raises:
        As `suspend`.
    """
    _set_standing(session, who, person, "active", reason)


def _set_standing(session: Session, who: Principal, person: UUID, status: str, reason: str) -> Sequence[bytes]:
    [row] = _ask(
        session,
        who,
        "SELECT staff_set_standing(CAST(:person AS uuid), :status, :reason) AS ended",
        person=person,
        status=status,
        reason=reason,
    )
    return list(row.ended or ())


def set_kyc(session: Session, who: Principal, *, person: UUID, status: str, reason: str) -> None:
    """Say whether a person is known: `pending`, `verified` or `rejected`.

    Raises:
        Invalid: no such status (`bad_choice`), `no_reason`.
        Forbidden, Refused, NotFound: as `suspend`.
    """
    _ask(
        session,
        who,
        "SELECT staff_set_kyc(CAST(:person AS uuid), :status, :reason)",
        person=person,
        status=status,
        reason=reason,
    )


def set_role(session: Session, who: Principal, *, person: UUID, role: str, reason: str) -> None:
    """Make somebody else a customer, staff or admin; for administrators.

    Raises:
        Forbidden: `not_staff`, `not_administrator`.
        Invalid: `bad_choice`, `no_reason`.
        Refused: `own_case`.
        NotFound: `no_such_person`.
    """
    _ask(
        session,
        who,
        "SELECT staff_set_role(CAST(:person AS uuid), :role, :reason)",
        person=person,
        role=role,
        reason=reason,
    )


def trail(
    session: Session,
    who: Principal,
    *,
    person: UUID | None = None,
    actor: UUID | None = None,
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
    after: int | None = None,
    most: int = 25,
) -> Some[Audited]:
    """What was done, the latest first; days are of UTC.

    Raises:
        Invalid: the first day is after the last (`bad_range`).
        Forbidden: `not_staff`.
        NotFound: `no_such_person`.
    """
    if since is not None and until is not None and since > until:
        raise Invalid("The first day is after the last.", code="bad_range", field="until")
    rows = _ask(
        session,
        who,
        "SELECT * FROM staff_trail(CAST(:person AS uuid), CAST(:actor AS uuid), :kind, :since, :until, :after, :most)",
        person=person,
        actor=actor,
        kind=kind[:40],
        since=since,
        until=until,
        after=after,
        most=min(most, 99) + 1,
    )
    found = [
        Audited(
            row.id,
            row.at,
            row.kind,
            row.detail,
            row.reason,
            row.before or {},
            row.after or {},
            row.person_uuid,
            row.person,
            row.actor_uuid,
            row.actor,
            in_words(row.principal),
        )
        for row in rows
    ]
    return _some([(row.id, row) for row in found], most)


def done_to(session: Session, who: Principal, *, most: int = 20) -> list[Done]:
    """What others did to this person's books or rights, looks included; the latest first."""
    rows = session.connection().execute(
        text(
            "SELECT at, kind, detail, coalesce(reason, '') AS reason, principal FROM audit_event"
            " WHERE owner = :owner AND (actor IS DISTINCT FROM owner OR principal IS NOT NULL) ORDER BY id DESC LIMIT :most"
        ),
        {"owner": who.person, "most": most},
    )
    return [Done(row.at, row.kind, row.detail, row.reason, in_words(row.principal)) for row in rows]


def _ask(session: Session, who: Principal, call: str, **values: Any) -> Sequence[Any]:
    with refusals(who):
        bound = {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}
        return session.connection().execute(text(call), bound).all()


def _customer(row: Any) -> Customer:
    return Customer(row.uuid, row.customer_number, row.name, row.email, row.status, row.kyc_status, row.role, row.since)


def _some(keyed: Sequence[tuple[int, Row]], most: int) -> Some[Row]:
    """Cut to the page: one more was asked for, to know whether there is more."""
    shown = keyed[:most]
    return Some([row for _, row in shown], shown[-1][0] if len(keyed) > most else None)
