"""Booked transactions that look like one twice, or like the two legs of an own transfer; a person says which are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import NotFound, Refused
from fintwin.kernel.ids import reference
from fintwin.kernel.money import Currency, currency
from fintwin.ledger import bulk, service
from fintwin.ledger.bulk import Meaning

NEAR_DAYS = 4
"""Days that may lie between the two."""
LOOKED_BACK = 400
"""Days in which pairs are looked for."""
_LOOKED_AT = 20_000
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Leg:
    """One transaction of a pair."""

    id: int
    booked: date
    account: str
    words: str
    """Payee, else description."""
    from_file: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two transactions: of a `duplicate` the first was entered by hand; of a `transfer` money left by the first."""

    kind: Literal["duplicate", "transfer"]
    first: Leg
    second: Leg
    amount: Decimal
    currency: Currency


_PAIRS = text(
    """
    WITH newest AS MATERIALIZED (
      SELECT t.id, t.booked, t.kind, t.imported FROM transaction t
      WHERE t.owner = :owner AND t.booked >= :since AND t.status IN (2, 3) AND t.kind IN (2, 3)
      ORDER BY t.booked DESC, t.id DESC LIMIT :looked_at
    ), recent AS MATERIALIZED (
      SELECT t.id, t.booked, t.kind, t.imported IS NOT NULL AS from_file, p.amount, p.currency,
             CASE WHEN t.kind = 2 THEN p.debit ELSE p.credit END AS account, c.matched
      FROM newest t JOIN posting p ON p.transaction = t.id AND p.line = 1
      LEFT JOIN classification c ON c.owner = :owner AND c.transaction = t.id
    ), pairs AS (
      SELECT 'duplicate' AS pair, a.*, b.id AS other, b.booked AS other_booked, b.account AS other_account, b.from_file AS other_from_file
      FROM recent a JOIN recent b ON b.amount = a.amount AND b.currency = a.currency AND b.account = a.account AND b.kind = a.kind
      WHERE NOT a.from_file AND b.from_file
      UNION ALL
      SELECT 'transfer', a.*, b.id, b.booked, b.account, b.from_file
      FROM recent a JOIN recent b ON b.amount = a.amount AND b.currency = a.currency AND b.account <> a.account
      WHERE a.kind = 3 AND b.kind = 2 AND a.matched IS NULL AND b.matched IS NULL
    )
    SELECT q.pair, q.id, q.booked, x.name AS account, q.from_file, q.other, q.other_booked, y.name AS other_account,
           q.other_from_file, q.amount, q.currency, coalesce(c.payee, t.description, '') AS words, coalesce(d.payee, u.description, '') AS other_words
    FROM pairs q JOIN account x ON x.id = q.account JOIN account y ON y.id = q.other_account
    JOIN transaction t ON t.id = q.id JOIN transaction u ON u.id = q.other
    LEFT JOIN classification c ON c.owner = :owner AND c.transaction = q.id
    LEFT JOIN classification d ON d.owner = :owner AND d.transaction = q.other
    WHERE abs(q.booked - q.other_booked) <= :near
      AND (CAST(:one AS bigint) IS NULL OR (q.id, q.other) = (:one, :other))
      AND NOT EXISTS (SELECT FROM kept_apart k WHERE k.owner = :owner AND k.one = least(q.id, q.other) AND k.other = greatest(q.id, q.other))
    ORDER BY abs(q.booked - q.other_booked), q.booked DESC, q.id DESC LIMIT 500
    """
)


def pairs(session: Session, who: Principal, *, clock: Clock = system_clock) -> list[Pair]:
    """What may be one transaction twice or an own transfer, the nearest in time first; each stands in one pair only."""
    return _apart_from_each_other(_find(session, who, clock=clock))


def accept(
    session: Session, who: Principal, *, kind: str, first: int, second: int, clock: Clock = system_clock
) -> list[Meaning]:
    """Say that a pair is what it looks like.

    Of a duplicate the one entered by hand is taken back, and gives its payee, category and note to the other where that
    has none; what the other meant before is answered. A transfer's legs are linked: reports leave both out.

    Raises:
        NotFound: there is no such pair (any more) in this person's books (`unknown_pair`).
        Refused: as `service.reverse`.
    """
    found = next((one for one in _find(session, who, clock=clock, one=first, other=second) if one.kind == kind), None)
    if found is None:
        raise NotFound("This pair is not there any more.", code="unknown_pair")
    if found.kind == "transfer":
        _link(session, who, first, second)
        return []
    by_hand, from_file = bulk.meanings(session, who, transactions=[first, second])
    if by_hand.transaction != first:
        by_hand, from_file = from_file, by_hand
    service.reverse(session, who, transaction=first, key=f"undo:{reference(first)}")
    bulk.put_back(
        session,
        who,
        meanings=[
            Meaning(
                second,
                from_file.payee or by_hand.payee,
                from_file.category or by_hand.category,
                from_file.note or by_hand.note,
            )
        ],
    )
    return [from_file]


def unlink(session: Session, who: Principal, *, first: int, second: int) -> None:
    """Say that two linked legs are no own transfer after all.

    Raises:
        Refused: they are not linked (`not_matched`).
    """
    changed = session.connection().execute(
        text(
            "UPDATE classification SET matched = NULL, changed_at = now() WHERE owner = :owner"
            " AND (transaction, matched) IN ((:first, :second), (:second, :first))"
        ),
        {"owner": who.person, "first": first, "second": second},
    )
    if changed.rowcount != 2:
        raise Refused("These two are not linked.", code="not_matched")
    tell(session, Happening.CLASSIFIED)


def keep_apart(session: Session, who: Principal, *, first: int, second: int) -> None:
    """Remember that a pair is not what it looks like.

    Raises:
        NotFound: not two transactions of this person (`unknown_pair`).
    """
    mine = {"owner": who.person, "one": min(first, second), "other": max(first, second)}
    many = session.connection().scalar(
        text("SELECT count(*) FROM transaction WHERE owner = :owner AND id IN (:one, :other)"), mine
    )
    if many != 2:
        raise NotFound("This pair is not there any more.", code="unknown_pair")
    session.connection().execute(
        text("INSERT INTO kept_apart (owner, one, other) VALUES (:owner, :one, :other) ON CONFLICT DO NOTHING"),
        mine,
    )


def ask_again(session: Session, who: Principal, *, first: int, second: int) -> None:
    """Forget that a pair was kept apart."""
    session.connection().execute(
        text("DELETE FROM kept_apart WHERE owner = :owner AND one = :one AND other = :other"),
        {"owner": who.person, "one": min(first, second), "other": max(first, second)},
    )


def _find(
    session: Session, who: Principal, *, clock: Clock, one: int | None = None, other: int | None = None
) -> list[Pair]:
    rows = session.connection().execute(
        _PAIRS,
        {
            "owner": who.person,
            "since": today(clock, zone=who.zone) - timedelta(days=LOOKED_BACK),
            "looked_at": _LOOKED_AT,
            "near": NEAR_DAYS,
            "one": one,
            "other": other,
        },
    )
    return [
        Pair(
            row.pair,
            Leg(row.id, row.booked, row.account, row.words, row.from_file),
            Leg(row.other, row.other_booked, row.other_account, row.other_words, row.other_from_file),
            row.amount,
            currency(row.currency),
        )
        for row in rows
    ]


def _apart_from_each_other(found: Sequence[Pair]) -> list[Pair]:
    taken: set[int] = set()
    chosen: list[Pair] = []
    for one in found:
        if not taken & {one.first.id, one.second.id} and len(chosen) < _SHOWN:
            taken |= {one.first.id, one.second.id}
            chosen.append(one)
    return chosen


def _link(session: Session, who: Principal, first: int, second: int) -> None:
    session.connection().execute(
        text(
            """
            INSERT INTO classification (owner, transaction, matched)
            SELECT :owner, x.one, x.other FROM (VALUES (CAST(:first AS bigint), CAST(:second AS bigint)), (:second, :first)) x (one, other)
            ORDER BY x.one
            ON CONFLICT (owner, transaction) DO UPDATE SET matched = excluded.matched, changed_at = now()
            """
        ),
        {"owner": who.person, "first": first, "second": second},
    )
    tell(session, Happening.CLASSIFIED)
