"""The general ledger as a file, for staff."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import date
from typing import IO

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from fintwin.db.work import perform, sqlstate
from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import Busy, FinTwinError, Invalid
from fintwin.ledger import staff
from fintwin.web.request import form, problem, visitor

PATH = "/staff/ledger.csv"

_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16
_PATIENCE = 300
"""Seconds that the database may take to put all rows in order."""
_TOOK_TOO_LONG = "57014"

_files = Buckets(rate=1 / 20, burst=5)
"""Files that one person may ask for."""


async def ledger(request: Request) -> Response:
    """The general ledger between `from` and `to` for a `reason`, as CSV: whole or not at all."""
    try:
        who = await visitor(request)
        if who is None:
            return RedirectResponse("/login?next=/staff", status_code=303)
        wanted = await form(request)
        since, until = _day(wanted.get("from", ""), "from"), _day(wanted.get("to", ""), "to")
        _files.take(str(who.person))
        file, size = await asyncio.to_thread(_written, who, since, until, wanted.get("reason", ""))
    except FinTwinError as error:
        return problem(error)
    return StreamingResponse(
        _blocks(file),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="fintwin-ledger-{since}-{until}.csv"',
            "Content-Length": str(size),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid("This is not a date.", code="bad_field", field=field) from None


def _written(who: Principal, since: date, until: date, reason: str) -> tuple[IO[bytes], int]:
    """The whole file, in memory while it is small, and its size."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `_blocks` closes it when it was sent

    def write(session: Session) -> None:
        # From the beginning of the file: after a passing fault it is written anew.
        file.seek(0)
        file.truncate()
        file.write("\ufeff".encode())
        for line in staff.ledger_export(session, who, since=since, until=until, reason=reason):
            file.write(line.encode())

    try:
        perform(who.person, write, repeatable=True, patience=_PATIENCE)
        size = file.tell()
        file.seek(0)
    except BaseException as error:
        file.close()
        if isinstance(error, DBAPIError) and sqlstate(error) == _TOOK_TOO_LONG:
            raise Busy("Writing the file took too long. Take fewer days.") from None
        raise
    return file, size


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


routes = [Route(PATH, ledger, methods=["POST"])]
