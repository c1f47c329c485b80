"""What forms ask for: kinds of fields, each with the sentence for when it was left empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, StringConstraints


@dataclass(frozen=True, slots=True)
class Wanted:
    """Beside the type of a form's field that must not be empty: what is said there when it is."""

    sentence: str


Amount = Annotated[str, StringConstraints(min_length=1, max_length=40), Wanted("Enter an amount.")]
Balance = Annotated[str, StringConstraints(min_length=1, max_length=40), Wanted("Enter the balance.")]
AccountNumber = Annotated[str, StringConstraints(min_length=1, max_length=30), Wanted("Enter an account number.")]
Iban = Annotated[str, StringConstraints(min_length=1, max_length=60), Wanted("Enter an IBAN.")]
Day = Annotated[date, Wanted("Enter a day.")]
Account = Annotated[UUID, Wanted("Choose an account.")]
AGAIN = Wanted("Open this form again.")
"""For what a form carries along by itself."""


def empty(form: type[BaseModel], payload: Mapping[str, Any]) -> dict[str, str]:
    """The sentence of each field that is wanted and was left empty, or is not there at all."""
    return {
        name: wanted.sentence  # the last of them, which is what a form itself says of a common kind
        for name, field in form.model_fields.items()
        for wanted in field.metadata
        if isinstance(wanted, Wanted) and _blank(payload.get(name))
    }


def _blank(given: Any) -> bool:
    return given is None or (isinstance(given, str) and not given.strip())
