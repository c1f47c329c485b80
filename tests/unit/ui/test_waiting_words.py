"""Pending, reconciled and lived: the words of each."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from uuid import UUID

import pytest

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Refused
from fintwin.kernel.money import currency
from fintwin.ledger.history import Event, Happened
from fintwin.ledger.pending import Pending, Total
from fintwin.ledger.posting import Kind, Outcome, Status
from fintwin.ledger.rates import Known, Pair
from fintwin.ledger.reversal import Left
from fintwin.ui.pages.accounts.reconciling import difference
from fintwin.ui.pages.rates.state import pair_row, wanted_pair
from fintwin.ui.pages.transactions import life, waiting
from fintwin.ui.pages.transactions.movements import end_of
from tests.unit.ui.test_standing import account

EUR, USD = currency("EUR"), currency("USD")
WHO = Principal(1, UUID(int=1), "Ada", "", "local", "customer", locale="en-GB", zone="UTC", currency="EUR")
AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


def pends(**changed):
    values = {
        "transaction": 42,
        "kind": Kind.WITHDRAWAL,
        "amount": D(40),
        "currency": EUR,
        "account": 1,
        "taking": None,
        "number": "",
        "transfer": None,
        "payee": "Hotel",
        "description": "",
        "created_at": AT,
        "expires_at": datetime(2026, 3, 9, tzinfo=UTC),
        "settles_at": None,
    }
    return waiting.waits(Pending(**(values | changed)), names={1: "Everyday", 2: "Savings"}, who=WHO)


def test_a_pending_row_says_whom_how_much_where_and_how_long():
    row = pends()
    assert (row.title, row.amount, row.bare) == ("Hotel", "−40.00", "40.00")
    assert row.line == "Everyday · since 2 Mar 14:05 · lapses 9 Mar 00:00"
    assert "settles by itself" in pends(settles_at=AT).line


def test_money_to_come_and_own_transfers_have_their_own_signs():
    assert pends(account=None, taking=1, kind=Kind.DEPOSIT, currency=USD).amount == "+US$40.00"
    own = pends(taking=2, kind=Kind.OWN_TRANSFER, payee="")
    assert (own.title, own.amount) == ("Everyday to Savings", "40.00")


def test_the_strip_sums_up_by_currency():
    totals = [
        Total(1, UUID(int=1), "Everyday", EUR, 2, D(40), D(0), 9),
        Total(2, UUID(int=2), "Dollars", USD, 1, D(0), D(5), 9),
    ]
    assert waiting.summary(totals, WHO) == "€40.00 kept back, US$5.00 to come"


def test_what_could_not_be_settled_says_why():
    refused = Outcome(0, None, Refused("Everyday is blocked.", code="account_frozen"), False)
    assert waiting.settled_words(2999, 3000, [refused], locale="en-GB") == (
        "2,999 settled. 1 stayed pending: Everyday is blocked."
    )
    assert waiting.settled_words(3000, 3000, [], locale="en-GB") == "3,000 settled."


def test_a_last_day_ends_in_the_persons_zone():
    assert end_of(date(2026, 3, 28), zone="Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end_of(date(2026, 3, 29), zone="Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_a_difference_names_both_balances_and_where_to_look():
    found = difference(account(), day=date(2026, 3, 31), said=D(1150), books=D(1200), locale="en-GB")
    assert found.sentence == ("At the end of 31 Mar 2026 the books have €1,200.00, the statement says €1,150.00.")
    assert found.apart.startswith("The books have €50.00 more.")
    assert found.href == f"/transactions?account={UUID(int=7)}&to=2026-03-31"


def test_steps_are_told_in_words():
    part = Event(Happened.PARTLY_REVERSED, AT, D(10), 7, "Broken", "")
    told = life.happening(part, of=EUR, who=WHO)
    assert (told.words, told.line) == ("A part was taken back: €10.00", "2 Mar 14:05 · Broken")
    assert told.other
    closed = life.happening(Event(Happened.ARCHIVED, AT, None, None, "", "FinTwin, when it was due"), of=EUR, who=WHO)
    assert (closed.words, closed.line) == ("Closed for good", "2 Mar 14:05 · by FinTwin, when it was due")


@pytest.mark.parametrize(("rest", "words"), [("30", "€30.00 of €40.00 is left."), ("40", ""), ("0", "")])
def test_what_is_left_is_said_where_a_part_is_gone(rest, words):
    left = Left(Kind.WITHDRAWAL, Status.POSTED, D(40), D(rest), EUR, False)
    assert life.rest_words(left, locale="en-GB") == words


def test_the_form_of_rates_begins_with_what_is_missing():
    assert wanted_pair(("USD", ""), own="EUR", missing=["CHF"]) == ("USD", "EUR")
    assert wanted_pair(("", ""), own="EUR", missing=["CHF", "USD"]) == ("CHF", "EUR")
    assert wanted_pair(("EUR", "EUR"), own="EUR", missing=["CHF"]) == ("CHF", "EUR")
    assert wanted_pair(("<x>", "zzz"), own="EUR", missing=[]) == ("", "EUR")


def test_a_pair_says_how_many_rates_are_before_it():
    known = Known("USD", "EUR", date(2026, 3, 2), D("0.92"), True)
    row = pair_row(Pair(known, 13, date(2026, 1, 2)), locale="en-GB")
    assert (row.words, row.line, row.earlier) == ("1 USD = 0.92 EUR", "since 2 Mar 2026 · by hand", "12 earlier")
