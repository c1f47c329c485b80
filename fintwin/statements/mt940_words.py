"""The words of an MT940 entry (`:86:`): German `?20` subfields, Dutch `/EREF/` codes, or plain text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fintwin.statements.sepa import parted

_STRUCTURED = re.compile(r"\s?(\d{3})([^\w\s])(?=\d{2})")
_CODED = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|PREF|MARF|CSID|CNTP|BENM|ORDP|ISDT|RTRN|ULTC|ULTD|ULTB|PURP|SVCL|TRCD|ADDR|ID|BO|KREF)/"
)
_PURPOSE = (*(str(number) for number in range(20, 30)), *(str(number) for number in range(60, 64)))
_FULL_LINE = 60
"""A line this long was broken by its length, not between words: SWIFT lines hold 65 characters."""

_FULL_FIELD = 27
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Words:
    """What the text of an entry says; "" where it does not. `kind` is what the bank calls the booking."""

    payee: str = ""
    payee_account: str = ""
    purpose: str = ""
    end_to_end: str = ""
    kind: str = ""


def words_of(lines: Sequence[str]) -> Words:
    """The parts of a text, whichever way a bank writes them."""
    structured = _STRUCTURED.match(lines[0]) if lines else None
    text = _joined(lines, sign=structured[2] if structured else "")[:_LONGEST]
    if structured:
        return _german(text[structured.end() - 1 :], structured[2])
    if _CODED.search(text):
        return _dutch(text)
    plain = parted(_clean(text))
    return Words(purpose=plain.purpose, end_to_end=plain.end_to_end)


def _joined(lines: Sequence[str], *, sign: str) -> str:
    """The lines as one: a full line was broken within a word or a field, a shorter one between words."""
    text = ""
    for at, line in enumerate(lines):
        if at and not (len(lines[at - 1]) >= _FULL_LINE or (sign and line.startswith(sign))):
            text += " "
        text += line
    return text


def _clean(text: str) -> str:
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())


def _german(text: str, sign: str) -> Words:
    """`?00` kind, `?20`-`?29` and `?60`-`?63` purpose in pieces of 27, `?31` or `?38` account, `?32` and `?33` name."""
    _, *pieces = re.split(re.escape(sign) + r"(\d{2})", text)
    fields: dict[str, str] = {}
    for number, value in zip(pieces[::2], pieces[1::2], strict=True):
        fields.setdefault(number, value)
    purpose = ""
    for number in _PURPOSE:
        piece = fields.get(number, "")
        # A full piece goes on in the next one without a blank, unless a mark such as SVWZ+ begins there.
        purpose += piece if len(piece) >= _FULL_FIELD else f"{piece} "
    plain = parted(_clean(purpose))
    name = _clean(
        fields.get("32", "") + ("" if len(fields.get("32", "")) >= _FULL_FIELD else " ") + fields.get("33", "")
    )
    return Words(
        payee=name,
        payee_account=_clean(fields.get("38", "") or fields.get("31", "")).replace(" ", ""),
        purpose=plain.purpose,
        end_to_end=plain.end_to_end,
        kind=_clean(fields.get("00", "")),
    )


def _dutch(text: str) -> Words:
    """`/TRTP/../IBAN/../NAME/../REMI/../EREF/..`; ING writes the other side as `/CNTP/iban/bic/name/`."""
    parts: dict[str, str] = {}
    marks = list(_CODED.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        value = text[mark.end() : following.start() if following else None]
        parts.setdefault(mark[1], value)
    side = [piece.strip() for piece in parts.get("CNTP", "").split("/")]
    side += [""] * (3 - len(side))
    purpose = re.sub(r"^(?:USTD//|STRD/(?:CUR|ISO)?/?)", "", parts.get("REMI", "").strip())
    end_to_end = _clean(parts.get("EREF", "")).strip("/")
    before = _clean(text[: marks[0].start()]).strip("/ ")
    return Words(
        payee=_clean(parts.get("NAME", "")).strip("/") or _clean(side[2]),
        payee_account=_clean(parts.get("IBAN", "")).strip("/").replace(" ", "") or side[0],
        purpose=_clean(purpose).strip("/ ") or before,
        end_to_end="" if end_to_end.upper() in ("NOTPROVIDED", "NONREF") else end_to_end,
        kind=_clean(parts.get("TRTP", "")).strip("/"),
    )
