"""A person's transactions as a file of their own."""

import asyncio
import tempfile
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from fintwin.db.work import perform, sqlstate
from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Busy, FinTwinError
from fintwin.ledger import register
from fintwin.ledger.export import csv_lines
from fintwin.web.request import problem, visitor

PATH = "/export/transactions.csv"

_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16
_PATIENCE = 300
"""Seconds that the database may take to put all rows in order, before the first comes."""
_TOOK_TOO_LONG = "57014"

_files = Buckets(rate=1 / 20, burst=5)
"""Files that one person may ask for."""


async def transactions(request: Request) -> Response:
    """All own transactions as CSV: written out first, then sent, so that a file is whole or not at all."""
    try:
        who = await visitor(request)
        if who is None:
            return RedirectResponse(f"/login?next={quote('/transactions', safe='/')}", status_code=303)
        _files.take(str(who.person))
        file, size = await asyncio.to_thread(_written, who)
    except FinTwinError as error:
        return problem(error)
    day = today(system_clock, zone=who.zone).isoformat()
    return StreamingResponse(
        _blocks(file),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="fintwin-transactions-{day}.csv"',
            "Content-Length": str(size),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _written(who: Principal) -> tuple[IO[bytes], int]:
    """The whole file, in memory while it is small, and its size."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `_blocks` closes it when it was sent
    try:
        perform(
            who.person,
            lambda session: _write(session, who, file),
            read_only=True,
            repeatable=True,
            patience=_PATIENCE,
        )
        size = file.tell()
        file.seek(0)
    except BaseException as error:
        file.close()
        if isinstance(error, DBAPIError) and sqlstate(error) == _TOOK_TOO_LONG:
            raise Busy("Writing your file took too long. Try again when less is going on.") from None
        raise
    return file, size


def _write(session: Session, who: Principal, file: IO[bytes]) -> None:
    """All rows, from the beginning of the file: after a passing fault it is written anew."""
    file.seek(0)
    file.truncate()
    # A byte order mark, without which spreadsheets take UTF-8 for something else.
    file.write("\ufeff".encode())
    for line in csv_lines(register.export(session, who)):
        file.write(line.encode())


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


routes = [Route(PATH, transactions, methods=["GET"])]
