"""Files that are no statements, and hostile ones: a sentence that names the file, in bounded time and memory."""

import time
import tracemalloc

import pytest

from fintwin.kernel.errors import Invalid
from fintwin.statements import mt940_reader, qif_reader
from fintwin.statements.recognise import read, recognise
from fintwin.statements.statement import MOST_ROWS
from tools.bank_files import zipped

CAMT = (
    b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>'
)
CAMT_HEAD = CAMT[: CAMT.index(b"<BkToCstmrStmt")]
ENTRY = b"<Ntry><Amt>1</Amt><CdtDbtInd>DBIT</CdtDbtInd><BookgDt><Dt>2026-01-01</Dt></BookgDt></Ntry>"


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "file_empty", "empty"),
        (b"\r\n \x00\n", "file_empty", "empty"),
        (b"%PDF-1.7 ...", "not_a_statement", "PDF"),
        (b"\xd0\xcf\x11\xe0....", "not_a_statement", "spreadsheet"),
        (b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", "not_a_statement", "web page"),
        (b'{"transactions": [{"amount": 1}]}', "not_a_statement", "no list"),
        (CAMT, "no_statement", "no bank statement"),
        (CAMT[:100], "xml_broken", "line 1"),
        (CAMT_HEAD + b"<BkToCstmrStmt><Stmt>", "xml_broken", "line 1"),
        (b"!Type:Bank\n", "no_rows", "no transaction"),
        (b"Dear customer,\nthank you.\n", "no_rows", "date and an amount"),
        (b"Date,Description,Amount\n", "no_rows", "no row"),
        (b"OFXHEADER:100\n\n<OFX></OFX>", "no_statement", "no bank statement"),
        (b"<OFX><STMTRS><CURDEF>EUR</STMTRS></OFX>", "no_rows", "no transaction"),
        (b"<?xml version='1.0'?><note><to>you</to></note>", "not_a_statement", "XML"),
    ],
)
def test_what_is_no_statement_is_refused_by_name_and_reason(data, code, word):
    with pytest.raises(Invalid) as refusal:
        read(data, recognise(data, name="C:\\Users\\maya\\november.csv"))
    assert refusal.value.code == code
    assert refusal.value.sentence.startswith("november.csv")
    assert word in refusal.value.sentence


HOSTILE = {
    "one line of 50 MB": lambda: b"x" * 50_000_000,
    "one line of 19 MB": lambda: b"1,2," * 4_900_000,
    "quotes": lambda: b'"' * 19_000_000,
    "open quotes": lambda: b'2026-01-01,"x,1\n' * 20_000,
    "a million rows": lambda: b"2026-01-01,1.00,a\n" * 1_000_000,
    "empty lines": lambda: b"\n" * 19_000_000 + b"a",
    "angle brackets": lambda: b"<OFX>" + b"<" * 19_000_000,
    "statements in statements": lambda: b"<OFX>" + b"<STMTRS>" * 2_000_000,
    "open comments": lambda: b"<OFX>" + b"<!--" * 4_000_000,
    "open sections": lambda: b"<OFX><STMTRS>" + b"<A><![CDATA[" * 200_000,
    "ampersands": lambda: b"<OFX><STMTRS><STMTTRN><NAME>" + b"&amp;" * 3_000_000,
    "tags of bank messages": lambda: b":20:" + b"\n:25:" * 3_000_000,
    "deep elements": lambda: CAMT_HEAD + b"<BkToCstmrStmt><Stmt>" + b"<a>" * 1_000_000,
    "strange elements": lambda: CAMT_HEAD + b"<BkToCstmrStmt>" + b"<a/>" * 1_000_000,
    "elements of a statement": lambda: CAMT_HEAD + b"<BkToCstmrStmt><Stmt>" + b"<a/>" * 300_000,
    "details": lambda: CAMT_HEAD + b"<BkToCstmrStmt><Stmt><Ntry>" + b"<TxDtls/>" * 310_000,
    "many paths": lambda: (
        CAMT_HEAD + b"<BkToCstmrStmt><Stmt><Ntry>" + b"".join(b"<a%d>x</a%d>" % (n, n) for n in range(60_000))
    ),
    "one attribute": lambda: CAMT_HEAD + b'<BkToCstmrStmt><Stmt a="' + b"x" * 19_000_000 + b'"/>',
    "one text": lambda: CAMT_HEAD + b"<BkToCstmrStmt><Stmt><Id>" + b"x" * 19_000_000 + b"</Id></Stmt>",
    "nulls": lambda: CAMT_HEAD + b"<BkToCstmrStmt><Stmt>" + b"\x00" * 19_000_000,
    "statements": lambda: CAMT_HEAD + b"<BkToCstmrStmt>" + b"<Stmt></Stmt>" * 1_400_000,
    "entries of no account": lambda: (
        CAMT_HEAD + b"<BkToCstmrStmt><Stmt>" + ENTRY * 10_000 + b"</Stmt></BkToCstmrStmt></Document>"
    ),
    "entities of XML": lambda: b"<!DOCTYPE a [" + b'<!ENTITY a "&a;">' * 500_000 + b"]><Document>BkToCstmrStmt",
    "a zip bomb": lambda: zipped({f"{n}.xml": CAMT_HEAD + b" " * 80_000_000 for n in range(2)}),
    "too many entries": lambda: b":20:A\n:25:1\n:60F:C260101EUR1,00\n" + b":61:260101D1,N\n" * 310_000,
    "one long text": lambda: b":20:A\n:25:1\n:60F:C260101EUR1,00\n:61:260101D1,N\n:86:166?00" + b"?20a\n" * 100_000,
    "many texts": lambda: b":20:A\n:25:1\n:60F:C260101EUR1,00\n" + b":61:260101D1,N\n:86:166?00" * 60_000,
    "marks of references": lambda: (
        b":20:A\n:25:1\n:60F:C260101EUR1,00\n" + (b":61:260101D1,N\n:86:" + b"/EREF/" * 3_000 + b"\n") * 300
    ),
    "open braces": lambda: b":20:A\n:60F:C260101EUR1,00\n" + b"{4:" * 6_000_000,
    "too many records": lambda: b"!Type:Bank\n" + b"T1\n^\n" * 310_000,
    "a record without end": lambda: b"!Type:Bank\n" + b"D1/1/2026\nT1\n" * 1_000_000,
    "splits": lambda: b"!Type:Bank\n" + (b"D1/1/2026\n" + b"SA\n$1\n" * 140 + b"^\n") * 20_000,
    "headings": lambda: b"!Type:Bank\n" * 100_000,
    "noise": lambda: bytes(range(256)) * 70_000,
    "entities": lambda: b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1_000_000 + b'">]><OFX>' + b"&a;" * 1_000_000,
}


TENTH = {"too many entries", "too many records"}
"""Read with a tenth of the rows that are allowed, within a tenth of the memory: what is kept grows with the rows."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_end_soon_and_small(kind, monkeypatch):
    data = HOSTILE[kind]()
    share = 10 if kind in TENTH else 1
    for reader in (mt940_reader, qif_reader):
        monkeypatch.setattr(reader, "MOST_ROWS", MOST_ROWS // share)
    tracemalloc.start()
    begun = time.process_time()
    try:
        statements = read(data, recognise(data, name="hostile"))
        assert any(statement.rows or statement.faults for statement in statements)
    except Invalid as refusal:
        assert refusal.sentence.startswith("hostile")
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - begun < 15
    assert peak < 250 * 1024 * 1024 // share


def test_a_line_too_long_is_named():
    data = b"Date,Amount\n2026-01-01,1.00\n" + b"2026-01-02," + b"9" * 200_000
    with pytest.raises(Invalid, match=r"^long\.csv, line 3 is longer"):
        recognise(data, name="long.csv")
