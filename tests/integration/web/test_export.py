"""The file of all transactions: it has its own time, and what passes is told as passing."""

import csv
import io
import json
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fintwin.db import work as unit
from fintwin.db.work import work
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, register
from fintwin.web import exports


@pytest.fixture
def maya(person, monkeypatch):
    who = person("Maya")

    async def visitor(_request):
        return who

    monkeypatch.setattr(exports, "visitor", visitor)
    monkeypatch.setattr(exports, "_files", Buckets(rate=1 / 20, burst=2))
    with work(who.person) as session:
        accounts.open_account(
            session,
            who,
            name="Everyday",
            type="checking",
            custody="held",
            currency=currency("EUR"),
            key="a",
            opening="12.50",
        )
    return who


@pytest.fixture
def browser():
    return TestClient(Starlette(routes=exports.routes), raise_server_exceptions=False)


def test_all_rows_are_in_the_file(maya, browser):
    answer = browser.get(exports.PATH)
    assert answer.status_code == 200
    [line] = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert (line["Account"], line["Amount"]) == ("Everyday", "12.50")


def test_the_books_come_in_every_format_under_a_name_with_the_day(maya, browser, monkeypatch):
    monkeypatch.setattr(exports, "_files", Buckets(rate=1, burst=10))
    for name, sign in (
        ("books.json", '"balance": "12.50"'),
        ("books.journal", "Assets:Everyday  0.00 EUR = 12.50 EUR"),
        ("books.beancount", "balance Assets:Everyday  12.50 ~ 0 EUR"),
    ):
        answer = browser.get(f"/export/{name}")
        assert answer.status_code == 200
        assert sign in answer.text
        ending = name.partition(".")[2]
        found = re.search(r'filename="fintwin-books-(\d{4}-\d\d-\d\d)\.(\w+)"', answer.headers["content-disposition"])
        assert found
        assert found[2] == ending
    assert json.loads(browser.get("/export/books.json").text)["transactions"][0]["legs"][0]["amount"] == "12.50"


def test_another_file_is_not_known(maya, browser):
    assert browser.get("/export/books.exe").json()["code"] == "unknown_format"


def test_it_has_more_time_than_a_page(maya, browser, monkeypatch):
    bounds = []

    def export(session, _who):
        bounds.append(session.connection().scalar(text("SHOW statement_timeout")))
        return iter(())

    monkeypatch.setattr(register, "export", export)
    assert browser.get(exports.PATH).status_code == 200
    with work(maya.person) as session:
        bounds.append(session.connection().scalar(text("SHOW statement_timeout")))
    assert bounds == ["5min", "10s"]


def test_where_no_connection_is_free_it_says_so(maya, browser, monkeypatch):
    @contextmanager
    def full(*_args, **_named):
        raise PoolTimeout("QueuePool limit reached")
        yield

    monkeypatch.setattr(unit, "work", full)
    answer = browser.get(exports.PATH)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "busy"


def test_too_many_files_are_refused_with_a_time(maya, browser):
    assert [browser.get(exports.PATH).status_code for _ in range(3)] == [200, 200, 429]
    assert int(browser.get(exports.PATH).headers["retry-after"]) > 0


def test_one_that_takes_too_long_says_so(maya, browser, monkeypatch):
    def export(session, _who):
        session.connection().execute(text("SELECT pg_sleep(5)"))
        return iter(())

    monkeypatch.setattr(register, "export", export)
    monkeypatch.setattr(exports, "_PATIENCE", 1)
    answer = browser.get(exports.PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert "took too long" in answer.json()["detail"]
