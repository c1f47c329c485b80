"""What a person's files take up: receipts beside transactions, bank files; at most so much for each person."""

import hashlib

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Refused
from fintwin.settings import settings

MEGABYTE = 1024 * 1024
DEMO = 50
"""Megabytes of a demo person, who is nobody in particular."""


def room(who: Principal) -> int:
    """Bytes that a person's files may take up."""
    most = settings().files_mb
    return (min(most, DEMO) if who.demo else most) * MEGABYTE


def used(session: Session, who: Principal) -> int:
    """Bytes that a person's files take up, those in the bin included."""
    return int(
        session.connection().scalar(
            text("SELECT coalesce(sum(octet_length(data)), 0) FROM blob WHERE owner = :owner"), {"owner": who.person}
        )
        or 0
    )


def keep(session: Session, who: Principal, *, data: bytes, type: str) -> int:
    """Keep the bytes of a file, once however often they come; the blob's id. Where it gets tight the bin is emptied first.

    Raises:
        Refused: there is no room for it (`no_room`).
    """
    connection = session.connection()
    mine = {"owner": who.person, "sha256": hashlib.sha256(data).digest()}
    find = text("SELECT id FROM blob WHERE owner = :owner AND sha256 = :sha256")
    # One file of a person after another, so that files sent at once cannot all fit into the same room.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('blob'), hashint8(:owner))"), mine)
    there = connection.scalar(find, mine)
    if there is not None:
        return int(there)
    if used(session, who) + len(data) > room(who):
        _empty_bin(session, who)
        if used(session, who) + len(data) > room(who):
            raise Refused(
                f"Your files fill the {room(who) // MEGABYTE:,} MB that each person has here. Take away files beside"
                " transactions that you no longer need, or ask whoever runs this FinTwin for more room.",
                code="no_room",
                field="file",
            )
    connection.execute(
        text("INSERT INTO blob (owner, sha256, type, data) VALUES (:owner, :sha256, :type, :data)"),
        mine | {"type": type, "data": data},
    )
    return int(connection.scalar(find, mine) or 0)


def sweep(session: Session, who: Principal, *, blobs: list[int]) -> None:
    """Forget those of some blobs that nothing needs any more."""
    session.connection().execute(
        text(
            """
            DELETE FROM blob b WHERE b.owner = :owner AND b.id = ANY (CAST(:blobs AS bigint[]))
              AND NOT EXISTS (SELECT FROM attachment a WHERE a.owner = :owner AND a.blob = b.id)
              AND NOT EXISTS (SELECT FROM statement_import i WHERE i.owner = :owner AND i.blob = b.id)
            """
        ),
        {"owner": who.person, "blobs": blobs},
    )


def _empty_bin(session: Session, who: Principal) -> None:
    swept = session.connection().scalars(
        text("DELETE FROM attachment WHERE owner = :owner AND removed_at IS NOT NULL RETURNING blob"),
        {"owner": who.person},
    )
    sweep(session, who, blobs=list(swept))
