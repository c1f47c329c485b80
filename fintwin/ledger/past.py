"""The history of an account's balance: every change of what was posted or kept back, in the order in which it happened.

Two things change a balance: an entry of the books, and something that is kept back or let go. Entries are numbered
without a gap (`version`); a change of what is kept back stands behind the entry that was the last one by then.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import reference
from fintwin.ledger import accounts
from fintwin.ledger.posting import Kind
from fintwin.ledger.service import counterparts

PAGE = 50
KEPT_BACK, LET_GO = "kept_back", "let_go"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after this change, which is an entry (`step` 0) or a change of what is kept back."""

    version: int
    step: int

    def __str__(self) -> str:
        packed = json.dumps([self.version, self.step]).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def place(text: str) -> Place | None:
    """A place from an address; None for the first page.

    Raises:
        Invalid: not one of ours (`bad_cursor`).
    """
    if not text:
        return None
    try:
        if len(text) > 120:
            raise ValueError
        version, step = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if any(not isinstance(one, int) or isinstance(one, bool) or not 0 <= one < 2**62 for one in (version, step)):
            raise ValueError
        return Place(version, step)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise Invalid("This page address is damaged. Start from the first page.", code="bad_cursor") from None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a balance. Amounts are debit-positive; None is not known.

    `available` is posted - pending after it, without the credit limit (of an account at a bank: posted); `amount` is by
    how much the change moved it, so that the amounts of an account sum to its available balance.
    """

    place: Place
    booked: date | None
    """The booking date of an entry; None for what is only kept back or let go."""
    at: datetime
    posted: Decimal | None
    pending: Decimal | None
    available: Decimal | None
    amount: Decimal | None
    moved: Decimal
    """What the entry moved; 0 where nothing was booked."""
    reason: str
    """The kind of an entry in lower case, `kept_back` or `let_go`."""
    transaction: int
    payee: str
    description: str

    @property
    def reference(self) -> str:
        """The transaction's id as people see it."""
        return reference(self.transaction)


@dataclass(frozen=True, slots=True)
class Past:
    """A page of an account's changes, the latest first; `after` is None on the last one."""

    account: accounts.AccountView
    changes: Sequence[Change]
    after: Place | None

    def free(self, change: Change) -> Decimal | None:
        """What might leave after a change, as `AccountView.available` says it: with the credit limit; None: not known.

        The limit is the one that the account has now: when it was another is no part of this history.
        """
        if change.available is None or not self.account.held:
            return change.available
        return change.available + self.account.credit_limit


_CHANGES = text(
    """
    WITH line AS (
      (SELECT p.debit_version AS version, 0::bigint AS step, p.transaction, p.booked, p.amount AS moved, p.debit_balance AS posted,
              NULL::numeric AS kept, NULL::numeric AS held, NULL::timestamptz AS at
       FROM posting p WHERE p.debit = :account AND p.debit_version < :below ORDER BY p.debit_version DESC LIMIT :rows)
      UNION ALL
      (SELECT p.credit_version, 0, p.transaction, p.booked, -p.amount, p.credit_balance, NULL, NULL, NULL
       FROM posting p WHERE p.credit = :account AND p.credit_version < :below ORDER BY p.credit_version DESC LIMIT :rows)
      UNION ALL
      (SELECT h.version, h.id, h.transaction, NULL, 0, NULL, h.amount, h.held, h.at
       FROM hold_past h WHERE h.account = :account AND (h.version, h.id) < (:version, :step) AND NOT h.settled AND h.transaction IS NOT NULL
       ORDER BY h.version DESC, h.id DESC LIMIT :rows)
      ORDER BY version DESC, step DESC LIMIT :rows
    )
    SELECT l.version, l.step, l.transaction, l.booked, l.moved, l.kept, t.kind, t.transfer,
           coalesce(t.description, '') AS description, coalesce(c.payee, '') AS payee,
           coalesce(l.at, e.at, t.created_at) AS at,
           coalesce(l.posted, d.debit_balance, g.credit_balance, 0) AS posted,
           coalesce(l.held, s.held, k.held, 0) AS held,
           s.amount AS released,
           b.version AS unknown_to, b.id AS unknown_step
    FROM line l JOIN transaction t ON t.id = l.transaction
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    LEFT JOIN LATERAL (SELECT v.at FROM transaction_event v WHERE v.transaction = l.transaction AND v.kind = 1 AND l.step = 0 LIMIT 1) e ON true
    LEFT JOIN posting d ON l.step > 0 AND d.debit = :account AND d.debit_version = l.version
    LEFT JOIN posting g ON l.step > 0 AND g.credit = :account AND g.credit_version = l.version
    LEFT JOIN LATERAL (
      SELECT h.held, h.amount FROM hold_past h WHERE h.account = :account AND h.version = l.version AND h.settled AND l.step = 0 LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
      SELECT h.held FROM hold_past h WHERE h.account = :account AND h.version < l.version AND l.step = 0 AND s.held IS NULL
      ORDER BY h.version DESC, h.id DESC LIMIT 1
    ) k ON true
    LEFT JOIN hold_past b ON b.account = :account AND b.transaction IS NULL
    ORDER BY l.version DESC, l.step DESC
    """
)


def past(session: Session, who: Principal, *, account: int, after: Place | None = None, rows: int = PAGE) -> Past:
    """What changed an account's balance, the latest first.

    Raises:
        NotFound: not in this person's books (`unknown_account`).
    """
    seen = accounts.account(session, who, account)
    begin = after or Place(2**62, 0)
    found = (
        session.connection()
        .execute(
            _CHANGES,
            {
                "account": account,
                "rows": rows + 1,
                "version": begin.version,
                "step": begin.step,
                # The entry itself stands before what was kept back behind it.
                "below": begin.version + (1 if begin.step > 0 else 0),
            },
        )
        .all()
    )
    names = counterparts(session, transfers=[row.transfer for row in found if row.transfer is not None])
    shown = [_change(row, seen, names.get(row.transfer, "")) for row in found[:rows]]
    return Past(seen, shown, shown[-1].place if len(found) > rows else None)


def _change(row: Row[Any], of: accounts.AccountView, other: str) -> Change:
    here = Place(row.version, row.step)
    entry = row.step == 0
    before_the_books_knew = row.unknown_to is not None and (
        row.version <= row.unknown_to if entry else (row.version, row.step) < (row.unknown_to, row.unknown_step)
    )
    known = of.known
    posted = row.posted if known else None
    pending = None if before_the_books_knew else row.held
    if not of.held:
        available, amount = posted, row.moved
    else:
        kept = (row.released or 0) if entry else row.kept
        available = None if posted is None or pending is None else posted - pending
        amount = None if before_the_books_knew else row.moved - kept
    reason = Kind(row.kind).name.lower() if entry else KEPT_BACK if row.kept > 0 else LET_GO
    return Change(
        place=here,
        booked=row.booked,
        at=row.at,
        posted=posted,
        pending=pending,
        available=available,
        amount=amount,
        moved=row.moved,
        reason=reason,
        transaction=row.transaction,
        payee=row.payee or other,
        description=row.description,
    )
