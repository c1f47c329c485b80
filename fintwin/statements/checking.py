"""A stored file to rows that a person can check: recognised, matched to accounts, compared with what is booked."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform
from fintwin.events.outbox import Kind, tell
from fintwin.identity.acting import acting
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.statements import matching
from fintwin.statements.balance import proof
from fintwin.statements.batches import one_ahead, patient
from fintwin.statements.duplicates import Known
from fintwin.statements.known import Match, matches
from fintwin.statements.recognise import read, recognise
from fintwin.statements.recognised import (
    ACCOUNTS,
    BEFORE,
    REMEMBERED,
    Chosen,
    Recognised,
    beginning_with,
    chosen_of,
    recognised_json,
    remembered,
    taken_over,
)
from fintwin.statements.statement import MOST_ROWS, Fault, LeftOut, Row, Statement

_AT_ONCE = 5_000

_TAKE = text(
    """
    SELECT i.name, i.revision, i.chosen, b.data FROM statement_import i JOIN blob b ON b.id = i.blob
    WHERE i.owner = :owner AND i.id = :imported AND i.status = 'reading'
    """
)
_SETTLE = text(
    """
    UPDATE statement_import SET status = :status, problem = :problem, recognised = CAST(:recognised AS jsonb), layout = :layout,
      chosen = CASE WHEN CAST(:before AS jsonb) = '{}' THEN chosen - 'before'
                    ELSE chosen || jsonb_build_object('before', CAST(:before AS jsonb)) END
    WHERE owner = :owner AND id = :imported AND revision = :revision AND status = 'reading' RETURNING id
    """
)
_LAST = text(
    """
    SELECT chosen FROM statement_import
    WHERE owner = :owner AND layout = :layout AND status = 'done' AND jsonb_exists_any(chosen, CAST(:topics AS text[]))
    ORDER BY booked_at DESC LIMIT 1
    """
)
_PART = text(
    """
    INSERT INTO statement_part (owner, imported, part, number, bank, kind, currency, name, account, opening, closing,
                                closing_day, moved, note)
    VALUES (:owner, :imported, :part, :number, :bank, :kind, :currency, :name, :account, :opening, :closing, :closing_day,
            :moved, :note)
    """
)
_ROWS = text(
    """
    INSERT INTO statement_row (owner, imported, number, part, line, verdict, found, booked, valued, amount, payee,
      payee_account, purpose, reference, end_to_end, sentence, booked_text, amount_text, raw, transaction)
    SELECT :owner, :imported, r.number, r.part, r.line, r.verdict, r.verdict, r.booked, r.valued, r.amount,
      coalesce(r.payee, ''), coalesce(r.payee_account, ''), coalesce(r.purpose, ''), coalesce(r.reference, ''),
      coalesce(r.end_to_end, ''), coalesce(r.sentence, ''), coalesce(r.booked_text, ''), coalesce(r.amount_text, ''), r.raw,
      r.transaction
    FROM json_populate_recordset(NULL::statement_row, CAST(:rows AS json)) r
    """
)


def check(person: int, imported: int) -> None:
    """Read a stored file and lay its rows out for checking; what cannot be read leaves its reason on the import.

    Choices made while it runs win: the reading of older ones is thrown away, and another check was asked for.
    """
    taken = perform(person, lambda session: _taken(session, person, imported))
    if taken is None:
        return
    who, name, revision, stored, data = taken
    choices = {int(part): account for part, account in stored.get(ACCOUNTS, {}).items()}
    settled: dict[str, Any] = {"owner": person, "imported": imported, "revision": revision}
    try:
        own = chosen_of(stored)
        found = recognise(data, name=name, chosen=own)
        before = perform(person, lambda session: _before(session, person, found.layout))
        found, last = _as_before(data, found, before=before, own=own)
        if not found.currency:
            coin = perform(person, lambda session: _currency(session, who, data, found, choices=choices))
            found = replace(found, currency=coin, currency_named=False)
        statements = read(data, found)
    except Invalid as refusal:
        settled |= {
            "status": "unreadable",
            "problem": refusal.sentence[:500],
            "recognised": None,
            "layout": "",
            "before": "{}",
        }
        perform(person, lambda session: _refused(session, settled))
        return
    settled |= {
        "status": "ready",
        "problem": "",
        "recognised": json.dumps(recognised_json(found)),
        "layout": found.layout,
        "before": json.dumps(last),
    }
    perform(person, lambda session: _lay_out(session, who, settled, found, statements, choices=choices))


def _before(session: Session, person: int, layout: str) -> dict[str, Any]:
    """The choices of the last booked file of a layout that had any; {} where there is none."""
    if not layout:
        return {}
    stored = session.connection().scalar(_LAST, {"owner": person, "layout": layout, "topics": [*REMEMBERED, BEFORE]})
    return remembered(stored) if stored else {}


def _as_before(
    data: bytes, found: Recognised, *, before: Mapping[str, Any], own: Chosen
) -> tuple[Recognised, Mapping[str, Any]]:
    """The file read as the last one of its layout, and what it took over: all, or all but the order of the dates.

    Nothing is taken over where more rows fail that way.
    """
    undated = {topic: value for topic, value in before.items() if topic != "dates"}
    for tried in (before, undated):
        topics = taken_over(tried, own)
        if not topics:
            break
        try:
            chosen = beginning_with(tried, own)
            better = replace(recognise(data, name=found.name, chosen=chosen), as_before=topics)
            if better.layout == found.layout and _faults(data, better) <= _faults(data, found):
                return better, tried
        except Invalid:
            continue
    return found, {}


def _faults(data: bytes, found: Recognised) -> int:
    """How many rows cannot be read; more than any file has where none of it can."""
    try:
        return sum(len(one.faults) for one in read(data, found))
    except Invalid:
        return MOST_ROWS + 1


def give_up(person: int, imported: int) -> None:
    """Say that a file could not be read for a reason that is the house's, not the file's."""
    settled = {
        "owner": person,
        "imported": imported,
        "status": "unreadable",
        "problem": "Something went wrong while this file was read. It is kept; drop it again to have another try.",
        "recognised": None,
        "layout": "",
        "before": "{}",
    }
    perform(person, lambda session: _refused(session, settled | {"revision": _revision(session, settled)}))


def _revision(session: Session, which: Mapping[str, Any]) -> int:
    found = session.connection().scalar(
        text("SELECT revision FROM statement_import WHERE owner = :owner AND id = :imported"), which
    )
    return int(found or 0)


def _taken(session: Session, person: int, imported: int) -> tuple[Principal, str, int, dict[str, Any], bytes] | None:
    row = session.connection().execute(_TAKE, {"owner": person, "imported": imported}).one_or_none()
    return None if row is None else (acting(session), row.name, row.revision, dict(row.chosen), bytes(row.data))


def _refused(session: Session, settled: Mapping[str, Any]) -> None:
    connection = session.connection()
    if connection.execute(_SETTLE, settled).first():
        _forget(session, settled)
        tell(session, Kind.IMPORT, what=settled["imported"])


def _forget(session: Session, which: Mapping[str, Any]) -> None:
    for table in ("statement_row", "statement_part"):
        session.connection().execute(
            text(f"DELETE FROM {table} WHERE owner = :owner AND imported = :imported"),  # noqa: S608 - two names
            {"owner": which["owner"], "imported": which["imported"]},
        )


def _currency(session: Session, who: Principal, data: bytes, found: Recognised, *, choices: Mapping[int, int]) -> str:
    """The currency of a file that names none: its account's, else the person's own."""
    among = matching.tracked(session, who)
    first = read(data, found)[0] if 0 not in choices else None
    bare = first or Statement("", "", "", "", None, None, ())
    account = matching.account_of(session, who, statement=bare, recognised=found, choices=choices, part=0, among=among)
    return account.currency.code if account else who.currency


def _lay_out(
    session: Session,
    who: Principal,
    settled: dict[str, Any],
    found: Recognised,
    statements: Sequence[Statement],
    *,
    choices: Mapping[int, int],
) -> None:
    connection = session.connection()
    patient(session)
    if not connection.execute(_SETTLE, settled).first():
        return
    _forget(session, settled)
    among = matching.tracked(session, who)
    number = 0
    for part, statement in enumerate(statements):
        account = matching.account_of(
            session,
            who,
            statement=statement,
            recognised=found,
            choices=choices,
            part=part,
            among=among,
            alone=sum(one.currency == statement.currency for one in statements) == 1,
        )
        end = statement.closing
        last = max((row.booked for row in statement.rows), default=None)
        day = (end.day or last) if end else None
        connection.execute(
            _PART,
            {
                "owner": who.person,
                "imported": settled["imported"],
                "part": part,
                "number": statement.account,
                "bank": statement.bank,
                "kind": statement.kind,
                "currency": statement.currency or who.currency,
                "name": matching.name_of(statement, file=found.name),
                "account": account.id if account else None,
                "opening": statement.opening.amount if statement.opening else None,
                "closing": end.amount if end and day else None,
                "closing_day": day,
                "moved": proof(statement).moved,
                "note": statement.note,
            },
        )
        ordered = _in_time(statement)
        repeats: Mapping[int, Match] = {}
        if account:
            rows = [
                known_of(at, row, source=found.format)
                for at, row in enumerate(ordered, start=number)
                if isinstance(row, Row)
            ]
            repeats = matches(session, who, imported=settled["imported"], account=account.id, rows=rows)
        written = partial(_written, ordered, first=number, part=part, repeats=repeats)
        with closing(one_ahead(range(0, len(ordered), _AT_ONCE), written)) as coming:
            for some in coming:
                connection.execute(_ROWS, {"owner": who.person, "imported": settled["imported"], "rows": some})
        number += len(ordered)
    tell(session, Kind.IMPORT, what=settled["imported"])


def known_of(at: int, row: Row, *, source: str) -> Known:
    """A row as duplicates are told by it."""
    return Known(at, row.booked, row.amount, row.reference, source, f"{row.payee} {row.purpose}")


def _in_time(statement: Statement) -> list[Row | Fault | LeftOut]:
    """Everything of a statement, oldest first where the file is in order: so the books keep the order within a day.

    The lines of an archive's files begin anew in each; its rows are in the order of time already.
    """
    rows = statement.rows
    beside: list[Row | Fault | LeftOut] = [*statement.faults, *statement.left_out]
    newest_first = len(rows) > 1 and rows[0].booked > rows[-1].booked
    if any(one.line > other.line for one, other in pairwise(rows)):
        return [*sorted(rows, key=lambda row: row.booked), *beside]
    ordered = sorted([*rows, *beside], key=lambda item: item.line)
    return ordered[::-1] if newest_first else ordered


def _written(
    ordered: Sequence[Row | Fault | LeftOut],
    begin: int,
    *,
    first: int,
    part: int,
    repeats: Mapping[int, Match],
) -> str:
    """Some rows from a place on, as the database takes them."""
    some = enumerate(ordered[begin : begin + _AT_ONCE], start=first + begin)
    return json.dumps([_values(at, item, part, repeats.get(at)) for at, item in some])


def _values(at: int, item: Row | Fault | LeftOut, part: int, match: Match | None) -> dict[str, Any]:
    values: dict[str, Any] = {"number": at, "part": part, "line": item.line, "raw": item.raw}
    if isinstance(item, Row):
        return values | {
            "verdict": match.verdict if match else "new",
            "sentence": match.sentence if match else item.note,
            "transaction": match.transaction if match else None,
            "booked": item.booked.isoformat(),
            "valued": item.value.isoformat(),
            "amount": str(item.amount),
            "payee": item.payee,
            "payee_account": item.payee_account,
            "purpose": item.purpose,
            "reference": item.reference,
            "end_to_end": item.end_to_end,
        }
    values |= {"sentence": item.sentence[:300]}
    if isinstance(item, LeftOut):
        return values | {"verdict": "left_out"}
    return values | {
        "verdict": "error",
        "payee": item.payee,
        "purpose": item.purpose,
        "booked_text": item.booked,
        "amount_text": item.amount,
    }
