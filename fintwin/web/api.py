"""/api/v1 for the browser's own session: who am I, my profile. Bearer tokens come with the API itself.

GET /api/v1/me; GET and PUT /api/v1/profile (any of `identity.profile.FIELDS`, as text or null); POST
/api/v1/profile/complete. Errors are RFC 9457 problem details.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.identity import service
from fintwin.identity.principal import Principal
from fintwin.identity.profile import FIELDS, Profile
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError, Forbidden, Invalid
from fintwin.web.request import json_object, person, problem

_WHOSE = frozenset({"id", "uuid", "owner", "person", "person_id", "user", "user_id", "sub", "customer_number"})

_buckets = Buckets(rate=10, burst=60)

Call = Callable[[Request, Principal], Awaitable[dict[str, Any]]]


def _endpoint(call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            who = await person(request)
            _buckets.take(str(who.person))
            return JSONResponse(await call(request, who))
        except FinTwinError as error:
            return problem(error)

    return endpoint


async def _me(_request: Request, who: Principal) -> dict[str, Any]:
    return {
        "uuid": str(who.uuid),
        "name": who.name,
        "email": who.email,
        "role": who.role,
        "demo": who.demo,
        "onboarded": who.onboarded,
        "locale": who.locale,
        "zone": who.zone,
        "currency": who.currency,
    }


async def _profile(_request: Request, who: Principal) -> dict[str, Any]:
    return _shown(await asyncio.to_thread(perform, who.person, lambda session: service.profile(session, who)))


async def _save_profile(request: Request, who: Principal) -> dict[str, Any]:
    changes = _changes(await json_object(request))
    return _shown(
        await asyncio.to_thread(
            perform, who.person, lambda session: service.save_profile(session, who, changes=changes, plain=True)
        )
    )


async def _complete_profile(_request: Request, who: Principal) -> dict[str, Any]:
    return _shown(await asyncio.to_thread(perform, who.person, lambda session: service.complete_profile(session, who)))


def _changes(body: dict[str, Any]) -> dict[str, str]:
    """The body's fields as text; whose profile it is comes from the session alone.

    Raises:
        Forbidden: the body names a person (code `identity_lock`).
        Invalid: a value that is neither text, number nor null.
    """
    if _WHOSE & set(body):
        raise Forbidden("Whose profile this is comes from the session.", code="identity_lock")
    changes = {}
    for name, value in body.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise Invalid("Write this as text.", code="bad_value", field=name[:40])
        changes[name] = "" if value is None else str(value)
    return changes


def _shown(profile: Profile) -> dict[str, Any]:
    def plain(value: object) -> object:
        if isinstance(value, Decimal):
            return format(value, "f")
        return value

    return {
        **{name: plain(getattr(profile, name)) for name in FIELDS},
        "complete": profile.completed_at is not None,
    }


routes = [
    Route("/api/v1/me", _endpoint(_me), methods=["GET"]),
    Route("/api/v1/profile", _endpoint(_profile), methods=["GET"]),
    Route("/api/v1/profile", _endpoint(_save_profile), methods=["PUT"]),
    Route("/api/v1/profile/complete", _endpoint(_complete_profile), methods=["POST"]),
]
