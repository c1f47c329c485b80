"""The gate: every event of every tab passes it, before any handler, hydration included.

Every public method of a State can be called by anybody with any payload. So the gate asks who it is (from the session's
cookie alone), compares that with whom the tab belonged to, wipes the tab where that differs before anything is sent,
and denies what is not marked as open. A handler that runs may rely on `principal()`.
"""

import asyncio
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
from fintwin.kernel.errors import Forbidden
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

    def _say(self, sentence: str) -> None:
        self.notice = sentence
        self.notice_number += 1

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
        token = cookies.session_token(headers.get("cookie", ""), settings())
        who = await asyncio.to_thread(sessions.believed, token) if token else None
        _principal.set(who)
        tab = await root.get_state(Tab)
        person = who.person if who else 0
        if tab._person != person:
            await _wipe(root)
            tab = await root.get_state(Tab)
            tab._person = person
        if _person_events.wait(str(person)) if who else _visitor_waits(root, event, headers):
            tab._say("That was a lot at once. Wait a moment and try again.")
            return await _answer(root)
        if not _known(event.name) or (who is None and not _is_open(event.name)):
            return await _answer(root, rx.redirect(f"/login?next={quote(_place(root), safe='/')}") if not who else None)
        return None


def _headers(root: BaseState, event: Event) -> Mapping[str, str]:
    """The headers of the tab's connection; a chained event carries none and takes those its tab came with."""
    for source in (event.router_data, root.router_data):
        headers = (source or {}).get("headers")
        if isinstance(headers, Mapping):
            return headers
    return {}


def _visitor_waits(root: BaseState, event: Event, headers: Mapping[str, str]) -> bool:
    """Whether a visitor's tab, or all visitors from its address, did too much; the tab's name is the client's choice."""
    token = str((event.router_data or {}).get("token") or (root.router_data or {}).get("token") or "")
    if token and _tab_events.wait(token):
        return True
    address = believed_address(headers.get("asgi-scope-client", ""), headers.get("x-forwarded-for", ""))
    return _address_events.wait(address) > 0


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
    registered = RegistrationContext.get().event_handlers[name]
    module = registered.handler.fn.__module__
    if module.startswith("reflex.") and name.rpartition(".")[2] in _FRAMEWORK:
        return True
    return bool(getattr(registered.handler.fn, _OPEN, False))


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
