"""One file for each dialect and trap: what the readers must make of it."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.statements.balance import proof
from fintwin.statements.recognise import read, recognise
from fintwin.statements.recognised import Chosen, Example, Recognised, recognised_json, recognised_of
from fintwin.statements.statement import Statement

FILES = Path(__file__).parents[2] / "fixtures" / "statements"


def opened(name: str, chosen: Chosen | None = None) -> tuple[Recognised, tuple[Statement, ...]]:
    data = (FILES / name).read_bytes()
    found = recognise(data, name=name, chosen=chosen)
    return found, read(data, found)


def only(name: str, chosen: Chosen | None = None) -> tuple[Recognised, Statement]:
    found, statements = opened(name, chosen)
    assert len(statements) == 1
    return found, statements[0]


POWER_AND_SALARY = [(date(2026, 11, 20), D("-148.11")), (date(2026, 11, 18), D("3900.00"))]


@pytest.mark.parametrize(
    ("name", "account", "currency", "encoding", "dates", "decimal"),
    [
        ("de_volksbank_flag.csv", "123456789", "EUR", "cp1252", "dmy", ","),
        ("nl_ing_flag.csv", "NL91ABNA0417164300", "EUR", "utf-8", "ymd", ","),
        ("nl_abn_headerless.tab", "417164300", "EUR", "utf-8", "ymd", ","),
        ("nl_rabobank.csv", "NL02RABO0123456789", "EUR", "utf-8", "ymd", ","),
        ("fr_deux_colonnes.csv", "", "EUR", "cp1252", "dmy", ","),
        ("es_fecha.csv", "", "", "utf-8", "dmy", ","),
        ("it_entrate_uscite.csv", "", "", "utf-8", "dmy", ","),
        ("us_bofa_summary.csv", "", "", "utf-8", "mdy", "."),
        ("us_wells_headerless.csv", "", "", "utf-8", "mdy", "."),
        ("gb_two_columns.csv", "12345678", "", "utf-8", "dmy", "."),
    ],
)
def test_the_same_two_movements_in_ten_dialects(name, account, currency, encoding, dates, decimal):
    found, statement = only(name)
    assert sorted((row.booked, row.amount) for row in statement.rows) == sorted(POWER_AND_SALARY)
    assert (statement.account, statement.currency) == (account, currency)
    if dates != "ymd":
        assert (found.encoding, found.dates, found.decimal) == (encoding, dates, decimal)
    assert found.ask == ()
    assert statement.faults == ()


@pytest.mark.parametrize(
    ("name", "opening", "closing"),
    [
        ("de_comdirect_pending.csv", "1000.00", "1180.00"),
        ("de_ing_preamble_latin.csv", "1000.00", "1350.50"),
        ("de_volksbank_flag.csv", "100.00", "3851.89"),
        ("nl_abn_headerless.tab", "1000.00", "4751.89"),
        ("nl_rabobank.csv", "1000.00", "4751.89"),
        ("es_fecha.csv", "1000.00", "4751.89"),
        ("pl_cp1250.csv", "5000.00", "8765.44"),
        ("ch_apostrophe.csv", "100.00", "3450.50"),
        ("us_month_first.csv", "1003.00", "4751.89"),
        ("us_bofa_summary.csv", "1000.00", "4751.89"),
        ("gb_two_columns.csv", "1000.00", "4751.89"),
        ("in_lakh_tabs.txt", "100000.00", "200000.00"),
    ],
)
def test_balances_at_both_ends_prove_out(name, opening, closing):
    shown = proof(only(name)[1])
    assert (shown.opening, shown.closing, shown.holds) == (D(opening), D(closing), True)


def test_a_german_savings_bank():
    found, statement = only("de_sparkasse_cp1252.csv")
    first = statement.rows[0]
    assert (first.booked, first.payee, first.payee_account) == (
        date(2026, 11, 20),
        "Stadtwerke Müngersdorf",
        "DE02500105170137075030",
    )
    assert (first.end_to_end, first.purpose) == ("R-88121", "FOLGELASTSCHRIFT Abschlag Strom November")
    assert statement.account == "DE02120300000000202051"
    assert found.encoding == "cp1252"


def test_two_equal_payments_of_a_day_are_two():
    rows = only("de_sparkasse_cp1252.csv")[1].rows
    assert [row.amount for row in rows].count(D("-8.70")) == 2


def test_what_is_not_booked_yet_stays_out_with_its_reason():
    _, statement = only("de_sparkasse_cp1252.csv")
    assert [(line.line, line.sentence) for line in statement.left_out] == [
        (6, "Not booked yet at the bank (vorgemerkt).")
    ]


def test_account_number_and_balance_above_the_heading():
    found, statement = only("de_dkb_preamble.csv")
    assert found.account == statement.account == "DE02120300000000202051"
    assert statement.closing is not None
    assert (statement.closing.amount, statement.closing.day) == (D("1250.19"), date(2026, 11, 21))
    assert [row.payee for row in statement.rows] == ["Stadtwerke", "Nordwind GmbH"]


def test_a_text_over_two_lines_keeps_its_line_number():
    _, statement = only("fr_deux_colonnes.csv")
    assert [(row.line, row.purpose) for row in statement.rows] == [
        (5, "PRELEVEMENT ÉNERGIE VERTE"),
        (7, "VIREMENT RECU SOCIÉTÉ DU NORD"),
    ]


def test_fees_states_and_two_currencies_of_one_file():
    _, (euro, pound) = opened("revolut_fee_state.csv")
    assert [row.amount for row in euro.rows] == [D("-8.70"), D("-101.50")]
    assert [line.line for line in euro.left_out] == [4, 5]
    assert (pound.currency, [row.amount for row in pound.rows]) == ("GBP", [D("20.00")])
    assert proof(euro).holds


@pytest.mark.parametrize(
    ("name", "amounts", "closing"),
    [
        ("net_beside_fee.csv", ["96.80", "-25.00", "48.25"], None),
        ("fee_within_amount.csv", ["-12.40", "-100.61", "1000.00"], "886.99"),
        ("fee_untold.csv", ["-100.61", "-50.30"], None),
    ],
)
def test_a_fee_that_is_in_the_amount_already_is_not_taken_off_again(name, amounts, closing):
    _, statement = only(name)
    assert [row.amount for row in statement.rows] == [D(amount) for amount in amounts]
    shown = proof(statement)
    assert (shown.closing, shown.holds) == (closing and D(closing), True if closing else None)


def test_a_fee_beside_a_gross_amount_is_taken_off():
    data = b"Date,Description,Amount (gross),Fee\n2026-11-20,Sale,100.00,3.20\n2026-11-21,Sale,50.00,1.75\n"
    (statement,) = read(data, recognise(data, name="gross.csv"))
    assert [row.amount for row in statement.rows] == [D("96.80"), D("48.25")]


def test_the_currency_behind_its_label_above_the_heading():
    found, statement = only("ch_currency_labelled.csv")
    assert (found.currency, statement.currency, statement.account) == ("CHF", "CHF", "CH9300762011623852957")
    one_cell = b"Currency: SEK\nDate,Text,Amount\n2026-11-20,Shop,-5.00\n2026-11-21,Kiosk,-7.50\n"
    assert recognise(one_cell, name="one_cell.csv").currency == "SEK"


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("de_volksbank_flag.csv", ("20.11.2026", date(2026, 11, 20), "148,11 S", D("-148.11"))),
        ("gb_two_columns.csv", ("20/11/2026", date(2026, 11, 20), "148.11", D("-148.11"))),
        ("sgml_tags_open.ofx", ("20230301233000[-5:EST]", date(2023, 3, 1), "-12.50", D("-12.50"))),
    ],
)
def test_the_first_row_is_kept_as_written_and_as_read(name, example):
    found, _ = only(name)
    assert found.example == Example(*example)
    assert recognised_of(json.loads(json.dumps(recognised_json(found)))) == found


def test_a_card_that_writes_charges_with_plus_is_turned():
    found, statement = only("us_card_turned.csv")
    assert found.flip
    assert [row.amount for row in statement.rows] == [D("-4.50"), D("-81.20"), D("500.00"), D("-320.00")]
    assert only("us_card_turned.csv", Chosen(flip=False))[1].rows[0].amount == D("4.50")


def test_ambiguous_days_are_asked_with_two_examples():
    found, statement = only("ambiguous_days.csv")
    (question,) = found.ask
    assert (question.line, question.text) == (2, "03/04/2026")
    assert [(choice.value, choice.day) for choice in question.choices] == [
        ("dmy", date(2026, 4, 3)),
        ("mdy", date(2026, 3, 4)),
    ]
    answered, turned = only("ambiguous_days.csv", Chosen(dates="mdy"))
    assert answered.ask == ()
    assert [row.booked for row in turned.rows] == [date(2026, 3, 4), date(2026, 5, 4), date(2026, 4, 6)]
    assert [row.booked for row in statement.rows] != [row.booked for row in turned.rows]


def test_faulty_rows_are_named_by_line_and_keep_what_can_be_read():
    _, statement = only("faulty_rows.csv")
    assert [(fault.line, fault.sentence) for fault in statement.faults] == [
        (3, "There is no 31 February."),
        (4, "“zwei Euro” is not an amount."),
        (5, "This line has 5 cells, the others 4."),
    ]
    assert (statement.faults[0].payee, statement.faults[0].amount) == ("Bäckerei Sol", "-8,70")
    assert len(statement.rows) == 2
    assert [line.line for line in statement.left_out] == [7, 8]


def test_a_row_without_its_amount_is_a_fault_unless_it_is_a_balance():
    data = (
        b"Date;Payee;Amount;Balance\n2026-11-01;Opening balance;;1000,00\n2026-11-02;Shop;-10,00;990,00\n"
        b"2026-11-03;Kiosk;;981,30\n2026-11-04;Bus;-1,30;980,00\n2026-11-05;;;980,00\n2026-11-06;Saldo;;980,00\n"
    )
    (statement,) = read(data, recognise(data, name="missing.csv"))
    (fault,) = statement.faults
    told = (fault.line, fault.sentence, fault.booked, fault.payee)
    assert told == (4, "The amount is missing.", "2026-11-03", "Kiosk")
    assert [line.line for line in statement.left_out] == [2, 6, 7]
    assert len(statement.rows) == 2


def above(*lines: str) -> Statement:
    rows = ["Date;Text;Amount", "2026-11-20;Shop;-10,00", "2026-11-21;Kiosk;-2,50"]
    data = "\n".join([*lines, *rows]).encode()
    (statement,) = read(data, recognise(data, name="above.csv"))
    return statement


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Account Name:;FlexDirect ****9913", "9913"),
        ("Account number:;**** 4417 9913", "44179913"),
        ("Account Number:;:_00000031234567890", "00000031234567890"),
        ("Note;*** 2026 *** report", ""),
        ("Cards;****1111 and ****2222", ""),
        ("Rating;*****", ""),
        ("Downloaded;21/11/2026 10:00", ""),
    ],
)
def test_the_end_of_a_number_behind_stars_is_the_accounts_where_there_is_one(line, number):
    assert above(line).account == number


def test_a_last_balance_is_the_closing_one_unless_another_line_states_that():
    alone = above("Letzter Kontostand;;1.290,15;EUR")
    assert (alone.opening, alone.closing.amount) == (None, D("1290.15"))
    before = above("Letzter Kontostand;;1.000,00;EUR", "Kontostand;21.11.2026;987,50;EUR")
    assert (before.opening.amount, before.closing.amount, proof(before).holds) == (D("1000.00"), D("987.50"), True)


def test_excels_wrapped_cells_and_formulas_are_text():
    _, statement = only("sep_line_formula.csv")
    assert statement.account == "0012345678"
    assert statement.rows[0].purpose == "000123 =SUM(A1:A9)"
    assert [row.amount for row in statement.rows] == [D("-1.50"), D("1000.00")]


def test_a_stray_quote_loses_no_row():
    _, statement = only("open_quote.csv")
    assert [row.amount for row in statement.rows] == [D("-1.50"), D("-2.50"), D("-3.50")]


def test_utf_16_with_its_mark():
    found, statement = only("utf16_tabs.csv")
    assert (found.encoding, [row.payee for row in statement.rows]) == ("utf-16-le", ["Žofie Nováková", "ČEZ"])


def test_central_european_encoding_is_told_from_western():
    found, statement = only("pl_cp1250.csv")
    assert (found.encoding, statement.rows[0].payee) == ("cp1250", "Spółdzielnia Łąka")


def test_ofx_keeps_the_literal_day_utf_8_under_1252_and_unescapes_twice():
    found, statement = only("sgml_tags_open.ofx")
    first = statement.rows[0]
    assert (first.booked, first.payee, first.purpose) == (date(2023, 3, 1), "Café & Bar", "Table 4 <terrace>")
    assert found.encoding == "utf-8"
    assert (statement.bank, statement.account, statement.kind) == ("First Sample Bank", "000123456789", "checking")
    assert [row.reference for row in statement.rows] == ["A1", "A2", "A3", "A4"]
    assert [row.amount for row in statement.rows] == [D("-12.50"), D("1234.56"), D("-5.00"), D("-5.00")]


def test_ofx_xml_with_two_accounts_decimal_commas_and_cdata():
    found, (giro, card) = opened("xml_two_accounts.qfx")
    assert (found.encoding, found.decimal, found.account) == ("cp1252", ",", "")
    assert [(row.payee, row.amount) for row in giro.rows] == [
        ("Stadtwerke <Müngersdorf>", D("-148.11")),
        ("Nordwind", D("3900.00")),
    ]
    assert giro.rows[1].payee_account == "77"
    assert (card.account, card.kind, card.rows[0].amount) == ("5500000000000004", "credit", D("-31.99"))
    assert giro.closing is not None
    assert proof(giro).opening == D("1000.00")


def test_ofx_amounts_without_signs_take_them_from_their_types():
    _, statement = only("unsigned_types.ofx")
    assert [row.amount for row in statement.rows] == [D("-20.00"), D("50.00")]


def test_ofx_rows_that_cannot_be_read_are_faults():
    _, statement = only("faulty_rows.ofx")
    assert [(fault.line, fault.sentence) for fault in statement.faults] == [
        (3, "There is no 31 February."),
        (4, "The amount is missing."),
    ]
    assert len(statement.rows) == 1


def test_entities_of_its_own_are_refused():
    with pytest.raises(Invalid, match=r"entity_bomb\.ofx: it declares entities") as refusal:
        opened("entity_bomb.ofx")
    assert refusal.value.code == "entities"


def test_choices_win_over_what_was_found():
    found, statement = only("us_wells_headerless.csv", Chosen(columns={4: "payee", 2: ""}, currency="USD", flip=True))
    assert found.columns == ("booked", "amount", "", "", "payee")
    assert [(row.payee, row.amount, row.currency) for row in statement.rows] == [
        ("CITY POWER", D("148.11"), "USD"),
        ("NORTHWIND PAYROLL", D("-3900.00"), "USD"),
    ]
    other, _ = only("de_ing_preamble_latin.csv", Chosen(encoding="mac_roman", dates="mdy", decimal=","))
    assert (other.encoding, other.dates) == ("mac_roman", "mdy")


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(encoding="klingon"),
        Chosen(delimiter="x"),
        Chosen(dates="xyz"),
        Chosen(decimal="!"),
        Chosen(columns={0: "root"}),
    ],
)
def test_unknown_choices_are_refused(chosen):
    with pytest.raises(Invalid):
        opened("es_fecha.csv", chosen)


def test_reading_needs_nothing_but_what_was_recognised():
    data = (FILES / "es_fecha.csv").read_bytes()
    found = recognise(data, name="es_fecha.csv")
    (turned,) = read(data, replace(found, flip=True))
    assert [row.amount for row in turned.rows] == [D("148.11"), D("-3900.00")]


def test_an_ofx_file_names_its_currency():
    """Nobody is told that it names none, and no account in another currency is offered for it."""
    found, (statement,) = opened("unsigned_types.ofx")
    assert (found.currency, found.currency_named, statement.currency) == ("GBP", True, "GBP")
