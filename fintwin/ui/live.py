"""One background handler per tab: it hears what happens to the person's books and has the page read them again.

Every page's load starts it (through the shell); Reflex cancels it on navigation and when the tab goes away.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any

import reflex as rx
from reflex_base.registry import RegistrationContext

from fintwin.events.live import hub
from fintwin.events.outbox import Kind
from fintwin.identity import sessions
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Busy
from fintwin.web.gate import Tab, principal

_CHECK = 1.0
"""Seconds between two looks at the session; one that ends in this process is heard of at once."""

_listening: dict[str, tuple[frozenset[Kind], Any]] = {}


def listen(route: str, kinds: Iterable[Kind], handler: Any) -> None:
    """Have a page's handler run whenever one of these kinds is told to its person. Called once, at import."""
    _listening[route] = (frozenset(kinds) | {Kind.EVERYTHING}, handler)


class _Ends:
    """Wakes the tabs of a session that ends in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tabs: dict[bytes, dict[asyncio.Event, asyncio.AbstractEventLoop]] = {}

    def enter(self, session: bytes) -> asyncio.Event:
        """An event that is set when the session ends; called on the event loop."""
        ended = asyncio.Event()
        with self._lock:
            self._tabs.setdefault(session, {})[ended] = asyncio.get_running_loop()
        return ended

    def leave(self, session: bytes, ended: asyncio.Event) -> None:
        """Forget a tab."""
        with self._lock:
            tabs = self._tabs.get(session, {})
            tabs.pop(ended, None)
            if not tabs:
                self._tabs.pop(session, None)

    def tell(self, session: bytes) -> None:
        """The session has ended; from any thread."""
        with self._lock:
            tabs = list(self._tabs.get(session, {}).items())
        for ended, loop in tabs:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and its tabs with it
                loop.call_soon_threadsafe(ended.set)


_ends = _Ends()
sessions.on_end(_ends.tell)


_following: dict[str, asyncio.Event] = {}
"""What ends the handler of a tab, by the tab's token: anybody could start a second one."""


def _only_one(tab: str) -> asyncio.Event:
    """An event that is set when the tab starts to follow anew; the handler it had so far ends."""
    if (before := _following.get(tab)) is not None:
        before.set()
    replaced = _following[tab] = asyncio.Event()
    return replaced


def _socket_of(tab: str) -> str:
    """The id of the tab's socket in this process; "" where it has none."""
    namespace = RegistrationContext.get().app.event_namespace
    return "" if namespace is None else namespace.token_to_sid.get(tab, "")


class Live(rx.State):
    """What keeps a tab up to date."""

    @rx.event(background=True)
    async def follow(self, route: str) -> AsyncIterator[Any]:
        """Until the tab leaves the page, goes away or follows anew, or its session ends."""
        who = principal()
        tab = self.router.session.client_token
        socket = _socket_of(tab)
        replaced = _only_one(tab)
        kinds, handler = _listening.get(route if isinstance(route, str) else "", (frozenset(), None))
        queue = hub.subscribe(who.person)
        ended = _ends.enter(who.session)
        try:
            while True:
                heard = await _next(queue, ended, replaced)
                if replaced.is_set() or not socket or _socket_of(tab) != socket:
                    return
                if ended.is_set() or not await _still(who):
                    yield Tab.left
                    return
                if handler is not None and kinds & heard:
                    yield handler
        finally:
            hub.unsubscribe(who.person, queue)
            _ends.leave(who.session, ended)
            if _following.get(tab) is replaced:
                del _following[tab]


async def _still(who: Principal) -> bool:
    """Whether the session goes on; while the database is away nobody can say that it ended."""
    try:
        return await asyncio.to_thread(sessions.still, who)
    except Busy:
        return True


async def _next(queue: asyncio.Queue[Kind], *ends: asyncio.Event) -> set[Kind]:
    """Everything heard by now; waits a second at most for the first of it, and no longer than for the first end."""
    getting = asyncio.ensure_future(queue.get())
    ending = [asyncio.ensure_future(end.wait()) for end in ends]
    try:
        await asyncio.wait({getting, *ending}, timeout=_CHECK, return_when=asyncio.FIRST_COMPLETED)
        heard = {getting.result()} if getting.done() else set()
    finally:
        for waiting in (getting, *ending):
            waiting.cancel()
    while not queue.empty():
        heard.add(queue.get_nowait())
    return heard
