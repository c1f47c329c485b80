"""An order to a bank in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from fintwin.kernel.money import currency
from fintwin.payments.bank import OrderView
from fintwin.ui.pages.outside.state import order_row, unbooked

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ORDER = OrderView(
    id=1,
    uuid=UUID(int=1),
    account=1,
    account_name="Everyday",
    currency=currency("EUR"),
    amount=Decimal(30),
    name="Jörg Weiß",
    iban="NL91ABNA0417164300",
    remittance="Rent",
    execute_on=date(2026, 11, 26),
    end_to_end="FT1",
    status="ready",
    reason="",
    file=None,
    transaction=1,
    reversal=None,
    created_at=NOON,
    changed_at=NOON,
)


def test_it_is_called_as_it_was_typed_and_says_how_its_file_spells_it():
    row = order_row(ORDER, locale="en-GB")
    assert (row.name, row.spelled) == ("Jörg Weiß", "In the file for the bank: “Joerg Weiss”")
    row = order_row(replace(ORDER, remittance="Für März"), locale="en-GB")
    assert row.spelled == "In the file for the bank: “Joerg Weiss”, “Fuer Maerz”"
    assert order_row(replace(ORDER, remittance="北京"), locale="en-GB").spelled.endswith("“Joerg Weiss”, no reference")


def test_nothing_is_said_where_the_file_spells_it_alike():
    assert order_row(replace(ORDER, name="Jorg Weiss"), locale="en-GB").spelled == ""


def test_an_answer_that_is_not_booked_shows_in_the_list():
    sent = replace(ORDER, status="sent")
    assert order_row(sent, locale="en-GB").word == "With the bank"
    stuck = order_row(replace(sent, reason="The bank paid Jörg. This account is blocked."), locale="en-GB")
    assert (stuck.word, stuck.tone) == ("Answer not booked", "bad")
    assert order_row(replace(ORDER, status="refused", reason="It was called back."), locale="en-GB").word == "Refused"


def test_the_first_answers_that_are_not_booked_are_told_and_the_rest_counted():
    waits = [replace(ORDER, status="sent", reason=f"Reason {at}.") for at in range(6)]
    assert unbooked([ORDER, *waits[:5]], locale="en-GB") == [one.reason for one in waits[:5]]
    assert unbooked(waits, locale="en-GB")[5:] == ["1 more payment below: open one to read why."]
