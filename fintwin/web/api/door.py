"""Who calls: the one place in which a request of the API becomes a person, before any of it is read."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError
from fintwin.web.api.problems import refusal
from fintwin.web.request import LARGEST, body, limit_stranger, person

DESCRIPTION = "/openapi.json"
"""Says what there is to call and nothing of people, so that nobody need be signed in for it."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_LARGER = {"/transactions/batch": 1024 * 1024}
"""Bytes that a body may have where it is more than other calls'."""

_calls = Buckets(rate=10, burst=60)
"""Calls that one person may make."""
_changes = Buckets(rate=2, burst=40)
"""Those of them that may change something."""


class Door:
    """Lets in who is signed in, as often as they may, and tells the calls behind it who that is (`request.state.who`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any ASGI scope below /api/v1."""
        if scope["type"] == "http":
            request = Request(scope, receive)
            try:
                path = scope["path"].removeprefix(scope.get("root_path", ""))
                if path == DESCRIPTION:
                    limit_stranger(request)
                else:
                    who = await person(request)
                    _calls.take(str(who.person))
                    request.state.who = who
                    if scope["method"] not in _SAFE:
                        _changes.take(str(who.person))
                        receive = _told_again(await body(request, largest=_LARGER.get(path, LARGEST)), receive)
            except FinTwinError as error:
                await refusal(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _told_again(whole: bytes, receive: Receive) -> Receive:
    """A body that was read already, then whatever else comes from the client."""
    left = [whole]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again
