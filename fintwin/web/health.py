"""Two questions a machine may ask under any name: are you up, and could you serve somebody now?"""

import asyncio

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fintwin.db import work
from fintwin.kernel.errors import FinTwinError


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


async def readyz(_request: Request) -> Response:
    """The database answers too; 503 where it does not, without saying why."""
    try:
        await asyncio.wait_for(asyncio.to_thread(_ask_database), timeout=5)
    except (FinTwinError, TimeoutError):
        return PlainTextResponse("not ready\n", status_code=503)
    return PlainTextResponse("ready\n")


def _ask_database() -> None:
    work.perform(None, lambda session: session.connection().execute(text("SELECT 1")), read_only=True)


routes = [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
