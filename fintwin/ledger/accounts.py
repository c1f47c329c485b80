"""Accounts: open, list, rename, block, close. Nominal accounts are the books' own and never shown here."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import Conflict, FinTwinError, Invalid, NotFound, Refused
from fintwin.kernel.ids import account_number
from fintwin.kernel.money import Currency, currency, exact
from fintwin.ledger import categories, journal, posting

TYPES: Mapping[str, str] = {
    "checking": "asset",
    "savings": "asset",
    "credit": "liability",
    "wallet": "asset",
    "loan": "liability",
    "investment": "asset",
    "cash": "asset",
}
"""Types of real accounts and the class each is opened with."""

MOST_AT_ONCE = 100
"""Accounts that one call may change."""

_CHANGES = frozenset({"block", "unblock", "close", "reopen"})

HELD_TYPES = frozenset({"checking", "savings", "wallet", "cash", "investment"})
"""Types that can be kept here."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """A real account as its owner sees it. Balances are debit-positive: a debt is below zero.

    `available` is what may leave: posted - pending, with the credit limit; for a tracked account it is `posted`.
    Where `known` is false the balance was never given: `posted` is then only the sum of what was booked.
    """

    id: int
    uuid: UUID
    name: str
    number: str
    """Fourteen digits, for money from other people; "" for a tracked account."""
    bank_number: str
    """Its number at the bank, as statements name it; "" where unknown."""
    class_: str
    custody: str
    type: str
    currency: Currency
    status: str
    posted: Decimal
    pending: Decimal
    available: Decimal
    credit_limit: Decimal
    known_since: date | None
    version: int
    last_transaction_at: datetime | None
    locked_until: date | None = None
    """The day up to which a statement confirmed the balance; nothing is booked on it or before."""
    blocked_by: str = ""
    """`self` or `staff` while it is blocked, else ""."""
    blocked_reason: str = ""

    @property
    def known(self) -> bool:
        """Whether the balance is known."""
        return self.known_since is not None

    @property
    def held(self) -> bool:
        """Whether the money is kept here."""
        return self.custody == "held"

    @property
    def own_money(self) -> Decimal:
        """What of `available` other people are paid from: all but the credit limit; nothing where that is drawn on."""
        return max(self.available - self.credit_limit, Decimal(0)) if self.held else self.available

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.status != "closed"

    @property
    def ending(self) -> str:
        """The last four characters of its number, here or at the bank; "" where there is none."""
        return (self.number or self.bank_number)[-4:]


_SELECT = """
    SELECT id, uuid, name, coalesce(number, '') AS number, coalesce(bank_number, '') AS bank_number, class AS class_,
           custody, type, currency, status, posted_balance AS posted, held_balance AS pending,
           CASE custody WHEN 'held' THEN posted_balance - held_balance + credit_limit ELSE posted_balance END AS available,
           credit_limit, coalesce(blocked_by, '') AS blocked_by, coalesce(blocked_reason, '') AS blocked_reason,
           known_since, version, last_transaction_at, locked_until
    FROM account WHERE owner = :owner AND custody IS NOT NULL
"""


# Transactions are looked up one by one, by all that their indexes have: of a person of whom the planner knows nothing
# yet, it would read all for each posting.
_OPENINGS = text(
    """
    SELECT min(e.booked) FILTER (WHERE e.kind <> 1) AS first,
           coalesce(sum(e.amount) FILTER (WHERE e.kind <> 1 AND e.booked <= :day), 0) AS moved,
           coalesce(array_agg(e.transaction) FILTER (WHERE e.kind = 1), '{}') AS openings,
           min(e.booked) FILTER (WHERE e.kind = 1) AS opened,
           coalesce(sum(e.amount) FILTER (WHERE e.kind = 1), 0) AS opening
    FROM (SELECT t.kind, p.booked, p.transaction, CASE WHEN p.debit = :account THEN p.amount ELSE -p.amount END AS amount
          FROM posting p
          CROSS JOIN LATERAL (SELECT h.kind, h.status FROM transaction h
                              WHERE h.owner = :owner AND h.booked = p.booked AND h.id = p.transaction OFFSET 0) t
          WHERE p.owner = :owner AND t.status <> 6
            AND (p.debit = :account AND p.debit_version IS NOT NULL OR p.credit = :account AND p.credit_version IS NOT NULL)) e
    """
)


def accounts(session: Session, who: Principal, *, closed: bool = False) -> list[AccountView]:
    """A person's real accounts by name, closed ones last and only if asked for."""
    rows = session.connection().execute(
        text(_SELECT + " AND (:closed OR status <> 'closed') ORDER BY status = 'closed', lower(name), id"),
        {"owner": who.person, "closed": closed},
    )
    return [_view(row._mapping) for row in rows]


def account(session: Session, who: Principal, number: int) -> AccountView:
    """One real account by its id.

    Raises:
        NotFound: not in this person's books (`unknown_account`).
    """
    return _one(session, who, "id = :wanted", number)


def by_uuid(session: Session, who: Principal, uuid: UUID | str) -> AccountView:
    """One real account by the id that pages and addresses use.

    Raises:
        NotFound: not in this person's books, or not an id at all (`unknown_account`).
    """
    try:
        wanted = uuid if isinstance(uuid, UUID) else UUID(uuid)
    except ValueError:
        raise _unknown() from None
    return _one(session, who, "uuid = CAST(:wanted AS uuid)", str(wanted))


def in_currency(
    session: Session, who: Principal, uuid: UUID | str, *, code: str, field: str = "account"
) -> AccountView:
    """One real account for an amount that says which currency it is in.

    Raises:
        NotFound: not in this person's books (`unknown_account`).
        Refused: the account has another currency (`currency_mismatch`).
    """
    return of_currency(by_uuid(session, who, uuid), code=code, field=field)


def of_currency(found: AccountView, *, code: str, field: str = "account") -> AccountView:
    """The account itself, where it has the currency that an amount says it is in.

    Raises:
        Invalid: no such currency (`unknown_currency`).
        Refused: the account has another currency (`currency_mismatch`).
    """
    if found.currency != currency(code):
        raise Refused(f"This account is in {found.currency.code}.", code="currency_mismatch", field=field)
    return found


def by_bank_number(session: Session, who: Principal, *, bank_number: str, of: Currency) -> AccountView | None:
    """The account that a statement names, or None."""
    row = (
        session.connection()
        .execute(
            text(_SELECT + " AND bank_number = :number AND currency = :currency"),
            {"owner": who.person, "number": checked_bank_number(bank_number), "currency": of.code},
        )
        .first()
    )
    return None if row is None else _view(row._mapping)


def open_account(
    session: Session,
    who: Principal,
    *,
    name: str,
    type: str,
    custody: str,
    currency: Currency,
    key: str,
    opening: Decimal | str | None = None,
    opened: date | None = None,
    bank_number: str = "",
    clock: Clock = system_clock,
) -> AccountView:
    """Open an account kept here (`held`) or mirrored from a bank (`tracked`); the first brings the usual categories.

    Args:
        opening: balance to begin with, debit-positive (a debt below zero). None: nothing for a held account, not known
            for a tracked one.
        opened: the day of that balance; today if not given.
        bank_number: its number at the bank, by which statements find it.
        key: the same key opens one account.

    Raises:
        Invalid: `no_name`, `too_long`, `unknown_type`, `unknown_custody`, `type_not_held`, `opening_below_zero`, a bad
            amount or date.
        Conflict: the key opened something else (`key_reused`), or there is an account with this bank number
            (`bank_number_taken`).
    """
    called = posting.clean(name, most=80, field="name")
    if called is None:
        raise Invalid("Give the account a name.", code="no_name", field="name")
    if type not in TYPES:
        raise Invalid("Choose a type of account.", code="unknown_type", field="type")
    if custody not in {"held", "tracked"}:
        raise Invalid("Choose where the money is.", code="unknown_custody", field="custody")
    held = custody == "held"
    if held and type not in HELD_TYPES:
        raise Invalid("Cards and loans are kept at a bank, not here.", code="type_not_held", field="type")
    day = journal.booking_date(who, opened, clock=clock)
    balance = None if opening is None else exact(opening, to=currency, field="opening")
    if held and balance is not None and balance < 0:
        raise Invalid("An account kept here cannot begin below zero.", code="opening_below_zero", field="opening")
    outside = None if held else checked_bank_number(bank_number) or None
    posting.checked_key(key)
    categories.ensure(session, who)  # first, as an import does: two that open the same account wait in one order
    uuid = UUID(bytes=hashlib.sha256(f"account:{who.person}:{key}".encode()).digest()[:16])
    number = None
    connection = session.connection()
    for _ in range(5):
        number = connection.scalar(
            text(
                """
                INSERT INTO account (owner, uuid, number, bank_number, name, class, custody, type, currency, known_since)
                VALUES (:owner, CAST(:uuid AS uuid), :number, :bank_number, :name, :class, :custody, :type, :currency, :known)
                ON CONFLICT DO NOTHING RETURNING id
                """
            ),
            {
                "owner": who.person,
                "uuid": str(uuid),
                "number": account_number() if held else None,
                "bank_number": outside,
                "name": called,
                "class": TYPES[type],
                "custody": custody,
                "type": type,
                "currency": currency.code,
                "known": day if held or balance is not None else None,
            },
        )
        if number is not None:
            break
        row = connection.execute(
            text(_SELECT + " AND uuid = CAST(:uuid AS uuid)"), {"owner": who.person, "uuid": str(uuid)}
        ).first()
        if row is not None:
            before = _view(row._mapping)
            if (before.type, before.custody, before.currency) != (type, custody, currency):
                raise Conflict("This form was already used for something else. Open it again.", code="key_reused")
            number = before.id
            break
        if outside and by_bank_number(session, who, bank_number=outside, of=currency):
            raise _taken()
    if number is None:
        raise Conflict("No free account number was found. Try again.", code="no_number")
    if balance:
        journal.post(
            session,
            who,
            posting.opening(account=number, balance=balance, currency=currency, booked=day, key=f"{key}:opening"),
        )
    tell(session, Happening.ACCOUNT, what=number)
    return account(session, who, number)


def state_balance(
    session: Session,
    who: Principal,
    *,
    account: int,
    balance: Decimal,
    on: date,
    key: str,
    opened: date | None = None,
) -> AccountView:
    """Say what a tracked account's balance was at the end of a day; its opening is computed from that.

    The opening is dated `opened` where no row is older, else the day before the first row (or before `on`); one that
    stood there is reversed and posted anew. Saying the same again changes nothing.

    Raises:
        NotFound: `unknown_account`.
        Refused: the account is kept here, where the books themselves know (`not_tracked`), or closed.
    """
    seen = _one(session, who, "id = :wanted", account)
    if seen.held:
        raise Refused("The books themselves know this balance.", code="not_tracked", field="account")
    connection = session.connection()
    wanted = exact(balance, to=seen.currency, field="balance")
    mine = {"owner": who.person, "account": account, "day": on}
    # Locked, so that no row is booked between reading and posting.
    connection.execute(text("SELECT FROM account WHERE owner = :owner AND id = :account FOR NO KEY UPDATE"), mine)
    row = connection.execute(_OPENINGS, mine).one()
    day = min(on, row.first or on) - timedelta(days=1)
    if opened is not None and opened <= (row.first or on):
        day = opened
    begin = wanted - row.moved
    there = [(row.opened, row.opening)] if row.openings else []
    items = []
    if there != ([(day, begin)] if begin else []) or len(row.openings) > 1:
        items = [posting.reversal(of=one, key=f"{key}:undo:{one}") for one in row.openings]
        if begin:
            items.append(
                posting.opening(
                    account=account, balance=begin, currency=seen.currency, booked=day, key=f"{key}:opening"
                )
            )
    if items:
        journal.post_batch(session, who, items, whole=True)
    connection.execute(
        text("UPDATE account SET known_since = :day WHERE owner = :owner AND id = :account"), {**mine, "day": day}
    )
    tell(session, Happening.ACCOUNT, what=account)
    return _one(session, who, "id = :wanted", account)


def forget_balance(session: Session, who: Principal, *, account: int, key: str) -> AccountView:
    """Take back what was said of a tracked account's balance: its opening is reversed, the balance is not known.

    Raises:
        NotFound: `unknown_account`.
        Refused: the account is kept here (`not_tracked`), or closed.
    """
    if _one(session, who, "id = :wanted", account).held:
        raise Refused("The books themselves know this balance.", code="not_tracked", field="account")
    connection = session.connection()
    mine = {"owner": who.person, "account": account, "day": date.max}
    connection.execute(text("SELECT FROM account WHERE owner = :owner AND id = :account FOR NO KEY UPDATE"), mine)
    openings = connection.execute(_OPENINGS, mine).one().openings
    if openings:
        undone = [posting.reversal(of=one, key=f"{key}:undo:{one}") for one in openings]
        journal.post_batch(session, who, undone, whole=True)
    connection.execute(text("UPDATE account SET known_since = NULL WHERE owner = :owner AND id = :account"), mine)
    tell(session, Happening.ACCOUNT, what=account)
    return _one(session, who, "id = :wanted", account)


def rename(session: Session, who: Principal, *, account: int, name: str) -> AccountView:
    """Give an account another name.

    Raises:
        Invalid: `no_name`, `too_long`.
        NotFound: `unknown_account`.
    """
    called = posting.clean(name, most=80, field="name")
    if called is None:
        raise Invalid("Give the account a name.", code="no_name", field="name")
    return _set(session, who, account, "name = :value", called)


def set_bank_number(session: Session, who: Principal, *, account: int, bank_number: str) -> AccountView:
    """Say by which number statements name a tracked account; "" forgets it.

    Raises:
        NotFound: `unknown_account`.
        Refused: the account is kept here (`not_tracked`).
        Conflict: another account has this number (`bank_number_taken`).
    """
    if _one(session, who, "id = :wanted", account).held:
        raise Refused("This account is kept here, not at a bank.", code="not_tracked", field="account")
    try:
        return _set(session, who, account, "bank_number = :value", checked_bank_number(bank_number) or None)
    except IntegrityError:
        raise _taken() from None


def freeze(session: Session, who: Principal, *, account: int, reason: str = "") -> AccountView:
    """Block an account: money may reach it, none may leave. Audited; a blocked one stays as it is.

    Raises:
        Invalid: the reason has more than 300 characters (`too_long`).
        NotFound: `unknown_account`.
        Refused: `account_closed`.
    """
    return _change(session, who, account, "block", posting.clean(reason, most=300, field="reason"))


def unfreeze(session: Session, who: Principal, *, account: int) -> AccountView:
    """Take one's own block away; audited.

    Raises:
        NotFound: `unknown_account`.
        Refused: `account_closed`, staff blocked it (`blocked_by_staff`).
    """
    return _change(session, who, account, "unblock")


def close(session: Session, who: Principal, *, account: int) -> AccountView:
    """Close an account that is empty and has nothing pending; its history stays and it can be reopened. Audited.

    Raises:
        NotFound: `unknown_account`.
        Refused: `balance_not_zero`, `has_holds`, `blocked_by_staff`.
    """
    try:
        return _change(session, who, account, "close")
    except Refused as refused:
        if refused.code != "balance_not_zero":
            raise
    held = _one(session, who, "id = :wanted", account).held
    first = "Move its money away first." if held else "Move its money away, or correct its balance, first."
    raise Refused(f"Only an empty account can be closed. {first}", code="balance_not_zero", field="account")


def reopen(session: Session, who: Principal, *, account: int) -> AccountView:
    """Open a closed account again; any other stays as it is. Audited.

    Raises:
        NotFound: `unknown_account`.
    """
    return _change(session, who, account, "reopen")


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one account of several."""

    name: str
    refusal: FinTwinError | None


def change_many(
    session: Session, who: Principal, *, accounts: Sequence[UUID], change: str, reason: str = ""
) -> list[Changed]:
    """`block`, `unblock`, `close` or `reopen` up to a hundred own accounts, each accepted or refused on its own.

    Raises:
        Invalid: `no_accounts`, `too_many_items`, `bad_choice`, `too_long`.
        NotFound: one is not in this person's books; nothing is changed.
    """
    if not accounts:
        raise Invalid("Choose at least one account.", code="no_accounts")
    if len(accounts) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} accounts at once.", code="too_many_items")
    if change not in _CHANGES:
        raise Invalid("Choose what to do with them.", code="bad_choice")
    why = posting.clean(reason, most=300, field="reason")
    found = {one.id: one for one in (by_uuid(session, who, uuid) for uuid in accounts)}
    done = []
    for number in sorted(found):  # in the order in which everything locks accounts
        refused: FinTwinError | None = None
        try:
            _change(session, who, number, change, why)
        except (Refused, NotFound) as refusal:
            refused = refusal
        done.append(Changed(found[number].name, refused))
    return done


def checked_bank_number(number: str) -> str:
    """An account's number at a bank as statements are compared by it: letters and digits, upper case.

    Raises:
        Invalid: longer than 40 characters (`too_long`), or some that could name any account (`too_short`).
    """
    bare = "".join(char for char in number if char.isalnum()).upper()
    if len(bare) > 40:
        raise Invalid("This is too long for an account number.", code="too_long", field="bank_number")
    if number.strip() and len(bare) < 3:
        raise Invalid("Write at least three of its letters or digits.", code="too_short", field="bank_number")
    return bare


def _one(session: Session, who: Principal, condition: str, wanted: Any) -> AccountView:
    row = (
        session.connection()
        .execute(text(f"{_SELECT} AND {condition}"), {"owner": who.person, "wanted": wanted})
        .first()
    )
    if row is None:
        raise _unknown()
    return _view(row._mapping)


def _change(session: Session, who: Principal, account: int, change: str, reason: str | None = None) -> AccountView:
    # In a savepoint: a refusal leaves the rest of the unit of work as it is.
    with journal.refusals(who), session.begin_nested():
        session.connection().execute(
            text("SELECT set_account_status(:account, :change, :reason)"),
            {"account": account, "change": change, "reason": reason},
        )
    return _one(session, who, "id = :wanted", account)


def _set(session: Session, who: Principal, account: int, change: str, value: Any) -> AccountView:
    session.connection().execute(
        text(f"UPDATE account SET {change} WHERE owner = :owner AND id = :account AND custody IS NOT NULL"),  # noqa: S608
        {"owner": who.person, "account": account, "value": value},
    )
    tell(session, Happening.ACCOUNT, what=account)
    return _one(session, who, "id = :wanted", account)


def _view(row: Mapping[Any, Any]) -> AccountView:
    return AccountView(**{**row, "currency": currency(row["currency"])})


def _unknown() -> NotFound:
    return NotFound("There is no such account in your books.", code="unknown_account", field="account")


def _taken() -> Conflict:
    return Conflict("You have an account with this number already.", code="bank_number_taken", field="bank_number")
