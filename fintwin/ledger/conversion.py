"""Money of one currency into another, between two own accounts: one transaction of two postings through `trading`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import NotFound
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import accounts, journal, pins, posting
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Booked, Item, Kind

_CONVERT = text(
    """
    SELECT transaction_id, replayed FROM convert_money(
      :giving, :taking, :gave, :got, :booked, :valued, :description, :external_reference, :note, CAST(:key AS uuid), :fingerprint)
    """
)


@dataclass(frozen=True, slots=True)
class Sides:
    """What a conversion gave and what it got, each with its account's name."""

    giving: str
    gave: Decimal
    of: Currency
    taking: str
    got: Decimal
    into: Currency


def convert(
    session: Session,
    who: Principal,
    *,
    giving: int,
    taking: int,
    gave: Decimal | str,
    got: Decimal | str,
    key: str,
    booked: date | None = None,
    valued: date | None = None,
    description: str = "",
    external_reference: str = "",
    note: str = "",
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Give `gave` from one own account and take `got` into another of a different currency; the rate is got / gave.

    Args:
        approval: of the giving account's PIN, where `pins.needed`.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them; `same_currency` where it is a transfer,
            `pin_needed`.
    """
    source, target = accounts.account(session, who, giving), accounts.account(session, who, taking)
    item = Item(
        kind=Kind.CONVERSION,
        amount=positive(gave, to=source.currency, field="gave"),
        currency=source.currency.code,
        booked=journal.booking_date(who, booked, clock=clock),
        giving=giving,
        taking=taking,
        valued=valued,
        description=posting.clean(description, most=500, field="description"),
        external_reference=posting.clean(external_reference, most=140, field="external_reference"),
        note=posting.clean(note, most=500, field="note"),
        key=key,
        got=positive(got, to=target.currency, field="got"),
    )
    values = {
        "giving": giving,
        "taking": taking,
        "gave": item.amount,
        "got": item.got,
        "booked": item.booked,
        "valued": valued,
        "description": item.description,
        "external_reference": item.external_reference,
        "note": item.note,
        "key": str(posting.checked_key(key)),
        "fingerprint": posting.fingerprint(item),
    }
    pins.demand(session, who, account=giving, amount=item.amount, approval=approval, key=key, clock=clock)
    with journal.refusals(who, of=source.currency):
        row = session.connection().execute(_CONVERT, values).one()
    return Booked(row.transaction_id, None, row.replayed)


def sides(session: Session, who: Principal, *, transactions: Sequence[int]) -> dict[int, Sides]:
    """Both sides of those of some transactions that are conversions."""
    if not transactions:
        return {}
    rows = session.connection().execute(
        text(
            """
            SELECT t.id, g.name AS giving, f.amount AS gave, f.currency AS of, n.name AS taking, s.amount AS got,
                   s.currency AS into_
            FROM transaction t JOIN posting f ON f.transaction = t.id AND f.line = 1 JOIN account g ON g.id = f.credit
            JOIN posting s ON s.transaction = t.id AND s.line = 2 JOIN account n ON n.id = s.debit
            WHERE t.owner = :owner AND t.kind = 6 AND t.id = ANY (CAST(:which AS bigint[]))
            """
        ),
        {"owner": who.person, "which": list(transactions)},
    )
    return {
        row.id: Sides(row.giving, row.gave, currency(row.of), row.taking, row.got, currency(row.into_)) for row in rows
    }


def anew(session: Session, who: Principal, *, transaction: int, key: str, approval: Approval | None = None) -> Booked:
    """Book a conversion once more, as it was.

    Raises:
        NotFound: there is no such conversion (`unknown_transaction`).
        Invalid, Refused, Conflict: as `convert`.
    """
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT t.booked, t.valued, coalesce(t.description, '') AS description,
                       coalesce(t.external_reference, '') AS external_reference, coalesce(c.note, '') AS note,
                       f.credit AS giving, f.amount AS gave, s.debit AS taking, s.amount AS got
                FROM transaction t JOIN posting f ON f.transaction = t.id AND f.line = 1
                JOIN posting s ON s.transaction = t.id AND s.line = 2
                LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
                WHERE t.owner = :owner AND t.kind = 6 AND t.id = :transaction
                """
            ),
            {"owner": who.person, "transaction": transaction},
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    return convert(session, who, key=key, approval=approval, **row)


def rate(*, gave: Decimal, got: Decimal) -> Decimal:
    """Units taken for one unit given (more than zero), to ten significant digits."""
    return Context(prec=10).divide(got, gave).normalize()
