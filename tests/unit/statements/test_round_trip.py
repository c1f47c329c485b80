"""Whatever dialect a file is written in, the same movements come out."""

import csv
import io
from datetime import date
from decimal import Decimal as D

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.statements.recognise import read, recognise

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
