"""The one way into the books: items to the database's doors, refusals back as errors."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fintwin.db.swift import Prepared
from fintwin.db.work import perform_one, sqlstate
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Busy, FinTwinError, Invalid
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import amount_text, date_text
from fintwin.ledger import posting
from fintwin.ledger.posting import Booked, Item, Outcome

_POST = text(
    """
    SELECT transaction_id, transfer_number, replayed FROM post(
      CAST(:kind AS smallint), :giving, :taking, :number, :amount, :currency, :booked, :valued, :description,
      :external_reference, :payee, :category, :note, CAST(:key AS uuid), :fingerprint)
    """
)

# The door reads who acts when it begins: whoever calls it has been named by then, an argument comes before its call.
_POST_ALONE = Prepared(
    "post_alone",
    "smallint, bigint, bigint, text, numeric, text, date, date, text, text, text, bigint, text, uuid, bigint",
    """
    SELECT transaction_id, transfer_number, replayed FROM post(
      CASE WHEN set_config('app.person', $1, true) = $1 THEN $2 END, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    """,
)

_POST_MIXED = text(
    "SELECT item, transaction_id, refusal, replayed FROM post_mixed(CAST(:calls AS jsonb), :whole) ORDER BY item"
)

_POST_BATCH = text(
    "SELECT item, transaction_id, refusal, replayed FROM post_batch(CAST(:items AS jsonb), :imported, :whole) ORDER BY item"
)


def post(session: Session, who: Principal, item: Item, *, number: str | None = None) -> Booked:
    """Book one item, in one call to the database; `number` is the payee's for a payment between people.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them.
    """
    with refusals(who, of=currency(item.currency)):
        row = session.connection().execute(_POST, _values(item, number)).one()
    return Booked(row.transaction_id, row.transfer_number, row.replayed)


def post_alone(who: Principal, item: Item, *, number: str | None = None) -> Booked:
    """As `post`, in a unit of work of its own and one round trip: for a movement that nothing else goes with.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them.
        Busy: as `db.work.perform`.
    """
    with refusals(who, of=currency(item.currency)):
        return Booked(*perform_one(who.person, _POST_ALONE, tuple(_values(item, number).values())))


def _values(item: Item, number: str | None) -> dict[str, Any]:
    """The arguments of `post`, in its order."""
    return {
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


def post_batch(
    session: Session, who: Principal, items: Sequence[Item], *, imported: int | None = None, whole: bool = False
) -> list[Outcome]:
    """Book up to 10,000 items in their order, each accepted or refused on its own, in one call to the database.

    A batch of openings, deposits, withdrawals, own transfers and whole reversals is booked in one pass; an item of it
    without a key is booked each time it is sent. With any other item in it (payments between people, conversions,
    pending ones, reversals of a part) every item needs a key, and the batch takes longer.

    Args:
        imported: the statement import the items come from; `reverse_imported` takes them back by it. For a batch that
            is booked in one pass.
        whole: the first refusal refuses all.

    Raises:
        Invalid: too many items (`too_many_items`).
        FinTwinError: with `whole`, the first refusal; its `item` says whose it is.
    """
    if len(items) > posting.MOST_ITEMS:
        raise Invalid("A batch has at most 10,000 items.", code="too_many_items")
    if posting.plain_batch(items):
        return post_packed(session, who, posting.as_json(items), imported=imported, whole=whole)
    if imported is not None:
        raise Invalid("This is not a movement of a bank file.", code="bad_shape")
    with refusals(who, many=True):
        rows = session.connection().execute(_POST_MIXED, {"calls": posting.as_calls(items), "whole": whole})
    return outcomes(rows)


def post_packed(
    session: Session, who: Principal, items: str, *, imported: int | None = None, whole: bool = False
) -> list[Outcome]:
    """`post_batch` of items that are booked in one pass, as `posting.as_json` wrote them.

    For work that writes the next batch down while the database books one.
    """
    with refusals(who, many=True):
        rows = session.connection().execute(_POST_BATCH, {"items": items, "imported": imported, "whole": whole})
    return outcomes(rows)


def outcomes(rows: Iterable[Row[Any]]) -> list[Outcome]:
    """The rows of a batch door (item, transaction_id, refusal, replayed) as what became of each item."""
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


def day_under(session: Session, who: Principal, *, key: str) -> date | None:
    """The day on which what a key booked stands; None where it booked nothing.

    For callers that may leave the day out: the same call after midnight says the same.
    """
    return days_under(session, who, keys=[key]).get(key)


def known(session: Session, who: Principal, *, keys: Sequence[str]) -> set[str]:
    """Those of some keys that booked or announced something."""
    if not keys:
        return set()
    meant = {str(posting.checked_key(key)): key for key in keys}
    found = session.connection().scalars(
        text("SELECT key FROM transaction WHERE owner = :owner AND key = ANY (CAST(:keys AS uuid[]))"),
        {"owner": who.person, "keys": list(meant)},
    )
    return {meant[str(one)] for one in found}


def days_under(session: Session, who: Principal, *, keys: Sequence[str]) -> dict[str, date]:
    """As `day_under` for many keys in one call; those that booked nothing are left out."""
    known = {str(posting.checked_key(key)): key for key in keys}
    rows = session.connection().execute(
        text(
            "SELECT key, booked FROM transaction WHERE owner = :owner AND key = ANY (CAST(:keys AS uuid[]))"
            " AND booked IS NOT NULL"
        ),
        {"owner": who.person, "keys": list(known)},
    )
    return {known[str(row.key)]: row.booked for row in rows}


@contextmanager
def refusals(who: Principal, *, of: Currency | None = None, many: bool = False) -> Iterator[None]:
    """Turn a door's named SQLSTATE into the error it stands for; passing faults go on to `db.work.perform`.

    A single call's refusal names amounts in the currency `of`, and the account and day that are locked; that of a call
    with many items names the item.
    """
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
        detail = getattr(diagnosis, "message_detail", None) or ""
        told = _told(known, detail, who, of)
        if many and detail.isdecimal():
            told.item = int(detail)
        raise told from None


_WITH_AMOUNT = {
    "not_enough_funds": "There is not enough in this account: {} available.",
    "more_than_held": "Only {} is kept back for it.",
    "more_than_the_rest": "Only {} is left of it.",
    "balance_differs": "The books have {} at the end of this day. Look for what is missing or too much, then try again.",
}


def _told(known: FinTwinError, detail: str, who: Principal, of: Currency | None) -> FinTwinError:
    """A refusal with what its detail names."""
    sentence = known.sentence
    if known.code in _WITH_AMOUNT and detail and of is not None:
        sentence = _WITH_AMOUNT[known.code].format(amount_text(Decimal(detail), of=of, locale=who.locale))
    elif known.code == "locked" and "," in detail:
        name, _, day = detail.rpartition(",")
        until = date_text(date.fromisoformat(day), locale=who.locale, style="long")
        sentence = f"{name} is reconciled and locked up to {until}. Release that lock on the accounts page first."
    return type(known)(sentence, code=known.code, field=known.field)
