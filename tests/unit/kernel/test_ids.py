from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import account_number, checked_account_number, from_reference, grouped, reference
from fintwin.kernel.pages import Cursor, cursor


@given(st.integers(0, 2**63 - 1))
def test_a_reference_names_its_transaction(number):
    assert from_reference(reference(number).lower()) == number


@given(st.integers(32, 2**40), st.data())
def test_one_wrong_symbol_is_found(number, data):
    text = reference(number)
    place = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.sampled_from([c for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if c != text[place]]))
    with pytest.raises(Invalid):
        from_reference(text[:place] + other + text[place + 1 :])


def test_account_numbers_are_checked():
    number = account_number()
    assert len(number) == 14
    assert checked_account_number(grouped(number)) == number


@given(st.integers(0, 13), st.integers(1, 9))
def test_a_slip_in_an_account_number_is_found(place, step):
    number = account_number()
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(Invalid):
        checked_account_number(wrong)


@pytest.mark.parametrize("text", ["", "1234", "1" * 14 + "x", "١٢٣٤٥٦٧٨٩٠١٢٣٤", "a" * 14])
def test_what_is_no_account_number_is_refused(text):
    with pytest.raises(Invalid) as refused:
        checked_account_number(text)
    assert refused.value.code == "bad_account_number"


@given(st.dates(), st.integers(0, 2**63 - 1))
def test_a_cursor_survives_the_address(day, number):
    assert cursor(str(Cursor(day, number))) == Cursor(day, number)


@given(st.text(max_size=40))
def test_a_damaged_cursor_is_refused(text):
    try:
        found = cursor(text)
    except Invalid as refused:
        assert refused.code == "bad_cursor"
    else:
        assert found is None or isinstance(found.booked, date)
