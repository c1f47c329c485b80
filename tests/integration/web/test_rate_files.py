"""Files of rates over HTTP: as the body, or as a field of a form; refused with the line that is wrong."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fintwin.db.work import work
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, rates
from fintwin.web import rate_files
from fintwin.web.guard import Guard

HERE = "http://localhost:8000"
LINES = b"2026-03-02, EUR, USD, 1.0874\n"


@pytest.fixture
def maya(person, monkeypatch):
    who = person("Maya")

    async def signed_in(_request):
        return who

    monkeypatch.setattr(rate_files, "person", signed_in)
    monkeypatch.setattr(rate_files, "_files", Buckets(rate=1, burst=50))
    with work(who.person) as session:
        accounts.open_account(
            session, who, name="Dollars", type="checking", custody="tracked", currency=currency("USD"), key="a"
        )
    return who


@pytest.fixture
def browser(tmp_path):
    app = Guard(Starlette(routes=rate_files.routes), public_url=HERE, static=tmp_path)
    return TestClient(app, base_url=HERE, headers={"origin": HERE})


def kept(who):
    with work(who.person) as session:
        return [(one.base, one.quote, str(one.rate)) for one in rates.known(session, who)]


@pytest.mark.parametrize("sent", [{"content": LINES}, {"files": {"file": ("rates.csv", LINES)}}])
def test_a_file_is_taken_as_body_or_from_a_form(maya, browser, sent):
    answer = browser.post("/rates/file", **sent)
    assert (answer.status_code, answer.json()) == (201, {"rates": 1})
    assert kept(maya) == [("EUR", "USD", "1.0874")]


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"content": b"2026-03-02, EUR, USD, lots\n"}, 422, "Line 1: 'lots' is not a rate."),
        ({"content": b"x" * (5 * 1024 * 1024 + 1)}, 413, "The file is larger than 5 MB."),
        ({"files": {"file": ("big.csv", b"x" * (5 * 1024 * 1024 + 8192))}}, 413, "The file is larger than 5 MB."),
        ({"files": {"other": ("rates.csv", LINES)}}, 422, "This is not a file of rates."),
        ({"content": LINES, "headers": {"content-type": "multipart/form-data"}}, 422, "This form could not be read."),
    ],
)
def test_what_cannot_be_taken_says_why_and_keeps_nothing(maya, browser, sent, status, words):
    answer = browser.post("/rates/file", **sent)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(words)
    assert kept(maya) == []
