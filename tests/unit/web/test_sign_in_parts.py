from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from fintwin.settings import Settings
from fintwin.web import cookies, request
from fintwin.web.auth import HOME, own_path
from fintwin.web.request import client_address


@pytest.mark.parametrize("path", ["/dashboard", "/transactions?account=1&text=a%20b", "/twin#fan", "/"])
def test_own_paths_are_kept(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "dashboard",
        "//evil.net",
        "///evil.net",
        "https://evil.net/",
        "/\\evil.net",
        "\\\\evil.net",
        "/\tevil.net",
        "/\n/evil.net",
        "javascript:alert(1)",
        " //evil.net",
        "/auth/sign-out",
        "/login?next=/login",
        "/api/v1/me",
        "/x/../auth/sign-out",
        "/./auth/demo",
        "/%2e%2e/auth/demo",
        "/" + "a" * 2000,
    ],
)
def test_anything_else_leads_home(path):
    assert own_path(path) == HOME


@given(st.text(max_size=50))
def test_no_text_leads_to_another_host(text):
    for wanted in (text, "/" + text, "//" + text):
        there = urlsplit(urljoin("https://money.example.org/auth/local", own_path(wanted)))
        assert (there.scheme, there.netloc) == ("https", "money.example.org")


def test_cookies_over_tls_belong_to_this_host_alone():
    response = Response()
    cookies.put(response, cookies.SESSION, "token", settings=Settings(public_url="https://money.example.org"))
    said = response.headers["set-cookie"].lower()
    assert said.startswith("__host-fintwin=token;")
    for word in ("httponly", "secure", "samesite=lax", "path=/"):
        assert word in said
    assert "domain" not in said
    assert "max-age" not in said


def test_cookies_on_plain_http_have_no_prefix():
    response = Response()
    cookies.put(response, cookies.SESSION, "token", settings=Settings(), seconds=cookies.KEPT)
    said = response.headers["set-cookie"].lower()
    assert said.startswith("fintwin=token;")
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "secure" not in said
    assert f"max-age={90 * 86400}" in said


def test_the_session_is_read_under_its_one_name():
    tls, plain = Settings(public_url="https://money.example.org"), Settings()
    header = "a=b; __Host-fintwin=real; fintwin=planted; c"
    assert cookies.session_token(header, tls) == "real"
    assert cookies.session_token(header, plain) == "planted"
    assert cookies.session_token("fintwin=planted", tls) == ""
    assert cookies.session_token("fintwin=one; fintwin=two", plain) == ""
    assert cookies.session_token("", plain) == ""


def sender(peer: str, *forwarded: str) -> str:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return client_address(Request({"type": "http", "client": (peer, 1), "headers": headers}))


def test_only_a_proxy_on_this_machine_may_say_who_asks(monkeypatch):
    monkeypatch.setattr(request, "settings", lambda: Settings(public_url="https://money.example.org"))
    assert sender("203.0.113.9") == "203.0.113.9"
    assert sender("203.0.113.9", "1.2.3.4") == "203.0.113.9"
    assert sender("127.0.0.1") == "127.0.0.1"
    assert sender("127.0.0.1", "6.6.6.6, 198.51.100.7") == "198.51.100.7"
    assert sender("127.0.0.1", "6.6.6.6", "198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("public", ["", "http://127.0.0.1:9000", "https://localhost:8443"])
def test_without_a_proxy_nobody_may_say_who_asks(monkeypatch, public):
    monkeypatch.setattr(request, "settings", lambda: Settings(public_url=public))
    assert sender("127.0.0.1", "6.6.6.6") == "127.0.0.1"


def test_a_proxy_that_is_named_may_say_who_asks(monkeypatch):
    named = Settings(public_url="https://money.example.org", proxies="172.18.0.2, 10.0.0.0/8")
    monkeypatch.setattr(request, "settings", lambda: named)
    assert sender("172.18.0.2", "6.6.6.6, 198.51.100.7") == "198.51.100.7"
    assert sender("10.1.2.3", "6.6.6.6, 198.51.100.7, 172.18.0.2") == "198.51.100.7"
    assert sender("172.18.0.3", "198.51.100.7") == "172.18.0.3"
    assert sender("172.18.0.2") == "172.18.0.2"
