"""The API by enumeration: whatever it takes, nobody calls it without a session, learns of another's, or breaks it."""

import json
import logging
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from fintwin.db.work import perform
from fintwin.identity import sessions
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.clock import system_clock, today
from fintwin.ledger import pending
from fintwin.ledger.posting import Kind
from fintwin.payments import contacts
from fintwin.web.api import app, calls, door
from tests.integration.web.api.conftest import caller
from tests.integration.web.conftest import HERE, house

__all__ = ["caller", "house"]

_FOUND = [
    (method, route)
    for room in app.ROOMS
    for route in room.router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]
ROUTES = [(method, route.path) for method, route in _FOUND]
"""Method and path of every call."""
READS_A_BODY = {(method, route.path) for method, route in _FOUND if route.body_field is not None}
AGAIN_IS_NOTHING_MORE = {"complete", "preview", "cancel", "decline", "pause", "resume", "skip", "end"}
"""Last words of calls that change something and need no key: sent again they do nothing more."""

WRONG = [
    None,
    True,
    0,
    -1,
    2**80,
    1.5,
    float("1e308"),
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "x" * 600,
    "💥",
    "'; DROP TABLE account; --",
    "NaN",
    "Infinity",
    [],
    [[[]]],
    {},
    {"amount": {}},
    {"a": {"b": {}}},
]
"""Values that no field expects."""


IBAN = "NL91ABNA0417164300"


def filled(path, **values):
    return "/api/v1" + path.format(**values)


def fields(method, path):
    """Names of what a call's body may have."""
    description = app.api.openapi()
    body = description["paths"][path][method.lower()].get(
        "requestBody", {"content": {"application/json": {"schema": {}}}}
    )
    schema = body["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return sorted(description["components"]["schemas"][name].get("properties", {})) if name else []


def fitting(method, path, values):
    """What of some values a call's body takes."""
    return {name: values[name] for name in fields(method, path) if name in values}


@pytest.fixture
def maya(caller):
    return caller("Maya Lind")


@pytest.fixture
def omar(caller):
    return caller("Omar Haddad")


@pytest.fixture
def theirs(omar, maya):
    """What Omar has, by the names of a path."""
    here, bank = omar.open("100.00"), omar.open("50.00", name="Bank", custody="tracked")
    to = maya.open("10.00")
    body = {"account": str(here.uuid), "amount": "5.00", "currency": "EUR"}
    booked = omar.done("/transactions/deposit", body, key="a")["reference"]
    paid = omar.done("/payments", body | {"number": to.number}, key="b")["reference"]
    held = perform(
        omar.who.person,
        lambda session: pending.hold(session, omar.who, kind=Kind.WITHDRAWAL, account=here.id, amount="1", key="c"),
    )
    kept = perform(omar.who.person, lambda session: contacts.add(session, omar.who, number=to.number, name="Maya"))
    assert kept.id
    asked = omar.done("/requests", body | {"number": to.number}, key="d")["reference"]
    later = (today(system_clock, zone=omar.who.zone) + timedelta(days=20)).isoformat()
    plan = body | {"kind": "person", "number": to.number, "starts": later, "rule": "FREQ=DAILY"}
    planned = omar.done("/schedules", plan, key="e")["uuid"]
    ordered = omar.done("/bank-orders", body | {"name": "Jan", "iban": IBAN}, key="f")["uuid"]
    return {"uuid": [here.uuid, bank.uuid, planned, ordered], "uid": [booked, paid, held.reference, asked]}


def test_every_call_is_enumerated():
    assert len(ROUTES) >= 44
    assert len(READS_A_BODY) >= 15
    assert {path for _, path in ROUTES} == set(app.api.openapi()["paths"])


def test_without_a_session_every_call_is_refused(house, monkeypatch):
    from fintwin.web import request

    monkeypatch.setattr(request, "_strangers", Buckets(rate=1000, burst=1000))
    browser = house().browser()
    for cookie in ("", "x" * 43, "nonsense"):
        if cookie:
            browser.cookies.set("fintwin", cookie)
        for method, path in [*ROUTES, ("GET", "/nothing"), ("DELETE", "/accounts")]:
            answer = browser.request(method, filled(path, uuid=uuid4(), uid="7ZQ", number="1"), json={"amount": "x"})
            assert (answer.status_code, answer.json()["code"]) == (401, "signed_out"), (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
    assert browser.get("/api/v1/openapi.json").status_code == 200


def test_what_changes_something_needs_an_origin_of_its_own(maya):
    for origin in ("https://evil.net", "http://localhost:9999", "null"):
        for method, path in ROUTES:
            if method == "GET":
                continue
            url = filled(path, uuid=uuid4(), uid="7ZQ", number="1")
            answer = maya.browser.request(method, url, json={}, headers={"origin": origin})
            assert answer.status_code == 403, (method, path)
    assert maya.browser.get("/api/v1/me", headers={"host": "evil.net"}).status_code == 421


@pytest.mark.parametrize("role", ["customer", "staff", "admin"])
def test_another_persons_things_are_not_there(maya, theirs, omar, admin, role):
    """For nobody: what staff may do of others is not done over the API."""
    admin("UPDATE person SET role = :role WHERE id = :id", role=role, id=maya.who.person)
    sessions._beliefs.forget(sessions.hashed(maya.browser.cookies["fintwin"]))
    assert maya.get("/me")["role"] == role
    lists = ("/accounts", "/transactions", "/payments", "/requests", "/schedules", "/bank-orders", "/contacts")
    before = {path: omar.get(path) for path in lists}
    own = maya.open("50.00", name="Own")
    needed = {"account": str(own.uuid), "due": "2030-01-01"}
    named = [(method, path) for method, path in ROUTES if "{uuid}" in path or "{uid}" in path]
    assert len(named) >= 20
    for method, path in named:
        for name, values in theirs.items():
            for value in values if "{" + name + "}" in path else []:
                usual = fitting(method, path, needed) if method != "GET" else {}
                for body in (usual, usual | {"amount": "1.00"}):
                    answer = maya.browser.request(
                        method,
                        filled(path, **{name: value}),
                        json=body if method != "GET" else None,
                        headers={"idempotency-key": "x"},
                    )
                    assert answer.status_code in {404, 422}, (method, path, answer.text)
                    assert answer.status_code == 404 or answer.json()["code"] == "unknown_field"
    # Named in a body or a query they are as little there.
    mine = str(maya.get("/accounts")["items"][0]["uuid"])
    for other in map(str, theirs["uuid"][:2]):
        move, whole = {"amount": "1.00", "currency": "EUR"}, {"mode": "whole"}
        plan = move | {"starts": "2030-01-01"}
        for path, body in (
            ("/transactions/deposit", move | {"account": other}),
            ("/transactions/withdrawal", move | {"account": other}),
            ("/transactions/transfer", move | {"from": other, "to": mine}),
            ("/transactions/transfer", move | {"from": mine, "to": other}),
            ("/payments", move | {"account": other, "number": "00000000000001"}),
            ("/payments/preview", move | {"account": other, "number": "00000000000001"}),
            ("/payments/top-up", move | {"account": mine, "source": other}),
            ("/payments/top-up", move | {"account": other, "source": mine}),
            ("/requests", move | {"account": other, "number": "00000000000001"}),
            (f"/requests/{maya.get('/requests')['items'][0]['reference']}/pay", {"account": other}),
            ("/schedules", plan | {"kind": "person", "account": other, "number": "00000000000001"}),
            ("/schedules", plan | {"kind": "own", "account": mine, "to": other}),
            ("/schedules", plan | {"kind": "withdrawal", "account": other}),
            ("/bank-orders", move | {"account": other, "name": "Jan", "iban": IBAN}),
            ("/transactions/batch", whole | {"items": [move | {"type": "deposit", "account": other}]}),
            ("/transactions/batch", whole | {"items": [move | {"type": "transfer", "from": mine, "to": other}]}),
        ):
            assert maya.refused(path, body, key=str(uuid4())) == (404, "unknown_account"), path
        assert maya.browser.get(f"/api/v1/transactions?account={other}").status_code == 404
    for reference in theirs["uid"]:
        back = {"mode": "each", "items": [{"type": "reversal", "transaction": reference}]}
        [one] = maya.done("/transactions/batch", back, key=str(uuid4()))["items"]
        assert one["problem"]["code"] == "unknown_transaction"
    assert before == {path: omar.get(path) for path in before}


def test_a_body_that_names_a_person_is_refused(maya, theirs, omar):
    account = str(maya.get("/accounts")["items"][0]["uuid"])
    for method, path in READS_A_BODY:
        for name in sorted(calls.WHOSE):
            body = {"account": account, "amount": "1.00", "currency": "EUR", name: omar.who.person}
            answer = maya.browser.request(
                method,
                filled(path, uid=theirs["uid"][0], uuid=theirs["uuid"][0]),
                json=body,
                headers={"idempotency-key": "x"},
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "identity_lock"), (path, name)
    for name in sorted(calls.WHOSE):
        found = maya.browser.get("/api/v1/me", params={name: str(omar.who.uuid)}).json()
        assert found["uuid"] == str(maya.who.uuid)


def test_nothing_that_is_sent_breaks_a_call(maya, theirs, caplog):
    """Every body, field, path and query as anything: a refusal with a sentence, and a log with nothing in it."""
    rng = random.Random(4)
    mine = {
        "account": str(maya.get("/accounts")["items"][0]["uuid"]),
        "amount": "1.00",
        "currency": "EUR",
        "number": "00000000000001",
        "mode": "each",
        "items": [],
        "kind": "person",
        "starts": "2030-01-01",
        "due": "2030-01-01",
        "name": "Jan",
        "iban": IBAN,
    }
    item = {"type": "deposit"} | {name: mine[name] for name in ("account", "amount", "currency")}
    mine["items"] = [item]
    booked = maya.get("/transactions")["items"][0]["reference"]
    category = maya.get("/categories")["items"][0]["reference"]
    schemas = app.api.openapi()["components"]["schemas"]
    known = sorted({name for one in schemas.values() for name in one.get("properties", {})} - calls.WHOSE)
    caplog.set_level(logging.INFO)

    def check(answer, what):
        assert answer.status_code < 500, (what, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", what
            found = answer.json()
            assert found["status"] == answer.status_code
            assert found["detail"]
            assert found["code"]

    for method, path in ROUTES:
        own = path.startswith("/transactions")
        url = filled(path, uuid=theirs["uuid"][0], uid=booked if own else theirs["uid"][0], number="1")
        if method == "GET":
            names = [one["name"] for one in app.api.openapi()["paths"][path]["get"].get("parameters", [])]
            for name in names:
                for value in ("", "x", "\x00", "-1", "1e9", "💥", "x" * 300, "9" * 40, "0", "2026-02-30", "%"):
                    check(maya.browser.get(url, params={name: value}), (path, name, value))
            continue
        key = {"idempotency-key": "k"}
        for raw in (b"", b"{", b"[" * 3000, b"null", b"1", b'"x"', b"\xff\xfe", b'{"amount": 1e999}', b"{}" * 9000):
            for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
                answer = maya.browser.request(method, url, content=raw, headers=key | {"content-type": kind})
                check(answer, (path, raw[:20], kind))
        for value in WRONG:
            check(
                maya.browser.request(
                    method,
                    url,
                    content=json.dumps(value, allow_nan=True),
                    headers=key | {"content-type": "application/json"},
                ),
                (path, value),
            )
            usual, its = fitting(method, path, mine), fields(method, path)
            odd = [{name: value} for name in [*rng.sample(its, min(4, len(its))), *rng.sample(known, 1)]]
            if "parts" in its:
                odd += [{"parts": [{"category": category} | {name: value}]} for name in ("category", "amount", "note")]
                odd += [{"parts": [value]}, {"tags": [value]}]
            if "items" in its:
                odd += [{"items": [item, item | {name: value}]} for name in (*item, "booked", "note", "source")]
                odd += [{"items": [value]}]
            for change in odd:
                body = json.dumps(usual | change, allow_nan=True)
                check(
                    maya.browser.request(method, url, content=body, headers=key | {"content-type": "application/json"}),
                    (path, change),
                )
        for wrong in ("", "x" * 201, "\x7f"):
            check(maya.browser.request(method, url, json=mine, headers={"idempotency-key": wrong}), (path, wrong))
    for part in ("..%2f..", "%00", "%ff", "x" * 300, "💥", "-", "7ZQ%2f4K", "0", "9" * 30):
        for _, path in ROUTES:
            if "{" in path:
                check(maya.browser.get("/api/v1" + path.replace("{", "\0").partition("\0")[0] + part), (path, part))
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_what_breaks_is_told_without_its_reason_and_logged(maya, monkeypatch):
    def broken(*_given, **_named):
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(app.accounts.account_book, "accounts", broken)
    with pytest.raises(RuntimeError):
        maya.browser.get("/api/v1/accounts")
    quiet = TestClient(maya.browser.app, base_url=HERE, raise_server_exceptions=False, cookies=maya.browser.cookies)
    answer = quiet.get("/api/v1/accounts")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "secret" not in answer.text


def test_what_is_asked_too_often_waits(maya, monkeypatch):
    monkeypatch.setattr(door, "_changes", Buckets(rate=1, burst=2))
    answers = [maya.post("/payments/preview", {}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert maya.get("/me")


def test_the_description_tells_of_every_call_and_of_no_person(maya):
    answer = maya.browser.get("/api/v1/openapi.json")
    found = answer.json()
    assert found["openapi"].startswith("3.")
    assert found["servers"] == [{"url": "/api/v1"}]
    calls_named = [one["operationId"] for methods in found["paths"].values() for one in methods.values()]
    assert len(set(calls_named)) == len(calls_named) == len(ROUTES)
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            assert one["summary"], (method, path)
            assert list(one["responses"]["default"]["content"]) == ["application/problem+json"]
            moves = method == "post" and path.split("/")[-1] not in AGAIN_IS_NOTHING_MORE
            keyed = any(part["name"] == "Idempotency-Key" for part in one.get("parameters", []))
            assert keyed == moves, (method, path)
    assert str(maya.who.uuid) not in answer.text
    assert HERE not in answer.text


def test_an_answer_is_never_kept_by_a_browser(maya):
    answer = maya.browser.get("/api/v1/accounts")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
