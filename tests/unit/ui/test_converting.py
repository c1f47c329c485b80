"""What leaves, what arrives and the rate between them, as they are typed."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.kernel.wording import parse_rate, rate_text
from fintwin.ledger import register
from fintwin.ledger.conversion import Sides
from fintwin.ledger.exchange import Worth
from fintwin.ledger.posting import Kind, Status
from fintwin.ui.pages.transactions import rows
from fintwin.ui.pages.transactions.converting import Typed, proposed, rate_line

EUR, USD, JPY = currency("EUR"), currency("USD"), currency("JPY")
WORTH = Worth(D("1.087"), date(2026, 3, 2))
WHO = Principal(1, UUID(int=1), "Ada", "", "local", "customer", locale="en-GB", zone="UTC", currency="EUR")
SIDES = Sides("Everyday", D("100"), EUR, "Dollars", D("108.70"), USD)


def filled(typed, worth=WORTH, into=USD):
    return proposed(typed, of=EUR, into=into, worth=worth, locale="en-GB")


def test_the_other_amount_follows_from_the_one_that_was_written():
    assert filled(Typed(leaves="100", wrote_leaves=True)).arrives == "108.70"
    assert filled(Typed(arrives="108.7", wrote_arrives=True)).leaves == "100.00"
    assert filled(Typed(leaves="100", wrote_leaves=True), Worth(D("163.4567"), WORTH.day), JPY).arrives == "16,346"


def test_what_was_written_is_never_overwritten():
    both = Typed(leaves="100", arrives="105", wrote_leaves=True, wrote_arrives=True)
    assert filled(both) == both
    assert rate_line(both, of=EUR, into=USD, locale="en-GB") == "1 EUR = 1.05 USD · 1 USD = 0.952381 EUR"


def test_a_proposal_of_another_pair_does_not_stay():
    assert filled(Typed(leaves="100", arrives="108.70", wrote_leaves=True), worth=None).arrives == ""
    assert filled(Typed(leaves="lots", arrives="108.70", wrote_leaves=True)).arrives == ""
    assert rate_line(Typed(leaves="100"), of=EUR, into=USD, locale="en-GB") == ""


def conversion_row(of, amount):
    return register.Row(
        id=42,
        booked=date(2026, 11, 20),
        kind=Kind.CONVERSION,
        status=Status.POSTED,
        amount=D(amount),
        currency=of,
        own_transfer=False,
        giving=None,
        taking=None,
        payee="",
        description="",
        category=None,
        category_name="",
        note="",
        matched=None,
    )


@pytest.mark.parametrize(
    ("of", "amount", "first", "second"),
    [(EUR, "-100", "−100.00", "→ US$108.70"), (USD, "108.70", "+US$108.70", "for €100.00")],
)
def test_a_row_shows_both_amounts_and_the_rate(of, amount, first, second):
    row = rows.row(conversion_row(of, amount), WHO, today=date(2026, 11, 21), sides=SIDES)
    assert (row.title, row.amount, row.second) == ("Everyday to Dollars", first, second)
    assert row.category == "Exchanged at 1.087"


def test_a_conversion_is_one_row_and_the_half_that_a_filter_shows_stays():
    both = [conversion_row(USD, "108.70"), conversion_row(EUR, "-100")]
    assert [one.currency for one in rows.each_once(both, {42: SIDES})] == [EUR]
    assert rows.each_once(both[:1], {42: SIDES}) == both[:1]
    assert rows.each_once(both, {}) == both


def test_the_panel_says_both_sides():
    found = register.Detail(
        conversion_row(EUR, "-100"), None, datetime(2026, 11, 20, tzinfo=UTC), "", None, None, None, True, ()
    )
    facts = {fact.name: fact.value for fact in rows.seen(found, WHO, sides=SIDES).facts}
    assert facts["Left"] == "€100.00 from Everyday"
    assert facts["Arrived"] == "US$108.70 on Dollars"
    assert facts["Rate"] == "1 EUR = 1.087 USD · 1 USD = 0.919963 EUR"


@pytest.mark.parametrize(
    ("text", "locale", "rate"),
    [("0.92", "en-GB", "0.92"), ("0,92", "de-DE", "0.92"), ("0.92", "de-DE", "0.92"), ("0,920", "en-GB", "0.920")],
)
def test_a_rate_is_read_with_either_decimal_sign(text, locale, rate):
    assert parse_rate(text, locale=locale) == D(rate)


@pytest.mark.parametrize("text", ["", "0", "-1", "1,087", "1.0.1", "1e3", "NaN", "abc", "9" * 31])
def test_what_is_no_rate_or_could_be_two_is_refused(text):
    with pytest.raises(Invalid, match=r"Write it like 1\.0874"):
        parse_rate(text, locale="en-GB")


@given(st.decimals("0.001", "999", places=3), st.sampled_from(["en-GB", "de-DE", "fr-FR"]))
def test_a_rate_is_read_as_it_is_shown(rate, locale):
    assert parse_rate(rate_text(rate, locale=locale), locale=locale) == rate or "," in rate_text(rate, locale="en-GB")
