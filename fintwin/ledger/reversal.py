"""Taking back what was booked, whole or in part, by linked reversals; and giving back what another person paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import NotFound, Refused
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import journal, posting
from fintwin.ledger.posting import Booked, Kind, Status


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a transaction after the parts that were taken back."""

    kind: Kind
    status: Status
    amount: Decimal
    rest: Decimal
    currency: Currency
    received: bool
    """Whether an own account took the money."""


def left(session: Session, who: Principal, *, transaction: int) -> Left:
    """What is left to take back of a booked transaction.

    Raises:
        NotFound: not in this person's books, or without postings (`unknown_transaction`).
    """
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT t.kind, t.status, p.amount, p.currency, p.debit_version IS NOT NULL AS received,
                       p.amount - coalesce((SELECT sum(b.amount) FROM transaction r JOIN posting b ON b.transaction = r.id AND b.line = 1
                                            WHERE r.related = t.id AND r.owner = t.owner), 0) AS rest
                FROM transaction t JOIN posting p ON p.transaction = t.id AND p.line = 1
                WHERE t.owner = :owner AND t.id = :transaction
                """
            ),
            {"owner": who.person, "transaction": transaction},
        )
        .first()
    )
    if row is None:
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    of = currency(row.currency)
    return Left(Kind(row.kind), Status(row.status), row.amount, row.rest, of, row.received)


def take_back(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    key: str,
    amount: Decimal | str | None = None,
    reason: str = "",
    booked: date | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Take back an own opening, deposit, withdrawal, own transfer or conversion.

    Without `amount` all that is left of it goes, booked on its own day unless `booked` is given; a part is booked today.
    Openings and conversions can only be taken back whole. When nothing is left, it and its reversals are REVERSED.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: `already_reversed`, `not_reversible` (a payment between people), `more_than_the_rest`, `locked`,
            `not_enough_funds`, ...
    """
    seen = left(session, who, transaction=transaction)
    if seen.kind is Kind.BETWEEN_PEOPLE:
        raise Refused(
            "A payment between people is not taken back by one of them. Who received it can give it back.",
            code="not_reversible",
            field="transaction",
        )
    day = booked if booked is not None or amount is None else today(clock, zone=who.zone)
    return _take_back(session, who, seen, transaction=transaction, key=key, amount=amount, reason=reason, day=day)


def refund(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    key: str,
    amount: Decimal | str | None = None,
    reason: str = "",
    clock: Clock = system_clock,
) -> Booked:
    """Give back a payment that another person made to this one, whole or in part; booked today, in both books at once.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: `not_reversible` (not a payment received), `already_reversed`, `more_than_the_rest`,
            `not_enough_funds`, `payee_unavailable` (the sender's account is closed).
    """
    seen = left(session, who, transaction=transaction)
    if seen.kind is not Kind.BETWEEN_PEOPLE or not seen.received:
        raise Refused("Only a payment that you received can be given back.", code="not_reversible", field="transaction")
    day = today(clock, zone=who.zone)
    return _take_back(session, who, seen, transaction=transaction, key=key, amount=amount, reason=reason, day=day)


def _take_back(
    session: Session,
    who: Principal,
    seen: Left,
    *,
    transaction: int,
    key: str,
    amount: Decimal | str | None,
    reason: str,
    day: date | None,
) -> Booked:
    part = None if amount is None else positive(amount, to=seen.currency)
    said = posting.clean(reason, most=500, field="reason")
    if part is None and day is None:
        mark = posting.fingerprint(posting.reversal(of=transaction, description=reason))
    else:
        mark = posting.digest({"takes_back": transaction, "amount": part, "reason": said})
    with journal.refusals(who, of=seen.currency):
        row = (
            session.connection()
            .execute(
                text(
                    "SELECT transaction_id, transfer_number, replayed"
                    " FROM take_back(:transaction, :amount, :booked, :reason, CAST(:key AS uuid), :fingerprint)"
                ),
                {
                    "transaction": transaction,
                    "amount": part,
                    "booked": day,
                    "reason": said,
                    "key": str(posting.checked_key(key)),
                    "fingerprint": mark,
                },
            )
            .one()
        )
    return Booked(row.transaction_id, row.transfer_number, row.replayed)
