"""Leaving: every row of a whole person goes, and nothing less.

Sign-in ends at once; the worker takes the rows away (`fintwin.identity.jobs`). The other side of a transfer keeps its
own row and shows a closed account.
"""

from sqlalchemy import event, text
from sqlmodel import Session

from fintwin.db.work import system_work
from fintwin.identity import sessions
from fintwin.identity.principal import Principal


def ask(session: Session, who: Principal) -> None:
    """Close this person, and in the demo the whole household, end all their sessions and have them erased."""
    session.connection().execute(text("SELECT ask_erasure()"))
    event.listen(session, "after_commit", lambda _session: sessions.ended(who.session), once=True)


def erase(person: int, *, reason: str) -> int:
    """Take every row of a closed person away, in a unit of work of its own; how many there were.

    Nothing happens for a person who is gone already. A person who is not closed is refused by the door.
    """
    with system_work() as session:
        return int(
            session.connection().scalar(text("SELECT erase_person(:person, :why)"), {"person": person, "why": reason})
            or 0
        )
