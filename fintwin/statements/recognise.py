"""The one door to bank files: what a file is, and its statements. Bytes in, values out."""

import re

from fintwin.kernel.errors import Invalid
from fintwin.statements.archive import is_archive
from fintwin.statements.camt_reader import is_camt, read_camt, recognise_camt
from fintwin.statements.csv_reader import read_csv, recognise_csv
from fintwin.statements.encoding import decoded
from fintwin.statements.mt940_reader import is_mt940, read_mt940, recognise_mt940
from fintwin.statements.ofx_reader import encoding_hint, read_ofx, recognise_ofx
from fintwin.statements.qif_reader import is_qif, read_qif, recognise_qif
from fintwin.statements.recognised import Chosen, Recognised
from fintwin.statements.statement import Statement

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a file."""

_HEAD = 65_536
_OTHER_FILES = (
    (b"%PDF", "it is a PDF"),
    (b"\xd0\xcf\x11\xe0", "it is an Excel spreadsheet"),
    (b"\x1f\x8b", "it is a compressed archive"),
    (b"\x89PNG", "it is a picture"),
    (b"\xff\xd8\xff", "it is a picture"),
    (b"GIF8", "it is a picture"),
    (b"SQLite format", "it is a database"),
)
_ADVICE = "Export the transactions as CSV, OFX, QIF, CAMT or MT940."
_BY_TEXT = {
    "csv": (recognise_csv, read_csv),
    "ofx": (recognise_ofx, read_ofx),
    "qif": (recognise_qif, read_qif),
    "mt940": (recognise_mt940, read_mt940),
    "mt942": (recognise_mt940, read_mt940),
}
"""Of formats that are text; CAMT is read from bytes, since an archive may hold many of its files."""


def recognise(data: bytes, *, name: str, chosen: Chosen | None = None) -> Recognised:
    """How a bank file is to be read: everything detected once, what was chosen put in its place.

    Raises:
        Invalid: the file cannot be imported; the sentence names file, line where there is one, and reason.
    """
    chosen = chosen or Chosen()
    shown = shown_name(name)
    try:
        if is_archive(data):
            _bounded(data)
            return recognise_camt(data, name=shown, encoding="", chosen=chosen)
        text, encoding = _text(data, chosen.encoding)
        kind = _format(text)
        if kind == "camt":
            return recognise_camt(data, name=shown, encoding=encoding, chosen=chosen)
        return _BY_TEXT[kind][0](text, name=shown, encoding=encoding, chosen=chosen)
    except Invalid as fault:
        raise _naming(shown, fault) from None


def read(data: bytes, recognised: Recognised) -> tuple[Statement, ...]:
    """The statements of a file as it was recognised; rows that cannot be read are their statement's faults.

    Raises:
        Invalid: the file as a whole cannot be read, or holds neither a row nor a balance (code `no_rows`).
    """
    try:
        if recognised.format in _BY_TEXT:
            text, _ = _text(data, recognised.encoding)
            found = _BY_TEXT[recognised.format][1](text, recognised)
        else:
            _bounded(data)
            found = read_camt(data, recognised)
        if not any(one.rows or one.faults or one.closing for one in found):
            raise Invalid("it has no transaction in it.", code="no_rows", field="file")
    except Invalid as fault:
        raise _naming(recognised.name, fault) from None
    return found


def shown_name(name: str) -> str:
    """A file's name for messages: no folders, no control characters, at most 100 characters."""
    bare = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in bare if char.isprintable()).strip()[:100] or "The file"


def _naming(name: str, fault: Invalid) -> Invalid:
    sentence = fault.sentence
    joined = f"{name}, {sentence}" if sentence.startswith("line ") else f"{name}: {sentence}"
    return Invalid(joined, code=fault.code, field=fault.field or "file")


def _text(data: bytes, encoding: str) -> tuple[str, str]:
    """A file's text and its encoding; NUL becomes a blank, since no text column takes it."""
    _bounded(data)
    if not data.strip(b"\x00 \t\r\n"):
        raise Invalid("the file is empty.", code="file_empty", field="file")
    for mark, what in _OTHER_FILES:
        if data.startswith(mark):
            raise Invalid(f"{what}. {_ADVICE}", code="not_a_statement", field="file")
    text, found = decoded(data, encoding=encoding, hint=encoding_hint(data[:2048].decode("ascii", errors="replace")))
    return text.replace("\x00", " "), found


def _format(text: str) -> str:
    head = text[:_HEAD]
    if re.search(r"<OFX\b", head, re.IGNORECASE) or head.lstrip().startswith("OFXHEADER"):
        return "ofx"
    if is_qif(head):
        return "qif"
    if is_camt(head) and re.match(r"\s*<", head):
        return "camt"
    if is_mt940(head):
        return "mt940"
    start = head.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        raise Invalid(f"it is a web page. {_ADVICE}", code="not_a_statement", field="file")
    if start.startswith("<?xml") or re.match(r"<[a-z!]", start):
        raise Invalid("it is an XML file without a bank statement in it.", code="not_a_statement", field="file")
    if start.startswith("{\\rtf") or re.match(r"[\[{]\s*[\"{\[]", start):
        raise Invalid("it is no list of transactions that FinTwin knows.", code="not_a_statement", field="file")
    return "csv"


def _bounded(data: bytes) -> None:
    if len(data) > LARGEST_FILE:
        raise Invalid("it is larger than 20 MB. Export it in parts.", code="file_too_large", field="file")
