"""The import's use cases: store a file, change how it is read, check its rows, book it, take it back.

Reading, booking and undoing are the worker's (`jobs.py`); these calls ask for them through the outbox. None commits.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind, tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import parse_amount
from fintwin.ledger import accounts, register
from fintwin.ledger.accounts import AccountView
from fintwin.statements import matching
from fintwin.statements.balance import Proof
from fintwin.statements.dates import read_date
from fintwin.statements.duplicates import Known
from fintwin.statements.known import matches
from fintwin.statements.recognise import LARGEST_FILE, shown_name
from fintwin.statements.recognised import ACCOUNTS, Chosen, Recognised, chosen_json, chosen_of, recognised_of

VERDICTS = ("new", "duplicate", "same", "error", "left_out", "kept", "removed")
"""What a row can be found to be."""

UNFINISHED = ("reading", "unreadable", "ready")
"""Statuses of a file that was never booked."""

MOST_UNFINISHED = 40
"""Files that may lie here without being booked."""

LEFT_OUT = "You left it out."


@dataclass(frozen=True, slots=True)
class PartView:
    """One account's statement of a file.

    Attributes:
        account: where its rows go; None while a new one is to be opened, called `name`.
        proof: opening + movements = closing, as the file has it. note: why its balances are not believed.
        books: what the books have at the end of `closing_day`, once booked; None where that is not known.
        left: rows that the person left out of what `proof` counts. left_sum: what they move.
    """

    part: int
    number: str
    bank: str
    name: str
    currency: Currency
    account: AccountView | None
    proof: Proof
    closing_day: date | None
    note: str
    books: Decimal | None
    left: int = 0
    left_sum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ImportView:
    """One file and how far it has come; `counts` are rows by verdict, `total` and `done` the progress of booking."""

    id: int
    uuid: UUID
    name: str
    size: int
    status: str
    problem: str
    recognised: Recognised | None
    seen_before: bool
    counts: Mapping[str, int]
    parts: Sequence[PartView]
    total: int
    done: int
    created_at: datetime
    booked_at: datetime | None
    undone_at: datetime | None

    @property
    def rows(self) -> int:
        """How many movements the file has, readable or not."""
        told = sum(many for verdict, many in self.counts.items() if verdict != "left_out")
        return told + sum(part.left for part in self.parts)


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as it is checked. Where it cannot be read, `booked_text` and `amount_text` are what the file says."""

    number: int
    line: int
    part: int
    verdict: str
    booked: date | None
    amount: Decimal | None
    currency: Currency
    payee: str
    purpose: str
    sentence: str
    booked_text: str
    amount_text: str
    transaction: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A file in the list of imports."""

    uuid: UUID
    name: str
    status: str
    added: int
    created_at: datetime
    booked_at: datetime | None

    @property
    def unfinished(self) -> bool:
        """Whether it was never booked, so that it can be discarded."""
        return self.status in UNFINISHED


def store_upload(session: Session, who: Principal, *, name: str, data: bytes) -> UUID:
    """Keep a file as it came and ask the worker to read it; the import's address.

    Raises:
        Invalid: `file_empty`, `file_too_large`.
        Refused: too many files lie here unfinished (`too_many_imports`).
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
    mine = {"owner": who.person, "sha256": hashlib.sha256(data).digest()}
    connection.execute(
        text(
            "INSERT INTO blob (owner, sha256, type, data) VALUES (:owner, :sha256, :type, :data)"
            " ON CONFLICT (owner, sha256) DO NOTHING"
        ),
        mine | {"type": "application/x-ofx" if b"<OFX" in data[:65536].upper() else "text/csv", "data": data},
    )
    row = connection.execute(
        text(
            """
            INSERT INTO statement_import (owner, blob, name, size)
            SELECT :owner, b.id, :name, :size FROM blob b WHERE b.owner = :owner AND b.sha256 = :sha256
            RETURNING id, uuid
            """
        ),
        mine | {"name": shown, "size": len(data)},
    ).one()
    tell(session, Kind.IMPORT_STORED, what=row.id)
    return UUID(str(row.uuid))


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
    row = _locked(session, who, uuid, *UNFINISHED)
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
    row = _one(session, who, uuid)
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


def rows(
    session: Session,
    who: Principal,
    *,
    uuid: UUID | str,
    verdicts: Sequence[str],
    before: int | None = None,
    most: int = 50,
) -> list[RowView]:
    """Rows of an import with one of these verdicts, newest first; `before` is the number of the last row seen.

    Raises:
        NotFound: `unknown_import`.
    """
    found = session.connection().execute(
        text(
            """
            SELECT r.number, r.line, r.part, r.verdict, r.booked, r.amount, p.currency, r.payee, r.purpose, r.sentence,
                   r.booked_text, r.amount_text, r.transaction
            FROM statement_row r JOIN statement_part p ON p.imported = r.imported AND p.part = r.part
            WHERE r.owner = :owner AND r.imported = :imported AND r.verdict = ANY (:verdicts)
              AND r.number < coalesce(:before, 2147483647)
            ORDER BY r.number DESC LIMIT :most
            """
        ),
        {
            "owner": who.person,
            "imported": _one(session, who, uuid)["id"],
            "verdicts": list(verdicts),
            "before": before,
            "most": min(most, 200),
        },
    )
    return [RowView(**{**row, "currency": currency(row["currency"])}) for row in found.mappings()]


def row(session: Session, who: Principal, *, uuid: UUID | str, number: int) -> RowView:
    """One row of an import.

    Raises:
        NotFound: `unknown_import`, `unknown_row`.
    """
    found = rows(session, who, uuid=uuid, verdicts=VERDICTS, before=number + 1, most=1)
    if not found or found[0].number != number:
        raise NotFound("There is no such row in this file.", code="unknown_row", field="number")
    return found[0]


def mend_row(
    session: Session, who: Principal, *, uuid: UUID | str, number: int, booked: str, amount: str, payee: str = ""
) -> str:
    """Put a row right that could not be read, as a person types it; its verdict now (`new` or what it repeats).

    Dates are read in the file's order or as 2026-11-21, amounts by the person's locale.

    Raises:
        NotFound: `unknown_import`, `unknown_row`.
        Invalid: the date or the amount still cannot be read.
        Refused: `not_ready`.
    """
    found = _locked(session, who, uuid, "ready")
    row = _row(session, who, found["id"], number)
    if row["found"] != "error":
        raise Refused("This row can be read as it is.", code="not_faulty", field="number")
    recognised = recognised_of(found["recognised"])
    of = currency(row["currency"])
    size = parse_amount(amount, of=of, locale=who.locale, field="amount")
    if size == 0:
        raise Invalid("The amount must not be zero.", code="amount_zero", field="amount")
    day = _day(booked.strip(), recognised)
    known = Known(number, day, size, row["reference"], recognised.format, f"{payee} {row['purpose']}")
    repeats = (
        matches(session, who, imported=found["id"], account=row["account"], rows=[known]).get(number)
        if row["account"]
        else None
    )
    # The booked movement may be what another row of this file repeats already: then this one is new.
    if repeats and _taken(session, who, found["id"], repeats.transaction, besides=number):
        repeats = None
    verdict = repeats.verdict if repeats else "new"
    session.connection().execute(
        text(
            """
            UPDATE statement_row SET verdict = :verdict, booked = :booked, valued = :booked, amount = :amount, payee = :payee,
              sentence = :sentence, transaction = :transaction
            WHERE owner = :owner AND imported = :imported AND number = :number
            """
        ),
        {
            "owner": who.person,
            "imported": found["id"],
            "number": number,
            "verdict": verdict,
            "booked": day,
            "amount": size,
            "payee": (payee.strip() or row["payee"])[:200],
            "sentence": repeats.sentence if repeats else "Put right by you.",
            "transaction": repeats.transaction if repeats else None,
        },
    )
    _move(session, who, found["id"], row["part"], size - (row["amount"] or 0))
    tell(session, Kind.IMPORT, what=found["id"])
    return verdict


def _day(booked: str, recognised: Recognised) -> date:
    try:
        return date.fromisoformat(booked)
    except ValueError:
        return read_date(booked, order=recognised.dates)


def _taken(session: Session, who: Principal, imported: int, transaction: int | None, *, besides: int) -> bool:
    return transaction is not None and bool(
        session.connection().scalar(
            text(
                "SELECT EXISTS (SELECT FROM statement_row WHERE owner = :owner AND imported = :imported"
                " AND transaction = :transaction AND number <> :number)"
            ),
            {"owner": who.person, "imported": imported, "transaction": transaction, "number": besides},
        )
    )


def _move(session: Session, who: Principal, imported: int, part: int, by: Decimal) -> None:
    """A row that was put right counts in the file's balance."""
    session.connection().execute(
        text(
            "UPDATE statement_part SET moved = moved + :by"
            " WHERE owner = :owner AND imported = :imported AND part = :part"
        ),
        {"owner": who.person, "imported": imported, "part": part, "by": by},
    )


def choose_row(session: Session, who: Principal, *, uuid: UUID | str, number: int, add: bool) -> str:
    """Add a row that was taken for a duplicate, or leave a new one out; its verdict now.

    Raises:
        NotFound: `unknown_import`, `unknown_row`.
        Refused: the row cannot be read (`row_unreadable`), or the import is past checking (`not_ready`).
    """
    found = _locked(session, who, uuid, "ready")
    row = _row(session, who, found["id"], number)
    if row["booked"] is None or row["amount"] is None:
        raise Refused("This row has no date or no amount yet.", code="row_unreadable", field="number")
    was = "new" if row["found"] == "error" else row["found"]
    verdict = "new" if add else was if was != "new" else "left_out"
    sentence = row["sentence"]
    if verdict == "left_out":
        sentence = LEFT_OUT
    elif sentence == LEFT_OUT:
        sentence = ""
    session.connection().execute(
        text(
            "UPDATE statement_row SET verdict = :verdict, sentence = :sentence,"
            " transaction = CASE WHEN :verdict IN ('duplicate', 'same') THEN transaction END"
            " WHERE owner = :owner AND imported = :imported AND number = :number"
        ),
        {
            "owner": who.person,
            "imported": found["id"],
            "number": number,
            "verdict": verdict,
            "sentence": sentence,
        },
    )
    tell(session, Kind.IMPORT, what=found["id"])
    return str(verdict)


def commit(session: Session, who: Principal, *, uuid: UUID | str) -> None:
    """Have the new rows booked; asking twice books once.

    Raises:
        NotFound: `unknown_import`.
        Refused: a question is still open (`question_open`), or it is not checked (`not_ready`).
    """
    row = _one(session, who, uuid, lock=True)
    if row["status"] in ("asked", "booking", "done"):
        return
    _expect(row, "ready")
    if recognised_of(row["recognised"]).ask:
        raise Refused("Say first how the dates are to be read.", code="question_open", field="dates")
    _set_status(session, who, row["id"], "asked")
    tell(session, Kind.IMPORT_ASKED, what=row["id"])


def revert(session: Session, who: Principal, *, uuid: UUID | str) -> None:
    """Have a whole import taken back; asking twice takes it back once.

    Raises:
        NotFound: `unknown_import`.
        Refused: it is not booked (`not_ready`).
    """
    row = _one(session, who, uuid, lock=True)
    if row["status"] in ("undoing", "undone"):
        return
    _expect(row, "done")
    session.connection().execute(
        text("UPDATE statement_import SET done = 0 WHERE owner = :owner AND id = :imported"),
        {"owner": who.person, "imported": row["id"]},
    )
    _set_status(session, who, row["id"], "undoing")
    tell(session, Kind.REVERT_ASKED, what=row["id"])


def discard(session: Session, who: Principal, *, uuid: UUID | str) -> None:
    """Forget a file that was never booked; where it is gone already, nothing happens.

    Raises:
        Refused: it is in the books (`not_ready`).
    """
    try:
        row = _locked(session, who, uuid, *UNFINISHED)
    except NotFound:
        return
    connection = session.connection()
    which = {"owner": who.person, "imported": row["id"], "blob": row["blob"]}
    for table, column in (("statement_row", "imported"), ("statement_part", "imported"), ("statement_import", "id")):
        connection.execute(
            text(f"DELETE FROM {table} WHERE owner = :owner AND {column} = :imported"),  # noqa: S608 - names of ours
            which,
        )
    connection.execute(
        text(
            "DELETE FROM blob b WHERE b.owner = :owner AND b.id = :blob"
            " AND NOT EXISTS (SELECT FROM statement_import i WHERE i.owner = :owner AND i.blob = b.id)"
        ),
        which,
    )


def imports(session: Session, who: Principal, *, before: UUID | str | None = None, most: int = 20) -> list[Summary]:
    """Files, newest first, with how many transactions each added; `before` is the last one seen.

    Raises:
        NotFound: the last one seen is gone (`unknown_import`).
    """
    older = None if before is None else _one(session, who, before)["id"]
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


def _one(session: Session, who: Principal, uuid: UUID | str, *, lock: bool = False) -> Mapping[str, Any]:
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


def _locked(session: Session, who: Principal, uuid: UUID | str, *statuses: str) -> Mapping[str, Any]:
    row = _one(session, who, uuid, lock=True)
    _expect(row, *statuses)
    return row


def _expect(row: Mapping[str, Any], *statuses: str) -> None:
    if row["status"] not in statuses:
        sentence = {
            "reading": "The file is still being read.",
            "unreadable": "This file could not be read.",
            "undone": "This import was taken back.",
            "undoing": "This import is being taken back.",
        }.get(row["status"], "This import is in the books already.")
        raise Refused(sentence, code="not_ready")


def _row(session: Session, who: Principal, imported: int, number: int) -> Mapping[str, Any]:
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT r.*, p.currency FROM statement_row r JOIN statement_part p ON p.imported = r.imported AND p.part = r.part
                WHERE r.owner = :owner AND r.imported = :imported AND r.number = :number
                """
            ),
            {"owner": who.person, "imported": imported, "number": number},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("There is no such row in this file.", code="unknown_row", field="number")
    return dict(row)


def _set_status(session: Session, who: Principal, imported: int, status: str) -> None:
    session.connection().execute(
        text("UPDATE statement_import SET status = :status, problem = '' WHERE owner = :owner AND id = :imported"),
        {"owner": who.person, "imported": imported, "status": status},
    )
    tell(session, Kind.IMPORT, what=imported)


def _unknown() -> NotFound:
    return NotFound("There is no such import.", code="unknown_import")
