"""Items as values: what a key, a fingerprint and a refusal are."""

import re
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Busy, Invalid
from fintwin.kernel.money import currency
from fintwin.ledger import export, posting
from fintwin.ledger.posting import Item, Kind

EUR, JPY, KWD = currency("EUR"), currency("JPY"), currency("KWD")
DAY = date(2026, 3, 2)
KNOWN_PRINT = 6175014219521974181
"""What the first release said of ITEM; keys in people's books still compare with it."""
ITEM = Item(Kind.OWN_TRANSFER, D("10.00"), "EUR", DAY, giving=1, taking=2, key="k")


def test_every_refusal_of_the_doors_has_a_code_of_its_own():
    doors = "".join(
        Path(f"alembic/sql/{name}.sql").read_text()
        for name in ("0004_posting", "0010_posting", "0010_lifecycle", "0024_doors")
    )
    states = set(re.findall(r"'(LG0\d\d)'", doors))
    errors = {state: posting.refusal(state) for state in states}
    assert None not in errors.values()
    assert len({error.code for error in errors.values()}) == len(states)
    assert all(re.fullmatch(r"[a-z_]+", error.code) and error.sentence.endswith(".") for error in errors.values())


def test_a_passing_fault_is_no_refusal_of_the_books():
    assert isinstance(posting.refusal("40001"), Busy)
    assert posting.refusal("23505") is None


def test_what_post_leaves_to_its_columns_has_words_too():
    assert {state: posting.refusal(state).code for state in ("22001", "22003")} == {
        "22001": "text_too_long",
        "22003": "amount_too_large",
    }


def test_the_fingerprint_ignores_the_key_and_how_an_amount_is_written():
    assert posting.fingerprint(replace(ITEM, key="other")) == posting.fingerprint(ITEM)
    assert posting.fingerprint(replace(ITEM, amount=D("10.0000"))) == posting.fingerprint(ITEM)
    assert posting.fingerprint(replace(ITEM, amount=D("1E+1"))) == posting.fingerprint(ITEM)
    assert -(2**63) <= posting.fingerprint(ITEM) < 2**63


def test_the_fingerprint_sees_every_other_field():
    other = {
        "kind": Kind.DEPOSIT,
        "amount": D("10.01"),
        "currency": "USD",
        "booked": date(2026, 3, 3),
        "giving": 3,
        "taking": 3,
        "valued": DAY,
        "description": "x",
        "external_reference": "x",
        "payee": "x",
        "category": 1,
        "note": "x",
        "number": "1",
        "got": D(1),
        "pending": True,
    }
    assert {field.name for field in fields(Item)} - {"key", "related"} == set(other)
    prints = {posting.fingerprint(replace(ITEM, **{name: value})) for name, value in other.items()}
    assert len(prints | {posting.fingerprint(ITEM)}) == len(other) + 1
    assert posting.fingerprint(ITEM, number="1") == posting.fingerprint(replace(ITEM, number="1"))
    whole = posting.reversal(of=1)
    assert posting.fingerprint(whole) != posting.fingerprint(posting.reversal(of=2))
    assert posting.fingerprint(whole) != posting.fingerprint(replace(whole, amount=D(1), booked=DAY))


def test_a_fingerprint_outlives_new_fields():
    assert posting.fingerprint(ITEM) == KNOWN_PRINT


@pytest.mark.parametrize("status", list(posting.Status))
def test_every_status_has_an_outside_view(status):
    outward = posting.outside(status)
    assert (outward is posting.Outside.SUCCESS) == (status in {2, 3, 6})
    assert (outward is posting.Outside.FAILED) == (status in {4, 5})
    assert posting.outside(posting.Status.PENDING, under_way=True) is posting.Outside.PROCESSING


@given(st.decimals(min_value=D("0.01"), max_value=D(10**9), places=2), st.booleans())
def test_a_movement_gives_or_takes_by_its_sign(size, out):
    item = posting.movement(account=7, amount=-size if out else size, currency=EUR, booked=DAY)
    assert (item.kind, item.giving, item.taking, item.amount) == (
        (Kind.WITHDRAWAL, 7, None, size) if out else (Kind.DEPOSIT, None, 7, size)
    )


@pytest.mark.parametrize(
    ("amount", "of", "code"),
    [
        ("0", EUR, "amount_not_positive"),
        ("NaN", EUR, "amount_not_finite"),
        ("-Infinity", EUR, "amount_not_finite"),
        ("1.001", EUR, "amount_decimals"),
        ("1.5", JPY, "amount_decimals"),
        ("1.0001", KWD, "amount_decimals"),
        ("10000000000000000", EUR, "amount_too_large"),
    ],
)
def test_a_movement_of_nothing_or_of_no_amount_is_refused(amount, of, code):
    with pytest.raises(Invalid) as caught:
        posting.movement(account=7, amount=D(amount), currency=of, booked=DAY)
    assert caught.value.code == code


def test_an_amount_may_have_the_decimals_of_its_currency():
    assert posting.movement(account=7, amount=D("1.234"), currency=KWD, booked=DAY).amount == D("1.234")
    assert posting.movement(account=7, amount=D("5"), currency=JPY, booked=DAY).amount == 5


@given(st.text(max_size=50))
def test_kept_text_is_printable_and_stays_as_it_is(raw):
    kept = posting.clean(raw, most=50, field="note")
    assert kept is None or (kept.isprintable() and kept.strip() == kept and "\x00" not in kept)
    assert posting.clean(kept, most=50, field="note") == kept


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula(raw):
    assert export.plain(raw)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}
    assert export.plain(raw).removeprefix("'") == raw.removeprefix("'") or export.plain(raw) == raw


def test_a_key_is_asked_for_and_bounded():
    for key, code in (("", "no_key"), ("x" * 201, "bad_key")):
        with pytest.raises(Invalid) as caught:
            posting.checked_key(key)
        assert caught.value.code == code
    assert posting.checked_key("a") != posting.checked_key("b")
