"""What a request carries: its sender, its person, a small body; and an error as an answer."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from fintwin.identity import sessions
from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import Busy, FinTwinError, Forbidden, Invalid, InvalidFields, TooMany
from fintwin.settings import is_loopback, settings, within
from fintwin.web import cookies

LARGEST = 16 * 1024
"""Bytes that a small body may have."""
_AROUND = 4096
"""Bytes that a form may add around a file."""
_MOST_FIELDS = 40
_strangers = Buckets(rate=5, burst=120)
"""Requests by address that name nobody, or somebody who is not."""


def client_address(connection: HTTPConnection) -> str:
    """Where a request comes from, for rate limits."""
    peer = connection.client.host if connection.client else ""
    return believed_address(peer, ",".join(connection.headers.getlist("x-forwarded-for")))


def believed_address(peer: str, forwarded: str) -> str:
    """Where a connection comes from, by its peer and what its X-Forwarded-For headers say, joined by commas.

    A proxy that the settings name is believed, and one on this machine where people reach the app under another
    address than this machine's own, since otherwise there is no proxy. Each added the address it saw at the end; what a
    client wrote itself stands before that.
    """
    known = settings()
    beside = not is_loopback(urlsplit(known.public_url).hostname or "")
    address = peer
    for said in reversed(forwarded.split(",")):
        if not (within(address, known.proxies) or (beside and is_loopback(address))) or not said.strip():
            break
        address = said.strip()[:45]
    return address


async def visitor(connection: HTTPConnection) -> Principal | None:
    """Who is signed in, from the cookie alone; None for nobody."""
    token = cookies.session_token(connection.headers.get("cookie", ""), settings())
    return await asyncio.to_thread(sessions.believed, token) if token else None


async def person(connection: HTTPConnection) -> Principal:
    """Who is signed in.

    Raises:
        Forbidden: nobody (code `signed_out`).
        TooMany: nobody, and too often from this address.
    """
    who = await visitor(connection)
    if who is None:
        limit_stranger(connection)
        raise SignedOut("You are signed out. Sign in to go on.", code="signed_out")
    return who


def limit_stranger(connection: HTTPConnection) -> None:
    """Count a request that names nobody.

    Raises:
        TooMany: that were too many from this address.
    """
    _strangers.take(client_address(connection))


class SignedOut(Forbidden):
    """Nobody is signed in; 401 where the API says so."""

    status = 401


async def body(request: Request, *, largest: int = LARGEST) -> bytes:
    """The body, counted while it is read.

    Raises:
        Invalid: larger than allowed (code `too_large`), or the client went away (`broken_off`).
    """
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > largest:
                raise Invalid("This is more than the form can take.", code="too_large")
            parts.append(part)
    except ClientDisconnect:
        raise Invalid("The connection broke before everything was here.", code="broken_off") from None
    return b"".join(parts)


async def sent_file(request: Request, *, largest: int, sentence: str) -> bytes:
    """The file that a request brings: its body, or the field `file` of a form; counted while it is read.

    Raises:
        TooLarge: it says or has more bytes than `largest`, with the sentence.
        Invalid: the form cannot be read (`bad_payload`), or the client went away (`broken_off`).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    around = _AROUND if kind == "multipart/form-data" else 0
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > largest + around:
        raise TooLarge(sentence, code="file_too_large", field="file")
    try:
        whole = await body(request, largest=largest + around)
    except Invalid as refusal:
        if refusal.code != "too_large":
            raise
        raise TooLarge(sentence, code="file_too_large", field="file") from None
    if not around:
        return whole

    async def once() -> AsyncGenerator[bytes, None]:
        yield whole

    try:
        parts = await MultiPartParser(request.headers, once(), max_files=1, max_fields=_MOST_FIELDS).parse()
    except (MultiPartException, KeyError, ValueError):
        raise Invalid("This form could not be read.", code="bad_payload", field="file") from None
    try:
        sent = parts.get("file")
        return await sent.read() if isinstance(sent, UploadFile) else b""
    finally:
        await parts.close()


class TooLarge(Invalid):
    """A file above what a file may have: 413."""

    status = 413


async def form(request: Request) -> Mapping[str, str]:
    """The fields of a posted form; a field that stands there twice counts with its first value.

    Raises:
        Invalid: not a form, or too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = (await body(request)).decode("utf-8", "replace")
    if kind != "application/x-www-form-urlencoded":
        if not text:
            return {}
        raise Invalid("This is not a form.", code="bad_form")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Invalid("This is not a form.", code="bad_form") from None
    fields: dict[str, str] = {}
    for key, value in pairs:
        fields.setdefault(key, value)
    return fields


def problem(error: FinTwinError, *, status: int | None = None) -> Response:
    """An error as RFC 9457 has it; `code`, `field`, `item` and, where several fields are wrong, `errors` are ours."""
    answer = JSONResponse(
        problem_details(error, status=status),
        status_code=status or error.status,
        media_type="application/problem+json",
    )
    if isinstance(error, TooMany):
        answer.headers["retry-after"] = str(error.retry_after)
    elif isinstance(error, Busy):
        answer.headers["retry-after"] = "1"
    return answer


def problem_details(error: FinTwinError, *, status: int | None = None) -> dict[str, Any]:
    """The members of `problem`."""
    return {
        "type": "about:blank",
        "title": error.code.replace("_", " "),
        "status": status or error.status,
        "detail": error.sentence,
        "code": error.code,
        **({"field": error.field} if error.field else {}),
        **({} if error.item is None else {"item": error.item}),
        **({"errors": [_fault(one) for one in error.faults]} if isinstance(error, InvalidFields) else {}),
    }


def _fault(one: Invalid) -> dict[str, str]:
    return {"field": one.field, "code": one.code, "detail": one.sentence}
