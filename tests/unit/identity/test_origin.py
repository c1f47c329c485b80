from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.identity.agent import summary
from fintwin.identity.origin import countries, first_language, proposed, zones

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("locale", "zone", "country", "currency", "week_start"),
    [
        ("en-GB", "Europe/London", "GB", "GBP", 1),
        ("en-US", "America/New_York", "US", "USD", 7),
        ("en-US", "Europe/Berlin", "DE", "EUR", 1),
        ("hi-IN", "Asia/Kolkata", "IN", "INR", 7),
        ("ar-KW", "Asia/Kuwait", "KW", "KWD", 6),
        ("hr", "Europe/Zagreb", "HR", "EUR", 1),
        ("de-CH", "UTC", "CH", "CHF", 1),
        ("ja", "Asia/Tokyo", "JP", "JPY", 7),
    ],
)
def test_country_and_currency_follow_the_zone(locale, zone, country, currency, week_start):
    found = proposed(locale=locale, zone=zone, on=TODAY)
    assert (found.country, found.currency, found.week_start) == (country, currency, week_start)
    assert found.zone == zone


def test_nonsense_proposes_something_that_can_be_changed():
    found = proposed(locale="<script>", zone="Mars/Olympus", on=TODAY)
    assert (found.locale, found.zone, found.currency) == ("en-US", "UTC", "USD")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_browser_gets_a_proposal(locale, zone):
    found = proposed(locale=locale, zone=zone, on=TODAY)
    assert found.zone in zones()
    assert 1 <= found.week_start <= 7


def test_every_zone_and_country_has_a_proposal():
    for zone in sorted(zones()):
        found = proposed(locale="en", zone=zone, on=TODAY)
        assert len(found.currency) == 3
        assert not found.country or found.country in countries()
    assert {"DE", "IN", "US", "GB", "KW"} <= countries()
    assert "ZZ" not in countries()


def test_first_language():
    assert first_language("de-CH,de;q=0.9,en;q=0.8") == "de-CH"
    assert first_language("en;q=0.5") == "en"
    assert first_language("") == ""


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox on Android"),
        ("curl/8.5", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_a_person_would(agent, said):
    assert summary(agent) == said
