"""The event socket's doorstep: what cannot be an event of ours is dropped before Reflex reads it.

Reflex logs an event that it does not understand whole, the headers of its connection included, and runs any socket
event whose name it finds among its own methods. So nothing unknown gets that far; the gate judges the rest.
"""

import logging
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex_base.registry import RegistrationContext

from fintwin.kernel.bucket import Buckets

logger = logging.getLogger(__name__)

_ARGUMENTS = {"connect": 3, "disconnect": 2, "event": 2, "ping": 1, "client_error": 2}
"""Each packet Reflex knows, and how many arguments it may bring, the socket's id included."""

_notes = Buckets(rate=1 / 60, burst=3)
"""Lines in the log about what was dropped; one bucket for all, so that nobody fills the disk."""


class Socket(EventNamespace):
    """Reflex's namespace, for well-formed events with a known name only."""

    async def trigger_event(self, event: Any, *args: Any) -> Any:
        """A packet by its name; `connect` comes from the server itself, never from a client's packet."""
        most = _ARGUMENTS.get(event) if isinstance(event, str) else None
        if most is None or len(args) > most or (event == "connect" and not self._from_server(*args)):
            _dropped()
            return None
        return await super().trigger_event(event, *args)

    async def on_event(self, sid: str, data: Any = None) -> None:
        """An event of a tab, also the one that comes with its connection."""
        if sid not in self.sid_to_token or not is_event(data):
            _dropped()
            return
        await super().on_event(sid, data)

    def _from_server(self, sid: str, environ: Any = None, *_more: Any) -> bool:
        server = self.app.sio
        return environ is not None and server is not None and server.get_environ(sid, self.namespace) is environ


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
