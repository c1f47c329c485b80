"""What staff do in other people's books, from the staff page: look, block, limit, take back, and the general ledger.

Each call is one door that checks the role, takes a reason and keeps what it did where the person concerned can read it
(alembic/sql/0017_staff.sql).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.desk import refusal, refusals
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import FinTwinError, Invalid, NotFound, Refused
from fintwin.kernel.ids import account_number, reference
from fintwin.kernel.money import Currency, currency, exact, positive
from fintwin.kernel.wording import amount_text
from fintwin.ledger import journal, posting
from fintwin.ledger.export import plain
from fintwin.ledger.posting import Booked, Kind, Status

PURPOSES = {"funds": "Funds", "fees": "Fee income", "clearing": "Clearing"}
"""What the house's own accounts are for."""

LEDGER_HEADER = (
    "Date",
    "Reference",
    "Line",
    "Kind",
    "Customer",
    "Debit",
    "Credit",
    "Amount",
    "Currency",
    "Description",
)


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """An account of a customer; balances are debit-positive."""

    uuid: UUID
    name: str
    number: str
    bank_number: str
    class_: str
    custody: str
    type: str
    currency: Currency
    status: str
    blocked_by: str
    blocked_reason: str
    posted: Decimal
    pending: Decimal
    credit_limit: Decimal
    known: bool
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffTransaction:
    """A transaction of a customer; `giving` and `taking` are names of accounts, or what a nominal account is for."""

    id: int
    booked: date | None
    kind: Kind
    status: Status
    transfer: int | None
    description: str
    payee: str
    amount: Decimal | None
    """None where nothing was ever booked and nothing is kept back any more."""
    currency: Currency | None
    giving: str
    taking: str
    received: bool


@dataclass(frozen=True, slots=True)
class After:
    """The place after which a page of transactions begins."""

    booked: date | None
    id: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One posting of the general ledger: an amount that is debited to one account and credited to another."""

    booked: date
    transaction: int
    line: int
    kind: Kind
    customer_number: str
    debit: str
    credit: str
    currency: Currency
    amount: Decimal
    description: str


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was debited and credited to one type of account in one currency."""

    currency: Currency
    class_: str
    type: str
    debits: Decimal
    credits: Decimal
    postings: int


@dataclass(frozen=True, slots=True)
class Fund:
    """An account of the house itself."""

    name: str
    type: str
    currency: Currency
    posted: Decimal


@dataclass(frozen=True, slots=True)
class Blocked:
    """What became of one account of several."""

    account: UUID
    name: str
    refusal: FinTwinError | None


def accounts(session: Session, who: Principal, *, person: UUID, reason: str) -> list[StaffAccount]:
    """A customer's real accounts, closed ones last.

    Raises:
        Forbidden: `not_staff`.
        Invalid: `no_reason`.
        NotFound: `no_such_person`.
    """
    rows = _ask(
        session,
        who,
        "SELECT uuid, name, number, bank_number, class AS class_, custody, type, currency, status, blocked_by, blocked_reason,"
        " posted, pending, credit_limit, known, last_at FROM staff_accounts(CAST(:person AS uuid), :reason)",
        person=person,
        reason=reason,
    )
    return [StaffAccount(**{**row._mapping, "currency": currency(row.currency)}) for row in rows]


def transactions(
    session: Session, who: Principal, *, person: UUID, reason: str, after: After | None = None, most: int = 25
) -> tuple[list[StaffTransaction], After | None]:
    """A customer's transactions, what is pending first, then the latest; and where the next page begins.

    Raises:
        Forbidden, Invalid, NotFound: as `accounts`.
    """
    rows = _ask(
        session,
        who,
        "SELECT * FROM staff_transactions(CAST(:person AS uuid), :reason, :booked, :after, :most)",
        person=person,
        reason=reason,
        booked=after.booked if after else None,
        after=after.id if after else None,
        most=min(most, 99) + 1,
    )
    found = [
        StaffTransaction(
            row.id,
            row.booked,
            Kind(row.kind),
            Status(row.status),
            row.transfer,
            row.description,
            row.payee,
            row.amount,
            currency(row.currency) if row.currency else None,
            row.giving,
            row.taking,
            bool(row.received),
        )
        for row in rows[:most]
    ]
    return found, After(found[-1].booked, found[-1].id) if len(rows) > most else None


def ledger(
    session: Session,
    who: Principal,
    *,
    since: date,
    until: date,
    reason: str,
    after: tuple[date, int, int] | None = None,
    most: int = 50,
) -> tuple[list[LedgerLine], tuple[date, int, int] | None]:
    """The general ledger of some days, oldest first, after a line's (day, transaction, line); and where it goes on.

    Raises:
        Forbidden: `not_staff`.
        Invalid: `no_reason`, `bad_range`.
    """
    _check_range(since, until)
    booked, transaction, line = after or (None, None, None)
    rows = _ask(
        session,
        who,
        "SELECT * FROM staff_ledger(:since, :until, :reason, :booked, :transaction, :line, :most)",
        since=since,
        until=until,
        reason=reason,
        booked=booked,
        transaction=transaction,
        line=line,
        most=min(most, 199) + 1,
    )
    found = [_line(row) for row in rows[:most]]
    last = found[-1] if found else None
    return found, (last.booked, last.transaction, last.line) if last and len(rows) > most else None


def trial_balance(session: Session, who: Principal, *, since: date, until: date, reason: str) -> list[Turnover]:
    """Debits and credits of some days by currency and type of account; over a currency both sums are the same.

    Raises:
        Forbidden, Invalid: as `ledger`.
    """
    _check_range(since, until)
    rows = _ask(
        session,
        who,
        "SELECT currency, class AS class_, type, debits, credits, postings FROM staff_trial_balance(:since, :until, :reason)",
        since=since,
        until=until,
        reason=reason,
    )
    return [Turnover(**{**row._mapping, "currency": currency(row.currency)}) for row in rows]


def ledger_export(session: Session, who: Principal, *, since: date, until: date, reason: str) -> Iterator[str]:
    """The general ledger of some days as CSV lines; that it was taken is kept.

    Raises:
        Forbidden, Invalid: as `ledger`; before the first line.
    """
    _check_range(since, until)
    with refusals(who):
        rows = (
            session.connection()
            .execution_options(stream_results=True, max_row_buffer=5_000)
            .execute(
                text("SELECT * FROM staff_ledger_export(:since, :until, :reason)"),
                {"since": since, "until": until, "reason": reason},
            )
        )
    return _csv(_line(row) for row in rows)


def pool(session: Session, who: Principal) -> list[Fund]:
    """The house's own funds.

    Raises:
        Forbidden: `not_staff`.
    """
    return [
        Fund(row.name, row.type, currency(row.currency), row.posted)
        for row in _ask(session, who, "SELECT * FROM staff_pool()")
    ]


def fund_house(
    session: Session,
    who: Principal,
    *,
    purpose: str,
    of: Currency,
    reason: str,
    key: str,
    amount: Decimal | str | None = None,
    clock: Clock = system_clock,
) -> Fund:
    """Open the house's account for a purpose, where there is none, and book money of its own into it; for administrators.

    Args:
        purpose: one of `PURPOSES`.
        amount: booked today against `opening`; below zero it is taken out again. None: the account is opened and no more.

    Raises:
        Forbidden: `not_staff`, `not_administrator`.
        Invalid: `no_reason`, `bad_choice`, a bad amount.
        Refused: more is taken out than is there (`not_enough_funds`).
        Conflict: `key_reused`.
    """
    if purpose not in PURPOSES:
        raise Invalid("Choose what the account is for.", code="bad_choice", field="purpose")
    size = None if amount is None else exact(amount, to=of, field="amount")
    if size == 0:
        raise Invalid("The amount cannot be zero.", code="bad_amount", field="amount")
    with refusals(who), journal.refusals(who, of=of):
        row = (
            session.connection()
            .execute(
                text(
                    "SELECT * FROM staff_fund_house(:purpose, :currency, :amount, :booked, :number, :reason,"
                    " CAST(:key AS uuid), :mark)"
                ),
                {
                    "purpose": purpose,
                    "currency": of.code,
                    "amount": size,
                    "booked": today(clock, zone=who.zone),
                    "number": account_number(),
                    "reason": reason,
                    "key": str(posting.checked_key(key)),
                    "mark": posting.digest({"house": purpose, "currency": of.code, "amount": size}),
                },
            )
            .one()
        )
    return Fund(row.name, row.type, of, row.posted)


def block(session: Session, who: Principal, *, accounts: Sequence[UUID], block: bool, reason: str) -> list[Blocked]:
    """Block accounts, or take blocks away, for one reason; each is accepted or refused on its own.

    A block by staff is not the owner's to lift: money may reach the account, none may leave.

    Raises:
        Forbidden: `not_staff`.
        Invalid: none or more than a hundred accounts (`bad_choice`), `no_reason`.
    """
    rows = _ask(
        session,
        who,
        "SELECT account, name, refusal FROM staff_set_block(CAST(:accounts AS uuid[]), :block, :reason)",
        accounts=[str(one) for one in accounts],
        block=block,
        reason=reason,
    )
    return [Blocked(row.account, row.name, refusal(row.refusal) if row.refusal else None) for row in rows]


def set_credit_limit(
    session: Session, who: Principal, *, account: UUID, limit: Decimal, of: Currency, reason: str
) -> None:
    """Say how far an account that is kept here may go below zero.

    Raises:
        Forbidden: `not_staff`.
        Invalid: `no_reason`, below zero or too fine for the currency.
        Refused: `not_held`, `account_closed`, `own_case`, less than what is drawn (`below_drawn`, the least is named).
        NotFound: `no_such_person`.
    """
    wanted = exact(limit, to=of, field="limit")
    if wanted < 0:
        raise Invalid("The limit cannot be below zero.", code="bad_amount", field="limit")
    try:
        with refusals(who):
            session.connection().execute(
                text("SELECT staff_set_credit_limit(CAST(:account AS uuid), :limit, :reason)"),
                {"account": str(account), "limit": wanted, "reason": reason},
            )
    except Refused as refused:
        cause = refused.__cause__
        least = getattr(getattr(getattr(cause, "orig", None), "diag", None), "message_detail", None)
        if refused.code != "below_drawn" or not least:
            raise
        words = amount_text(Decimal(least), of=of, locale=who.locale)
        raise Refused(
            f"{words} of it is drawn already: the limit cannot be less.", code="below_drawn", field="limit"
        ) from None


def reverse(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    reason: str,
    key: str,
    amount: Decimal | str | None = None,
    of: Currency | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Give a payment between two people back, whole (what is left of it) or in part; booked today in both books.

    Never more than the receiver has of their own money. A block of the receiver's account by staff does not stand in the way.

    Args:
        transaction: either side's.
        of: the currency of `amount`.

    Raises:
        Forbidden: `not_staff`.
        Invalid: `no_reason`, a bad amount.
        NotFound: `unknown_transaction`.
        Refused: `not_between_people`, `own_case`, `already_reversed`, `more_than_the_rest`, `not_enough_funds`,
            `other_side_gone`.
    """
    part = None if amount is None or of is None else positive(amount, to=of)
    try:
        with refusals(who), journal.refusals(who, of=of):
            row = (
                session.connection()
                .execute(
                    text(
                        "SELECT transaction_id, transfer_number, replayed"
                        " FROM staff_reverse(:transaction, :amount, :booked, :reason, CAST(:key AS uuid), :mark)"
                    ),
                    {
                        "transaction": transaction,
                        "amount": part,
                        "booked": today(clock, zone=who.zone),
                        "reason": reason,
                        "key": str(posting.checked_key(key)),
                        "mark": posting.digest({"reverses": transaction, "amount": part, "reason": reason}),
                    },
                )
                .one()
            )
    except (Refused, NotFound) as refused:
        raise _of_staff(refused) from None
    return Booked(row.transaction_id, row.transfer_number, row.replayed)


_OF_STAFF = {
    "not_enough_funds": "The receiver does not have this much of their own money available.",
    "already_sent": "This order is with the bank already. Only its owner can ask the bank to call it back.",
    "payee_unavailable": "The other side's account is closed or gone.",
    "unknown_transaction": "There is no such transaction.",
}


def void(session: Session, who: Principal, *, transaction: int, reason: str) -> bool:
    """Stop a customer's pending transaction; what was kept back is available again. False where it had ended already.

    A payment or an order to a bank that stands on it ends with it, and is told.

    Raises:
        Forbidden: `not_staff`.
        Invalid: `no_reason`.
        NotFound: `unknown_transaction`.
        Refused: `own_case`, it was booked (`not_pending`), it is an order that the bank has (`already_sent`).
    """
    try:
        with refusals(who), journal.refusals(who):
            return bool(
                session.connection().scalar(
                    text("SELECT staff_void(:transaction, :reason)"), {"transaction": transaction, "reason": reason}
                )
            )
    except (Refused, NotFound) as refused:
        raise _of_staff(refused) from None


def _of_staff(refused: FinTwinError) -> FinTwinError:
    """A refusal in staff's words, where the books speak to the owner."""
    return type(refused)(_OF_STAFF.get(refused.code, refused.sentence), code=refused.code, field=refused.field)


def _check_range(since: date, until: date) -> None:
    if since > until:
        raise Invalid("The first day is after the last.", code="bad_range", field="until")


def _ask(session: Session, who: Principal, call: str, **values: Any) -> Sequence[Any]:
    with refusals(who):
        bound = {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}
        return session.connection().execute(text(call), bound).all()


def _line(row: Any) -> LedgerLine:
    return LedgerLine(
        row.booked,
        row.transaction,
        row.line,
        Kind(row.kind),
        row.customer_number,
        row.debit,
        row.credit,
        currency(row.currency),
        row.amount,
        row.description,
    )


def _csv(lines: Iterable[LedgerLine]) -> Iterator[str]:
    """The header, then a line per posting (RFC 4180, CRLF); ISO dates, amounts with a decimal point."""
    yield _cells(LEDGER_HEADER)
    for line in lines:
        yield _cells(
            (
                line.booked.isoformat(),
                reference(line.transaction),
                str(line.line),
                line.kind.name.lower().replace("_", " "),
                line.customer_number,
                plain(line.debit),
                plain(line.credit),
                format(line.amount, f".{line.currency.digits}f"),
                line.currency.code,
                plain(line.description),
            )
        )


def _cells(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
