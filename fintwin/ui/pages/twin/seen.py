"""What the twin's presenter keeps: the books as they were taken, kept runs, its sentence."""

from dataclasses import dataclass

from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.ledger import result
from fintwin.ledger.result import Point
from fintwin.projection.service import Taken
from fintwin.twin import service
from fintwin.ui.pages.twin import course


@dataclass(frozen=True, slots=True)
class RunRow:
    """A kept run in the list."""

    number: int = 0
    name: str = ""
    line: str = ""
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The headline in its parts."""

    words: str = ""
    chance: str = ""
    before: str = ""
    amount: str = ""
    after: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at the books gives: the snapshot, and how cash and net worth went before it."""

    taken: Taken
    cash: tuple[Point, ...]
    worth: tuple[Point, ...]


def see(session: Session, who: Principal, *, months: int) -> Seen:
    taken = service.take(session, who)
    return Seen(taken, *past_of(session, who, taken=taken, months=months))


def past_of(
    session: Session, who: Principal, *, taken: Taken, months: int
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Cash and net worth by day before a snapshot."""
    since, until = course.past_begin(taken.snapshot, months), taken.snapshot.as_of
    cash, worth = (
        result.history(session, who, of=balance.behind, since=since, until=until)
        for balance in (result.cash_now(session, who), result.net_worth(session, who))
    )
    return cash, worth
