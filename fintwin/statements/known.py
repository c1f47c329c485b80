"""What an account already knows, for telling duplicates: rows of earlier files, and movements entered by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.statements.duplicates import Known, duplicates, same_by_hand

_MARGIN = timedelta(days=10)

# A row counts from the moment its file is being booked. One that was kept or removed counts even after its file was
# undone: the first is in the books, the second was taken out on purpose.
_ROWS = text(
    """
    SELECT r.booked, r.amount, r.reference, i.recognised ->> 'format' AS source, r.payee || ' ' || r.purpose AS words,
           r.transaction, i.name
    FROM statement_part p JOIN statement_import i ON i.id = p.imported
    JOIN statement_row r ON r.imported = p.imported AND r.part = p.part
    WHERE p.owner = :owner AND p.account = :account AND r.owner = :owner AND r.booked BETWEEN :first AND :last
      AND p.imported <> :imported AND (i.status IN ('booking', 'done') AND r.verdict IN ('new', 'same') OR r.verdict IN ('kept', 'removed'))
    ORDER BY r.booked, r.imported, r.number
    """
)

_BY_HAND = text(
    """
    SELECT t.id, p.booked, CASE WHEN p.debit = :account THEN p.amount ELSE -p.amount END AS amount,
           concat_ws(' ', c.payee, t.description) AS words
    FROM posting p JOIN transaction t ON t.id = p.transaction
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    WHERE p.owner = :owner AND t.status = 2 AND t.imported IS NULL AND t.kind IN (2, 3, 4)
      AND (p.debit = :account AND p.debit_version IS NOT NULL OR p.credit = :account AND p.credit_version IS NOT NULL)
      AND p.booked BETWEEN :first AND :last
      AND NOT EXISTS (
        SELECT FROM statement_row r JOIN statement_import i ON i.id = r.imported
        WHERE r.transaction = t.id AND r.imported <> :imported AND r.verdict = 'same' AND i.status IN ('booking', 'done'))
    ORDER BY p.booked, t.id
    """
)


@dataclass(frozen=True, slots=True)
class Match:
    """What a row repeats: `duplicate` or `same` (entered by hand), the sentence for it, and the transaction."""

    verdict: str
    sentence: str
    transaction: int | None


def matches(
    session: Session, who: Principal, *, imported: int, account: int, rows: Sequence[Known]
) -> dict[int, Match]:
    """Row id -> what it repeats, for the rows of one file that go to one account."""
    if not rows:
        return {}
    span = _span(rows) | {"owner": who.person, "account": account, "imported": imported}
    connection = session.connection()
    earlier = connection.execute(_ROWS, span).all()
    booked = [Known(at, r.booked, r.amount, r.reference, r.source or "", r.words) for at, r in enumerate(earlier)]
    found = {
        row: Match("duplicate", f"Already here from {earlier[at].name}.", earlier[at].transaction)
        for row, at in duplicates(rows, booked).items()
    }
    hand = connection.execute(_BY_HAND, span).all()
    entered = [Known(at, r.booked, r.amount, "", "", r.words) for at, r in enumerate(hand)]
    left = [row for row in rows if row.id not in found]
    return found | {
        row: Match("same", f"The same as what you entered for {hand[at].booked:%-d %b %Y}.", hand[at].id)
        for row, at in same_by_hand(left, entered).items()
    }


def _span(rows: Iterable[Known]) -> dict[str, date]:
    days = [row.booked for row in rows]
    return {"first": min(days) - _MARGIN, "last": max(days) + _MARGIN}
