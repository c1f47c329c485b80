from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.kernel.wording import amount_text, count_text, counted, date_text, instant_text, known_locale, parse_amount

EUR, USD, JPY, INR = (currency(code) for code in ("EUR", "USD", "JPY", "INR"))
LOCALES = ["en-US", "en-GB", "de-DE", "fr-FR", "en-IN", "hi-IN", "de-CH", "es-ES", "pl-PL", "pt-BR", "nl-NL", "sv-SE"]


def test_the_sign_is_a_true_minus_before_the_symbol():
    assert amount_text(D("-1234.5"), of=USD, locale="en-US") == "−$1,234.50"
    assert amount_text(D("640"), of=USD, locale="en-US", signed=True) == "+$640.00"
    assert amount_text(D(0), of=USD, locale="en-US", signed=True) == "$0.00"
    assert amount_text(D("-3.5"), of=EUR, locale="de-DE", symbol=False) == "−3,50"


def test_whole_amounts_and_currencies_without_decimals():
    assert amount_text(D("148206.50"), of=USD, locale="en-US", whole=True) == "$148,206"
    assert amount_text(D(1234), of=JPY, locale="en-US") == "¥1,234"
    assert amount_text(D("1234567.8"), of=INR, locale="en-IN") == "₹12,34,567.80"


@pytest.mark.parametrize("locale", LOCALES)
@given(amount=st.decimals(-(10**12), 10**12, places=2))
def test_what_is_written_is_read_back(locale, amount):
    assert parse_amount(amount_text(amount, of=EUR, locale=locale), of=EUR, locale=locale) == amount


@pytest.mark.parametrize(
    ("text", "locale", "amount"),
    [
        ("1234.56", "en-US", "1234.56"),
        ("1,234.56", "en-US", "1234.56"),
        ("1,5", "en-US", "1.5"),
        ("1,500", "en-US", "1500"),
        ("1.500", "de-DE", "1500"),
        ("1.5", "de-DE", "1.5"),
        ("−12", "en-US", "-12"),
        (" 1 234,50 ", "fr-FR", "1234.50"),
        ("EUR 12.30", "en-US", "12.30"),
        (".5", "en-US", "0.5"),
        ("1’234.50", "de-CH", "1234.50"),
    ],
)
def test_amounts_as_people_type_them(text, locale, amount):
    assert parse_amount(text, of=EUR, locale=locale) == D(amount)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "1,2,3,4", "--5", "1e5", "nan", "5-", "1.234,5,6", "9" * 60, ",", "+", "0x10"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Invalid) as refused:
        parse_amount(text, of=EUR, locale="en-US")
    assert refused.value.code == "amount_unreadable"


@given(st.text(max_size=30))
def test_any_text_gives_an_amount_or_a_sentence(text):
    try:
        parse_amount(text, of=EUR, locale="en-US")
    except Invalid as refused:
        assert refused.sentence


def test_dates_and_instants():
    assert date_text(date(2026, 11, 21), locale="en-GB", style="day") == "21 Nov"
    assert date_text(date(2026, 11, 21), locale="en-US", style="day") == "Nov 21"
    assert date_text(date(2026, 11, 21), locale="de-DE", style="day") == "21. Nov."
    assert (
        instant_text(datetime(2026, 11, 21, 13, 5, tzinfo=UTC), zone="Europe/Berlin", locale="en-GB") == "21 Nov 14:05"
    )


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("de", "de"),
        ("en-GB", "en-GB"),
        ("xx-YY", "en-US"),
        (None, "en-US"),
        ("", "en-US"),
        ("en_US", "en-US"),
        ("../..", "en-US"),
    ],
)
def test_a_locale_that_nobody_knows_is_english(tag, locale):
    assert known_locale(tag) == locale


@pytest.mark.parametrize(
    ("locale", "text"),
    [("en-GB", "1,234,567"), ("de-DE", "1.234.567"), ("de-CH", "1’234’567"), ("en-IN", "12,34,567")],
)
def test_counts_are_grouped_as_the_locale_has_it(locale, text):
    assert count_text(1_234_567, locale=locale) == text
    assert counted(1_234_567, "row", locale=locale) == f"{text} rows"


def test_one_of_something_is_singular():
    assert [counted(many, "row", locale="en-GB") for many in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
