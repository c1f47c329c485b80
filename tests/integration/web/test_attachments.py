"""Files beside transactions over HTTP: hostile ones come back as bytes to keep, never as something that runs."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fintwin.db.work import work
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.ids import reference
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.ledger import attachments as files
from fintwin.ledger.service import withdraw
from fintwin.web import attachments
from fintwin.web.guard import SANDBOX, Guard

HERE = "http://localhost:8000"


@pytest.fixture
def maya(person, monkeypatch):
    return sits_here(person("Maya"), monkeypatch)


def sits_here(who, monkeypatch):
    async def signed_in(_request):
        return who

    for name in ("visitor", "person"):
        monkeypatch.setattr(attachments, name, signed_in)
    for name in ("_files", "_downloads"):
        monkeypatch.setattr(attachments, name, Buckets(rate=1, burst=50))
    return who


@pytest.fixture
def spent(maya):
    with work(maya.person) as session:
        here = accounts.open_account(
            session, maya, name="Bank", type="checking", custody="tracked", currency=currency("EUR"), key="a"
        )
        return reference(withdraw(session, maya, account=here.id, amount="5.00", key="b").transaction)


@pytest.fixture
def browser(tmp_path):
    app = Guard(Starlette(routes=attachments.routes), public_url=HERE, static=tmp_path)
    return TestClient(app, base_url=HERE, headers={"origin": HERE}, follow_redirects=False)


HOSTILE = {
    "evil.html": b"<html><script>alert(document.cookie)</script></html>",
    "evil.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "evil.pdf": b"\n<!DOCTYPE html><script>alert(1)</script>",
    "evil.xml": b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><a/>',
    'a"; filename=evil.html\r\nX: y': b"MZ\x00\x01",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_browser_could_run_is_bytes_to_keep(spent, browser, name):
    sent = browser.post(f"/transactions/{spent}/files", params={"name": name}, content=HOSTILE[name])
    assert sent.status_code == 201, sent.text
    answer = browser.get(sent.json()["file"])
    assert answer.content == HOSTILE[name]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-disposition"].count('"') == 2
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    assert "x" not in answer.headers


def test_a_receipt_comes_back_as_it_was(spent, browser):
    sent = browser.post(f"/transactions/{spent}/files", params={"name": "Bón für Käse.pdf"}, content=b"%PDF-1.7 bon")
    answer = browser.get(sent.json()["file"])
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.7 bon", "application/pdf")
    assert "filename*=UTF-8''B%C3%B3n%20f%C3%BCr%20K%C3%A4se.pdf" in answer.headers["content-disposition"]


def test_what_is_wrong_is_told_and_nothing_is_kept(spent, browser, admin, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 10)
    for address, content, status, code in (
        (f"/transactions/{spent}/files", b"x" * 11, 413, "file_too_large"),
        (f"/transactions/{spent}/files", b"", 422, "file_empty"),
        (f"/transactions/{reference(999_999)}/files", b"x", 404, "unknown_transaction"),
        ("/transactions/nonsense/files", b"x", None, None),
    ):
        answer = browser.post(address, content=content)
        assert answer.status_code == status or (status is None and answer.status_code in {404, 422}), answer.text
        assert code is None or answer.json()["code"] == code
    assert admin("SELECT count(*) FROM blob") == [(0,)]


def test_nobody_fetches_what_is_another_persons(spent, browser, person, monkeypatch):
    sent = browser.post(f"/transactions/{spent}/files", params={"name": "bon"}, content=b"bon")
    sits_here(person("Omar"), monkeypatch)
    assert browser.get(sent.json()["file"]).status_code == 404
    assert browser.post(f"/transactions/{spent}/files", content=b"his").status_code == 404


def test_who_is_signed_out_is_led_to_the_door(spent, browser, monkeypatch):
    async def nobody(_request):
        return None

    monkeypatch.setattr(attachments, "visitor", nobody)
    answer = browser.get("/attachments/00000000-0000-4000-8000-000000000000")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/transactions")
