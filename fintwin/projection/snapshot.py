"""The books and habits of one person at one date, as a value: all that the engine ever gets."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from fintwin.cashflow.recurring import PRIOR_SPREAD, Stream
from fintwin.projection.plain import canonical, digest, from_plain

FORMAT = 1
"""Goes into the hash; raised when the meaning of a field changes."""


class Kind(StrEnum):
    """What an account is to the projection, in the order in which accounts pay when cash runs short."""

    CASH = "cash"
    SAVINGS = "savings"
    INVESTMENT = "investment"
    CREDIT = "credit"
    LOAN = "loan"


@dataclass(frozen=True, slots=True)
class Account:
    """A real account.

    `balance` is debit-positive (what is owed is below zero) and None where it is not known. `credit_limit` is how far
    below zero it may go, None where that is not known: then it may not fall below where it is now (or zero).
    `payment` is what is paid into a loan each month, None where that is not known.
    """

    key: str
    name: str
    kind: Kind
    balance: Decimal | None
    credit_limit: Decimal | None = None
    payment: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the books do not say. Rates are yearly: 0.03 is 3 %.

    Savings, credit and loan rates are nominal, a twelfth each month; the market's mean and inflation are effective.
    `rate_response` is how many points all interest rates move for each point that yearly inflation surprises with, and
    `rate_memory` how much of that is left a month later. A loan whose payment is not known is repaid in `loan_months`.
    `prior_spread` is the standard deviation of the logarithm of a month's income and spending where less than six
    months are known; it fades as they become known.
    """

    savings_rate: Decimal = Decimal("0.015")
    credit_rate: Decimal = Decimal("0.18")
    loan_rate: Decimal = Decimal("0.05")
    loan_months: int = 120
    market_mean: Decimal = Decimal("0.06")
    market_volatility: Decimal = Decimal("0.15")
    inflation: Decimal = Decimal("0.02")
    inflation_volatility: Decimal = Decimal("0.012")
    rate_response: Decimal = Decimal("0.1")
    rate_memory: Decimal = Decimal("0.95")
    prior_spread: Decimal = Decimal(str(PRIOR_SPREAD))


@dataclass(frozen=True, slots=True)
class Rest:
    """What flows each month besides the streams: own past months (oldest first), through one account.

    `known` is False where there is too little history to say.
    """

    known: bool
    months: tuple[Decimal, ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One person's books at the end of a date, in one currency.

    `income` is what the profile says comes in each month; it is used only where the history shows no income.
    `left_out` names accounts in other currencies.
    """

    as_of: date
    currency: str
    digits: int
    accounts: tuple[Account, ...]
    streams: tuple[Stream, ...]
    rest: Rest
    income: Decimal | None = None
    left_out: tuple[str, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)
    version: int = FORMAT


def text(snapshot: Snapshot) -> bytes:
    """The canonical text that is stored and hashed."""
    return canonical(snapshot)


def key(snapshot: Snapshot) -> str:
    """The twin's id: the hash of its content."""
    return digest(text(snapshot))


def read(value: object) -> Snapshot:
    """A snapshot from the plain value of its text."""
    return from_plain(Snapshot, value)


def calm(snapshot: Snapshot) -> Snapshot:
    """The same books in a world without chance: no volatility, every month the mean one, every income its level."""
    zero = Decimal(0)
    still = replace(snapshot.assumptions, market_volatility=zero, inflation_volatility=zero, prior_spread=zero)
    rest = snapshot.rest
    if rest.months:
        rest = replace(rest, months=(sum(rest.months, zero) / len(rest.months),) * len(rest.months))
    streams = tuple(replace(stream, spread=0.0) for stream in snapshot.streams)
    return replace(snapshot, assumptions=still, rest=rest, streams=streams)
