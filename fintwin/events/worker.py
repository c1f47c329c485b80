"""The worker process: dispatcher, jobs, and a clean end."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from typing import Protocol

import psycopg
from procrastinate.exceptions import ConnectorException

from fintwin.db.address import parsed, plain
from fintwin.db.engine import close_database, open_database
from fintwin.db.guard import proved
from fintwin.events import dispatcher, jobs, queue
from fintwin.events.alive import Registry
from fintwin.kernel.errors import Misconfigured

CONCURRENCY = 4
"""Jobs at a time; each has one connection of the app's pool while it works."""

_GRACE = 15.0
"""Seconds a running job has to reach its next checkpoint."""

logger = logging.getLogger(__name__)


class Addresses(Protocol):
    """What the worker needs to know of the settings."""

    @property
    def app_database_url(self) -> str | None: ...
    @property
    def system_database_url(self) -> str | None: ...


def run_worker(settings: Addresses) -> int:
    """Run until SIGTERM or SIGINT; the exit code.

    The caller has imported the rooms, so that their jobs and consumers are declared. Running jobs get some seconds to
    come to a checkpoint; what does not is put back by the next worker. An exit code other than 0 means: start again.
    """
    app, system = settings.app_database_url, settings.system_database_url
    if not app or not system:
        raise Misconfigured("The worker needs both FINTWIN_APP_DATABASE_URL and FINTWIN_SYSTEM_DATABASE_URL.")
    proved(app)
    open_database(app, system=system, pool=8)
    try:
        return asyncio.run(_serve(system))
    except (ConnectorException, psycopg.Error) as fault:
        logger.error("The worker lost the database: %s", fault)
        return 1
    finally:
        close_database()


async def _serve(system: str) -> int:
    app = queue.build(system)
    registry = Registry(app.connector, plain(parsed(system)))
    app.job_manager = registry
    ending = threading.Event()
    dispatching = threading.Thread(target=dispatcher.run, args=(ending,), name="dispatcher", daemon=True)
    asked = False
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                fetch_job_polling_interval=2.0,
                abort_job_polling_interval=60.0,
                shutdown_graceful_timeout=_GRACE,
                delete_jobs="successful",
                # Life is told by a lock (alive.py); a worker that is only busy must not be pruned.
                update_heartbeat_interval=300.0,
                stalled_worker_timeout=86400.0,
            )
        )

        def end() -> None:
            nonlocal asked
            if not asked:
                asked = True
                ending.set()
                jobs.stop_running()
                working.cancel()
                _end_at_last()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        dispatching.start()
        watching = asyncio.create_task(registry.watch())
        logger.info("The worker is ready")
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await working
        finally:
            ending.set()
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await asyncio.to_thread(dispatching.join, 5)
    return 0 if asked else 1


def _end_at_last() -> None:
    """A job that never comes to a checkpoint must not keep the process: its commits so far stay, the rest is redone."""
    timer = threading.Timer(_GRACE + 5, os._exit, [0])
    timer.daemon = True
    timer.start()
