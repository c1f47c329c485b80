"""Whatever dialect a file is written in, the same movements come out."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.statements.balance import proof
from fintwin.statements.recognise import read, recognise
from fintwin.statements.sepa import parted
from tools.bank_files import Movement, camt, mt940, qif, zipped

amounts = st.decimals(min_value=D("-99999.99"), max_value=D("99999.99"), places=2).filter(bool)
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2026, 12, 31))
words = st.text(st.sampled_from("abcdeéüñ ,;|\"'&<>#"), min_size=1, max_size=20).map(
    lambda text: "Shop " + text.strip()
)


def written(rows, *, delimiter, shape, decimal, style):
    def money(amount):
        return f"{amount:.2f}".replace(".", decimal)

    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    tail = {"signed": ["Amount"], "columns": ["Debit", "Credit"], "flag": ["Amount", "D/C"]}[style]
    writer.writerow(["Booking date", "Payee", *tail])
    for day, payee, amount in rows:
        cells = {
            "signed": [money(amount)],
            "columns": [money(-amount), ""] if amount < 0 else ["", money(amount)],
            "flag": [money(abs(amount)), "D" if amount < 0 else "C"],
        }[style]
        writer.writerow([day.strftime(shape), payee, *cells])
    return out.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(days, words, amounts), min_size=2, max_size=12),
    st.sampled_from(";,\t|"),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"]),
    st.sampled_from(".,"),
    st.sampled_from(["signed", "columns", "flag"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_dialects_round_trip(rows, delimiter, shape, decimal, style, encoding):
    data = written(rows, delimiter=delimiter, shape=shape, decimal=decimal, style=style).encode(encoding)
    found = recognise(data, name="trip.csv")
    # What no file can tell is asked, or taken as banks write it: slashes with days up to 12, and a comma with months first.
    assume(not found.ask and ("/" not in shape or any(day.day > 12 for day, _, _ in rows)))
    assume(decimal == "." or shape != "%m/%d/%Y")
    (statement,) = read(data, found)
    assert statement.faults == ()
    assert [(row.booked, row.amount) for row in statement.rows] == [(day, amount) for day, _, amount in rows]
    assert [row.payee for row in statement.rows] == [" ".join(payee.split()) or payee for _, payee, _ in rows]


letters = st.text(st.sampled_from("abcdeéüñß /;|\"'&<>#+?.:0123456789"), min_size=1, max_size=60)
texts = letters.map(lambda text: "x" + " ".join(text.split())).filter(str.strip)
names = st.text(st.sampled_from("abcdeéüß &"), max_size=30).map(lambda text: "Shop" + " ".join(text.split()))
movements = st.lists(
    st.builds(Movement, booked=days, payee=names, amount=amounts, purpose=texts), min_size=1, max_size=12
)


def told(statement):
    return [(row.booked, row.amount, row.payee) for row in statement.rows]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    movements,
    amounts,
    st.integers(2, 13),
    st.sampled_from([52, 53, 54]),
    st.sampled_from(["", "ns2:"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_camt_round_trips(rows, opening, version, message, prefix, encoding):
    written = camt(rows, opening=opening, version=version, message=message, prefix=prefix)
    data = written.encode(encoding)
    (statement,) = read(data, recognise(data, name="trip.xml"))
    assert statement.faults == ()
    assert told(statement) == [(row.booked, row.amount, row.payee) for row in rows]
    assert [row.purpose for row in statement.rows] == [parted(row.purpose).purpose for row in rows]
    if message == 53:
        assert proof(statement).holds
        assert statement.opening.amount == opening


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(movements, st.integers(1, 5))
def test_an_archive_has_the_rows_of_its_files(rows, many):
    ordered = sorted(rows, key=lambda row: row.booked)
    numbered = [replace(row, reference=f"R-{at}") for at, row in enumerate(ordered)]
    files = {f"{at}.xml": camt(numbered[at::many]) for at in range(many) if numbered[at::many]}
    data = zipped(files)
    (statement,) = read(data, recognise(data, name="trip.zip"))
    assert sorted(row.reference for row in statement.rows) == sorted(row.reference for row in numbered)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(movements, amounts, st.sampled_from(["german", "dutch", "plain"]), st.sampled_from(["utf-8", "cp1252"]))
def test_mt940_round_trips(rows, opening, shape, encoding):
    rows = [replace(row, purpose=re.sub(r"[?/+:]", "", row.purpose)) for row in rows]
    data = mt940(rows, opening=opening, shape=shape).encode(encoding)
    (statement,) = read(data, recognise(data, name="trip.sta"))
    assert statement.faults == ()
    assert [(row.booked, row.amount) for row in statement.rows] == [(row.booked, row.amount) for row in rows]
    assert proof(statement).holds
    if shape != "plain":
        assert [row.payee for row in statement.rows] == [row.payee for row in rows]
    bare = [row.purpose.replace(" ", "") for row in statement.rows]
    assert bare == [row.purpose.replace(" ", "") for row in rows]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    movements,
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m'%y", "%m/%d'%y", "%m/%d/%Y"]),
    st.sampled_from(".,"),
    st.sampled_from(["utf-8", "cp1252"]),
)
def test_qif_round_trips(rows, shape, decimal, encoding):
    data = qif(rows, shape=shape, decimal=decimal).encode(encoding)
    found = recognise(data, name="trip.qif")
    assume(not found.ask and ("/" not in shape or any(row.booked.day > 12 for row in rows)))
    assume(decimal == "." or not shape.startswith("%m"))
    (statement,) = read(data, found)
    assert statement.faults == ()
    assert told(statement) == [(row.booked, row.amount, row.payee) for row in rows]


XML = ["<BkToCstmrStmt>", "<Stmt>", "</Stmt>", "<Ntry>", "</Ntry>", "<TxDtls>", "</TxDtls>", '<Amt Ccy="EUR">1.00</Amt>', "<Sts>BOOK</Sts>",
       "<CdtDbtInd>DBIT</CdtDbtInd>", "<BookgDt><Dt>2026-01-02</Dt></BookgDt>", "<Bal>", "</Bal>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "\x01"]  # fmt: skip
SWIFT = [":20:A\n", ":25:1\n", ":60F:C260101EUR1,00\n", ":61:2601020102D1,00NMSCNONREF\n", ":61:x\n", ":86:166?00a?20b\n", ":86:/EREF/\n",
         ":62F:C260102EUR1,00\n", "-\n", "{1:A}{4:\n", "-}\n", "words\n", ":NS:22\n", "\x00"]  # fmt: skip
QIF = ["!Type:Bank\n", "!Account\n", "!Type:Invst\n", "!Option:AutoSwitch\n", "D1/2'24\n", "T1.00\n", "T\n", "PShop\n", "SFood\n", "$1\n",
       "L[Other]\n", "^\n", "\n", "\x01\n"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.lists(st.sampled_from(XML), max_size=30).map(lambda parts: "<Document>BkToCstmr" + "".join(parts)),
        st.lists(st.sampled_from(SWIFT), max_size=30).map(
            lambda parts: ":20:A\n:60F:C260101EUR1,00\n" + "".join(parts)
        ),
        st.lists(st.sampled_from(QIF), max_size=30).map(lambda parts: "!Type:Bank\n" + "".join(parts)),
    )
)
def test_no_order_of_parts_ends_in_anything_but_rows_or_a_sentence(text):
    try:
        read(text.encode(), recognise(text.encode(), name="any"))
    except Invalid as refusal:
        assert refusal.sentence.startswith("any")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_damage_to_an_archive_ends_in_anything_but_rows_or_a_sentence(noise, at):
    whole = zipped({"a.xml": camt([Movement(date(2026, 1, 2), "Shop", D("-1.00"))])})
    data = whole[:at] + noise + whole[at + len(noise) :]
    try:
        read(data, recognise(data, name="any"))
    except Invalid as refusal:
        assert refusal.sentence.startswith("any")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_no_bytes_end_in_anything_but_rows_or_a_sentence(data):
    try:
        statements = read(data, recognise(data, name="any"))
        assert any(one.rows or one.faults or one.closing for one in statements)
    except Invalid as refusal:
        assert refusal.sentence.startswith("any")


TAGS = ["<OFX>", "<STMTRS>", "<STMTTRN>", "</STMTTRN>", "<TRNAMT>-1.00", "<DTPOSTED>20260102", "<FITID>1", "<NAME>&amp;lt;",
        "<![CDATA[", "]]>", "<!--", "-->", "<", "</STMTRS>", "<LEDGERBAL><BALAMT>5", "<CURDEF>EUR", "<PAYEE>", "\n"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TAGS), max_size=40))
def test_no_order_of_tags_ends_in_anything_but_rows_or_a_sentence(tags):
    data = ("OFXHEADER:100\n" + "".join(tags)).encode()
    try:
        read(data, recognise(data, name="any"))
    except Invalid as refusal:
        assert refusal.sentence.startswith("any")
