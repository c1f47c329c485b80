"""QIF: one file for each trap, and what must be made of it."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.statements.recognise import read, recognise
from fintwin.statements.recognised import Chosen, recognised_json, recognised_of

FILES = Path(__file__).parents[2] / "fixtures" / "statements"


def opened(name, chosen=None):
    data = (FILES / name).read_bytes()
    found = recognise(data, name=name, chosen=chosen)
    assert recognised_of(recognised_json(found)) == found
    return found, read(data, found)


def test_years_behind_an_apostrophe_are_of_this_century_and_others_as_they_are_near():
    found, (statement,) = opened("us_apostrophe_years.qif")
    assert (found.format, found.dates, found.decimal, found.ask) == ("qif", "mdy", ".", ())
    assert [(row.booked, row.amount) for row in statement.rows] == [
        (date(2024, 1, 21), D("-1234.56")),
        (date(2004, 2, 4), D("-42.50")),
        (date(1999, 12, 31), D("-200.00")),
        (date(2024, 3, 9), D("15.00")),
    ]


def test_the_balance_an_account_began_with_is_no_movement():
    _, (statement,) = opened("us_apostrophe_years.qif")
    assert (statement.opening.amount, statement.opening.day) == (D("1250.00"), date(2024, 1, 2))
    assert [(item.line, item.sentence) for item in statement.left_out] == [
        (2, "The balance that the account began with, not a movement.")
    ]


def test_splits_stay_one_movement_and_are_told_in_its_purpose():
    _, (statement,) = opened("us_apostrophe_years.qif")
    _, bakery, savings, _ = statement.rows
    assert (bakery.purpose, bakery.note) == ("Groceries -30.00 (Bread), Household -12.50", "")
    assert (savings.payee, savings.purpose) == ("Savings", "Transfer: Savings")


def test_a_comma_is_the_decimal_sign_of_the_whole_file_and_letters_are_of_windows():
    found, (statement,) = opened("de_comma_cp1252.qif")
    assert (found.encoding, found.decimal, found.dates, found.currency) == ("cp1252", ",", "dmy", "")
    assert [(row.payee, row.amount) for row in statement.rows] == [
        ("Bäckerei Süß", D("-12.50")),
        ("Müller & Söhne GmbH", D("1234.56")),
        ("Café Groß", D("-0.99")),
    ]
    assert (statement.rows[1].purpose, statement.rows[1].end_to_end) == ("Gehalt November", "G-2026-11")


def test_several_accounts_are_several_statements_and_lists_are_passed_over():
    found, statements = opened("two_accounts_switched.qif")
    assert [(one.name, one.kind, len(one.rows)) for one in statements] == [("Everyday", "", 2), ("Card", "credit", 2)]
    assert sum(len(one.left_out) for one in statements) == 0
    assert found.layout != opened("de_comma_cp1252.qif")[0].layout


def test_days_that_can_be_two_are_asked_about_and_the_answer_counts():
    found, (statement,) = opened("ambiguous_days.qif")
    [question] = found.ask
    assert (question.line, question.text) == (2, "03/04/2026")
    assert [choice.day for choice in question.choices] == [date(2026, 4, 3), date(2026, 3, 4)]
    answered, (other,) = opened("ambiguous_days.qif", Chosen(dates="mdy"))
    assert answered.ask == ()
    assert (statement.rows[0].booked, other.rows[0].booked) == (date(2026, 4, 3), date(2026, 3, 4))


def test_what_cannot_be_read_is_a_fault_with_its_line_and_the_rest_is_there():
    _, (statement,) = opened("faulty_records.qif")
    assert [(fault.line, fault.sentence) for fault in statement.faults] == [
        (2, "There is no 31 February."),
        (6, "The amount is missing."),
        (21, "“many” is not an amount."),
    ]
    assert [(row.payee, row.note) for row in statement.rows] == [
        ("Market", "Its splits do not add up to it."),
        ("Last one is not ended", ""),
    ]
    assert [item.line for item in statement.left_out] == [17]


def test_plus_and_minus_change_places_when_chosen():
    _, (statement,) = opened("de_comma_cp1252.qif", Chosen(flip=True))
    assert statement.rows[0].amount == D("12.50")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ((FILES / "investments_only.qif").read_bytes(), "no_statement"),
        (b"!Type:Bank\n", "no_rows"),
        (b"!Type:Cat\nNFood\n^\n", "no_rows"),
        (b"!Type:Bank\nD1/1/2026\n" + b"PNo end\n" * 400, "record_too_long"),
        (b"!Type:Bank\nD1/1/2026\nP" + b"x" * 200_000, "line_too_long"),
    ],
)
def test_what_has_no_movement_is_refused_by_name_and_reason(data, code):
    with pytest.raises(Invalid) as refusal:
        read(data, recognise(data, name="books.qif"))
    assert refusal.value.code == code
    assert refusal.value.sentence.startswith("books.qif")
