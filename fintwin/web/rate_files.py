"""Files of exchange rates from the browser."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import rate_file, rates
from fintwin.web.request import person, problem, sent_file

PATH = "/rates/file"

_files = Buckets(rate=1 / 5, burst=20)
"""Files that one person may send."""


async def upload(request: Request) -> Response:
    """Keep the rates of a file; 201 with how many."""
    try:
        who = await person(request)
        _files.take(str(who.person))
        data = await sent_file(request, largest=rate_file.LARGEST, sentence="The file is larger than 5 MB.")
        many = await asyncio.to_thread(perform, who.person, lambda session: rates.bring(session, who, data=data))
    except FinTwinError as error:
        return problem(error)
    return JSONResponse({"rates": many}, status_code=201)


routes = [Route(PATH, upload, methods=["POST"])]
