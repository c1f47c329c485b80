"""What pydantic finds wrong with values, as the house's own errors: one sentence beside each field."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fintwin.kernel.errors import Invalid, all_of

_SENTENCES = {
    "missing": "Please fill this in.",
    "string_too_short": "This is too short: at least {min_length} characters.",
    "string_too_long": "This is too long: at most {max_length} characters.",
    "greater_than_equal": "The least is {ge}.",
    "greater_than": "It must be more than {gt}.",
    "less_than_equal": "The most is {le}.",
    "less_than": "It must be less than {lt}.",
    "multiple_of": "It must be a multiple of {multiple_of}.",
    "literal_error": "Choose one of the answers.",
    "enum": "Choose one of the answers.",
    "value_error": "{error}",
    "extra_forbidden": "There is no such field.",
    "amount_unreadable": "This is not an amount. Write it like 1234.56.",
    "union_tag_not_found": "Say of which type it is.",
    "union_tag_invalid": "There is no such type.",
}
_CODES = {"extra_forbidden": "unknown_field", "amount_unreadable": "amount_unreadable"}
_KINDS = {
    "date": "This is not a date.",
    "int": "This is not a number.",
    "decimal": "This is not a number.",
    "uuid": "This is not an id.",
    "string": "Write this as text.",
    "bool": "Answer true or false.",
}


def told(
    found: Sequence[Mapping[str, Any]], *, at: int = 0, empty: Mapping[str, str] = MappingProxyType({})
) -> Invalid:
    """One error that names each field that is wrong (`bad_field`, `unknown_field`, `amount_unreadable`).

    Args:
        found: pydantic's errors, at least one.
        at: the place of the field's name in where an error was found.
        empty: what is said of fields that were left empty.
    """
    by_field = {str(fault["loc"][at]) if len(fault["loc"]) > at else "": fault for fault in reversed(found)}
    return all_of(
        [
            Invalid(
                empty.get(field) or _sentence(fault),
                code=_CODES.get(fault["type"], "bad_field"),
                field=field[:40],
            )
            for field, fault in reversed(by_field.items())
        ]
    )


def _sentence(fault: Mapping[str, Any]) -> str:
    kind = fault["type"]
    if kind == "string_too_short" and fault["ctx"]["min_length"] == 1:
        kind = "missing"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**fault.get("ctx", {}))
    return _KINDS.get(kind.partition("_")[0], "This could not be understood.")
