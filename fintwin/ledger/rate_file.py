"""Files of exchange rates: lines of date, base, quote, rate; or the table of a central bank, a column per currency.

The European Central Bank's table quotes one euro in each currency; its base is EUR. A table may say another base in a
column `Base`.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.exchange import Quote

LARGEST = 5 * 1024 * 1024
"""Bytes that a file of rates may have."""
MOST = 100_000
"""Quotes that one file may bring."""
BIGGEST = Decimal(10) ** 12

_NOT_KNOWN = frozenset({"", "N/A", "NA", "-"})


def read(data: bytes, *, wanted: Collection[str]) -> list[Quote]:
    """The quotes of a file between currencies that are wanted (ISO codes); a table's base is always kept.

    Raises:
        Invalid: not such a file, or a line that cannot be read, which the sentence names (`bad_rates`).
    """
    if len(data) > LARGEST:
        raise Invalid("The file is larger than 5 MB.", code="bad_rates", field="file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unlike() from None
    if "\x00" in text:
        raise _unlike()
    first = text.lstrip().partition("\n")[0]
    lines = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), skipinitialspace=True)
    try:
        head = next((line for line in lines if any(cell.strip() for cell in line)), None)
        if head is None:
            raise _unlike()
        quotes = list(_table(head, lines, wanted) if _is_table(head) else _lines(head, lines, wanted))
    except csv.Error:
        raise _unlike() from None
    if not quotes:
        raise Invalid(
            "The file has no rate between currencies that you use: those of your accounts and your own.",
            code="no_rates",
            field="file",
        )
    return quotes


def _is_table(head: Sequence[str]) -> bool:
    names = [cell.strip() for cell in head]
    codes = [name for name in names[1:] if len(name) == 3 and name.isalpha() and name.isupper()]
    return names[0].lower() == "date" and len(codes) > 0 and "rate" not in {name.lower() for name in names}


def _table(head: Sequence[str], lines: Iterator[list[str]], wanted: Collection[str]) -> Iterator[Quote]:
    names = [cell.strip() for cell in head]
    base_at = next((at for at, name in enumerate(names) if name.lower() == "base"), None)
    columns = [(at, name) for at, name in enumerate(names) if at and at != base_at and name in wanted]
    many = 0
    for number, line in enumerate(lines, 2):
        if not any(cell.strip() for cell in line):
            continue
        day = _day(line[0], number)
        base = "EUR" if base_at is None or base_at >= len(line) else _code(line[base_at], number)
        for at, name in columns:
            cell = line[at].strip() if at < len(line) else ""
            if cell.upper() not in _NOT_KNOWN and name != base:
                many = _counted(many)
                yield Quote(base, name, day, _rate(cell, number))


def _lines(head: Sequence[str], lines: Iterator[list[str]], wanted: Collection[str]) -> Iterator[Quote]:
    start = 1 if len(head) > 3 and not head[0].strip()[:1].isdigit() else 0
    rows = enumerate([head, *lines] if not start else lines, 2 if start else 1)
    many = 0
    for number, line in rows:
        if not any(cell.strip() for cell in line):
            continue
        if len(line) < 4:
            raise Invalid(
                f"Line {number}: write a date, two currencies and a rate, such as 2026-03-02, EUR, USD, 1.0874.",
                code="bad_rates",
                field="file",
            )
        base, quote = _code(line[1], number), _code(line[2], number)
        quoted = Quote(base, quote, _day(line[0], number), _rate(line[3], number))
        if base == quote:
            raise Invalid(f"Line {number}: both currencies are the same.", code="bad_rates", field="file")
        if base in wanted and quote in wanted:
            many = _counted(many)
            yield quoted


def _counted(many: int) -> int:
    if many >= MOST:
        raise Invalid("The file has more than 100,000 rates. Bring it in parts.", code="bad_rates", field="file")
    return many + 1


def _day(cell: str, number: int) -> date:
    try:
        day = date.fromisoformat(cell.strip())
    except ValueError:
        raise Invalid(f"Line {number}: write the date as 2026-03-02.", code="bad_rates", field="file") from None
    if not 1900 <= day.year <= 2200:
        raise Invalid(f"Line {number}: this date is too far away.", code="bad_rates", field="file")
    return day


def _code(cell: str, number: int) -> str:
    try:
        return currency(cell).code
    except Invalid:
        raise Invalid(
            f"Line {number}: {cell.strip()[:12]!r} is not a currency.", code="bad_rates", field="file"
        ) from None


def _rate(cell: str, number: int) -> Decimal:
    try:
        rate = Decimal(cell.strip())
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 0 < rate <= BIGGEST or round(rate, 12) == 0:
        raise Invalid(f"Line {number}: {cell.strip()[:20]!r} is not a rate.", code="bad_rates", field="file")
    return round(rate, 12)


def _unlike() -> Invalid:
    return Invalid(
        "This is not a file of rates. It needs lines of date, base, quote and rate, or a column per currency.",
        code="bad_rates",
        field="file",
    )
