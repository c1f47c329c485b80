"""People, accounts, transactions and ledger lines as the console shows them."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from fintwin.identity.desk import Audited, Customer, Looked
from fintwin.identity.principal import Principal
from fintwin.kernel.ids import grouped, reference
from fintwin.kernel.wording import amount_text, date_text, instant_text
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.staff import Fund, LedgerLine, StaffAccount, StaffTransaction, Turnover
from fintwin.ledger.wording import KIND_WORDS, TYPE_WORDS, status_words
from fintwin.ui.audited import change_text, kind_text
from fintwin.ui.shell import letters_of

_CLOSED = "Closed"
"""What no day of can be changed any more: its owner sees it as posted, staff why it stays."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list, or at the head of their page."""

    uuid: str = ""
    name: str = ""
    letters: str = ""
    line: str = ""
    """Customer number and address."""
    since: str = ""
    role: str = ""
    suspended: bool = False
    kyc: str = "pending"
    sessions: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of a customer."""

    uuid: str = ""
    name: str = ""
    line: str = ""
    balance: str = ""
    below: str = ""
    """Pending and limit, where there are any."""
    blocked: bool = False
    why: str = ""
    closed: bool = False
    held: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction of a customer."""

    id: str = ""
    day: str = ""
    title: str = ""
    line: str = ""
    amount: str = ""
    status: str = ""
    """Empty for what is simply posted."""
    can: str = ""
    """`reverse`, `void` or ""."""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A posting of the general ledger."""

    day: str = ""
    reference: str = ""
    customer: str = ""
    debit: str = ""
    credit: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class TurnoverRow:
    """Debits and credits of one type of account."""

    type: str = ""
    debits: str = ""
    credits: str = ""
    balance: str = ""


@dataclass(frozen=True, slots=True)
class CurrencyRows:
    """The trial balance of one currency."""

    code: str = ""
    rows: list[TurnoverRow] = field(default_factory=list)
    debits: str = ""
    credits: str = ""
    agrees: bool = True


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the audit."""

    at: str = ""
    title: str = ""
    line: str = ""
    """Who did it to whom."""
    reason: str = ""
    change: str = ""


def person_row(one: Customer, *, who: Principal) -> PersonRow:
    """A person as the list shows them."""
    return PersonRow(
        uuid=str(one.uuid),
        name=one.name,
        letters=letters_of(one.name),
        line=" · ".join(part for part in (one.customer_number, one.email) if part),
        since=date_text(one.since.date(), locale=who.locale),
        role="" if one.role == "customer" else one.role.capitalize(),
        suspended=one.status == "suspended",
        kyc=one.kyc_status,
    )


def looked_row(looked: Looked, *, who: Principal) -> PersonRow:
    """A person as the head of their page shows them."""
    many = looked.sessions
    signed_in = "Not signed in" if many == 0 else "Signed in once" if many == 1 else f"Signed in {many} times"
    return replace(person_row(looked.customer, who=who), sessions=signed_in, own=looked.own)


def account_row(one: StaffAccount, *, chosen: frozenset[str], who: Principal) -> AccountRow:
    """An account in words; a balance nobody gave stays unknown."""

    def money(value: Decimal) -> str:
        return amount_text(value, of=one.currency, locale=who.locale)

    extra = [f"{money(one.pending)} pending"] if one.pending else []
    extra += [f"limit {money(one.credit_limit)}"] if one.credit_limit else []
    number = grouped(one.number) if one.number else f"··{one.bank_number[-4:]}" if one.bank_number else ""
    place = "kept here" if one.custody == "held" else "at a bank"
    blocked = one.status == "frozen"
    by = "staff" if one.blocked_by == "staff" else "its owner"
    return AccountRow(
        uuid=str(one.uuid),
        name=one.name,
        line=" · ".join(
            part for part in (f"{TYPE_WORDS.get(one.type, one.type.capitalize())}, {place}", number) if part
        ),
        balance=money(one.posted) if one.known else "not known",
        below=", ".join(extra),
        blocked=blocked,
        why=f"Blocked by {by}{f': {one.blocked_reason}' if one.blocked_reason else ''}" if blocked else "",
        closed=one.status == "closed",
        held=one.custody == "held",
        chosen=str(one.uuid) in chosen,
    )


def transaction_row(one: StaffTransaction, *, who: Principal) -> TransactionRow:
    """A transaction in words."""
    pending = one.status is Status.PENDING
    can = "void" if pending else ""
    if one.kind is Kind.BETWEEN_PEOPLE and one.status is Status.POSTED:
        can = "reverse"
    money = (
        amount_text(one.amount, of=one.currency, locale=who.locale) if one.amount is not None and one.currency else ""
    )
    return TransactionRow(
        id=str(one.id),
        day=date_text(one.booked, locale=who.locale) if one.booked else "not booked",
        title=one.payee or one.description or KIND_WORDS[one.kind],
        line=" · ".join(
            part
            for part in (
                KIND_WORDS[one.kind],
                f"{one.giving} → {one.taking}" if one.giving or one.taking else "",
                reference(one.id),
            )
            if part
        ),
        amount=money,
        status=""
        if one.status is Status.POSTED
        else _CLOSED
        if one.status is Status.ARCHIVED
        else status_words(one.status),
        can=can,
    )


def line_row(one: LedgerLine, *, who: Principal) -> LineRow:
    """A posting in words."""
    return LineRow(
        day=date_text(one.booked, locale=who.locale),
        reference=reference(one.transaction),
        customer=one.customer_number,
        debit=_readable(one.debit),
        credit=_readable(one.credit),
        amount=amount_text(one.amount, of=one.currency, locale=who.locale),
    )


def _readable(account: str) -> str:
    """A type and a number with the number in groups, which a phone may break."""
    return re.sub(r"\b\d{14}\b", lambda number: grouped(number[0]), account)


def currency_rows(found: list[Turnover], *, who: Principal) -> list[CurrencyRows]:
    """The trial balance, a table per currency with its sums."""
    made = []
    for code in dict.fromkeys(one.currency.code for one in found):
        rows = [one for one in found if one.currency.code == code]
        of = rows[0].currency
        debits = sum((one.debits for one in rows), Decimal(0))
        credits = sum((one.credits for one in rows), Decimal(0))
        made.append(
            CurrencyRows(
                code,
                [
                    TurnoverRow(
                        one.type.capitalize(),
                        amount_text(one.debits, of=of, locale=who.locale, symbol=False),
                        amount_text(one.credits, of=of, locale=who.locale, symbol=False),
                        amount_text(one.debits - one.credits, of=of, locale=who.locale, symbol=False),
                    )
                    for one in rows
                ],
                amount_text(debits, of=of, locale=who.locale, symbol=False),
                amount_text(credits, of=of, locale=who.locale, symbol=False),
                debits == credits,
            )
        )
    return made


def fund_text(one: Fund, *, who: Principal) -> str:
    """A fund of the house in one line."""
    return f"{one.name}: {amount_text(one.posted, of=one.currency, locale=who.locale)}"


def audit_row(one: Audited, *, who: Principal) -> AuditRow:
    """A row of the audit in words."""
    named = " for ".join(part for part in (one.principal, one.actor) if part) or "FinTwin"
    actor = named[0].upper() + named[1:]
    to = "" if one.actor_uuid == one.person_uuid else f" → {one.person}"
    return AuditRow(
        at=instant_text(one.at, zone=who.zone, locale=who.locale),
        title=" · ".join(part for part in (kind_text(one.kind), one.detail) if part),
        line=f"{actor}{to}",
        reason=one.reason,
        change=change_text(one.before, one.after),
    )
