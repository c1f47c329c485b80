"""Files for banks, and the answers that come back from them."""

import asyncio
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError, Invalid, NotFound
from fintwin.payments import bank, bank_answers, bank_outcomes
from fintwin.web.request import person, problem, sent_file, visitor

PAGE = "/payments/outside"

_files = Buckets(rate=1 / 5, burst=20)
"""Files that one person may ask for or send."""


async def download(request: Request) -> Response:
    """A file of orders, the same each time."""
    try:
        who = await visitor(request)
        if who is None:
            return RedirectResponse(f"/login?next={quote(PAGE, safe='/')}", status_code=303)
        _files.take(str(who.person))
        wanted = _uuid(request.path_params["file"])
        message, document = await asyncio.to_thread(
            perform, who.person, lambda session: bank.file(session, who, file=wanted), read_only=True
        )
    except FinTwinError as error:
        return problem(error)
    return Response(
        document,
        media_type="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="{message}.xml"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such file.", code="unknown_file") from None


async def answer(request: Request) -> Response:
    """Take a bank's file of answers; 201 with the page's address, which says what it changed."""
    try:
        who = await person(request)
        _files.take(str(who.person))
        data = await sent_file(request, largest=bank_answers.LARGEST, sentence="The file is larger than 20 MB.")
        found = await asyncio.to_thread(bank_answers.read, data)
        taken = await asyncio.to_thread(
            perform, who.person, lambda session: bank_outcomes.take_answers(session, who, answers=found)
        )
    except FinTwinError as error:
        if error.code in {"signed_out", "too_many", "busy"}:
            return problem(error)
        said = "unreadable" if isinstance(error, Invalid) else "refused"
    else:
        counts = (taken.settled, taken.refused, taken.returned, taken.known, len(taken.odd), len(taken.waiting))
        said = "-".join(map(str, counts))
    return JSONResponse({"page": f"{PAGE}?said={said}"}, status_code=201)


routes = [
    Route(PAGE + "/{file}.xml", download, methods=["GET"]),
    Route(PAGE + "/answer", answer, methods=["POST"]),
]
