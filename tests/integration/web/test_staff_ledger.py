"""The general ledger as a file: for staff with a reason, whole, and kept in the audit."""

import csv
import io

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fintwin.db.work import work
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.web import staff

DAYS = {"from": "2000-01-01", "to": "2200-01-01"}


@pytest.fixture
def browser(monkeypatch):
    """A browser in which whoever is named is signed in."""
    monkeypatch.setattr(staff, "_files", Buckets(rate=1 / 20, burst=4))

    def enter(who):
        async def visitor(_request):
            return who

        monkeypatch.setattr(staff, "visitor", visitor)
        return TestClient(Starlette(routes=staff.routes), follow_redirects=False)

    return enter


@pytest.fixture
def maya(person):
    who = person("Maya")
    with work(who.person) as session:
        accounts.open_account(
            session,
            who,
            name="=cmd()",
            type="checking",
            custody="tracked",
            currency=currency("EUR"),
            key="a",
            opening="12.50",
        )
    return who


def test_staff_take_it_for_a_reason_that_is_kept(browser, maya, person, admin):
    sam = person("Sam", role="staff")
    answer = browser(sam).post(staff.PATH, data={**DAYS, "reason": "Month end"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    [line] = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert (line["Amount"], line["Debit"], line["Credit"]) == ("12.50", "checking =cmd()", "opening")
    assert admin("SELECT owner, actor, kind, reason FROM audit_event") == [
        (sam.person, sam.person, "staff_exported", "Month end")
    ]


@pytest.mark.parametrize(
    ("role", "form", "status", "code"),
    [
        ("customer", {**DAYS, "reason": "Curious"}, 403, "not_staff"),
        ("staff", DAYS, 422, "no_reason"),
        ("staff", {"from": "soon", "to": "later", "reason": "Month end"}, 422, "bad_field"),
        ("staff", {"from": "2026-02-01", "to": "2026-01-01", "reason": "Month end"}, 422, "bad_range"),
    ],
)
def test_anything_else_is_refused_and_leaves_nothing(browser, maya, person, admin, role, form, status, code):
    answer = browser(person("Sam", role=role)).post(staff.PATH, data=form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert admin("SELECT count(*) FROM audit_event") == [(0,)]


def test_nobody_is_sent_to_the_sign_in(browser):
    answer = browser(None).post(staff.PATH, data=DAYS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/staff")
