"""What amounts are worth in other currencies, and files of rates."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger import rate_file
from fintwin.ledger.exchange import Quote, Rates

EUR, USD, JPY = currency("EUR"), currency("USD"), currency("JPY")
DAY = date(2026, 3, 2)
LATER = DAY + timedelta(days=10)


def test_a_rate_holds_from_its_day_until_the_next_is_known():
    rates = Rates.of([Quote("EUR", "USD", LATER, D("1.10")), Quote("EUR", "USD", DAY, D("1.00"))])
    assert rates.worth("EUR", in_="USD", on=DAY - timedelta(days=1)) is None
    assert rates.worth("EUR", in_="USD", on=LATER - timedelta(days=1)).rate == D("1.00")
    assert rates.worth("EUR", in_="USD", on=LATER + timedelta(days=900)).day == LATER


def test_the_inverse_and_the_way_over_a_third_currency_count_and_name_their_oldest_day():
    rates = Rates.of([Quote("EUR", "USD", DAY, D("1.25")), Quote("EUR", "JPY", LATER, D("160"))])
    assert rates.convert(D("10.00"), of=USD, to=EUR, on=LATER)[0] == D("8.00")
    yen, worth = rates.convert(D("10.00"), of=USD, to=JPY, on=LATER)
    assert (yen, worth.rate, worth.day) == (D(1280), D(128), DAY)
    assert rates.worth("USD", in_="CHF", on=LATER) is None


def test_the_younger_of_a_rate_and_its_inverse_counts():
    rates = Rates.of([Quote("EUR", "USD", DAY, D("1.25")), Quote("USD", "EUR", LATER, D("0.5"))])
    assert rates.worth("EUR", in_="USD", on=LATER).rate == D(2)


def test_an_amount_in_its_own_currency_stays_as_it_is():
    assert Rates.of([]).convert(D("1.23"), of=EUR, to=EUR, on=DAY)[0] == D("1.23")


@given(
    st.lists(st.tuples(st.integers(0, 40), st.decimals("0.0001", "9999", places=4)), min_size=1, max_size=8),
    st.integers(-1, 50),
    st.randoms(),
)
def test_the_order_of_quotes_does_not_matter(known, on, chance):
    quotes = [Quote("EUR", "USD", DAY + timedelta(days=day), rate) for day, rate in dict(known).items()]
    shuffled = chance.sample(quotes, len(quotes))
    day = DAY + timedelta(days=on)
    assert Rates.of(quotes).worth("USD", in_="EUR", on=day) == Rates.of(shuffled).worth("USD", in_="EUR", on=day)


TABLE = "Date,USD,JPY,CYP,\n2026-03-02,1.0874,160.1,N/A,\n2026-02-27,1.08,159.9,0.58,\n"


def test_a_central_banks_table_quotes_one_euro():
    found = rate_file.read(TABLE.encode(), wanted={"USD", "EUR"})
    assert found == [Quote("EUR", "USD", DAY, D("1.0874")), Quote("EUR", "USD", date(2026, 2, 27), D("1.08"))]
    named = rate_file.read(b"Date;Base;EUR\n2026-03-02;USD;0.92\n", wanted={"USD", "EUR"})
    assert named == [Quote("USD", "EUR", DAY, D("0.92"))]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("head", ["", "date{0}base{0}quote{0}rate\n"])
def test_lines_of_date_base_quote_rate_are_read(separator, head):
    line = separator.join(["2026-03-02", "usd", "EUR", "0.92"])
    text = head.format(separator) + line + "\n\n" + line.replace("usd", "XAF")
    assert rate_file.read(text.encode(), wanted={"USD", "EUR"}) == [Quote("USD", "EUR", DAY, D("0.92"))]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "not a file of rates"),
        (b"\xff\xfe\x00", "not a file of rates"),
        (b"2026-03-02,USD,EUR", "Line 1: write a date"),
        (b"02.03.2026,USD,EUR,1", "Line 1: write the date as 2026-03-02"),
        (b"2026-03-02,USD,EUR,1\n2026-03-03,USD,EUR,-1", "Line 2: '-1' is not a rate"),
        (b"2026-03-02,USD,EUR,NaN", "is not a rate"),
        (b"2026-03-02,USD,EUR,1e99", "is not a rate"),
        (b"2026-03-02,USD,EURO,1", "Line 1: 'EURO' is not a currency"),
        (b"2026-03-02,USD,USD,1", "both currencies are the same"),
        (b"2026-03-02,CHF,GBP,1", "no rate between currencies that you use"),
        (b"Date,USD\n2026-03-02,zero", "Line 2: 'zero' is not a rate"),
        (b'"' + b"x" * 200_000, "not a file of rates"),
        (b"x" * (rate_file.LARGEST + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(text, says):
    with pytest.raises(Invalid, match=says.replace("(", r"\(")):
        rate_file.read(text, wanted={"USD", "EUR"})


@given(st.binary(max_size=200) | st.text(alphabet="date,;\n0123456789-USDEUR.", max_size=200).map(str.encode))
def test_no_file_breaks_the_reader(data):
    try:
        found = rate_file.read(data, wanted={"USD", "EUR"})
    except Invalid as refused:
        assert refused.sentence.endswith(".")
    else:
        assert all(one.rate > 0 for one in found)
