"""A person's ways to pay: which accounts are offered, in which order and under which names.

Where nothing was ever said, every account that can pay is offered, the ones for every day first. What is said of one way
fixes the order of all ways of its kind; an account that is opened later comes behind them until something is said of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, FinTwinError, NotFound, Refused
from fintwin.kernel.iban import checked_iban, is_iban
from fintwin.ledger import accounts, posting
from fintwin.ledger.accounts import AccountView
from fintwin.payments.bank import EURO

LONGEST_LABEL = 60

_STOPPED = {"frozen": "LG004", "closed": "LG005"}
"""What the ledger refuses an outflow with, by the account's status."""


class Method(StrEnum):
    """How money leaves."""

    WALLET = "wallet"
    """From an account that is kept here, to people."""
    BANK_TRANSFER = "bank_transfer"
    """From an account in euros, by an order that a bank carries out."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay."""

    method: Method
    account: AccountView
    named: str
    """The person's own name for it; "" where it is called as its account is."""
    default: bool

    @property
    def label(self) -> str:
        """What it is called."""
        return self.named or self.account.name

    @property
    def iban(self) -> str:
        """The IBAN that a bank debits; "" where it is not known."""
        return self.account.bank_number if is_iban(self.account.bank_number) else ""

    @property
    def unusable(self) -> str:
        """Why it cannot pay now, as a sentence; "" where it can."""
        refused = stopped(self.account)
        return refused.sentence if refused else ""


_ROWS = text(
    """
    SELECT account, coalesce(label, '') AS label, is_default, removed_at IS NOT NULL AS removed
    FROM payment_method WHERE owner = :owner AND kind = :kind ORDER BY is_default DESC, position, account
    """
)


def ways(session: Session, who: Principal, *, method: Method) -> list[Way]:
    """The ways of one method, the default first, with those that cannot be used now."""
    every = {one.id: one for one in accounts.accounts(session, who, closed=True)}
    rows = session.connection().execute(_ROWS, {"owner": who.person, "kind": method}).all()
    said = [Way(method, every[row.account], row.label, row.is_default) for row in rows if not row.removed]
    known = {row.account for row in rows}
    return said + [
        Way(method, one, "", False) for one in _fitting(every.values(), method) if one.open and one.id not in known
    ]


def offered(session: Session, who: Principal, *, method: Method) -> list[Way]:
    """The ways that forms offer, the default first: those that can be used now."""
    return [one for one in ways(session, who, method=method) if not one.unusable]


def addable(session: Session, who: Principal, *, method: Method) -> list[AccountView]:
    """Accounts that could pay and are not offered, because they were removed."""
    listed = {one.account.id for one in ways(session, who, method=method)}
    fitting = _fitting(accounts.accounts(session, who), method)
    return [one for one in fitting if one.id not in listed and stopped(one) is None]


def add(session: Session, who: Principal, *, method: Method, account: int, label: str = "", iban: str = "") -> Way:
    """Offer an account, behind all others.

    Args:
        iban: what the bank debits, for an account at a bank; "" leaves what is known.

    Raises:
        NotFound: `unknown_account`.
        Refused: it cannot pay this way (`cannot_pay`), is blocked or closed (`account_frozen`, `account_closed`), or has
            no IBAN because it is kept here (`not_tracked`).
        Conflict: it is offered already (`way_known`), or another account has this IBAN (`bank_number_taken`).
        Invalid: `too_long`, `bad_iban`.
    """
    own = accounts.account(session, who, account)
    if not fits(own, method):
        raise Refused(_UNFIT[method], code="cannot_pay", field="account")
    refused = stopped(own)
    if refused is not None:
        raise refused
    listed = _locked(session, who, method)
    if account in {one.account.id for one in listed}:
        raise Conflict("This account is offered already.", code="way_known", field="account")
    if iban:
        set_iban(session, who, account=account, iban=iban)
    _change(session, who, method, account, "removed_at = NULL, label = :label", label=_label(label, own))
    _order(session, who, method, [*(one.account.id for one in listed), account])
    return _one(session, who, method, account)


def rename(session: Session, who: Principal, *, method: Method, account: int, label: str) -> Way:
    """Call a way something else; "", or the account's name, calls it as its account is.

    Raises:
        NotFound: `unknown_way`.
        Invalid: `too_long`.
    """
    way = _find(_locked(session, who, method), account)
    _change(session, who, method, account, "label = :label", label=_label(label, way.account))
    return _one(session, who, method, account)


def set_iban(session: Session, who: Principal, *, account: int, iban: str) -> AccountView:
    """Say which IBAN a bank debits for an account there; statements are recognised by it too.

    Raises:
        NotFound, Refused, Conflict: as `accounts.set_bank_number`.
        Invalid: `bad_iban`.
    """
    return accounts.set_bank_number(session, who, account=account, bank_number=checked_iban(iban))


def make_default(session: Session, who: Principal, *, method: Method, account: int) -> Way:
    """Offer a way first; what was first before comes behind it.

    Raises:
        NotFound: `unknown_way`.
        Refused: it cannot be used now (`account_frozen`, `account_closed`).
    """
    way = _find(_locked(session, who, method), account)
    refused = stopped(way.account)
    if refused is not None:
        raise refused
    _default(session, who, method, account)
    return _one(session, who, method, account)


def move(session: Session, who: Principal, *, method: Method, account: int, to: int) -> list[Way]:
    """Put a way at a place, counted from 0; the default stays first whatever is moved.

    Raises:
        NotFound: `unknown_way`.
    """
    listed = _locked(session, who, method)
    _find(listed, account)
    order = [one.account.id for one in listed if one.account.id != account]
    order.insert(max(0, min(to, len(order))), account)
    _order(session, who, method, order)
    tell(session, Happening.ACCOUNT, what=account)
    return ways(session, who, method=method)


def remove(session: Session, who: Principal, *, method: Method, account: int) -> Way:
    """Offer an account no more; nothing else changes for it. The way as it was, for `restore`.

    Raises:
        NotFound: `unknown_way`.
        Refused: no other could be used (`last_way`).
    """
    listed = _locked(session, who, method)
    way = _find(listed, account)
    if not way.unusable and all(one.unusable for one in listed if one.account.id != account):
        raise Refused(_LAST[method], code="last_way")
    _change(session, who, method, account, "removed_at = now(), is_default = false")
    return way


def restore(session: Session, who: Principal, *, method: Method, account: int, default: bool = False) -> Way:
    """Offer a removed account again, under its name and at its place; again: nothing more.

    Args:
        default: whether it becomes the default, as it was.

    Raises:
        NotFound: `unknown_way`.
    """
    _locked(session, who, method)
    _change(session, who, method, account, "removed_at = NULL")
    if default:
        _default(session, who, method, account)
    return _one(session, who, method, account)


def fits(account: AccountView, method: Method) -> bool:
    """Whether an account of this make could pay this way, were it neither blocked nor closed."""
    if method is Method.WALLET:
        return account.held
    return account.class_ == "asset" and account.currency.code == EURO


def stopped(account: AccountView) -> FinTwinError | None:
    """Why no money can leave an account; None where it can."""
    state = _STOPPED.get(account.status)
    return posting.refusal(state) if state else None


def in_usual_order(found: Iterable[AccountView]) -> list[AccountView]:
    """Accounts with those for every day first, then by name."""
    return sorted(found, key=lambda one: (one.type != "checking", one.name.lower(), one.id))


def _fitting(found: Iterable[AccountView], method: Method) -> list[AccountView]:
    """Those that could pay this way; by bank, accounts at a bank come before those that are kept here."""
    fitting = [one for one in in_usual_order(found) if fits(one, method)]
    return sorted(fitting, key=lambda one: one.held) if method is Method.BANK_TRANSFER else fitting


_UNFIT = {
    Method.WALLET: "Only an account that is kept here can pay people.",
    Method.BANK_TRANSFER: "Bank files carry euros only. Choose an account in euros.",
}

_LAST = {
    Method.WALLET: "This is the only way left to pay people. Add another one first.",
    Method.BANK_TRANSFER: "This is the only way left to pay through a bank. Add another one first.",
}


def _locked(session: Session, who: Principal, method: Method) -> list[Way]:
    """The ways of a method, each with a row of its own by now, which nobody else changes until this unit of work ends."""
    connection = session.connection()
    mine = {"owner": who.person, "kind": method}
    for place, one in enumerate(ways(session, who, method=method)):
        connection.execute(
            text(
                """
                INSERT INTO payment_method (owner, kind, account, currency, position)
                VALUES (:owner, :kind, :account, :currency, :place) ON CONFLICT DO NOTHING
                """
            ),
            mine | {"account": one.account.id, "currency": one.account.currency.code, "place": place},
        )
    connection.execute(
        text("SELECT FROM payment_method WHERE owner = :owner AND kind = :kind ORDER BY account FOR NO KEY UPDATE"),
        mine,
    )
    return ways(session, who, method=method)


def _change(session: Session, who: Principal, method: Method, account: int, change: str, **values: Any) -> None:
    changed = session.connection().execute(
        text(
            f"UPDATE payment_method SET {change} WHERE owner = :owner AND kind = :kind AND account = :account"  # noqa: S608
        ),
        {"owner": who.person, "kind": method, "account": account, **values},
    )
    if not changed.rowcount:
        raise _unknown()
    tell(session, Happening.ACCOUNT, what=account)


def _default(session: Session, who: Principal, method: Method, account: int) -> None:
    session.connection().execute(
        text("UPDATE payment_method SET is_default = false WHERE owner = :owner AND kind = :kind AND is_default"),
        {"owner": who.person, "kind": method},
    )
    _change(session, who, method, account, "is_default = true")


def _order(session: Session, who: Principal, method: Method, order: Sequence[int]) -> None:
    session.connection().execute(
        text(
            """
            UPDATE payment_method m SET position = o.place - 1
            FROM unnest(CAST(:order AS bigint[])) WITH ORDINALITY AS o (account, place)
            WHERE m.owner = :owner AND m.kind = :kind AND m.account = o.account
            """
        ),
        {"owner": who.person, "kind": method, "order": list(order)},
    )


def _one(session: Session, who: Principal, method: Method, account: int) -> Way:
    return _find(ways(session, who, method=method), account)


def _find(listed: list[Way], account: int) -> Way:
    found = next((one for one in listed if one.account.id == account), None)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("There is no such way to pay.", code="unknown_way", field="account")


def _label(label: str, account: AccountView) -> str | None:
    """A name as it is kept: none where it is the account's, so that it follows when the account is renamed."""
    called = posting.clean(label, most=LONGEST_LABEL, field="label")
    return None if called == account.name else called
