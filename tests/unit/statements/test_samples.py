"""Every file that lies in the shared samples, where they are: rows, or a sentence that names file and reason."""

import os
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from ofxparse import OfxParser
from ofxtools.Parser import OFXTree

from fintwin.kernel.errors import Invalid
from fintwin.statements.recognise import read, recognise

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("FINTWIN_SHARED_DATA", ROOT.parent / "shared" / "data")) / "statements"
SAMPLES = sorted(path for path in SHARED.rglob("*") if path.is_file() and path.name != "README.md")
OWN = sorted((ROOT / "tests" / "fixtures" / "statements").glob("*.ofx"))
CENT = Decimal("0.01")
MOVEMENTS = {"checking.ofx": 3, "bank_medium.ofx": 3, "suncorp.ofx": 1, "multiple_accounts.ofx": 0}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_read_or_refused_with_reason(path):
    data = path.read_bytes()
    try:
        statements = read(data, recognise(data, name=path.name))
    except Invalid as refusal:
        assert refusal.code == "format_not_yet"
        assert refusal.sentence.startswith(path.name)
        assert "CSV or OFX" in refusal.sentence
        assert path.suffix in (".xml", ".sta")
        return
    assert path.suffix not in (".xml", ".sta")
    rows = sum(len(statement.rows) for statement in statements)
    assert rows or any(statement.faults or statement.closing for statement in statements)
    assert rows == MOVEMENTS.get(path.name, rows)


@pytest.mark.parametrize("path", [*(p for p in SAMPLES if p.suffix == ".ofx"), *OWN], ids=lambda path: path.name)
def test_ofx_agrees_with_a_second_opinion(path):
    """ofxparse, where it takes the file without leaving rows out; ofxtools where it takes it. Days are ours to keep."""
    data = path.read_bytes()
    opinions = [opinion for opinion in (_ofxparse(data), _ofxtools(data)) if opinion is not None]
    try:
        ours = [
            (row.amount, row.reference)
            for one in read(data, recognise(data, name=path.name))
            for row in one.rows
            if not row.note
        ]
    except Invalid:
        return
    for theirs in opinions:
        signs = (
            [abs(amount) for amount, _ in ours] if path.name == "unsigned_types.ofx" else [amount for amount, _ in ours]
        )
        exact = [(amount, reference) for amount, reference in theirs if amount == amount.quantize(CENT)]
        assert list(zip(signs, (reference for _, reference in ours), strict=True)) == exact


def _ofxparse(data):
    try:
        parsed = OfxParser.parse(BytesIO(data), fail_fast=False)
        statements = [account.statement for account in parsed.accounts if account.statement]
        if any(statement.discarded_entries for statement in statements):
            return None
        return [(row.amount, row.id) for statement in statements for row in statement.transactions]
    except Exception:
        return None


def _ofxtools(data):
    try:
        tree = OFXTree()
        tree.parse(BytesIO(data))
        return [(row.trnamt, row.fitid) for one in tree.convert().statements for row in (one.transactions or [])]
    except Exception:
        return None
