"""Files beside transactions: in from the browser, and out again as a download that no browser runs."""

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.ids import from_reference
from fintwin.ledger import attachments
from fintwin.web.guard import SANDBOX
from fintwin.web.request import person, problem, sent_file, visitor

IN, OUT = "/transactions/{reference}/files", "/attachments/{uuid}"

_files = Buckets(rate=1 / 3, burst=20)
"""Files that one person may send."""
_downloads = Buckets(rate=1.0, burst=60)
"""Files that one person may fetch."""


async def upload(request: Request) -> Response:
    """Lay a file beside a transaction; 201 with its address. The body is the file, its name stands in the address."""
    try:
        who = await person(request)
        _files.take(str(who.person))
        transaction = from_reference(request.path_params["reference"][:20])
        name = request.query_params.get("name", "")[:300]
        data = await sent_file(request, largest=attachments.LARGEST, sentence="The file is larger than 20 MB.")
        kept = await asyncio.to_thread(
            perform,
            who.person,
            lambda session: attachments.attach(session, who, transaction=transaction, name=name, data=data),
        )
    except FinTwinError as error:
        return problem(error)
    return JSONResponse({"uuid": str(kept.uuid), "file": f"/attachments/{kept.uuid}"}, status_code=201)


async def download(request: Request) -> Response:
    """One own file, always as an attachment, by the kind its content has, and sandboxed should a browser open it."""
    try:
        who = await visitor(request)
        if who is None:
            return RedirectResponse(f"/login?next={quote('/transactions', safe='/')}", status_code=303)
        _downloads.take(str(who.person))
        uuid = request.path_params["uuid"][:40]
        found, data = await asyncio.to_thread(
            perform, who.person, lambda session: attachments.content(session, who, uuid=uuid), read_only=True
        )
    except FinTwinError as error:
        return problem(error)
    return Response(
        data,
        media_type=found.type if found.type != "text/plain" else "text/plain; charset=utf-8",
        headers={
            "Content-Disposition": _as_attachment(found.name),
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _as_attachment(name: str) -> str:
    """RFC 6266: a plain name for old browsers, and the whole one percent-encoded."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " ._-") else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


routes = [Route(IN, upload, methods=["POST"]), Route(OUT, download, methods=["GET"])]
