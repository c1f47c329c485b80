"""What a transaction means, said anew over the API."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fintwin.db.work import perform
from fintwin.ledger import pending
from fintwin.ledger.posting import Kind


@pytest.fixture
def named(maya):
    """References of categories by name."""
    return {one["name"]: one["reference"] for one in maya.get("/categories")["items"]}


@pytest.fixture
def here(maya):
    return maya.open("100.00")


@pytest.fixture
def shop(maya, here):
    """A payment of 25.00 at a shop."""
    body = {"account": str(here.uuid), "amount": "25.00", "currency": "EUR", "payee": "Shop", "note": "cash"}
    return f"/transactions/{maya.done('/transactions/withdrawal', body, key='shop')['reference']}"


def patch(caller, path, body):
    return caller.browser.patch(f"/api/v1{path}", json=body)


def said(caller, path, body):
    answer = patch(caller, path, body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == caller.get(path)
    return answer.json()


def test_what_is_named_changes_and_the_rest_stays(maya, shop, named):
    before = maya.get(shop)
    seen = said(maya, shop, {"payee": "Corner shop", "category": named["Groceries"]})
    assert (seen["payee"], seen["category"]["name"], seen["note"]) == ("Corner shop", "Groceries", "cash")
    seen = said(maya, shop, {"note": None, "tags": ["work", "#Trip", "WORK"]})
    assert (seen["payee"], seen["category"]["name"], seen["note"]) == ("Corner shop", "Groceries", None)
    assert seen["tags"] == ["Trip", "work"]
    seen = said(maya, shop, {"category": None, "tags": None, "payee": ""})
    assert (seen["payee"], seen["category"], seen["tags"]) == (None, None, [])
    same = ("amount", "booked", "description", "postings", "from", "stage", "created_at")
    assert [seen[name] for name in same] == [before[name] for name in same]


def test_earlier_words_are_kept_and_nothing_said_is_nothing_kept(maya, shop, named):
    assert said(maya, shop, {})["changes"] == []
    said(maya, shop, {"payee": "Baker", "category": named["Groceries"], "tags": ["work"]})
    said(maya, shop, {"payee": "Butcher"})
    changes = said(maya, shop, {"payee": "Butcher", "category": named["Groceries"], "tags": ["work"]})["changes"]
    told = {(one["what"], one["before"], one["after"], one["by"]) for one in changes}
    assert told == {
        ("payee", "Baker", "Butcher", "You"),
        ("payee", "Shop", "Baker", "You"),
        ("category", None, "Groceries", "You"),
        ("tags", None, "work", "You"),
    }
    assert len(changes) == len(told)


def test_a_payment_is_spread_over_categories_and_joined_again(maya, shop, named):
    parts = [
        {"category": named["Groceries"], "amount": "5.00", "note": "milk"},
        {"category": named["Gifts and donations"]},
    ]
    seen = said(maya, shop, {"parts": parts})
    assert [(one["category"]["name"], one["amount"], one["note"]) for one in seen["parts"]] == [
        ("Groceries", "5.00", "milk"),
        ("Gifts and donations", "20.00", None),
    ]
    assert seen["category"]["name"] == "Gifts and donations"
    assert said(maya, shop, {"note": "both"})["parts"] == seen["parts"]
    assert said(maya, shop, {"parts": []})["category"]["name"] == "Gifts and donations"
    said(maya, shop, {"parts": parts})
    seen = said(maya, shop, {"category": named["Groceries"]})
    assert (seen["parts"], seen["category"]["name"]) == ([], "Groceries")
    assert {"split", "category"} <= {one["what"] for one in seen["changes"]}


REFUSED = [
    ({"payee": "x" * 141}, 422, "too_long", "payee"),
    ({"payee": 1}, 422, "bad_field", "payee"),
    ({"note": "x" * 501}, 422, "bad_field", "note"),
    ({"category": "7Z4Q"}, 422, "bad_reference", "category"),
    ({"category": {}}, 422, "bad_field", "category"),
    ({"tags": ["a", "b,c"]}, 422, "bad_name", "tags"),
    ({"tags": ["x" * 41]}, 422, "too_long", "tags"),
    ({"tags": [str(n) for n in range(21)]}, 422, "bad_field", "tags"),
    ({"tags": "work"}, 422, "bad_field", "tags"),
    ({"tags": [1]}, 422, "bad_field", "tags.0"),
    ({"parts": [{"amount": "1.00"}]}, 422, "bad_field", "parts.0.category"),
    ({"parts": [{"category": "7Z*", "amount": "1.00"}]}, 422, "bad_reference", "parts.0"),
    ({"amount": "1.00"}, 422, "unknown_field", "amount"),
    ({"description": "x"}, 422, "unknown_field", "description"),
]


def test_each_refusal_has_its_code_and_changes_nothing(maya, shop, named):
    before = maya.get(shop)
    one = named["Groceries"]
    more = [
        ({"parts": [{"category": one, "amount": "24.99"}]}, 422, "parts_do_not_sum", "parts.0"),
        ({"parts": [{"category": one, "amount": "25.01"}, {"category": one}]}, 422, "parts_do_not_sum", "parts.1"),
        ({"parts": [{"category": one, "amount": "0"}, {"category": one}]}, 422, "amount_not_positive", "parts.0"),
        ({"parts": [{"category": one}] * 21}, 422, "bad_field", "parts"),
        ({"category": one, "parts": [{"category": one}]}, 422, "category_or_parts", "parts"),
        # All or nothing: the payee is not changed either.
        ({"payee": "Baker", "tags": ["a,b"]}, 422, "bad_name", "tags"),
    ]
    for body, status, code, field in [*REFUSED, *more]:
        answer = patch(maya, shop, body)
        found = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, found["code"], found["field"]) == (status, code, field), body
    for body in ({"owner": 1}, {"parts": [{"category": one, "user": "x"}]}):
        assert patch(maya, shop, body).json()["code"] == "identity_lock"
    assert maya.get(shop) == before


def test_another_persons_meaning_and_categories_are_not_there(maya, omar, shop, named):
    theirs = omar.get("/categories")["items"][0]["reference"]
    before = maya.get(shop)
    for body in ({}, {"note": "mine"}, {"tags": ["x"]}, {"parts": []}):
        assert (patch(omar, shop, body).status_code, patch(omar, shop, body).json()["code"]) == (
            404,
            "unknown_transaction",
        )
    for body in (
        {"category": theirs},
        {"parts": [{"category": named["Groceries"], "amount": "1.00"}, {"category": theirs}]},
    ):
        answer = patch(maya, shop, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_category")
    assert maya.get(shop) == before


def test_what_is_pending_has_a_meaning_but_no_parts(maya, here, named):
    held = perform(
        maya.who.person,
        lambda session: pending.hold(session, maya.who, kind=Kind.WITHDRAWAL, account=here.id, amount="3", key="a"),
    )
    path = f"/transactions/{held.reference}"
    seen = said(maya, path, {"payee": "Inn", "category": named["Groceries"], "tags": ["trip"]})
    assert (seen["status"], seen["payee"], seen["tags"]) == ("pending", "Inn", ["trip"])
    answer = patch(maya, path, {"parts": [{"category": named["Groceries"]}]})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "no_parts", "parts")


def test_many_who_say_something_at_once_lose_no_word(maya, shop):
    bodies = [{"note": "said"}, {"payee": "Said"}, {"tags": ["said"]}]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda body: patch(maya, shop, body), bodies))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    seen = maya.get(shop)
    assert (seen["note"], seen["payee"], seen["tags"]) == ("said", "Said", ["said"])
