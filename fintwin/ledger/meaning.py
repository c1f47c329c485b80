"""The history of what a transaction means: payee, category, note, parts, tags and files, with who changed it and when."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.identity.principals import in_words
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import amount_text

MOST = 200
"""Entries of one transaction's history that are read, the newest."""

# What came after an earlier meaning is the next earlier one, or what stands now.
_MEANINGS = """
    SELECT v.until AS at, v.actor, v.principal, v.change, v.id, f.what, f.before, f.after FROM (
      SELECT p.*, coalesce(p.category_name, k.name) AS was_category,
             lead(p.payee) OVER w AS next_payee, lead(coalesce(p.category_name, k.name)) OVER w AS next_category,
             lead(p.note) OVER w AS next_note, lead(p.matched) OVER w AS next_matched, lead(p.id) OVER w IS NULL AS newest
      FROM classification_past p LEFT JOIN category k ON k.owner = p.owner AND k.id = p.category
      WHERE p.owner = :owner AND p.transaction = :transaction WINDOW w AS (ORDER BY p.id)) v
    JOIN classification c ON c.owner = v.owner AND c.transaction = v.transaction
    LEFT JOIN category n ON n.id = c.category
    CROSS JOIN LATERAL (VALUES
      ('payee', v.payee, CASE WHEN v.newest THEN c.payee ELSE v.next_payee END),
      ('category', v.was_category, CASE WHEN v.newest THEN n.name ELSE v.next_category END),
      ('note', v.note, CASE WHEN v.newest THEN c.note ELSE v.next_note END),
      ('matched', v.matched::text, CASE WHEN v.newest THEN c.matched ELSE v.next_matched END::text)) f (what, before, after)
    WHERE f.before IS DISTINCT FROM f.after
"""
_HISTORY = text(
    f"""
    SELECT h.at, h.what, h.before, h.after, h.actor, h.principal, coalesce(m.what, '') AS act FROM (
      {_MEANINGS}
      UNION ALL
      SELECT at, actor, principal, change, id, what, before, after FROM meaning_past WHERE owner = :owner AND transaction = :transaction
    ) h LEFT JOIN meaning_change m ON m.id = h.change
    ORDER BY h.at DESC, h.id DESC LIMIT :most
    """  # noqa: S608 - a constant of this module
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: what was before and after, in words ("" for nothing); `by` is "" where the house did it itself.

    `what` is payee, category, note, matched, split, tags or attachment; `act` is the sentence of an act of many steps.
    """

    at: datetime
    what: str
    before: str
    after: str
    by: str
    act: str


def history(session: Session, who: Principal, *, transaction: int, most: int = MOST) -> list[Entry]:
    """The changes of one transaction's meaning, newest first; empty where it is not in this person's books."""
    connection = session.connection()
    mine = {"owner": who.person, "transaction": transaction, "most": most}
    rows = connection.execute(_HISTORY, mine).all()
    of = None
    if any(row.what == "split" for row in rows):
        of = currency(
            str(
                connection.scalar(
                    text("SELECT currency FROM posting WHERE owner = :owner AND transaction = :transaction LIMIT 1"),
                    mine,
                )
            )
        )
    return [
        Entry(
            at=row.at,
            what=row.what,
            before=_words(row.what, row.before, who, of),
            after=_words(row.what, row.after, who, of),
            by=in_words(row.principal)
            or ("" if row.actor is None else "You" if row.actor == who.person else "Support"),
            act=row.act,
        )
        for row in rows
    ]


def _words(what: str, kept: str | None, who: Principal, of: Currency | None) -> str:
    if not kept:
        return ""
    if what == "tags":
        return ", ".join(json.loads(kept))
    if what == "matched":
        return "Own transfer"
    if what == "split" and of is not None:
        return ", ".join(
            f"{name} {amount_text(Decimal(amount), of=of, locale=who.locale, symbol=False)}"
            for _, name, amount, _ in json.loads(kept)
        )
    return kept
