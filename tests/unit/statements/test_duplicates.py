from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from fintwin.statements.duplicates import Known, duplicates, same_by_hand

DAY = date(2026, 11, 20)


def known(id, *, day=DAY, amount="-8.70", reference="", source="csv", words="Bakery Sol"):
    return Known(id, day, D(amount), reference, source, words)


def test_the_same_reference_and_amount_is_a_duplicate_even_when_the_day_moved():
    assert duplicates(
        [known(1, reference="A", source="ofx")],
        [known(9, reference="A", source="ofx", day=DAY - timedelta(days=1), words="other")],
    ) == {1: 9}


def test_a_reference_used_again_next_month_is_another_payment():
    earlier = known(9, reference="1", source="ofx", day=DAY - timedelta(days=30))
    assert duplicates([known(1, reference="1", source="ofx")], [earlier]) == {}


def test_twins_of_a_day_survive():
    assert duplicates([known(1), known(2)], [known(9)]) == {1: 9}
    assert duplicates([known(1), known(2)], [known(8), known(9)]) == {1: 8, 2: 9}


def test_the_best_words_are_matched_first():
    booked = [known(8, words="Bakery Sol"), known(9, words="Kiosk am Ring")]
    assert duplicates([known(1, words="kiosk ring"), known(2, words="bakery")], booked) == {1: 9, 2: 8}


def test_different_references_of_one_format_are_two_payments():
    assert duplicates([known(1, reference="B", source="ofx")], [known(9, reference="A", source="ofx")]) == {}


def test_the_same_file_in_another_format_adds_nothing():
    assert duplicates([known(1, reference="FIT1", source="ofx")], [known(9)]) == {1: 9}
    assert duplicates([known(1, reference="FIT1", source="ofx")], [known(9, reference="7", source="csv")]) == {1: 9}


def test_rows_entered_by_hand_are_the_same_within_four_days():
    assert same_by_hand([known(1)], [known(9, day=DAY - timedelta(days=4), source="")]) == {1: 9}
    assert same_by_hand([known(1)], [known(9, day=DAY - timedelta(days=5), source="")]) == {}
    near, far = known(8, day=DAY - timedelta(days=1)), known(9, day=DAY + timedelta(days=3))
    assert same_by_hand([known(1, words="")], [far, near]) == {1: 8} or same_by_hand([known(1)], [far, near]) == {1: 8}


rows = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["-1.00", "-2.00", "3.00"]),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from("xyz"),
    ),
    max_size=25,
)


def made(items, source="csv"):
    return [
        known(i, day=DAY + timedelta(days=d), amount=a, reference=r and f"{r}{i}", source=source, words=w)
        for i, (d, a, r, w) in enumerate(items)
    ]


@given(rows)
def test_the_same_rows_again_add_none(items):
    assert set(duplicates(made(items), made(items))) == set(range(len(items)))


@given(rows)
def test_the_same_rows_in_another_format_add_none(items):
    bare = [Known(k.id, k.booked, k.amount, "", "csv", k.words) for k in made(items)]
    assert set(duplicates(made(items, "ofx"), bare)) == set(range(len(items)))


@given(rows, st.integers(0, 25))
def test_an_overlapping_file_adds_only_the_new_ones(items, held):
    everything = made(items)
    assert set(duplicates(everything, everything[:held])) == {one.id for one in everything[:held]}


@given(rows, rows)
def test_each_booked_movement_is_used_once(here, there):
    pairs = duplicates(made(here), made(there, "ofx"))
    assert len(set(pairs.values())) == len(pairs)


def test_a_hundred_thousand_equal_rows_end_soon():
    many = [known(i) for i in range(100_000)]
    assert len(duplicates(many, many)) == 100_000
