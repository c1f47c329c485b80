"""The register in words, and the forms for something new."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from uuid import UUID

import pytest

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger import register
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.wording import status_words
from fintwin.ui.act import parse
from fintwin.ui.pages.accounts.state import OpenForm, account_row, opening_balance, opening_day, qr_path
from fintwin.ui.pages.transactions import rows
from fintwin.ui.pages.transactions.movements import DepositForm
from tests.unit.ui.test_standing import account

EUR, USD = currency("EUR"), currency("USD")
WHO = Principal(1, UUID(int=1), "Ada", "", "local", "customer", locale="en-GB", zone="UTC", currency="EUR")
HERE = register.Side(1, UUID(int=7), "Everyday")
THERE = register.Side(2, UUID(int=8), "Savings")
TODAY = date(2026, 11, 21)


def found(**changed):
    values = {
        "id": 42,
        "booked": date(2026, 11, 20),
        "kind": Kind.WITHDRAWAL,
        "status": Status.POSTED,
        "amount": D("-64.20"),
        "currency": EUR,
        "own_transfer": False,
        "giving": HERE,
        "taking": None,
        "payee": "Green Grocer",
        "description": "",
        "category": 3,
        "category_name": "Groceries",
        "note": "",
        "matched": None,
    }
    return register.Row(**(values | changed))


def shown(**changed):
    return rows.row(found(**changed), WHO, today=TODAY)


def test_a_row_says_whom_what_where_and_how_much():
    row = shown()
    assert (row.title, row.category, row.account, row.amount) == ("Green Grocer", "Groceries", "Everyday", "−64.20")
    assert row.aside == " · Everyday"
    assert row.line == "20 Nov · Groceries · Everyday"
    assert not row.inflow
    assert row.plain


@pytest.mark.parametrize("status", list(Status))
def test_a_row_says_where_it_stands_as_the_books_say_it(status):
    row = shown(status=status)
    assert row.status == status_words(status)
    assert row.plain == (row.status == "Posted")


def test_a_part_says_of_what_it_is_one():
    assert shown(amount=D("-12"), part_of=D("-30")).part_of == "of 30.00"
    assert shown().part_of == ""


def test_another_year_is_written_out():
    assert shown(booked=date(2025, 11, 20)).day == "20 Nov 2025"


def test_another_currency_is_named():
    assert shown(currency=USD).amount == "−US$64.20"


def test_an_own_transfer_without_an_account_has_no_sign():
    row = shown(kind=Kind.OWN_TRANSFER, own_transfer=True, amount=D(400), taking=THERE, payee="", category_name="")
    assert (row.title, row.category, row.amount) == ("Everyday to Savings", "Own transfer", "400.00")
    assert not row.inflow


def test_a_missing_category_can_be_chosen_only_where_one_is_meant():
    spent = shown(category=None, category_name="")
    assert spent.choosable
    assert spent.line == "20 Nov · Everyday"
    earned = shown(kind=Kind.DEPOSIT, amount=D(5), giving=None, taking=HERE, category=None, category_name="")
    assert (earned.category, earned.choosable) == ("Income", False)
    opened = shown(kind=Kind.OPENING, category=None, category_name="", payee="", giving=None, taking=HERE, amount=D(5))
    assert (opened.title, opened.category, opened.choosable) == ("Opening balance", "Opening balance", False)


def test_money_between_people_is_named_by_its_direction():
    row = shown(kind=Kind.BETWEEN_PEOPLE, amount=D(25), payee="L••• O•••", category=None, category_name="")
    assert row.category == "From a person"
    assert row.letters == "LO"


@pytest.mark.parametrize("kind", [Kind.BETWEEN_PEOPLE, Kind.REVERSAL])
def test_the_name_of_another_person_is_nobodys_own_word_for_them(kind):
    assert shown(kind=kind, payee="L••• O•••").payee == ""
    assert shown(kind=kind, payee="Lena", named="Lena").payee == "Lena"


@pytest.mark.parametrize(
    ("kind", "amount", "words"),
    [
        (Kind.DEPOSIT, 5, "Income"),
        (Kind.BETWEEN_PEOPLE, -5, "To a person"),
        (Kind.BETWEEN_PEOPLE, 5, "From a person"),
        (Kind.WITHDRAWAL, -5, "None"),
    ],
)
def test_the_panel_says_the_same_as_the_row(kind, amount, words):
    one = found(kind=kind, amount=D(amount), category=None, category_name="")
    detail = register.Detail(one, None, datetime(2026, 11, 20, tzinfo=UTC), "", None, None, None, False, ())
    seen = rows.seen(detail, WHO)
    assert (seen.category, seen.uncategorised) == ("", words)
    assert rows.row(one, WHO, today=TODAY).category == ("" if words == "None" else words)


@pytest.mark.parametrize("source", ["income", "opening", "category:12", "account:" + str(UUID(int=3))])
def test_a_deposit_says_where_it_comes_from(source):
    assert parse(DepositForm, {"account": str(UUID(int=7)), "amount": "5", "source": source}).source == source


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"account": "1 OR 1=1"}, "account"),
        ({"amount": ""}, "amount"),
        ({"amount": "9" * 41}, "amount"),
        ({"source": "category:x"}, "source"),
        ({"booked": "2026-13-01"}, "booked"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_a_form_is_bounded(wrong, field):
    good = {"account": str(UUID(int=7)), "amount": "5", "source": "income", "booked": "", "note": ""}
    assert parse(DepositForm, good).booked is None
    with pytest.raises(Invalid) as refused:
        parse(DepositForm, good | wrong)
    assert refused.value.field == field


def test_what_is_owed_is_opened_below_zero():
    form = {"name": "Card", "type": "credit", "currency": "EUR", "balance": "1.200,50"}
    assert opening_balance(parse(OpenForm, form), locale="de-DE") == D("-1200.50")
    assert opening_balance(parse(OpenForm, form | {"type": "savings"}), locale="de-DE") == D("1200.50")
    assert opening_balance(parse(OpenForm, form | {"balance": ""}), locale="de-DE") is None


def test_the_code_of_a_number_has_a_quiet_zone():
    path, side = qr_path("12345678901234")
    assert side == 29
    assert path.startswith("M4 4h1v1h-1z")


@pytest.mark.parametrize(
    ("posted", "limit", "available", "credit"),
    [
        ("100", "0", "", ""),
        ("100", "50", "€150.00", "€50.00"),
        ("-20", "50", "€30.00", "€30.00"),
        ("-50", "50", "€0.00", ""),
    ],
)
def test_an_account_says_how_much_of_what_is_available_is_borrowed(posted, limit, available, credit):
    own = account(posted=posted)
    held = replace(own, custody="held", credit_limit=D(limit), available=D(posted) + D(limit))
    row = account_row(held, locale="en-GB")
    assert (row.available, row.credit) == (available, credit)


def test_nothing_that_came_in_is_not_shown_as_money_that_came():
    none = register.Sums(currency=EUR, count=1, inflow=D(0), outflow=D("5.00"))
    assert not rows.sums(none, WHO).came
    assert rows.sums(replace(none, inflow=D("0.01")), WHO).came


def test_a_number_that_the_name_ends_with_is_not_said_twice():
    one = replace(account("Giro"), bank_number="DE02120300000000202051")
    assert rows.choice(one).name == "Giro ··2051"
    assert rows.choice(replace(one, name="Account ··2051")).name == "Account ··2051"


def test_a_day_to_come_is_told_beside_the_day_of_a_new_account():
    with pytest.raises(Invalid) as refused:
        opening_day(WHO, date(2199, 1, 1))
    assert (refused.value.field, refused.value.sentence) == ("opened", "This date is in the future.")
