"""What the calls share: who calls, one unit of work in a thread, and how values are written on the wire."""

import asyncio
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Concatenate, Generic, ParamSpec, TypeVar

from fastapi import Depends, Header, Query, Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel import Session

from fintwin.db import work
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Forbidden, Invalid
from fintwin.kernel.ids import from_reference
from fintwin.ledger import journal, posting

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Item = TypeVar("Item")

WHOSE = frozenset({"id", "uuid", "owner", "person", "person_id", "user", "user_id", "sub", "customer_number"})
"""Names under which a body might say whose books are meant."""

REPLAYED = "Idempotency-Replayed"
"""A header of answers: `true` where the same call was answered before."""

_AMOUNT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,8})?")


async def _who(request: Request) -> Principal:
    who: Principal = request.state.who
    return who


Who = Annotated[Principal, Depends(_who)]
"""Who calls, as the door found them."""


async def act(
    who: Principal,
    use_case: Callable[Concatenate[Session, Principal, Arguments], Answer],
    *positional: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Run a use case as who calls, in a thread and a unit of work of its own."""
    return await asyncio.to_thread(
        work.perform, who.person, lambda session: use_case(session, who, *positional, **named)
    )


async def alone(who: Principal, item: posting.Item) -> posting.Booked:
    """Book one item that nothing else goes with, in a single round trip."""
    return await asyncio.to_thread(journal.post_alone, who, item)


async def look(
    who: Principal,
    use_case: Callable[Concatenate[Session, Principal, Arguments], Answer],
    *positional: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Like `act`, for reading: all its queries see one state of the books, and the database refuses any write."""
    return await asyncio.to_thread(
        work.perform,
        who.person,
        lambda session: use_case(session, who, *positional, **named),
        read_only=True,
        repeatable=True,
    )


def answered(made: tuple[Answer, bool], answer: Response) -> Answer:
    """What a call made; its header says so where the same call was answered before, as the second part of `made` has it."""
    shown, replayed = made
    if replayed:
        answer.headers[REPLAYED] = "true"
    return shown


def _day(given: Any) -> Any:
    """Only `2026-01-31`: pydantic would take a number for seconds since 1970."""
    if isinstance(given, str):
        try:
            return date.fromisoformat(given if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given) else "")
        except ValueError:
            raise ValueError("This is not a date. Write it like 2026-01-31.") from None
    if isinstance(given, date):
        return given
    raise ValueError("Write a date as text, like 2026-01-31.")


def _amount(given: str) -> str:
    if not _AMOUNT.fullmatch(given):
        raise PydanticCustomError("amount_unreadable", "This is not an amount.")
    return given


def _size(given: str) -> str:
    if not _AMOUNT.fullmatch(given) or given.startswith("-"):
        raise ValueError("This is not an amount. Write it like 1234.56.")
    return given


Day = Annotated[date, BeforeValidator(_day)]
Amount = Annotated[str, AfterValidator(_amount), Field(examples=["12.50"], description="A decimal, as text.")]
Size = Annotated[str, AfterValidator(_size), Field(description="A decimal, as text.")]
Code = Annotated[str, StringConstraints(min_length=3, max_length=3), Field(examples=["EUR"], description="ISO 4217.")]
Reference = Annotated[
    str, StringConstraints(min_length=2, max_length=20), Field(description="As answers give it, such as `7ZQ4K`.")
]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Anything unique. The same key with the same body moves money once and answers alike; with another"
        " body it is refused.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Items of one page.")]
Cursor = Annotated[str, Query(max_length=120, description="`next` of the page before.")]


class Body(BaseModel):
    """What a call may bring: nothing but its fields, and never whose books are meant."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=500, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _names_nobody(cls, given: Any) -> Any:
        if isinstance(given, dict):
            refuse_whose(given)
        return given


def refuse_whose(given: dict[str, Any]) -> None:
    """Refuse a body that names a person.

    Raises:
        Forbidden: it does (`identity_lock`).
    """
    if WHOSE & set(given):
        raise Forbidden("Whose books these are comes from who calls.", code="identity_lock")


class Shown(BaseModel):
    """What an answer is made of."""

    model_config = ConfigDict(frozen=True)


class Listed(Shown, Generic[Item]):
    """A page of items; `next` is the cursor of the page after it, null on the last."""

    items: list[Item]
    next: str | None = None


class Named(Shown):
    """An own account, by its id and name."""

    uuid: str
    name: str


class CategoryName(Shown):
    """A category, by its reference and name."""

    reference: str
    name: str


def decimal(text: str | None) -> Decimal | None:
    """A size that was checked when it came in."""
    return None if text is None else Decimal(text)


def referred(text: str, field: str) -> int:
    """The id behind a reference; `field` is the name under which it came.

    Raises:
        Invalid: it is none (`bad_reference`).
    """
    try:
        return from_reference(text)
    except Invalid as fault:
        raise Invalid("This is not a reference. Check it for a slip.", code=fault.code, field=field) from None
