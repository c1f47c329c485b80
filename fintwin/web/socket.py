"""The event socket's doorstep: what cannot be an event of ours is dropped before Reflex reads it.

Reflex logs an event that it does not understand whole, the headers of its connection included, and runs any socket
event whose name it finds among its own methods. So nothing unknown gets that far; the gate judges the rest.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.app import EventNamespace
from reflex_base.registry import RegistrationContext

from fintwin.identity.tokens import hashed
from fintwin.kernel.bucket import Buckets
from fintwin.settings import settings
from fintwin.web import cookies
from fintwin.web.request import believed_address

_connects = Buckets(rate=10, burst=60)
_LONGEST_WAIT = 15.0
_MOST_TABS = 20_000

logger = logging.getLogger(__name__)

_ARGUMENTS = {"connect": 3, "disconnect": 2, "event": 2, "ping": 1, "client_error": 2}
"""Each packet Reflex knows, and how many arguments it may bring, the socket's id included."""

_notes = Buckets(rate=1 / 60, burst=3)
"""Lines in the log about what was dropped; one bucket for all, so that nobody fills the disk."""


class Socket(EventNamespace):
    """Reflex's namespace, for well-formed events with a known name only."""

    def __init__(self, namespace: str, app: rx.App) -> None:
        super().__init__(namespace, app)
        self._owners: OrderedDict[str, bytes] = OrderedDict()

    async def trigger_event(self, event: Any, *args: Any) -> Any:
        """A packet by its name; `connect` comes from the server itself, never from a client's packet."""
        most = _ARGUMENTS.get(event) if isinstance(event, str) else None
        if most is None or len(args) > most or (event == "connect" and not self._from_server(*args)):
            _dropped()
            return None
        return await super().trigger_event(event, *args)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """A tab that connects; many at once from one address come one after another."""
        address = believed_address(_peer(environ), environ.get("HTTP_X_FORWARDED_FOR", ""))
        if wait := _connects.wait(address):
            await asyncio.sleep(min(wait, _LONGEST_WAIT))
        await super().on_connect(sid, environ, auth)

    async def link_token_to_sid(self, sid: str, token: str, *, update_state: bool = True) -> None:
        """Give a tab its state by its token; under another session's cookie it gets a new token, and so a clean state.

        What still runs for whoever the token belonged to before would otherwise be sent to this socket.
        """
        whose = self._whose(sid)
        if self._owners.get(token, whose) != whose:
            token = str(uuid4())
            await self.emit("new_token", token, to=sid)
        await super().link_token_to_sid(sid, token, update_state=update_state)
        token = self.sid_to_token.get(sid, token)
        self._owners[token] = whose
        self._owners.move_to_end(token)
        if len(self._owners) > _MOST_TABS:
            self._owners.popitem(last=False)

    def _whose(self, sid: str) -> bytes:
        """The hash of the session token that a socket came with; empty for a visitor."""
        server = self.app.sio
        environ = None if server is None else server.get_environ(sid, self.namespace)
        token = cookies.session_token((environ or {}).get("HTTP_COOKIE", ""), settings())
        return hashed(token) if token else b""

    async def on_event(self, sid: str, data: Any = None) -> None:
        """An event of a tab, also the one that comes with its connection."""
        if sid not in self.sid_to_token or not is_event(data):
            _dropped()
            return
        await super().on_event(sid, data)

    def _from_server(self, sid: str, environ: Any = None, *_more: Any) -> bool:
        server = self.app.sio
        return environ is not None and server is not None and server.get_environ(sid, self.namespace) is environ


def _peer(environ: Mapping[str, Any]) -> str:
    client = environ.get("asgi.scope", {}).get("client") or ("",)
    return str(client[0])


def is_event(data: Any) -> bool:
    """Whether this can be handed to Reflex: a registered name, and mappings where it expects them."""
    if not isinstance(data, dict) or not isinstance(name := data.get("name"), str):
        return False
    router = data.get("router_data", {})
    return (
        name in RegistrationContext.get().event_handlers
        and isinstance(data.get("payload", {}), dict)
        and isinstance(router, dict)
        and isinstance(router.get("pathname", ""), str)
        and isinstance(router.get("asPath", ""), str)
        and isinstance(router.get("query", {}), dict)
    )


def guard_socket(app: rx.App) -> None:
    """Put the doorstep before an app's event socket; once, before it serves."""
    before, server = app.event_namespace, app.sio
    if before is None or server is None:
        raise RuntimeError("this app has no event socket")
    app._event_namespace = Socket(before.namespace, app)
    server.register_namespace(app._event_namespace)


def _dropped() -> None:
    if not _notes.wait(""):
        logger.warning("A tab sent something that is no event of ours; it was dropped")
