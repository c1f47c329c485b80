"""Many transactions at once: chosen by a filter, given a meaning, taken back, restored.

What gives meanings is one of `changes`, whose `take_back` is the way back.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid, Refused
from fintwin.kernel.ids import reference
from fintwin.ledger import categories, changes, posting, register, reversal, service
from fintwin.ledger.journal import post_batch
from fintwin.ledger.pins import PinNeeded
from fintwin.ledger.posting import Outcome
from fintwin.ledger.register import Filter
from fintwin.ledger.service import UNCHANGED, Unchanged

BATCH = 1_000
"""Transactions of one unit of work."""
MOST = 10_000
"""Transactions that one act may concern."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a transaction means."""

    transaction: int
    payee: str | None
    category: int | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """How many transactions a step changed, and the act of `changes` that it belongs to (0: none was begun)."""

    many: int
    change: int


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
    what: str = "",
    change: int = 0,
) -> Changed:
    """Give up to BATCH transactions the same payee, category or note.

    A category is given to income, spending and payments between people without parts; others are left as they are.

    Args:
        what: a sentence for the history.
        change: the act that an earlier step began.

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
        return Changed(0, change)
    fitting = (
        "AND t.kind IN (2, 3, 5) AND NOT EXISTS (SELECT FROM split s WHERE s.owner = t.owner AND s.transaction = t.id)"
        if "category" in wanted
        else ""
    )
    before = _before(session, who, transactions, fitting)
    changed = [one for one in before if any(getattr(one, name) != value for name, value in wanted.items())]
    return give(session, who, meanings=[replace(one, **wanted) for one in changed], what=what, change=change)


def meanings(session: Session, who: Principal, *, transactions: Sequence[int]) -> list[Meaning]:
    """What transactions of this person mean now, by id."""
    return _before(session, who, transactions, "")


def give(session: Session, who: Principal, *, meanings: Sequence[Meaning], what: str = "", change: int = 0) -> Changed:
    """Give up to BATCH transactions a meaning each, as a step of the act `change`, or of a new one.

    Raises:
        Invalid: there are too many (`too_many`).
    """
    _bounded(meanings)
    if not meanings:
        return Changed(0, change)
    if change:
        changes.within(session, change)
    else:
        change = changes.begin(session, who, what=what)
    _put(session, who, meanings)
    changes.ended(session)
    return Changed(len(meanings), change)


def take_back(session: Session, who: Principal, *, transactions: Sequence[int]) -> list[Outcome]:
    """Take up to BATCH transactions back by linked reversals, each on its own; `Outcome.item` is the transaction's id.

    Raises:
        Invalid: there are too many (`too_many`).
    """
    _bounded(transactions)
    guarded = reversal.guarded(session, who, transactions=transactions)
    free = [number for number in transactions if number not in guarded]
    items = [posting.reversal(of=number, key=f"undo:{reference(number)}") for number in free]
    done = [replace(one, item=free[one.item]) for one in post_batch(session, who, items)]
    return done + [Outcome(number, None, _singly(), replayed=False) for number in guarded]


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
        except PinNeeded:
            outcomes.append(Outcome(number, None, _singly(), replayed=False))
        except FinTwinError as refusal:
            outcomes.append(Outcome(number, None, refusal, replayed=False))
    return outcomes


def _singly() -> Refused:
    return Refused("Its account asks for a PIN. Open it, and do it there.", code="pin_needed")


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
    given = "jsonb_to_recordset(CAST(:rows AS jsonb)) AS m (transaction bigint, payee text, category bigint, note text)"
    # An empty row first, so that the first meaning has a past too.
    session.connection().execute(
        text(
            f"""
            INSERT INTO classification (owner, transaction)
            SELECT t.owner, t.id FROM {given} JOIN transaction t ON t.id = m.transaction AND t.owner = :owner
            ORDER BY t.id ON CONFLICT DO NOTHING
            """  # noqa: S608 - a constant of this function
        ),
        {"owner": who.person, "rows": json.dumps(rows)},
    )
    session.connection().execute(
        text(
            f"""
            UPDATE classification c SET payee = m.payee, category = m.category, note = m.note, changed_at = clock_timestamp()
            FROM {given} LEFT JOIN category k ON k.owner = :owner AND k.id = m.category
            WHERE c.owner = :owner AND c.transaction = m.transaction AND (m.category IS NULL OR k.id IS NOT NULL)
            """  # noqa: S608 - as above
        ),
        {"owner": who.person, "rows": json.dumps(rows)},
    )
    tell(session, Happening.CLASSIFIED, what=meanings[0].transaction if len(meanings) == 1 else 0)
