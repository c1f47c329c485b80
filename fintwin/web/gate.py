"""The gate: every event of every tab passes it, before any handler, hydration included.

Every public method of a State can be called by anybody with any payload. So the gate asks who it is (from the session's
cookie alone), compares that with whom the tab belonged to, wipes the tab where that differs before anything is sent,
and denies what is not marked as open. A handler that runs may rely on `principal()`.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from urllib.parse import quote

import reflex as rx
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from fintwin.identity import sessions
from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import Busy, Forbidden
from fintwin.settings import settings
from fintwin.web import cookies
from fintwin.web.request import believed_address

Handler = TypeVar("Handler", bound=Callable[..., Any])

_OPEN = "__fintwin_open__"
_FRAMEWORK = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "on_load_internal",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)
"""Reflex's own handlers: they send a clean tab, start its page, or report a fault of the browser."""

_person_events = Buckets(rate=25, burst=80)
_address_events = Buckets(rate=20, burst=120)
_tab_events = Buckets(rate=5, burst=40)
"""A visitor's: one tab cannot use up what everybody behind the same address has."""

_LONGEST_WAIT = 20.0
"""Seconds for which what loads a page waits for its turn."""
_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0)
"""Seconds between two questions to a database that is away."""

_SHOWN = 7.0
"""Seconds for which a line about what happened is shown (assets/tokens.css: toast)."""

_principal: ContextVar[Principal | None] = ContextVar("principal", default=None)


def principal() -> Principal:
    """Who acts, as the gate found out for the event that runs now.

    Raises:
        Forbidden: nobody is signed in (code `signed_out`).
    """
    who = _principal.get()
    if who is None:
        raise Forbidden("You are signed out. Sign in to go on.", code="signed_out")
    return who


def visitor() -> Principal | None:
    """Who acts, or None for a visitor; for handlers that are open."""
    return _principal.get()


def open_to_visitors(handler: Handler) -> Handler:
    """Mark a handler that needs no session. Everything else is denied to visitors."""
    setattr(handler, _OPEN, True)
    return handler


class Tab(rx.State):
    """Whom a tab belongs to, and the one line that tells its person what just happened."""

    _person: int = 0
    notice: str = ""
    notice_number: int = 0
    """Counts up, so that the same sentence twice is shown twice."""
    _leads_on: int = 0
    """How often the line was said on the way to another page: a double click says it twice, and loads it twice."""
    _said_at: float = 0.0
    stalled: str = ""
    """Why the page that loads could not be read, for its person; "" where nothing failed."""
    hollow: bool = False
    """Whether nothing of that page is there but what stands in for it while it loads."""
    at: str = ""
    """The route whose page has been read, its dialogs opened or shut as the address has it; "" while one is read."""
    _comes: str = ""
    """The route whose page is being read."""

    def _stall(self, sentence: str, *, hollow: bool) -> None:
        self.stalled, self.hollow = sentence, hollow

    def _say(self, sentence: str, *, leads_on: bool = False) -> None:
        self.notice = sentence
        self.notice_number += 1
        self._leads_on = self._leads_on + 1 if leads_on else 0
        self._said_at = time.monotonic()

    def _arrive(self, route: str) -> None:
        """A page loads: a line of the page before is old, unless it was said on the way here just now."""
        self._stall("", hollow=False)
        self._comes = route
        if self.at != route:
            self.at = ""
        if self._leads_on and time.monotonic() - self._said_at < _SHOWN:
            self._leads_on -= 1
        else:
            self.notice, self._leads_on = "", 0

    @rx.event
    def loaded(self) -> Any:
        """The page's load has run. What it handed on to comes before what is handed on to here."""
        return Tab.settled

    @rx.event
    def settled(self) -> None:
        """The page is as its address has it: its dialogs may show."""
        self.at = self._comes

    @rx.event
    @open_to_visitors
    def dismiss(self) -> None:
        """Put the line away."""
        self.notice = ""

    @rx.event
    def left(self) -> None:
        """Does nothing: a session that has ended does not get here, its tab is wiped and sent to the sign-in."""

    @rx.event
    @open_to_visitors
    def failed(self) -> None:
        """Say that a handler broke; the reason is in the log, not on the page."""
        self._say("Something went wrong on our side. What was not confirmed was not saved.")


class Gate(rx.Middleware):
    """Stands before every event."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Let the event through (None), or answer in its place."""
        root = state._get_root_state()
        headers = _headers(root, event)
        # A chained event carries no routing data of its own: what it follows from was let in.
        direct = bool(event.router_data)
        loads = not direct or _of_framework(event.name)
        try:
            who = await _who(cookies.session_token(headers.get("cookie", ""), settings()), patient=loads)
        except Busy as away:
            (await root.get_state(Tab))._say(away.sentence)
            return await _answer(root)
        _principal.set(who)
        tab = await root.get_state(Tab)
        person = who.person if who else 0
        if tab._person != person:
            await _wipe(root)
            tab = await root.get_state(Tab)
            tab._person = person
        if _begins(event):
            tab.at = ""
        if direct and not await _admitted(_purses(root, event, headers, who), patient=loads):
            tab._say("That was a lot at once. Wait a moment and try again.")
            return await _answer(root)
        if not _known(event.name) or (who is None and not _is_open(event.name)):
            return await _answer(root, rx.redirect(f"/login?next={quote(_place(root), safe='/')}") if not who else None)
        return None


def _begins(event: Event) -> bool:
    """Whether a document begins: it alone says by hashes what it holds; one that comes back after a cut does not."""
    return event.name.endswith(".hydrate_and_load") and bool(event.payload.get("hashes"))


def _headers(root: BaseState, event: Event) -> Mapping[str, str]:
    """The headers of the tab's connection; a chained event carries none and takes those its tab came with."""
    for source in (event.router_data, root.router_data):
        headers = (source or {}).get("headers")
        if isinstance(headers, Mapping):
            return headers
    return {}


async def _who(token: str, *, patient: bool) -> Principal | None:
    """Whose session it is. What loads a page waits while the database is away: refused, the page would stay empty.

    Raises:
        Busy: the database is away, and stayed so.
    """
    if not token:
        return None
    for pause in _PAUSES if patient else ():
        try:
            return await asyncio.to_thread(sessions.believed, token)
        except Busy:
            await asyncio.sleep(pause)
    return await asyncio.to_thread(sessions.believed, token)


def _purses(
    root: BaseState, event: Event, headers: Mapping[str, str], who: Principal | None
) -> list[tuple[Buckets, str]]:
    """What an event is paid from: the person's bucket, else the tab's and its address's.

    The tab's name is the client's choice, so it alone bounds nothing.
    """
    if who is not None:
        return [(_person_events, str(who.person))]
    token = str((event.router_data or {}).get("token") or (root.router_data or {}).get("token") or "")
    address = believed_address(headers.get("asgi-scope-client", ""), headers.get("x-forwarded-for", ""))
    return [*([(_tab_events, token)] if token else []), (_address_events, address)]


async def _admitted(purses: list[tuple[Buckets, str]], *, patient: bool) -> bool:
    """Whether there is room for an event; what loads a page waits for it, some seconds at most."""
    until = time.monotonic() + _LONGEST_WAIT
    for buckets, key in purses:
        while wait := buckets.wait(key):
            wait *= 1 + random.random()  # noqa: S311 - many tabs at once shall not come back at once
            if not patient or time.monotonic() + wait > until:
                return False
            await asyncio.sleep(wait)
    return True


def _place(root: BaseState) -> str:
    url = root.rx_router_url
    return url.path + (f"?{url.query}" if url.query else "")


async def _wipe(root: BaseState) -> None:
    """Nothing of whom the tab belonged to before stays in it."""
    for substate in _all_substates(type(root)):
        await root.get_state(substate)
    root.reset()


def _all_substates(state: type[BaseState]) -> list[type[BaseState]]:
    return [found for child in state.get_substates() for found in (child, *_all_substates(child))]


async def _answer(root: BaseState, *events: Any) -> StateUpdate:
    delta = await root._get_resolved_delta()
    root._clean()
    return StateUpdate(delta=delta, events=Event.from_event_type([event for event in events if event is not None]))


def _known(name: str) -> bool:
    """Whether there is such a handler and people may call it; Reflex's own `setvar` could write anything."""
    return name in RegistrationContext.get().event_handlers and name.rpartition(".")[2] != "setvar"


def _is_open(name: str) -> bool:
    return _of_framework(name) or bool(getattr(_handler(name), _OPEN, False))


def _of_framework(name: str) -> bool:
    """Whether it is one of Reflex's own handlers that load a page."""
    return (
        name.rpartition(".")[2] in _FRAMEWORK
        and name in RegistrationContext.get().event_handlers
        and _handler(name).__module__.startswith("reflex.")
    )


def _handler(name: str) -> Callable[..., Any]:
    handler: Callable[..., Any] = RegistrationContext.get().event_handlers[name].handler.fn
    return handler


@asynccontextmanager
async def flushing(state: Any) -> AsyncIterator[None]:
    """How a background handler changes its state: only while its session goes on and the tab is still its person's.

    Raises:
        Forbidden: the session has ended, or the tab is another's by now (code `session_ended`); the handler ends.
    """
    who = principal()
    if not await asyncio.to_thread(sessions.still, who):
        raise Forbidden("You were signed out.", code="session_ended")
    async with state:
        if (await state.get_state(Tab))._person != who.person:
            raise Forbidden("You were signed out.", code="session_ended")
        yield
