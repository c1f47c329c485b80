"""What is typed into the search box is read as meant, and never lost."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.ledger.search_words import (
    DAYS,
    MOST_TERMS,
    NAMED,
    RELATIVE,
    STATES,
    THINGS,
    TURNED,
    Term,
    bounds,
    days,
    parse,
    without,
)

words = (
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters='"'), min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
sizes = st.decimals(0, 10**6, places=2).map(lambda size: format(size.normalize(), "f"))
terms = st.one_of(
    st.builds(Term, st.just(""), words, st.booleans()),
    st.builds(Term, st.sampled_from(NAMED), words, st.booleans()),
    st.builds(Term, st.just("has"), st.sampled_from(THINGS), st.booleans()),
    st.builds(Term, st.just("is"), st.sampled_from(STATES)),
    st.builds(Term, st.just("is"), st.sampled_from(TURNED), st.just(True)),
    st.builds(Term, st.sampled_from(DAYS), st.sampled_from(RELATIVE) | st.dates(date(1950, 1, 1)).map(str)).filter(
        lambda term: not term.value[0].isdigit() or term.value < "2200"
    ),
    st.builds(Term, st.just("amount"), sizes, st.just(False), st.sampled_from([":", ">", ">=", "<", "<="])),
    st.builds(lambda low, more: Term("amount", f"{low}..{format(D(low) + D(more), 'f')}"), sizes, st.integers(1, 99)),
)


def written(some):
    return " ".join(map(str, some))


@given(st.lists(terms, max_size=4))
def test_what_terms_say_is_read_back(some):
    found = parse(written(some))
    assert found.terms == tuple(some)
    assert not found.faults


@given(st.text(max_size=300))
def test_anything_is_read_or_refused_with_a_sentence(anything):
    try:
        found = parse(anything)
    except Invalid:
        return
    assert parse(written(found.terms)).terms == found.terms
    for term in found.terms:
        if term.name in DAYS:
            first, last = days(term.value, today=date(2026, 11, 25))
            assert first <= last
        if term.name == "amount":
            low, high = bounds(term)
            assert low is None or high is None or low <= high


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("rewe berlin", (Term("", "rewe"), Term("", "berlin"))),
        ('"rewe berlin" -lidl', (Term("", "rewe berlin"), Term("", "lidl", True))),
        ("amount>100", (Term("amount", "100", sign=">"),)),
        ("amount:20..50 amount<=7,50", (Term("amount", "20..50"), Term("amount", "7.5", sign="<="))),
        ('category:"Eating out" -Category:rent', (Term("category", "Eating out"), Term("category", "rent", True))),
        ("is:uncategorized HAS:Note", (Term("is", "uncategorised"), Term("has", "note"))),
        ("https://shop.example", (Term("", "https://shop.example"),)),
        ('"amount>100"', (Term("", "amount>100"),)),
    ],
)
def test_reads(typed, read):
    assert parse(typed).terms == read


@pytest.mark.parametrize(
    ("typed", "part", "sentence"),
    [
        ("amount>lots rewe", "amount>lots", "is no amount"),
        ("amount>1,000", "amount>1,000", "separators of thousands"),
        ("amount:50..20", "amount:50..20", "below the smallest"),
        ("after:2026-13", "after:2026-13", "is no day"),
        ("is:nice", "is:nice", "uncategorised"),
        ("category:", "category:", "Write something after"),
        ("category>3", "category>3", "only amounts"),
        ("-after:2026", "-after:2026", "turned round"),
    ],
)
def test_says_what_it_does_not_understand(typed, part, sentence):
    [fault] = parse(typed).faults
    assert fault.part == part
    assert sentence in fault.sentence


def test_a_misspelt_operator_is_looked_for_with_a_hint():
    found = parse("catgory:food")
    assert found.terms == (Term("", "catgory:food"),)
    assert "category:" in found.hints[0]


def test_a_part_goes_and_what_was_not_understood_stays():
    typed = "rewe amount>lots after:2026"
    assert without(typed, Term("", "rewe")) == "after:2026 amount>lots"
    assert without(typed, parse(typed).faults[0]) == "rewe after:2026"


def test_too_many_parts_are_refused():
    with pytest.raises(Invalid):
        parse("a " * (MOST_TERMS + 1))


def test_days_and_amounts_mean():
    now = date(2026, 3, 15)
    assert days("2026-02", today=now) == (date(2026, 2, 1), date(2026, 2, 28))
    assert days("last-month", today=now) == (date(2026, 2, 1), date(2026, 2, 28))
    assert days("2025", today=now) == (date(2025, 1, 1), date(2025, 12, 31))
    assert bounds(Term("amount", "100", sign=">")) == (D("100.0001"), None)
    assert bounds(Term("amount", "0", sign="<")) == (None, D(0))
    assert bounds(Term("amount", "20..")) == (D(20), None)


def test_what_is_not_booked_goes_by_the_words_that_people_use():
    said = ("pending", "failed", "cancelled", "canceled", "expired", "lapsed")
    found = [parse(f"is:{word}").terms[0].value for word in said]
    assert found == ["pending", "failed", "failed", "failed", "expired", "expired"]
    assert "cannot be turned round" in parse("-is:pending").faults[0].sentence
