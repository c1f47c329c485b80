"""What a person has as files of their own."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from fintwin.db.work import perform
from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Busy, FinTwinError, NotFound
from fintwin.ledger import books, register
from fintwin.ledger.export import csv_lines, json_lines
from fintwin.ledger.plain_text import beancount_lines, hledger_lines
from fintwin.web.request import problem, visitor

PATH = "/export/transactions.csv"

_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16
_PATIENCE = 300
"""Seconds that the database may take to put all rows in order, before the first comes."""
_TOOK_TOO_LONG = "took_too_long"

_files = Buckets(rate=1 / 20, burst=5)
"""Files that one person may ask for."""

Lines = Callable[[Session, Principal, date], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Format:
    """A file that can be had: its name before the day and after it, its media type, and what is in it."""

    stem: str
    ending: str
    media: str
    lines: Lines


def _table(session: Session, who: Principal, on: date) -> Iterator[str]:
    # A byte order mark, without which spreadsheets take UTF-8 for something else.
    yield "\ufeff"
    yield from csv_lines(register.export(session, who))


def _whole(write: Callable[..., Iterator[str]]) -> Lines:
    def lines(session: Session, who: Principal, on: date) -> Iterator[str]:
        return write(books.chart(session, who), books.bookings(session, who), owner=who.name, on=on)

    return lines


FORMATS: Mapping[str, Format] = {
    "transactions.csv": Format("fintwin-transactions", "csv", "text/csv", _table),
    "books.json": Format("fintwin-books", "json", "application/json", _whole(json_lines)),
    "books.journal": Format("fintwin-books", "journal", "text/plain", _whole(hledger_lines)),
    "books.beancount": Format("fintwin-books", "beancount", "text/plain", _whole(beancount_lines)),
}
"""The files of everything a person has, by the last part of their address."""


async def everything(request: Request) -> Response:
    """All that a person has, in one of the formats."""
    wanted = FORMATS.get(request.path_params["file"])
    try:
        who = await visitor(request)
        if who is None:
            return RedirectResponse(f"/login?next={quote('/transactions', safe='/')}", status_code=303)
        if wanted is None:
            raise NotFound("There is no such file.", code="unknown_format")
        _files.take(str(who.person))
        day = today(system_clock, zone=who.zone)
        return await sent(
            who,
            lambda session: wanted.lines(session, who, day),
            name=f"{wanted.stem}-{day}.{wanted.ending}",
            media=wanted.media,
        )
    except FinTwinError as error:
        return problem(error)


async def sent(
    who: Principal, lines: Callable[[Session], Iterator[str]], *, name: str, media: str, shown: bool = False
) -> Response:
    """A file written out first, then sent, so that it is whole or not at all.

    Args:
        lines: its text, read from one snapshot of the books.
        shown: the browser shows it instead of keeping it.

    Raises:
        Busy: writing it took too long.
    """
    file, size = await asyncio.to_thread(_written, who, lines)
    return StreamingResponse(
        _blocks(file),
        media_type=f"{media}; charset=utf-8",
        headers={
            "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
            "Content-Length": str(size),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _written(who: Principal, lines: Callable[[Session], Iterator[str]]) -> tuple[IO[bytes], int]:
    """The whole file, in memory while it is small, and its size."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `_blocks` closes it when it was sent
    try:
        perform(
            who.person,
            lambda session: _write(lines(session), file),
            read_only=True,
            repeatable=True,
            patience=_PATIENCE,
        )
        size = file.tell()
        file.seek(0)
    except BaseException as error:
        file.close()
        if isinstance(error, Busy) and error.code == _TOOK_TOO_LONG:
            raise Busy("Writing your file took too long. Try again when less is going on.") from None
        raise
    return file, size


def _write(lines: Iterator[str], file: IO[bytes]) -> None:
    """All lines, from the beginning of the file: after a passing fault it is written anew."""
    file.seek(0)
    file.truncate()
    for line in lines:
        file.write(line.encode())


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


routes = [Route("/export/{file}", everything, methods=["GET"])]
