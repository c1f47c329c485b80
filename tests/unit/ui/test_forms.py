"""Every form of every page: an empty field gets a sentence of its own, in its place, and not the browser's bubble."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

import fintwin.fintwin  # noqa: F401 - brings all pages
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, each_of
from fintwin.ui import shell
from fintwin.ui.act import Argument, Form, parse
from fintwin.ui.components import dialogs_of
from fintwin.ui.pages.outside.state import OrderForm
from fintwin.ui.pages.payments.given import AskForm, BackForm, NewContactForm, PayeeForm, PlanForm
from fintwin.ui.pages.schedules.state import OwnForm, PersonForm
from fintwin.ui.pages.staff.funds_state import FundForm
from fintwin.ui.pages.staff.state import LimitForm, ReasonForm
from fintwin.ui.pages.transactions.kept import NameForm
from fintwin.ui.pages.twin.forms import RunForm
from fintwin.web import gate

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


@pytest.fixture
def acting() -> Iterator[None]:
    """An event of somebody who reads American English and counts in euros."""
    maya = Principal(
        person=1,
        uuid=UUID(int=1),
        name="Maya",
        email="",
        issuer="local",
        role="person",
        session=b"",
        onboarded=True,
        locale="en-US",
        zone="UTC",
        currency="EUR",
    )
    token = gate._principal.set(maya)
    yield
    gate._principal.reset(token)


def _said(form: type[Form], payload: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse(form, payload)
    return {one.field: one.sentence for one in each_of(refused.value)}


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
    assert _said(RunForm, {"seed": "1", "paths": "101"}) == {"paths": "It must be a multiple of 2."}
    assert _said(NewContactForm, {"name": "Ann", "number": ""}) == {"number": "Enter an account number."}


def test_what_only_some_answers_need_is_asked_for_with_them():
    given = {"account": "0" * 32, "amount": "1"}
    assert _said(PersonForm, {**given, "kind": "person"}) == {"number": "Enter an account number."}
    assert _said(OwnForm, {**given, "kind": "own"}) == {"taking": "Choose an account."}
    assert _said(LimitForm, {"reason": "because"}) == {"limit": "Enter a limit; 0 takes it away."}


def test_what_could_not_be_read_is_told_beside_what_is_empty(acting):
    order = {"account": "0" * 32, "name": "Ann", "iban": "DE00 1234", "amount": ""}
    assert _said(OrderForm, order) == {
        "iban": "This is not an IBAN. Compare it letter by letter.",
        "amount": "Enter an amount.",
    }
    assert _said(OrderForm, order | {"name": " ", "iban": "", "amount": "ten"}) == {
        "name": "Say who is paid.",
        "iban": "Enter an IBAN.",
        "amount": "This is not an amount. Write it like 1,234.56.",
    }
    assert _said(OrderForm, order | {"name": "北京", "iban": "", "execute_on": "2020-01-01"}) == {
        "name": "Write the payee's name in Latin letters.",
        "iban": "Enter an IBAN.",
        "amount": "Enter an amount.",
        "execute_on": "This day has passed.",
    }
    assert _said(OrderForm, order | {"iban": "", "execute_on": "soon"})["execute_on"] == "This is not a date."
    assert _said(AskForm, {"account": "", "number": "123", "amount": "1"}) == {
        "account": "Choose an account.",
        "number": "This is not an account number. It has 14 digits; check them for a slip.",
    }
    assert _said(LimitForm, {"limit": "none"}) == {
        "limit": "This is not an amount. Write it like 1,234.56.",
        "reason": "Say why, in 3 to 300 characters.",
    }
    assert _said(FundForm, {"purpose": "funds", "currency": "xxq", "amount": "some"}).keys() == {
        "currency",
        "amount",
        "reason",
    }


@pytest.mark.parametrize("typed", ["USD 5", "5 USD", "1.5", "1.234567"])
def test_an_amount_of_another_currency_is_not_judged_before_the_account_is_known(acting, typed):
    assert _said(AskForm, {"account": "", "number": "", "amount": typed}).keys() == {"account", "number"}


@pytest.mark.parametrize("typed", ["x", "1", "121", "-3", "2.5", "1000", "²"])
def test_a_count_of_parts_is_a_whole_number(acting, typed):
    given = {"account": "0" * 32, "number": "", "amount": "five", "parts": typed}
    assert _said(PlanForm, given) == {
        "number": "Enter an account number.",
        "amount": "This is not an amount. Write it like 1,234.56.",
        "parts": "Choose 2 to 120 parts.",
    }


def test_a_plan_may_leave_the_parts_open():
    given = {"account": "0" * 32, "number": "1", "amount": "5"}
    assert [parse(PlanForm, {**given, "parts": typed}).parts for typed in ("", " ", " 12 ", "120")] == [
        None,
        None,
        12,
        120,
    ]


@pytest.mark.parametrize("name", ["All", "all", " Bin ", "this MONTH"])
def test_an_own_view_is_not_called_as_one_of_everybodys(name):
    assert _said(NameForm, {"name": name}) == {"name": "There is a view of this name."}
    assert parse(NameForm, {"name": f"{name} of mine"}).name == f"{name} of mine".strip()


def test_what_was_read_is_left_to_the_use_case():
    assert parse(PayeeForm, {"number": "123"}).number == "123"


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
