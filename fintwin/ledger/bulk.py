"""Many transactions at once: chosen by a filter, given a meaning, taken back, restored; each act can be undone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid
from fintwin.kernel.ids import reference
from fintwin.ledger import categories, posting, register, service
from fintwin.ledger.journal import post_batch
from fintwin.ledger.posting import Outcome
from fintwin.ledger.register import Filter
from fintwin.ledger.service import UNCHANGED, Unchanged

BATCH = 1_000
"""Transactions of one unit of work."""
MOST = 10_000
"""Transactions that one act may concern."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a transaction meant, to be put back."""

    transaction: int
    payee: str | None
    category: int | None
    note: str | None


def chosen(session: Session, who: Principal, *, filter: Filter, most: int = MOST) -> list[int]:
    """The newest transactions of a filter, at most so many; one with several rows stands once."""
    found: dict[int, None] = {}
    after = None
    while len(found) < most:
        page = register.page(session, who, filter=filter, after=after, rows=min(BATCH - 1, most - len(found)))
        found |= dict.fromkeys(row.id for row in page.rows)
        after = page.after
        if after is None:
            break
    return list(found)


def classify(
    session: Session,
    who: Principal,
    *,
    transactions: Sequence[int],
    payee: str | Unchanged | None = UNCHANGED,
    category: int | Unchanged | None = UNCHANGED,
    note: str | Unchanged | None = UNCHANGED,
) -> list[Meaning]:
    """Give up to BATCH transactions the same payee, category or note; what they meant before, of those that changed.

    A category is given to income, spending and payments between people without parts; others are left as they are.

    Raises:
        NotFound: `unknown_category`.
        Invalid: a text is too long, or there are too many transactions (`too_many`).
    """
    _bounded(transactions)
    wanted: dict[str, Any] = {}
    if not isinstance(payee, Unchanged):
        wanted["payee"] = posting.clean(payee, most=140, field="payee")
    if not isinstance(note, Unchanged):
        wanted["note"] = posting.clean(note, most=500, field="note")
    if not isinstance(category, Unchanged):
        wanted["category"] = category
        if category is not None:
            categories.category(session, who, category)
    if not wanted or not transactions:
        return []
    fitting = (
        "AND t.kind IN (2, 3, 5) AND NOT EXISTS (SELECT FROM split s WHERE s.owner = t.owner AND s.transaction = t.id)"
        if "category" in wanted
        else ""
    )
    before = _before(session, who, transactions, fitting)
    changed = [one for one in before if any(getattr(one, name) != value for name, value in wanted.items())]
    if changed:
        _put(session, who, [replace(one, **wanted) for one in changed])
    return changed


def meanings(session: Session, who: Principal, *, transactions: Sequence[int]) -> list[Meaning]:
    """What transactions of this person mean now, by id."""
    return _before(session, who, transactions, "")


def put_back(session: Session, who: Principal, *, meanings: Sequence[Meaning]) -> None:
    """Give up to BATCH transactions the meaning that they had; the way back from `classify`.

    Raises:
        Invalid: there are too many (`too_many`).
    """
    _bounded(meanings)
    if meanings:
        _put(session, who, meanings)


def take_back(session: Session, who: Principal, *, transactions: Sequence[int]) -> list[Outcome]:
    """Take up to BATCH transactions back by linked reversals, each on its own; `Outcome.item` is the transaction's id.

    Raises:
        Invalid: there are too many (`too_many`).
    """
    _bounded(transactions)
    items = [posting.reversal(of=number, key=f"undo:{reference(number)}") for number in transactions]
    return [replace(one, item=transactions[one.item]) for one in post_batch(session, who, items)]


def restore(session: Session, who: Principal, *, transactions: Sequence[int]) -> list[Outcome]:
    """Book up to BATCH reversed transactions anew, each once and on its own; `Outcome.item` is the old one's id.

    Raises:
        Invalid: there are too many (`too_many`).
    """
    _bounded(transactions)
    outcomes = []
    for number in transactions:
        try:
            with session.begin_nested():
                done = service.restore(session, who, transaction=number, key=f"restore:{reference(number)}")
            outcomes.append(Outcome(number, done.transaction, None, done.replayed))
        except FinTwinError as refusal:
            outcomes.append(Outcome(number, None, refusal, replayed=False))
    return outcomes


def _bounded(many: Sequence[Any]) -> None:
    if len(many) > BATCH:
        raise Invalid(f"At most {BATCH} transactions go in one step.", code="too_many")


def _before(session: Session, who: Principal, transactions: Sequence[int], fitting: str) -> list[Meaning]:
    found = session.connection().execute(
        text(
            "SELECT t.id, c.payee, c.category, c.note FROM transaction t"  # noqa: S608 - one of two conditions of ours
            " LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id"
            f" WHERE t.owner = :owner AND t.id = ANY(:transactions) {fitting} ORDER BY t.id"
        ),
        {"owner": who.person, "transactions": list(transactions)},
    )
    return [Meaning(*row) for row in found]


def _put(session: Session, who: Principal, meanings: Sequence[Meaning]) -> None:
    rows = [
        {"transaction": one.transaction, "payee": one.payee, "category": one.category, "note": one.note}
        for one in meanings
    ]
    session.connection().execute(
        text(
            """
            INSERT INTO classification (owner, transaction, payee, category, note)
            SELECT t.owner, t.id, m.payee, m.category, m.note
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS m (transaction bigint, payee text, category bigint, note text)
            JOIN transaction t ON t.id = m.transaction AND t.owner = :owner
            LEFT JOIN category k ON k.owner = :owner AND k.id = m.category
            WHERE m.category IS NULL OR k.id IS NOT NULL
            ORDER BY t.id
            ON CONFLICT (owner, transaction) DO UPDATE
            SET payee = excluded.payee, category = excluded.category, note = excluded.note, changed_at = now()
            """
        ),
        {"owner": who.person, "rows": json.dumps(rows)},
    )
    tell(session, Happening.CLASSIFIED, what=meanings[0].transaction if len(meanings) == 1 else 0)
