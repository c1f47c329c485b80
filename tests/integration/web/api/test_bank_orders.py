"""Payments through a bank over the API."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from fintwin.db.work import perform
from fintwin.kernel.clock import system_clock, today
from fintwin.ledger import pins
from fintwin.payments import bank, bank_outcomes

THEIRS = "NL91ABNA0417164300"
OWN = "DE89370400440532013000"


@pytest.fixture
def here(maya):
    return maya.open("100.00")


@pytest.fixture
def wanted(here):
    return {
        "account": str(here.uuid),
        "name": "Jan Bakker",
        "iban": "NL91 ABNA 0417 1643 00",
        "amount": "40.00",
        "currency": "EUR",
        "remittance": "Bike",
    }


def act(caller, call, **named):
    return perform(caller.who.person, lambda session: call(session, caller.who, **named))


def test_an_order_is_made_once_and_keeps_its_amount_back(maya, wanted, here):
    first = maya.post("/bank-orders", wanted, key="a")
    made = first.json()
    assert (first.status_code, made["status"], made["amount"], made["currency"]) == (201, "ready", "40.00", "EUR")
    assert (made["iban"], made["name"], made["remittance"]) == (THEIRS, "Jan Bakker", "Bike")
    assert made["account"] == {"uuid": str(here.uuid), "name": "Everyday"}
    assert (made["file"], made["reversal"], made["reason"]) == (None, None, None)
    assert made["execute_on"] == today(system_clock, zone=maya.who.zone).isoformat()
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "60.00"
    kept = maya.get(f"/transactions/{made['transaction']}")
    assert (kept["status"], kept["amount"], kept["payee"]) == ("pending", "-40.00", "Jan Bakker")
    again = maya.post("/bank-orders", wanted, key="a")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    assert "idempotency-replayed" not in first.headers
    assert maya.refused("/bank-orders", wanted | {"amount": "41.00"}, key="a") == (422, "key_reused")
    assert maya.refused("/bank-orders", wanted) == (400, "no_key")
    assert maya.get("/bank-orders") == {"items": [made], "next": None}
    assert maya.get(f"/bank-orders/{made['uuid']}") == made
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "60.00"


def test_an_order_is_called_back_until_it_has_left(maya, wanted, here):
    made = maya.done("/bank-orders", wanted, key="a")
    path = f"/bank-orders/{made['uuid']}/cancel"
    off = maya.done(path)
    assert (off["status"], off["uuid"]) == ("cancelled", made["uuid"])
    assert maya.done(path) == off
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "100.00"
    sent = maya.done("/bank-orders", wanted, key="b")
    file = act(maya, bank.send, account=here.id, payer_iban=OWN)
    assert maya.refused(f"/bank-orders/{sent['uuid']}/cancel") == (409, "already_sent")
    seen = maya.get(f"/bank-orders/{sent['uuid']}")
    assert (seen["status"], seen["file"]) == ("sent", f"/payments/outside/{file}.xml")
    act(maya, bank_outcomes.answer_by_hand, order=sent["uuid"], settled=True)
    assert maya.get(f"/bank-orders/{sent['uuid']}")["status"] == "settled"
    assert maya.get(f"/transactions/{sent['transaction']}")["status"] == "success"


def test_a_pin_is_asked_above_its_amount(maya, wanted, here):
    act(maya, pins.set_pin, account=here.id, pin="2468", threshold=Decimal("5.00"))
    assert maya.refused("/bank-orders", wanted, key="a") == (409, "pin_needed")
    assert maya.refused("/bank-orders", wanted | {"pin": "1357"}, key="a") == (409, "wrong_pin")
    for wrong, code in (({"amount": "100.01"}, 409), ({"iban": "DE00"}, 422), ({"execute_on": "2020-01-01"}, 422)):
        for _ in range(3):  # more than the four tries that are left: none of them counts
            assert maya.refused("/bank-orders", wanted | wrong | {"pin": "1357"}, key="a")[0] == code
    made = maya.done("/bank-orders", wanted | {"pin": "2468"}, key="a")
    for pin in ("", "2468", "1357"):  # nothing is asked of what was made, so no PIN is tried either
        assert maya.done("/bank-orders", wanted | {"pin": pin}, key="a") == made
    maya.done("/bank-orders", wanted | {"amount": "5.00"}, key="b")


def test_each_refusal_has_its_code_and_keeps_nothing_back(maya, wanted, here):
    day = today(system_clock, zone=maya.who.zone)
    yens = maya.open("5000", of="JPY", name="Yens")
    for change, status, code, field in (
        ({"amount": "100.01"}, 409, "not_enough_funds", "amount"),
        ({"amount": "-1.00"}, 422, "amount_not_positive", "amount"),
        ({"amount": "1.001"}, 422, "amount_decimals", "amount"),
        ({"amount": "x"}, 422, "amount_unreadable", "amount"),
        ({"currency": "USD"}, 409, "currency_mismatch", "account"),
        ({"account": str(yens.uuid), "currency": "JPY", "amount": "10"}, 409, "not_euro", "account"),
        ({"account": str(uuid4())}, 404, "unknown_account", "account"),
        ({"iban": "NL92ABNA0417164300"}, 422, "bad_iban", "iban"),
        ({"iban": "x" * 61}, 422, "bad_field", "iban"),
        ({"name": "北京"}, 422, "bad_name", "name"),
        ({"name": ""}, 422, "bad_field", "name"),
        ({"remittance": "x" * 141}, 422, "bad_field", "remittance"),
        ({"execute_on": (day - timedelta(days=2)).isoformat()}, 422, "date_in_past", "execute_on"),
        ({"execute_on": (day + timedelta(days=400)).isoformat()}, 422, "date_too_late", "execute_on"),
        ({"execute_on": "soon"}, 422, "bad_field", "execute_on"),
        ({"category": "7Z4Q"}, 422, "bad_reference", "category"),
        ({"colour": "red"}, 422, "unknown_field", "colour"),
    ):
        answer = maya.post("/bank-orders", wanted | change, key="a")
        found = answer.json()
        assert (answer.status_code, found["code"], found["field"]) == (status, code, field), change
        assert answer.headers["content-type"] == "application/problem+json"
    several = maya.post("/bank-orders", wanted | {"iban": "NL92", "name": "北京"}, key="a").json()
    assert [one["field"] for one in several["errors"]] == ["name", "iban"]
    assert maya.refused("/bank-orders", wanted | {"owner": 1}, key="a") == (403, "identity_lock")
    assert maya.get("/bank-orders")["items"] == []
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "100.00"


def test_all_orders_are_walked_page_by_page(maya, wanted):
    for size in range(1, 4):
        maya.done("/bank-orders", wanted | {"amount": f"{size}.00"}, key=f"k{size}")
    walked, cursor = [], ""
    while cursor is not None:
        page = maya.get("/bank-orders", limit=2, cursor=cursor)
        walked += [one["amount"] for one in page["items"]]
        cursor = page["next"]
    assert walked == ["3.00", "2.00", "1.00"]
    for query in ({"limit": "201"}, {"cursor": "nonsense"}):
        assert maya.browser.get("/api/v1/bank-orders", params=query).status_code == 422, query


def test_another_persons_order_is_not_there(maya, omar, wanted):
    made = maya.done("/bank-orders", wanted, key="a")
    for uuid in (made["uuid"], uuid4()):
        assert omar.browser.get(f"/api/v1/bank-orders/{uuid}").json()["code"] == "unknown_order"
        assert omar.refused(f"/bank-orders/{uuid}/cancel") == (404, "unknown_order")
    assert omar.refused("/bank-orders", wanted, key="a") == (404, "unknown_account")
    assert omar.get("/bank-orders")["items"] == []
    assert maya.get("/bank-orders")["items"] == [made]


def test_one_order_sent_three_times_at_once_is_one(maya, wanted, here):
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: maya.post("/bank-orders", wanted, key="a"), range(3)))
    made = [answer.json()["uuid"] for answer in answers if answer.status_code == 201]
    assert made
    assert len(set(made)) == 1
    assert all(answer.status_code in {201, 409, 503} for answer in answers)
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "60.00"
