from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.identity.profile import FIELDS, Profile, changed, checked_phone, complete
from fintwin.kernel.errors import FinTwinError, Invalid, InvalidFields

MAYA = Profile(name="Maya Rao", currency="EUR", zone="Europe/Paris", locale="en-US")


def refused(code: str, field: str, **changes: str) -> None:
    with pytest.raises(Invalid) as error:
        changed(MAYA, changes, year=2026)
    assert (error.value.code, error.value.field) == (code, field)
    assert error.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+44 20 7946 0000", "+44 2079460000"),
        ("0044 (20) 7946-0000", "+44 2079460000"),
        ("+1 555 123 4567", "+1 5551234567"),
        ("+91 98765 43210", "+91 9876543210"),
        ("+353 1 234 5678", "+353 12345678"),
        ("+7 495 123-45-67", "+7 4951234567"),
        ("+49 1234567", "+49 1234567"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_phone_numbers_are_kept_in_one_form(typed, kept):
    assert checked_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "+44 20 79",
        "020 7946 0000",
        "+44 2079460000123456",
        "+999 123456",
        "+289 1234567",
        "+44 20x79460000",
        "+",
        "+٤٤ ٢٠٧٩٤٦٠٠٠٠",
    ],
)
def test_other_phone_numbers_are_refused(typed):
    with pytest.raises(Invalid) as error:
        checked_phone(typed)
    assert (error.value.code, error.value.field) == ("bad_phone", "phone")


@given(st.integers(0, 10**16 - 1).map(str))
def test_seven_to_fifteen_digits_after_the_code(digits):
    if 7 <= len(digits) <= 15:
        assert checked_phone("+33" + digits) == f"+33 {digits}"
    else:
        with pytest.raises(Invalid):
            checked_phone("+33" + digits)


def test_every_field_at_once():
    after = changed(
        MAYA,
        {
            "name": "  Maya   Rao ",
            "phone": "+33 1 23 45 67 89",
            "country": "fr",
            "currency": "jpy",
            "locale": "de_DE",
            "zone": "Asia/Tokyo",
            "monthly_income": "390.000",
            "goal": "wealth_building",
            "risk_appetite": "high",
            "dependants": "2",
            "birth_year": "1987",
            "week_start": "7",
            "month_start": "25",
        },
        year=2026,
        written_in="de-DE",
    )
    assert after == Profile(
        name="Maya Rao",
        currency="JPY",
        zone="Asia/Tokyo",
        locale="de-DE",
        phone="+33 123456789",
        country="FR",
        monthly_income=D(390000),
        goal="wealth_building",
        risk_appetite="high",
        dependants=2,
        birth_year=1987,
        week_start=7,
        month_start=25,
    )


def test_empty_text_takes_an_optional_answer_back():
    full = replace(MAYA, phone="+33 123456789", monthly_income=D(1), dependants=1, birth_year=1987, goal="savings")
    emptied = changed(
        full, dict.fromkeys(("phone", "monthly_income", "dependants", "birth_year", "goal"), ""), year=2026
    )
    assert emptied == MAYA


def test_unknown_is_not_zero():
    assert changed(MAYA, {"monthly_income": "0"}, year=2026).monthly_income == 0
    assert changed(MAYA, {"monthly_income": ""}, year=2026).monthly_income is None


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("name", "", "bad_name"),
        ("name", "x" * 81, "bad_name"),
        ("name", "a\x00b", "bad_name"),
        ("name", "a\u202eb", "bad_name"),
        ("currency", "EURO", "unknown_currency"),
        ("currency", "", "unknown_currency"),
        ("zone", "Mars/Olympus", "bad_zone"),
        ("zone", "../etc/passwd", "bad_zone"),
        ("zone", "", "bad_zone"),
        ("locale", "xx-nonsense", "bad_locale"),
        ("locale", "e" * 500, "bad_locale"),
        ("locale", "", "bad_locale"),
        ("country", "XX", "bad_country"),
        ("monthly_income", "-1", "bad_income"),
        ("monthly_income", "1.2345", "amount_decimals"),
        ("monthly_income", "NaN", "amount_unreadable"),
        ("monthly_income", "9" * 30, "amount_too_large"),
        ("goal", "world domination", "bad_choice"),
        ("risk_appetite", "HIGH", "bad_choice"),
        ("dependants", "31", "bad_dependants"),
        ("dependants", "-1", "bad_dependants"),
        ("dependants", "1.5", "bad_dependants"),
        ("birth_year", "1905", "bad_birth_year"),
        ("birth_year", "2020", "bad_birth_year"),
        ("birth_year", "²⁰⁰⁰", "bad_birth_year"),
        ("week_start", "0", "bad_week_start"),
        ("week_start", "", "bad_week_start"),
        ("month_start", "29", "bad_month_start"),
    ],
)
def test_refusals_name_their_field(field, typed, code):
    refused(code, field, **{field: typed})


def test_no_other_field_is_taken():
    refused("unknown_field", "owner", owner="7")
    refused("unknown_field", "completed_at", completed_at="2026-01-01")


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=60)))
def test_any_payload_is_taken_or_refused_with_a_sentence(changes):
    try:
        after = changed(MAYA, changes, year=2026)
    except FinTwinError as error:
        assert error.sentence
        assert error.field
    else:
        assert after.name
        assert after.currency


def test_an_income_that_the_new_currency_cannot_hold_is_refused():
    earning = replace(MAYA, monthly_income=D("10.50"))
    with pytest.raises(Invalid) as error:
        changed(earning, {"currency": "JPY"}, year=2026)
    assert error.value.field == "monthly_income"


@pytest.mark.parametrize(
    ("before", "typed", "changes", "kept"),
    [
        ("de-DE", "3.900,00", {"locale": "en-US"}, D(3900)),
        ("de-DE", "300.000", {"locale": "en-US", "currency": "JPY"}, D(300000)),
        ("en-US", "300,000", {"locale": "de-DE", "currency": "JPY"}, D(300000)),
        ("fr-FR", "3\u202f900,50", {"locale": "en-GB"}, D("3900.50")),
    ],
)
def test_an_income_is_read_as_the_form_wrote_it_not_as_the_new_locale_would(before, typed, changes, kept):
    german = replace(MAYA, locale=before, monthly_income=D(1))
    after = changed(german, {"monthly_income": typed, **changes}, year=2026)
    assert after.monthly_income == kept
    assert after.locale == changes["locale"]
    # A form that was opened before the locale was changed elsewhere.
    stale = replace(german, locale=changes["locale"])
    assert changed(stale, {"monthly_income": typed} | changes, year=2026, written_in=before).monthly_income == kept


def test_every_wrong_field_is_told_at_once():
    with pytest.raises(InvalidFields) as error:
        changed(MAYA, {"phone": "12", "birth_year": "1800", "goal": "savings", "currency": "EURO"}, year=2026)
    assert [(fault.field, fault.code) for fault in error.value.faults] == [
        ("currency", "unknown_currency"),
        ("phone", "bad_phone"),
        ("birth_year", "bad_birth_year"),
    ]
    assert (error.value.field, error.value.code) == ("currency", "unknown_currency")


def test_complete_asks_for_goal_and_risk():
    with pytest.raises(Invalid) as error:
        complete(MAYA)
    assert (error.value.code, error.value.field) == ("missing_answer", "goal")
    with pytest.raises(Invalid) as error:
        complete(replace(MAYA, goal="savings"))
    assert error.value.field == "risk_appetite"
    complete(replace(MAYA, goal="savings", risk_appetite="low"))
