"""Money of one currency into another, between two own accounts: one transaction of two postings through `trading`."""

from datetime import date
from decimal import Context, Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.money import positive
from fintwin.ledger import accounts, journal, posting
from fintwin.ledger.posting import Booked, Item, Kind

_CONVERT = text(
    """
    SELECT transaction_id, replayed FROM convert_money(
      :giving, :taking, :gave, :got, :booked, :valued, :description, :external_reference, :note, CAST(:key AS uuid), :fingerprint)
    """
)


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
    clock: Clock = system_clock,
) -> Booked:
    """Give `gave` from one own account and take `got` into another of a different currency; the rate is got / gave.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them; `same_currency` where it is a transfer.
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
    with journal.refusals(who, of=source.currency):
        row = session.connection().execute(_CONVERT, values).one()
    return Booked(row.transaction_id, None, row.replayed)


def rate(*, gave: Decimal, got: Decimal) -> Decimal:
    """Units taken for one unit given (more than zero), to ten significant digits."""
    return Context(prec=10).divide(got, gave).normalize()
