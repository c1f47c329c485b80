"""Paying people over the API."""

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
    return {"account": str(here.uuid), "number": there.number, "amount": "10.00", "currency": "EUR"}


def act(caller, call, **named):
    return perform(caller.who.person, lambda session: call(session, caller.who, **named))


def settled(caller, shown):
    number = act(caller, service.payments)[0].id
    act(caller, service.settle, payment=number)
    return caller.get(f"/payments/{shown['reference']}")


def test_a_payment_is_made_once_followed_and_arrives(maya, omar, wanted, here, there):
    first = maya.post("/payments", wanted | {"description": "Lunch", "note": "mine"}, key="a")
    assert first.status_code == 201
    made = first.json()
    assert (made["side"], made["status"], made["outside"], made["cancellable"]) == (
        "out",
        "initiated",
        "processing",
        True,
    )
    assert (made["account"], made["number"], made["amount"]) == (str(here.uuid), there.number, "10.00")
    assert [(one["what"], one["state"]) for one in made["steps"]] == [
        ("started", "done"),
        ("sending", "now"),
        ("arrived", "todo"),
    ]
    again = maya.post("/payments", wanted | {"description": "Lunch", "note": "mine"}, key="a")
    assert (again.status_code, again.headers["idempotency-replayed"], again.json()) == (201, "true", made)
    assert maya.refused("/payments", wanted | {"amount": "11.00"}, key="a") == (422, "key_reused")
    assert maya.refused("/payments", wanted) == (400, "no_key")
    assert omar.get("/payments")["items"] == []
    done = settled(maya, made)
    assert (done["status"], done["outside"], done["cancellable"]) == ("completed", "success", False)
    assert [one["what"] for one in done["steps"]] == ["started", "sent", "arrived"]
    [theirs] = omar.get("/payments")["items"]
    assert (theirs["side"], theirs["amount"], theirs["description"], theirs["number"]) == ("in", "10.00", "Lunch", None)
    assert "Lind" not in theirs["name"]
    assert maya.get(f"/transactions/{done['transaction']}")["amount"] == "-10.00"
    assert omar.get(f"/transactions/{theirs['transaction']}")["note"] is None
    assert (maya.get(f"/accounts/{here.uuid}")["posted"], omar.get(f"/accounts/{there.uuid}")["posted"]) == (
        "90.00",
        "10.00",
    )


def test_an_equal_payment_asks_once_more(maya, wanted):
    maya.done("/payments", wanted, key="a")
    assert maya.refused("/payments", wanted, key="b") == (409, "equal_payment")
    maya.done("/payments", wanted | {"confirm_equal": True}, key="b")
    assert len(maya.get("/payments")["items"]) == 2


def test_a_payment_is_called_off_while_it_is_sent(maya, omar, wanted, here):
    made = maya.done("/payments", wanted, key="a")
    path = f"/payments/{made['reference']}/cancel"
    assert omar.refused(path) == (404, "unknown_payment")
    off = maya.done(path)
    assert (off["status"], off["outside"], off["reason"]) == ("failed", "failed", "cancelled")
    assert [one["what"] for one in off["steps"]] == ["started", "cancelled"]
    assert maya.done(path) == off
    [failed] = maya.get("/transactions", status="failed")["items"]
    assert (failed["reference"], failed["amount"]) == (made["transaction"], "-10.00")
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "100.00"
    sent = settled(maya, maya.done("/payments", wanted, key="b"))
    assert maya.refused(f"/payments/{sent['reference']}/cancel") == (409, "too_late")


def test_a_pin_is_asked_above_its_amount_and_wrong_ones_are_counted(maya, wanted, here):
    act(maya, contacts.add, number=wanted["number"], name="Omar")
    act(maya, pins.set_pin, account=here.id, pin="2468", threshold=Decimal("5.00"))
    assert maya.done("/payments/preview", wanted)["pin"]
    assert maya.refused("/payments", wanted, key="a") == (409, "pin_needed")
    assert maya.refused("/payments", wanted | {"pin": "1357"}, key="a") == (409, "wrong_pin")
    made = maya.done("/payments", wanted | {"pin": "2468"}, key="a")
    assert maya.done("/payments", wanted, key="a") == made
    maya.done("/payments", wanted | {"amount": "5.00"}, key="b")
    for _ in range(4):
        assert maya.refused("/payments", wanted | {"amount": "6.00", "pin": "1"}, key="c") == (409, "wrong_pin")
    assert maya.refused("/payments", wanted | {"amount": "6.00", "pin": "1"}, key="c") == (409, "pin_locked")
    assert maya.refused("/payments", wanted | {"amount": "6.00", "pin": "2468"}, key="c") == (409, "pin_locked")
    assert len(maya.get("/payments")["items"]) == 2


def test_a_contact_is_paid_by_their_reference(maya, omar, wanted, there):
    act(maya, contacts.add, number=there.number, name="Omar")
    [contact] = maya.get("/contacts")["items"]
    to = {name: value for name, value in wanted.items() if name != "number"} | {"contact": contact["reference"]}
    made = maya.done("/payments", to, key="a")
    assert (made["number"], made["name"]) == (there.number, "Omar")
    assert maya.refused("/payments", to | {"number": there.number}, key="b") == (422, "no_payee")
    assert maya.refused("/payments", to | {"contact": None}, key="b") == (422, "no_payee")
    assert omar.refused("/payments", to, key="b")[0] == 404
    theirs = omar.open("50.00", name="Pay")
    assert omar.refused("/payments", to | {"account": str(theirs.uuid)}, key="b") == (404, "unknown_contact")


def test_few_numbers_may_be_tried(maya, wanted):
    answers = [maya.post("/payments/preview", wanted | {"number": "00000000000001"}) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {404, 429}
    assert answers[-1].json()["field"] == "number"


REFUSED = [
    ({"amount": "100.01"}, 409, "not_enough_funds"),
    ({"amount": "-10.00"}, 422, "amount_not_positive"),
    ({"amount": 10}, 422, "bad_field"),
    ({"currency": "USD"}, 409, "currency_mismatch"),
    ({"number": "123"}, 422, "bad_account_number"),
    ({"number": "00000000000001"}, 404, "unknown_payee"),
    ({"number": ["x"]}, 422, "bad_field"),
    ({"description": "x" * 141}, 422, "bad_field"),
    ({"pin": "1234567890123"}, 422, "bad_field"),
    ({"confirm_equal": "perhaps"}, 422, "bad_field"),
    ({"person_id": 1}, 403, "identity_lock"),
    ({"sends_in": 0}, 422, "unknown_field"),
    ({"approval": {}}, 422, "unknown_field"),
]


def test_each_refusal_has_its_code_and_nothing_is_paid(maya, wanted, here):
    for change, status, code in REFUSED:
        assert maya.refused("/payments", wanted | change, key="a") == (status, code), change
    assert maya.get("/payments")["items"] == []
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "100.00"


def test_one_cannot_pay_from_anothers_account_or_oneself(maya, omar, wanted, there, here):
    assert omar.refused("/payments", wanted, key="a") == (404, "unknown_account")
    assert maya.refused("/payments", wanted | {"number": here.number}, key="a") == (409, "own_payee")
    assert maya.refused("/payments/preview", wanted | {"number": here.number}) == (409, "own_payee")


def test_a_preview_books_nothing(maya, wanted, here):
    found = maya.done("/payments/preview", wanted)
    assert (found["fee"], found["left"], found["pin"], found["amount"]) == ("0.00", "90.00", False, "10.00")
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "100.00"


def test_what_was_received_is_given_back_in_parts(maya, omar, wanted, here):
    sent = settled(maya, maya.done("/payments", wanted, key="a"))
    [got] = omar.get("/payments")["items"]
    path = f"/payments/{got['reference']}/refund"
    assert maya.refused(path, {}, key="r") == (404, "unknown_payment")
    assert maya.refused(f"/payments/{sent['reference']}/refund", {}, key="r") == (409, "not_refundable")
    part = omar.done(path, {"amount": "4.00", "reason": "too much"}, key="r")
    assert (part["refunded"], part["rest"], part["status"]) == ("4.00", "6.00", "completed")
    assert omar.done(path, {"amount": "4.00", "reason": "too much"}, key="r") == part
    assert omar.refused(path, {"amount": "5.00", "reason": "too much"}, key="r") == (422, "key_reused")
    assert omar.refused(path, {"amount": "6.01"}, key="s") == (409, "more_than_the_rest")
    assert omar.refused(path, {}) == (400, "no_key")
    whole = omar.done(path, {}, key="s")
    assert (whole["status"], whole["rest"]) == ("reversed", "0.00")
    assert omar.done(path, {}, key="s") == whole
    assert maya.get(f"/payments/{sent['reference']}")["steps"][-1]["what"] == "given_back"
    assert maya.get(f"/accounts/{here.uuid}")["posted"] == "100.00"


def test_a_refund_that_is_repeated_asks_for_no_pin(maya, omar, wanted, there):
    settled(maya, maya.done("/payments", wanted, key="a"))
    act(omar, pins.set_pin, account=there.id, pin="2468", threshold=Decimal("3.00"))
    [got] = omar.get("/payments")["items"]
    path, part = f"/payments/{got['reference']}/refund", {"amount": "4.00"}
    assert omar.refused(path, part, key="r") == (409, "pin_needed")
    assert omar.refused(path, part | {"pin": "1357"}, key="r") == (409, "wrong_pin")
    first = omar.post(path, part | {"pin": "2468"}, key="r")
    assert "idempotency-replayed" not in first.headers
    # More wrong ones than lock it: of what was given back none is tried.
    for pin in ("", "2468", *("1357",) * 6):
        again = omar.post(path, part | {"pin": pin}, key="r")
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        for body in ({"amount": "5.00"}, {}, {"amount": "4.00", "reason": "other"}):
            assert omar.refused(path, body | {"pin": pin}, key="r") == (422, "key_reused")
    assert omar.refused(path, part, key="s") == (409, "pin_needed")
    assert omar.done(path, part | {"pin": "2468"}, key="s")["rest"] == "2.00"
    assert omar.get(f"/accounts/{there.uuid}")["posted"] == "2.00"


def test_what_was_sent_is_asked_back(maya, omar, wanted):
    sent = settled(maya, maya.done("/payments", wanted, key="a"))
    path = f"/payments/{sent['reference']}/ask-back"
    asked = maya.done(path, {"amount": "4.00", "reason": "too much"}, key="b")
    assert (asked["status"], asked["amount"]) == ("open", "4.00")
    assert maya.done(path, {"amount": "4.00", "reason": "too much"}, key="b") == asked
    assert omar.refused(path, {}, key="c") == (404, "unknown_payment")


def test_money_from_a_bank_tops_an_account_up(maya, here):
    bank = maya.open("500.00", name="Bank", custody="tracked")
    body = {"source": str(bank.uuid), "account": str(here.uuid), "amount": "50.00", "currency": "EUR"}
    made = maya.done("/payments/top-up", body, key="a")
    assert (made["type"], made["status"]) == ("topup", "completed")
    assert maya.post("/payments/top-up", body, key="a").headers["idempotency-replayed"] == "true"
    assert maya.refused("/payments/top-up", body | {"source": str(here.uuid)}, key="b") == (409, "not_tracked")
    assert maya.get(f"/accounts/{here.uuid}")["posted"] == "150.00"


def test_all_payments_are_walked_page_by_page(maya, wanted):
    for size in range(1, 6):
        maya.done("/payments", wanted | {"amount": f"{size}.00"}, key=f"k{size}")
    walked, cursor = [], ""
    while cursor is not None:
        page = maya.get("/payments", limit=2, cursor=cursor)
        walked += [one["amount"] for one in page["items"]]
        cursor = page["next"]
    assert walked == ["5.00", "4.00", "3.00", "2.00", "1.00"]


def test_one_key_sent_three_times_at_once_pays_once(maya, wanted, here):
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: maya.post("/payments", wanted, key="a"), range(3)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert made
    assert len({answer.json()["reference"] for answer in made}) == 1
    assert all(answer.status_code in {201, 409, 503} for answer in answers)
    assert maya.get(f"/accounts/{here.uuid}")["available"] == "90.00"
