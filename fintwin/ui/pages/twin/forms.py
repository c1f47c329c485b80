"""What the twin's forms bring, and what they make of an event."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from fintwin.cashflow.cadence import Cadence
from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import MINUS, parse_amount
from fintwin.twin.scenario import (
    MOST_EVENTS,
    EmergencyFund,
    Event,
    InvestmentGrowth,
    RateChange,
    RecurringExpense,
)
from fintwin.ui.act import Argument, Form
from fintwin.ui.pages.twin import words
from fintwin.ui.wanted import AGAIN, AS_AMOUNT, Amount, Day, Read, Wanted
from fintwin.web.gate import principal


class EventForm(Form):
    """The details of one card."""

    place: Annotated[int, Field(ge=0, lt=MOST_EVENTS), AGAIN]
    start: Day
    until: date | None = None
    every: Cadence = Cadence.MONTH
    indexed: bool = False
    growth: Annotated[str, StringConstraints(max_length=12), Read(lambda text, _: percent(text, field="growth"))] = "6"
    each_month: Annotated[str, StringConstraints(max_length=40), AS_AMOUNT] = "0"
    cover: Annotated[int, Field(ge=1, le=36)] = 3
    savings: bool = False
    credit: bool = False
    loans: bool = False

    @field_validator("until", mode="before")
    @classmethod
    def _open(cls, given: Any) -> Any:
        return given or None


class SizeForm(Form):
    """A typed size of one card."""

    place: Annotated[int, Field(ge=0, lt=MOST_EVENTS), AGAIN]
    size: Amount


class LimitForm(Form):
    """What cash should not fall under."""

    limit: Annotated[str, StringConstraints(max_length=40)] = ""


class RunForm(Form):
    """How many futures, and from which seed."""

    seed: Annotated[int, Field(ge=0, lt=2**31), Wanted("Enter a seed: any whole number.")]
    paths: Annotated[int, Field(ge=100, le=20_000, multiple_of=2), Wanted("Enter how many futures.")]


class NameForm(Form):
    """A name for a run."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80), Wanted("Give it a name.")]


class RenameForm(NameForm):
    """Another name for a kept run."""

    number: Annotated[int, Field(ge=1, lt=2**62), AGAIN]


class Place(Argument):
    """A card's place."""

    place: Annotated[int, Field(ge=0, lt=MOST_EVENTS)]


class Position(Place):
    """Where a slider was moved to."""

    position: Annotated[int, Field(ge=0, le=words.STEPS)]


class Horizon(Argument):
    """How far to look."""

    months: Annotated[int, Field(ge=1, le=480)]


class Number(Argument):
    """The number of a kept run."""

    number: Annotated[int, Field(ge=1, lt=2**62)]


def own_currency() -> Currency:
    return currency(principal().currency)


def resized(event: Event, text: str) -> Event:
    """An event with a typed size: points for a rate change, else an amount that is not below zero.

    Raises:
        Invalid: what was typed is no number, or no size that such an event can have.
    """
    if isinstance(event, RateChange):
        return event.sized(percent(text, field="size"))
    return event.sized(parse_amount(text, of=own_currency(), locale=principal().locale, field="size"))


def edited(event: Event, given: EventForm) -> Event:
    """An event with other dates and details.

    Raises:
        Invalid: a detail is no number, or out of its bounds.
    """
    if isinstance(event, RecurringExpense):
        return replace(event, start=given.start, until=given.until, every=given.every, indexed=given.indexed)
    event = replace(event, start=given.start)
    if isinstance(event, RateChange):
        return replace(event, savings=given.savings, credit=given.credit, loans=given.loans)
    if isinstance(event, InvestmentGrowth):
        growth, each = together(
            lambda: percent(given.growth, field="growth"),
            lambda: parse_amount(given.each_month, of=own_currency(), locale=principal().locale, field="each_month"),
        )
        return replace(event, growth=growth, each_month=abs(each))
    if isinstance(event, EmergencyFund):
        return replace(event, cover=given.cover)
    return event


def percent(text: str, *, field: str) -> Decimal:
    """A typed percentage or number of points as a share: `1,5` and `+1.5 %` are 0.015.

    Raises:
        Invalid: it is no number; whether it is within an event's bounds, the event itself says.
    """
    bare = text.replace(MINUS, "-").replace("%", "").replace(",", ".").replace("points", "").replace(" ", "")
    try:
        value = Decimal(bare) / 100
    except ArithmeticError:  # no number, or one without end
        value = Decimal("NaN")
    if not value.is_finite():
        raise Invalid("This is not a number. Write it like 1.5.", code="bad_number", field=field)
    return value
