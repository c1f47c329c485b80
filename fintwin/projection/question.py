"""What is asked of the engine and what it answers: plain values on both sides."""

from dataclasses import dataclass
from decimal import Decimal

from fintwin.projection.compile import NO_CHANGES, Changes
from fintwin.projection.outcomes import Outcome
from fintwin.projection.snapshot import Snapshot

PATHS = 10_000
MOST_PATHS = 20_000


@dataclass(frozen=True, slots=True)
class Project:
    """Run a snapshot under changes.

    `months` from 1 to 480, `paths` even. `real` asks for today's money; `limit` is in today's money always. `account`
    is the key of one account whose fan is wanted besides. `samples` asks for sample paths.
    """

    snapshot: Snapshot
    months: int
    changes: Changes = NO_CHANGES
    seed: int = 7
    paths: int = PATHS
    real: bool = True
    limit: Decimal = Decimal(0)
    account: str | None = None
    samples: bool = False


@dataclass(frozen=True, slots=True)
class Solve:
    """Find the amount at which the chance of falling under the limit is `chance`.

    The amount multiplies `unit`; `rising` says that more of it makes the chance larger, and then the largest amount
    that keeps the chance at or under `chance` is wanted, else the smallest. It lies in [least, most], a multiple of
    `step`.
    """

    snapshot: Snapshot
    months: int
    unit: Changes
    most: Decimal
    step: Decimal
    chance: float
    rising: bool = True
    changes: Changes = NO_CHANGES
    seed: int = 7
    paths: int = PATHS
    limit: Decimal = Decimal(0)
    least: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A projection and the versions it was made with; `seconds` is what it took."""

    outcome: Outcome
    engine: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Amount:
    """A solver's answer: None where no amount in the bounds keeps the chance.

    `at_least` says that even the largest amount looked at keeps it, so that more may do as well.
    """

    amount: Decimal | None
    chance: float
    seconds: float
    at_least: bool = False
