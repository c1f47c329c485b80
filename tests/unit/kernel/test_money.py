from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import LARGEST, currency, current_currencies, exact, plain, positive, rounded

EUR, JPY, KWD = currency("EUR"), currency("jpy"), currency("KWD")


def test_decimals_follow_the_currency():
    assert [c.digits for c in (EUR, JPY, KWD)] == [2, 0, 3]
    assert currency("EUR").cent == D("0.01")


@pytest.mark.parametrize("code", ["", "EU", "EURO", "ZZZ", "E R", "€"])
def test_an_unknown_currency_is_named(code):
    with pytest.raises(Invalid) as refused:
        currency(code)
    assert refused.value.code == "unknown_currency"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("nan", "amount_not_finite"),
        ("sNaN", "amount_not_finite"),
        ("Infinity", "amount_not_finite"),
        ("-inf", "amount_not_finite"),
        ("1.005", "amount_decimals"),
        ("12,50", "amount_unreadable"),
        ("", "amount_unreadable"),
        ("1e17", "amount_too_large"),
        ("-1e17", "amount_too_large"),
        ("0", "amount_not_positive"),
        ("-0.01", "amount_not_positive"),
        (None, "amount_unreadable"),
    ],
)
def test_each_refusal_of_an_amount_has_its_code(amount, code):
    with pytest.raises(Invalid) as refused:
        positive(amount, to=EUR)
    assert refused.value.code == code
    assert refused.value.field == "amount"


def test_machines_read_all_decimals_of_a_currency():
    assert [
        plain(D(text), of=currency(code)) for text, code in (("-1234.5000", "EUR"), ("5", "KWD"), ("7.0", "JPY"))
    ] == [
        "-1234.50",
        "5.000",
        "7",
    ]


def test_decimals_by_currency():
    assert positive("1.005", to=KWD) == D("1.005")
    with pytest.raises(Invalid, match="no decimals"):
        positive("1.5", to=JPY)


def test_trailing_zeros_are_no_decimals():
    assert exact("1.5000", to=EUR) == D("1.50")
    assert exact("100.00", to=JPY) == D(100)


def test_rounding_is_half_even():
    assert [rounded(D(x), to=EUR) for x in ("0.005", "0.015", "0.025", "-0.005")] == [
        D("0.00"),
        D("0.02"),
        D("0.02"),
        D("0.00"),
    ]


@given(st.decimals(-LARGEST, LARGEST, places=2))
def test_what_is_exact_stays_as_it_is(amount):
    assert exact(amount, to=EUR) == amount


def test_currencies_in_use_have_names_and_no_funds_codes():
    codes = {code for code, _name in current_currencies("de-DE")}
    assert {"EUR", "USD", "GBP", "INR", "JPY"} <= codes
    assert "DEM" not in codes
    assert ("EUR", "Euro") in current_currencies("de-DE")
