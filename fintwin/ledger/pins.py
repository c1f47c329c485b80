"""The PIN of an account, asked for where more than an amount that its owner sets leaves it, to others or to own accounts.

The hash never leaves the database, and its row is written by doors alone. An attempt is counted first (`attempt`), in a
unit of work that ends before the next one judges it (`judge`); so neither a refused payment nor a rollback takes a count
back, and guesses sent at once are all counted. What comes of it is an `Approval` that what moves money accepts.
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
from fintwin.kernel.money import Currency, exact
from fintwin.ledger import accounts, journal

APPROVED_FOR = timedelta(minutes=2)
FRESH = timedelta(minutes=10)
"""For so long after money moved that step can be taken back without a PIN: it is then where it was a moment ago."""

_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_NO_DIGEST = "A" * 43
"""Stands for the 32 bytes that a recipe leaves out."""


@dataclass(frozen=True, slots=True)
class PinView:
    """An account's PIN without the PIN."""

    account: int
    threshold: Decimal
    """Asked for what is above it."""
    locked_until: datetime | None


class PinNeeded(Refused):
    """What is asked for needs the PIN of the own account `account`."""

    def __init__(self, sentence: str, *, account: int) -> None:
        super().__init__(sentence, code="pin_needed", field="pin")
        self.account = account


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


def asking(session: Session, who: Principal) -> dict[int, Decimal]:
    """The accounts that have a PIN, and above what each asks for it."""
    rows = session.connection().execute(
        text("SELECT account, threshold FROM account_pin WHERE owner = :owner"), {"owner": who.person}
    )
    return {row.account: row.threshold for row in rows}


def needed(session: Session, who: Principal, *, account: int, amount: Decimal) -> bool:
    """Whether so much asks for the account's PIN where it leaves."""
    seen = view(session, who, account=account)
    return seen is not None and amount > seen.threshold


def demand(
    session: Session,
    who: Principal,
    *,
    account: int,
    amount: Decimal,
    approval: Approval | None,
    key: str = "",
    clock: Clock = system_clock,
) -> None:
    """Let money leave an account only with the approval it needs.

    Args:
        key: what was done under it before is not done again, so it needs no approval.

    Raises:
        PinNeeded: the PIN is needed (`pin_needed`).
    """
    if needed(session, who, account=account, amount=amount):
        insist(session, who, account=account, approval=approval, key=key, clock=clock)


def insist(
    session: Session,
    who: Principal,
    *,
    account: int,
    approval: Approval | None,
    key: str = "",
    clock: Clock = system_clock,
) -> None:
    """As `demand` where the amount is known to be above the threshold.

    Raises:
        PinNeeded: there is no such approval (`pin_needed`).
    """
    refusal = missing(session, who, account=account, approval=approval, clock=clock)
    if refusal is not None and not (key and journal.known(session, who, keys=[key])):
        raise refusal


def missing(
    session: Session, who: Principal, *, account: int, approval: Approval | None, clock: Clock = system_clock
) -> PinNeeded | None:
    """What refuses money that leaves an account without an approval that holds; None where it does."""
    if _valid(who, account, approval, clock):
        return None
    name = accounts.account(session, who, account).name
    return PinNeeded(f"Enter the PIN of {name}.", account=account)


def standing(who: Principal, *, account: int, clock: Clock = system_clock) -> Approval:
    """The approval of what was approved when it was ordered, such as a schedule's, or a moment ago."""
    return Approval(who.person, account, clock() + APPROVED_FOR)


def attempt(session: Session, who: Principal, *, account: int, pin: str) -> Taken:
    """Have one attempt counted, in a unit of work that ends before it is judged. It never raises for a wrong PIN.

    Five wrong ones in a row lock the PIN for 15 minutes; each further five for twice as long, up to a day.
    """
    connection = session.connection()
    recipe = connection.scalar(text("SELECT pin_recipe(:account)"), {"account": account})
    if recipe is None:
        return Taken(account, Refused("This account has no PIN.", code="no_pin", field="pin"))
    with journal.refusals(who):
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
    with journal.refusals(who):
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
        threshold: asked for what is above it, in the account's currency; 0: for each.
        approval: of the PIN it has now, where it has one.

    Raises:
        Invalid: not 4 to 12 digits (`bad_pin`), or a bad amount.
        NotFound: `unknown_account`.
        Refused: the account is not kept here (`not_held`), or its PIN was not given (`pin_needed`).
    """
    seen = accounts.account(session, who, account)
    if not seen.held:
        raise Refused("Only an account that is kept here has a PIN.", code="not_held", field="account")
    least = checked_threshold(threshold, of=seen.currency)
    before = view(session, who, account=account)
    if before is not None:
        _owned(who, account, approval, clock)
    if pin or before is None:
        checked(pin)
    with journal.refusals(who):
        session.connection().execute(
            text("SELECT set_pin(:account, :hash, :threshold)"),
            {"account": account, "hash": _hasher.hash(pin) if pin else None, "threshold": least},
        )
    return PinView(account, least, None)


def checked_threshold(threshold: Decimal, *, of: Currency) -> Decimal:
    """The amount above which a PIN is asked for, as exact as its currency.

    Raises:
        Invalid: too many decimals, or below zero (`bad_amount`).
    """
    least = exact(threshold, to=of, field="threshold")
    if least < 0:
        raise Invalid("The amount cannot be below zero.", code="bad_amount", field="threshold")
    return least


def remove_pin(
    session: Session, who: Principal, *, account: int, approval: Approval | None, clock: Clock = system_clock
) -> None:
    """Take an account's PIN away.

    Raises:
        Refused: it was not given (`pin_needed`).
    """
    _owned(who, account, approval, clock)
    with journal.refusals(who):
        session.connection().execute(text("SELECT remove_pin(:account)"), {"account": account})


def _owned(who: Principal, account: int, approval: Approval | None, clock: Clock) -> None:
    if not _valid(who, account, approval, clock):
        raise Refused("Enter the PIN that the account has now.", code="pin_needed", field="old")


def _valid(who: Principal, account: int, approval: Approval | None, clock: Clock) -> bool:
    return (
        approval is not None
        and (approval.person, approval.account) == (who.person, account)
        and approval.until >= clock()
    )


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


def checked(pin: str) -> None:
    """Refuse what cannot be a PIN.

    Raises:
        Invalid: not 4 to 12 digits, or all of them the same (`bad_pin`).
    """
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
