"""Wakes the tabs of this web process: one LISTEN connection, one queue per tab.

What travels is a kind, never content: a tab that hears of one reads the books as the person it belongs to.
"""

import asyncio
import contextlib
import logging
import select
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg2
import psycopg2.extensions

from fintwin.db.address import parsed, plain
from fintwin.events.dispatcher import CHANNEL
from fintwin.events.outbox import Kind

WAITING = 64
"""Kinds a tab may leave unread; then they are replaced by one EVERYTHING."""

_TICK = 0.5
_QUIET = 15.0
_PAUSES = (0.1, 0.3, 1.0, 2.0)

logger = logging.getLogger(__name__)


class Hub:
    """The tabs of one process, by person."""

    def __init__(self) -> None:
        self._tabs: dict[int, dict[asyncio.Queue[Kind], asyncio.AbstractEventLoop]] = {}
        self._lock = threading.Lock()

    def subscribe(self, person: int) -> asyncio.Queue[Kind]:
        """A queue that gets every kind told to this person from now on; called on the event loop."""
        queue: asyncio.Queue[Kind] = asyncio.Queue()
        with self._lock:
            self._tabs.setdefault(person, {})[queue] = asyncio.get_running_loop()
        return queue

    def unsubscribe(self, person: int, queue: asyncio.Queue[Kind]) -> None:
        """Forget a tab; unknown ones are fine."""
        with self._lock:
            tabs = self._tabs.get(person, {})
            tabs.pop(queue, None)
            if not tabs:
                self._tabs.pop(person, None)

    def publish(self, person: int, kind: Kind) -> None:
        """Tell every tab of a person, from any thread."""
        with self._lock:
            tabs = list(self._tabs.get(person, {}).items())
        for queue, loop in tabs:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and its tabs with it
                loop.call_soon_threadsafe(_put, queue, kind)

    def publish_everywhere(self) -> None:
        """Tell every tab that it may have missed something, from any thread."""
        with self._lock:
            people = list(self._tabs)
        for person in people:
            self.publish(person, Kind.EVERYTHING)


def _put(queue: asyncio.Queue[Kind], kind: Kind) -> None:
    if queue.qsize() >= WAITING:
        while not queue.empty():
            queue.get_nowait()
        kind = Kind.EVERYTHING
    queue.put_nowait(kind)


hub = Hub()


@asynccontextmanager
async def running(address: str) -> AsyncIterator[Hub]:
    """The lifespan of a web process: listens with the app's address until the end."""
    stop = threading.Event()
    listener = threading.Thread(target=listen, args=(address, stop), name="live", daemon=True)
    listener.start()
    try:
        yield hub
    finally:
        stop.set()
        await asyncio.to_thread(listener.join, 5)


def listen(address: str, stop: threading.Event, *, to: Hub = hub) -> None:
    """Hear notifications until told to stop; a lost connection is made again and wakes every tab once."""
    failures = 0
    while not stop.is_set():
        try:
            connection = psycopg2.connect(
                plain(parsed(address)), connect_timeout=5, keepalives_idle=10, keepalives_interval=5, keepalives_count=3
            )
        except psycopg2.Error as fault:
            logger.warning("Live updates wait for the database: %s", str(fault).strip())
            stop.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1
            continue
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            failures = 0
            to.publish_everywhere()
            _hear(connection, stop, to)
        except (psycopg2.Error, OSError) as fault:
            logger.warning("Live updates lost the database: %s", str(fault).strip())
            stop.wait(_PAUSES[0])
        finally:
            with contextlib.suppress(psycopg2.Error):
                connection.close()


def _hear(connection: psycopg2.extensions.connection, stop: threading.Event, to: Hub) -> None:
    quiet = 0.0
    while not stop.is_set():
        if select.select([connection], [], [], _TICK)[0]:
            connection.poll()
            quiet = 0.0
        elif (quiet := quiet + _TICK) >= _QUIET:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            quiet = 0.0
        while connection.notifies:
            _pass_on(connection.notifies.pop(0).payload, to)


def _pass_on(payload: str, to: Hub) -> None:
    try:
        person, kind = (int(part) for part in payload.split(":"))
        if person:
            to.publish(person, Kind(kind))
        else:
            to.publish_everywhere()
    except ValueError:
        logger.warning("A notification was not understood: %.40r", payload)
