"""One payment over several categories. The database holds at commit that the parts sum to what the payment moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound, Refused
from fintwin.kernel.money import Currency, currency
from fintwin.ledger.parts import Part, leading, whole
from fintwin.ledger.posting import Kind, Status, clean

_WHOLE = text(
    """
    SELECT t.kind, t.status, c.category, c.matched, min(p.currency) AS currency, count(DISTINCT p.currency) AS currencies,
           sum(CASE WHEN p.debit_version IS NULL THEN 0 ELSE p.amount END
             - CASE WHEN p.credit_version IS NULL THEN 0 ELSE p.amount END) AS moved
    FROM transaction t LEFT JOIN posting p ON p.transaction = t.id
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    WHERE t.owner = :owner AND t.id = :transaction GROUP BY t.kind, t.status, c.category, c.matched
    """
)
_MEANT = (Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.BETWEEN_PEOPLE, Kind.REVERSAL)


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as it stands in the books."""

    category: int
    name: str
    amount: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What there is to split: the size of what a payment moved; None where it moved nothing that has a category."""

    amount: Decimal | None
    currency: Currency | None
    inflow: bool
    parts: tuple[PartView, ...]

    @property
    def splittable(self) -> bool:
        """Whether it can have parts."""
        return self.amount is not None


def whole_of(session: Session, who: Principal, *, transaction: int) -> Whole:
    """What a transaction is to its person as a whole, and its parts.

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
    """
    mine = {"owner": who.person, "transaction": transaction}
    row = session.connection().execute(_WHOLE, mine).first()
    if row is None:
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    meant = (
        row.kind in _MEANT
        and row.status in (Status.POSTED, Status.ARCHIVED)
        and row.matched is None
        and row.currencies == 1
        and row.moved
    )
    parts = session.connection().execute(
        text(
            "SELECT s.category, k.name, s.amount, coalesce(s.note, '') FROM split s JOIN category k ON k.id = s.category"
            " WHERE s.owner = :owner AND s.transaction = :transaction ORDER BY s.line"
        ),
        mine,
    )
    of = currency(row.currency) if meant else None
    return Whole(
        amount=abs(row.moved).quantize(of.cent) if of else None,
        currency=of,
        inflow=bool(row.moved and row.moved > 0),
        parts=tuple(PartView(*one) for one in parts),
    )


def split(session: Session, who: Principal, *, transaction: int, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Spread a payment over several categories; earlier parts go to its history, postings never change.

    One part is the whole payment's category; none takes the parts away and leaves the largest one's category.

    Raises:
        NotFound: `unknown_transaction`, or a part's category is (`unknown_category`).
        Refused: it has nothing to spread: an own transfer, an opening, something pending or taken back (`no_parts`).
        Invalid: as `parts.whole`.
    """
    connection = session.connection()
    mine: dict[str, Any] = {"owner": who.person, "transaction": transaction}
    found = whole_of(session, who, transaction=transaction)
    if found.amount is None or found.currency is None:
        raise Refused("This has no amount that could be spread over categories.", code="no_parts", field="parts")
    said = whole(found.amount, parts, of=found.currency)
    notes = [clean(part.note, most=200, field=f"part{place}") for place, part in enumerate(said)]
    known = set(
        connection.scalars(
            text("SELECT id FROM category WHERE owner = :owner AND id = ANY (CAST(:wanted AS bigint[]))"),
            mine | {"wanted": [part.category for part in said]},
        )
    )
    for place, part in enumerate(said):
        if part.category not in known:
            raise NotFound("Choose a category for this part.", code="unknown_category", field=f"part{place}")
    connection.execute(
        text("INSERT INTO classification (owner, transaction) VALUES (:owner, :transaction) ON CONFLICT DO NOTHING"),
        mine,
    )
    connection.execute(
        text("SELECT FROM classification WHERE owner = :owner AND transaction = :transaction FOR UPDATE"), mine
    )
    before = connection.scalar(text("SELECT meaning_parts(:owner, :transaction)"), mine)
    connection.execute(text("DELETE FROM split WHERE owner = :owner AND transaction = :transaction"), mine)
    if len(said) > 1:
        connection.execute(
            text(
                "INSERT INTO split (owner, transaction, line, category, amount, note)"
                " VALUES (:owner, :transaction, :line, :category, :amount, :note)"
            ),
            [
                mine | {"line": place + 1, "category": part.category, "amount": part.amount, "note": notes[place]}
                for place, part in enumerate(said)
            ],
        )
    connection.execute(
        text(
            """
            WITH now_is AS (SELECT meaning_parts(:owner, :transaction) AS parts)
            INSERT INTO meaning_past (owner, transaction, what, before, after)
            SELECT :owner, :transaction, 'split', :before, n.parts FROM now_is n WHERE n.parts <> :before
            """
        ),
        mine | {"before": before},
    )
    connection.execute(
        text(
            "UPDATE classification SET category = coalesce(:category, category), changed_at = now()"
            " WHERE owner = :owner AND transaction = :transaction"
        ),
        mine | {"category": leading(said)},
    )
    tell(session, Happening.CLASSIFIED, what=transaction)
    return said


def put_back(session: Session, who: Principal, *, transaction: int, kept: Sequence[Any]) -> bool:
    """Parts as a history keeps them; where a category is gone meanwhile they stay as they are, and False."""
    parts = [Part(int(category), Decimal(amount), note) for category, _, amount, note in kept]
    found = whole_of(session, who, transaction=transaction)
    wanted = {part.category for part in parts}
    known = session.connection().scalar(
        text("SELECT count(*) FROM category WHERE owner = :owner AND id = ANY (CAST(:wanted AS bigint[]))"),
        {"owner": who.person, "wanted": list(wanted)},
    )
    if not found.splittable or known != len(wanted):
        return False
    split(session, who, transaction=transaction, parts=parts)
    return True


def carry(session: Session, who: Principal, *, old: int, new: int) -> None:
    """Give a transaction that was booked anew the parts, tags and files of the one it takes the place of.

    Parts go along only where the amount stayed; the largest one's category stands for them otherwise.
    """
    connection = session.connection()
    both = {"owner": who.person, "old": old, "new": new}
    kept = connection.execute(
        text(
            "SELECT category, amount, coalesce(note, '') AS note FROM split WHERE owner = :owner AND transaction = :old ORDER BY line"
        ),
        both,
    ).all()
    if kept and whole_of(session, who, transaction=new).amount == sum(part.amount for part in kept):
        split(session, who, transaction=new, parts=[Part(part.category, part.amount, part.note) for part in kept])
    connection.execute(
        text(
            "INSERT INTO tagging (owner, transaction, tag) SELECT owner, :new, tag FROM tagging"
            " WHERE owner = :owner AND transaction = :old ON CONFLICT DO NOTHING"
        ),
        both,
    )
    connection.execute(
        text(
            "INSERT INTO attachment (owner, transaction, blob, name) SELECT owner, :new, blob, name FROM attachment"
            " WHERE owner = :owner AND transaction = :old AND removed_at IS NULL ON CONFLICT DO NOTHING"
        ),
        both,
    )
