"""Pending transactions: announced, kept back, then settled in whole or part, let go, or lapsed.

What an own account would give is held back from its available balance and never drawn from its credit limit. Balances
change when a pending transaction is settled, not before.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import perform, system_work
from fintwin.identity.acting import acting
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import FinTwinError, Invalid, NotFound, Refused
from fintwin.kernel.ids import checked_account_number, reference
from fintwin.kernel.money import Currency, currency, exact, positive
from fintwin.ledger import accounts, journal, pins, posting
from fintwin.ledger.pins import Approval
from fintwin.ledger.posting import Booked, Item, Kind, Outcome, Outside, Status

BATCH = 1_000
"""Pending transactions that one commit settles."""

logger = logging.getLogger(__name__)

_KEEP_BACK = text(
    """
    SELECT transaction_id, transfer_number, replayed FROM keep_back(
      CAST(:kind AS smallint), :giving, :taking, :number, :amount, :currency, :description, :external_reference,
      :payee, :category, :note, CAST(:key AS uuid), :fingerprint, :expires, :settles)
    """
)

_SETTLE = text(
    """
    SELECT transaction_id, transfer_number, replayed FROM settle(
      :transaction, :amount, :last, :booked, :valued, CAST(:key AS uuid), :fingerprint)
    """
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A transaction that is announced but not booked. `amount` is what is still kept back, or still to come."""

    transaction: int
    kind: Kind
    amount: Decimal
    currency: Currency
    account: int | None
    """The own account that gives; None for money to come."""
    taking: int | None
    number: str
    """The payee's account number; "" where no other person is paid."""
    transfer: int | None
    payee: str
    description: str
    created_at: datetime
    expires_at: datetime | None
    settles_at: datetime | None
    category: int | None = None
    note: str = ""

    @property
    def reference(self) -> str:
        """The transaction's id as people see it."""
        return reference(self.transaction)

    @property
    def stands(self) -> Outside:
        """The outside view: processing where it settles by itself."""
        return posting.outside(Status.PENDING, under_way=self.settles_at is not None)


@dataclass(frozen=True, slots=True)
class Total:
    """What is pending on one account; `last` is the latest such transaction."""

    account: int
    uuid: UUID
    name: str
    currency: Currency
    many: int
    leaving: Decimal
    coming: Decimal
    last: int


def hold(
    session: Session,
    who: Principal,
    *,
    kind: Kind,
    amount: Decimal | str,
    key: str,
    account: int | None = None,
    taking: int | None = None,
    number: str = "",
    expires: datetime | None = None,
    sends_in: int | None = None,
    description: str = "",
    external_reference: str = "",
    payee: str = "",
    category: int | None = None,
    note: str = "",
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Announce a deposit (`taking`), withdrawal (`account`), own transfer (both) or payment to a person (`number`).

    Args:
        approval: of the giving account's PIN, where an own transfer asks for it; payments ask for it themselves.
        expires: the UTC instant at which it lapses if it was not settled.
        sends_in: seconds after which the worker settles it.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them; a kind that cannot wait is `bad_shape`;
            `pin_needed`.
    """
    if account is None and taking is None:
        raise Invalid("Choose an account.", code="no_account", field="account")
    of = accounts.account(session, who, account if account is not None else taking or 0).currency
    item = Item(
        kind=kind,
        amount=positive(amount, to=of),
        currency=of.code,
        booked=date.min,
        giving=account,
        taking=taking,
        description=posting.clean(description, most=500, field="description"),
        external_reference=posting.clean(external_reference, most=140, field="external_reference"),
        payee=posting.clean(payee, most=140, field="payee"),
        category=category,
        note=posting.clean(note, most=500, field="note"),
        key=key,
        number=checked_account_number(number) if number else "",
        pending=True,
    )
    values: dict[str, Any] = {
        "kind": int(item.kind),
        "giving": item.giving,
        "taking": item.taking,
        "number": item.number or None,
        "amount": item.amount,
        "currency": item.currency,
        "description": item.description,
        "external_reference": item.external_reference,
        "payee": item.payee,
        "category": item.category,
        "note": item.note,
        "key": str(posting.checked_key(item.key)),
        "fingerprint": posting.fingerprint(item),
        "expires": expires,
        "settles": None if sends_in is None else clock() + timedelta(seconds=sends_in),
    }
    if kind is Kind.OWN_TRANSFER and account is not None:
        pins.demand(session, who, account=account, amount=item.amount, approval=approval, key=key, clock=clock)
    with journal.refusals(who, of=of):
        row = session.connection().execute(_KEEP_BACK, values).one()
    return Booked(row.transaction_id, row.transfer_number, row.replayed)


def settle(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    amount: Decimal | str | None = None,
    last: bool = True,
    key: str = "",
    booked: date | None = None,
    valued: date | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Book a pending transaction: all that is kept back, or `amount` of it.

    With `last` the rest is let go. Without, the part becomes a transaction of its own (it needs a `key`) and the rest
    stays kept back; a part that is all that is left settles the pending transaction itself. What a payment or an order
    to a bank stands on is settled in full only.
    Settled already with the same amount, it answers as it did.

    Raises:
        NotFound: `unknown_transaction`.
        Invalid, Refused, Conflict: `not_pending`, `more_than_held`, `moves_whole`, or as the posting itself.
    """
    of = _currency(session, who, transaction)
    part = None if amount is None else positive(amount, to=of)
    if not last and part is not None and (before := _last_part(session, who, transaction, part)):
        return before
    body = {"settles": transaction, "amount": part}
    values = {
        "transaction": transaction,
        "amount": part,
        "last": last,
        "booked": journal.booking_date(who, booked, clock=clock),
        "valued": valued,
        "key": str(posting.checked_key(key)) if key else None,
        "fingerprint": posting.digest(body) if key else None,
    }
    with journal.refusals(who, of=of):
        row = session.connection().execute(_SETTLE, values).one()
    return Booked(row.transaction_id, row.transfer_number, row.replayed)


def settle_many(
    session: Session,
    who: Principal,
    *,
    transactions: Sequence[int],
    whole: bool = False,
    booked: date | None = None,
    clock: Clock = system_clock,
) -> list[Outcome]:
    """Settle up to 10,000 pending transactions in full, each on its own, or with `whole` all or none.

    What a payment or an order to a bank stands on is refused (`moves_whole`): it ends where it was made.

    Raises:
        Invalid: too many (`too_many_items`).
        FinTwinError: with `whole`, the first refusal.
    """
    if len(transactions) > posting.MOST_ITEMS:
        raise Invalid("A batch has at most 10,000 items.", code="too_many_items")
    with journal.refusals(who):
        rows = session.connection().execute(
            text(
                "SELECT item, transaction_id, refusal, replayed FROM settle_batch(CAST(:which AS bigint[]), :booked, :whole)"
                " ORDER BY item"
            ),
            {
                "which": list(transactions),
                "booked": journal.booking_date(who, booked, clock=clock),
                "whole": whole,
            },
        )
    return journal.outcomes(rows)


def void(session: Session, who: Principal, *, transaction: int, reason: str = "") -> bool:
    """Let go of a pending transaction: it failed, and what was kept back is available again.

    False where it had failed or lapsed before.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: it was settled (`not_pending`), or a payment or an order to a bank stands on it (`ends_elsewhere`).
    """
    return _let_go(session, who, transaction, expired=False, reason=reason)


def give_up(session: Session, who: Principal, *, transaction: int, reason: str = "") -> bool:
    """As `void`, whatever stands on it: its payment or its order ends with it. For where those are made, and the sweep.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: it was settled (`not_pending`).
    """
    said = posting.clean(reason, most=500, field="reason")
    with journal.refusals(who):
        return bool(
            session.connection().scalar(
                text("SELECT give_up(:transaction, :reason)"), {"transaction": transaction, "reason": said}
            )
        )


def expire(session: Session, who: Principal, *, transaction: int) -> bool:
    """Let a pending transaction lapse whose time is up.

    Raises:
        NotFound: `unknown_transaction`.
        Refused: it was settled, or its time is not up (`not_pending`).
    """
    return _let_go(session, who, transaction, expired=True, reason="")


def again(session: Session, who: Principal, *, former: Pending, key: str) -> Booked:
    """Announce anew what was let go or lapsed, with the meaning it had.

    Its PIN was given when it was announced, and is asked for again where it was let go longer than `pins.FRESH` ago.

    Raises:
        Refused: it was not let go (`not_let_go`).
        Invalid, NotFound, Refused, Conflict: as `hold`.
    """
    gone = (
        session.connection()
        .execute(
            text(
                """
                SELECT e.amount, e.at > now() - CAST(:fresh AS interval) AS fresh, c.payee, c.category, c.note
                FROM transaction_event e LEFT JOIN classification c ON c.owner = e.owner AND c.transaction = e.transaction
                WHERE e.owner = :owner AND e.transaction = :transaction AND e.kind IN (3, 4)
                """
            ),
            {"owner": who.person, "transaction": former.transaction, "fresh": pins.FRESH},
        )
        .first()
    )
    if gone is None:
        raise Refused("This was not let go.", code="not_let_go", field="transaction")
    return hold(
        session,
        who,
        kind=former.kind,
        amount=gone.amount,
        key=key,
        account=former.account,
        taking=former.taking,
        number=former.number,
        expires=former.expires_at,
        description=former.description,
        payee=gone.payee or "",
        category=gone.category,
        note=gone.note or "",
        approval=pins.standing(who, account=former.account) if gone.fresh and former.account is not None else None,
    )


def waiting(
    session: Session, who: Principal, *, account: int, after: int = 0, until: int | None = None, most: int = BATCH
) -> list[int]:
    """What `settle_many` takes of an account, lowest id first, behind `after` and up to `until`."""
    rows = session.connection().scalars(
        text(
            "SELECT h.transaction FROM hold h WHERE h.owner = :owner AND (h.account = :account OR h.taking = :account)"  # noqa: S608 - a constant of this module
            " AND h.transaction > :after AND (CAST(:until AS bigint) IS NULL OR h.transaction <= :until)"
            f" AND {_FREE} ORDER BY h.transaction LIMIT :most"
        ),
        {"owner": who.person, "account": account, "after": after, "until": until, "most": most},
    )
    return list(rows)


def totals(session: Session, who: Principal, *, account: int | None = None, free: bool = False) -> list[Total]:
    """What is pending on each account: how many, what is kept back, what is to come. An own transfer counts on both.

    Args:
        free: only what `settle_many` takes.
    """
    rows = session.connection().execute(
        text(
            f"""
            SELECT a.id, a.uuid, a.name, a.currency, count(*) AS many, max(h.transaction) AS last,
                   coalesce(sum(h.amount) FILTER (WHERE h.account = a.id), 0) AS leaving,
                   coalesce(sum(h.amount) FILTER (WHERE h.taking = a.id), 0) AS coming
            FROM hold h JOIN account a ON a.owner = h.owner AND a.id IN (h.account, h.taking)
            WHERE h.owner = :owner AND (CAST(:account AS bigint) IS NULL OR a.id = :account) AND {_FREE if free else "true"}
            GROUP BY a.id ORDER BY lower(a.name), a.id
            """  # noqa: S608 - a constant of this module
        ),
        {"owner": who.person, "account": account},
    )
    return [
        Total(row.id, row.uuid, row.name, currency(row.currency), row.many, row.leaving, row.coming, row.last)
        for row in rows
    ]


def count(session: Session, who: Principal) -> int:
    """How many are pending."""
    return int(
        session.connection().scalar(text("SELECT count(*) FROM hold WHERE owner = :owner"), {"owner": who.person}) or 0
    )


def pending(
    session: Session,
    who: Principal,
    *,
    account: int | None = None,
    most: int = 200,
    before: int | None = None,
    under_way: bool | None = None,
) -> list[Pending]:
    """What is pending, the latest first, of one account or of all.

    Args:
        before: the last transaction seen; those older than it follow.
        under_way: only what settles by itself, or only what does not.
    """
    rows = session.connection().execute(
        text(
            _SELECT
            + " AND (CAST(:account AS bigint) IS NULL OR :account IN (h.account, h.taking))"
            + " AND (CAST(:before AS bigint) IS NULL OR t.id < :before)"
            + " AND (CAST(:under_way AS boolean) IS NULL OR (h.settles_at IS NOT NULL) = :under_way)"
            + " ORDER BY t.id DESC LIMIT :most"
        ),
        {"owner": who.person, "account": account, "most": most, "before": before, "under_way": under_way},
    )
    return [_view(row) for row in rows]


def one(session: Session, who: Principal, *, transaction: int) -> Pending:
    """One pending transaction.

    Raises:
        NotFound: it is not in this person's books, or not pending (`unknown_transaction`).
    """
    row = (
        session.connection()
        .execute(text(_SELECT + " AND t.id = :transaction"), {"owner": who.person, "transaction": transaction})
        .first()
    )
    if row is None:
        raise _unknown()
    return _view(row)


def sweep(*, most: int = BATCH) -> int:
    """Settle what has come due and let lapse what has run out, each in a unit of work of its own; how many changed.

    What cannot be settled has failed, and says why; a passing fault leaves it for the next sweep, as does a fault of ours.
    """
    with system_work() as session:
        due = session.connection().execute(
            text("SELECT owner, transaction, expired FROM due_holds(:most)"), {"most": most}
        )
        found = due.all()
    return sum(_ended(row.owner, row.transaction, expired=row.expired) for row in found)


def _ended(person: int, transaction: int, *, expired: bool) -> bool:
    try:
        if expired:
            return perform(person, lambda session: expire(session, acting(session), transaction=transaction))
        try:
            perform(person, lambda session: settle(session, acting(session), transaction=transaction))
        except (Invalid, NotFound, Refused) as fault:
            why = fault.sentence
            return perform(
                person, lambda session: give_up(session, acting(session), transaction=transaction, reason=why)
            )
    except FinTwinError as fault:
        logger.info("A pending transaction was left for the next sweep: %s", fault.code)
        return False
    except Exception:
        # One that breaks must not keep those behind it from their end.
        logger.exception("A pending transaction could not be ended: %s", transaction)
        return False
    return True


def _let_go(session: Session, who: Principal, transaction: int, *, expired: bool, reason: str) -> bool:
    said = posting.clean(reason, most=500, field="reason")
    with journal.refusals(who):
        return bool(
            session.connection().scalar(
                text("SELECT let_go(:transaction, :expired, :reason)"),
                {"transaction": transaction, "expired": expired, "reason": said},
            )
        )


def _last_part(session: Session, who: Principal, transaction: int, part: Decimal) -> Booked | None:
    """A transaction that was settled by this part of it: the door keeps no key of the part that was all that was left."""
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT t.transfer FROM transaction t JOIN transaction_event e ON e.transaction = t.id AND e.kind = 1
                WHERE t.owner = :owner AND t.id = :transaction AND t.status IN (2, 3, 6) AND e.amount = :part
                """
            ),
            {"owner": who.person, "transaction": transaction, "part": part},
        )
        .first()
    )
    return None if row is None else Booked(transaction, row.transfer, replayed=True)


def _currency(session: Session, who: Principal, transaction: int) -> Currency:
    """The currency of a transaction that is pending or was settled."""
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT coalesce(h.currency, p.currency) AS code FROM transaction t LEFT JOIN hold h ON h.transaction = t.id
                LEFT JOIN posting p ON p.transaction = t.id AND p.line = 1 WHERE t.owner = :owner AND t.id = :transaction
                """
            ),
            {"owner": who.person, "transaction": transaction},
        )
        .first()
    )
    if row is None:
        raise _unknown()
    if row.code is None:
        raise Refused("This is not pending any more.", code="not_pending", field="transaction")
    return currency(row.code)


_FREE = "NOT EXISTS (SELECT FROM carried c WHERE c.transaction = h.transaction OFFSET 0)"
"""Neither a payment nor an order to a bank stands on it; OFFSET 0: looked up by its index for each, never joined."""

_SELECT = """
    SELECT t.id AS transaction, t.kind, t.transfer, coalesce(t.description, '') AS description, t.created_at,
           h.amount, h.currency, h.account, h.taking, coalesce(h.number, '') AS number, h.expires_at, h.settles_at,
           coalesce(c.payee, '') AS payee, c.category, coalesce(c.note, '') AS note
    FROM transaction t JOIN hold h ON h.transaction = t.id
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    WHERE t.owner = :owner AND t.status = 1
"""


def _unknown() -> NotFound:
    return NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")


def _view(row: Any) -> Pending:
    of: Currency = currency(row.currency)
    return Pending(
        transaction=row.transaction,
        kind=Kind(row.kind),
        amount=exact(row.amount, to=of),
        currency=of,
        account=row.account,
        taking=row.taking,
        number=row.number,
        transfer=row.transfer,
        payee=row.payee,
        description=row.description,
        created_at=row.created_at,
        expires_at=row.expires_at,
        settles_at=row.settles_at,
        category=row.category,
        note=row.note,
    )
