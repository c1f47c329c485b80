"""The outermost wrapper: it sees every request and every socket before anything else does.

It decides by names alone (Host, Origin, path) and knows nothing of people. It also answers for what leaves the house:
security headers, the content security policy of the built pages, how long a browser may keep a file.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by machines under whatever name they have; they say nothing of people."""

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_YEAR = b"public, max-age=31536000, immutable"
_REVALIDATE = b"no-cache"
_NOTHING_KEPT = b"no-store"
_LASTING = ("/assets/", "/fonts/")

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.S | re.I)
_STYLE = re.compile(r"<style[^>]*>(?P<text>.*?)</style>", re.S | re.I)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def content_security_policy(pages: Iterable[str], *, https: bool) -> str:
    """The policy under which exactly the inline scripts and styles of these built pages run, and no others."""
    scripts: dict[str, None] = {}
    styles: dict[str, None] = {}
    for page in pages:
        for found in _SCRIPT.finditer(page):
            if "src=" not in found["attributes"]:
                scripts[_hash(found["text"])] = None
        for found in _STYLE.finditer(page):
            styles[_hash(found["text"])] = None
    rules = [
        "default-src 'none'",
        " ".join(["script-src 'self'", *scripts]),
        " ".join(["style-src-elem 'self'", *styles]),
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if https:
        rules.append("upgrade-insecure-requests")
    return "; ".join(rules)


def _authority(netloc: str, scheme: str) -> tuple[str, int] | None:
    """Host name (IPv6 in brackets) and port of `name[:port]`; None where it cannot be read."""
    try:
        parts = urlsplit(f"{scheme}://{netloc}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return (f"[{host}]" if ":" in host else host), port or _DEFAULT_PORTS[scheme]


def same_origin(origin: str, host: str) -> bool:
    """Whether an Origin header names the host and port that the request itself names."""
    scheme, _, netloc = origin.partition("://")
    if scheme not in _DEFAULT_PORTS:
        return False
    ours, theirs = _authority(host, scheme), _authority(netloc, scheme)
    return ours is not None and ours == theirs


def own_location(location: str, host: str) -> str:
    """A redirect's address as a path where it names the request's own host and port; else as it is.

    The app itself does not know whether people came over TLS, so its absolute addresses may have the wrong scheme.
    """
    scheme, _, rest = location.partition("://")
    netloc, _, path = rest.partition("/")
    return "/" + path.lstrip("/\\") if same_origin(f"{scheme}://{netloc}", host) else location


def _own_location(location: bytes, host: str) -> bytes:
    return own_location(location.decode("latin-1"), host).encode("latin-1")


_POLICY = b"content-security-policy"
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""The policy of files that people brought: a route that names it gets it in place of the pages' own."""


class Guard:
    """Refuses foreign hosts and origins, and dresses every answer.

    Args:
        app: everything else.
        static: the folder of the built pages; what lies there may be kept by browsers, all else may not.
        public_url: the address people use; its host is added to the loopback names.
    """

    def __init__(self, app: Asgi, *, static: Path, public_url: str) -> None:
        self._app = app
        address = urlsplit(public_url)
        self._public = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
        self._scheme = address.scheme
        self._hosts = LOOPBACK | ({self._public} if self._public else set())
        https = address.scheme == "https"
        files = [path for path in static.rglob("*") if path.is_file()]
        self._files = {"/" + path.relative_to(static).as_posix() for path in files}
        pages = sorted(path for path in files if path.suffix == ".html")
        self._policy = content_security_policy((page.read_text() for page in pages), https=https).encode()
        # Scripts, style sheets and fonts have nothing inline: the pages' hashes would weigh more than some of them.
        self._plain = self._files - {"/" + page.relative_to(static).as_posix() for page in pages}
        self._plain_policy = content_security_policy((), https=https).encode()
        self._dress: list[tuple[bytes, bytes]] = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
            (b"content-security-policy", self._policy),
        ]
        if https:
            self._dress.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any ASGI scope."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is None:
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return
        dressed = self._dressing(send, scope)
        if refusal is not None:
            await _answer(dressed, *refusal)
            return
        await self._app(self._with_page_path(scope), receive, dressed)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = _first_headers(scope)
        host = headers.get(b"host", b"").decode("latin-1")
        if scope["type"] == "http" and scope["path"] in ANY_HOST and scope["method"] in _SAFE_METHODS:
            return None
        authority = _authority(host, "http")
        if authority is None or authority[0] not in self._hosts:
            return 421, "This server does not go by that name. Open it under the address its owner has set."
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return None
        if b"cookie" not in headers and headers.get(b"authorization", b"")[:7].lower() == b"bearer ":
            return None
        origin = headers.get(b"origin", b"").decode("latin-1")
        by_name = authority[0] == self._public and self._public not in LOOPBACK
        if not same_origin(origin, host) or (by_name and not origin.startswith(f"{self._scheme}://")):
            return 403, "This request did not come from FinTwin's own pages."
        return None

    def _with_page_path(self, scope: Scope) -> Scope:
        """`/page` becomes `/page/` where the build has such a page, so that nothing redirects to an absolute address."""
        path = scope["path"]
        if path.endswith("/") or f"{path}/index.html" not in self._files:
            return scope
        return {**scope, "path": path + "/", "raw_path": (path + "/").encode()}

    def _dressing(self, send: Send, scope: Scope) -> Send:
        host = _first_headers(scope).get(b"host", b"").decode("latin-1")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._headers(message, path=scope["path"], host=host)
            await send(message)

        return dressed

    def _headers(self, message: Message, *, path: str, host: str) -> list[tuple[bytes, bytes]]:
        ours = {name for name, _ in self._dress}
        kept = [
            (name, _own_location(value, host) if name.lower() == b"location" else value)
            for name, value in message.get("headers", [])
            if not name.lower().startswith(b"access-control-") and name.lower() not in ours
        ]
        if (_POLICY, SANDBOX.encode()) in message.get("headers", []):
            policy = SANDBOX.encode()
        elif path in self._plain:
            policy = self._plain_policy
        else:
            policy = self._policy
        kept.extend((name, policy if name == _POLICY else value) for name, value in self._dress)
        names = {name.lower() for name, _ in kept}
        if message["status"] == 429 or b"cache-control" not in names:
            kept = [(name, value) for name, value in kept if name.lower() != b"cache-control"]
            kept.append((b"cache-control", self._keeping(path, status=message["status"])))
        return kept

    def _keeping(self, path: str, *, status: int) -> bytes:
        if status in {200, 206, 304}:
            if path in self._files:
                return _YEAR if path.startswith(_LASTING) else _REVALIDATE
            if f"{path.rstrip('/')}/index.html" in self._files:
                return _REVALIDATE
        return _NOTHING_KEPT


def _first_headers(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name; where one that must be single comes twice, it counts as unreadable."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        lower = name.lower()
        found[lower] = b"\x00" if lower in found and lower in {b"host", b"origin"} else value
    return found


async def _answer(send: Send, status: int, sentence: str) -> None:
    body = sentence.encode() + b"\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
