"""A statement on paper and as a table: whole, of one's own accounts only, and nothing in it runs."""

from datetime import date

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fintwin.db.work import work
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, service
from fintwin.web import statements

ASKED = {"month": "2026-10"}


@pytest.fixture
def account(person, monkeypatch):
    who = person('Maya <b> & "Co"')

    async def visitor(_request):
        return who

    monkeypatch.setattr(statements, "visitor", visitor)
    monkeypatch.setattr(statements, "_statements", Buckets(rate=1, burst=20))
    with work(who.person) as session:
        opened = accounts.open_account(
            session,
            who,
            name="<script>alert(1)</script>",
            type="checking",
            custody="tracked",
            currency=currency("EUR"),
            key="a",
            opening="12.50",
            opened=date(2026, 9, 30),
        )
        for number in range(3):
            service.withdraw(
                session,
                who,
                account=opened.id,
                amount="1.25",
                key=f"w{number}",
                booked=date(2026, 10, 5 + number),
                payee="=<img src=x onerror=alert(2)>",
                note="</td>",
            )
    return opened


@pytest.fixture
def browser():
    return TestClient(Starlette(routes=statements.routes), raise_server_exceptions=False)


def test_the_paper_is_whole_and_nothing_in_it_runs(account, browser):
    answer = browser.get(statements.PAPER, params={"account": str(account.uuid), **ASKED})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.text.count("<tr><td>") == 3
    assert "€8.75" in answer.text
    assert "Maya &lt;b&gt; &amp; &quot;Co&quot;" in answer.text
    for bad in ("<script>alert", "<img", "</td></small>", "onerror=alert(2)>"):
        assert bad not in answer.text


def test_the_table_opens_and_ends_with_the_balances(account, browser):
    answer = browser.get(statements.TABLE, params={"account": str(account.uuid), **ASKED})
    first, *middle, last = answer.text.lstrip("\ufeff").splitlines()[1:]
    assert first == "2026-10-01,,,Opening balance,,,,,,,,12.50,EUR"
    assert last == "2026-10-31,,,Closing balance,,,,,,0.00,3.75,8.75,EUR"
    assert all("'=<img" in one for one in middle)
    assert 'filename="fintwin-statement-2026-10.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"month": "2026-10", "account": "00000000-0000-4000-8000-000000000000"}, "unknown_account"),
        ({"month": "2026-10", "account": "x' OR 1"}, "unknown_account"),
        ({"month": "2026-10"}, "unknown_account"),
        ({"month": "10/2026"}, "bad_month"),
        ({}, "bad_month"),
    ],
)
def test_what_is_not_there_is_said(account, browser, asked, code):
    for path in (statements.PAPER, statements.TABLE):
        answer = browser.get(path, params=asked)
        assert answer.status_code in {404, 422}
        assert answer.json()["code"] == code
