"""What forms ask for: kinds of fields, each with the sentence for when it was left empty, and how it is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.iban import checked_iban
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import currency
from fintwin.kernel.wording import parse_amount


@dataclass(frozen=True, slots=True)
class Wanted:
    """Beside the type of a form's field that must not be empty: what is said there when it is."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Read:
    """Beside the type of a form's field: how the use case will read it.

    Asked only where the form is refused for another field, so that both are told of at once.
    """

    reading: Callable[[str, Principal], Any]


def _of_any_currency(text: str, who: Principal) -> None:
    """An amount in a currency that is not known yet, so its code and its decimals are not judged."""
    try:
        parse_amount(re.sub(r"[A-Z]{3}", "", text), of=currency(who.currency), locale=who.locale)
    except Invalid as error:
        if error.code == "amount_unreadable":
            raise


AS_AMOUNT = Read(_of_any_currency)

Amount = Annotated[str, StringConstraints(min_length=1, max_length=40), AS_AMOUNT, Wanted("Enter an amount.")]
Balance = Annotated[str, StringConstraints(min_length=1, max_length=40), AS_AMOUNT, Wanted("Enter the balance.")]
AccountNumber = Annotated[
    str,
    StringConstraints(min_length=1, max_length=30),
    Read(lambda text, _: checked_account_number(text)),
    Wanted("Enter an account number."),
]
Iban = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60),
    Read(lambda text, _: checked_iban(text)),
    Wanted("Enter an IBAN."),
]
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


def unreadable(form: type[BaseModel], payload: Mapping[str, Any], *, who: Principal) -> dict[str, Invalid]:
    """Why each field that was filled in could not be read by the use case, by its name."""
    found: dict[str, Invalid] = {}
    for name, field in form.model_fields.items():
        given = payload.get(name)
        for read in field.metadata:
            if isinstance(read, Read) and isinstance(given, str) and not _blank(given):
                try:
                    read.reading(given.strip(), who)
                except Invalid as error:
                    found[name] = Invalid(error.sentence, code=error.code, field=name)
    return found


def _blank(given: Any) -> bool:
    return given is None or (isinstance(given, str) and not given.strip())
