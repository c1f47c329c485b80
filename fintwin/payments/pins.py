"""The PIN of an account, asked for above an amount that its owner sets.

An attempt is counted before it is judged, in a unit of work of its own (`try_pin`, through `act`), and comes back as an
`Approval` that `service.pay` accepts; so a refused payment takes no count back, and guesses sent at once are all counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import FinTwinError, Invalid, Refused
from fintwin.kernel.money import exact
from fintwin.ledger import accounts

MOST_WRONG = 5
"""Wrong attempts in a row before the PIN is locked."""
FIRST_LOCK = timedelta(minutes=15)
"""Each further lock is twice as long, up to a day."""
LONGEST_LOCK = timedelta(days=1)
APPROVED_FOR = timedelta(minutes=2)

_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class PinView:
    """An account's PIN without the PIN."""

    account: int
    threshold: Decimal
    """Asked for payments above it."""
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """That the PIN of an account was given. Made by `try_pin` and `standing` alone, never from a payload."""

    person: int
    account: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt: the approval, or why there is none."""

    approval: Approval | None
    refusal: FinTwinError | None

    def approved(self) -> Approval:
        """The approval.

        Raises:
            Refused: the PIN was wrong (`wrong_pin`), or is locked (`pin_locked`).
        """
        if self.approval is None:
            raise self.refusal or _wrong(0)
        return self.approval


def view(session: Session, who: Principal, *, account: int) -> PinView | None:
    """Whether an account has a PIN, and above what it is asked for."""
    row = (
        session.connection()
        .execute(
            text(
                "SELECT account, threshold, locked_until FROM account_pin WHERE owner = :owner AND account = :account"
            ),
            {"owner": who.person, "account": account},
        )
        .first()
    )
    return None if row is None else PinView(row.account, row.threshold, row.locked_until)


def needed(session: Session, who: Principal, *, account: int, amount: Decimal) -> bool:
    """Whether a payment of this size asks for the account's PIN."""
    seen = view(session, who, account=account)
    return seen is not None and amount > seen.threshold


def demand(
    session: Session,
    who: Principal,
    *,
    account: int,
    amount: Decimal,
    approval: Approval | None,
    clock: Clock = system_clock,
) -> None:
    """Let a payment through only with the approval it needs.

    Raises:
        Refused: the PIN is needed (`pin_needed`).
    """
    if not needed(session, who, account=account, amount=amount):
        return
    if approval is None or (approval.person, approval.account) != (who.person, account) or approval.until < clock():
        raise Refused("Enter the PIN of this account.", code="pin_needed", field="pin")


def standing(who: Principal, *, account: int, clock: Clock = system_clock) -> Approval:
    """The approval of a payment whose order was approved when it was given, such as a schedule's."""
    return Approval(who.person, account, clock() + APPROVED_FOR)


def try_pin(session: Session, who: Principal, *, account: int, pin: str, clock: Clock = system_clock) -> Attempt:
    """Judge one attempt. It answers and never raises for a wrong PIN, so that its count is kept.

    Five wrong ones in a row lock the PIN for 15 minutes; each further five for twice as long.
    """
    connection = session.connection()
    mine = {"owner": who.person, "account": account}
    row = connection.execute(
        text(
            "SELECT wrong, locks, locked_until FROM account_pin WHERE owner = :owner AND account = :account FOR UPDATE"
        ),
        mine,
    ).first()
    now = clock()
    if row is None:
        return Attempt(None, Refused("This account has no PIN.", code="no_pin", field="pin"))
    if row.locked_until is not None and row.locked_until > now:
        return Attempt(None, _locked(row.locked_until - now))
    if _fits(connection.scalar(text("SELECT pin_hash(:account)"), mine), pin):
        connection.execute(
            text(
                "UPDATE account_pin SET wrong = 0, locks = 0, locked_until = NULL WHERE owner = :owner AND account = :account"
            ),
            mine,
        )
        return Attempt(Approval(who.person, account, now + APPROVED_FOR), None)
    wrong, locks, until = row.wrong + 1, row.locks, None
    if wrong >= MOST_WRONG:
        until = now + min(FIRST_LOCK * 2**locks, LONGEST_LOCK)
        wrong, locks = 0, min(locks + 1, 10)
    connection.execute(
        text(
            "UPDATE account_pin SET wrong = :wrong, locks = :locks, locked_until = :until"
            " WHERE owner = :owner AND account = :account"
        ),
        mine | {"wrong": wrong, "locks": locks, "until": until},
    )
    return Attempt(None, _locked(until - now) if until else _wrong(MOST_WRONG - wrong))


def set_pin(
    session: Session,
    who: Principal,
    *,
    account: int,
    pin: str,
    threshold: Decimal,
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> PinView:
    """Give an account a PIN, or another one; `pin` "" keeps the PIN and changes the amount alone.

    Args:
        threshold: asked for payments above it, in the account's currency; 0: for each.
        approval: of the PIN it has now, where it has one.

    Raises:
        Invalid: not 4 to 12 digits (`bad_pin`), or a bad amount.
        NotFound: `unknown_account`.
        Refused: the account is not kept here (`not_held`), or its PIN was not given (`pin_needed`).
    """
    seen = accounts.account(session, who, account)
    if not seen.held:
        raise Refused("Only an account that is kept here has a PIN.", code="not_held", field="account")
    least = exact(threshold, to=seen.currency, field="threshold")
    if least < 0:
        raise Invalid("The amount cannot be below zero.", code="bad_amount", field="threshold")
    before = view(session, who, account=account)
    if before is not None:
        _owned(who, account, approval, clock)
    if pin or before is None:
        _checked(pin)
    values = {
        "owner": who.person,
        "account": account,
        "currency": seen.currency.code,
        "threshold": least,
        "hash": _hasher.hash(pin) if pin else None,
        "now": clock(),
    }
    if before is None:
        # Two who set the first PIN at once: the later one is refused by the key, and asked for the first one's.
        made = session.connection().execute(
            text(
                "INSERT INTO account_pin (account, owner, currency, hash, threshold, changed_at)"
                " VALUES (:account, :owner, :currency, :hash, :threshold, :now) ON CONFLICT (account) DO NOTHING"
            ),
            values,
        )
        if not made.rowcount:
            raise Refused("This account has a PIN already.", code="pin_needed", field="old")
    else:
        session.connection().execute(
            text(
                "UPDATE account_pin SET threshold = :threshold, changed_at = :now, hash = coalesce(:hash, pin_hash(account))"
                " WHERE owner = :owner AND account = :account"
            ),
            values,
        )
    return PinView(account, least, None)


def remove_pin(
    session: Session, who: Principal, *, account: int, approval: Approval | None, clock: Clock = system_clock
) -> None:
    """Take an account's PIN away.

    Raises:
        Refused: it was not given (`pin_needed`).
    """
    _owned(who, account, approval, clock)
    session.connection().execute(
        text("DELETE FROM account_pin WHERE owner = :owner AND account = :account"),
        {"owner": who.person, "account": account},
    )


def _owned(who: Principal, account: int, approval: Approval | None, clock: Clock) -> None:
    if approval is None or (approval.person, approval.account) != (who.person, account) or approval.until < clock():
        raise Refused("Enter the PIN that the account has now.", code="pin_needed", field="old")


def _fits(hash: str | None, pin: str) -> bool:
    try:
        return hash is not None and _hasher.verify(hash, pin)
    except VerificationError:
        return False


def _checked(pin: str) -> None:
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdigit()):
        raise Invalid("A PIN has 4 to 12 digits.", code="bad_pin", field="pin")
    if len(set(pin)) == 1:
        raise Invalid("Choose digits that are not all the same.", code="bad_pin", field="pin")


def _wrong(left: int) -> Refused:
    tries = "One try is left." if left == 1 else f"{left} tries are left."
    return Refused(f"This is not the PIN. {tries}", code="wrong_pin", field="pin")


def _locked(rest: timedelta) -> Refused:
    minutes = max(1, -int(-rest.total_seconds() // 60))
    when = f"{minutes} min" if minutes < 120 else f"{-(-minutes // 60)} hours"
    return Refused(f"Too many wrong PINs. Try again in {when}.", code="pin_locked", field="pin")
