"""A person's whole books as they leave the house: every account, real or nominal, and every booking with its legs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Found
from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.ids import reference
from fintwin.ledger.posting import Kind, Status


@dataclass(frozen=True, slots=True)
class BookAccount:
    """An account of the books. A nominal one (income, expense, opening, people, trading) has its type as name."""

    id: int
    uuid: UUID
    name: str
    number: str
    """Here or at the bank; "" where there is none."""
    class_: str
    type: str
    real: bool
    currency: str
    closed: bool
    balance: Decimal
    """As the books keep it, debit-positive; a nominal account keeps none and has 0."""


@dataclass(frozen=True, slots=True)
class BookCategory:
    """A category, under which income and spending are told apart."""

    id: int
    parent: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Use:
    """An account that something was booked on, a nominal one by category, and the first day of it."""

    account: int
    category: int | None
    first: date


@dataclass(frozen=True, slots=True)
class Chart:
    """What the bookings refer to."""

    accounts: tuple[BookAccount, ...]
    categories: tuple[BookCategory, ...]
    uses: tuple[Use, ...]
    last: date | None
    """The last booking date; None where nothing was booked."""


@dataclass(frozen=True, slots=True)
class Leg:
    """What a booking moved on one account, debit-positive; on income and expense with its category, one leg for each part."""

    account: int
    category: int | None
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A transaction with its legs, which sum to zero in each currency."""

    reference: str
    booked: date
    valued: date | None
    kind: Kind
    status: Status
    payee: str
    description: str
    note: str
    external_reference: str
    reverses: str
    """The reference of what it takes back; "" for nothing."""
    legs: tuple[Leg, ...]
    tags: tuple[str, ...] = ()


# What takes something back is meant as that was, so that the two cancel out in every account.
_MEANT = """
    JOIN transaction t ON t.id = p.transaction
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    LEFT JOIN classification o ON o.owner = t.owner AND o.transaction = t.related
"""

_ACCOUNTS = text(
    """
    SELECT id, uuid, name, coalesce(number, bank_number, '') AS number, class AS class_, type, custody IS NOT NULL AS real,
           currency, status = 'closed' AS closed, posted_balance AS balance
    FROM account WHERE owner = :owner ORDER BY id
    """
)

_USES = text(
    f"""
    SELECT u.account, u.category, min(u.booked) AS first, max(u.booked) AS last FROM (
      SELECT s.account, CASE WHEN s.nominal THEN coalesce(c.category, o.category) END AS category, p.booked
      FROM posting p {_MEANT}
      CROSS JOIN LATERAL (VALUES (p.debit, p.debit_version IS NULL), (p.credit, p.credit_version IS NULL)) s (account, nominal)
      WHERE p.owner = :owner
      UNION ALL
      SELECT CASE WHEN p.debit_version IS NULL THEN p.debit ELSE p.credit END, q.category, p.booked
      FROM split q
      JOIN LATERAL (
        SELECT t.id FROM transaction t WHERE t.id = q.transaction
        UNION ALL SELECT t.id FROM transaction t WHERE t.related = q.transaction) t ON true
      JOIN posting p ON p.transaction = t.id
      WHERE q.owner = :owner AND (p.debit_version IS NULL OR p.credit_version IS NULL)
    ) u GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608 - constants of this module
)

_BOOKINGS = text(
    f"""
    WITH part AS (
      SELECT transaction, jsonb_agg(jsonb_build_array(category, amount::text) ORDER BY line) AS parts
      FROM split WHERE owner = :owner GROUP BY 1)
    SELECT p.transaction, p.booked, t.valued, t.kind, t.status, t.related, coalesce(c.payee, '') AS payee,
           coalesce(t.description, '') AS description, coalesce(c.note, '') AS note,
           coalesce(t.external_reference, '') AS external_reference, p.amount, p.currency, p.debit, p.credit,
           p.debit_version IS NULL AS debit_nominal, p.credit_version IS NULL AS credit_nominal,
           coalesce(c.category, o.category) AS category, coalesce(s.parts, r.parts) AS parts, x.tags
    FROM posting p {_MEANT}
    LEFT JOIN part s ON s.transaction = t.id
    LEFT JOIN part r ON r.transaction = t.related
    LEFT JOIN (
      SELECT l.transaction, array_agg(g.name ORDER BY lower(g.name)) AS tags FROM tagging l JOIN tag g ON g.id = l.tag
      WHERE l.owner = :owner GROUP BY 1) x ON x.transaction = t.id
    WHERE p.owner = :owner ORDER BY p.booked, p.transaction, p.line
    """  # noqa: S608 - as above
)


def chart(session: Session, who: Principal) -> Chart:
    """All accounts and categories, and how they were used."""
    connection, mine = session.connection(), {"owner": who.person}
    uses = connection.execute(_USES, mine).all()
    categories = connection.execute(
        text("SELECT id, parent, name FROM category WHERE owner = :owner ORDER BY parent NULLS FIRST, id"), mine
    )
    return Chart(
        accounts=tuple(BookAccount(**row._mapping) for row in connection.execute(_ACCOUNTS, mine)),
        categories=tuple(BookCategory(row.id, row.parent, row.name) for row in categories),
        uses=tuple(Use(row.account, row.category, row.first) for row in uses),
        last=max((row.last for row in uses), default=None),
    )


def bookings(session: Session, who: Principal) -> Iterator[Booking]:
    """Everything that was booked by date, reversed pairs too, read as it is consumed; what is pending moved nothing."""
    streamed = _BOOKINGS.execution_options(stream_results=True, yield_per=1000)
    rows = session.connection().execute(streamed, {"owner": who.person})
    for _, lines in groupby(rows, key=lambda row: row.transaction):
        yield _booking(tuple(lines))


def _booking(lines: tuple[Found[Any], ...]) -> Booking:
    first = lines[0]
    legs = []
    for line in lines:
        for account, nominal, amount in (
            (line.debit, line.debit_nominal, line.amount),
            (line.credit, line.credit_nominal, -line.amount),
        ):
            parts = _parts(lines) if nominal else ()
            for category, size in parts or ((line.category if nominal else None, abs(amount)),):
                legs.append(Leg(account, category, size.copy_sign(amount), line.currency))
    return Booking(
        reference=reference(first.transaction),
        booked=first.booked,
        valued=first.valued,
        kind=Kind(first.kind),
        status=Status(first.status),
        payee=first.payee,
        description=first.description,
        note=first.note,
        external_reference=first.external_reference,
        reverses=reference(first.related) if first.related else "",
        legs=tuple(legs),
        tags=tuple(first.tags or ()),
    )


def _parts(lines: tuple[Found[Any], ...]) -> tuple[tuple[int, Decimal], ...]:
    """The parts of a payment, or of what it takes back as a whole; none where only some of that was taken back."""
    found = tuple((int(category), Decimal(amount)) for category, amount in lines[0].parts or ())
    whole = len(lines) == 1 and sum(amount for _, amount in found) == lines[0].amount
    return found if whole else ()
