"""The register: a person's transactions, filtered, a page at a time, with sums, one by one, or all for an export."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row as Found
from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.kernel.ids import reference
from fintwin.kernel.money import LARGEST, Currency, currency
from fintwin.kernel.pages import Cursor, Page
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.service import counterparts

PAGE = 50
"""Rows of one page."""
NOT_BOOKED = frozenset({Status.PENDING, Status.FAILED, Status.EXPIRED})
"""What moved nothing, or nothing yet."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a register shows; a field that is None is open.

    Amounts are sizes, whichever way the money went; `flow` is `in` or `out`: on the account, or without one on all real
    accounts together, where an own transfer is neither. `category` and `categories` find parts too, and sums count these
    parts alone. `reversed`: None hides pairs that cancel out, True shows only
    these, False shows all. `category` 0: none given. `counted`: only what the month result counts.
    `unbooked`: instead of what is booked, what was announced and is pending, failed or expired, by its status; days are
    those on which it was announced. What takes a transaction back has that one's category.
    """

    account: int | None = None
    since: date | None = None
    until: date | None = None
    contains: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    flow: str | None = None
    kinds: tuple[int, ...] | None = None
    category: int | None = None
    reversed: bool | None = None
    counted: bool | None = None
    imported: int | None = None
    words: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None
    payees: tuple[str, ...] | None = None
    notes: tuple[str, ...] | None = None
    categories: tuple[int, ...] | None = None
    not_categories: tuple[int, ...] | None = None
    not_accounts: tuple[int, ...] | None = None
    tags: tuple[int, ...] | None = None
    not_tags: tuple[int, ...] | None = None
    noted: bool | None = None
    attached: bool | None = None
    tagged: bool | None = None
    parted: bool | None = None
    uncategorised: bool | None = None
    own: bool | None = None
    from_file: bool | None = None
    binned: bool | None = None
    unbooked: tuple[int, ...] | None = None

    @property
    def empty(self) -> bool:
        """Whether it leaves everything open."""
        return self == Filter()


@dataclass(frozen=True, slots=True)
class Side:
    """A real account of a transaction."""

    id: int
    uuid: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the register.

    `amount` is what the transaction moved, or would move, on the account of the filter; without one, on all real accounts
    together. Where a filter's category is that of some parts of a payment, amount and category are these parts'. An own
    transfer seen without an account has its size as `amount`, and `own_transfer` says that no sign is meant.
    """

    id: int
    booked: date
    """Of what is not booked the day on which it was announced."""
    kind: Kind
    status: Status
    amount: Decimal
    currency: Currency
    own_transfer: bool
    giving: Side | None
    taking: Side | None
    payee: str
    """As the person named it, or the other person's masked name; "" where neither is."""
    description: str
    category: int | None
    category_name: str
    note: str
    matched: int | None
    named: str = ""
    """The payee as the person named it; "" where `payee` is the other person's name or nothing."""
    part_of: Decimal | None = None
    """What the payment moved as a whole, where `amount` is only what a category's filter finds of its parts."""

    @property
    def reference(self) -> str:
        """The id as people see it."""
        return reference(self.id)

    @property
    def is_booked(self) -> bool:
        """Whether it moved money."""
        return self.status not in NOT_BOOKED


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals of a filter in one currency; own transfers seen without an account are counted but move nothing."""

    currency: Currency
    count: int
    inflow: Decimal
    outflow: Decimal

    @property
    def net(self) -> Decimal:
        """Inflows - outflows."""
        return self.inflow - self.outflow


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: an amount that moved from the credited to the debited account, and the balances it left there.

    A nominal account (income, expense, opening, people, trading) shows its type as name and has no balance.
    """

    credit: str
    debit: str
    amount: Decimal
    currency: Currency
    credit_balance: Decimal | None
    debit_balance: Decimal | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One transaction with its postings and what it is linked to."""

    row: Row
    valued: date | None
    created_at: datetime
    external_reference: str
    imported: int | None
    reverses: int | None
    """The transaction this one takes back."""
    reversed_by: int | None
    reversible: bool
    """Whether `service.reverse` may take it back (funds permitting)."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """One real account's part of a transaction: an own transfer has two of these."""

    reference: str
    booked: date
    valued: date | None
    kind: Kind
    status: Status
    account: str
    amount: Decimal
    currency: str
    balance_after: Decimal
    other_account: str
    payee: str
    description: str
    category: str
    note: str
    external_reference: str
    tags: tuple[str, ...] = ()
    parts: tuple[tuple[str, Decimal], ...] = ()
    """Categories by name and what of the whole transaction lies in each."""


_TYPES = {
    "account": "bigint",
    "since": "date",
    "until": "date",
    "contains": "text",
    "least": "numeric",
    "most": "numeric",
    "flow": "text",
    "kinds": "smallint[]",
    "category": "bigint",
    "reversed": "boolean",
    "counted": "boolean",
    "imported": "bigint",
    "words": "text[]",
    "without": "text[]",
    "payees": "text[]",
    "notes": "text[]",
    "categories": "bigint[]",
    "not_categories": "bigint[]",
    "not_accounts": "bigint[]",
    "tags": "bigint[]",
    "not_tags": "bigint[]",
    "noted": "boolean",
    "attached": "boolean",
    "tagged": "boolean",
    "parted": "boolean",
    "uncategorised": "boolean",
    "own": "boolean",
    "from_file": "boolean",
    "binned": "boolean",
    "unbooked": "smallint[]",
}
"""The columns of the type `register_filter`, in their order, but for the last, which the doors make."""

_FILTER = (
    f"CAST(ROW({', '.join(f'CAST(:{name} AS {type_})' for name, type_ in _TYPES.items())}, NULL) AS register_filter)"
)

_COLUMNS = """
    t.id, t.kind, t.status, t.transfer, coalesce(t.description, '') AS description, p.currency,
    p.amount AS size, g.id AS giving, g.uuid AS giving_uuid, g.name AS giving_name,
    n.id AS taking, n.uuid AS taking_uuid, n.name AS taking_name,
    coalesce(c.payee, '') AS payee, k.id AS category, coalesce(k.name, '') AS category_name, coalesce(c.note, '') AS note,
    c.matched
"""

_JOINS = """
    LEFT JOIN account g ON g.id = p.credit AND p.credit_version IS NOT NULL
    LEFT JOIN account n ON n.id = p.debit AND p.debit_version IS NOT NULL
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    LEFT JOIN classification o ON t.kind = 7 AND o.owner = t.owner AND o.transaction = t.related
    LEFT JOIN category k ON k.id = coalesce(c.category, o.category)
"""

_PAGE = f"""
    SELECT r.moved, r.booked, {_COLUMNS}, w.part_category, w.part_names
    FROM search_register({_FILTER}, CAST(:booked AS date), CAST(:transaction AS bigint), CAST(:rows AS integer)) r
    JOIN transaction t ON t.id = r.transaction
    JOIN posting p ON p.transaction = r.transaction AND p.line = r.line
    {_JOINS}
    LEFT JOIN LATERAL (
      SELECT (array_agg(n.id ORDER BY s.amount DESC, s.line))[1] AS part_category, string_agg(n.name, ', ' ORDER BY s.amount DESC, s.line) AS part_names
      FROM split s JOIN category n ON n.id = s.category
      WHERE s.owner = t.owner AND s.transaction = CASE WHEN t.related IS NULL THEN t.id ELSE t.related END
        AND s.category = ANY (CAST(:categories AS bigint[]) || nullif(CAST(:category AS bigint), 0))) w ON true
    ORDER BY r.booked DESC, r.transaction DESC
    """  # noqa: S608 - constants of this module
PAGE_QUERY = text(_PAGE)
ANNOUNCED_QUERY = text(
    _PAGE.replace("JOIN posting p", "JOIN announced p").replace("r.booked DESC, r.transaction", "r.transaction")
)
"""As the page, of what is not booked."""

_FILTER_OF_DAYS = _FILTER.replace(":since", "d.since").replace(":until", "d.until")

SUMS_BY_DAYS_QUERY = text(
    f"""
    SELECT d.since, s.currency, s.many, s.inflow, s.outflow
    FROM unnest(CAST(:firsts AS date[]), CAST(:lasts AS date[])) d (since, until)
    CROSS JOIN LATERAL sum_register({_FILTER_OF_DAYS}) s
    """  # noqa: S608 - constants of this module
)

SUMS_QUERY = text(f"SELECT currency, many, inflow, outflow FROM sum_register({_FILTER})")  # noqa: S608 - as above


def page(
    session: Session, who: Principal, *, filter: Filter = Filter(), after: Cursor | None = None, rows: int = PAGE
) -> Page[Row]:
    """A page of the register, newest booking date first, then the latest posted; `after` as the page before said.

    What is not booked comes in the order in which it was announced, the latest first.
    """
    found = (
        session.connection()
        .execute(
            ANNOUNCED_QUERY if filter.unbooked else PAGE_QUERY,
            {
                **values(filter),
                "booked": after.booked if after else None,
                "transaction": after.id if after else None,
                "rows": rows + 1,
            },
        )
        .all()
    )
    names = counterparts(session, transfers=[row.transfer for row in found if row.transfer is not None])
    shown = [_row(row, row.moved, names, booked=row.booked, parts=True) for row in found[:rows]]
    return Page(shown, Cursor(shown[-1].booked, shown[-1].id) if len(found) > rows else None)


def sums(session: Session, who: Principal, *, filter: Filter = Filter()) -> list[Sums]:
    """Count, inflows and outflows of a filter, one per currency; an empty list where nothing matches."""
    return [
        Sums(currency(row.currency), row.many, row.inflow, row.outflow)
        for row in session.connection().execute(SUMS_QUERY, values(filter))
    ]


def sums_of_each(session: Session, who: Principal, *, filters: Sequence[Filter]) -> list[list[Sums]]:
    """The sums of filters that differ in their days alone, in one call; no two begin on the same day."""
    if not filters:
        return []
    found: dict[date | None, list[Sums]] = {one.since: [] for one in filters}
    days = {"firsts": [one.since for one in filters], "lasts": [one.until for one in filters]}
    same = {name: value for name, value in values(filters[0]).items() if name not in {"since", "until"}}
    for row in session.connection().execute(SUMS_BY_DAYS_QUERY, same | days):
        found[row.since].append(Sums(currency(row.currency), row.many, row.inflow, row.outflow))
    return [found[one.since] for one in filters]


_GET = f"""
    SELECT t.booked, {_COLUMNS}, p.debit_balance, p.credit_balance, cr.type AS credit_type, dr.type AS debit_type,
           t.valued, t.created_at, coalesce(t.external_reference, '') AS external_reference, t.imported,
           t.related, (SELECT max(r.id) FROM transaction r WHERE r.related = t.id AND r.owner = t.owner AND r.status = 6) AS reversed_by
    FROM transaction t JOIN posting p ON p.transaction = t.id
    LEFT JOIN account cr ON cr.id = p.credit LEFT JOIN account dr ON dr.id = p.debit
    {_JOINS}
    WHERE t.owner = :owner AND t.id = :transaction ORDER BY p.line
    """  # noqa: S608 - constants of this module
_GET_ANNOUNCED = _GET.replace("JOIN posting p", "JOIN announced p").replace(
    "p.debit_balance, p.credit_balance", "NULL AS debit_balance, NULL AS credit_balance"
)


def get(session: Session, who: Principal, *, transaction: int) -> Detail:
    """One transaction with its postings; one that is not booked has none.

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
    """
    connection, mine = session.connection(), {"owner": who.person, "transaction": transaction}
    found = connection.execute(text(_GET), mine).all() or connection.execute(text(_GET_ANNOUNCED), mine).all()
    if not found:
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    first = found[0]
    names = counterparts(session, transfers=[first.transfer] if first.transfer is not None else [])
    moved = Decimal(0)
    for one in found:
        if one.currency == first.currency:
            moved += (one.size if one.taking else 0) - (one.size if one.giving else 0)
    row = _row(first, moved, names, booked=first.booked or first.created_at.astimezone(ZoneInfo(who.zone)).date())
    return Detail(
        row=row,
        valued=first.valued,
        created_at=first.created_at,
        external_reference=first.external_reference,
        imported=first.imported,
        reverses=first.related,
        reversed_by=first.reversed_by,
        reversible=row.status is Status.POSTED and row.kind not in {Kind.BETWEEN_PEOPLE, Kind.REVERSAL},
        lines=tuple(
            Line(
                credit=line.giving_name or line.credit_type,
                debit=line.taking_name or line.debit_type,
                amount=line.size,
                currency=currency(line.currency),
                credit_balance=line.credit_balance,
                debit_balance=line.debit_balance,
            )
            for line in found
            if row.is_booked
        ),
    )


def export(session: Session, who: Principal) -> Iterator[Exported]:
    """All of a person's transactions by date, read as they are consumed; reversed pairs included, by their status.

    One row per real account concerned, so that the rows of an account sum to its balance.
    """
    found = (
        session.connection()
        .execution_options(stream_results=True, yield_per=1000)
        .execute(
            text(
                """
            SELECT e.transaction, e.booked, t.valued, t.kind, t.status, a.name AS account, e.amount, e.currency,
                   e.balance_after, CASE WHEN o.custody IS NOT NULL THEN o.name ELSE '' END AS other_account,
                   coalesce(c.payee, '') AS payee, coalesce(t.description, '') AS description,
                   coalesce(k.name, '') AS category, coalesce(c.note, '') AS note,
                   coalesce(t.external_reference, '') AS external_reference, x.tags, s.parts
            FROM entry e JOIN transaction t ON t.id = e.transaction
            JOIN account a ON a.id = e.account JOIN account o ON o.id = e.other
            LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
            LEFT JOIN classification m ON t.kind = 7 AND m.owner = t.owner AND m.transaction = t.related
            LEFT JOIN category k ON k.id = coalesce(c.category, m.category)
            LEFT JOIN (
              SELECT l.transaction, array_agg(g.name ORDER BY lower(g.name)) AS tags FROM tagging l JOIN tag g ON g.id = l.tag
              WHERE l.owner = :owner GROUP BY 1) x ON x.transaction = t.id
            LEFT JOIN (
              SELECT s.transaction, jsonb_agg(jsonb_build_array(n.name, s.amount::text) ORDER BY s.line) AS parts
              FROM split s JOIN category n ON n.id = s.category WHERE s.owner = :owner GROUP BY 1) s ON s.transaction = t.id
            WHERE e.owner = :owner AND e.version IS NOT NULL
            ORDER BY e.booked, e.transaction, e.line, e.amount
            """
            ),
            {"owner": who.person},
        )
    )
    for row in found:
        amounts = currency(row.currency).cent
        yield Exported(
            reference=reference(row.transaction),
            booked=row.booked,
            valued=row.valued,
            kind=Kind(row.kind),
            status=Status(row.status),
            account=row.account,
            amount=row.amount.quantize(amounts),
            currency=row.currency,
            balance_after=row.balance_after.quantize(amounts),
            other_account=row.other_account,
            payee=row.payee,
            description=row.description,
            category=row.category,
            note=row.note,
            external_reference=row.external_reference,
            tags=tuple(row.tags or ()),
            parts=tuple((name, Decimal(amount)) for name, amount in row.parts or ()),
        )


def balance_at(session: Session, who: Principal, *, account: int, on: date) -> Decimal | None:
    """An account's balance at the end of a day, debit-positive; None where it is not known for that day.

    Raises:
        NotFound: not in this person's books (`unknown_account`).
    """
    row = (
        session.connection()
        .execute(
            text("SELECT id, known_since FROM account WHERE owner = :owner AND id = :account AND custody IS NOT NULL"),
            {"owner": who.person, "account": account},
        )
        .first()
    )
    if row is None:
        raise NotFound("There is no such account in your books.", code="unknown_account", field="account")
    if row.known_since is None or row.known_since > on:
        return None
    return balances_at(session, who, accounts=[row.id], on=on)[row.id]


def balances_at(session: Session, who: Principal, *, accounts: Sequence[int], on: date) -> dict[int, Decimal]:
    """What the entries of some real accounts sum to at the end of a day, debit-positive, known or not; others are left out."""
    found = session.connection().execute(
        text("SELECT account, balance FROM balances_at(CAST(:accounts AS bigint[]), :day)"),
        {"accounts": list(accounts), "day": on},
    )
    return {row.account: row.balance for row in found}


def parse_filter(query: Mapping[str, str], *, accounts: Sequence[AccountView]) -> Filter:
    """A filter from an address: `account` (uuid), `from`, `to` (ISO dates), `text`, `min`, `max` (decimals), `flow`,
    `category` (id), `status` (`reversed` or `all`), `counted` (`1`). Other names are ignored.

    Raises:
        Invalid: a value cannot be read, with the field's name (`bad_filter`), or the account is not one of these
            (`unknown_account`).
    """
    given = {name: value.strip() for name, value in query.items() if value.strip()}
    account = None
    if "account" in given:
        account = next((one.id for one in accounts if str(one.uuid) == given["account"].lower()), None)
        if account is None:
            raise Invalid("There is no such account in your books.", code="unknown_account", field="account")
    least, most = _size(given, "min"), _size(given, "max")
    flow = given.get("flow")
    if flow not in {None, "in", "out"}:
        raise _bad("flow")
    category = given.get("category")
    if category is not None and not (category.isascii() and category.isdigit() and len(category) < 19):
        raise _bad("category")
    status = given.get("status")
    if status not in {None, "reversed", "all"}:
        raise _bad("status")
    words = given.get("text")
    if words is not None and (len(words) > 100 or "\x00" in words):
        raise _bad("text")
    return Filter(
        account=account,
        since=_day(given, "from"),
        until=_day(given, "to"),
        contains=words,
        least=least,
        most=most,
        flow=flow,
        category=int(category) if category else None,
        reversed=None if status is None else status == "reversed",
        counted=True if given.get("counted") == "1" else None,
    )


def query_of(filter: Filter, *, accounts: Sequence[AccountView]) -> dict[str, str]:
    """The address's names and values for a filter, such that `parse_filter` reads it back."""
    uuid = next((str(one.uuid) for one in accounts if one.id == filter.account), None)
    named: dict[str, str | None] = {
        "account": uuid,
        "from": None if filter.since is None else filter.since.isoformat(),
        "to": None if filter.until is None else filter.until.isoformat(),
        "text": filter.contains,
        "min": None if filter.least is None else format(filter.least, "f"),
        "max": None if filter.most is None else format(filter.most, "f"),
        "flow": filter.flow,
        "category": None if filter.category is None else str(filter.category),
        "status": None if filter.reversed is None else "reversed" if filter.reversed else "all",
        "counted": "1" if filter.counted else None,
    }
    return {name: value for name, value in named.items() if value is not None}


def values(filter: Filter) -> dict[str, Any]:
    """A filter as the parameters of this module's queries."""
    found = {name: getattr(filter, name) for name in _TYPES}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _row(found: Found[Any], moved: Decimal, names: Mapping[int, str], *, booked: date, parts: bool = False) -> Row:
    own_transfer = found.giving is not None and found.taking is not None
    part = parts and moved and abs(moved) != found.size
    return Row(
        id=found.id,
        booked=booked,
        kind=Kind(found.kind),
        status=Status(found.status),
        amount=moved or found.size,
        currency=currency(found.currency),
        own_transfer=own_transfer,
        giving=None if found.giving is None else Side(found.giving, found.giving_uuid, found.giving_name),
        taking=None if found.taking is None else Side(found.taking, found.taking_uuid, found.taking_name),
        payee=found.payee or names.get(found.transfer, ""),
        named=found.payee,
        description=found.description,
        category=found.part_category if part else found.category,
        category_name=found.part_names if part else found.category_name,
        note=found.note,
        matched=found.matched,
        part_of=found.size.copy_sign(moved) if part else None,
    )


def _day(given: Mapping[str, str], name: str) -> date | None:
    if name not in given:
        return None
    try:
        return date.fromisoformat(given[name])
    except ValueError:
        raise _bad(name) from None


def _size(given: Mapping[str, str], name: str) -> Decimal | None:
    if name not in given:
        return None
    try:
        size = Decimal(given[name])
    except ArithmeticError:
        raise _bad(name) from None
    if not size.is_finite() or not 0 <= size <= LARGEST or len(given[name]) > 30:
        raise _bad(name)
    return size


def _bad(name: str) -> Invalid:
    return Invalid("This part of the filter cannot be read.", code="bad_filter", field=name)
