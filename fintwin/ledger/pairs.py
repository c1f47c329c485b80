"""Booked transactions that look like one twice, or like the two legs of an own transfer; a person says which are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import NotFound
from fintwin.kernel.ids import reference
from fintwin.kernel.money import Currency, currency
from fintwin.ledger import bulk, legs, service
from fintwin.ledger.bulk import Meaning

NEAR_DAYS = 4
"""Days that may lie between the two."""
LOOKED_BACK = 400
"""Days in which pairs are looked for."""
_LOOKED_AT = 10_000
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


@dataclass(frozen=True, slots=True)
class Seen:
    """A booked deposit or withdrawal as it is compared with others."""

    id: int
    booked: date
    inflow: bool
    account: int
    amount: Decimal
    currency: str
    from_file: bool
    matched: bool


_RECENT = text(
    """
    SELECT t.id, t.booked, t.kind = 2 AS inflow, CASE WHEN t.kind = 2 THEN p.debit ELSE p.credit END AS account,
           p.amount, p.currency, t.imported IS NOT NULL AS from_file, c.matched IS NOT NULL AS matched
    FROM (SELECT * FROM transaction t WHERE t.owner = :owner AND t.booked >= :since AND t.status IN (2, 3) AND t.kind IN (2, 3)
            AND (CAST(:only AS bigint[]) IS NULL OR t.id = ANY(:only))
          ORDER BY t.booked DESC, t.id DESC LIMIT :looked_at) t
    JOIN posting p ON p.transaction = t.id AND p.line = 1
    LEFT JOIN classification c ON c.owner = :owner AND c.transaction = t.id
    ORDER BY t.booked DESC, t.id DESC
    """
)

_WORDS = text(
    """
    SELECT t.id, coalesce(c.payee, t.description, '') AS words, a.name
    FROM transaction t JOIN posting p ON p.transaction = t.id AND p.line = 1
    JOIN account a ON a.id = CASE WHEN t.kind = 2 THEN p.debit ELSE p.credit END
    LEFT JOIN classification c ON c.owner = :owner AND c.transaction = t.id
    WHERE t.owner = :owner AND t.id = ANY(:numbers)
    """
)


def look_alike(seen: Sequence[Seen], *, apart: Collection[tuple[int, int]] = ()) -> list[tuple[str, Seen, Seen]]:
    """Pairs of one amount within NEAR_DAYS: a `duplicate` (by hand, from a file) or a `transfer` (out, in).

    Those nearest in time come first, and each transaction stands in one pair only.

    Args:
        apart: pairs of ids, the smaller first, that are neither.
    """
    groups: dict[tuple[str, Decimal], list[Seen]] = {}
    for one in seen:
        groups.setdefault((one.currency, one.amount), []).append(one)
    found: list[tuple[int, str, Seen, Seen]] = []
    for group in groups.values():
        for n, late in enumerate(group):
            for early in group[n + 1 :]:
                days = abs((late.booked - early.booked).days)
                if days > NEAR_DAYS:
                    break  # the rows come by date
                pair = _likeness(late, early)
                if pair and (min(late.id, early.id), max(late.id, early.id)) not in apart:
                    found.append((days, *pair))
    found.sort(key=lambda one: (one[0], -one[2].booked.toordinal(), -one[2].id))
    taken: set[int] = set()
    chosen: list[tuple[str, Seen, Seen]] = []
    for _, kind, first, second in found:
        if not taken & {first.id, second.id}:
            taken |= {first.id, second.id}
            chosen.append((kind, first, second))
    return chosen


def _likeness(one: Seen, other: Seen) -> tuple[str, Seen, Seen] | None:
    if one.account == other.account:
        if one.inflow == other.inflow and one.from_file != other.from_file:
            return ("duplicate", other, one) if one.from_file else ("duplicate", one, other)
        return None
    if one.inflow == other.inflow or one.matched or other.matched:
        return None
    return ("transfer", other, one) if one.inflow else ("transfer", one, other)


def pairs(session: Session, who: Principal, *, clock: Clock = system_clock) -> list[Pair]:
    """What may be one transaction twice or an own transfer, the nearest in time first; each stands in one pair only."""
    return _find(session, who, clock=clock)


def accept(session: Session, who: Principal, *, kind: str, first: int, second: int, clock: Clock = system_clock) -> int:
    """Say that a pair is what it looks like.

    Of a duplicate the one entered by hand is taken back, and gives its payee, category and note to the other where that
    has none; the act of `changes` that did so is answered. A transfer's legs are linked (0): reports leave both out.

    Raises:
        NotFound: there is no such pair (any more) in this person's books (`unknown_pair`).
        Refused: as `service.reverse`.
    """
    found = next(iter(_find(session, who, clock=clock, only=(first, second))), None)
    if found is None or (found.kind, found.first.id, found.second.id) != (kind, first, second):
        raise NotFound("This pair is not there any more.", code="unknown_pair")
    if found.kind == "transfer":
        legs.link(session, who, first=first, second=second)
        return 0
    by_hand, from_file = bulk.meanings(session, who, transactions=[first, second])
    if by_hand.transaction != first:
        by_hand, from_file = from_file, by_hand
    service.reverse(session, who, transaction=first, key=f"undo:{reference(first)}")
    meaning = Meaning(
        second,
        from_file.payee or by_hand.payee,
        from_file.category or by_hand.category,
        from_file.note or by_hand.note,
    )
    return bulk.give(session, who, meanings=[meaning], what="From the one entered by hand").change


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


def _find(session: Session, who: Principal, *, clock: Clock, only: Sequence[int] | None = None) -> list[Pair]:
    connection, mine = session.connection(), {"owner": who.person}
    recent = connection.execute(
        _RECENT,
        {
            **mine,
            "since": today(clock, zone=who.zone) - timedelta(days=LOOKED_BACK),
            "looked_at": _LOOKED_AT,
            "only": None if only is None else list(only),
        },
    )
    apart = connection.execute(text("SELECT one, other FROM kept_apart WHERE owner = :owner"), mine)
    kept = {(row.one, row.other) for row in apart}
    chosen = look_alike([Seen(*row) for row in recent], apart=kept)[:_SHOWN]
    numbers = [side.id for _, first, second in chosen for side in (first, second)]
    told = {row.id: row for row in connection.execute(_WORDS, {**mine, "numbers": numbers})}

    def leg(side: Seen) -> Leg:
        return Leg(side.id, side.booked, told[side.id].name, told[side.id].words, side.from_file)

    return [
        Pair(
            "transfer" if kind == "transfer" else "duplicate",
            leg(first),
            leg(second),
            first.amount,
            currency(first.currency),
        )
        for kind, first, second in chosen
    ]
