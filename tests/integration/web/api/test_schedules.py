"""Schedules over the API."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from fintwin.db.work import perform
from fintwin.kernel.clock import system_clock, today
from fintwin.ledger import pins
from fintwin.payments import contacts, schedules


@pytest.fixture
def here(maya):
    return maya.open("100.00")


@pytest.fixture
def bank(maya):
    return maya.open("50.00", name="Bank", custody="tracked")


@pytest.fixture
def there(omar):
    return omar.open(None)


@pytest.fixture
def starts(maya):
    """A day on which nothing of it runs while a test does."""
    return today(system_clock, zone=maya.who.zone) + timedelta(days=10)


@pytest.fixture
def rent(here, there, starts):
    """Ten a day to Omar."""
    return {
        "kind": "person",
        "account": str(here.uuid),
        "number": there.number,
        "amount": "10.00",
        "currency": "EUR",
        "starts": starts.isoformat(),
        "rule": "FREQ=DAILY",
        "description": "Rent",
    }


def act(caller, call, **named):
    return perform(caller.who.person, lambda session: call(session, caller.who, **named))


def test_a_schedule_is_made_once_and_shown(maya, rent, here, there, starts):
    first = maya.post("/schedules", rent, key="a")
    made = first.json()
    assert (first.status_code, made["kind"], made["status"], made["rule"]) == (201, "person", "active", "FREQ=DAILY")
    assert made["account"] == {"uuid": str(here.uuid), "name": "Everyday"}
    assert (made["number"], made["amount"], made["currency"], made["to"]) == (there.number, "10.00", "EUR", None)
    assert (made["next_due"], made["next_on"], made["starts"]) == (starts.isoformat(),) * 3
    assert (made["description"], made["failed"], made["retries"]) == ("Rent", None, False)
    assert made["payee"]
    assert "Haddad" not in made["payee"]
    again = maya.post("/schedules", rent, key="a")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    assert "idempotency-replayed" not in first.headers
    assert maya.refused("/schedules", rent | {"amount": "11.00"}, key="a") == (422, "key_reused")
    assert maya.refused("/schedules", rent) == (400, "no_key")
    assert maya.get("/schedules") == {"items": [made], "next": None}
    assert maya.get(f"/schedules/{made['uuid']}") == made | {"runs": []}


def test_own_transfers_and_what_a_bank_moves(maya, here, bank, rent, starts):
    groceries = next(one for one in maya.get("/categories")["items"] if one["name"] == "Groceries")
    plain = {name: value for name, value in rent.items() if name != "number"}
    own = maya.done("/schedules", plain | {"kind": "own", "to": str(bank.uuid), "rule": ""}, key="a")
    assert (own["to"]["name"], own["rule"], own["number"]) == ("Bank", "", None)
    wanted = plain | {
        "kind": "withdrawal",
        "account": str(bank.uuid),
        "payee": "Shop",
        "category": groceries["reference"],
        "rule": "FREQ=MONTHLY;BYMONTHDAY=-1",
        "adjustment": "preceding",
    }
    spent = maya.done("/schedules", wanted, key="b")
    assert (spent["payee"], spent["category"]["name"], spent["adjustment"]) == ("Shop", "Groceries", "preceding")
    assert spent["next_on"] <= spent["next_due"]
    came = maya.done("/schedules", wanted | {"kind": "deposit", "category": None, "payee": "Acme"}, key="c")
    assert (came["kind"], came["category"]) == ("deposit", None)


def test_it_is_paused_resumed_skipped_and_ended(maya, rent, starts):
    made = maya.done("/schedules", rent, key="a")
    path = f"/schedules/{made['uuid']}"
    for _ in range(2):
        assert maya.done(f"{path}/pause")["status"] == "paused"
    for _ in range(2):
        assert maya.done(f"{path}/resume") == made
    due = starts.isoformat()
    skipped = maya.done(f"{path}/skip", {"due": due})
    assert skipped["next_due"] == (starts + timedelta(days=1)).isoformat()
    assert maya.refused(f"{path}/skip", {"due": due}) == (409, "not_next")
    for _ in range(2):
        ended = maya.done(f"{path}/end")
        assert (ended["status"], ended["next_due"], ended["next_on"]) == ("ended", None, None)
    [run] = maya.get(path)["runs"]
    assert (run["due"], run["status"], run["transaction"]) == (due, "skipped", None)
    for body in ({}, {"due": 20270101}, {"due": "tomorrow"}):
        answer = maya.post(f"{path}/skip", body)
        assert (answer.status_code, answer.json()["field"]) == (422, "due"), body


def test_a_plan_above_its_amount_asks_for_the_pin_once(maya, rent, here):
    act(maya, pins.set_pin, account=here.id, pin="2468", threshold=Decimal("5.00"))
    assert maya.refused("/schedules", rent, key="a") == (409, "pin_needed")
    assert maya.refused("/schedules", rent | {"pin": "1357"}, key="a") == (409, "wrong_pin")
    assert maya.get("/schedules")["items"] == []
    made = maya.done("/schedules", rent | {"pin": "2468"}, key="a")
    for pin in ("", "2468", "1357"):  # nothing is asked of what was made, so no PIN is tried either
        assert maya.done("/schedules", rent | {"pin": pin}, key="a") == made
    path = f"/schedules/{made['uuid']}"
    maya.done(f"{path}/pause")
    assert maya.refused(f"{path}/resume") == (409, "pin_needed")
    assert maya.refused(f"{path}/resume", {"pin": "1357"}) == (409, "wrong_pin")
    for pin in ("2468", "1357"):
        assert maya.done(f"{path}/resume", {"pin": pin}) == made
    maya.done("/schedules", rent | {"amount": "5.00"}, key="b")


def test_a_schedule_that_was_made_tries_no_number_when_it_is_sent_again(maya, rent):
    made = maya.done("/schedules", rent, key="a")
    for _ in range(10):
        assert maya.done("/schedules", rent, key="a") == made
    maya.done("/schedules", rent, key="b")


def test_a_contact_is_named_by_their_reference(maya, rent, there):
    act(maya, contacts.add, number=there.number, name="Omar")
    [contact] = maya.get("/contacts")["items"]
    to = {name: value for name, value in rent.items() if name != "number"} | {"contact": contact["reference"]}
    assert maya.done("/schedules", to, key="a")["number"] == there.number
    answers = [maya.post("/schedules", rent | {"number": "00000000000001"}, key="b") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {404, 429}


def test_each_refusal_has_its_code_and_plans_nothing(maya, rent, here, bank):
    groceries = next(one for one in maya.get("/categories")["items"] if one["name"] == "Groceries")["reference"]
    plain = {name: value for name, value in rent.items() if name != "number"}
    own = plain | {"kind": "own", "to": str(bank.uuid)}
    for body, status, code, field in (
        (rent | {"kind": "loan"}, 422, "bad_field", "kind"),
        (rent | {"amount": "0"}, 422, "amount_not_positive", "amount"),
        (rent | {"amount": 1}, 422, "bad_field", "amount"),
        (rent | {"currency": "USD"}, 409, "currency_mismatch", "account"),
        (rent | {"starts": "2020-01-01"}, 422, "date_in_past", "starts"),
        (rent | {"starts": "2999-01-01"}, 422, "date_too_late", "starts"),
        (rent | {"starts": 1}, 422, "bad_field", "starts"),
        (rent | {"rule": "FREQ=HOURLY"}, 422, "bad_rule", "rule"),
        (rent | {"rule": "FREQ=DAILY;UNTIL=20200101"}, 422, "never_due", "rule"),
        (rent | {"rule": "x" * 201}, 422, "bad_field", "rule"),
        (rent | {"adjustment": "sideways"}, 422, "bad_field", "adjustment"),
        (rent | {"adjustment": "following"}, 422, "bad_rule", "adjustment"),
        (rent | {"number": "00000000000001"}, 404, "unknown_payee", "number"),
        (rent | {"number": here.number}, 409, "own_payee", "number"),
        (rent | {"account": str(bank.uuid)}, 409, "not_held", "account"),
        (rent | {"account": str(uuid4())}, 404, "unknown_account", "account"),
        (rent | {"category": "7Z4Q"}, 422, "bad_reference", "category"),
        (rent | {"to": str(bank.uuid)}, 422, "bad_field", "to"),
        (rent | {"payee": "Me"}, 422, "bad_field", "payee"),
        (plain, 422, "no_payee", "number"),
        (own | {"to": None}, 422, "bad_field", "to"),
        (own | {"to": str(here.uuid)}, 422, "same_account", "to"),
        (own | {"category": groceries}, 422, "bad_field", "category"),
        (own | {"number": "1"}, 422, "bad_field", "number"),
        (plain | {"kind": "deposit"}, 409, "not_tracked", "account"),
        (rent | {"colour": "red"}, 422, "unknown_field", "colour"),
    ):
        answer = maya.post("/schedules", body, key="a")
        found = answer.json()
        assert (answer.status_code, found["code"], found["field"]) == (status, code, field), body
        assert answer.headers["content-type"] == "application/problem+json"
    assert maya.refused("/schedules", rent | {"person": 1}, key="a") == (403, "identity_lock")
    assert maya.get("/schedules")["items"] == []


def test_another_persons_schedule_is_not_there(maya, omar, rent):
    made = maya.done("/schedules", rent, key="a")
    for uuid in (made["uuid"], uuid4()):
        assert omar.browser.get(f"/api/v1/schedules/{uuid}").json()["code"] == "unknown_schedule"
        for step in ("pause", "resume", "skip", "end"):
            body = {"due": rent["starts"]} if step == "skip" else None
            assert omar.refused(f"/schedules/{uuid}/{step}", body) == (404, "unknown_schedule")
    assert maya.get("/schedules")["items"] == [made]
    assert [one.uuid for one in act(omar, schedules.schedules)] == []
