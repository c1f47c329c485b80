"""MT940 and MT942 files, read line by line, so that one broken entry is one fault and every fault has its line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.statements.amounts import fitted, read_amount
from fintwin.statements.mt940_words import Words, words_of
from fintwin.statements.numbers import bare_number, iban_in
from fintwin.statements.recognised import Chosen, Example, Format, Recognised
from fintwin.statements.records import RAW, lines
from fintwin.statements.several import Page, joined
from fintwin.statements.statement import CUT, MOST_ROWS, Balance, Fault, LeftOut, Row, Statement

BROKEN_OFF = "The file breaks off: a statement in it has no closing balance."
"""The note of a statement that may be cut."""

_TAG = re.compile(r":(\d{2}[A-Z]?|NS):")
_END = re.compile(r"-[}A-Z0-9]{0,6}\s*")
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d.,]{1,20})")
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|\s{4})?\s?(?P<mark>RC|RD|EC|ED|C|D)(?P<funds>[A-Z])?"
    r"(?P<amount>\d[\d.,]{0,29}|,\d{1,10})(?P<type>[A-Z][A-Z0-9 ]{3})?(?P<reference>.*)"
)
_SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1}
_LOOKS = re.compile(r"^(?:\{.{0,200}?)?:(?:60[FM]|61|62[FM]|34F|28C?):", re.MULTILINE)
_MOST_LINES = 60
"""Lines of one field."""

_MOST_STATEMENTS = 5_000


@dataclass(slots=True)
class _Field:
    """One field: its tag, the line it begins on, and its lines."""

    tag: str
    line: int
    lines: list[str]


@dataclass(slots=True)
class _Entry:
    """One `:61:` and the `:86:` fields that follow it."""

    statement: _Field
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Message:
    """One statement of the file, its fields by tag, and its entries."""

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    number: str
    currency: str
    recognised: Recognised


def is_mt940(head: str) -> bool:
    """Whether the head of a text has fields of a SWIFT statement at the beginning of lines."""
    return (
        _LOOKS.search(head) is not None and re.search(r"^(?:\{.{0,200}?)?:(?:20|25):", head, re.MULTILINE) is not None
    )


def recognise_mt940(text: str, *, name: str, encoding: str, chosen: Chosen) -> Recognised:
    """How a SWIFT statement file is to be read.

    Raises:
        Invalid: no statement in it (`no_statement`), a line too long, or beyond a bound; begins with the line.
    """
    messages = _messages(text)
    numbers = {_number(one) for one in messages}
    kind: Format = "mt942" if all(_interim(one) for one in messages) else "mt940"
    found = Recognised(
        name=name,
        format=kind,
        encoding=encoding,
        decimal=chosen.decimal or _decimal(messages),
        signs="flag",
        flip=bool(chosen.flip),
        currency=chosen.currency or next((coin for one in messages if (coin := _currency(one))), ""),
        account=numbers.pop() if len(numbers) == 1 else "",
        headings=() if all(map(_number, messages)) else (kind,),
    )
    return replace(found, example=_example(messages, found))


def read_mt940(text: str, recognised: Recognised) -> tuple[Statement, ...]:
    """The statements of a file, the pages of one account put together.

    Raises:
        Invalid: no statement in it (`no_statement`), a line too long, or beyond a bound; begins with the line.
    """
    return joined([_page(one, recognised) for one in _messages(text)])


def _fields(text: str) -> Iterator[_Field]:
    """The fields in order. SWIFT blocks around a message and what stands between messages belong to none."""
    current: _Field | None = None
    for number, whole in lines(text):
        line = whole.rpartition("{4:")[2] if whole.startswith("{") else whole
        tag = _TAG.match(line)
        if tag:
            if current:
                yield current
            current = _Field(tag[1], number, [line[tag.end() :]])
        elif _END.fullmatch(line):
            if current:
                yield current
            current = None
        elif current and len(current.lines) < _MOST_LINES:
            current.lines.append(line)
    if current:
        yield current


def _messages(text: str) -> list[_Message]:
    messages: list[_Message] = []
    message: _Message | None = None
    entry: _Entry | None = None
    count = 0
    for one in _fields(text):
        begins = one.tag == "20" or (message is None and one.tag != "86")
        if not begins and message is not None and one.tag in ("25", "60F", "60M"):
            # Some banks write the reference once for all accounts of a file.
            begins = one.tag in message.fields or (one.tag == "25" and bool(message.entries))
        if begins:
            if len(messages) >= _MOST_STATEMENTS:
                sentence = f"line {one.line}: it has more than {_MOST_STATEMENTS:,} statements. Export it in parts."
                raise Invalid(sentence, code="too_many_accounts", field="file")
            carried = {"25": message.fields["25"]} if message and one.tag[:2] == "60" and "25" in message.fields else {}
            message, entry = _Message(one.line, carried), None
            messages.append(message)
        if message is None:
            continue
        if one.tag == "61":
            count += 1
            if count > MOST_ROWS:
                sentence = (
                    f"line {one.line}: it has more than {MOST_ROWS:,} rows. Export it in parts, a year at a time."
                )
                raise Invalid(sentence, code="too_many_rows", field="file")
            entry = _Entry(one)
            message.entries.append(entry)
        elif one.tag == "86":
            if entry is not None and len(entry.words) < _MOST_LINES:
                entry.words += one.lines
        elif one.tag != "NS":
            entry = None
            message.fields.setdefault(one.tag, "".join(one.lines[:4]).strip()[:200])
    messages = [one for one in messages if one.entries or any(tag[:2] in ("60", "62") for tag in one.fields)]
    if not messages:
        raise Invalid("it has no bank statement in it.", code="no_statement", field="file")
    return messages


def _decimal(messages: Sequence[_Message]) -> str:
    """The comma, as the standard has it; a point in files that have no comma at all but do have points."""
    amounts = [
        found["amount"]
        for one in messages
        for entry in one.entries
        if (found := _ENTRY.match(entry.statement.lines[0]))
    ]
    amounts += [found[4] for one in messages for value in one.fields.values() if (found := _BALANCE.match(value))]
    return "." if any("." in text for text in amounts) and not any("," in text for text in amounts) else ","


def _interim(message: _Message) -> bool:
    return not any(tag in message.fields for tag in ("60F", "60M", "62F", "62M"))


def _currency(message: _Message) -> str:
    for tag in ("60F", "60M", "62F", "62M", "34F"):
        value = message.fields.get(tag, "")
        found = value[:3] if tag == "34F" else value[7:10]
        try:
            if found:
                return currency(found).code
        except Invalid:
            continue
    return ""


def _number(message: _Message) -> str:
    """The account of a statement: an IBAN, or a German bank code and number as the IBAN has them, or what stands there."""
    written = message.fields.get("25", "").lstrip("/")
    if iban := iban_in(written):
        return iban
    bank, _, local = written.rpartition("/")
    local = re.sub(r"[A-Z]{3}$", "", bare_number(local))
    if bank.isdigit() and len(bank) == 8 and local.isdigit() and len(local) <= 10:
        return f"{bank}{local:0>10}"
    return local


def _example(messages: Sequence[_Message], found: Recognised) -> Example | None:
    for message in messages:
        place = _Place(_number(message), _currency(message) or found.currency, found)
        for entry in message.entries:
            item = _item(entry, place)
            if isinstance(item, Row):
                parts = _ENTRY.match(entry.statement.lines[0])
                if parts is None:
                    continue
                day = parts["value"] + (f", {parts['entry']}" if (parts["entry"] or "").strip() else "")
                return Example(day, item.booked, f"{parts['mark']} {parts['amount']}", item.amount)
    return None


def _page(message: _Message, recognised: Recognised) -> Page:
    coin = _currency(message) or recognised.currency
    place = _Place(_number(message), coin, recognised)
    items = [_item(entry, place) for entry in message.entries]
    opening = _balance(message, "60", recognised)
    closing = _balance(message, "62", recognised)
    cut = opening is not None and not any(tag[:2] == "62" for tag in message.fields)
    statement = Statement(
        account=place.number,
        bank="",
        kind="",
        currency=coin,
        opening=opening,
        closing=closing,
        rows=tuple(item for item in items if isinstance(item, Row)),
        faults=tuple(item for item in items if isinstance(item, Fault)),
        left_out=tuple(item for item in items if isinstance(item, LeftOut)),
        note=BROKEN_OFF if cut else "",
    )
    return Page("mt942" if _interim(message) else "mt940", statement)


def _balance(message: _Message, tag: str, recognised: Recognised) -> Balance | None:
    """The final balance, else the one carried from page to page; one that cannot be read is none."""
    for kind in "FM":
        found = _BALANCE.match(message.fields.get(tag + kind, ""))
        if not found:
            continue
        try:
            amount = read_amount(found[4], decimal=recognised.decimal)
            return Balance(-amount if found[1] == "D" else amount, _value_day(found[2]))
        except Invalid:
            continue
    return None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _value_day(text: str) -> date:
    year = int(text[:2])
    made = _made(year + (2000 if year < 80 else 1900), int(text[2:4]), int(text[4:6]))
    if made is None:
        raise Invalid(f"“{text}” is not a day (year, month, day).", code="date_unreadable", field="booked")
    return made


def _entry_day(text: str, *, value: date) -> date:
    """The booking day, which has no year of its own: in the year that brings it nearest to the value date."""
    month, day = int(text[:2]), int(text[2:4])
    near = [made for year in (value.year - 1, value.year, value.year + 1) if (made := _made(year, month, day))]
    if not near:
        raise Invalid(f"“{text}” is not a day (month, day).", code="date_unreadable", field="booked")
    return min(near, key=lambda made: abs(made - value))


def _raw(entry: _Entry) -> str:
    words = [":86:" + entry.words[0], *entry.words[1:]] if entry.words else []
    return "\n".join([":61:" + entry.statement.lines[0], *entry.statement.lines[1:], *words])[:RAW]


def _item(entry: _Entry, place: _Place) -> Row | Fault | LeftOut:
    line, raw = entry.statement.line, _raw(entry)
    parts = _ENTRY.match(entry.statement.lines[0].strip())
    words = words_of(entry.words)
    if parts is None:
        shown = entry.statement.lines[0][:40]
        return _fault(line, raw, place, words, booked="", amount="", sentence=f"“{shown}” is no entry as SWIFT has it.")
    if parts["mark"][0] == "E":
        return LeftOut(line, "Not booked yet at the bank (expected).", raw)
    written = ("-" if _SIGNS[parts["mark"]] < 0 else "") + parts["amount"]
    try:
        value = _value_day(parts["value"])
        booked = _entry_day(parts["entry"], value=value) if (parts["entry"] or "").strip() else value
        amount = _SIGNS[parts["mark"]] * read_amount(parts["amount"], decimal=place.recognised.decimal)
        exact, note = fitted(-amount if place.recognised.flip else amount, of=place.currency)
    except Invalid as fault:
        if fault.code == "nothing_moved":
            return LeftOut(line, fault.sentence, raw)
        return _fault(line, raw, place, words, booked=parts["value"], amount=written, sentence=fault.sentence)
    return _row(entry, place, words, booked=booked, value=value, amount=exact, note=note, raw=raw, line=line)


def _row(
    entry: _Entry,
    place: _Place,
    words: Words,
    *,
    booked: date,
    value: date,
    amount: Decimal,
    note: str,
    raw: str,
    line: int,
) -> Row:
    parts = _ENTRY.match(entry.statement.lines[0].strip())
    own, _, bank = (parts["reference"] if parts else "").partition("//")
    beside = " ".join(text.strip() for text in entry.statement.lines[1:]).strip()
    return Row(
        line=line,
        account=place.number,
        booked=booked,
        value=value,
        amount=amount,
        currency=place.currency,
        payee=words.payee[: CUT["payee"]],
        payee_account=bare_number(words.payee_account),
        purpose=(words.purpose or words.kind or beside)[: CUT["purpose"]],
        reference=_reference(bank)[: CUT["reference"]],
        end_to_end=(words.end_to_end or _reference(own))[: CUT["end_to_end"]],
        balance=None,
        note=note,
        raw=raw,
    )


def _reference(text: str) -> str:
    """A reference that tells one entry from another; "" for the standard's word for none."""
    bare = (text if text.isprintable() else "".join(char for char in text if char.isprintable())).strip()
    return "" if bare.upper() in ("", "NONREF", "NOTPROVIDED") else bare


def _fault(line: int, raw: str, place: _Place, words: Words, *, booked: str, amount: str, sentence: str) -> Fault:
    return Fault(
        line=line,
        sentence=sentence,
        account=place.number,
        booked=booked,
        amount=amount[:40],
        currency=place.currency,
        payee=words.payee[: CUT["payee"]],
        purpose=(words.purpose or words.kind)[: CUT["purpose"]],
        raw=raw,
    )
