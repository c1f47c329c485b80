"""What is wrong with values, in words."""

from datetime import date

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fintwin.kernel.errors import InvalidFields
from fintwin.web.faults import told


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=3)
    day: date
    many: int = Field(default=1, le=5)


def faults(**given):
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(given)
    return told(caught.value.errors())


def test_one_fault_is_itself():
    found = faults(name="x", day="2026-01-01", many=6)
    assert (found.field, found.code, found.sentence) == ("many", "bad_field", "The most is 5.")
    assert not isinstance(found, InvalidFields)


def test_several_are_told_by_their_fields():
    found = faults(name="long", colour="red")
    assert isinstance(found, InvalidFields)
    assert [(one.field, one.code) for one in found.faults] == [
        ("name", "bad_field"),
        ("day", "bad_field"),
        ("colour", "unknown_field"),
    ]
    assert found.faults[0].sentence == "This is too long: at most 3 characters."
    assert found.faults[1].sentence == "Please fill this in."


def test_an_empty_field_is_told_in_the_words_given_for_it():
    with pytest.raises(ValidationError) as caught:
        Form.model_validate({"name": "long"})
    found = told(caught.value.errors(), empty={"day": "Enter a day."})
    assert [one.sentence for one in found.faults] == ["This is too long: at most 3 characters.", "Enter a day."]


def test_the_name_of_a_field_is_bounded():
    assert len(faults(name="x", day="2026-01-01", **{"y" * 99: 1}).field) == 40


def test_a_fault_of_the_whole_has_no_field():
    assert told([{"loc": ("body",), "type": "dict_type"}], at=1).field == ""
