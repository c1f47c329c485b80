"""The guard decides by names alone, and every answer leaves with its headers."""

import asyncio
import base64
import hashlib
from pathlib import Path

import pytest

from fintwin.ui.bundle import FONT
from fintwin.web.guard import Guard, content_security_policy, own_location, same_origin


async def everything(scope, _receive, send):
    """An app that says yes to all, with Reflex's generous headers."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    headers = [(b"access-control-allow-origin", b"*"), (b"access-control-allow-credentials", b"true")]
    status = 200 if scope["path"] != "/lost" else 404
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.fixture
def static(tmp_path: Path) -> Path:
    for name in ("index.html", "twin/index.html", "assets/root-abc.js", "fonts/inter.woff2", "sw.js"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("<script>go()</script><style>b{}</style>" if name.endswith("html") else "x")
    return tmp_path


def ask(guard, path="/", method="GET", kind="http", **headers):
    sent = []
    names = {"host": "localhost:8000"} | {key.replace("_", "-"): value for key, value in headers.items()}
    pairs = [(key.encode(), value.encode()) for key, value in names.items() if value is not None]

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": path, "raw_path": path.encode(), "method": method, "headers": pairs}
    asyncio.run(guard(scope, receive, send))
    return sent


def answer(*args, **kwargs):
    start, body = ask(*args, **kwargs)
    return start["status"], dict(start["headers"]), body["body"].decode()


@pytest.fixture
def guard(static):
    return Guard(everything, static=static, public_url="https://money.example.org:8443")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "money.example.org:8443", "MONEY.example.org"]
)
def test_own_names(guard, host):
    assert answer(guard, host=host)[0] == 200


@pytest.mark.parametrize("host", ["evil.org", "localhost.evil.org", "", None, "evil.org@localhost", "10.0.0.1", "a/b"])
def test_foreign_names(guard, host):
    assert answer(guard, host=host)[0] == 421


def test_health_answers_any_name(guard):
    assert answer(guard, "/healthz", host="10.1.2.3")[0] == 200
    assert answer(guard, "/healthz", host="10.1.2.3", method="POST")[0] == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.org", "http://localhost", "http://localhost:8001", "file://localhost:8000"]
)
def test_foreign_origins(guard, method, origin):
    assert answer(guard, method=method, origin=origin)[0] == 403


def test_own_origin(guard):
    assert answer(guard, method="POST", origin="http://localhost:8000")[0] == 200
    assert answer(guard, method="POST", host="money.example.org", origin="https://money.example.org")[0] == 200


def test_under_its_public_name_only_its_own_scheme(guard, static):
    host = "money.example.org:8443"
    assert answer(guard, method="POST", host=host, origin=f"https://{host}")[0] == 200
    assert answer(guard, method="POST", host=host, origin=f"http://{host}")[0] == 403
    assert ask(guard, kind="websocket", host=host, origin=f"http://{host}")[0]["type"] == "websocket.close"
    local = Guard(everything, static=static, public_url="https://localhost:8443")
    for scheme in ("http", "https"):
        assert answer(local, method="POST", host="localhost:8443", origin=f"{scheme}://localhost:8443")[0] == 200


def test_a_public_address_may_be_ipv6(static):
    guard = Guard(everything, static=static, public_url="https://[2001:db8::1]")
    assert answer(guard, method="POST", host="[2001:db8::1]", origin="https://[2001:db8::1]")[0] == 200
    assert answer(guard, method="POST", host="[2001:db8::1]", origin="http://[2001:db8::1]")[0] == 403


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        ("http://money.example.org/accounts/?a=1#b", "/accounts/?a=1#b"),
        ("https://money.example.org/x", "/x"),
        ("http://money.example.org", "/"),
        ("http://money.example.org//evil.org/", "/evil.org/"),
        ("http://money.example.org/\\evil.org/", "/evil.org/"),
        ("http://money.example.org:9/x",) * 2,
        ("https://accounts.example.com/o?r=http://money.example.org/x",) * 2,
        ("http://money.example.org@evil.org/x",) * 2,
        ("/login?next=/twin",) * 2,
    ],
)
def test_a_redirect_to_ourselves_is_a_path(location, seen):
    assert own_location(location, "money.example.org") == seen


def test_redirects_leave_as_paths(static):
    async def redirects(scope, _receive, send):
        headers = [(b"location", b"http://money.example.org/api/")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    guard = Guard(redirects, static=static, public_url="https://money.example.org")
    assert answer(guard, "/api", host="money.example.org")[1][b"location"] == b"/api/"


def test_a_bearer_needs_no_origin_but_never_with_a_cookie(guard):
    assert answer(guard, method="POST", authorization="Bearer abc")[0] == 200
    assert answer(guard, method="POST", authorization="Bearer abc", cookie="a=b")[0] == 403


def test_sockets(guard):
    assert ask(guard, kind="websocket", origin="http://localhost:8000")[0]["type"] == "websocket.accept"
    for headers in ({}, {"origin": "http://evil.org"}, {"host": "evil.org", "origin": "http://evil.org"}):
        assert ask(guard, kind="websocket", **headers)[0]["type"] == "websocket.close"


def test_a_header_given_twice_counts_for_nothing(guard):
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"host", b"evil.org")]
    scope = {"type": "http", "path": "/", "raw_path": b"/", "method": "GET", "headers": headers}
    asyncio.run(guard(scope, None, send))
    assert sent[0]["status"] == 421


def test_the_frameworks_open_door_is_struck(guard):
    names = answer(guard)[1]
    assert not [name for name in names if name.startswith(b"access-control-")]
    assert names[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize(
    ("path", "keeping"),
    [
        ("/assets/root-abc.js", b"public, max-age=31536000, immutable"),
        ("/fonts/inter.woff2", b"public, max-age=31536000, immutable"),
        ("/", b"no-cache"),
        ("/twin", b"no-cache"),
        ("/sw.js", b"no-cache"),
        ("/api/anything", b"no-store"),
        ("/lost", b"no-store"),
    ],
)
def test_how_long_a_browser_may_keep_it(guard, path, keeping):
    assert answer(guard, path)[1][b"cache-control"] == keeping


def test_pages_are_found_without_a_redirect(guard):
    assert answer(guard, "/twin")[2] == "/twin/"
    assert answer(guard, "/api")[2] == "/api"


def test_exactly_the_pages_own_scripts_run():
    policy = content_security_policy(["<script>go()</script><script src='/a.js'></script>"], https=False)
    wanted = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
    script = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert script == f"script-src 'self' 'sha256-{wanted}'"
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy


def test_files_without_anything_inline_come_with_the_policy_without_hashes(guard):
    page, script = (answer(guard, path)[1][b"content-security-policy"] for path in ("/twin", "/assets/root-abc.js"))
    assert b"'sha256-" in page
    assert b"'sha256-" not in script
    assert b"frame-ancestors 'none'" in script
    assert answer(guard, "/lost")[1][b"content-security-policy"] == page


def test_ports_by_default():
    assert same_origin("https://a.org", "a.org:443")
    assert same_origin("http://a.org", "a.org")
    assert not same_origin("https://a.org", "a.org:80")
    assert not same_origin("https://a.org:99999", "a.org")


def test_the_offline_page_has_the_apps_font_and_its_script_may_run():
    page = (Path(__file__).parents[3] / "assets" / "offline.html").read_text()
    worker = (Path(__file__).parents[3] / "assets" / "sw.js").read_text()
    assert FONT in page
    assert FONT in worker
    assert "unsafe" not in content_security_policy([page], https=True).split("style-src-attr")[0]
    assert content_security_policy([page], https=True).count("'sha256-") >= 2
