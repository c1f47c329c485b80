"""Two questions a machine may ask under any name: are you up, and could you serve somebody now?"""

import asyncio
import math
import time
from collections.abc import Callable

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fintwin.db import work
from fintwin.kernel.errors import FinTwinError

_KEPT = 1.0
"""Seconds."""


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


async def readyz(_request: Request) -> Response:
    """The database answers too; 503 where it does not, without saying why."""
    if await _readiness.now():
        return PlainTextResponse("ready\n")
    return PlainTextResponse("not ready\n", status_code=503)


class Readiness:
    """Whether the database answers: asked once a second at most, however many want to know.

    Args:
        ask: raises a FinTwinError where the database does not answer; it runs in a thread.
        clock: seconds.
    """

    def __init__(self, ask: Callable[[], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._ready = False
        self._until = -math.inf

    async def now(self) -> bool:
        """The answer, one second old at most."""
        async with self._lock:
            if self._clock() >= self._until:
                self._ready = await self._answers()
                self._until = self._clock() + _KEPT
            return self._ready

    async def _answers(self) -> bool:
        try:
            await asyncio.wait_for(asyncio.to_thread(self._ask), timeout=5)
        except (FinTwinError, TimeoutError):
            return False
        return True


def _ask_database() -> None:
    work.perform(None, lambda session: session.connection().execute(text("SELECT 1")), read_only=True)


_readiness = Readiness(_ask_database)

routes = [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
