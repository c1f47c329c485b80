"""The import's use cases: store a file, change how it is read, check its rows, book it, take it back.

Reading, booking and undoing are the worker's (`jobs.py`); these calls ask for them through the outbox. None commits.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind, tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, register, stored_files
from fintwin.ledger.accounts import AccountView
from fintwin.statements import matching
from fintwin.statements.archive import is_archive
from fintwin.statements.balance import Proof
from fintwin.statements.recognise import LARGEST_FILE, shown_name
from fintwin.statements.recognised import ACCOUNTS, Chosen, chosen_json, chosen_of, recognised_of
from fintwin.statements.row_choices import LEFT_OUT, choose_row, mend_row, row, rows
from fintwin.statements.stored import expect, locked_import, one_import, set_status
from fintwin.statements.undoing import note_taken_out, take_out_row
from fintwin.statements.views import UNFINISHED, VERDICTS, ImportView, PartView, RowView, Summary

MOST_UNFINISHED = 40
"""Files that may lie here without being booked."""


def store_upload(session: Session, who: Principal, *, name: str, data: bytes) -> UUID:
    """Keep a file as it came and ask the worker to read it; the import's address.

    Raises:
        Invalid: `file_empty`, `file_too_large`.
        Refused: too many files lie here unfinished (`too_many_imports`), or there is no room for it (`no_room`).
    """
    shown = shown_name(name)
    if not data:
        raise Invalid(f"{shown}: the file is empty.", code="file_empty", field="file")
    if len(data) > LARGEST_FILE:
        raise Invalid(f"{shown}: it is larger than 20 MB. Export it in parts.", code="file_too_large", field="file")
    connection = session.connection()
    waiting = connection.scalar(
        text(
            "SELECT count(*) FROM statement_import WHERE owner = :owner AND status IN ('reading', 'unreadable', 'ready')"
        ),
        {"owner": who.person},
    )
    if (waiting or 0) >= MOST_UNFINISHED:
        raise Refused(
            "Many files lie here unfinished. Book or discard some of them first.", code="too_many_imports", field="file"
        )
    blob = stored_files.keep(session, who, data=data, type=_type(data))
    row = connection.execute(
        text(
            """
            INSERT INTO statement_import (owner, blob, name, size)
            VALUES (:owner, :blob, :name, :size) RETURNING id, uuid
            """
        ),
        {"owner": who.person, "blob": blob, "name": shown, "size": len(data)},
    ).one()
    tell(session, Kind.IMPORT_STORED, what=row.id)
    return UUID(str(row.uuid))


def _type(data: bytes) -> str:
    head = data[:65536]
    if is_archive(data):
        return "application/zip"
    if b"<OFX" in head.upper():
        return "application/x-ofx"
    return "application/xml" if b"BkToCstmr" in head else "text/plain" if b":61:" in head else "text/csv"


def choose(
    session: Session,
    who: Principal,
    *,
    uuid: UUID | str,
    encoding: str | None = None,
    delimiter: str | None = None,
    dates: str | None = None,
    decimal: str | None = None,
    flip: bool | None = None,
    columns: Mapping[int, str] | None = None,
    of_currency: str | None = None,
    account: tuple[int, int] | None = None,
) -> None:
    """Have the file read another way; what is None stays as it is.

    Args:
        columns: roles by column, beside those chosen before; a new delimiter forgets them.
        account: the part and the account its rows go to; `matching.NEW` opens a new one.

    Raises:
        NotFound: `unknown_import`, `unknown_account`.
        Refused: it is past checking (`not_ready`), or the account is kept here (`not_tracked`). An account in another
            currency than the file's is passed over by the reading.
    """
    row = locked_import(session, who, uuid, *UNFINISHED)
    stored = dict(row["chosen"])
    goes = stored.pop(ACCOUNTS, {})
    before = chosen_of(stored)
    after = replace(
        before,
        encoding=before.encoding if encoding is None else encoding,
        delimiter=before.delimiter if delimiter is None else delimiter,
        dates=before.dates if dates is None else dates,
        decimal=before.decimal if decimal is None else decimal,
        flip=before.flip if flip is None else flip,
        currency=before.currency if of_currency is None else currency(of_currency).code,
        columns={**({} if delimiter else before.columns), **(columns or {})},
    )
    if account is not None:
        part, number = account
        if number != matching.NEW:
            after = _fitting(after, accounts.account(session, who, number), row)
        goes = {**goes, str(part): number}
    _read_again(session, who, row["id"], {**chosen_json(after), **({ACCOUNTS: goes} if goes else {})})


def _fitting(chosen: Chosen, account: AccountView, row: Mapping[str, Any]) -> Chosen:
    """The choices with which a file can go to this account: one whose currency nobody said takes the account's."""
    if account.held:
        raise Refused("Files fill accounts at a bank, not money kept here.", code="not_tracked", field="account")
    found = recognised_of(row["recognised"]) if row["recognised"] else None
    if found is not None and not found.currency_named:
        return replace(chosen, currency=account.currency.code)
    return chosen


def _read_again(session: Session, who: Principal, imported: int, chosen: Mapping[str, Any]) -> None:
    session.connection().execute(
        text(
            """
            UPDATE statement_import SET chosen = CAST(:chosen AS jsonb), status = 'reading', revision = revision + 1, problem = ''
            WHERE owner = :owner AND id = :imported
            """
        ),
        {"owner": who.person, "imported": imported, "chosen": json.dumps(chosen)},
    )
    tell(session, Kind.IMPORT_STORED, what=imported)


def view(session: Session, who: Principal, *, uuid: UUID | str) -> ImportView:
    """One import as its page shows it.

    Raises:
        NotFound: `unknown_import`.
    """
    row = one_import(session, who, uuid)
    which = {"owner": who.person, "imported": row["id"]}
    connection = session.connection()
    counted = connection.execute(
        text(
            "SELECT verdict, count(*) AS many FROM statement_row WHERE owner = :owner AND imported = :imported GROUP BY verdict"
        ),
        which,
    )
    counts = {one.verdict: int(one.many) for one in counted}
    mine = {one.id: one for one in accounts.accounts(session, who, closed=True)}
    parts = connection.execute(
        text(
            """
            SELECT p.*, l.many AS left, l.moved AS left_sum
            FROM statement_part p CROSS JOIN LATERAL (
              SELECT count(*) AS many, coalesce(sum(r.amount), 0) AS moved FROM statement_row r
              WHERE r.owner = p.owner AND r.imported = p.imported AND r.part = p.part AND r.verdict = 'left_out'
                AND r.amount IS NOT NULL) l
            WHERE p.owner = :owner AND p.imported = :imported ORDER BY p.part
            """
        ),
        which,
    )
    seen = bool(row["layout"]) and connection.scalar(
        text(
            "SELECT EXISTS (SELECT FROM statement_import WHERE owner = :owner AND layout = :layout AND id <> :imported"
            " AND status = 'done')"
        ),
        which | {"layout": row["layout"]},
    )
    return ImportView(
        id=row["id"],
        uuid=row["uuid"],
        name=row["name"],
        size=row["size"],
        status=row["status"],
        problem=row["problem"],
        recognised=recognised_of(row["recognised"]) if row["recognised"] else None,
        seen_before=bool(seen),
        counts=counts,
        parts=[_part(session, who, part, mine, status=row["status"]) for part in parts.mappings()],
        total=row["total"],
        done=row["done"],
        created_at=row["created_at"],
        booked_at=row["booked_at"],
        undone_at=row["undone_at"],
    )


def _part(
    session: Session, who: Principal, part: Mapping[Any, Any], mine: Mapping[int, AccountView], *, status: str
) -> PartView:
    opening, closing, moved = part["opening"], part["closing"], part["moved"]
    holds = None if opening is None or closing is None else opening + moved == closing
    books = None
    if status == "done" and part["account"] is not None and part["closing_day"] is not None:
        books = register.balance_at(session, who, account=part["account"], on=part["closing_day"])
    return PartView(
        part=part["part"],
        number=part["number"],
        bank=part["bank"],
        name=part["name"],
        currency=currency(part["currency"]),
        account=mine.get(part["account"]),
        proof=Proof(opening, moved, closing, holds),
        closing_day=part["closing_day"],
        note=part["note"],
        books=books,
        left=part["left"],
        left_sum=part["left_sum"],
    )


def commit(session: Session, who: Principal, *, uuid: UUID | str) -> None:
    """Have the new rows booked; asking twice books once.

    Raises:
        NotFound: `unknown_import`.
        Refused: a question is still open (`question_open`), or it is not checked (`not_ready`).
    """
    row = one_import(session, who, uuid, lock=True)
    if row["status"] in ("asked", "booking", "done"):
        return
    expect(row, "ready")
    if recognised_of(row["recognised"]).ask:
        raise Refused("Say first how the dates are to be read.", code="question_open", field="dates")
    set_status(session, who, row["id"], "asked")
    tell(session, Kind.IMPORT_ASKED, what=row["id"])


def revert(session: Session, who: Principal, *, uuid: UUID | str) -> None:
    """Have a whole import taken back; asking twice takes it back once.

    Raises:
        NotFound: `unknown_import`.
        Refused: it is not booked (`not_ready`).
    """
    row = one_import(session, who, uuid, lock=True)
    if row["status"] in ("undoing", "undone"):
        return
    expect(row, "done")
    session.connection().execute(
        text("UPDATE statement_import SET done = 0 WHERE owner = :owner AND id = :imported"),
        {"owner": who.person, "imported": row["id"]},
    )
    set_status(session, who, row["id"], "undoing")
    tell(session, Kind.REVERT_ASKED, what=row["id"])


def discard(session: Session, who: Principal, *, uuid: UUID | str) -> None:
    """Forget a file that was never booked; where it is gone already, nothing happens.

    Raises:
        Refused: it is in the books (`not_ready`).
    """
    try:
        row = locked_import(session, who, uuid, *UNFINISHED)
    except NotFound:
        return
    connection = session.connection()
    which = {"owner": who.person, "imported": row["id"]}
    for table, column in (("statement_row", "imported"), ("statement_part", "imported"), ("statement_import", "id")):
        connection.execute(
            text(f"DELETE FROM {table} WHERE owner = :owner AND {column} = :imported"),  # noqa: S608 - names of ours
            which,
        )
    stored_files.sweep(session, who, blobs=[row["blob"]])


def imports(session: Session, who: Principal, *, before: UUID | str | None = None, most: int = 20) -> list[Summary]:
    """Files, newest first, with how many transactions each added; `before` is the last one seen.

    Raises:
        NotFound: the last one seen is gone (`unknown_import`).
    """
    older = None if before is None else one_import(session, who, before)["id"]
    found = session.connection().execute(
        text(
            """
            SELECT i.uuid, i.name, i.status, i.created_at, i.booked_at,
                   (SELECT count(*) FROM statement_row r WHERE r.owner = i.owner AND r.imported = i.id
                    AND r.verdict IN ('new', 'kept') AND r.transaction IS NOT NULL AND i.status IN ('booking', 'done', 'undone')) AS added
            FROM statement_import i WHERE i.owner = :owner AND i.id < coalesce(CAST(:older AS bigint), 9223372036854775807)
            ORDER BY i.id DESC LIMIT :most
            """
        ),
        {"owner": who.person, "older": older, "most": most},
    )
    return [Summary(**row) for row in found.mappings()]


def last_import(session: Session, who: Principal) -> Summary | None:
    """The file that was booked last; None when there was none."""
    booked = [one for one in imports(session, who, most=100) if one.status == "done"]
    return max(booked, key=lambda one: one.booked_at or one.created_at, default=None)


def targets(session: Session, who: Principal, *, of: str) -> list[AccountView]:
    """The accounts that a statement in this currency may go to."""
    return [one for one in matching.tracked(session, who) if one.open and (one.currency.code == of or not of)]


__all__ = [
    "LEFT_OUT",
    "VERDICTS",
    "ImportView",
    "PartView",
    "RowView",
    "Summary",
    "choose",
    "choose_row",
    "commit",
    "discard",
    "imports",
    "last_import",
    "mend_row",
    "note_taken_out",
    "revert",
    "row",
    "rows",
    "store_upload",
    "take_out_row",
    "targets",
    "view",
]
