"""The rows of an import as a person checks them: paged, put right, left out, added anyway. None commits."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind, tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused, together
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import parse_amount
from fintwin.statements.dates import read_date
from fintwin.statements.duplicates import Known
from fintwin.statements.known import matches
from fintwin.statements.recognised import Recognised, recognised_of
from fintwin.statements.stored import locked_import, one_import
from fintwin.statements.views import VERDICTS, RowView

LEFT_OUT = "You left it out."


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
            "imported": one_import(session, who, uuid)["id"],
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
    found = locked_import(session, who, uuid, "ready")
    row = _row(session, who, found["id"], number)
    if row["found"] != "error":
        raise Refused("This row can be read as it is.", code="not_faulty", field="number")
    recognised = recognised_of(found["recognised"])
    of = currency(row["currency"])
    day, size = together(lambda: _day(booked.strip(), recognised), lambda: _size(amount, of=of, locale=who.locale))
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


def _size(amount: str, *, of: Currency, locale: str) -> Decimal:
    size = parse_amount(amount, of=of, locale=locale, field="amount")
    if size == 0:
        raise Invalid("The amount must not be zero.", code="amount_zero", field="amount")
    return size


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
    found = locked_import(session, who, uuid, "ready")
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


def _row(session: Session, who: Principal, imported: int, number: int) -> Mapping[str, Any]:
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT r.*, p.currency, p.account FROM statement_row r JOIN statement_part p ON p.imported = r.imported AND p.part = r.part
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
