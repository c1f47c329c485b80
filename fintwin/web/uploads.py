"""Bank files from the browser: the body is the file, its name stands in the address; counted while it is read."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError
from fintwin.statements import service
from fintwin.statements.recognise import LARGEST_FILE
from fintwin.web.request import person, problem, sent_file

PATH = "/import/file"

_files = Buckets(rate=1 / 3, burst=20)
"""Files that one person may send."""


async def upload(request: Request) -> Response:
    """Keep a file and have it read; 201 with the address of its page.

    The answer comes when the file is stored: reading it is the worker's, and the page shows how that goes.
    """
    try:
        who = await person(request)
        _files.take(str(who.person))
        data = await sent_file(
            request,
            largest=LARGEST_FILE,
            sentence="The file is larger than 20 MB. Export it in parts, a year at a time.",
        )
        name = request.query_params.get("name", "")[:300]
        uuid = await asyncio.to_thread(
            perform, who.person, lambda session: service.store_upload(session, who, name=name, data=data)
        )
    except FinTwinError as error:
        return problem(error)
    return JSONResponse({"uuid": str(uuid), "page": f"/import?file={uuid}"}, status_code=201)


routes = [Route(PATH, upload, methods=["POST"])]
