"""A booked import taken back: its rows are reversed in batches, what was changed since stays and is listed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform
from fintwin.events.outbox import Kind, tell
from fintwin.identity.acting import acting
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound, Refused
from fintwin.ledger import accounts, journal, posting, service
from fintwin.statements.batches import Window, in_batches, locked_status, progressed, which_import
from fintwin.statements.booking import prior_closing, refusal_noted
from fintwin.statements.stored import locked_import

_REVERSED = 6
_KEPT = "You changed it since, so it stays."
_REMOVED = "You took it out yourself; it will not be brought back."

# A meaning that is younger than its transaction was given by the person. A reversal that carries the import's number is
# this undo's own, from a run that ended early.
_SET_ASIDE = text(
    """
    UPDATE statement_row r SET verdict = CASE WHEN t.status = 6 THEN 'removed' ELSE 'kept' END,
      sentence = CASE WHEN t.status = 6 THEN :removed ELSE :kept END
    FROM transaction t
    WHERE r.owner = :owner AND r.imported = :imported AND r.verdict = 'new' AND t.id = r.transaction
      AND (t.status = 6 AND NOT EXISTS (SELECT FROM transaction v
                                        WHERE v.related = t.id AND v.status = 6 AND v.imported = r.imported)
           OR t.status <> 6 AND (EXISTS (SELECT FROM classification c
                                         WHERE c.owner = t.owner AND c.transaction = t.id AND c.changed_at > t.created_at)
                              OR EXISTS (SELECT FROM meaning_past m
                                         WHERE m.owner = t.owner AND m.transaction = t.id AND m.at > t.created_at)))
    """
)
_NEXT = text(
    """
    SELECT r.number, r.transaction FROM statement_row r JOIN transaction t ON t.id = r.transaction
    WHERE r.owner = :owner AND r.imported = :imported AND r.number >= :first AND r.number < :first + :many
      AND r.verdict = 'new' AND t.status = 2
    ORDER BY r.number
    """
)

_SAID = text(
    """
    SELECT was_balance, was_known FROM statement_part
    WHERE owner = :owner AND account = :account AND was_known IS NOT NULL
    ORDER BY imported = :imported DESC, imported DESC LIMIT 1
    """
)

_TAKEN_OUT = text(
    """
    UPDATE statement_row r SET verdict = 'removed', sentence = :removed
    FROM statement_import i
    WHERE r.owner = :owner AND r.transaction = :transaction AND r.verdict = 'new' AND i.id = r.imported AND i.status = 'done'
    RETURNING r.imported
    """
)


def take_out_row(session: Session, who: Principal, *, uuid: UUID | str, number: int) -> None:
    """Take one row of a booked import back by a reversal; it stays known, so no file brings it back.

    Taking out what is taken out already changes nothing.

    Raises:
        NotFound: `unknown_import`, `unknown_row`.
        Refused: `not_ready`, it was never added (`not_added`), or the books do not take it back.
    """
    found = locked_import(session, who, uuid, "done")
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT r.verdict, r.transaction, t.status FROM statement_row r LEFT JOIN transaction t ON t.id = r.transaction
                WHERE r.owner = :owner AND r.imported = :imported AND r.number = :number
                """
            ),
            which_import(who.person, found["id"]) | {"number": number},
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound("There is no such row in this file.", code="unknown_row", field="number")
    if row.verdict == "removed":
        return
    if row.verdict != "new" or row.transaction is None:
        raise Refused("This row was not added, so there is nothing to take out.", code="not_added", field="number")
    if row.status != _REVERSED:
        service.reverse(session, who, transaction=row.transaction, key=f"row:{found['id']}:{number}")
    note_taken_out(session, who, transaction=row.transaction)


def note_taken_out(session: Session, who: Principal, *, transaction: int) -> None:
    """Mark the row that a transaction came from as taken out by the person, where it came from a file."""
    for imported in session.connection().scalars(
        _TAKEN_OUT, {"owner": who.person, "transaction": transaction, "removed": _REMOVED}
    ):
        tell(session, Kind.IMPORT, what=imported)


def undo(person: int, imported: int) -> None:
    """Take back what was asked for; begun again, it goes on where it ended."""
    if not perform(person, lambda session: _prepared(session, person, imported)):
        return
    in_batches(person, imported, _undone_some, prepare=lambda _session, _window: None)
    perform(person, lambda session: _finished(session, person, imported))


def _prepared(session: Session, person: int, imported: int) -> bool:
    which = which_import(person, imported)
    connection = session.connection()
    if locked_status(session, which) != "undoing":
        return False
    connection.execute(_SET_ASIDE, which | {"kept": _KEPT, "removed": _REMOVED})
    tell(session, Kind.IMPORT, what=imported)
    return True


def _undone_some(session: Session, window: Window, _ready: None, tells: bool) -> bool:
    """Reverse the rows of one window; what the books refuse to reverse stays, with the reason."""
    which = which_import(window.person, window.imported)
    if locked_status(session, which) != "undoing":
        return False
    rows = session.connection().execute(_NEXT, window.values).all()
    if not rows:
        return True
    items = [posting.reversal(of=row.transaction) for row in rows]
    answers = journal.post_batch(session, acting(session), items, imported=window.imported)
    stays = [
        {**which, "number": rows[one.item].number, "why": one.refusal.sentence[:300]} for one in answers if one.refusal
    ]
    if stays:
        session.connection().execute(
            text(
                "UPDATE statement_row SET verdict = 'kept', sentence = :why"
                " WHERE owner = :owner AND imported = :imported AND number = :number"
            ),
            stays,
        )
    progressed(session, window, by=len(rows), tells=tells)
    return True


def _finished(session: Session, person: int, imported: int) -> None:
    which = which_import(person, imported)
    connection = session.connection()
    if locked_status(session, which) != "undoing":
        return
    who = acting(session)
    parts = connection.execute(
        text("SELECT * FROM statement_part WHERE owner = :owner AND imported = :imported AND account IS NOT NULL"),
        which,
    )
    for part in parts.mappings().all():
        with refusal_noted(session, part):
            _settle_balance(session, who, part)
    connection.execute(
        text(
            "UPDATE statement_import SET status = 'undone', undone_at = now() WHERE owner = :owner AND id = :imported"
        ),
        which,
    )
    tell(session, Kind.IMPORT, what=imported)


def _settle_balance(session: Session, who: Principal, part: Mapping[Any, Any]) -> None:
    """What is known of the account without this file: by other files, by the person, or nothing.

    An account that was opened for the file and is empty again is closed.
    """
    account, key = part["account"], f"undo:{part['imported']}:{part['part']}"
    prior = prior_closing(session, who, account=account, besides=part["imported"])
    said = None if prior else _said(session, who, account, imported=part["imported"])
    before = prior or said
    if part["anchor"] is not None and before is not None:
        accounts.state_balance(
            session, who, account=account, balance=before[0], on=before[1], key=key, opened=said[1] if said else None
        )
    elif part["anchor"] is not None:
        accounts.forget_balance(session, who, account=account, key=key)
    if part["opened"] and before is None:
        used = session.connection().scalar(
            text(
                """
                SELECT EXISTS (
                  SELECT FROM posting p JOIN transaction t ON t.id = p.transaction AND t.status <> 6
                  WHERE p.owner = :owner AND (p.debit = :account OR p.credit = :account))
                """
            ),
            {"owner": who.person, "account": account},
        )
        if not used:
            try:
                accounts.close(session, who, account=account)
            except Refused:
                return


def _said(session: Session, who: Principal, account: int, *, imported: int) -> tuple[Decimal, date] | None:
    """What the person said of an account before the first file came, and the day its opening stood on.

    The first of its files kept that; it may be taken back already, as files are taken back in any order.
    """
    row = (
        session.connection()
        .execute(_SAID, {"owner": who.person, "account": account, "imported": imported})
        .one_or_none()
    )
    return None if row is None else (row.was_balance, row.was_known)


def give_up_undoing(person: int, imported: int, *, reason: str) -> None:
    """Settle an import that cannot be taken back further: it counts as booked, and can be asked back again."""
    perform(person, lambda session: _gave_up(session, person, imported, reason))


def _gave_up(session: Session, person: int, imported: int, reason: str) -> None:
    which = which_import(person, imported)
    if locked_status(session, which) != "undoing":
        return
    session.connection().execute(
        text("UPDATE statement_import SET status = 'done', problem = :problem WHERE owner = :owner AND id = :imported"),
        which | {"problem": f"This import was not taken back to the end. {reason}"[:500]},
    )
    tell(session, Kind.IMPORT, what=imported)
