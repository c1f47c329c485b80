from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.statements.amounts import amount_like, decimal_sign, fitted, read_amount


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1.234,56", ",", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("1 234,56", ",", "1234.56"),
        ("1\u202f234,56 €", ",", "1234.56"),
        ("1'234.50", ".", "1234.50"),
        ("1,23,456.78", ".", "123456.78"),
        ("-12.50", ".", "-12.50"),
        ("−12,50", ",", "-12.50"),
        ("12.50-", ".", "-12.50"),
        ("(12.50)", ".", "-12.50"),
        ("-$1,234.50", ".", "-1234.50"),
        ("$-1,234.50", ".", "-1234.50"),
        ("EUR 5", ".", "5"),
        ("12,50 S", ",", "-12.50"),
        ("12,50 H", ",", "12.50"),
        ("12.50 DR", ".", "-12.50"),
        (".50", ".", "0.50"),
        ("+00000000000115.83", ".", "115.83"),
    ],
)
def test_amounts_as_banks_write_them(text, decimal, amount):
    assert amount_like(text)
    assert read_amount(text, decimal=decimal) == D(amount)


@pytest.mark.parametrize(
    "text", ["", "zwei", "1.2.3,4,5", "--5", "-(5)", "1e9", "NaN", "12.50 parsecs", "=1+1", "1" * 60]
)
def test_what_is_no_amount(text):
    with pytest.raises(Invalid):
        read_amount(text, decimal=".")


def test_a_group_of_the_wrong_size_is_no_amount():
    with pytest.raises(Invalid, match="like the others"):
        read_amount("12,50", decimal=".")


@pytest.mark.parametrize(
    ("texts", "digits", "sign"),
    [
        (["1.234", "5,10"], 2, ","),
        (["1.234", "500"], 2, ","),
        (["1.234"], 2, ","),
        (["1.234", "20.000"], 3, "."),
        (["1,234", "500"], 2, "."),
        (["0.123", "1.234"], 2, "."),
        (["1.234.567"], 2, ","),
        (["10", "20"], 2, "."),
        (["12.50", "13.75", "1,5"], 2, "."),
    ],
)
def test_one_decimal_sign_for_the_whole_file(texts, digits, sign):
    assert decimal_sign(texts, digits=digits) == sign


@given(
    st.lists(st.decimals(min_value=D("-9999999"), max_value=D("9999999"), places=2), min_size=1, max_size=20),
    st.sampled_from([",", "."]),
)
def test_written_with_either_sign_they_read_the_same(amounts, decimal):
    other = "." if decimal == "," else ","
    texts = [f"{amount:,.2f}".replace(",", "#").replace(".", decimal).replace("#", other) for amount in amounts]
    assert decimal_sign(texts) == decimal
    assert [read_amount(text, decimal=decimal) for text in texts] == amounts


@given(st.text("0123456789.,+-", max_size=12), st.sampled_from([",", "."]))
def test_a_currency_before_it_changes_no_amount(text, decimal):
    """Amounts as they are nearly always written are read by one pattern; a mark sends them the long way."""

    def amount(written):
        try:
            return read_amount(written, decimal=decimal)
        except Invalid:
            return None

    assert amount(text) == amount(f"EUR{text}")


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_refused(text):
    for decimal in ".,":
        try:
            assert read_amount(text, decimal=decimal).is_finite()
        except Invalid as refusal:
            assert refusal.field == "amount"


def test_more_decimals_than_the_currency_has_are_rounded_and_said():
    assert fitted(D("115.8331"), of="USD") == (D("115.83"), "Rounded from 115.8331.")
    assert fitted(D("-1500.0000"), of="USD") == (D("-1500.00"), "")
    with pytest.raises(Invalid, match="more decimals than JPY"):
        fitted(D("10.5"), of="JPY")
    with pytest.raises(Invalid) as refusal:
        fitted(D("0.004"), of="EUR")
    assert refusal.value.code == "nothing_moved"
