"""QIF files: one letter a line, no currency, no encoding, and days written as `4/21'24`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from fintwin.kernel.errors import Invalid
from fintwin.statements.amounts import decimal_sign, fitted, read_amount
from fintwin.statements.beside import tells_opening
from fintwin.statements.dates import ORDERS, date_order, read_date
from fintwin.statements.recognised import Choice, Chosen, Example, Question, Recognised
from fintwin.statements.records import RAW, lines
from fintwin.statements.sepa import parted
from fintwin.statements.several import Page, joined
from fintwin.statements.statement import CUT, MOST_ROWS, Balance, Fault, LeftOut, Row, Statement

_KINDS = {"bank": "checking", "cash": "checking", "ccard": "credit", "oth a": "checking", "oth l": "credit"}
_LISTS = frozenset({"cat", "class", "memorized", "prices", "security", "tag", "budget", "invitem", "template"})
_INVESTMENT = ("invst", "port", "401(k)/403(b)")
_FIELDS = 300
"""Lines of one record; the splits of a record are among them."""

_HEADER = re.compile(r"!\s*type\s*:\s*(.+)", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})(['’´`/.\-])(\d{1,4})")
_TRANSFER = re.compile(r"\[(.{1,100})\]")


@dataclass(slots=True)
class _Record:
    """One record: its first value by letter, its splits, the line it begins on, and its text."""

    line: int
    account: str
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    splits: list[dict[str, str]] = field(default_factory=list)
    raw: str = ""

    @property
    def amount(self) -> str:
        return self.values.get("T") or self.values.get("U", "")


def is_qif(head: str) -> bool:
    """Whether a text begins as a QIF file does."""
    return re.match(r"\s*!(?:type|account|option|clear)\b", head, re.IGNORECASE) is not None


def recognise_qif(text: str, *, name: str, encoding: str, chosen: Chosen) -> Recognised:
    """How a QIF file is to be read: the order of its days and its decimal sign, from all of its records.

    Raises:
        Invalid: a line too long or too many records (begins with the line), or an unknown choice.
    """
    for value, allowed in ((chosen.dates, ORDERS), (chosen.decimal, ".,")):
        if value and value not in allowed:
            raise Invalid("Choose one of the values offered.", code="unknown_choice", field="file")
    records = [record for record in _records(text) if record.kind in _KINDS]
    money = [text for one in records for text in (one.amount, *(split.get("$", "") for split in one.splits)) if text]
    decimal = chosen.decimal or decimal_sign(money)
    days = [(one.line, one.values["D"], _plain_day(one.values["D"])) for one in records if "D" in one.values]
    european = decimal == "," and any("," in amount for amount in money)
    order = date_order((day for _, _, day in days), european=european)
    found = Recognised(
        name=name,
        format="qif",
        encoding=encoding,
        dates=chosen.dates or order.order,
        decimal=decimal,
        flip=bool(chosen.flip),
        currency=chosen.currency,
        headings=tuple(dict.fromkeys(f"{one.kind}:{one.account}" for one in records))[:50],
    )
    if order.asks and not chosen.dates:
        line, written = next((line, written) for line, written, day in days if day == order.asks)
        choices = tuple(Choice(key, read_date(order.asks, order=key)) for key in ("dmy", "mdy"))
        found = replace(found, ask=(Question("dates", line, written[:60], choices),))
    return replace(found, example=_example(records, found))


def _example(records: list[_Record], found: Recognised) -> Example | None:
    for one in records:
        try:
            row = _row(one, found)
        except Invalid:
            continue
        return Example(one.values["D"][:60], row.booked, one.amount[:60], row.amount)
    return None


def read_qif(text: str, recognised: Recognised) -> tuple[Statement, ...]:
    """The movements of a QIF file, one statement for each account in it; lists and investments are left out and said.

    Raises:
        Invalid: a line too long or too many records; the sentence begins with the line.
    """
    found: dict[tuple[str, str], list[Row | Fault | LeftOut]] = {}
    openings: dict[tuple[str, str], Balance] = {}
    strange: list[LeftOut] = []
    for record in _records(text):
        if record.kind in _LISTS:
            continue
        if record.kind not in _KINDS:
            told = (
                "An investment, not a movement of money." if record.kind in _INVESTMENT else "Of no kind that is read."
            )
            strange.append(LeftOut(record.line, told, record.raw))
            continue
        items = found.setdefault((record.account, _KINDS[record.kind]), [])
        try:
            row = _row(record, recognised)
        except Invalid as fault:
            if fault.code == "nothing_moved":
                items.append(LeftOut(record.line, fault.sentence, record.raw))
            else:
                items.append(_fault(record, recognised, sentence=fault.sentence))
            continue
        if not items and tells_opening(row.payee):
            openings[(record.account, _KINDS[record.kind])] = Balance(row.amount, row.booked)
            items.append(LeftOut(record.line, "The balance that the account began with, not a movement.", record.raw))
        else:
            items.append(row)
    if not found and strange:
        sentence = "it only has investments in it, which are not read. Export the cash account."
        raise Invalid(sentence, code="no_statement", field="file")
    pages = [
        Page(
            "qif",
            Statement(
                account="",
                bank="",
                kind="" if kind == "checking" else kind,
                currency=recognised.currency,
                opening=openings.get((account, kind)),
                closing=None,
                rows=tuple(item for item in items if isinstance(item, Row)),
                faults=tuple(item for item in items if isinstance(item, Fault)),
                left_out=tuple(item for item in items if isinstance(item, LeftOut)),
                name=account,
            ),
        )
        for (account, kind), items in found.items()
    ]
    if not pages:
        return ()
    first, *others = joined(pages)
    return (replace(first, left_out=(*first.left_out, *strange)), *others)


def _records(text: str) -> Iterator[_Record]:
    """The records of a file in order; one that is not ended by `^` ends where the next heading or the file does."""
    gatherer = _Gatherer()
    for number, line in lines(text):
        if line.strip() and (record := gatherer.take(number, line)):
            yield record
    if record := gatherer.ended():
        yield record


class _Gatherer:
    """Takes the lines of a file one by one, and remembers which account and kind its records are of."""

    def __init__(self) -> None:
        self._kind = ""
        self._account = ""
        self._naming = False
        self._record: _Record | None = None
        self._raw: list[str] = []
        self._count = 0

    def take(self, number: int, line: str) -> _Record | None:
        """One line; the record that it ends, where it ends one."""
        if line.startswith("!"):
            ended = self.ended()
            if header := _HEADER.match(line):
                self._kind, self._naming = header[1].strip().casefold(), False
            elif line[1:].strip().casefold().startswith("account"):
                self._naming = True
            return ended
        if line.startswith("^"):
            return self.ended()
        if self._record is None:
            self._begin(number)
        if len(self._raw) >= _FIELDS:
            sentence = f"line {number}: a record has more than {_FIELDS} lines. Its end (“^”) is missing."
            raise Invalid(sentence, code="record_too_long", field="file")
        self._raw.append(line)
        if self._record is not None:
            _keep(self._record, line)
            if line[0] in "sS":
                self._counted(number)
        return None

    def ended(self) -> _Record | None:
        """The record under way, which ends here; one that names an account is kept for those that follow."""
        record, self._record = self._record, None
        if record is None:
            return None
        if self._naming:
            self._account = record.values.get("N", "")[:80]
            return None
        record.raw = "\n".join(self._raw)[:RAW]
        return record

    def _begin(self, number: int) -> None:
        self._counted(number)
        self._record, self._raw = _Record(number, self._account, self._kind), []

    def _counted(self, number: int) -> None:
        """Records and splits count alike: either takes its time."""
        self._count += 1
        if self._count > MOST_ROWS:
            sentence = f"line {number}: it has more than {MOST_ROWS:,} records. Export it in parts, a year at a time."
            raise Invalid(sentence, code="too_many_rows", field="file")


def _keep(record: _Record, line: str) -> None:
    letter, value = line.lstrip()[0], " ".join(line.lstrip()[1:].split())
    if not value.isprintable():
        value = "".join(char if char.isprintable() else " " for char in value)
    letter = letter.upper()
    if letter == "S":
        record.splits.append({"S": value})
    elif letter in "E$%" and record.splits:
        record.splits[-1].setdefault(letter, value)
    elif value:
        record.values.setdefault(letter, value)


def _plain_day(text: str) -> str:
    """A day as other files write it: an apostrophe stands before a year of this century, blanks for zeros."""
    bare = text.replace(" ", "")
    shape = _DAY.fullmatch(bare)
    if shape is None:
        return text
    year = shape[5]
    if shape[4] not in "/.-" and len(year) <= 2:
        year = f"20{year:0>2}"
    elif len(year) == 1:
        year = f"0{year}"
    sign = shape[2]
    return f"{shape[1]}{sign}{shape[3]}{sign}{year}"


def _day(record: _Record, recognised: Recognised) -> date:
    written = record.values.get("D", "")
    if not written:
        raise Invalid("The date is missing.", code="date_missing", field="booked")
    return read_date(_plain_day(written), order=recognised.dates)


def _row(record: _Record, recognised: Recognised) -> Row:
    booked = _day(record, recognised)
    amount, note = _amount(record, recognised)
    exact, rounded = fitted(amount, of=recognised.currency)
    values = record.values
    sepa = parted(values.get("M", ""))
    words = [sepa.purpose, _category(record)]
    return Row(
        line=record.line,
        account="",
        booked=booked,
        value=booked,
        amount=exact,
        currency=recognised.currency,
        payee=_payee(record),
        payee_account="",
        purpose="; ".join(word for word in words if word)[: CUT["purpose"]],
        reference="",
        end_to_end=sepa.end_to_end[: CUT["end_to_end"]],
        balance=None,
        note=" ".join(told for told in (note, rounded) if told),
        raw=record.raw,
    )


def _payee(record: _Record) -> str:
    values = record.values
    other = _TRANSFER.search(values.get("L", ""))
    return (values.get("P") or values.get("A") or (other[1] if other else ""))[: CUT["payee"]]


def _category(record: _Record) -> str:
    """Where the money went, as the file's own books had it: a transfer's other account, or the splits."""
    other = _TRANSFER.search(record.values.get("L", ""))
    if record.splits:
        return ", ".join(
            " ".join(
                part for part in (split["S"], split.get("$", ""), f"({split['E']})" if split.get("E") else "") if part
            )
            for split in record.splits
        )
    return f"Transfer: {other[1]}" if other else record.values.get("L", "")


def _amount(record: _Record, recognised: Recognised) -> tuple[Decimal, str]:
    """The record's amount, and a note where its splits do not add up to it; without one it is the sum of the splits."""
    shares = [split["$"] for split in record.splits if split.get("$")]
    written = record.amount
    if not written and not shares:
        raise Invalid("The amount is missing.", code="amount_missing", field="amount")
    sign = -1 if recognised.flip else 1
    if not written:
        return sign * sum((read_amount(text, decimal=recognised.decimal) for text in shares), Decimal(0)), ""
    whole = read_amount(written, decimal=recognised.decimal)
    try:
        parts = sum((read_amount(text, decimal=recognised.decimal) for text in shares), Decimal(0))
    except Invalid:
        parts = None
    note = "Its splits do not add up to it." if shares and parts != whole else ""
    return sign * whole, note


def _fault(record: _Record, recognised: Recognised, *, sentence: str) -> Fault:
    return Fault(
        line=record.line,
        sentence=sentence,
        account="",
        booked=record.values.get("D", "")[:60],
        amount=record.amount[:40],
        currency=recognised.currency,
        payee=_payee(record),
        purpose=record.values.get("M", "")[: CUT["purpose"]],
        raw=record.raw,
    )
