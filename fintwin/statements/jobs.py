"""What the worker does for imports."""

from fintwin.events.jobs import job
from fintwin.events.outbox import Kind
from fintwin.kernel.errors import FinTwinError
from fintwin.statements.booking import book, give_up_booking
from fintwin.statements.checking import check, give_up
from fintwin.statements.undoing import give_up_undoing, undo


def _gave_up(_fault: Exception, *, person: int, what: int) -> None:
    give_up(person, what)


def _gave_up_booking(fault: Exception, *, person: int, what: int) -> None:
    give_up_booking(person, what, reason=_reason(fault))


def _gave_up_undoing(fault: Exception, *, person: int, what: int) -> None:
    give_up_undoing(person, what, reason=_reason(fault))


def _reason(fault: Exception) -> str:
    """A refusal's own sentence; any other fault is the house's, and its text is not for people."""
    return fault.sentence if isinstance(fault, FinTwinError) else "Something went wrong on our side."


@job("statements.check", on=Kind.IMPORT_STORED, attempts=3, gave_up=_gave_up)
def check_import(*, person: int, what: int) -> None:
    """Read a stored file and lay its rows out for checking."""
    check(person, what)


@job("statements.book", on=Kind.IMPORT_ASKED, attempts=20, gave_up=_gave_up_booking)
def book_import(*, person: int, what: int) -> None:
    """Book a checked import, or go on with it."""
    book(person, what)


@job("statements.undo", on=Kind.REVERT_ASKED, attempts=20, gave_up=_gave_up_undoing)
def undo_import(*, person: int, what: int) -> None:
    """Take a booked import back, or go on with it."""
    undo(person, what)
