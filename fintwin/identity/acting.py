"""The person a job acts for."""

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound

_ASK = text(
    "SELECT p.id AS person, p.uuid, p.name, p.email, p.issuer, p.role, f.locale, f.zone, f.currency"
    " FROM person p JOIN profile f ON f.owner = p.id WHERE p.id = current_person() AND p.status = 'active'"
)


def acting(session: Session) -> Principal:
    """Who this unit of work belongs to, without a session of theirs.

    Raises:
        NotFound: nobody, or someone who has left (code `no_person`).
    """
    row = session.connection().execute(_ASK).mappings().one_or_none()
    if row is None:
        raise NotFound("This person is not here any more.", code="no_person")
    return Principal(**row)
