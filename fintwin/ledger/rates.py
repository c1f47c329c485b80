"""A person's exchange rates: entered by hand, brought by a file, taken away, and read for a sum."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger import rate_file
from fintwin.ledger.exchange import Quote, Rates

_KEEP = text(
    """
    INSERT INTO rate (owner, base, quote, day, rate, by_hand)
    SELECT :owner, * FROM unnest(CAST(:bases AS text[]), CAST(:quotes AS text[]), CAST(:days AS date[]), CAST(:rates AS numeric[])), (SELECT CAST(:by_hand AS boolean)) h
    ON CONFLICT (owner, base, quote, day) DO UPDATE SET rate = excluded.rate, by_hand = excluded.by_hand
    """
)


@dataclass(frozen=True, slots=True)
class Known:
    """One rate as a person sees it: a unit of `base` is worth `rate` of `quote` since `day`."""

    base: str
    quote: str
    day: date
    rate: Decimal
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of two currencies: the latest rate, and how many there are since which day."""

    latest: Known
    many: int
    since: date


def enter(session: Session, who: Principal, *, base: str, quote: str, day: date, rate: Decimal | str) -> None:
    """Say what one unit of `base` is worth in `quote` from a day on; said again, the later word counts.

    Raises:
        Invalid: `unknown_currency`, `same_currency`, or not a rate (`bad_rate`).
    """
    of, in_ = _code(base, "base"), _code(quote, "quote")
    if of == in_:
        raise Invalid("Choose two different currencies.", code="same_currency", field="quote")
    try:
        value = round(Decimal(rate), 12)
    except ArithmeticError:
        value = Decimal(0)
    if not value.is_finite() or not 0 < value <= rate_file.BIGGEST:
        raise Invalid("This is not a rate. Write it like 1.0874.", code="bad_rate", field="rate")
    if not 1900 <= day.year <= 2200:
        raise Invalid("This date is too far away.", code="bad_date", field="day")
    _keep(session, who, [Quote(of, in_, day, value)], by_hand=True)


def bring(session: Session, who: Principal, *, data: bytes) -> int:
    """Keep the rates of a file between the currencies of this person's accounts and their own; how many.

    Raises:
        Invalid: as `rate_file.read`.
    """
    quotes = rate_file.read(data, wanted=in_use(session, who))
    _keep(session, who, quotes, by_hand=False)
    return len(quotes)


def forget(session: Session, who: Principal, *, base: str, quote: str, day: date) -> Known | None:
    """Take a rate away; what it was. None where it is not there, which is no error."""
    row = (
        session.connection()
        .execute(
            text(
                "DELETE FROM rate WHERE owner = :owner AND base = :base AND quote = :quote AND day = :day"
                " RETURNING rate, by_hand"
            ),
            {"owner": who.person, "base": base, "quote": quote, "day": day},
        )
        .first()
    )
    if row is None:
        return None
    tell(session, Happening.ACCOUNT)
    return Known(base, quote, day, row.rate.normalize(), row.by_hand)


def known(
    session: Session, who: Principal, *, base: str | None = None, quote: str | None = None, most: int = 100
) -> list[Known]:
    """The latest rates, newest day first; with `base` and `quote` those of one pair."""
    rows = session.connection().execute(
        text(
            "SELECT base, quote, day, rate, by_hand FROM rate WHERE owner = :owner"
            " AND (CAST(:base AS text) IS NULL OR base = :base) AND (CAST(:quote AS text) IS NULL OR quote = :quote)"
            " ORDER BY day DESC, base, quote LIMIT :most"
        ),
        {"owner": who.person, "base": base, "quote": quote, "most": most},
    )
    return [Known(row.base, row.quote, row.day, row.rate.normalize(), row.by_hand) for row in rows]


def pairs(session: Session, who: Principal) -> list[Pair]:
    """Every pair that has a rate, by its currencies."""
    rows = session.connection().execute(
        text(
            """
            SELECT DISTINCT ON (base, quote) base, quote, day, rate, by_hand,
                   count(*) OVER pair AS many, min(day) OVER pair AS since
            FROM rate WHERE owner = :owner WINDOW pair AS (PARTITION BY base, quote) ORDER BY base, quote, day DESC
            """
        ),
        {"owner": who.person},
    )
    return [
        Pair(Known(row.base, row.quote, row.day, row.rate.normalize(), row.by_hand), row.many, row.since)
        for row in rows
    ]


def put_back(session: Session, who: Principal, *, rate: Known) -> None:
    """Keep a rate again that was taken away."""
    _keep(session, who, [Quote(rate.base, rate.quote, rate.day, rate.rate)], by_hand=rate.by_hand)


def in_use(session: Session, who: Principal) -> frozenset[str]:
    """The currencies of a person's real accounts, and their own."""
    rows = session.connection().scalars(
        text("SELECT DISTINCT currency FROM account WHERE owner = :owner AND custody IS NOT NULL"),
        {"owner": who.person},
    )
    return frozenset(rows) | {who.currency}


def between(
    session: Session, who: Principal, *, currencies: Collection[str], until: date, since: date | None = None
) -> Rates:
    """The rates that tell what some currencies are worth in each other from `since` (default `until`) until a day.

    Raises nothing: where no rate is known, `Rates.worth` says so.
    """
    if len(set(currencies)) < 2:
        return Rates.of(())
    rows = session.connection().execute(
        text(
            """
            WITH pair AS (SELECT DISTINCT base, quote FROM rate
                          WHERE owner = :owner AND (base = ANY (CAST(:wanted AS text[])) OR quote = ANY (CAST(:wanted AS text[]))))
            SELECT r.base, r.quote, r.day, r.rate FROM pair p CROSS JOIN LATERAL (
              SELECT * FROM rate x WHERE x.owner = :owner AND x.base = p.base AND x.quote = p.quote AND x.day <= :since
              ORDER BY x.day DESC LIMIT 1) r
            UNION ALL
            SELECT x.base, x.quote, x.day, x.rate FROM pair p JOIN rate x ON x.owner = :owner AND x.base = p.base AND x.quote = p.quote
            WHERE x.day > :since AND x.day <= :until
            """
        ),
        {"owner": who.person, "wanted": sorted(set(currencies)), "since": since or until, "until": until},
    )
    return Rates.of(Quote(row.base, row.quote, row.day, row.rate) for row in rows)


def _keep(session: Session, who: Principal, quotes: Collection[Quote], *, by_hand: bool) -> None:
    latest = {(one.base, one.quote, one.day): one for one in quotes}
    session.connection().execute(
        _KEEP,
        {
            "owner": who.person,
            "bases": [one.base for one in latest.values()],
            "quotes": [one.quote for one in latest.values()],
            "days": [one.day for one in latest.values()],
            "rates": [one.rate for one in latest.values()],
            "by_hand": by_hand,
        },
    )
    tell(session, Happening.ACCOUNT)


def _code(code: str, field: str) -> str:
    try:
        return currency(code).code
    except Invalid as fault:
        raise Invalid(fault.sentence, code=fault.code, field=field) from None
