"""The flows that lie in the books, as rows to learn from."""

from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.cashflow.cadence import Cadence, add_months
from fintwin.cashflow.recurring import Row, learn
from fintwin.identity.principal import Principal

MONTHS = 50
"""Months that are looked at: four years show what comes once a year."""

MOST = 20_000
"""Rows that are looked at, the latest first."""

_FLOWS = text(
    """
    WITH recent AS (
      SELECT t.id, t.booked, coalesce(nullif(c.payee, ''), t.description, '') AS payee
      FROM transaction t LEFT JOIN classification c ON c.transaction = t.id AND c.owner = t.owner
      WHERE t.owner = :owner AND t.booked > :since AND t.booked <= :until AND t.status IN (2, 3) AND t.kind IN (2, 3, 5)
        AND c.matched IS NULL
      ORDER BY t.booked DESC, t.id DESC LIMIT :most)
    SELECT r.booked, r.payee, a.uuid, CASE WHEN p.debit_version IS NULL THEN -p.amount ELSE p.amount END AS amount
    FROM recent r JOIN posting p ON p.transaction = r.id
    JOIN account a ON a.id = CASE WHEN p.debit_version IS NULL THEN p.credit ELSE p.debit END AND a.owner = :owner
    WHERE p.currency = :currency AND a.custody IS NOT NULL
    ORDER BY r.booked, r.id, p.line
    """
)

_REPAID = text(
    """
    SELECT p.booked, p.amount, a.uuid
    FROM account a JOIN posting p ON p.debit = a.id AND p.debit_version IS NOT NULL
    JOIN transaction t ON t.id = p.transaction AND t.status IN (2, 3) AND t.kind <> 1
    WHERE a.owner = :owner AND p.owner = :owner AND a.type = 'loan' AND a.currency = :currency
      AND p.booked > :since AND p.booked <= :until
    """
)


def flows(session: Session, who: Principal, *, until: date) -> list[Row]:
    """What came in and went out on real accounts in the person's currency, oldest first.

    Left out, as in the month result: openings, own transfers, conversions, what was taken back. A row's account is the
    account's uuid.
    """
    found = session.connection().execute(_FLOWS, _values(who, until) | {"most": MOST})
    return [Row(row.booked, row.payee, row.amount, str(row.uuid), who.currency) for row in found]


def repayments(session: Session, who: Principal, *, until: date) -> dict[str, Decimal]:
    """What is paid into each loan account every month, by the account's uuid, where that has a rhythm."""
    found = session.connection().execute(_REPAID, _values(who, until))
    rows = [Row(row.booked, "repayment", row.amount, str(row.uuid), who.currency) for row in found]
    return {
        stream.account: stream.amount
        for stream in learn(rows, as_of=until).streams
        if stream.rhythm.cadence is Cadence.MONTH
    }


def _values(who: Principal, until: date) -> dict[str, object]:
    return {"owner": who.person, "currency": who.currency, "since": add_months(until, -MONTHS), "until": until}
