"""Files beside transactions: receipts, invoices, contracts. A removed one lies in a bin for 30 days."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused
from fintwin.ledger import stored_files

LARGEST = 20 * 1024 * 1024
"""Bytes that one file may have."""
MOST = 20
"""Files that one transaction may have."""

_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
)
_PLAIN = "text/plain"
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file beside a transaction; `type` comes from its content, never from its name."""

    uuid: UUID
    transaction: int
    name: str
    type: str
    size: int
    added_at: datetime


_COLUMNS = "a.uuid, a.transaction, a.name, b.type, octet_length(b.data), a.added_at"


def type_of(data: bytes) -> str:
    """What a file is by its first bytes: one of a few kinds that a machine may open safely, else plain bytes.

    Text that a browser could run (HTML, SVG, XML) is never called so: it is served as plain bytes.
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    head = data[:4096]
    try:
        words = head.decode("utf-8") if len(data) <= len(head) else head.decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return _UNKNOWN
    return _UNKNOWN if "<" in words or "\0" in words else _PLAIN


def shown_name(name: str) -> str:
    """A file's name as it is kept and offered: the last part of a path, printable, at most 140 characters."""
    bare = re.split(r"[/\\]", name)[-1]
    bare = "".join(char for char in bare if char.isprintable()).strip().strip(".")
    if len(bare) > 140:
        stem, dot, ending = bare.rpartition(".")
        bare = f"{stem[: 139 - len(ending)]}.{ending}" if dot and len(ending) < 10 else bare[:140]
    return bare or "file"


def attach(session: Session, who: Principal, *, transaction: int, name: str, data: bytes) -> AttachmentView:
    """Lay a file beside a transaction. The same file again is the one that is there; from the bin it comes back.

    Raises:
        NotFound: `unknown_transaction`.
        Invalid: `file_empty`, `file_too_large`.
        Refused: there are too many files beside it (`too_many_files`), or no room for it (`no_room`).
    """
    shown = shown_name(name)
    if not data:
        raise Invalid(f"{shown}: the file is empty.", code="file_empty", field="file")
    if len(data) > LARGEST:
        raise Invalid(f"{shown}: it is larger than 20 MB.", code="file_too_large", field="file")
    connection = session.connection()
    mine = {"owner": who.person, "transaction": transaction}
    if not connection.scalar(text("SELECT true FROM transaction WHERE owner = :owner AND id = :transaction"), mine):
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="file")
    many = connection.scalar(
        text(
            "SELECT count(*) FROM attachment WHERE owner = :owner AND transaction = :transaction AND removed_at IS NULL"
        ),
        mine,
    )
    if (many or 0) >= MOST:
        raise Refused(f"A transaction has at most {MOST} files.", code="too_many_files", field="file")
    blob = stored_files.keep(session, who, data=data, type=type_of(data))
    row = connection.execute(
        text(
            """
            INSERT INTO attachment AS a (owner, transaction, blob, name)
            VALUES (:owner, :transaction, :blob, :name)
            ON CONFLICT (transaction, blob) DO UPDATE SET removed_at = NULL
            RETURNING a.uuid
            """
        ),
        mine | {"blob": blob, "name": shown},
    ).one()
    _kept(session, who, transaction=transaction, before="", after=shown)
    return attachment(session, who, uuid=row.uuid)


def attachments(session: Session, who: Principal, *, transaction: int) -> list[AttachmentView]:
    """The files beside a transaction, oldest first; without those in the bin."""
    rows = session.connection().execute(
        text(
            f"SELECT {_COLUMNS} FROM attachment a JOIN blob b ON b.id = a.blob"  # noqa: S608 - a constant of this module
            " WHERE a.owner = :owner AND a.transaction = :transaction AND a.removed_at IS NULL ORDER BY a.id"
        ),
        {"owner": who.person, "transaction": transaction},
    )
    return [AttachmentView(*row) for row in rows]


def attachment(session: Session, who: Principal, *, uuid: UUID | str) -> AttachmentView:
    """One file without its content.

    Raises:
        NotFound: not this person's, or in the bin (`unknown_file`).
    """
    row = (
        session.connection()
        .execute(
            text(
                f"SELECT {_COLUMNS} FROM attachment a JOIN blob b ON b.id = a.blob"  # noqa: S608 - as above
                " WHERE a.owner = :owner AND a.uuid = CAST(:uuid AS uuid) AND a.removed_at IS NULL"
            ),
            {"owner": who.person, "uuid": _uuid(uuid)},
        )
        .first()
    )
    if row is None:
        raise _unknown()
    return AttachmentView(*row)


def content(session: Session, who: Principal, *, uuid: UUID | str) -> tuple[AttachmentView, bytes]:
    """One file with its content; the kind is told from the content again, whoever stored the blob first.

    Raises:
        NotFound: not this person's, or in the bin (`unknown_file`).
    """
    found = attachment(session, who, uuid=uuid)
    data = session.connection().scalar(
        text("SELECT b.data FROM attachment a JOIN blob b ON b.id = a.blob WHERE a.owner = :owner AND a.uuid = :uuid"),
        {"owner": who.person, "uuid": found.uuid},
    )
    whole = bytes(data or b"")
    return AttachmentView(found.uuid, found.transaction, found.name, type_of(whole), found.size, found.added_at), whole


def detach(session: Session, who: Principal, *, uuid: UUID | str) -> AttachmentView:
    """Take a file away from its transaction, into the bin. What lies there longer than 30 days is swept, or once there is no
    room for another file.

    Raises:
        NotFound: `unknown_file`.
    """
    found = attachment(session, who, uuid=uuid)
    connection = session.connection()
    connection.execute(
        text("UPDATE attachment SET removed_at = now() WHERE owner = :owner AND uuid = :uuid"),
        {"owner": who.person, "uuid": found.uuid},
    )
    _kept(session, who, transaction=found.transaction, before=found.name, after="")
    swept = connection.scalars(
        text("DELETE FROM attachment WHERE owner = :owner AND removed_at < now() - interval '30 days' RETURNING blob"),
        {"owner": who.person},
    ).all()
    if swept:
        stored_files.sweep(session, who, blobs=list(swept))
    return found


def bring_back(session: Session, who: Principal, *, uuid: UUID | str) -> AttachmentView:
    """Take a file out of the bin; where it was not in it, nothing happens.

    Raises:
        NotFound: `unknown_file`: not this person's, or swept.
    """
    row = (
        session.connection()
        .execute(
            text(
                "UPDATE attachment SET removed_at = NULL WHERE owner = :owner AND uuid = CAST(:uuid AS uuid)"
                " AND removed_at IS NOT NULL RETURNING transaction, name"
            ),
            {"owner": who.person, "uuid": _uuid(uuid)},
        )
        .first()
    )
    if row is not None:
        _kept(session, who, transaction=row.transaction, before="", after=row.name)
    return attachment(session, who, uuid=uuid)


def _kept(session: Session, who: Principal, *, transaction: int, before: str, after: str) -> None:
    session.connection().execute(
        text(
            "INSERT INTO meaning_past (owner, transaction, what, before, after)"
            " VALUES (:owner, :transaction, 'attachment', :before, :after)"
        ),
        {"owner": who.person, "transaction": transaction, "before": before, "after": after},
    )
    tell(session, Happening.CLASSIFIED, what=transaction)


def _uuid(uuid: UUID | str) -> str:
    try:
        return str(UUID(str(uuid)))
    except ValueError:
        raise _unknown() from None


def _unknown() -> NotFound:
    return NotFound("There is no such file beside your transactions.", code="unknown_file", field="file")
