"""An issuer that answers wrongly on purpose: none of it signs anybody in."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.testclient import TestClient

from fintwin.identity import service

CLIENT = "fintwin"
SECRET = "a secret of the tests"


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


KEY, OTHER, NEXT = rsa("one"), rsa("one"), rsa("two")


@dataclass
class Issuer:
    """A provider in a thread: what it says is for the test to change."""

    key: RSAKey = field(default_factory=lambda: KEY)
    description: dict[str, Any] = field(default_factory=dict)
    token: Callable[["Issuer", str], dict[str, Any]] = lambda self, nonce: self.answer(self.claims(nonce))
    userinfo: dict[str, Any] = field(default_factory=dict)
    published: list[Any] = field(default_factory=list)
    nonce: str = ""
    address: str = ""
    asked: list[str] = field(default_factory=list)

    def claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "1001",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "maya@family.org",
            "email_verified": True,
            "name": "Maya",
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def answer(
        self, claims: dict[str, Any], *, key: Any = None, header: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        signed = jwt.encode(
            {"alg": "RS256", "kid": "one", **(header or {})},
            claims,
            key or self.key,
            algorithms=["RS256", "HS256", "ES256", "PS256"],
        )
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def says(self, path: str) -> dict[str, Any]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.address,
                "authorization_endpoint": self.address + "/authorize",
                "token_endpoint": self.address + "/token",
                "userinfo_endpoint": self.address + "/userinfo",
                "jwks_uri": self.address + "/jwks",
                "id_token_signing_alg_values_supported": ["none", "RS256", "HS256"],
                **self.description,
            }
        if path == "/jwks":
            return {"keys": [one.as_dict(private=False) for one in self.published or [self.key]]}
        if path == "/userinfo":
            return self.userinfo
        return self.token(self, self.nonce)


@pytest.fixture
def issuer():
    here = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def _say(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            body = json.dumps(here.says(urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._say()

        def do_POST(self) -> None:
            self._say()

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(house, issuer):
    """A fresh browser at a fresh app that trusts this issuer."""

    def make() -> TestClient:
        return house(
            FINTWIN_OIDC_ISSUER=issuer.address,
            FINTWIN_OIDC_CLIENT_ID=CLIENT,
            FINTWIN_OIDC_CLIENT_SECRET=SECRET,
            FINTWIN_ALLOWED="@family.org",
            FINTWIN_BIND="0.0.0.0",
        ).browser()

    return make


def enter(browser: TestClient, issuer: Issuer) -> str:
    """Where a sign-in leads: /dashboard, or the sign-in page with a problem."""
    begun = browser.get("/auth/oidc")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    if "state" not in asked:
        return begun.headers["location"]
    issuer.nonce = asked["nonce"][0]
    return browser.get(f"/auth/oidc/callback?code=x&state={asked['state'][0]}").headers["location"]


def b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(self: Issuer, nonce: str) -> dict[str, Any]:
    token = f"{b64({'alg': 'none'})}.{b64(self.claims(nonce))}."
    return {"access_token": "x", "token_type": "Bearer", "id_token": token}


def by_hand(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    """A token that no library would make."""
    signed = f"{b64(header)}.{b64(claims)}"
    return {"access_token": "x", "token_type": "Bearer", "id_token": f"{signed}.{b64(sign(signed.encode()))}"}


def signed_with_the_public_key(self: Issuer, nonce: str) -> dict[str, Any]:
    public = self.key.as_pem(private=False)
    return by_hand({"alg": "HS256", "kid": "one"}, self.claims(nonce), lambda text: hmac.digest(public, text, "sha256"))


def with_a_critical_header(self: Issuer, nonce: str) -> dict[str, Any]:
    header = {"alg": "RS256", "kid": "one", "crit": ["purse"], "purse": "red"}
    return by_hand(
        header, self.claims(nonce), lambda text: self.key.private_key.sign(text, PKCS1v15(), hashes.SHA256())
    )


def signed_with_the_client_secret(self: Issuer, nonce: str) -> dict[str, Any]:
    return self.answer(self.claims(nonce), key=OctKey.import_key(SECRET * 2), header={"alg": "HS256"})


def tampered(self: Issuer, nonce: str) -> dict[str, Any]:
    answer = self.answer(self.claims(nonce))
    head, _, signature = answer["id_token"].split(".")
    return {**answer, "id_token": ".".join([head, b64(self.claims(nonce, sub="1")), signature])}


def with_claims(**changes: Any) -> Callable[[Issuer, str], dict[str, Any]]:
    return lambda self, nonce: self.answer(self.claims(nonce, **changes))


NOW = time.time

BAD: dict[str, Callable[[Issuer, str], Any]] = {
    "unsigned": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "HS256 with the client's secret": signed_with_the_client_secret,
    "signed by somebody else": lambda self, nonce: self.answer(self.claims(nonce), key=OTHER),
    "unknown key": lambda self, nonce: self.answer(self.claims(nonce), key=OTHER, header={"kid": "two"}),
    "tampered": tampered,
    "another signature than announced": lambda self, nonce: self.answer(self.claims(nonce), header={"alg": "PS256"}),
    "elliptic, not announced": lambda self, nonce: self.answer(
        self.claims(nonce), key=ECKey.generate_key("P-256"), header={"alg": "ES256"}
    ),
    "another issuer": with_claims(iss="https://evil.net"),
    "issuer with a slash": lambda self, nonce: self.answer(self.claims(nonce, iss=self.address + "/")),
    "no issuer": with_claims(iss=None),
    "another audience": with_claims(aud="someone"),
    "another audience, we may use it": with_claims(aud="someone", azp=CLIENT),
    "no audience": with_claims(aud=None),
    "two audiences, no party": with_claims(aud=[CLIENT, "someone"]),
    "two audiences, another party": with_claims(aud=[CLIENT, "someone"], azp="someone"),
    "another party": with_claims(azp="someone"),
    "expired": lambda self, nonce: self.answer(self.claims(nonce, exp=int(NOW()) - 31)),
    "never expires": with_claims(exp=None),
    "expiry as text": with_claims(exp="tomorrow"),
    "from the future": lambda self, nonce: self.answer(self.claims(nonce, iat=int(NOW()) + 60)),
    "not yet": lambda self, nonce: self.answer(self.claims(nonce, nbf=int(NOW()) + 60)),
    "undated": with_claims(iat=None),
    "another nonce": lambda self, _nonce: self.answer(self.claims("other")),
    "no nonce": lambda self, _nonce: self.answer(self.claims("", nonce=None)),
    "nobody": with_claims(sub=None),
    "an empty subject": with_claims(sub=""),
    "a subject without end": with_claims(sub="x" * 300),
    "a number for a subject": with_claims(sub=1001),
    "no id token": lambda self, nonce: {"access_token": "x", "token_type": "Bearer"},
    "an empty id token": lambda self, nonce: {"access_token": "x", "token_type": "Bearer", "id_token": ""},
    "a number for an id token": lambda self, nonce: {"access_token": "x", "token_type": "Bearer", "id_token": 7},
    "nonsense": lambda self, nonce: {"access_token": "x", "token_type": "Bearer", "id_token": "a.b.c"},
    "an error": lambda self, nonce: {"error": "invalid_grant"},
    "a list": lambda self, nonce: [],
    "another access token": lambda self, nonce: self.answer(self.claims(nonce, at_hash="other")),
    "a critical header that we do not know": with_a_critical_header,
}


def test_a_wrong_answer_signs_nobody_in(visit, issuer, admin):
    led = {}
    for name, issuer.token in BAD.items():
        led[name] = enter(visit(), issuer)
    assert led == dict.fromkeys(BAD, "/login?problem=not_vouched")
    assert admin("SELECT (SELECT count(*) FROM person WHERE issuer <> 'house'), (SELECT count(*) FROM session)") == [
        (0, 0)
    ]


GOOD: dict[str, Callable[[Issuer, str], Any]] = {
    "as it should be": with_claims(),
    "our clocks differ a little": lambda self, nonce: self.answer(
        self.claims(nonce, iat=int(NOW()) + 20, exp=int(NOW()) - 20)
    ),
    "two audiences, we are the party": with_claims(aud=[CLIENT, "someone"], azp=CLIENT),
    "verified as text": with_claims(email_verified="true"),
}


def test_a_right_answer_signs_in(visit, issuer):
    for name, issuer.token in GOOD.items():
        browser = visit()
        assert enter(browser, issuer) == "/dashboard", name
        assert service.session_person(browser.cookies["fintwin"]).email == "maya@family.org"


def test_an_address_counts_only_when_it_is_verified(visit, issuer):
    for flag in (False, None, "false", "yes", 0, [True]):
        issuer.token = with_claims(email_verified=flag)
        assert enter(visit(), issuer) == "/login?problem=not_on_the_list", flag


def test_rotated_keys_are_fetched_anew(visit, issuer):
    browser = visit()
    assert enter(browser, issuer) == "/dashboard"
    issuer.key = NEXT
    issuer.token = lambda self, nonce: self.answer(self.claims(nonce), header={"kid": "two"})
    assert enter(browser, issuer) == "/dashboard"
    assert issuer.asked.count("/jwks") == 2


def test_a_withdrawn_key_is_no_good_an_hour_later(visit, issuer, monkeypatch):
    browser = visit()
    assert enter(browser, issuer) == "/dashboard"
    issuer.published = [NEXT]
    assert enter(browser, issuer) == "/dashboard"
    monkeypatch.setattr("fintwin.web.provider._FRESH", 0.0)
    assert enter(browser, issuer) == "/login?problem=not_vouched"


def test_the_userinfo_must_be_about_the_same_person(visit, issuer):
    issuer.token = with_claims(email=None, email_verified=None)
    issuer.userinfo = {"sub": "1001", "email": "maya@family.org", "email_verified": True}
    assert enter(visit(), issuer) == "/dashboard"
    issuer.userinfo = {"sub": "1", "email": "boss@family.org", "email_verified": True}
    assert enter(visit(), issuer) == "/login?problem=not_vouched"


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.net"},
        {"issuer": None},
        {"id_token_signing_alg_values_supported": ["none"]},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"token_endpoint_auth_methods_supported": ["tls_client_auth"]},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(visit, issuer, description):
    browser = visit()
    issuer.description = description
    assert enter(browser, issuer) == "/login?problem=provider_away"
    issuer.description = {}
    assert enter(browser, issuer) == "/dashboard"
