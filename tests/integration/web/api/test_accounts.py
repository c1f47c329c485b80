"""Accounts, balances and payees as a program sees them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.ids import account_number


def test_accounts_are_listed_and_found_by_their_uuid(maya):
    held, bank = maya.open("100.00"), maya.open(None, name="Bank", custody="tracked")
    listed = maya.get("/accounts")
    assert [one["name"] for one in listed["items"]] == ["Bank", "Everyday"]
    assert listed["next"] is None
    one = maya.get(f"/accounts/{held.uuid}")
    assert one == listed["items"][1]
    assert (one["posted"], one["available"], one["pending"], one["currency"]) == ("100.00", "100.00", "0.00", "EUR")
    assert (one["custody"], one["number"], one["status"]) == ("held", held.number, "active")
    unknown = maya.get(f"/accounts/{bank.uuid}")
    assert (unknown["posted"], unknown["available"], unknown["known_since"]) == (None, None, None)


def test_nothing_that_is_numbered_inside_is_shown(maya, omar):
    account, theirs = maya.open("100.00"), omar.open(None)
    made = maya.done("/transactions/deposit", _in(account), key="a")
    later = (today(system_clock, zone=maya.who.zone) + timedelta(days=10)).isoformat()
    maya.done("/requests", _to(account, theirs), key="b")
    plan = maya.done("/schedules", _to(account, theirs) | {"kind": "person", "starts": later}, key="c")
    maya.done(f"/schedules/{plan['uuid']}/skip", {"due": later})
    maya.done("/bank-orders", _in(account) | {"name": "Jan", "iban": "NL91ABNA0417164300"}, key="d")

    def walk(found):
        if isinstance(found, dict):
            for name, value in found.items():
                assert type(value) is not int or name in {"size", "attempts"}, name
                assert name not in {"id", "owner"}, name
                walk(value)
        elif isinstance(found, list):
            for value in found:
                walk(value)

    walk(maya.get("/categories"))
    walk(maya.get(f"/transactions/{made['reference']}"))
    walk(maya.get(f"/schedules/{plan['uuid']}"))
    for path in ("/accounts", "/transactions", "/requests", "/schedules", "/bank-orders"):
        found = maya.get(path)
        assert found["items"], path
        walk(found)
    walk(maya.get(f"/accounts/{account.uuid}/history"))


def test_a_balance_says_of_which_day_it_is(maya):
    account = maya.open("100.00")
    now = today(system_clock, zone=maya.who.zone)
    assert maya.get(f"/accounts/{account.uuid}/balance") | {"at": None} == {
        "account": str(account.uuid),
        "currency": "EUR",
        "posted": "100.00",
        "available": "100.00",
        "pending": "0.00",
        "as_of": now.isoformat(),
        "at": None,
    }
    before = maya.get(f"/accounts/{account.uuid}/balance", on="2020-01-01")
    assert (before["posted"], before["available"], before["as_of"]) == (None, None, "2020-01-01")
    for bad in ("0", "20200101", "2020-13-01", "yesterday", "2020-1-1"):
        answer = maya.browser.get(f"/api/v1/accounts/{account.uuid}/balance", params={"on": bad})
        assert (answer.status_code, answer.json()["field"]) == (422, "on"), bad


def test_yens_have_no_decimals(maya):
    account = maya.open("5000", of="JPY")
    assert maya.get(f"/accounts/{account.uuid}/balance")["posted"] == "5000"


def test_a_payee_is_a_masked_name_and_few_may_be_tried(maya, omar):
    account = omar.open(None)
    found = maya.get(f"/payees/{account.number}")
    assert (found["number"], found["own"], found["contact"]) == (account.number, False, None)
    assert "Haddad" not in found["name"]
    assert found["name"].startswith("O")
    assert maya.browser.get(f"/api/v1/payees/{account_number()}").json()["code"] == "unknown_payee"
    assert maya.browser.get("/api/v1/payees/12345678901234").status_code in {404, 422}
    answers = [maya.browser.get(f"/api/v1/payees/{account_number()}") for _ in range(10)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["", "/balance", "/history"])
def test_another_persons_account_is_not_there(maya, omar, path):
    account = omar.open("10.00")
    for uuid in (account.uuid, uuid4()):
        answer = maya.browser.get(f"/api/v1/accounts/{uuid}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_account")


def test_categories_have_references_to_name_them_by(maya):
    found = {one["name"]: one for one in maya.get("/categories")["items"]}
    assert found["Groceries"]["parent"] == found["Food"]["reference"]
    assert (found["Food"]["flow"], found["Salary"]["flow"]) == ("out", "in")


def test_the_history_of_a_balance_names_each_change(maya, omar):
    account, theirs = maya.open("100.00"), omar.open(None)
    maya.done("/transactions/deposit", _in(account) | {"description": "Wages"}, key="a")
    paid = maya.done("/payments", _to(account, theirs), key="b")
    maya.done(f"/payments/{paid['reference']}/cancel")
    rows = maya.get(f"/accounts/{account.uuid}/history")["items"]
    shown = [
        (row["change_reason"], row["change_amount"], row["posted"], row["pending"], row["available"]) for row in rows
    ]
    assert shown == [
        ("let_go", "10.00", "125.00", "0.00", "125.00"),
        ("kept_back", "-10.00", "125.00", "10.00", "115.00"),
        ("deposit", "25.00", "125.00", "0.00", "125.00"),
        ("opening", "100.00", "100.00", "0.00", "100.00"),
    ]
    assert rows[2]["description"] == "Wages"
    assert {row["currency"] for row in rows} == {"EUR"}
    assert rows[1]["transaction"] == paid["transaction"]


def test_a_credit_limit_is_available_in_the_history_as_in_the_account(maya, omar, admin):
    account, bank, theirs = maya.open("100.00"), maya.open("7.00", name="Bank", custody="tracked"), omar.open(None)
    admin("UPDATE account SET credit_limit = 50 WHERE id = ANY (:ids)", ids=[account.id, bank.id])
    maya.done("/payments", _to(account, theirs), key="a")
    rows = maya.get(f"/accounts/{account.uuid}/history")["items"]
    assert [(row["change_amount"], row["posted"], row["available"]) for row in rows] == [
        ("-10.00", "100.00", "140.00"),
        ("100.00", "100.00", "150.00"),
    ]
    for one, latest in ((account, rows[0]), (bank, maya.get(f"/accounts/{bank.uuid}/history")["items"][0])):
        now = maya.get(f"/accounts/{one.uuid}")
        assert (latest["posted"], latest["available"], latest["pending"]) == (
            now["posted"],
            now["available"],
            now["pending"],
        )
        assert maya.get(f"/accounts/{one.uuid}/balance")["available"] == now["available"]


def _in(account):
    return {"account": str(account.uuid), "amount": "25.00", "currency": "EUR"}


def _to(account, theirs, amount="10.00"):
    return {"account": str(account.uuid), "number": theirs.number, "amount": amount, "currency": "EUR"}
