"""What is kept beside the postings, made from them: roll-ups by the worker, everything by a command.

The doors are those of alembic/sql/0011_rollups.sql; sessions are the system role's.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

STEP = 10_000
"""Entries rolled up before what was done is committed."""
BEHIND = 100
"""Entries that an account is behind before the worker rolls it up: readers add fewer in a moment."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept value that was not what the postings say; both as text, `kept` None where there was none."""

    account: int
    what: str
    kept: str | None
    made: str

    def __str__(self) -> str:
        return f"Account {self.account}: {self.what} was {self.kept or 'missing'} and is {self.made} by its postings."


def roll_up(session: Session, *, behind: int = BEHIND, most: int = STEP) -> int:
    """Roll up one step's entries of accounts that are so far behind; how many it were, 0 where none is."""
    found = session.connection().scalar(
        text("SELECT roll_up(CAST(:behind AS bigint), CAST(:most AS bigint))"), {"behind": behind, "most": most}
    )
    return int(found or 0)


def real_accounts(session: Session) -> list[int]:
    """The ids of everybody's real accounts."""
    return list(session.connection().scalars(text("SELECT id FROM account WHERE custody IS NOT NULL ORDER BY id")))


def rebuild(session: Session, *, account: int) -> list[Difference]:
    """Make an account's balances, version and roll-ups from its postings and holds; what differed was put right."""
    found = session.connection().execute(
        text("SELECT what, kept, made FROM rebuild_account(:account)"), {"account": account}
    )
    return [Difference(account, what, kept, made) for what, kept, made in found]
