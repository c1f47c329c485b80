"""The one way from a handler to a service, and from a payload to values."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as slot
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import Session

from fintwin.db import work
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid, InvalidFields, all_of, each_of
from fintwin.ledger import journal, posting
from fintwin.ui.wanted import empty, unreadable
from fintwin.web.faults import told
from fintwin.web.gate import principal, visitor

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Values = TypeVar("Values", bound="Form")

_LONGEST_PAYLOAD = 20_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """Why something was refused, in words, and the name of the field it stands beside ("" for the whole form).

    Where several fields are wrong, `others` has a sentence for each one but the first, by its name; the controls of
    `ui.components.forms` show them all.
    """

    sentence: str = ""
    field: str = ""
    code: str = ""
    others: dict[str, str] = slot(default_factory=dict, hash=False)

    @classmethod
    def of(cls, error: FinTwinError) -> "Problem":
        """The problem as a page shows it."""
        faults = error.faults if isinstance(error, InvalidFields) else ()
        others = {fault.field: fault.sentence for fault in faults if fault.field != error.field}
        return cls(sentence=error.sentence, field=error.field, code=error.code, others=others)


NOTHING = Problem()


async def act(
    use_case: Callable[Concatenate[Session, Principal, Arguments], Answer],
    *positional: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Run a use case as the person of this event, in a thread and a unit of work of its own.

    A refusal of the domain leaves the handler and is laid beside its field by `Page`.
    """
    who = principal()
    return await asyncio.to_thread(
        work.perform, who.person, lambda session: use_case(session, who, *positional, **named)
    )


async def alone(item: posting.Item) -> posting.Booked:
    """Book one item that nothing else goes with, as the person of this event, in a single round trip."""
    return await asyncio.to_thread(journal.post_alone, principal(), item)


async def look(
    use_case: Callable[Concatenate[Session, Principal, Arguments], Answer],
    *positional: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Like `act`, for reading: the database refuses any write."""
    who = principal()
    return await asyncio.to_thread(
        work.perform, who.person, lambda session: use_case(session, who, *positional, **named), read_only=True
    )


async def survey(
    use_case: Callable[Concatenate[Session, Principal, Arguments], Answer],
    *positional: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Like `look`, with all its queries over one state of the books."""
    who = principal()
    return await asyncio.to_thread(
        work.perform,
        who.person,
        lambda session: use_case(session, who, *positional, **named),
        read_only=True,
        repeatable=True,
    )


class Form(BaseModel):
    """What a form may bring: text is stripped and bounded, fields it does not name are dropped."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=500, frozen=True)


class Argument(Form):
    """What a button, a link or an address brings: nobody types it, so nobody can leave it empty.

    A field of any other form that must not be empty has its sentence for that (`ui.wanted`).
    """


def parse(form: type[Values], payload: Any) -> Values:
    """The values of a payload that anybody could have sent.

    Raises:
        Invalid: values are missing, of the wrong kind or out of their bounds; the error names each such field, and each
            other that its use case could not read either.
    """
    if not isinstance(payload, dict) or _size(payload) > _LONGEST_PAYLOAD or _has_nul(payload):
        raise Invalid("This form could not be read. Reload the page and try again.", code="bad_payload")
    try:
        return form.model_validate(payload)
    except ValidationError as error:
        refused = told(error.errors(include_url=False, include_input=False), empty=empty(form, payload))
    who = visitor()
    later = unreadable(form, payload, who=who) if who is not None else {}
    by_field = later | {fault.field: fault for fault in each_of(refused)}
    order = {name: place for place, name in enumerate(form.model_fields)}
    raise all_of(sorted(by_field.values(), key=lambda fault: order.get(fault.field, -1)))


def _has_nul(value: Any) -> bool:
    """Whether a text has a NUL, which no keyboard types and no table can hold."""
    if isinstance(value, dict):
        return any(_has_nul(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_nul(item) for item in value)
    return isinstance(value, str) and "\0" in value


def _size(value: Any, depth: int = 0) -> int:
    """Characters in a payload; what is nested deeper than any form of ours counts as too much."""
    if depth > 4:
        return _LONGEST_PAYLOAD + 1
    if isinstance(value, dict):
        return sum(_size(key, depth + 1) + _size(item, depth + 1) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(_size(item, depth + 1) for item in value)
    return len(value) if isinstance(value, str | bytes) else 8
