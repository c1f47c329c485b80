"""Whom a person pays, by their own names for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused
from fintwin.kernel.ids import checked_account_number
from fintwin.ledger import posting, service

MOST = 500


@dataclass(frozen=True, slots=True)
class ContactView:
    """One contact; `paid_at` is when they were last paid, None if never."""

    id: int
    number: str
    name: str
    paid_at: datetime | None


PAID_LAST = """
    SELECT max(p.created_at) FROM payment p
    WHERE p.owner = c.owner AND p.side = 'out' AND p.number = c.number AND p.status <> 'failed'
"""
"""When contact `c` was paid last."""

_SELECT = f"SELECT c.id, c.number, c.name, ({PAID_LAST}) AS paid_at FROM contact c WHERE c.owner = :owner"  # noqa: S608 - a text of ours


def contacts(session: Session, who: Principal) -> list[ContactView]:
    """All contacts, those paid last first, then by name."""
    rows = session.connection().execute(
        text(f"SELECT * FROM ({_SELECT}) c ORDER BY c.paid_at DESC NULLS LAST, lower(c.name), c.id"),  # noqa: S608 - texts of ours
        {"owner": who.person},
    )
    return [ContactView(**row._mapping) for row in rows]


def contact(session: Session, who: Principal, *, contact: int) -> ContactView:
    """One contact.

    Raises:
        NotFound: `unknown_contact`.
    """
    row = session.connection().execute(text(_SELECT + " AND c.id = :id"), {"owner": who.person, "id": contact}).first()
    if row is None:
        raise NotFound("There is no such contact.", code="unknown_contact", field="contact")
    return ContactView(**row._mapping)


def add(session: Session, who: Principal, *, number: str, name: str) -> ContactView:
    """Keep an account number under an own name; a number that is kept already gets the new name.

    Callers limit how often it is asked, since it tells whether a number can be paid.

    Raises:
        Invalid: `bad_account_number`, `no_name`, `too_long`.
        NotFound: no account of this number can be paid (`unknown_payee`).
        Refused: it is an own account's (`own_payee`), or there are 500 already (`too_many_contacts`).
    """
    bare = checked_account_number(number)
    called = _name(name)
    if service.payee(session, who, number=bare).own:
        raise Refused("This is your own account.", code="own_payee", field="number")
    connection = session.connection()
    many = connection.scalar(text("SELECT count(*) FROM contact WHERE owner = :owner"), {"owner": who.person})
    if int(many or 0) >= MOST:
        raise Refused("There are 500 contacts. Delete some first.", code="too_many_contacts", field="number")
    made = connection.scalar(
        text(
            "INSERT INTO contact (owner, number, name) VALUES (:owner, :number, :name)"
            " ON CONFLICT (owner, number) DO UPDATE SET name = excluded.name RETURNING id"
        ),
        {"owner": who.person, "number": bare, "name": called},
    )
    return contact(session, who, contact=int(made or 0))


def rename(session: Session, who: Principal, *, contact: int, name: str) -> None:
    """Call a contact something else.

    Raises:
        NotFound: `unknown_contact`.
        Invalid: `no_name`, `too_long`.
    """
    changed = session.connection().execute(
        text("UPDATE contact SET name = :name WHERE owner = :owner AND id = :id"),
        {"owner": who.person, "id": contact, "name": _name(name)},
    )
    if not changed.rowcount:
        raise NotFound("There is no such contact.", code="unknown_contact", field="contact")


def forget(session: Session, who: Principal, *, contact: int) -> None:
    """Delete a contact; again: nothing more. Payments stay as they are."""
    session.connection().execute(
        text("DELETE FROM contact WHERE owner = :owner AND id = :id"), {"owner": who.person, "id": contact}
    )


def names(session: Session, who: Principal, *, numbers: list[str]) -> dict[str, str]:
    """Own names for some account numbers; those without one are missing."""
    if not numbers:
        return {}
    rows = session.connection().execute(
        text("SELECT number, name FROM contact WHERE owner = :owner AND number = ANY (:numbers)"),
        {"owner": who.person, "numbers": numbers},
    )
    return {row.number: row.name for row in rows}


def _name(name: str) -> str:
    called = posting.clean(name, most=80, field="name")
    if called is None:
        raise Invalid("Give them a name.", code="no_name", field="name")
    return called
