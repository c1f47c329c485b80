"""The one way into the books: items to the database's doors, refusals back as errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fintwin.db.work import sqlstate
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Busy, Invalid, Refused
from fintwin.kernel.money import currency
from fintwin.kernel.wording import amount_text
from fintwin.ledger import posting
from fintwin.ledger.posting import Booked, Item, Outcome

_POST = text(
    """
    SELECT transaction_id, transfer_number, replayed FROM post(
      CAST(:kind AS smallint), :giving, :taking, :number, :amount, :currency, :booked, :valued, :description,
      :external_reference, :payee, :category, :note, CAST(:key AS uuid), :fingerprint)
    """
)

_POST_BATCH = text(
    "SELECT item, transaction_id, refusal, replayed FROM post_batch(CAST(:items AS jsonb), :imported, :whole) ORDER BY item"
)


def post(session: Session, who: Principal, item: Item, *, number: str | None = None) -> Booked:
    """Book one item, in one call to the database; `number` is the payee's for a payment between people.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them.
    """
    values = {
        "kind": int(item.kind),
        "giving": item.giving,
        "taking": item.taking,
        "number": number,
        "amount": item.amount,
        "currency": item.currency,
        "booked": item.booked,
        "valued": item.valued,
        "description": item.description,
        "external_reference": item.external_reference,
        "payee": item.payee,
        "category": item.category,
        "note": item.note,
        "key": str(posting.checked_key(item.key)),
        "fingerprint": posting.fingerprint(item, number=number or ""),
    }
    with _refusals(who, item):
        row = session.connection().execute(_POST, values).one()
    return Booked(row.transaction_id, row.transfer_number, row.replayed)


def post_batch(
    session: Session, who: Principal, items: Sequence[Item], *, imported: int | None = None, whole: bool = False
) -> list[Outcome]:
    """Book up to 10,000 items in their order, each accepted or refused on its own, in one call to the database.

    An item without a key is booked each time it is sent. Items between people are refused here (`bad_shape`).

    Args:
        imported: the statement import the items come from; `reverse_imported` takes them back by it.
        whole: the first refusal refuses all.

    Raises:
        Invalid: too many items (`too_many_items`).
        FinTwinError: with `whole`, the first refusal.
    """
    if len(items) > posting.MOST_ITEMS:
        raise Invalid("A batch has at most 10,000 items.", code="too_many_items")
    with _refusals(who):
        rows = session.connection().execute(
            _POST_BATCH, {"items": posting.as_json(items), "imported": imported, "whole": whole}
        )
    return [
        Outcome(row.item, row.transaction_id, posting.refusal(row.refusal) if row.refusal else None, row.replayed)
        for row in rows
    ]


def booking_date(who: Principal, booked: date | None, *, clock: Clock = system_clock) -> date:
    """The day to book on: today in the person's zone where none is given.

    Raises:
        Invalid: in the future (`date_in_future`) or before 1900 (`date_too_early`).
    """
    now = today(clock, zone=who.zone)
    if booked is None:
        return now
    if booked > now:
        raise Invalid("This date is in the future.", code="date_in_future", field="booked")
    if booked.year < 1900:
        raise Invalid("This date is too long ago.", code="date_too_early", field="booked")
    return booked


@contextmanager
def _refusals(who: Principal, item: Item | None = None) -> Iterator[None]:
    """Turn a door's named SQLSTATE into the error it stands for; passing faults go on to `db.work.perform`."""
    try:
        yield
    except DBAPIError as error:
        state = sqlstate(error)
        diagnosis = getattr(error.orig, "diag", None)
        if state == "23505" and getattr(diagnosis, "constraint_name", "") == "uq_transaction_key":
            raise Busy("The same form is being booked right now. Look at the register before you try again.") from None
        known = posting.refusal(state)
        if known is None or state == "40001":
            raise
        detail = getattr(diagnosis, "message_detail", None)
        if known.code == "not_enough_funds" and item is not None and detail:
            left = amount_text(Decimal(detail), of=currency(item.currency), locale=who.locale)
            known = Refused(f"There is not enough in this account: {left} available.", code=known.code, field="amount")
        raise known from None
