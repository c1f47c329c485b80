"""Money in, out and between own accounts over the API, and the register as a program reads it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintwin.db.work import perform
from fintwin.kernel.ids import from_reference
from fintwin.ledger import attachments, categories, pending, pins, splits, tags
from fintwin.ledger.parts import Part
from fintwin.ledger.posting import Kind

_keys = count(1)


def body(account, amount="25.00", **more):
    return {"account": str(account.uuid), "amount": amount, "currency": "EUR", **more}


def act(caller, call, **named):
    return perform(caller.who.person, lambda session: call(session, caller.who, **named))


@pytest.fixture
def here(maya):
    return maya.open("100.00")


def test_a_deposit_is_booked_once_and_shown_whole(maya, here):
    groceries = next(one for one in maya.get("/categories")["items"] if one["name"] == "Salary")
    wanted = body(here, payee="Acme", category=groceries["reference"], note="March", booked="2026-03-01")
    first = maya.post("/transactions/deposit", wanted, key="wages")
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    made = first.json()
    assert (made["kind"], made["status"], made["stage"], made["booked"]) == (
        "deposit",
        "success",
        "posted",
        "2026-03-01",
    )
    assert (made["amount"], made["currency"], made["from"]) == ("25.00", "EUR", None)
    assert made["to"] == {"uuid": str(here.uuid), "name": "Everyday"}
    assert made["category"] == {"reference": groceries["reference"], "name": "Salary"}
    assert made["merchant"] == {"name": "Acme", "category": "Salary", "account": None}
    assert (made["rest"], made["reversible"], made["from_file"]) == ("25.00", True, False)
    assert [(one["credit"], one["debit"], one["debit_balance"]) for one in made["postings"]] == [
        ("income", "Everyday", "125.00")
    ]
    again = maya.post("/transactions/deposit", wanted, key="wages")
    assert (again.status_code, again.headers["idempotency-replayed"], again.json()) == (201, "true", made)
    assert maya.get(f"/accounts/{here.uuid}/balance")["posted"] == "125.00"
    assert maya.get(f"/transactions/{made['reference']}") == made


def test_a_key_is_needed_and_belongs_to_one_body(maya, here):
    assert maya.refused("/transactions/deposit", body(here)) == (400, "no_key")
    maya.done("/transactions/deposit", body(here), key="a")
    assert maya.refused("/transactions/deposit", body(here, "26.00"), key="a") == (422, "key_reused")
    assert maya.refused("/transactions/withdrawal", body(here), key="a") == (422, "key_reused")
    assert maya.get(f"/accounts/{here.uuid}/balance")["posted"] == "125.00"


def test_the_same_call_after_midnight_is_the_same_call(maya, here, admin):
    made = maya.done("/transactions/deposit", body(here, booked="2026-01-31"), key="a")
    again = maya.post("/transactions/deposit", body(here), key="a")
    assert (again.json()["reference"], again.headers["idempotency-replayed"]) == (made["reference"], "true")


REFUSED = [
    ({"amount": "0"}, 422, "amount_not_positive"),
    ({"amount": "-5.00"}, 422, "amount_not_positive"),
    ({"amount": "NaN"}, 422, "amount_unreadable"),
    ({"amount": "1e3"}, 422, "amount_unreadable"),
    ({"amount": "12.345"}, 422, "amount_decimals"),
    ({"amount": "99999999999999999999"}, 422, "amount_too_large"),
    ({"amount": 25}, 422, "bad_field"),
    ({"amount": 25.5}, 422, "bad_field"),
    ({"amount": "100.01"}, 409, "not_enough_funds"),
    ({"currency": "USD"}, 409, "currency_mismatch"),
    ({"currency": "XX1"}, 422, "unknown_currency"),
    ({"account": "6f1e9a3e-0000-4000-8000-000000000000"}, 404, "unknown_account"),
    ({"account": 1}, 422, "bad_field"),
    ({"booked": "3000-01-01"}, 422, "date_in_future"),
    ({"booked": 20200101}, 422, "bad_field"),
    ({"category": "7"}, 422, "bad_field"),
    ({"category": "7Z*"}, 422, "bad_reference"),
    ({"category": "7Z4Q"}, 422, "bad_reference"),
    ({"payee": "x" * 141}, 422, "too_long"),
    ({"note": "x" * 501}, 422, "bad_field"),
    ({"colour": "red"}, 422, "unknown_field"),
    ({"owner": 1}, 403, "identity_lock"),
    ({"person": "omar"}, 403, "identity_lock"),
    ({"user_id": None}, 403, "identity_lock"),
]


def test_each_refusal_has_its_code_and_moves_nothing(maya, here):
    for change, status, code in REFUSED:
        assert maya.refused("/transactions/withdrawal", body(here) | change, key="a") == (status, code), change
    assert maya.get(f"/accounts/{here.uuid}/balance")["posted"] == "100.00"
    maya.done("/transactions/withdrawal", body(here), key="a")


def test_several_wrong_fields_are_told_at_once(maya):
    answer = maya.post("/transactions/withdrawal", {"amount": 1, "currency": "E"}, key="a")
    found = answer.json()
    assert {one["field"] for one in found["errors"]} == {"account", "amount", "currency"}
    assert all(one["detail"] for one in found["errors"])


def test_a_transfer_moves_between_own_accounts_alone(maya, omar, here):
    there, theirs = maya.open("1.00", name="Savings"), omar.open("1.00")
    wanted = {"from": str(here.uuid), "to": str(there.uuid), "amount": "40.00", "currency": "EUR"}
    made = maya.done("/transactions/transfer", wanted, key="a")
    assert (made["own_transfer"], made["amount"], made["merchant"]) == (True, "40.00", None)
    assert maya.get(f"/accounts/{there.uuid}/balance")["posted"] == "41.00"
    for change, code in (
        ({"to": str(here.uuid)}, (422, "same_account")),
        ({"to": str(theirs.uuid)}, (404, "unknown_account")),
        ({"from": str(theirs.uuid)}, (404, "unknown_account")),
    ):
        assert maya.refused("/transactions/transfer", wanted | change, key="b") == code
    assert omar.get(f"/accounts/{theirs.uuid}/balance")["posted"] == "1.00"


def test_a_transfer_above_its_accounts_amount_asks_for_the_pin(maya, here, monkeypatch):
    there = maya.open("1.00", name="Savings")
    act(maya, pins.set_pin, account=here.id, pin="2468", threshold=Decimal("5.00"))
    wanted = {"from": str(here.uuid), "to": str(there.uuid), "amount": "6.00", "currency": "EUR"}
    path = "/transactions/transfer"
    assert maya.refused(path, wanted, key="a") == (409, "pin_needed")
    assert maya.refused(path, wanted | {"pin": "1357"}, key="a") == (409, "wrong_pin")
    assert maya.refused(path, wanted | {"amount": "-1", "pin": "1357"}, key="a") == (422, "amount_not_positive")
    made = maya.done(path, wanted | {"pin": "2468"}, key="a")
    for pin in ("", "2468", "1357"):  # nothing is asked of what was booked, so no PIN is tried either
        assert maya.done(path, wanted | {"pin": pin}, key="a") == made
    maya.done(path, wanted | {"amount": "5.00"}, key="b")
    back = maya.done(path, wanted | {"from": str(there.uuid), "to": str(here.uuid)}, key="c")["reference"]
    monkeypatch.setattr(pins, "FRESH", timedelta(0))
    assert maya.refused(f"/transactions/{back}/reverse", {"amount": "5.01"}, key="d") == (409, "pin_needed")
    assert maya.done(f"/transactions/{back}/reverse", {"amount": "5.01", "pin": "2468"}, key="d")["amount"] == "5.01"


def test_a_movement_is_taken_back_whole_or_in_part(maya, here):
    made = maya.done("/transactions/deposit", body(here), key="a")
    path = f"/transactions/{made['reference']}"
    part = maya.done(f"{path}/reverse", {"amount": "5.00", "reason": "too much"}, key="b")
    assert (part["kind"], part["amount"], part["reverses"]) == ("reversal", "-5.00", made["reference"])
    seen = maya.get(path)
    assert (seen["rest"], seen["stage"]) == ("20.00", "posted")
    assert [(one["what"], one["other"], one["reason"]) for one in seen["steps"]] == [
        ("partly_reversed", part["reference"], "too much")
    ]
    assert maya.refused(f"{path}/reverse", {"amount": "20.01"}, key="c") == (409, "more_than_the_rest")
    whole = maya.post(f"{path}/reverse", {}, key="c")
    assert whole.json()["amount"] == "-20.00"
    assert maya.post(f"{path}/reverse", {}, key="c").headers["idempotency-replayed"] == "true"
    assert maya.refused(f"{path}/reverse", {}, key="d") == (409, "already_reversed")
    assert maya.get(path)["stage"] == "reversed"
    assert maya.get(path)["status"] == "success"
    assert maya.get(f"/accounts/{here.uuid}/balance")["posted"] == "100.00"


def test_a_transaction_comes_with_all_that_is_said_of_it(maya, here):
    made = maya.done("/transactions/withdrawal", body(here, payee="Shop"), key="a")
    wanted = {one["name"]: one for one in maya.get("/categories")["items"]}
    ids = {one.name: one.id for one in act(maya, categories.categories)}
    booked = from_reference(made["reference"])
    act(maya, tags.tag, transaction=booked, name="work")
    act(
        maya,
        splits.split,
        transaction=booked,
        parts=[Part(ids["Groceries"], 20, "food"), Part(ids["Gifts and donations"], None)],
    )
    act(maya, attachments.attach, transaction=booked, name="bon.pdf", data=b"%PDF-1.7")
    seen = maya.get(f"/transactions/{made['reference']}")
    assert seen["tags"] == ["work"]
    assert [(one["category"]["name"], one["amount"], one["note"]) for one in seen["parts"]] == [
        ("Groceries", "20.00", "food"),
        ("Gifts and donations", "5.00", None),
    ]
    assert seen["parts"][0]["category"]["reference"] == wanted["Groceries"]["reference"]
    assert [(one["name"], one["type"]) for one in seen["files"]] == [("bon.pdf", "application/pdf")]
    assert {"tags", "split", "attachment"} <= {one["what"] for one in seen["changes"]}


def test_what_is_not_booked_is_pending_processing_or_failed(maya, here):
    held = {
        "pending": act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="3", key="a", payee="Inn"),
        "processing": act(
            maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="4", key="b", sends_in=3600
        ),
        "failed": act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="5", key="c"),
    }
    act(maya, pending.void, transaction=held["failed"].transaction, reason="no more")
    for (status, booked), amount in zip(held.items(), ("-3.00", "-4.00", "-5.00"), strict=True):
        [one] = maya.get("/transactions", status=status)["items"]
        assert (one["reference"], one["status"], one["amount"]) == (booked.reference, status, amount)
        assert (one["from"]["name"], one["booked"]) == ("Everyday", None)
        seen = maya.get(f"/transactions/{booked.reference}")
        assert {name: seen[name] for name in one} == one
        assert seen["postings"] == []
    failed = maya.get(f"/transactions/{held['failed'].reference}")
    assert (failed["stage"], failed["steps"][0]["reason"]) == ("failed", "no more")
    answer = maya.browser.get("/api/v1/transactions?status=pending&q=inn")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "bad_filter", "q")
    act(maya, pending.settle, transaction=held["pending"].transaction)
    seen = maya.get(f"/transactions/{held['pending'].reference}")
    assert (seen["status"], seen["stage"], seen["posted_at"] >= seen["created_at"]) == ("success", "posted", True)


def test_a_list_is_narrowed_as_the_register_is(maya, here):
    food = next(one for one in maya.get("/categories")["items"] if one["name"] == "Groceries")
    there = maya.open("1.00", name="Savings")
    for key, amount, more in (
        ("a", "10.00", {"payee": "Baker", "category": food["reference"], "booked": "2026-01-10"}),
        ("b", "20.00", {"payee": "Butcher", "booked": "2026-02-10"}),
        ("c", "30.00", {"payee": "Candlemaker", "booked": "2026-02-20"}),
    ):
        maya.done("/transactions/withdrawal", body(here, amount, **more), key=key)
    maya.done("/transactions/deposit", body(there, "20.00", payee="Acme", booked="2026-02-11"), key="d")

    def named(**query):
        return {one["payee"] for one in maya.get("/transactions", **query)["items"]} - {None}

    assert named(account=str(there.uuid)) == {"Acme"}
    assert named(flow="out", min="20", max="20.00") == {"Butcher"}
    assert named(**{"from": "2026-02-10", "to": "2026-02-11"}) == {"Butcher", "Acme"}
    assert named(category=food["reference"]) == {"Baker"}
    assert named(q="amount>15 is:out -payee:candle") == {"Butcher"}
    assert named(q="category:food") == {"Baker"}
    maya.done(f"/transactions/{maya.get('/transactions', q='baker')['items'][0]['reference']}/reverse", {}, key="e")
    assert named(q="baker") == set()
    assert named(q="baker", reversed="only") == {"Baker"}
    for query in ({"q": "category:nonsense"}, {"q": "amount>x"}, {"q": "x" * 201}, {"min": "-1"}, {"flow": "up"}):
        answer = maya.browser.get("/api/v1/transactions", params=query)
        assert (answer.status_code, answer.json()["field"]) == (422, next(iter(query))), query
    for query in ({"limit": "0"}, {"limit": "201"}, {"cursor": "nonsense"}, {"from": "1"}, {"status": "posted"}):
        assert maya.browser.get("/api/v1/transactions", params=query).status_code == 422, query


def test_another_persons_transaction_is_not_there(maya, omar, here):
    made = maya.done("/transactions/deposit", body(here), key="a")
    for path in (f"/transactions/{made['reference']}", "/transactions/1001"):
        answer = omar.browser.get(f"/api/v1{path}")
        assert answer.status_code in {404, 422}
    assert omar.browser.get(f"/api/v1/transactions/{made['reference']}").json()["code"] == "unknown_transaction"
    assert omar.refused(f"/transactions/{made['reference']}/reverse", {}, key="a") == (404, "unknown_transaction")
    assert omar.browser.get(f"/api/v1/transactions?account={here.uuid}").status_code == 404
    assert omar.get("/transactions")["items"] == []


@settings(max_examples=8)
@given(days=st.lists(st.integers(0, 3), max_size=9), limit=st.integers(1, 4))
def test_a_walk_over_the_pages_meets_each_row_once(maya, here, days, limit):
    for day in days:
        booked = (date(2026, 1, 1) + timedelta(days=day)).isoformat()
        maya.done("/transactions/deposit", body(here, "1.00", booked=booked), key=f"walk-{next(_keys)}")
        act(maya, pending.hold, kind=Kind.DEPOSIT, taking=here.id, amount="1", key=f"walk-{next(_keys)}")
    for query in ({}, {"account": str(here.uuid)}, {"q": "amount:1"}, {"status": "pending"}):
        whole = [one["reference"] for one in maya.get("/transactions", limit=200, **query)["items"]]
        walked, cursor = [], ""
        while cursor is not None:
            page = maya.get("/transactions", limit=limit, cursor=cursor, **query)
            assert 0 < len(page["items"]) <= limit or (not walked and page["next"] is None)
            walked += [one["reference"] for one in page["items"]]
            cursor = page["next"]
        assert walked == whole
        assert len(set(walked)) == len(walked)
