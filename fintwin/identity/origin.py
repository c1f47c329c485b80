"""What a browser's locale and time zone tell of a person, as first proposals that they can change."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_territory_currencies

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.kernel.wording import known_locale


@cache
def zones() -> frozenset[str]:
    """Every IANA time zone name."""
    return frozenset(available_timezones())


@cache
def countries() -> frozenset[str]:
    """ISO 3166 two-letter codes of countries."""
    return frozenset(code for code in get_global("territory_zones") if len(code) == 2 and code.isalpha()) - {"ZZ"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where someone seems to be. An unknown country is empty."""

    locale: str
    zone: str
    country: str
    currency: str
    week_start: int
    """ISO weekday, 1 is Monday."""


def proposed(*, locale: str, zone: str, on: date) -> Origin:
    """From a language tag and a zone, either of which may be empty or nonsense.

    The country is the zone's where that is known, else the locale's; the currency is the country's on that date.
    """
    tag = known_locale(locale)
    place = zone if zone in zones() else "UTC"
    spoken = Locale.parse(tag, sep="-")
    country = get_global("zone_territories").get(place, "") or (spoken.territory or "")
    country = country if country in countries() else ""
    return Origin(
        locale=tag,
        zone=place,
        country=country,
        currency=_currency_of(country, on),
        week_start=(_spoken_in(country) or spoken).first_week_day + 1,
    )


def _spoken_in(country: str) -> Locale | None:
    try:
        return Locale.parse(f"und_{country}") if country else None
    except (UnknownLocaleError, ValueError):
        return None


def _currency_of(country: str, on: date) -> str:
    try:
        found = get_territory_currencies(country, start_date=on) if country else []
        return currency(found[0]).code if found else "USD"
    except Invalid:
        return "USD"


def first_language(accept: str) -> str:
    """The language a browser asks for first, from its Accept-Language header."""
    return accept.split(",", 1)[0].split(";", 1)[0].strip()[:35]
