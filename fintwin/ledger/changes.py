"""Acts that change what many transactions mean, in steps that each count, and how one is taken back.

An act is begun once; every step runs in a unit of work of its own and names the act with `within`. What was changed
again since stays as it is when the act is taken back.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound
from fintwin.ledger import splits, tags

STEP = 1000
"""Transactions changed in one unit of work."""
GIVES = ("category_rule", "schedule")
"""Tables whose rows give a category to what is booked by them."""

# `changed_at = until`: the meaning that stands now is the one that this act gave.
_TAKE_BACK = text(
    """
    WITH mine AS (
      SELECT p.transaction, p.category, p.payee, p.note FROM classification_past p
      JOIN classification c ON c.owner = p.owner AND c.transaction = p.transaction AND c.changed_at = p.until
      WHERE p.owner = :owner AND p.change = :change ORDER BY p.transaction LIMIT :most)
    UPDATE classification c SET payee = m.payee, note = m.note, changed_at = clock_timestamp(),
      category = (SELECT k.id FROM category k WHERE k.owner = :owner AND k.id = m.category)
    FROM mine m WHERE c.owner = :owner AND c.transaction = m.transaction
    """
)
_WORDS = text(
    """
    SELECT DISTINCT ON (m.transaction, m.what) m.transaction, m.what, m.before
    FROM meaning_past m JOIN transaction t ON t.id = m.transaction AND t.status IN (2, 3)
    WHERE m.owner = :owner AND m.change = :change AND m.what IN ('split', 'tags')
      AND m.after = CASE m.what WHEN 'split' THEN meaning_parts(:owner, m.transaction) ELSE meaning_tags(:owner, m.transaction) END
      AND NOT EXISTS (SELECT FROM meaning_past l WHERE l.transaction = m.transaction AND l.what = m.what AND l.id > m.id)
    ORDER BY m.transaction, m.what, m.id DESC LIMIT :most
    """
)


def begin(session: Session, who: Principal, *, what: str, kept: Mapping[str, Any] | None = None) -> int:
    """Begin an act and let the rest of this unit of work belong to it; its number.

    Args:
        what: a sentence for the history, at most 200 characters are kept.
        kept: the category that the act takes away: `id`, `parent`, `code`, `name`, `flow`, `archived`; the `target` that
            stands for it, the `place` where those `below` it went; by table of GIVES the rows that gave it.
    """
    number = (
        session.connection()
        .execute(
            text(
                "INSERT INTO meaning_change (owner, what, kept) VALUES (:owner, :what, CAST(:kept AS jsonb)) RETURNING id"
            ),
            {"owner": who.person, "what": what[:200], "kept": None if kept is None else json.dumps(kept)},
        )
        .scalar_one()
    )
    within(session, number)
    return int(number)


def within(session: Session, change: int) -> None:
    """Let the rest of this unit of work belong to an act."""
    session.connection().execute(
        text("SELECT set_config('app.meaning_change', :change, true)"), {"change": str(change)}
    )


def ended(session: Session) -> None:
    """Let the rest of this unit of work belong to no act."""
    session.connection().execute(text("SELECT set_config('app.meaning_change', '', true)"))


def take_back(session: Session, who: Principal, *, change: int, most: int = STEP) -> int:
    """Give the next transactions of an act the meaning they had before; how many, 0 when none is left.

    A category that the act took away comes back first, with those that stood below it and the rules and schedules that
    gave it, as far as they are where the act put them.

    Raises:
        NotFound: no such act (`unknown_change`).
    """
    connection = session.connection()
    mine = {"owner": who.person, "change": change, "most": most}
    row = connection.execute(
        text("SELECT kept FROM meaning_change WHERE owner = :owner AND id = :change FOR UPDATE"), mine
    ).first()
    if row is None:
        raise NotFound("There is nothing to undo here.", code="unknown_change")
    ended(session)
    if row.kept is not None:
        _category_back(session, {**row.kept, "owner": who.person})
    done = _words_back(session, who, change=change, most=most)
    done += connection.execute(_TAKE_BACK, mine).rowcount
    if done < most:
        connection.execute(
            text("UPDATE meaning_change SET undone_at = now() WHERE owner = :owner AND id = :change"), mine
        )
    if done:
        tell(session, Happening.CLASSIFIED)
    return done


def _category_back(session: Session, kept: Mapping[str, Any]) -> None:
    connection = session.connection()
    connection.execute(
        text(
            "INSERT INTO category (id, owner, parent, code, name, flow, archived_at) OVERRIDING SYSTEM VALUE"
            " SELECT :id, :owner, (SELECT k.id FROM category k WHERE k.owner = :owner AND k.id = :parent), :code, :name, :flow,"
            " CASE WHEN :archived THEN now() END ON CONFLICT DO NOTHING"
        ),
        {"archived": False, **kept},
    )
    if "target" not in kept:
        return
    connection.execute(
        text(
            "UPDATE category SET parent = :id WHERE owner = :owner AND id = ANY (CAST(:below AS bigint[]))"
            " AND parent IS NOT DISTINCT FROM CAST(:place AS bigint)"
        ),
        kept,
    )
    for table in GIVES:
        connection.execute(
            text(
                f"UPDATE {table} SET category = :id WHERE owner = :owner AND category = :target"  # noqa: S608 - names of ours
                f" AND id = ANY (CAST(:{table} AS bigint[]))"
            ),
            kept,
        )


def _words_back(session: Session, who: Principal, *, change: int, most: int) -> int:
    """Parts and tags as they were, where they still are as the act left them; how many."""
    rows = session.connection().execute(_WORDS, {"owner": who.person, "change": change, "most": most}).all()
    tagged = {row.transaction: json.loads(row.before) for row in rows if row.what == "tags"}
    tags.put_back(session, who, kept=tagged)
    return len(tagged) + sum(
        splits.put_back(session, who, transaction=row.transaction, kept=json.loads(row.before))
        for row in rows
        if row.what == "split"
    )


__all__ = ["GIVES", "STEP", "begin", "ended", "take_back", "within"]
