"""One hierarchy of errors: a stable code, a sentence for people, and the field it belongs to."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar


class FinTwinError(Exception):
    """Base of everything that is refused on purpose.

    Args:
        sentence: what is wrong and what to do, for the person who reads it.
        code: stable, lower case with underscores; machines and tests compare it.
        field: the name of the form field the sentence stands beside, or "" for the whole form.
    """

    default_code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    item: int | None = None
    """Which of several things that came together is refused, from 0; None where the whole is."""

    def __init__(self, sentence: str, *, code: str | None = None, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.default_code
        self.field = field


class Invalid(FinTwinError):
    """A value is malformed or out of its bounds."""

    default_code = "invalid"
    status = 422


class InvalidFields(Invalid):
    """Several values are malformed or out of their bounds.

    As a single error it is the first of them, for those who show one.

    Args:
        faults: what is wrong with each field, in the fields' order; at least one.
    """

    def __init__(self, faults: Sequence[Invalid]) -> None:
        first = faults[0]
        super().__init__(first.sentence, code=first.code, field=first.field)
        self.faults = tuple(faults)


def each_of(error: Invalid) -> tuple[Invalid, ...]:
    """What one error stands for: itself, or each field's."""
    return error.faults if isinstance(error, InvalidFields) else (error,)


def all_of(faults: Sequence[Invalid]) -> Invalid:
    """One error that stands for all of them; at least one."""
    return faults[0] if len(faults) == 1 else InvalidFields(faults)


def together(*readings: Callable[[], Any]) -> list[Any]:
    """What each reading answers, in order; where values are wrong, one error that names every such field once.

    Raises:
        Invalid: as the readings raise it. Any other error of theirs leaves at once.
    """
    answers: list[Any] = []
    faults: dict[str, Invalid] = {}
    for reading in readings:
        try:
            answers.append(reading())
        except Invalid as error:
            for fault in each_of(error):
                faults.setdefault(fault.field, fault)
    if faults:
        raise all_of(list(faults.values()))
    return answers


class NotFound(FinTwinError):
    """No such row in this person's books."""

    default_code = "not_found"
    status = 404


class Forbidden(FinTwinError):
    """Signed out, or signed in without the right."""

    default_code = "forbidden"
    status = 403


class Refused(FinTwinError):
    """Well-formed, but the books do not allow it (funds, status, floor)."""

    default_code = "refused"
    status = 409


class Conflict(FinTwinError):
    """The same key was used for something else, or the row has changed since it was read."""

    default_code = "conflict"
    status = 409


class TooMany(FinTwinError):
    """A rate limit was reached."""

    default_code = "too_many"
    status = 429

    def __init__(self, sentence: str, *, retry_after: int, code: str | None = None, field: str = "") -> None:
        super().__init__(sentence, code=code, field=field)
        self.retry_after = retry_after


class Busy(FinTwinError):
    """A passing fault: nothing was booked, the same call may be made again."""

    default_code = "busy"
    status = 503


class Misconfigured(FinTwinError):
    """A setting, role or folder does not let the app start."""

    default_code = "misconfigured"
    status = 500
