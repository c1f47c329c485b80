"""The profile: what may stand in each field, and when it is complete."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError

from fintwin.identity.origin import countries, zones
from fintwin.kernel.errors import Invalid, all_of
from fintwin.kernel.money import currency, exact
from fintwin.kernel.wording import parse_amount

GOALS: Mapping[str, str] = {
    "savings": "Saving",
    "investment": "Investing",
    "debt_payoff": "Paying off debt",
    "wealth_building": "Building wealth",
}
RISK_APPETITES: Mapping[str, str] = {"low": "sell", "medium": "wait", "high": "buy more"}
"""Codes and the answers that stand for them: what one would do if savings fell by a fifth in a month."""

LONGEST_NAME = 80

_CALLING_CODE = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(2[1-69]|3[578]|42|5[09]|6[7-9]|8[0578]|9[679])\d"
)
"""ITU country calling codes: no one is the beginning of another."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's answers. Empty text and None mean not said, never zero."""

    name: str
    currency: str
    zone: str
    locale: str
    phone: str = ""
    """`+44 2079460000`: the calling code, a space, 7 to 15 digits."""
    country: str = ""
    monthly_income: Decimal | None = None
    """After tax, in the profile's currency."""
    goal: str = ""
    risk_appetite: str = ""
    dependants: int | None = None
    birth_year: int | None = None
    week_start: int = 1
    """ISO weekday, 1 is Monday."""
    month_start: int = 1
    """Day of the month, 1 to 28, on which a budget month begins."""
    completed_at: datetime | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that onboarding still has to ask."""
        return tuple(field for field in ("name", "goal", "risk_appetite") if not getattr(self, field))


FIELDS = tuple(name for name in Profile.__dataclass_fields__ if name != "completed_at")
"""What `changed` takes, in the order in which faults are told."""


def changed(
    profile: Profile, changes: Mapping[str, str], *, year: int, plain: bool = False, written_in: str = ""
) -> Profile:
    """The profile with some fields set from text as a person or a browser gave it.

    Empty text takes an optional answer back.

    Args:
        changes: text by field name.
        year: the year it is, for the birth year.
        plain: an amount is written as `3900.00`, else by a locale.
        written_in: that locale: the one of the form that the text was typed in; default the profile's before any change.

    Raises:
        Invalid: a field is unknown; or fields are out of their bounds, and the error names each of them.
    """
    unknown = sorted(set(changes) - set(FIELDS))
    if unknown:
        raise Invalid(f"{unknown[0][:40]!r} is not part of a profile.", code="unknown_field", field=unknown[0][:40])
    faults: dict[str, Invalid] = {}
    locale = written_in or profile.locale
    # The currency comes first: an amount has no more decimals than what it will be in.
    for field in sorted(changes, key=lambda name: (name != "currency", FIELDS.index(name))):
        try:
            value = _READERS[field](changes[field], _Reading(profile.currency, locale, year, plain))
            profile = replace(profile, **{field: value})
        except Invalid as fault:
            faults[field] = fault
    if profile.monthly_income is not None and not faults.keys() & {"monthly_income", "currency"}:
        try:
            exact(profile.monthly_income, to=currency(profile.currency), field="monthly_income")
        except Invalid as fault:
            faults["monthly_income"] = fault
    if faults:
        raise all_of([faults[field] for field in FIELDS if field in faults])
    return profile


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a field's text is read by."""

    currency: str
    locale: str
    year: int
    plain: bool


def checked_name(text: str, *, field: str = "name") -> str:
    """A display name: 1 to 80 visible characters.

    Raises:
        Invalid: empty, too long, or with control characters (code `bad_name`).
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A name has 1 to {LONGEST_NAME} characters.", code="bad_name", field=field)
    return name


def checked_phone(text: str) -> str:
    """A phone number in international form, `+44 2079460000`; empty stays empty.

    Raises:
        Invalid: no known country code, or not 7 to 15 digits after it (code `bad_phone`).
    """
    bare = re.sub(r"[\s().\-/\u00a0\u202f]", "", text)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    if not bare:
        return ""
    if not re.fullmatch(r"\+[0-9]{1,30}", bare):
        raise Invalid(
            "Write a phone number with its country code, like +44 20 7946 0000.", code="bad_phone", field="phone"
        )
    code = _CALLING_CODE.match(bare, 1)
    if not code:
        raise Invalid("No country has this calling code.", code="bad_phone", field="phone")
    rest = bare[code.end() :]
    if not 7 <= len(rest) <= 15:
        raise Invalid("A phone number has 7 to 15 digits after the country code.", code="bad_phone", field="phone")
    return f"+{code[0]} {rest}"


def _country(text: str) -> str:
    code = text.strip().upper()
    if code and code not in countries():
        raise Invalid("Choose a country from the list.", code="bad_country", field="country")
    return code


def _locale(text: str) -> str:
    tag = text.strip().replace("_", "-")
    try:
        if len(tag) > 35:
            raise ValueError
        return str(Locale.parse(tag, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        raise Invalid(
            "This language is not known. Use a tag such as en-GB.", code="bad_locale", field="locale"
        ) from None


def _zone(text: str) -> str:
    if text not in zones():
        raise Invalid("This is not a time zone. Use a name such as Europe/Paris.", code="bad_zone", field="zone")
    return text


def _income(text: str, by: _Reading) -> Decimal | None:
    if not text.strip():
        return None
    unit = currency(by.currency)
    if by.plain:
        amount = exact(text, to=unit, field="monthly_income")
    else:
        amount = parse_amount(text, of=unit, locale=by.locale, field="monthly_income")
    if amount < 0:
        raise Invalid("Income is zero or more.", code="bad_income", field="monthly_income")
    return amount


def _one_of(text: str, known: Mapping[str, str], field: str) -> str:
    if text not in {"", *known}:
        raise Invalid("Choose one of the answers.", code="bad_choice", field=field)
    return text


def _number(text: str, field: str, low: int, high: int, sentence: str) -> int:
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 4 and low <= int(bare) <= high):
        raise Invalid(sentence, code=f"bad_{field}", field=field)
    return int(bare)


def _dependants(text: str) -> int | None:
    return _number(text, "dependants", 0, 30, "Dependants are a number from 0 to 30.") if text.strip() else None


def _birth_year(text: str, year: int) -> int | None:
    first, last = year - 120, year - 13
    sentence = f"A year of birth lies between {first} and {last}."
    return _number(text, "birth_year", first, last, sentence) if text.strip() else None


_READERS: Mapping[str, Callable[[str, _Reading], Any]] = {
    "name": lambda text, _by: checked_name(text),
    "currency": lambda text, _by: currency(text).code,
    "zone": lambda text, _by: _zone(text),
    "locale": lambda text, _by: _locale(text),
    "phone": lambda text, _by: checked_phone(text),
    "country": lambda text, _by: _country(text),
    "monthly_income": _income,
    "goal": lambda text, _by: _one_of(text, GOALS, "goal"),
    "risk_appetite": lambda text, _by: _one_of(text, RISK_APPETITES, "risk_appetite"),
    "dependants": lambda text, _by: _dependants(text),
    "birth_year": lambda text, by: _birth_year(text, by.year),
    "week_start": lambda text, _by: _number(text, "week_start", 1, 7, "Choose a day of the week."),
    "month_start": lambda text, _by: _number(text, "month_start", 1, 28, "A month can start on day 1 to 28."),
}


def complete(profile: Profile) -> None:
    """Refuse a profile that onboarding has not finished.

    Raises:
        Invalid: an answer is missing; the error names the first one (code `missing_answer`).
    """
    for field in profile.missing:
        sentence = "Say what you would like to be called." if field == "name" else "Choose one of the answers."
        raise Invalid(sentence, code="missing_answer", field=field)
