"""The PIN of an account, asked for above an amount that its owner sets.

The hash never leaves the database, and its row is written by doors alone. An attempt is counted first (`attempt`), in a
unit of work that ends before the next one judges it (`judge`); so neither a refused payment nor a rollback takes a count
back, and guesses sent at once are all counted. What comes of it is an `Approval` that `service.pay` accepts.
"""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import hash_secret
from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import FinTwinError, Invalid, Refused
from fintwin.kernel.money import exact
from fintwin.ledger import accounts
from fintwin.payments.refusals import refusals

APPROVED_FOR = timedelta(minutes=2)

_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_NO_DIGEST = "A" * 43
"""Stands for the 32 bytes that a recipe leaves out."""


@dataclass(frozen=True, slots=True)
class PinView:
    """An account's PIN without the PIN."""

    account: int
    threshold: Decimal
    """Asked for payments above it."""
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """That the PIN of an account was given. Made by `judge` and `standing` alone, never from a payload."""

    person: int
    account: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt that is counted: what it is refused with where it turns out wrong, or has no ticket to be judged by."""

    account: int
    refusal: FinTwinError
    ticket: int | None = None


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
            raise self.refusal or Refused("This is not the PIN.", code="wrong_pin", field="pin")
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


def attempt(session: Session, who: Principal, *, account: int, pin: str) -> Taken:
    """Have one attempt counted, in a unit of work that ends before it is judged. It never raises for a wrong PIN.

    Five wrong ones in a row lock the PIN for 15 minutes; each further five for twice as long, up to a day.
    """
    connection = session.connection()
    recipe = connection.scalar(text("SELECT pin_recipe(:account)"), {"account": account})
    if recipe is None:
        return Taken(account, Refused("This account has no PIN.", code="no_pin", field="pin"))
    with refusals():
        row = connection.execute(
            text("SELECT ticket, remaining, locked, locked - now() AS rest FROM take_pin_attempt(:account, :proof)"),
            {"account": account, "proof": _proof(recipe, pin)},
        ).one()
    return Taken(account, _locked(row.rest) if row.locked else _wrong(row.remaining), row.ticket)


def judge(session: Session, who: Principal, *, taken: Taken, clock: Clock = system_clock) -> Attempt:
    """Judge an attempt that was counted in an earlier unit of work; once.

    Raises:
        Refused: it was judged before, or a minute ago (`attempt_gone`).
    """
    if taken.ticket is None:
        return Attempt(None, taken.refusal)
    with refusals():
        right = session.connection().scalar(text("SELECT judge_pin(:ticket)"), {"ticket": taken.ticket})
    if not right:
        return Attempt(None, taken.refusal)
    return Attempt(Approval(who.person, taken.account, clock() + APPROVED_FOR), None)


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
    with refusals():
        session.connection().execute(
            text("SELECT set_pin(:account, :hash, :threshold)"),
            {"account": account, "hash": _hasher.hash(pin) if pin else None, "threshold": least},
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
    with refusals():
        session.connection().execute(text("SELECT remove_pin(:account)"), {"account": account})


def _owned(who: Principal, account: int, approval: Approval | None, clock: Clock) -> None:
    if approval is None or (approval.person, approval.account) != (who.person, account) or approval.until < clock():
        raise Refused("Enter the PIN that the account has now.", code="pin_needed", field="old")


def _proof(recipe: str, pin: str) -> bytes:
    """SHA-256 of the hash that `pin` has by the costs and the salt of a recipe."""
    costs = extract_parameters(f"{recipe}${_NO_DIGEST}")
    salt = recipe.rpartition("$")[2]
    made = hash_secret(
        pin.encode(),
        b64decode(salt + "=" * (-len(salt) % 4)),
        time_cost=costs.time_cost,
        memory_cost=costs.memory_cost,
        parallelism=costs.parallelism,
        hash_len=costs.hash_len,
        type=costs.type,
        version=costs.version,
    )
    return sha256(made).digest()


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
