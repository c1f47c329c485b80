"""Every form of every page: an empty field gets a sentence of its own, in its place, and not the browser's bubble."""

from collections.abc import Iterator
from typing import Any

import pytest

import fintwin.fintwin  # noqa: F401 - brings all pages
from fintwin.kernel.errors import Invalid, InvalidFields
from fintwin.ui import shell
from fintwin.ui.act import Argument, Form, parse
from fintwin.ui.components import dialogs_of
from fintwin.ui.pages.payments.given import BackForm, NewContactForm
from fintwin.ui.pages.schedules.state import OwnForm, PersonForm
from fintwin.ui.pages.staff.state import LimitForm, ReasonForm

_ANYWHERE = {"Please fill this in.", "Choose one of the answers.", "This could not be understood."}
"""What is said of fields of which nobody thought."""


def _below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


_ASKING = sorted(
    (
        form
        for form in {*_below(Form)} - {Argument, *_below(Argument)}
        if form.__module__.startswith("fintwin.") and any(field.is_required() for field in form.model_fields.values())
    ),
    key=lambda form: (form.__module__, form.__qualname__),
)


def _said(form: type[Form], payload: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse(form, payload)
    error = refused.value
    return {one.field: one.sentence for one in (error.faults if isinstance(error, InvalidFields) else (error,))}


@pytest.mark.parametrize("form", _ASKING, ids=lambda form: f"{form.__module__.split('.')[-2]}.{form.__qualname__}")
def test_each_field_that_must_not_be_empty_says_so_in_its_own_words(form):
    wanted = {name for name, field in form.model_fields.items() if field.is_required()}
    for payload in ({}, dict.fromkeys(wanted, ""), dict.fromkeys(wanted, "  ")):
        said = _said(form, payload)
        assert set(said) == wanted
        assert not _ANYWHERE & set(said.values())
        assert all(sentence.endswith(".") for sentence in said.values())


def test_many_forms_ask():
    assert len(_ASKING) > 30


def test_what_is_wrong_is_not_called_empty():
    assert _said(BackForm, {"amount": "1" * 41}) == {"amount": "This is too long: at most 40 characters."}
    assert _said(ReasonForm, {"reason": "no"}) == {"reason": "This is too short: at least 3 characters."}
    assert _said(NewContactForm, {"name": "Ann", "number": ""}) == {"number": "Enter an account number."}


def test_what_only_some_answers_need_is_asked_for_with_them():
    given = {"account": "0" * 32, "amount": "1"}
    assert _said(PersonForm, {**given, "kind": "person"}) == {"number": "Enter an account number."}
    assert _said(OwnForm, {**given, "kind": "own"}) == {"taking": "Choose an account."}
    assert _said(LimitForm, {"reason": "because"}) == {"limit": "Enter a limit; 0 takes it away."}


def _parts(drawn: Any) -> Iterator[dict[str, Any]]:
    if isinstance(drawn, dict):
        yield drawn
        for value in drawn.values():
            yield from _parts(value)
    elif isinstance(drawn, list | tuple):
        for value in drawn:
            yield from _parts(value)


def _named(part: dict[str, Any], *kinds: str) -> bool:
    return part.get("name") in {f'"{kind}"' for kind in kinds}


def test_no_form_leaves_an_empty_field_to_the_browser():
    asked = 0
    for route, one in shell._declared.items():
        with dialogs_of(route):
            drawn_page = one.view().render()
        for form in _parts(drawn_page):
            if not _named(form, "form"):
                continue
            handled = "noValidate:true" in form["props"]
            assert handled or any(prop.startswith("action:") for prop in form["props"]), route
            drawn = str(form["children"])
            for control in _parts(form["children"]):
                if _named(control, "input", "select", "textarea") and "required:true" in control["props"]:
                    [name] = [prop[6:-1] for prop in control["props"] if prop.startswith("name:")]
                    place = f"{name}-problem" if handled else f"{name}-unsent"
                    assert f'id:"{place}"' in drawn, f"{route}: nothing can be said of {name}"
                    asked += 1
    assert asked > 40
