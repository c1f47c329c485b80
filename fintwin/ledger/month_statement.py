"""The statement of one account for one month: what it began with, every booking with the balance after it, its end.

It shows what was booked. Of a pair that cancels out both lines stand there, each on its day. Balances go by
(booking date, transaction), not by the order in which things were posted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import reference
from fintwin.ledger import accounts, register
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.export import digits, line, plain, words
from fintwin.ledger.posting import Kind, Status, outside
from fintwin.ledger.service import counterparts
from fintwin.ledger.wording import KIND_WORDS

HEADER = (
    "Date",
    "Value date",
    "Reference",
    "Text",
    "Details",
    "Category",
    "Kind",
    "Status",
    "Outcome",
    "In",
    "Out",
    "Balance",
    "Currency",
)

_MOST_MONTHS = 600
_CHUNK = 500
_MONTH = re.compile(r"(19\d\d|2[01]\d\d|2200)-(0[1-9]|1[0-2])")

_MOVED = """
    SELECT e.transaction, e.booked, sum(e.amount) AS amount, (array_agg(e.other ORDER BY e.line))[1] AS other
    FROM entry e
    WHERE e.owner = :owner AND e.account = :account AND e.version IS NOT NULL AND e.booked BETWEEN :first AND :last
    GROUP BY e.transaction, e.booked
"""

_TOTALS = text(
    f"""
    SELECT count(*) AS many, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS inflow,
           coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS outflow
    FROM ({_MOVED}) m
    """  # noqa: S608 - constants of this module
)

_ENTRIES = text(
    f"""
    SELECT m.transaction, m.booked, m.amount, m.moved, t.valued, t.kind, t.status, t.transfer, t.related,
           CASE WHEN a.custody IS NOT NULL THEN a.name ELSE '' END AS other, coalesce(c.payee, '') AS payee,
           coalesce(t.description, '') AS description, coalesce(c.note, '') AS note, coalesce(k.name, '') AS category,
           coalesce(t.external_reference, '') AS external_reference
    FROM (SELECT b.*, sum(b.amount) OVER (ORDER BY b.booked, b.transaction) AS moved FROM ({_MOVED}) b
          ORDER BY b.booked, b.transaction OFFSET :skipped LIMIT :rows) m
    JOIN transaction t ON t.id = m.transaction
    JOIN account a ON a.id = m.other
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    LEFT JOIN classification o ON t.kind = 7 AND o.owner = t.owner AND o.transaction = t.related
    LEFT JOIN category k ON k.id = coalesce(c.category, o.category)
    ORDER BY m.booked, m.transaction
    """  # noqa: S608 - as above
)

_BOUNDS = text(
    """
    SELECT least((SELECT min(booked) FROM posting WHERE debit = a.id AND debit_version IS NOT NULL),
                 (SELECT min(booked) FROM posting WHERE credit = a.id AND credit_version IS NOT NULL)) AS first,
           greatest((SELECT max(booked) FROM posting WHERE debit = a.id AND debit_version IS NOT NULL),
                    (SELECT max(booked) FROM posting WHERE credit = a.id AND credit_version IS NOT NULL)) AS last
    FROM account a WHERE a.owner = :owner AND a.id = :account
    """
)


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """What a statement says above and below its lines. Balances are debit-positive; None where they are not known.

    `opening` + `inflow` - `outflow` = `closing`, wherever they are known.
    """

    account: AccountView
    owner: str
    first: date
    last: date
    opening: Decimal | None
    inflow: Decimal
    outflow: Decimal
    closing: Decimal | None
    many: int
    """How many lines it has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what a transaction moved on the account, and the balance after it (None: not known)."""

    reference: str
    booked: date
    valued: date | None
    kind: Kind
    status: Status
    payee: str
    """As the person named it, or the other person's masked name; "" where neither is."""
    description: str
    note: str
    category: str
    other: str
    """The own account on the other side; "" where there is none."""
    external_reference: str
    reverses: str
    """The reference of what it takes back; "" for nothing."""
    amount: Decimal
    balance: Decimal | None

    @property
    def title(self) -> str:
        """Whom or what it is about."""
        if self.other and not self.payee:
            return f"To {self.other}" if self.amount < 0 else f"From {self.other}"
        return self.payee or self.description or KIND_WORDS[self.kind]

    @property
    def details(self) -> str:
        """What else is known of it, on one line."""
        said = (self.description, self.note, self.external_reference, self.reverses and f"takes back {self.reverses}")
        return " · ".join(part for part in said if part and part != self.title)


def month_of(words: str) -> date:
    """The first day of a month written `2026-10`.

    Raises:
        Invalid: not a month from 1900 to 2200 (`bad_month`).
    """
    found = _MONTH.fullmatch(words)
    if found is None:
        raise Invalid("A month is written like 2026-10.", code="bad_month", field="month")
    return date(int(found[1]), int(found[2]), 1)


def month_words(month: date) -> str:
    """A month as `month_of` reads it."""
    return f"{month.year:04d}-{month.month:02d}"


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def months(session: Session, who: Principal, *, account: int, today: date) -> list[date]:
    """The months that there are statements of, newest first: from the first booking to today's month, or to the last
    booking where that lies ahead. The 600 newest at most."""
    row = session.connection().execute(_BOUNDS, {"owner": who.person, "account": account}).one_or_none()
    newest = today.replace(day=1)
    oldest = newest
    if row is not None and row.first is not None:
        newest, oldest = max(newest, row.last.replace(day=1)), min(oldest, row.first.replace(day=1))
    found: list[date] = []
    while newest >= oldest and len(found) < _MOST_MONTHS:
        found.append(newest)
        newest = month_before(newest)
    return found


def statement(session: Session, who: Principal, *, account: int, month: date) -> MonthStatement:
    """The frame of a statement; its lines are `entries`.

    Args:
        month: any day in it.

    Raises:
        NotFound: `unknown_account`.
    """
    seen = accounts.account(session, who, account)
    first, last = _days(month)
    totals = session.connection().execute(_TOTALS, _bounds(who, account, first, last)).one()
    closing = register.balance_at(session, who, account=account, on=last)
    return MonthStatement(
        account=seen,
        owner=who.name,
        first=first,
        last=last,
        opening=None if closing is None else closing - totals.inflow + totals.outflow,
        inflow=totals.inflow,
        outflow=totals.outflow,
        closing=closing,
        many=totals.many,
    )


def entries(
    session: Session, who: Principal, *, of: MonthStatement, skipped: int = 0, rows: int | None = None
) -> Iterator[Entry]:
    """A statement's lines by (booking date, transaction), read as they are consumed: all, or `rows` after `skipped`."""
    bounds = _bounds(who, of.account.id, of.first, of.last) | {"skipped": skipped, "rows": rows}
    streamed = _ENTRIES.execution_options(stream_results=True, yield_per=_CHUNK)
    found = session.connection().execute(streamed, bounds)
    for part in _chunks(found):
        names = counterparts(session, transfers=[row.transfer for row in part if row.transfer is not None])
        for row in part:
            yield _entry(row, of, names)


def statement_csv(of: MonthStatement, lines: Iterable[Entry]) -> Iterator[str]:
    """A statement as a table: a line for the opening, one per entry, one for the closing; empty where not known."""
    code = of.account.currency.code

    def known(amount: Decimal | None) -> str:
        return "" if amount is None else digits(amount, code)

    def edge(day: date, text: str, balance: Decimal | None, inflow: str = "", outflow: str = "") -> str:
        return line((day.isoformat(), "", "", text, "", "", "", "", "", inflow, outflow, known(balance), code))

    yield line(HEADER)
    yield edge(of.first, "Opening balance", of.opening)
    for one in lines:
        yield line(
            (
                one.booked.isoformat(),
                one.valued.isoformat() if one.valued else "",
                one.reference,
                plain(one.title),
                plain(one.details),
                plain(one.category),
                words(one.kind),
                one.status.name.lower(),
                str(outside(one.status)),
                known(one.amount) if one.amount > 0 else "",
                known(-one.amount) if one.amount < 0 else "",
                known(one.balance),
                code,
            )
        )
    yield edge(of.last, "Closing balance", of.closing, known(of.inflow), known(of.outflow))


def _days(month: date) -> tuple[date, date]:
    first = month.replace(day=1)
    return first, date.fromordinal(next_month(first).toordinal() - 1)


def _bounds(who: Principal, account: int, first: date, last: date) -> dict[str, Any]:
    return {"owner": who.person, "account": account, "first": first, "last": last}


def _chunks(found: Iterable[Found[Any]]) -> Iterator[list[Found[Any]]]:
    rows = iter(found)
    while part := list(islice(rows, _CHUNK)):
        yield part


def _entry(row: Found[Any], of: MonthStatement, names: dict[int, str]) -> Entry:
    return Entry(
        reference=reference(row.transaction),
        booked=row.booked,
        valued=row.valued,
        kind=Kind(row.kind),
        status=Status(row.status),
        payee=row.payee or names.get(row.transfer, ""),
        description=row.description,
        note=row.note,
        category=row.category,
        other=row.other,
        external_reference=row.external_reference,
        reverses=reference(row.related) if row.related else "",
        amount=row.amount,
        balance=None if of.opening is None else of.opening + row.moved,
    )
