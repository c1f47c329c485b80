"""Every HTTP route, asked under a foreign name, from a foreign page, and by nobody."""

import http.client
import re
from urllib.parse import urlsplit

import pytest
from starlette.routing import Mount, Route

OPEN = {"/healthz", "/readyz", "/ping", "/_health"}


def ask(house, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(house.url).netloc, timeout=60)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """Method and path of every route of ours, its parameters filled in."""
    from fintwin.fintwin import with_routes

    found = []
    for route in with_routes(lambda *_: None).routes:
        if isinstance(route, Route):
            path = route.path.format(**dict.fromkeys(route.param_convertors, "00000000-0000-4000-8000-000000000000"))
            found += [(method, path) for method in sorted(route.methods or ()) if method != "HEAD"]
        else:
            assert isinstance(route, Mount)
    assert len(found) > 8
    return found


def test_a_foreign_name_is_refused(house, routes):
    for method, path in routes:
        wanted = 200 if path in OPEN and method == "GET" else 421
        assert ask(house, method, path, Host="evil.example")[0] == wanted, (method, path)


def test_a_foreign_page_may_send_nothing(house, routes):
    for method, path in routes:
        if method == "GET":
            continue
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            assert ask(house, method, path, **headers)[0] == 403, (method, path, headers)


def test_nobody_learns_anything(house, routes):
    """Without a cookie a route refuses, leads to the sign-in, or is one of the few that are meant for visitors."""
    origin = {"Origin": house.url}
    for method, path in routes:
        status, headers, _ = ask(house, method, path, **({} if method == "GET" else origin))
        if path in OPEN:
            assert status == 200
        elif status == 303:
            assert re.match(r"/(?![/\\])", headers["location"]), headers["location"]
        else:
            assert status in {400, 401, 403, 404, 405, 411, 415, 422}, (method, path, status)
        assert "set-cookie" not in headers or path.startswith("/auth/"), (method, path)


@pytest.mark.parametrize(
    "path", ["/", "/login", "/dashboard", "/settings", "/nowhere", "/ping", "/sw.js", "/assets/no.js"]
)
def test_every_answer_is_dressed(house, path):
    _, headers, _ = ask(house, "GET", path)
    policy = headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"]
    assert not [name for name in headers if name.startswith("access-control")]


def test_a_page_is_found_without_a_redirect(house):
    assert ask(house, "GET", "/settings")[0] == 200
    assert ask(house, "GET", "/settings/")[0] == 200


def test_a_preflight_opens_nothing(house):
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    assert ask(house, "OPTIONS", "/auth/local", **asked)[0] == 403
