"""What the command line does with people's rights: `fintwin staff grant | revoke | link`, and the link of the first start.

All of it runs in the system's unit of work, which reads across people and writes through its own doors.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, text
from sqlmodel import Session, col, func

from fintwin.identity import tokens
from fintwin.identity.models import Person
from fintwin.kernel.errors import Conflict, Invalid, NotFound

LINK_PATH = "/auth/link/"
_LINK_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A person as the command line shows them."""

    id: int
    customer_number: str
    name: str
    email: str
    issuer: str
    role: str

    def __str__(self) -> str:
        return f"{self.customer_number}  {self.name}  {self.email or '-'}  {self.issuer}  {self.role}"


def people(session: Session, *, called: str, issuer: str = "") -> list[Found]:
    """Persons whose e-mail or customer number this is; for local profiles the name counts too."""
    wanted = called.strip().lower()
    query = select(Person).where(
        col(Person.issuer).not_in(["house", "demo"]),
        col(Person.status) == "active",
        or_(
            func.lower(col(Person.email)) == wanted,
            col(Person.customer_number) == wanted,
            (col(Person.issuer) == "local") & (func.lower(col(Person.name)) == wanted),
        ),
    )
    if issuer:
        query = query.where(col(Person.issuer) == issuer)
    return [
        Found(one.id or 0, one.customer_number, one.name, one.email, one.issuer, one.role)
        for one in session.scalars(query.order_by(col(Person.id)))
        if wanted
    ]


def _one(session: Session, called: str, issuer: str = "") -> Found:
    found = people(session, called=called, issuer=issuer)
    if not found:
        raise NotFound(f"Nobody here has the e-mail or customer number {called!r}.", code="no_such_person")
    if len(found) > 1:
        listed = "\n".join(f"  {one}" for one in found)
        raise Conflict(
            f"{called!r} is more than one person. Say which by customer number:\n{listed}", code="many_match"
        )
    return found[0]


def grant(session: Session, *, called: str, role: str = "staff", reason: str = "") -> Found:
    """Make a person `staff` or `admin`, named by e-mail or customer number; audited.

    Raises:
        NotFound: nobody is called so.
        Conflict: more than one is; the sentence lists them.
        Invalid: no such role.
    """
    if role not in {"staff", "admin"}:
        raise Invalid("The role is staff or admin.", code="bad_role", field="role")
    return _set(session, _one(session, called), role, reason)


def revoke(session: Session, *, called: str, reason: str = "") -> Found:
    """Make a person a customer again; audited.

    Raises:
        NotFound, Conflict: as `grant`.
    """
    return _set(session, _one(session, called), "customer", reason)


def _set(session: Session, one: Found, role: str, reason: str) -> Found:
    session.connection().execute(
        text("SELECT set_role(:person, :role, :reason)"),
        {"person": one.id, "role": role, "reason": reason or "from the command line"},
    )
    return Found(one.id, one.customer_number, one.name, one.email, one.issuer, role)


def link(session: Session, *, profile: str) -> str:
    """The path of a one-time address, good for a day: the next sign-in through it takes over a local profile's books.

    Args:
        profile: the local profile's name or customer number.

    Raises:
        NotFound, Conflict: as `grant`.
    """
    return _link(session, _one(session, profile, issuer="local").id)


def administrator_link(session: Session, *, provider: bool) -> str | None:
    """The path of a one-time address that makes administrator, printed at start; None where there is one already.

    Args:
        provider: people sign in with a provider, so an administrator among local profiles does not count.
    """
    local = col(Person.issuer) == "local"
    has_one = session.scalar(
        select(func.count())
        .select_from(Person)
        .where(
            col(Person.role) == "admin",
            col(Person.status) == "active",
            col(Person.issuer).not_in(["house", "demo"]),
            ~local if provider else local,
        )
    )
    return None if has_one else _link(session, None)


def _link(session: Session, person: int | None) -> str:
    token, digest = tokens.fresh()
    session.connection().execute(
        text("SELECT make_sign_in_link(:person, :hash, :valid)"), {"person": person, "hash": digest, "valid": _LINK_FOR}
    )
    return LINK_PATH + token
