"""Which workers live: each holds an advisory lock under its number, which the database drops with its connection.

A killed worker leaves its jobs `doing`. They are put back as soon as its lock is gone; a heartbeat would have to be
waited for, and could be late in a worker that is merely busy.
"""

import asyncio
import contextlib
import logging
import time

import psycopg
from procrastinate.connector import BaseConnector
from procrastinate.manager import JobManager

_CLASS = 0x46696E  # advisory locks of this class belong to workers
_EVERY = 2.0
_ROUNDS = 10
_CLEAN_EVERY = 3600.0
_KEPT_HOURS = 24 * 30

logger = logging.getLogger(__name__)

_STALLED = """
SELECT j.id, j.attempts FROM procrastinate_jobs j
WHERE j.status = 'doing' AND (j.worker_id IS NULL OR NOT EXISTS (
  SELECT FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = j.worker_id AND l.objsubid = 2 AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
))
"""


# Another worker may have looked at the same time: what is not `doing` any more is left alone.
_PUT_BACK = """
SELECT procrastinate_retry_job_v2(j.id, now(), NULL, NULL, NULL) FROM procrastinate_jobs j WHERE j.id = %s AND j.status = 'doing'
"""
_GIVE_UP = """
SELECT procrastinate_finish_job_v1(j.id, 'failed', false) FROM procrastinate_jobs j WHERE j.id = %s AND j.status = 'doing'
"""


class Registry(JobManager):
    """procrastinate's job manager, which takes the lock before a worker fetches its first job."""

    def __init__(self, connector: BaseConnector, address: str) -> None:
        super().__init__(connector)
        self._address = address
        self._worker: int | None = None
        self._connection: psycopg.AsyncConnection | None = None
        self._suspects: set[int] = set()

    async def register_worker(self) -> int:
        worker = await super().register_worker()
        self._worker = worker
        await self._hold()
        return worker

    async def _hold(self) -> psycopg.AsyncConnection:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        self._connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
        await self._connection.execute("SELECT pg_advisory_lock(%s, %s)", (_CLASS, self._worker))
        return self._connection

    async def watch(self) -> None:
        """Put jobs of dead workers back until cancelled, and forget old failed ones."""
        cleaned = -_CLEAN_EVERY
        try:
            while True:
                await asyncio.sleep(_EVERY)
                if self._worker is None:
                    continue
                try:
                    await self._sweep(await self._hold())
                    if time.monotonic() - cleaned > _CLEAN_EVERY:
                        cleaned = time.monotonic()
                        await self.delete_old_jobs(nb_hours=_KEPT_HOURS, include_failed=True)
                except psycopg.Error as fault:
                    logger.warning("Stalled jobs cannot be looked for: %s", fault)
                    await self._let_go()
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
        self._connection = None

    async def _sweep(self, connection: psycopg.AsyncConnection) -> None:
        """Put back what is without a worker at two looks in a row: one look could fall into a reconnect."""
        rows = await (await connection.execute(_STALLED, (_CLASS,))).fetchall()
        found: dict[int, int] = dict(rows)
        for number in found.keys() & self._suspects:
            if found[number] < _ROUNDS:
                logger.warning("Job %s lost its worker and is put back", number)
                await connection.execute(_PUT_BACK, (number,))
            else:
                logger.error("Job %s lost its worker %s times and is given up", number, found[number])
                await connection.execute(_GIVE_UP, (number,))
        self._suspects = set(found)
