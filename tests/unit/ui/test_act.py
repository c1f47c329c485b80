"""Payloads become values or a sentence; refusals stand beside their field."""

import asyncio
from decimal import Decimal as D
from typing import Literal

import pytest
import reflex as rx

from fintwin.kernel.errors import Invalid, Refused
from fintwin.ui.act import NOTHING, Form, Problem, parse
from fintwin.ui.state import Page


class Payment(Form):
    amount: D
    kind: Literal["in", "out"] = "out"
    note: str = ""
    times: int = 1


def test_text_is_stripped_and_strangers_are_dropped():
    found = parse(Payment, {"amount": " 12.50 ", "note": "  rent ", "owner": "7"})
    assert found == Payment(amount=D("12.50"), note="rent")


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"amount": "1", "kind": "sideways"}, "kind"),
        ({"amount": "1", "note": "x" * 501}, "note"),
        ({"amount": "1", "times": "often"}, "times"),
        ({"amount": "1", "note": {"a": 1}}, "note"),
        ("amount", ""),
        (None, ""),
        ([], ""),
        ({"amount": "1", "note": "x" * 30_000}, ""),
        ({"amount": "1", "more": [[[[[[1]]]]]]}, ""),
        ({"amount": "1", "note": "a\0b"}, ""),
    ],
)
def test_anything_else_is_refused_with_its_field(payload, field):
    with pytest.raises(Invalid) as refused:
        parse(Payment, payload)
    assert refused.value.field == field
    assert refused.value.sentence.endswith(".")


def test_every_wrong_field_is_named_and_the_first_stands_for_all():
    with pytest.raises(Invalid) as refused:
        parse(Payment, {"amount": "much", "kind": "sideways", "times": "2"})
    problem = Problem.of(refused.value)
    assert (problem.field, problem.sentence) == ("amount", "This is not a number.")
    assert problem.others == {"kind": "Choose one of the answers."}


class Till(Page, rx.State):
    """A page whose handlers refuse."""

    paid: int = 0

    @rx.event
    async def pay(self, amount: int):
        if amount > 100:
            raise Refused("Not enough funds.", code="funds", field="amount")
        self.paid = amount

    @rx.event
    async def count(self):
        yield None
        raise Refused("Later.", code="later")


def test_a_refusal_is_laid_beside_its_field_and_cleared_by_the_next_try():
    till = Till()
    asyncio.run(Till.event_handlers["pay"].fn(till, 500))
    assert till.problem == Problem("Not enough funds.", "amount", "funds")
    asyncio.run(Till.event_handlers["pay"].fn(till, 50))
    assert till.problem == NOTHING
    assert till.paid == 50


def test_a_generator_that_refuses_ends_in_its_problem():
    till = Till()

    async def run():
        return [event async for event in Till.event_handlers["count"].fn(till)]

    asyncio.run(run())
    assert till.problem.code == "later"
