"""What the worker does for imports."""

from fintwin.events.jobs import job
from fintwin.events.outbox import Kind
from fintwin.statements.booking import book
from fintwin.statements.checking import check, give_up
from fintwin.statements.undoing import undo


def _gave_up(_fault: Exception, *, person: int, what: int) -> None:
    give_up(person, what)


@job("statements.check", on=Kind.IMPORT_STORED, attempts=3, gave_up=_gave_up)
def check_import(*, person: int, what: int) -> None:
    """Read a stored file and lay its rows out for checking."""
    check(person, what)


@job("statements.book", on=Kind.IMPORT_ASKED, attempts=20)
def book_import(*, person: int, what: int) -> None:
    """Book a checked import, or go on with it."""
    book(person, what)


@job("statements.undo", on=Kind.REVERT_ASKED, attempts=20)
def undo_import(*, person: int, what: int) -> None:
    """Take a booked import back, or go on with it."""
    undo(person, what)
