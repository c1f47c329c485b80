"""What can be posted, and why it is refused: values only.

Signs: an amount to post is always positive and moves from the account that gives (credited) to the account that takes
(debited). Balances are debit-positive for every class, so a debt is below zero.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from fintwin.kernel.errors import Busy, Conflict, FinTwinError, Forbidden, Invalid, NotFound, Refused
from fintwin.kernel.ids import reference
from fintwin.kernel.money import Currency, exact, positive

MOST_ITEMS = 10_000
"""Items that one batch may have."""


class Kind(IntEnum):
    """What a transaction is. The numbers lie in tables: never change one."""

    OPENING = 1
    DEPOSIT = 2
    WITHDRAWAL = 3
    OWN_TRANSFER = 4
    BETWEEN_PEOPLE = 5
    CONVERSION = 6
    REVERSAL = 7


class Status(IntEnum):
    """Where a transaction stands; both of a pair that cancels out are REVERSED.

    PENDING becomes POSTED, FAILED or EXPIRED; POSTED becomes ARCHIVED (for good) or REVERSED.
    """

    PENDING = 1
    POSTED = 2
    ARCHIVED = 3
    FAILED = 4
    EXPIRED = 5
    REVERSED = 6


class Outside(StrEnum):
    """Where a transaction stands for people and the API."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"


def outside(status: Status, *, under_way: bool = False) -> Outside:
    """The outside view of a status; a pending transaction that settles by itself is `under_way`."""
    match status:
        case Status.PENDING:
            return Outside.PROCESSING if under_way else Outside.PENDING
        case Status.FAILED | Status.EXPIRED:
            return Outside.FAILED
        case _:
            return Outside.SUCCESS


@dataclass(frozen=True, slots=True)
class Item:
    """One movement for `service.post` or `service.post_batch`.

    `giving` and `taking` are ids of own accounts; None stands for the nominal account of the kind (income for a
    deposit, expense for a withdrawal, opening for an opening). `key` may be left empty in a batch only.
    A reversal has `related`, `key` and `description`; all else is read from what it takes back. With `amount` above zero
    it takes back that much of it, booked on `booked`.
    `number` is the account number of the payee of a payment between people. A conversion gives `amount` in `currency`
    and takes `got` in the taking account's own. A pending item is announced only: `ledger.pending` settles it.
    """

    kind: Kind
    amount: Decimal
    currency: str
    booked: date
    giving: int | None = None
    taking: int | None = None
    valued: date | None = None
    description: str | None = None
    external_reference: str | None = None
    payee: str | None = None
    category: int | None = None
    note: str | None = None
    key: str = ""
    related: int | None = None
    number: str = ""
    got: Decimal | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """What a posting answers: the transaction, and whether it stood in the books before (same key, same body)."""

    transaction: int
    transfer: int | None = None
    replayed: bool = False

    @property
    def reference(self) -> str:
        """The transaction's id as people see it."""
        return reference(self.transaction)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of a batch (`item` counts from 0): a transaction, or the reason why not."""

    item: int
    transaction: int | None
    refusal: FinTwinError | None
    replayed: bool


def movement(
    *,
    account: int,
    amount: Decimal,
    currency: Currency,
    booked: date,
    valued: date | None = None,
    description: str = "",
    external_reference: str = "",
    payee: str = "",
    category: int | None = None,
    note: str = "",
    key: str = "",
) -> Item:
    """Money that reached (amount above zero) or left (below) one real account, as a bank's row says it.

    Raises:
        Invalid: as `money.exact`, or the amount is zero (`amount_not_positive`), or a text is too long.
    """
    moved = exact(amount, to=currency)
    size = positive(abs(moved), to=currency)
    return Item(
        kind=Kind.DEPOSIT if moved > 0 else Kind.WITHDRAWAL,
        amount=size,
        currency=currency.code,
        booked=booked,
        giving=account if moved < 0 else None,
        taking=account if moved > 0 else None,
        valued=valued,
        description=clean(description, most=500, field="description"),
        external_reference=clean(external_reference, most=140, field="external_reference"),
        payee=clean(payee, most=140, field="payee"),
        category=category,
        note=clean(note, most=500, field="note"),
        key=key,
    )


def opening(*, account: int, balance: Decimal, currency: Currency, booked: date, key: str) -> Item:
    """The balance (debit-positive, not zero) that an account begins with."""
    size = positive(abs(exact(balance, to=currency, field="opening")), to=currency, field="opening")
    return Item(
        kind=Kind.OPENING,
        amount=size,
        currency=currency.code,
        booked=booked,
        giving=account if balance < 0 else None,
        taking=account if balance > 0 else None,
        key=key,
    )


def reversal(*, of: int, key: str = "", description: str = "") -> Item:
    """The mirror of an opening, deposit, withdrawal or own transfer, booked on its day."""
    return Item(
        kind=Kind.REVERSAL,
        amount=Decimal(0),
        currency="",
        booked=date.min,
        related=of,
        key=key,
        description=clean(description, most=500, field="description"),
    )


def clean(text: str | None, *, most: int, field: str) -> str | None:
    """A person's text without control characters and outer blanks; None where nothing is left.

    Raises:
        Invalid: longer than `most` characters (code `too_long`).
    """
    bare = text or ""
    if not bare.isprintable():
        bare = "".join(char if char.isprintable() else " " for char in bare)
    bare = bare.strip()
    if len(bare) > most:
        raise Invalid(f"This is longer than {most} characters.", code="too_long", field=field)
    return bare or None


def checked_key(key: str) -> UUID:
    """An idempotency key of 1 to 200 characters as the books keep it.

    Raises:
        Invalid: empty or too long (code `no_key`, `bad_key`).
    """
    if not key:
        raise Invalid("This call needs an idempotency key.", code="no_key", field="key")
    if len(key) > 200:
        raise Invalid("An idempotency key has at most 200 characters.", code="bad_key", field="key")
    return UUID(bytes=hashlib.sha256(key.encode()).digest()[:16])


def fingerprint(item: Item, *, number: str = "") -> int:
    """A signed 64-bit digest of everything an item says but its key; `number` is the payee's account number."""
    return digest(_plain(item) | {"number": number or item.number})


def digest(body: Mapping[str, Any]) -> int:
    """A signed 64-bit digest of what a call says; amounts and dates as text."""
    packed = _packed(body).encode()
    return int.from_bytes(hashlib.sha256(packed).digest()[:8], "big", signed=True)


def as_json(items: Sequence[Item]) -> str:
    """A batch as `post_batch` in the database takes it."""
    rows = []
    for item in items:
        row = {name: value for name, value in _plain(item).items() if value is not None}
        if item.key:
            row |= {"key": str(checked_key(item.key)), "fingerprint": fingerprint(item)}
        rows.append(row)
    return json.dumps(rows)


def plain_batch(items: Sequence[Item]) -> bool:
    """Whether every item is one that `post_batch` in the database books in one pass."""
    return all(
        item.kind is not Kind.BETWEEN_PEOPLE and item.got is None and not item.pending and not _partial(item)
        for item in items
    )


def as_calls(items: Sequence[Item]) -> str:
    """A batch of any kinds as `post_mixed` in the database takes it.

    Raises:
        Invalid: an item has no key (`no_key`).
    """
    return json.dumps([_call(item) for item in items], default=_text)


def _call(item: Item) -> dict[str, Any]:
    call: dict[str, Any] = {"key": str(checked_key(item.key)), "fingerprint": fingerprint(item)}
    if item.kind is Kind.REVERSAL:
        part = {"amount": item.amount, "booked": item.booked} if _partial(item) else {}
        call |= {"door": "take_back", "transaction": item.related, "reason": item.description, **part}
    else:
        call |= {"from": item.giving, "to": item.taking, "description": item.description, "note": item.note}
        call |= {"external": item.external_reference}
        if item.kind is Kind.CONVERSION:
            call |= {"door": "convert_money", "gave": item.amount, "got": item.got}
        else:
            call |= {"door": "keep_back" if item.pending else "post", "kind": int(item.kind), "amount": item.amount}
            call |= {"currency": item.currency, "number": item.number or None}
            call |= {"payee": item.payee, "category": item.category}
        if not item.pending:
            call |= {"booked": item.booked, "valued": item.valued}
    return {name: value for name, value in call.items() if value is not None}


def _partial(item: Item) -> bool:
    return item.kind is Kind.REVERSAL and item.amount > 0


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a call")


_packed = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_text).encode


def _plain(item: Item) -> dict[str, Any]:
    if item.kind is Kind.REVERSAL:
        part = {"amount": _text(item.amount), "booked": _text(item.booked)} if _partial(item) else {}
        return {"kind": int(item.kind), "related": item.related, "description": item.description, **part}
    # What an item does not use is left out, so that a key's fingerprint outlives new fields.
    more = {"got": _text(item.got)} if item.got is not None else {}
    if item.pending:
        more["pending"] = "yes"
    return {
        "kind": int(item.kind),
        "giving": item.giving,
        "taking": item.taking,
        "amount": _text(item.amount),
        "currency": item.currency,
        "booked": item.booked.isoformat(),
        "valued": item.valued.isoformat() if item.valued else None,
        "description": item.description,
        "external_reference": item.external_reference,
        "payee": item.payee,
        "category": item.category,
        "note": item.note,
        **more,
    }


_REFUSALS: dict[str, tuple[type[FinTwinError], str, str, str]] = {
    "LG001": (Conflict, "key_reused", "This form was already used for something else. Open it again.", ""),
    "LG002": (NotFound, "unknown_account", "There is no such account in your books.", "account"),
    "LG003": (Invalid, "same_account", "Choose two different accounts.", "to"),
    "LG004": (Refused, "account_frozen", "This account is blocked: no money can leave it.", "account"),
    "LG005": (Refused, "account_closed", "This account is closed.", "account"),
    "LG006": (Refused, "not_enough_funds", "There is not enough money in this account.", "amount"),
    "LG007": (Refused, "currency_mismatch", "The accounts have different currencies.", "to"),
    "LG008": (Invalid, "bad_amount", "The amount must be more than zero.", "amount"),
    "LG009": (NotFound, "unknown_payee", "No account with this number can be paid.", "number"),
    "LG010": (Refused, "own_payee", "This is your own account. Use a transfer between your accounts.", "number"),
    "LG011": (Refused, "not_held", "Money for other people can only leave an account that is kept here.", "account"),
    "LG012": (Refused, "gate_refused", "This payment was stopped because it looks unsafe.", ""),
    "LG013": (Refused, "gate_held", "This payment needs to be confirmed first.", ""),
    "LG014": (Refused, "payee_unavailable", "The payee's account cannot receive money now.", "number"),
    "LG015": (NotFound, "unknown_transaction", "There is no such transaction in your books.", "transaction"),
    "LG016": (Refused, "not_reversible", "This transaction cannot be taken back.", "transaction"),
    "LG017": (Refused, "already_reversed", "This transaction was already taken back.", "transaction"),
    "LG018": (NotFound, "unknown_category", "There is no such category.", "category"),
    "LG019": (Invalid, "bad_shape", "This is not a movement the books know.", ""),
    "LG020": (Forbidden, "signed_out", "Sign in first.", ""),
    "LG021": (Invalid, "no_key", "This call needs an idempotency key.", "key"),
    "LG022": (Refused, "payee_currency", "The payee's account has another currency.", "number"),
    "LG023": (Refused, "amount_too_large", "The balance would be larger than the books can hold.", "amount"),
    "LG024": (Invalid, "bad_date", "The books hold days from 1900 to 2200.", "booked"),
    "LG025": (NotFound, "unknown_import", "There is no such import.", ""),
    "LG026": (
        Refused,
        "locked",
        "A reconciled balance locks this account up to a later day. Release it first.",
        "booked",
    ),
    "LG027": (Refused, "not_pending", "This is not pending any more.", "transaction"),
    "LG028": (Refused, "more_than_held", "This is more than is kept back for it.", "amount"),
    "LG029": (Refused, "more_than_the_rest", "This is more than is left of it.", "amount"),
    "LG030": (Refused, "balance_differs", "The books have another balance on this day.", "balance"),
    "LG031": (Invalid, "lock_too_late", "Money may still be booked on this day. Choose an earlier one.", "day"),
    "LG032": (Refused, "nothing_to_release", "Nothing is locked on this account.", "account"),
    "LG033": (Invalid, "same_currency", "Both accounts have the same currency: use a transfer.", "to"),
    "LG034": (Refused, "balance_unknown", "The balance of this account is not known for this day.", "day"),
    "LG060": (Invalid, "not_today", "A payment to another person is booked on the day it is made.", "booked"),
    "LG061": (
        Invalid,
        "too_many_between_people",
        "A step with payments between people in it has at most 1,000 items. Do it in smaller ones.",
        "",
    ),
    "LG062": (
        Refused,
        "moves_whole",
        "This is a payment: it moves whole or not at all. Cancel it, or let it go through, on the payments page.",
        "",
    ),
    "LG063": (
        Refused,
        "ends_elsewhere",
        "This is a payment, or an order to your bank: it ends where it was made, on the payments page.",
        "",
    ),
    "LG064": (Refused, "already_sent", "This order is with the bank already. Ask the bank to call it back.", ""),
    "22001": (Invalid, "text_too_long", "A text here is longer than the books can hold.", ""),
    "PY040": (Refused, "no_pin", "This account has no PIN.", "pin"),
    "PY041": (Refused, "pin_needed", "Enter the PIN that the account has now.", "old"),
    "PY042": (Refused, "attempt_gone", "That took too long. Enter the PIN again.", "pin"),
    "LG050": (Refused, "blocked_by_staff", "Staff blocked this account; only they can lift the block.", "account"),
    "LG051": (Refused, "has_holds", "Something is still pending on this account.", "account"),
    "LG052": (Refused, "balance_not_zero", "Only an empty account can be closed.", "account"),
}


def refusal(state: str) -> FinTwinError | None:
    """The error that a door's SQLSTATE stands for; None where it is not one of a door's."""
    if state == "22003":
        state = "LG023"  # a balance out of its column's range: `post` leaves this check to the column
    if state == "40001":
        return Busy("Something else changed this account just now. Nothing was booked; try again.")
    if state not in _REFUSALS:
        return None
    kind, code, sentence, field = _REFUSALS[state]
    return kind(sentence, code=code, field=field)
