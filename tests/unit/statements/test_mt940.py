"""MT940 and MT942 as banks write them: one file for each trap, and what must be made of it."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.statements.balance import proof
from fintwin.statements.mt940_words import words_of
from fintwin.statements.recognise import read, recognise
from fintwin.statements.recognised import Chosen, recognised_json, recognised_of

FILES = Path(__file__).parents[2] / "fixtures" / "statements"


def opened(name, chosen=None):
    data = (FILES / name).read_bytes()
    found = recognise(data, name=name, chosen=chosen)
    assert recognised_of(recognised_json(found)) == found
    return found, read(data, found)


def test_the_year_of_a_booking_turns_with_its_value_date():
    found, (statement,) = opened("mt940_de_subfields.sta")
    assert (found.format, found.decimal, found.currency) == ("mt940", ",", "EUR")
    assert [(row.booked, row.value) for row in statement.rows] == [
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 1, 2), date(2026, 12, 31)),
        (date(2027, 1, 2), date(2027, 1, 2)),
        (date(2027, 1, 2), date(2027, 1, 2)),
        (date(2027, 1, 1), date(2026, 12, 30)),
    ]


def test_marks_of_reversals_turn_the_sign_and_a_funds_code_is_no_part_of_the_amount():
    _, (statement,) = opened("mt940_de_subfields.sta")
    assert [row.amount for row in statement.rows] == [D("-12.50"), D("500.00"), D("-100.00"), D("25.00"), D("-8.70")]
    assert proof(statement).holds


def test_german_subfields_are_put_together_from_pieces_and_broken_lines():
    _, (statement,) = opened("mt940_de_subfields.sta")
    power, salary, _, _, plain = statement.rows
    assert (power.payee, power.payee_account) == ("Stadtwerke Nordhafen am Stadtpark", "DE89370400440532013000")
    assert (power.purpose, power.end_to_end, power.reference) == (
        "Strom Dezember, Zaehler 4711",
        "MANDATE-77",
        "REF-1",
    )
    assert (salary.payee, salary.purpose) == ("Northwind", "Gehalt")
    assert plain.purpose == "Plain words of one line"
    assert "This is about the statement" not in plain.raw


def test_a_german_account_is_the_number_that_its_iban_ends_with():
    _, (statement,) = opened("mt940_de_subfields.sta")
    assert statement.account == "120300000000202051"


def test_dutch_codes_and_counterparties():
    _, (abn,) = opened("mt940_nl_codes.940")
    assert abn.account == "NL91ABNA0417164300"
    assert [(row.amount, row.payee, row.purpose, row.end_to_end) for row in abn.rows] == [
        (D("-7.50"), "WATERBEDRIJF DELTA", "Termijn november klant 99", "WB-11"),
        (D("20.00"), "J JANSEN", "lunch", ""),
    ]
    _, (ing,) = opened("mt940_ing_counterparty.txt")
    [row] = ing.rows
    assert (row.payee, row.payee_account, row.purpose) == ("ING TESTCLIENT", "NL32INGB0000012345", "EV12341REP")
    assert (row.end_to_end, row.reference) == ("EV12341REP1231456", "20056123456789")
    assert proof(ing).holds


def test_pages_are_one_statement_and_a_page_that_is_there_twice_counts_once():
    _, (statement,) = opened("mt940_pages.sta")
    assert [row.line for row in statement.rows] == [5, 7, 15]
    assert [item.line for item in statement.left_out] == [23]
    assert proof(statement).holds


def test_several_accounts_under_one_reference():
    _, (one, other) = opened("mt940_two_accounts.sta")
    assert (one.account, one.currency, one.opening.amount) == ("DE02120300000000202051", "EUR", D("-5.00"))
    assert (other.account, other.currency, other.rows[0].amount) == ("320000546101", "PLN", D("-1.00"))
    assert proof(one).holds
    assert proof(other).holds


def test_expected_entries_of_an_interim_report_stay_out_and_are_said():
    found, (statement,) = opened("mt942_interim.sta")
    assert (found.format, found.currency, statement.opening) == ("mt942", "EUR", None)
    assert [row.amount for row in statement.rows] == [D("-3.20")]
    assert {item.sentence for item in statement.left_out} == {"Not booked yet at the bank (expected)."}


def test_what_cannot_be_read_is_a_fault_with_its_line_and_the_rest_is_there():
    _, (statement,) = opened("mt940_faulty_entries.sta")
    assert [fault.line for fault in statement.faults] == [4, 6, 12]
    assert [fault.sentence for fault in statement.faults] == [
        "“260231” is not a day (year, month, day).",
        "“26112X D1,00” is no entry as SWIFT has it.",
        "9999999999999999999,00 is larger than the books can hold.",
    ]
    assert [(row.line, row.amount) for row in statement.rows] == [(10, D("-1234.5"))]
    assert [item.line for item in statement.left_out] == [8]
    assert statement.note == "The file breaks off: a statement in it has no closing balance."


def test_letters_of_windows_and_signs_turned_round():
    found, (statement,) = opened("mt940_cp1252.sta")
    assert (found.encoding, statement.rows[0].purpose) == ("cp1252", "Bäckerei Süß")
    _, (turned,) = opened("mt940_cp1252.sta", Chosen(flip=True))
    assert turned.rows[0].amount == D("1.00")


@pytest.mark.parametrize(
    ("lines", "purpose"),
    [
        (["x" * 65, "y"], "x" * 65 + "y"),
        (["Betreff", "Rechnung 7"], "Betreff Rechnung 7"),
        (["166?00A?20" + "a" * 27 + "?21b?22c"], "a" * 27 + "b c"),
        (["166?00A?20EREF+1?21SVWZ+words?60more"], "words more"),
        (["166~00A~20with another sign"], "with another sign"),
        (["999PN5477SCHECK"], "999PN5477SCHECK"),
        ([], ""),
    ],
)
def test_words_are_joined_as_they_were_broken(lines, purpose):
    assert words_of(lines).purpose == purpose


def test_a_leap_day_without_a_year_is_found():
    data = b":20:A\n:25:1\n:60F:C280228EUR1,00\n:61:2803010229D1,00NMSCNONREF\n:62F:C280301EUR0,00\n-\n"
    [statement] = read(data, recognise(data, name="leap.sta"))
    assert (statement.rows[0].booked, statement.rows[0].value) == (date(2028, 2, 29), date(2028, 3, 1))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b":20:A\n:25:1\n:28C:1\n-\n", "no_statement"),
        (b":20:A\n:25:1\n:28C:1\n:60F:C261101EUR1,00\n-\n", "no_rows"),
        (b":20:A\n:25:1\n:60F:C261101EUR1,00\n:61:" + b"1" * 200_000, "line_too_long"),
    ],
)
def test_what_has_no_movement_is_refused_by_name_and_reason(data, code):
    with pytest.raises(Invalid) as refusal:
        read(data, recognise(data, name="bank.sta"))
    assert refusal.value.code == code
    assert refusal.value.sentence.startswith("bank.sta")
