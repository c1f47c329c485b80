"""CAMT.052, 053 and 054 of several versions: one file for each trap, and what must be made of it."""

import contextlib
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from time import thread_time

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.statements import camt_walk
from fintwin.statements.balance import proof
from fintwin.statements.recognise import read, recognise
from fintwin.statements.recognised import Chosen, recognised_json, recognised_of
from tools.bank_files import Movement, camt, zipped

FILES = Path(__file__).parents[2] / "fixtures" / "statements"
SALARY = Movement(date(2026, 11, 2), "Northwind", D("900.00"), "Salary", "R-1")
SHOP = Movement(date(2026, 11, 3), "Corner Bakery", D("-8.70"), "Bread", "R-2")
BUS = Movement(date(2026, 11, 4), "City Transport", D("-2.00"), "Ticket", "")


def taken(data, *, name="file.xml", chosen=None):
    found = recognise(data, name=name, chosen=chosen)
    assert recognised_of(recognised_json(found)) == found
    return found, read(data, found)


def opened(name, chosen=None):
    return taken((FILES / name).read_bytes(), name=name, chosen=chosen)


def refused(data, *, name="file.zip"):
    with pytest.raises(Invalid) as refusal:
        read(data, recognise(data, name=name))
    assert refusal.value.sentence.startswith(name)
    return refusal.value


def test_a_batch_is_split_into_its_details():
    found, (statement,) = opened("camt053_v2_batch.xml")
    assert (found.format, found.currency, found.account) == ("camt.053", "EUR", "DE02120300000000202051")
    assert (statement.bank, statement.kind) == ("Spree Bank", "checking")
    batch = statement.rows[:3]
    assert [(row.amount, row.payee, row.purpose, row.end_to_end) for row in batch] == [
        (D("-10.00"), "Käthe Groß", "Part one", "E2E-1"),
        (D("-20.00"), "Jonas Weiss", "Part two", ""),
        (D("-30.00"), "Ada Stern", "", "E2E-3"),
    ]
    assert [row.reference for row in batch] == ["REF-BATCH/1", "REF-BATCH/2", "REF-BATCH/3"]
    assert {(row.booked, row.value) for row in batch} == {(date(2026, 11, 3), date(2026, 11, 4))}
    assert batch[0].payee_account == "DE89370400440532013000"
    assert "<Ntry>" in batch[0].raw


def test_balances_are_the_booked_ones_and_pending_entries_stay_out_and_are_said():
    _, (statement,) = opened("camt053_v2_batch.xml")
    shown = proof(statement)
    assert (shown.opening, shown.moved, shown.closing, shown.holds) == (D("1000.00"), D("29.50"), D("1029.50"), True)
    assert [(item.line, item.sentence) for item in statement.left_out] == [
        (61, "Not booked yet at the bank (pending).")
    ]


def test_a_reversal_keeps_its_own_direction_and_the_payment_s_other_side():
    _, (statement,) = opened("camt053_v2_batch.xml")
    back = statement.rows[3]
    assert (back.amount, back.payee, back.purpose) == (D("99.50"), "Harbour Gym", "Direct debit returned")


def test_a_payment_in_another_currency_is_booked_in_the_account_s_and_says_so():
    _, (statement,) = opened("camt053_v2_batch.xml")
    abroad = statement.rows[4]
    assert (abroad.amount, abroad.currency, abroad.note) == (D("-10.00"), "EUR", "Paid as 10.80 USD.")
    assert abroad.purpose == "Card payment abroad"


def test_prefixes_a_status_in_a_code_and_days_with_a_time_are_read_as_they_stand():
    _, (statement,) = opened("camt053_v8_prefixed.xml")
    [row] = statement.rows
    assert (row.booked, row.value, row.payee) == (date(2026, 11, 2), date(2026, 11, 2), "Nils Aebi")
    assert (row.purpose, row.end_to_end) == ("210000000003139471430009017", "QRR-5")
    assert (statement.opening.amount, statement.closing.amount) == (D("-50.00"), D("350.05"))
    assert proof(statement).holds
    assert [item.sentence for item in statement.left_out] == ["Not booked at the bank: for information only."]


def test_reports_of_one_account_are_one_statement_and_twins_stay_two():
    found, (statement,) = opened("camt052_v6_two_reports.xml")
    assert (found.format, statement.account) == ("camt.052", "001234567")
    assert [(row.reference, row.amount) for row in statement.rows] == [
        ("A1", D("-8.50")),
        ("A2", D("-8.50")),
        ("A3", D("20.00")),
    ]
    assert [(item.line, item.sentence) for item in statement.left_out] == [
        (8, "It stands in this file twice, and counts once.")
    ]


def test_a_batch_with_both_directions_is_split_and_one_that_does_not_add_up_stays_whole():
    _, (statement,) = opened("camt054_v4_notice.xml")
    assert [(row.amount, row.payee, row.reference) for row in statement.rows] == [
        (D("100.00"), "Lea Frei", "QR-A"),
        (D("-10.00"), "Collection fee", "QR-B"),
        (D("70.00"), "", "COLLECT-2"),
    ]
    assert statement.rows[2].note == "A batch of 2 whose parts do not add up to it: kept as one."


def test_each_account_and_currency_is_a_statement():
    _, statements = opened("camt053_v13_two_accounts.xml")
    assert [(one.account[-4:], one.currency, one.kind, [row.amount for row in one.rows]) for one in statements] == [
        ("2051", "EUR", "savings", [D("12.00")]),
        ("3000", "USD", "", [D("-3.00")]),
        ("3000", "JPY", "", [D("-300")]),
    ]


def test_bytes_are_believed_before_the_encoding_that_the_file_declares():
    found, (statement,) = opened("camt053_one_line_cp1252.xml")
    assert found.encoding == "cp1252"
    assert [row.payee or row.purpose for row in statement.rows] == ["Bäckerei Süß & Söhne", "Käse"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_same_message_in_any_encoding(encoding):
    data = camt([Movement(date(2026, 11, 2), "Käthe Groß", D("1.00"))]).encode(encoding)
    assert taken(data)[1][0].rows[0].payee == "Käthe Groß"


def test_what_cannot_be_read_is_a_fault_with_its_line_and_the_rest_is_there():
    _, (statement,) = opened("camt053_faulty_entries.xml")
    assert [(fault.line, fault.sentence) for fault in statement.faults] == [
        (4, "The date is missing."),
        (5, "“OUT” says neither in nor out."),
        (6, "“-3.00” has a sign of its own beside the mark for in or out."),
        (8, "The amount is missing."),
        (9, "There is no 31 February."),
    ]
    assert [item.line for item in statement.left_out] == [7]
    assert [(row.amount, row.purpose) for row in statement.rows] == [(D("-5.00"), "=cmd|' /C calc'!A0")]


def test_a_file_that_breaks_off_names_the_line_and_adds_nothing():
    fault = refused((FILES / "camt053_cut_off.xml").read_bytes(), name="cut.xml")
    assert (fault.code, fault.sentence) == ("xml_broken", "cut.xml, line 26: the XML is broken or cut off here.")


def test_plus_and_minus_change_places_when_chosen():
    _, (statement,) = opened("camt053_v8_prefixed.xml", Chosen(flip=True))
    assert statement.rows[0].amount == D("-400.05")


@pytest.mark.parametrize("version", range(2, 14))
@pytest.mark.parametrize("message", [52, 53, 54])
def test_every_version_of_every_message(version, message):
    data = camt([SALARY, SHOP], version=version, message=message, prefix="n0:" if version % 2 else "").encode()
    found, (statement,) = taken(data)
    assert found.format == f"camt.0{message}"
    assert [(row.booked, row.payee, row.amount) for row in statement.rows] == [
        (one.booked, one.payee, one.amount) for one in (SALARY, SHOP)
    ]


def test_an_archive_s_days_are_one_statement_in_the_order_of_time():
    days = {
        "b/2026-11-02.xml": camt([SALARY], opening=D("10.00")),
        "a/2026-11-03.xml": camt([SHOP], opening=D("910.00")),
        "a/2026-11-03 copy.xml": camt([SHOP], opening=D("910.00")),
        "a/readme.txt": "Thank you for banking with us.",
        "__MACOSX/a/._x.xml": "noise",
    }
    found, (statement,) = taken(zipped(days), name="november.zip")
    assert (found.format, found.example.amount) == ("camt.053", D("-8.70"))
    assert [row.payee for row in statement.rows] == ["Northwind", "Corner Bakery"]
    assert (statement.opening.amount, statement.closing.amount) == (D("10.00"), D("901.30"))
    assert proof(statement).holds
    assert [item.sentence for item in statement.left_out] == [
        "It stands in this file twice, and counts once.",
        "“readme.txt” is no CAMT file and stays out.",
    ]


def test_a_notice_beside_its_statement_adds_nothing_and_a_statement_comes_before_a_report():
    notice = camt([Movement(BUS.booked, "", BUS.amount)], message=54)
    report = camt([SALARY, Movement(date(2026, 11, 5), "Late", D("-1.00"))], message=52)
    files = {"1.xml": notice, "2.xml": report, "3.xml": camt([SALARY, SHOP, BUS])}
    found, (statement,) = taken(zipped(files), name="all.zip")
    assert found.format == "camt"
    assert sorted(row.payee for row in statement.rows) == ["City Transport", "Corner Bakery", "Late", "Northwind"]
    assert len(statement.left_out) == 2


def test_two_pages_with_equal_rows_keep_both():
    pages = {"1.xml": camt([BUS], opening=D("10.00")), "2.xml": camt([BUS], opening=D("8.00"))}
    _, (statement,) = taken(zipped(pages))
    assert len(statement.rows) == 2
    assert proof(statement).holds


def test_a_fault_inside_an_archive_names_its_file():
    fault = refused(zipped({"good.xml": camt([SHOP]), "half.xml": camt([SHOP])[:300]}))
    assert (fault.code, "“half.xml”, line 2:" in fault.sentence) == ("xml_broken", True)


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (lambda: b"PK\x03\x04....", "archive_broken"),
        (lambda: zipped({"a.xml": camt([SHOP])})[:-40], "archive_broken"),
        (lambda: zipped({"xl/workbook.xml": "<workbook/>"}), "not_a_statement"),
        (lambda: zipped({"[Content_Types].xml": "<Types/>"}), "not_a_statement"),
        (lambda: zipped({"inner.zip": zipped({"a.xml": camt([SHOP])})}), "archive_nested"),
        (lambda: zipped({"letter.txt": "Dear customer"}), "no_statement"),
        (lambda: zipped({}), "no_statement"),
        (lambda: zipped({f"{number}.xml": "" for number in range(1_001)}), "archive_too_large"),
        (lambda: zipped({"bomb.xml": b" " * (97 * 1024 * 1024)}), "archive_too_large"),
        (lambda: zipped({f"{number}.xml": b" " * (90 * 1024 * 1024) for number in range(3)}), "archive_too_large"),
    ],
    ids=["noise", "cut", "workbook", "office", "nested", "letter", "empty", "many", "bomb", "bombs"],
)
def test_archives_that_cannot_be_read_are_refused_by_name_and_reason(archive, code):
    assert refused(archive()).code == code


def test_an_archive_that_lies_about_its_sizes_is_refused():
    honest = zipped({"a.xml": b" " * 50_000})
    lying = honest.replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    assert refused(lying).code in ("archive_broken", "no_statement")


def test_a_locked_archive_says_so():
    data = bytearray(zipped({"a.xml": camt([SHOP])}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(data)).code == "archive_locked"


def within(body):
    return (
        f"<Document><BkToCstmrStmt><Stmt><Acct><Ccy>EUR</Ccy></Acct>{body}</Stmt></BkToCstmrStmt></Document>".encode()
    )


def test_the_bounds_of_an_archive_are_those_of_its_files_together(monkeypatch):
    """Each file stays within what one may have; all of them together do not."""
    monkeypatch.setattr(camt_walk, "_MOST_ELEMENTS", 50_000)
    monkeypatch.setattr(camt_walk, "_MOST_TOGETHER", 100)
    one = within("<x/>" * 20_000)
    taken(zipped({"a.xml": camt([SHOP]), "b.xml": one}))
    fault = refused(zipped({f"{number}.xml": one for number in range(5)}))
    assert (fault.code, "far more elements" in fault.sentence) == ("too_many_rows", True)
    many = b"<Document><BkToCstmrStmt>" + b"<Stmt/>" * 60 + b"</BkToCstmrStmt></Document>"
    fault = refused(zipped({"a.xml": many, "b.xml": many}))
    assert fault.code == "too_many_accounts"


def test_reading_ends_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr(camt_walk, "_PATIENCE", 0.05)
    fault = refused(zipped({"a.xml": within("<x/>" * 500_000)}))
    assert (fault.code, "Export it in parts" in fault.sentence) == ("took_too_long", True)


@pytest.mark.parametrize(
    "body",
    [
        f'<b xmlns="{"u" * 1_000_000}">' + "<a/>" * 60_000 + "</b>",
        f"<{'n' * 4_000_000}>" + "<a/>" * 60_000 + f"</{'n' * 4_000_000}>",
        "<a>" + "\n" * 20_000_000 + "</a>",
        "<a>" + "&amp;" * 3_000_000 + "</a>",
        "<a " + " ".join(f'b{number}=""' for number in range(300_000)) + "/>",
        "".join("<" + "n" * 450 + f"{deep}>" for deep in range(50))
        + "<a>1</a>" * 60_000
        + "".join("</" + "n" * 450 + f"{deep}>" for deep in reversed(range(50))),
    ],
    ids=["namespace", "long name", "line breaks", "references", "attributes", "long names inside"],
)
def test_what_is_made_to_cost_costs_little(body):
    began = thread_time()
    with contextlib.suppress(Invalid):
        taken(within(body), name="cost.xml")
    assert thread_time() - began < 5
