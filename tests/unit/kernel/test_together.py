"""Several values are read at once, and all that is wrong is named at once."""

import pytest

from fintwin.kernel.errors import Invalid, InvalidFields, Refused, all_of, together


def _wrong(field: str, sentence: str = "no") -> None:
    raise Invalid(sentence, field=field)


def test_the_answers_come_in_order():
    assert together(lambda: 1, lambda: None, lambda: "x") == [1, None, "x"]


def test_each_wrong_field_is_named_once_and_the_first_sentence_stands():
    with pytest.raises(InvalidFields) as caught:
        together(
            lambda: _wrong("amount", "first"),
            lambda: 2,
            lambda: _raise(all_of([Invalid("day", field="day"), Invalid("again", field="amount")])),
        )
    assert [(fault.field, fault.sentence) for fault in caught.value.faults] == [("amount", "first"), ("day", "day")]


def test_one_fault_stays_itself_and_a_refusal_leaves_at_once():
    with pytest.raises(Invalid) as caught:
        together(lambda: 1, lambda: _wrong("iban"))
    assert not isinstance(caught.value, InvalidFields)
    with pytest.raises(Refused):
        together(lambda: _raise(Refused("no funds")), lambda: _wrong("amount"))


def _raise(error: Exception) -> None:
    raise error
