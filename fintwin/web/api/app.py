"""The API as one app: its rooms, and what is answered where something is refused or broken."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from fintwin.kernel.errors import FinTwinError, Invalid
from fintwin.web import faults
from fintwin.web.api import (
    accounts,
    bank_orders,
    batches,
    details,
    meaning,
    movements,
    payees,
    paying,
    payments,
    person,
    register,
    requests,
    schedules,
)
from fintwin.web.api.door import DESCRIPTION, Door
from fintwin.web.api.problems import Problem, refusal
from fintwin.web.request import problem

PATH = "/api/v1"
ROOMS = (
    person,
    accounts,
    register,
    details,
    movements,
    batches,
    meaning,
    payees,
    payments,
    paying,
    requests,
    schedules,
    bank_orders,
)
"""What there is to call, by its subject."""

_MOST_FAULTS = 50
"""Faults that one answer names."""

_HTTP = {
    400: ("bad_json", "The body must be a JSON object."),
    404: ("unknown_path", "There is nothing at this address."),
    405: ("unknown_method", "This address does not take that method."),
}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, FinTwinError)
    return refusal(error)


async def _unread(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(fault["loc"][:2] == ("header", "Idempotency-Key") and fault["type"] == "missing" for fault in found):
        return refusal(Invalid("This call needs an Idempotency-Key header.", code="no_key", field="Idempotency-Key"))
    if any(fault["loc"] == ("body",) or fault["type"] == "json_invalid" for fault in found):
        return problem(Invalid("The body must be a JSON object.", code="bad_json"))
    return problem(faults.told([{**fault, "loc": _place(fault["loc"])} for fault in found[:_MOST_FAULTS]]))


def _place(found: Sequence[int | str]) -> tuple[str]:
    """Where a fault is, as `amount` or `items.3.amount`."""
    inside = list(found[1:])
    if len(inside) > 3 and isinstance(inside[1], int):
        del inside[2]  # which of several shapes the item has
    return (".".join(map(str, inside)),)


async def _misdirected(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, sentence = _HTTP.get(error.status_code, ("bad_request", "This could not be understood."))
    answer = problem(Invalid(sentence, code=code), status=error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _broken(_request: Request, error: Exception) -> Response:
    # Starlette raises it once more, so that the log has it.
    return problem(
        FinTwinError("Something broke on our side. Look at what stands before you try again.", code="fault"), status=500
    )


def _refusals(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a description says of each call's refusals."""
    for methods in made["paths"].values():
        for call in methods.values():
            yield call["responses"]["default"]


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The description, made when it is first asked for."""
        if not self.openapi_schema:
            made = super().openapi()
            cookie = {"type": "apiKey", "in": "cookie", "name": "fintwin"}
            made.setdefault("components", {})["securitySchemes"] = {"session": cookie}
            made["security"] = [{"session": []}]
            made["servers"] = [{"url": PATH}]
            for refused in _refusals(made):
                refused["content"] = {"application/problem+json": refused["content"]["application/json"]}
        return self.openapi_schema or {}


api = _Api(
    title="FinTwin",
    version="1",
    description=(
        "Your books for programs. A call is made with the cookie of a signed-in browser; what is not a GET also carries"
        " this house's own `Origin`. Money moves, and is asked for, planned and ordered, with an `Idempotency-Key`."
    ),
    openapi_url=DESCRIPTION,
    docs_url=None,  # its page loads scripts from elsewhere, which the content policy forbids
    redoc_url=None,
    redirect_slashes=False,
    generate_unique_id_function=lambda route: route.name,
    responses={"default": {"model": Problem, "description": "Refused, with its code and a sentence."}},
    exception_handlers={
        FinTwinError: _refused,
        RequestValidationError: _unread,
        HTTPException: _misdirected,
        Exception: _broken,
    },
)
for room in ROOMS:
    api.include_router(room.router)

routes = [Mount(PATH, app=Door(api))]
