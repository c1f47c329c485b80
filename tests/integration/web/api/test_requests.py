"""Asking for money, and answering who asks, over the API."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from fintwin.db.work import perform
from fintwin.ledger import pins
from fintwin.payments import contacts, service


@pytest.fixture
def here(maya):
    return maya.open("100.00")


@pytest.fixture
def there(omar):
    return omar.open(None)


@pytest.fixture
def wanted(here, there):
    """What Omar asks of Maya."""
    return {"account": str(there.uuid), "number": here.number, "amount": "10.00", "currency": "EUR", "message": "Lunch"}


@pytest.fixture
def asked(omar, maya, wanted):
    """Omar's request as Maya sees it."""
    omar.done("/requests", wanted, key="ask")
    [one] = maya.get("/requests")["items"]
    return one


def act(caller, call, **named):
    return perform(caller.who.person, lambda session: call(session, caller.who, **named))


def paying(asked, account):
    return f"/requests/{asked['reference']}/pay", {"account": str(account.uuid)}


def test_a_request_is_made_once_and_seen_by_both(omar, maya, wanted, here, there):
    first = omar.post("/requests", wanted, key="ask")
    made = first.json()
    assert (first.status_code, made["side"], made["kind"], made["status"]) == (201, "from", "money", "open")
    assert (made["amount"], made["rest"], made["number"], made["message"]) == ("10.00", "10.00", here.number, "Lunch")
    again = omar.post("/requests", wanted, key="ask")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    assert omar.refused("/requests", wanted | {"amount": "11.00"}, key="ask") == (422, "key_reused")
    [theirs] = maya.get("/requests", state="waiting")["items"]
    assert (theirs["side"], theirs["amount"], theirs["number"], theirs["payment"]) == (
        "to",
        "10.00",
        there.number,
        None,
    )
    for one, name in ((made, "Lind"), (theirs, "Haddad")):
        assert name not in one["name"]
        assert one["name"]
    assert maya.get(f"/requests/{theirs['reference']}") == theirs
    assert omar.get(f"/requests/{made['reference']}") == made
    assert maya.browser.get(f"/api/v1/requests/{made['reference']}").json()["code"] == "unknown_request"
    assert maya.get("/requests", state="answered")["items"] == []


def test_a_request_is_paid_and_both_are_through(omar, maya, asked, here, there):
    path, body = paying(asked, here)
    assert maya.refused(path, body) == (400, "no_key")
    first = maya.post(path, body | {"note": "mine"}, key="pay")
    made = first.json()
    assert (first.status_code, made["side"], made["amount"], made["number"]) == (201, "out", "10.00", there.number)
    assert (made["description"], made["status"], made["cancellable"]) == ("Lunch", "initiated", True)
    again = maya.post(path, body | {"note": "mine"}, key="pay")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    assert maya.refused(path, body, key="other") == (409, "request_answered")
    seen = maya.get(f"/requests/{asked['reference']}")
    assert (seen["status"], seen["payment"]) == ("accepted", made["reference"])
    act(maya, service.settle, payment=act(maya, service.payments)[0].id)
    assert [one["status"] for one in maya.get("/requests", state="answered")["items"]] == ["paid"]
    assert [one["status"] for one in omar.get("/requests", state="answered")["items"]] == ["paid"]
    assert omar.get(f"/accounts/{there.uuid}")["posted"] == "10.00"


def test_a_payment_that_is_called_off_leaves_it_open(maya, asked, here):
    path, body = paying(asked, here)
    made = maya.done(path, body | {"description": "Other words"}, key="pay")
    assert made["description"] == "Other words"
    maya.done(f"/payments/{made['reference']}/cancel")
    assert maya.get(f"/requests/{asked['reference']}")["status"] == "open"
    maya.done(path, body, key="again")


def test_it_is_declined_by_one_and_cancelled_by_the_other(omar, maya, wanted, asked, here):
    path = f"/requests/{asked['reference']}"
    [own] = omar.get("/requests")["items"]
    assert maya.refused(f"{path}/cancel") == (409, "not_asker")
    assert omar.refused(f"/requests/{own['reference']}/decline") == (409, "not_asked")
    assert omar.refused(f"/requests/{own['reference']}/pay", {"account": wanted["account"]}, key="a") == (
        409,
        "not_asked",
    )
    done = maya.done(f"{path}/decline")
    assert (done["status"], done["closed_at"] is not None) == ("declined", True)
    assert maya.done(f"{path}/decline") == done
    assert omar.get(f"/requests/{own['reference']}")["status"] == "declined"
    assert omar.refused(f"/requests/{own['reference']}/cancel") == (409, "request_answered")
    assert maya.refused(*paying(asked, here), key="pay") == (409, "request_answered")
    second = omar.done("/requests", wanted, key="second")
    assert omar.done(f"/requests/{second['reference']}/cancel")["status"] == "cancelled"
    assert {one["status"] for one in maya.get("/requests", state="answered")["items"]} == {"declined", "cancelled"}


def test_a_pin_is_asked_as_for_any_payment(maya, asked, here):
    act(maya, pins.set_pin, account=here.id, pin="2468", threshold=Decimal("5.00"))
    path, body = paying(asked, here)
    assert maya.refused(path, body, key="pay") == (409, "pin_needed")
    assert maya.refused(path, body | {"pin": "1357"}, key="pay") == (409, "wrong_pin")
    maya.done(path, body | {"pin": "2468"}, key="pay")
    assert maya.get(f"/requests/{asked['reference']}")["status"] == "accepted"


def test_what_asks_for_a_payment_back_is_answered_by_its_refund(omar, maya, here, there):
    maya.done(
        "/payments", {"account": str(here.uuid), "number": there.number, "amount": "10.00", "currency": "EUR"}, key="a"
    )
    act(maya, service.settle, payment=act(maya, service.payments)[0].id)
    [sent] = maya.get("/payments")["items"]
    path = f"/payments/{sent['reference']}/ask-back"
    made = maya.post(path, {"amount": "4.00", "reason": "Too much"}, key="b")
    assert (made.json()["kind"], made.json()["about"], made.json()["message"]) == (
        "refund",
        sent["reference"],
        "Too much",
    )
    assert maya.post(path, {"amount": "4.00", "reason": "Too much"}, key="b").headers["idempotency-replayed"] == "true"
    [theirs] = omar.get("/requests")["items"]
    assert omar.refused(*paying(theirs, there), key="c") == (409, "asks_for_a_refund")
    omar.done(f"/payments/{theirs['about']}/refund", {"amount": theirs["rest"]}, key="c")
    assert omar.get(f"/requests/{theirs['reference']}")["status"] == "paid"
    assert maya.get(f"/accounts/{here.uuid}")["posted"] == "94.00"


REFUSED = [
    ({"amount": "-1.00"}, 422, "amount_not_positive"),
    ({"amount": 1}, 422, "bad_field"),
    ({"currency": "USD"}, 409, "currency_mismatch"),
    ({"number": "123"}, 422, "bad_account_number"),
    ({"number": "00000000000001"}, 404, "unknown_payee"),
    ({"number": None}, 422, "no_payee"),
    ({"contact": "7ZQ"}, 422, "no_payee"),
    ({"message": "x" * 141}, 422, "bad_field"),
    ({"account": "6f1e9a3e-0000-4000-8000-000000000000"}, 404, "unknown_account"),
    ({"colour": "red"}, 422, "unknown_field"),
    ({"owner": 1}, 403, "identity_lock"),
]


def test_each_refusal_has_its_code_and_asks_nobody(omar, maya, wanted, there):
    for change, status, code in REFUSED:
        assert omar.refused("/requests", wanted | change, key="ask") == (status, code), change
    assert omar.refused("/requests", wanted | {"number": there.number}, key="ask") == (409, "own_payee")
    bank = omar.open("5.00", name="Bank", custody="tracked")
    assert omar.refused("/requests", wanted | {"account": str(bank.uuid)}, key="ask") == (409, "not_held")
    assert omar.refused("/requests", wanted) == (400, "no_key")
    assert maya.get("/requests")["items"] == []
    for query in ({"state": "open"}, {"limit": "0"}, {"cursor": "nonsense"}):
        assert maya.browser.get("/api/v1/requests", params=query).status_code == 422, query


def test_few_numbers_may_be_tried_and_a_contacts_is_none(omar, wanted, here):
    act(omar, contacts.add, number=here.number, name="Maya")
    [contact] = omar.get("/contacts")["items"]
    to = {name: value for name, value in wanted.items() if name != "number"} | {"contact": contact["reference"]}
    made = omar.done("/requests", to, key="ask")
    assert made["name"] == "Maya"
    answers = [omar.post("/requests", wanted | {"number": "00000000000001"}, key="no") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {404, 429}
    assert omar.done("/requests", wanted, key="ask")["reference"] == made["reference"]


def test_all_requests_are_walked_page_by_page(omar, wanted):
    for size in range(1, 4):
        made = omar.done("/requests", wanted | {"amount": f"{size}.00"}, key=f"k{size}")
        omar.done(f"/requests/{made['reference']}/cancel")
    walked, cursor = [], ""
    while cursor is not None:
        page = omar.get("/requests", limit=2, cursor=cursor)
        walked += [one["amount"] for one in page["items"]]
        cursor = page["next"]
    assert walked == ["3.00", "2.00", "1.00"]


def test_a_request_paid_three_times_at_once_is_paid_once(maya, asked, here):
    path, body = paying(asked, here)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda n: maya.post(path, body | {"confirm_equal": True}, key=f"k{n}"), range(3)))
    assert [answer.status_code for answer in answers].count(201) == 1
    assert all(answer.status_code in {201, 409, 503} for answer in answers)
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "90.00"
