"""A stored import, found by its address, locked, and moved on from status to status."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind, tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound, Refused


def one_import(session: Session, who: Principal, uuid: UUID | str, *, lock: bool = False) -> Mapping[str, Any]:
    """An import by its address.

    Raises:
        NotFound: `unknown_import`.
    """
    try:
        wanted = uuid if isinstance(uuid, UUID) else UUID(uuid)
    except ValueError:
        raise _unknown() from None
    row = (
        session.connection()
        .execute(
            text(
                f"SELECT * FROM statement_import WHERE owner = :owner AND uuid = CAST(:uuid AS uuid){' FOR UPDATE' if lock else ''}"  # noqa: S608
            ),
            {"owner": who.person, "uuid": str(wanted)},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise _unknown()
    return dict(row)


def locked_import(session: Session, who: Principal, uuid: UUID | str, *statuses: str) -> Mapping[str, Any]:
    """An import in one of these statuses, locked.

    Raises:
        NotFound: `unknown_import`.
        Refused: it is in another one (`not_ready`).
    """
    row = one_import(session, who, uuid, lock=True)
    expect(row, *statuses)
    return row


def expect(row: Mapping[str, Any], *statuses: str) -> None:
    """Refuse an import that is in none of these statuses, with what it is instead."""
    if row["status"] not in statuses:
        sentence = {
            "reading": "The file is still being read.",
            "unreadable": "This file could not be read.",
            "undone": "This import was taken back.",
            "undoing": "This import is being taken back.",
        }.get(row["status"], "This import is in the books already.")
        raise Refused(sentence, code="not_ready")


def set_status(session: Session, who: Principal, imported: int, status: str) -> None:
    """Move an import on, without what went wrong before."""
    session.connection().execute(
        text("UPDATE statement_import SET status = :status, problem = '' WHERE owner = :owner AND id = :imported"),
        {"owner": who.person, "imported": imported, "status": status},
    )
    tell(session, Kind.IMPORT, what=imported)


def _unknown() -> NotFound:
    return NotFound("There is no such import.", code="unknown_import")
