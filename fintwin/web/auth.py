"""Signing in and out over HTTP. All of it is full page loads: a socket's headers are frozen when it opens.

Routes (`routes` gives them to the composition root):

| method, path | fields | answer |
|---|---|---|
| GET /auth/google, /auth/oidc | query `next`, `keep`, `zone`, `locale` | 303 to the provider |
| GET /auth/{google,oidc}/callback | the provider's | 303 to `next` |
| GET /auth/link/{secret} | | 303 to /login?link=1: the next sign-in uses the link |
| POST /auth/local | `profile` (subject of `identity.service.local_profiles`) or `name`; `keep`, `next`, `zone`, `locale` | 303 to `next` |
| POST /auth/demo | `zone`, `locale`, `next` | 303 to `next`, in a demo household of one's own |
| POST /auth/demo/switch | `next` | 303, as the other adult of the household |
| POST /auth/demo/leave | | 303 back to one's own books, or to / |
| POST /auth/demo/wipe | | the same, and the household is erased |
| POST /auth/sign-out | | 303 to /, and the browser forgets what it cached |

`keep` is `1` for "keep me signed in"; `next` is a path of our own, /dashboard where it is missing or not ours; `zone` and
`locale` are what the browser says. Whatever goes wrong leads to /login?problem=CODE; `PROBLEMS` has the sentences.
Every POST carries the Origin of this house (the guard refuses others), so a plain `<form method="post">` is all it needs.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.fernet import InvalidToken, MultiFernet
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.demo import service as demo
from fintwin.identity import door, keys, service, tokens
from fintwin.identity.origin import first_language
from fintwin.identity.principal import Principal
from fintwin.identity.service import Browser, SignedIn
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError, Forbidden, TooMany
from fintwin.settings import Settings
from fintwin.web import cookies
from fintwin.web.request import client_address, form, visitor

if TYPE_CHECKING:
    from fintwin.web.provider import Client

HOME = "/dashboard"

PROBLEMS: Mapping[str, str] = {
    "not_on_the_list": "This address may not sign in here. Ask the administrator of this FinTwin to add it.",
    "link_spent": "This sign-in link was used already or is no longer needed.",
    "has_books": "This sign-in has books of its own here already, so it cannot take over a profile.",
    "account_closed": "This account is closed.",
    "not_vouched": "The sign-in did not work: the provider's answer could not be verified. Try again.",
    "declined": "The sign-in was cancelled.",
    "way_lost": "The sign-in took too long or was begun in another browser. Try again.",
    "provider_away": "The sign-in provider cannot be reached just now. Try again in a moment.",
    "bad_name": "A name has 1 to 80 characters.",
    "no_such_profile": "This profile is gone. Pick another or add one.",
    "no_local_profiles": "Local profiles are not offered here. Sign in with the provider.",
    "demo_closed": "Sign in first to try the demo household.",
    "demo_full": "Too many people are trying the demo just now. Try again later.",
    "busy": "The books are busy. Nothing was changed; try again in a moment.",
    "signed_out": "You are signed out. Sign in to go on.",
}
"""What the sign-in page says for the code in its address; it says `OTHER_PROBLEM` for any other code."""

OTHER_PROBLEM = "The sign-in did not work. Try again."

_WAY_SECONDS = 600
_LINK_SECONDS = 1800


def own_path(text: str) -> str:
    """A path of our own from an address, HOME for anything else; never another host, never a sign-in route."""
    try:
        parts = urlsplit(text) if text.isprintable() and len(text) <= 1000 and "\\" not in text else None
    except ValueError:  # half an IPv6 address
        parts = None
    if (
        parts is None
        or not text.startswith("/")
        or text.startswith("//")
        or parts.scheme
        or parts.netloc
        or any(part in {".", ".."} for part in unquote(parts.path).split("/"))
        or parts.path.startswith(("/auth/", "/login", "/api/"))
    ):
        return HOME
    return text


def routes(settings: Settings) -> list[Route]:
    """The routes of this module, for these settings.

    Raises:
        Misconfigured: the settings would let strangers in (see `identity.door.check`).
    """
    door.check(settings)
    auth = _Auth(settings)

    def post(path: str, handler: Handler) -> Route:
        return Route(path, auth.limited(handler), methods=["POST"])

    def get(path: str, handler: Handler) -> Route:
        return Route(path, auth.limited(handler), methods=["GET"])

    found = [
        post("/auth/local", auth.local),
        post("/auth/sign-out", auth.sign_out),
        get("/auth/link/{secret}", auth.link),
        post("/auth/demo", auth.demo_open),
        post("/auth/demo/switch", auth.demo_switch),
        post("/auth/demo/leave", auth.demo_leave),
        post("/auth/demo/wipe", auth.demo_wipe),
    ]
    for provider in door.providers(settings):
        # A house without a provider holds no Authlib: 7 MB.
        from fintwin.web.provider import Client

        client = Client(provider)
        found += [
            get(f"/auth/{provider.key}", partial(auth.begin, client)),
            get(f"/auth/{provider.key}/callback", partial(auth.end, client)),
        ]
    return found


Handler = Callable[[Request], Awaitable[Response]]


class _Auth:
    """The handlers, with what they share: the settings and the rate limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets = Buckets(rate=0.5, burst=60)

    def limited(self, handler: Handler) -> Handler:
        """The handler behind the rate limit of its sender's address; what it refuses leads back to the sign-in page."""

        async def answer(request: Request) -> Response:
            try:
                self._buckets.take(client_address(request))
            except TooMany as error:
                wait = {"retry-after": str(error.retry_after)}
                return PlainTextResponse(error.sentence + "\n", status_code=429, headers=wait)
            try:
                return await handler(request)
            except FinTwinError as error:
                return _to_login(error.code)

        return answer

    async def begin(self, client: "Client", request: Request) -> Response:
        """Send the browser to a provider, with what the way back needs in a sealed cookie."""
        with_session = _with_session(request, {})
        redirect = f"{self._settings.public_url}/auth/{client.provider.key}/callback"
        address = await client.begin(with_session, redirect=redirect)
        query = request.query_params
        way = {
            "provider": client.provider.key,
            "session": with_session.session,
            "next": own_path(query.get("next", "")),
            "keep": query.get("keep") == "1",
            "zone": query.get("zone", "")[:64],
            "locale": query.get("locale", "")[:35],
        }
        response = RedirectResponse(address, status_code=303)
        sealed = self._ring().encrypt(json.dumps(way).encode()).decode()
        self._put(response, cookies.WAY, sealed, seconds=_WAY_SECONDS)
        return response

    async def end(self, client: "Client", request: Request) -> Response:
        """Let in whom the provider vouches for. Whatever comes of it, this way and its link are not gone twice."""
        try:
            response = await self._arrive(client, request)
        except FinTwinError as error:
            response = _to_login(error.code)
        self._drop(response, cookies.WAY, cookies.LINK)
        return response

    async def _arrive(self, client: "Client", request: Request) -> Response:
        way = self._way(request)
        if way is None or way["provider"] != client.provider.key:
            raise Forbidden(PROBLEMS["way_lost"], code="way_lost")
        if request.query_params.get("error") == "access_denied":
            raise Forbidden(PROBLEMS["declined"], code="declined")
        admission = await client.end(_with_session(request, way["session"]))
        link = self._cookie(request, cookies.LINK)
        inside = await asyncio.to_thread(
            perform,
            None,
            lambda session: service.sign_in(
                session,
                admission,
                rules=door.rules(self._settings),
                browser=_browser(request, zone=way["zone"], locale=way["locale"]),
                keep=way["keep"],
                link=link,
            ),
        )
        return await self._enter(request, inside, keep=way["keep"], then=way["next"])

    def _way(self, request: Request) -> dict[str, Any] | None:
        try:
            sealed = self._cookie(request, cookies.WAY).encode()
            return dict(json.loads(self._ring().decrypt(sealed, ttl=_WAY_SECONDS)))
        except (InvalidToken, ValueError):
            return None

    def _ring(self) -> MultiFernet:
        return keys.ring(self._settings.data_dir, keys.COOKIES)

    async def link(self, request: Request) -> Response:
        """Keep the secret of a printed link for the sign-in that follows."""
        secret = request.path_params["secret"]
        if not tokens.looks_right(secret):
            return _to_login("link_spent")
        response = RedirectResponse("/login?link=1", status_code=303)
        self._put(response, cookies.LINK, secret, seconds=_LINK_SECONDS)
        return response

    async def local(self, request: Request) -> Response:
        """Open a local profile, or add one."""
        if not door.local_profiles_allowed(self._settings):
            raise Forbidden(PROBLEMS["no_local_profiles"], code="no_local_profiles")
        fields = await form(request)
        keep = fields.get("keep") == "1"
        inside = await asyncio.to_thread(
            perform,
            None,
            lambda session: service.sign_in_locally(
                session,
                subject=fields.get("profile", "")[:255],
                name=fields.get("name", ""),
                browser=_browser(request, zone=fields.get("zone", ""), locale=fields.get("locale", "")),
                keep=keep,
            ),
        )
        return await self._enter(request, inside, keep=keep, then=own_path(fields.get("next", "")))

    async def sign_out(self, request: Request) -> Response:
        """End the session in every tab, and the one that was left for the demo."""
        for token in (self._cookie(request, cookies.SESSION), self._home(request)[0]):
            await self._end(token)
        response = RedirectResponse("/", status_code=303)
        self._drop(response, cookies.SESSION, cookies.HOME, cookies.LINK, cookies.WAY, cookies.DEMO)
        return _forgetting(response)

    async def demo_open(self, request: Request) -> Response:
        """A demo household of one's own; one's own session waits in a second cookie."""
        fields = await form(request)
        then = own_path(fields.get("next", ""))
        who = await visitor(request)
        if who is not None and who.demo:
            return RedirectResponse(then, status_code=303)
        if not door.demo_allowed(self._settings, signed_in=who is not None):
            raise Forbidden(PROBLEMS["demo_closed"], code="demo_closed")
        browser = _browser(request, zone=fields.get("zone", ""), locale=fields.get("locale", ""))
        inside = await asyncio.to_thread(demo.open, browser)
        response = RedirectResponse(then, status_code=303)
        if who is not None:
            keep = await self._keeps(who)
            home = ("1" if keep else "0") + self._cookie(request, cookies.SESSION)
            self._put(response, cookies.HOME, home, seconds=cookies.KEPT if keep else None)
        self._put(response, cookies.SESSION, inside.token)
        self._put(response, cookies.DEMO, "1")
        return response

    async def _keeps(self, who: Principal) -> bool:
        found = await asyncio.to_thread(perform, who.person, lambda session: service.list_sessions(session, who))
        return any(one.current and one.keep for one in found)

    async def demo_switch(self, request: Request) -> Response:
        """The same household as its other adult."""
        who = await self._demo_person(request)
        then = own_path((await form(request)).get("next", ""))
        browser = _browser(request)
        inside = await asyncio.to_thread(
            perform, who.person, lambda session: service.enter_demo(session, browser=browser, other=True)
        )
        await self._end(self._cookie(request, cookies.SESSION))
        response = RedirectResponse(then, status_code=303)
        self._put(response, cookies.SESSION, inside.token)
        return _forgetting(response)

    async def demo_leave(self, request: Request) -> Response:
        """Back to one's own books; the household stays until it has been idle for a week."""
        await self._demo_person(request)
        return await self._go_home(request)

    async def demo_wipe(self, request: Request) -> Response:
        """Back to one's own books, and nothing of the household stays."""
        who = await self._demo_person(request)
        await asyncio.to_thread(demo.wipe, who)
        return await self._go_home(request)

    async def _demo_person(self, request: Request) -> Principal:
        who = await visitor(request)
        if who is None or not who.demo:
            raise Forbidden(PROBLEMS["signed_out"], code="signed_out")
        return who

    async def _go_home(self, request: Request) -> Response:
        await self._end(self._cookie(request, cookies.SESSION))
        token, keep = self._home(request)
        own = await asyncio.to_thread(service.session_person, token)
        response = RedirectResponse(HOME if own else "/", status_code=303)
        self._drop(response, cookies.HOME, cookies.DEMO)
        if own:
            self._put(response, cookies.SESSION, token, seconds=cookies.KEPT if keep else None)
        else:
            self._drop(response, cookies.SESSION)
        return _forgetting(response)

    def _home(self, request: Request) -> tuple[str, bool]:
        """The token of the session that was left for the demo, and whether it is kept."""
        value = self._cookie(request, cookies.HOME)
        return value[1:], value[:1] == "1"

    async def _enter(self, request: Request, inside: SignedIn, *, keep: bool, then: str) -> Response:
        """Answer with the cookie of a begun session; whoever was signed in here before is signed out."""
        for token in (self._cookie(request, cookies.SESSION), self._home(request)[0]):
            await self._end(token)
        response = RedirectResponse(then, status_code=303)
        self._put(response, cookies.SESSION, inside.token, seconds=cookies.KEPT if keep else None)
        self._drop(response, cookies.HOME, cookies.DEMO)
        return response

    async def _end(self, token: str) -> None:
        """End the session of a token, where there is one."""
        who = await asyncio.to_thread(service.session_person, token, active=False)
        if who is not None:
            await asyncio.to_thread(perform, who.person, lambda session: service.sign_out(session, who))

    def _cookie(self, request: Request, cookie: str) -> str:
        return cookies.read(request.headers.get("cookie", ""), cookie, https=self._settings.https)

    def _put(self, response: Response, cookie: str, value: str, *, seconds: int | None = None) -> None:
        cookies.put(response, cookie, value, settings=self._settings, seconds=seconds)

    def _drop(self, response: Response, *dropped: str) -> None:
        for cookie in dropped:
            cookies.drop(response, cookie, settings=self._settings)


def _forgetting(response: Response) -> Response:
    """The same answer, and the browser forgets what it cached of the person who was here."""
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


def _to_login(code: str) -> Response:
    return RedirectResponse(f"/login?problem={quote(code)}", status_code=303)


def _browser(request: Request, *, zone: str = "", locale: str = "") -> Browser:
    return Browser(
        agent=request.headers.get("user-agent", "")[:500],
        locale=(locale or first_language(request.headers.get("accept-language", "")))[:35],
        zone=zone[:64],
    )


def _with_session(request: Request, session: dict[str, Any]) -> Request:
    """The same request with a `session`, which is where Authlib keeps state, nonce and verifier of the way."""
    return Request({**request.scope, "session": session})
