"""What is answered where something is refused: RFC 9457 problem details."""

from starlette.responses import Response

from fintwin.kernel.errors import FinTwinError
from fintwin.web import request
from fintwin.web.api.calls import Shown

_STATUS = {"no_key": 400, "key_reused": 422, "too_large": 413}
"""Refusals whose status is another than on the pages."""


class Fault(Shown):
    """What is wrong with one field."""

    field: str
    code: str
    detail: str


class Problem(Shown):
    """RFC 9457 problem details. `code` stays what it is, `detail` is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    item: int | None = None
    """Which of several items is refused, counted from 0."""
    errors: list[Fault] | None = None


def refusal(error: FinTwinError) -> Response:
    """What the API answers where something is refused."""
    return request.problem(error, status=_STATUS.get(error.code))


def problem_of(error: FinTwinError) -> Problem:
    """The same for one of several items."""
    return Problem(**request.problem_details(error, status=_STATUS.get(error.code)))
