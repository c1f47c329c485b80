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

_FLOWS = text("SELECT booked, payee, account, amount FROM booked_flows(:since, :until, :currency, :most)")

_REPAID = text("SELECT booked, account, amount FROM booked_repayments(:since, :until, :currency)")


def flows(session: Session, who: Principal, *, until: date) -> list[Row]:
    """What came in and went out on real accounts in the person's currency, oldest first.

    Left out, as in the month result: openings, own transfers, conversions, what was taken back. A row's account is the
    account's uuid.
    """
    found = session.connection().execute(_FLOWS, _values(who, until) | {"most": MOST})
    return [Row(row.booked, row.payee, row.amount, str(row.account), who.currency) for row in found]


def repayments(session: Session, who: Principal, *, until: date) -> dict[str, Decimal]:
    """What is paid into each loan account every month, by the account's uuid, where that has a rhythm."""
    found = session.connection().execute(_REPAID, _values(who, until))
    rows = [Row(row.booked, "repayment", row.amount, str(row.account), who.currency) for row in found]
    return {
        stream.account: stream.amount
        for stream in learn(rows, as_of=until).streams
        if stream.rhythm.cadence is Cadence.MONTH
    }


def _values(who: Principal, until: date) -> dict[str, object]:
    return {"currency": who.currency, "since": add_months(until, -MONTHS), "until": until}
