"""Taking back what was booked, whole or in part, by linked reversals; and giving back what another person paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import NotFound, Refused
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import journal, pins, posting
from fintwin.ledger.pins import Approval
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
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Take back an own opening, deposit, withdrawal, own transfer or conversion.

    Without `amount` all that is left of it goes, booked on its own day unless `booked` is given; a part is booked today.
    Openings and conversions can only be taken back whole. When nothing is left, it and its reversals are REVERSED.

    Args:
        approval: of the PIN of the account that gives the money back, where `guarded` names it.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: `already_reversed`, `not_reversible` (a payment between people), `more_than_the_rest`, `locked`,
            `not_enough_funds`, `pin_needed`, ...
    """
    seen = left(session, who, transaction=transaction)
    if seen.kind is Kind.BETWEEN_PEOPLE:
        raise Refused(
            "A payment between people is not taken back by one of them. Who received it can give it back.",
            code="not_reversible",
            field="transaction",
        )
    part = None if amount is None else positive(amount, to=seen.currency)
    account = guarded(session, who, transactions=[transaction], amount=part).get(transaction)
    if account is not None:
        pins.insist(session, who, account=account, approval=approval, key=key, clock=clock)
    day = booked if booked is not None or amount is None else today(clock, zone=who.zone)
    return _take_back(session, who, seen, transaction=transaction, key=key, amount=amount, reason=reason, day=day)


def guarded(
    session: Session, who: Principal, *, transactions: Sequence[int], amount: Decimal | None = None
) -> dict[int, int]:
    """Those of some transactions that are not taken back without a PIN, and the account whose PIN it is.

    Own transfers and conversions that would take more from the account they went to than its threshold, unless their money
    moved within the last `pins.FRESH`. An edit moves none of it anew.

    Args:
        amount: the part that is to be taken back; None: all that is left.
    """
    rows = session.connection().execute(
        text(
            """
            WITH RECURSIVE above AS (
              SELECT t.id, p.debit AS account
              FROM account_pin k
              JOIN posting p ON p.debit = k.account AND p.debit_version IS NOT NULL AND p.transaction = ANY (CAST(:which AS bigint[]))
              JOIN transaction t ON t.owner = k.owner AND t.id = p.transaction
              WHERE k.owner = :owner AND t.kind IN (4, 6) AND t.status = 2
                AND coalesce(CAST(:amount AS numeric), p.amount - CASE WHEN t.kind = 4 THEN (
                  SELECT coalesce(sum(b.amount), 0) FROM transaction r JOIN posting b ON b.transaction = r.id AND b.line = 1
                  WHERE r.related = t.id AND r.owner = t.owner) ELSE 0 END) > k.threshold
            ), past AS (
              SELECT id, id AS former FROM above
              UNION ALL
              SELECT past.id, m.former FROM past JOIN replacement m ON m.owner = :owner AND m.latter = past.former AND m.edited
            ), moved AS (
              SELECT past.id, min(coalesce(e.at, f.created_at)) AS at
              FROM past JOIN transaction f ON f.id = past.former
              LEFT JOIN transaction_event e ON e.transaction = f.id AND e.kind = 1 GROUP BY past.id
            )
            SELECT above.id, above.account FROM above JOIN moved USING (id) WHERE moved.at < now() - CAST(:fresh AS interval)
            """
        ),
        {"owner": who.person, "which": list(transactions), "amount": amount, "fresh": pins.FRESH},
    )
    return {row.id: row.account for row in rows}


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
