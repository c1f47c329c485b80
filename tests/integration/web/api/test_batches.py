"""Many movements in one call over the API: each on its own, or all of them or none."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintwin.db.work import perform
from fintwin.ledger import categories, pins, rules
from fintwin.ledger.rules import Rule
from fintwin.web.api import batches

PATH = "/transactions/batch"


@pytest.fixture
def here(maya):
    return maya.open("100.00")


@pytest.fixture
def there(maya):
    return maya.open("1.00", name="Savings")


def act(caller, call, **named):
    return perform(caller.who.person, lambda session: call(session, caller.who, **named))


def money(type_, account, amount, **more):
    return {"type": type_, "account": str(account.uuid), "amount": amount, "currency": "EUR", **more}


def moved(source, target, amount):
    return {"type": "transfer", "from": str(source.uuid), "to": str(target.uuid), "amount": amount, "currency": "EUR"}


def whole(*items, mode="whole"):
    return {"mode": mode, "items": list(items)}


def each(*items):
    return whole(*items, mode="each")


def posted(caller, account):
    return caller.get(f"/accounts/{account.uuid}")["posted"]


def test_each_is_accepted_or_refused_on_its_own(maya, here, there):
    made = maya.done(
        PATH,
        each(
            money("deposit", here, "20.00", payee="Acme", booked="2026-03-01"),
            money("withdrawal", here, "500.00"),
            money("withdrawal", here, "12.345"),
            moved(here, there, "30.00"),
            money("withdrawal", here, "5.00") | {"account": "6f1e9a3e-0000-4000-8000-000000000000"},
            money("deposit", here, "1.00", booked="3000-01-01"),
        ),
        key="a",
    )
    assert (made["booked"], made["refused"]) == (2, 4)
    told = [(one["problem"] or {}).get("code") for one in made["items"]]
    assert told == [None, "not_enough_funds", "amount_decimals", None, "unknown_account", "date_in_future"]
    assert [(one["problem"] or {}).get("item") for one in made["items"]] == [None, 1, 2, None, 4, 5]
    assert all(one["problem"]["detail"] and one["transaction"] is None for one in made["items"] if one["problem"])
    first = maya.get(f"/transactions/{made['items'][0]['transaction']}")
    assert (first["amount"], first["booked"], first["payee"]) == ("20.00", "2026-03-01", "Acme")
    assert (posted(maya, here), posted(maya, there)) == ("90.00", "31.00")


@pytest.mark.parametrize("refused", ["not_enough_funds", "amount_decimals"])
def test_the_first_refusal_refuses_all_by_choice_and_is_named(maya, here, there, refused):
    wrong = money("withdrawal", here, "500.00" if refused == "not_enough_funds" else "0.001")
    items = [money("deposit", here, "20.00"), moved(here, there, "30.00"), wrong, money("deposit", here, "1.00")]
    answer = maya.post(PATH, whole(*items), key="a")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["item"]) == (refused, 2)
    assert answer.status_code == {"not_enough_funds": 409, "amount_decimals": 422}[refused]
    assert (posted(maya, here), posted(maya, there)) == ("100.00", "1.00")
    made = maya.done(PATH, whole(*items[:2], items[3]), key="a")
    assert (made["booked"], made["refused"]) == (3, 0)
    assert (posted(maya, here), posted(maya, there)) == ("91.00", "31.00")


def test_an_item_above_its_accounts_amount_asks_for_the_pin(maya, here, there):
    act(maya, pins.set_pin, account=here.id, pin="2468", threshold=Decimal("5.00"))
    items = [moved(here, there, "5.00"), moved(here, there, "6.00"), moved(there, here, "6.00")]
    made = maya.done(PATH, each(*items), key="a")
    assert [(one["problem"] or {}).get("code") for one in made["items"]] == [None, "pin_needed", None]
    assert (made["items"][1]["problem"]["item"], made["items"][1]["problem"]["field"]) == (1, "pin")
    assert posted(maya, here) == "101.00"
    pinned = lambda pin, *items, mode="each": whole(*items, mode=mode) | {"pins": {str(here.uuid): pin}}  # noqa: E731
    assert maya.refused(PATH, pinned("1357", *items), key="a") == (409, "wrong_pin")
    made = maya.done(PATH, pinned("2468", *items), key="a")
    assert [one["replayed"] for one in made["items"]] == [True, False, True]
    assert posted(maya, here) == "95.00"
    for pin in ("2468", "1357"):  # nothing is asked of what was booked, so no PIN is tried either
        assert maya.done(PATH, pinned(pin, *items), key="a")["refused"] == 0
    assert maya.refused(PATH, whole(*items), key="b") == (409, "pin_needed")
    assert maya.done(PATH, pinned("2468", *items, mode="whole"), key="b")["booked"] == 3
    nobodys = whole(*items) | {"pins": {"6f1e9a3e-0000-4000-8000-000000000000": "2468"}}
    assert maya.refused(PATH, nobodys, key="c") == (404, "unknown_account")


def test_a_batch_sent_again_books_nothing_twice(maya, here, there):
    items = [money("deposit", here, "20.00", booked="2026-01-31"), moved(here, there, "30.00")]
    first = maya.post(PATH, whole(*items), key="a")
    assert "idempotency-replayed" not in first.headers
    # Without its day it is the same: where the first call booked it is where it stands.
    again = maya.post(PATH, whole(money("deposit", here, "20.00"), items[1]), key="a")
    assert again.headers["idempotency-replayed"] == "true"
    assert [one["transaction"] for one in again.json()["items"]] == [
        one["transaction"] for one in first.json()["items"]
    ]
    assert maya.refused(PATH, whole(money("deposit", here, "21.00"), items[1]), key="a") == (422, "key_reused")
    assert maya.refused(PATH, whole(*items, money("deposit", here, "1.00")), key="a") == (422, "key_reused")
    assert maya.refused(PATH, whole(*items)) == (400, "no_key")
    assert posted(maya, here) == "90.00"


def test_what_was_refused_is_tried_again_under_the_same_key(maya, here):
    items = [money("withdrawal", here, "60.00"), money("withdrawal", here, "60.00")]
    assert maya.done(PATH, each(*items), key="a")["booked"] == 1
    maya.done("/transactions/deposit", {"account": str(here.uuid), "amount": "50.00", "currency": "EUR"}, key="b")
    again = maya.post(PATH, each(*items), key="a")
    assert [one["replayed"] for one in again.json()["items"]] == [True, False]
    assert posted(maya, here) == "30.00"


def test_reversals_stand_beside_movements(maya, omar, here):
    [made] = maya.done(PATH, each(money("deposit", here, "20.00")), key="a")["items"]
    theirs = omar.open("10.00")
    [other] = omar.done(PATH, each(money("deposit", theirs, "5.00")), key="a")["items"]
    back = [{"type": "reversal", "transaction": one["transaction"], "reason": "twice"} for one in (made, other)]
    done = maya.done(PATH, each(*back, back[0], {"type": "reversal", "transaction": "7Z4Q"}), key="b")
    assert [(one["problem"] or {}).get("code") for one in done["items"]] == [
        None,
        "unknown_transaction",
        "already_reversed",
        "bad_reference",
    ]
    seen = maya.get(f"/transactions/{done['items'][0]['transaction']}")
    assert (seen["reverses"], posted(maya, here), posted(omar, theirs)) == (made["transaction"], "100.00", "15.00")
    answer = maya.post(PATH, whole(money("deposit", here, "1.00"), back[1]), key="c")
    assert (answer.status_code, answer.json()["code"], answer.json()["item"]) == (404, "unknown_transaction", 1)


def test_the_persons_rules_say_what_a_batch_leaves_open(maya, here):
    ids = {one.name: one.id for one in act(maya, categories.ensure)}
    act(maya, rules.keep, wanted=Rule(words="baker", category=ids["Groceries"]))
    items = [money("withdrawal", here, "1.00", payee="Baker"), money("withdrawal", here, "1.00", payee="Butcher")]
    made = maya.done(PATH, whole(*items), key="a")["items"]
    found = [maya.get(f"/transactions/{one['transaction']}")["category"] for one in made]
    assert [one and one["name"] for one in found] == ["Groceries", None]


WRONG = [
    ({"mode": "some"}, "mode", "bad_field"),
    ({"mode": None}, "mode", "bad_field"),
    ({"items": []}, "items", "bad_field"),
    ({"items": {}}, "items", "bad_field"),
    ({"items": [{"type": "payment"}]}, "items.0", "bad_field"),
    ({"items": [{"amount": "1"}]}, "items.0", "bad_field"),
    ({"items": [{"type": "deposit", "account": 1, "amount": "1", "currency": "EUR"}]}, "items.0.account", "bad_field"),
    ({"items": [{"type": "reversal", "transaction": "7ZQ", "colour": 1}]}, "items.0.colour", "unknown_field"),
    ({"colour": "red"}, "colour", "unknown_field"),
]


def test_what_is_no_batch_is_refused_as_a_whole(maya, here):
    fine = each(money("deposit", here, "1.00"))
    for change, field, code in WRONG:
        answer = maya.post(PATH, fine | change, key="a")
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code), change
    unread = maya.post(PATH, each(*fine["items"], money("deposit", here, "1e3")), key="a")
    assert (unread.json()["code"], unread.json()["field"]) == ("amount_unreadable", "items.1.amount")
    assert maya.refused(PATH, each(fine["items"][0] | {"owner": 1}), key="a") == (403, "identity_lock")
    too_many = maya.post(PATH, each(*fine["items"] * (batches.MOST + 1)), key="a")
    assert (too_many.status_code, too_many.json()["field"]) == (422, "items")
    assert maya.refused(PATH, each(*fine["items"] * 20_000), key="a") == (413, "too_large")
    assert maya.refused("/transactions/deposit", {"note": "x" * 20_000}, key="a") == (413, "too_large")
    assert posted(maya, here) == "100.00"


def test_a_full_batch_goes_through_in_one_call(maya, here):
    items = [money("deposit", here, "1.00", description="x" * 400)] * batches.MOST
    assert maya.done(PATH, whole(*items), key="a")["booked"] == batches.MOST
    assert posted(maya, here) == "1100.00"


def test_one_batch_sent_three_times_at_once_is_booked_once(maya, here, there):
    wanted = whole(money("deposit", here, "20.00"), moved(here, there, "30.00"))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: maya.post(PATH, wanted, key="a"), range(3)))
    made = [answer.json()["items"] for answer in answers if answer.status_code == 200]
    assert made
    assert len({tuple(one["transaction"] for one in items) for items in made}) == 1
    assert all(answer.status_code in {200, 409, 503} for answer in answers)
    assert posted(maya, here) == "90.00"


@settings(max_examples=8, deadline=None)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), name=st.uuids())
def test_each_takes_what_fits_and_whole_names_what_does_not(maya, sizes, name):
    """Withdrawals in turn from a hundred."""
    here = maya.open("100.00", name=str(name))
    items = [money("withdrawal", here, f"{size}.00") for size in sizes]
    left, fits = 100, []
    for size in sizes:
        fits.append(size <= left)
        left -= size if fits[-1] else 0
    answer = maya.post(PATH, whole(*items), key=f"{name}-whole")
    if not all(fits):
        assert (answer.json()["code"], answer.json()["item"]) == ("not_enough_funds", fits.index(False))
        assert posted(maya, here) == "100.00"
        done = maya.done(PATH, each(*items), key=f"{name}-each")
        assert [one["problem"] is None for one in done["items"]] == fits
    assert posted(maya, here) == f"{left}.00"
