"""Delimited bank files: the dialect as a whole, and the statements read by it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.statements.amounts import decimal_sign, read_amount
from fintwin.statements.balance import chain
from fintwin.statements.beside import (
    currency_behind_amounts,
    currency_labelled,
    currency_of_amounts,
    known_currency,
    own_number,
    stated_balance,
)
from fintwin.statements.csv_rows import Cells, example, places, rows
from fintwin.statements.dates import ORDERS, date_like, date_order, read_date
from fintwin.statements.dialect import Layout, layout
from fintwin.statements.headings import is_english, is_gross, money_of
from fintwin.statements.recognised import Choice, Chosen, Question, Recognised
from fintwin.statements.records import Record, records
from fintwin.statements.statement import DOUBTFUL, MOST_ROWS, Balance, Fault, LeftOut, Row, Statement

_SAMPLE = 2_000
_MONEY = ("amount", "debit", "credit", "fee")
_PAID = re.compile(r"payment.{0,20}thank|thank you|autopay")


def recognise_csv(text: str, *, name: str, encoding: str, chosen: Chosen) -> Recognised:
    """How a delimited file is to be read, with what was chosen put in place of what was found.

    Raises:
        Invalid: no rows, a line too long, an unknown choice; the sentence begins with the line where there is one.
    """
    if max(text.count("\n"), text.count("\r")) > MOST_ROWS + 1_000:
        sentence = f"it has more than {MOST_ROWS:,} rows. Export it in parts, a year at a time."
        raise Invalid(sentence, code="too_many_rows", field="file")
    for value, allowed in ((chosen.dates, ORDERS), (chosen.decimal, ".,")):
        if value and value not in allowed:
            raise Invalid("Choose one of the values offered.", code="unknown_choice", field="file")
    seen = layout(text, delimiter=chosen.delimiter, columns=chosen.columns)
    where = places(seen.columns)
    sample = list(islice(_body(text, seen), _SAMPLE))
    before = list(_before(text, seen))
    money = [cell for record in sample for role in _MONEY if (cell := Cells(record.cells, where).get(role))]
    coin = chosen.currency or _currency(seen, where, sample, before)
    decimal = chosen.decimal or decimal_sign(money, digits=currency(coin).digits if coin else 2)
    european = (any(seen.headings) and not is_english(seen.headings)) or (
        decimal == "," and any("," in c for c in money)
    )
    days = [(record.line, Cells(record.cells, where).get("booked")) for record in sample]
    order = date_order((day for _, day in days if date_like(day)), european=european)
    found = Recognised(
        name=name,
        format="csv",
        encoding=encoding,
        dates=chosen.dates or order.order,
        decimal=decimal,
        signs="columns" if "amount" not in where else "signed",
        currency=coin,
        account="" if "account" in where else own_number(before, name=name),
        delimiter=seen.delimiter,
        quoted=seen.quoted,
        header=seen.header,
        first=seen.first,
        width=seen.width,
        columns=seen.columns,
        headings=seen.headings,
    )
    if order.asks and not chosen.dates:
        line = next(line for line, day in days if day == order.asks)
        choices = tuple(Choice(key, read_date(order.asks, order=key)) for key in ("dmy", "mdy"))
        found = replace(found, ask=(Question("dates", line, order.asks, choices),))
    if "flag" in where and not any(_negative(cell, decimal=decimal) for cell in money):
        found = replace(found, signs="flag")
    found = replace(found, flip=_turned(sample, found) if chosen.flip is None else chosen.flip)
    found = replace(found, fees_apart="fee" in where and _fees_apart(sample, found, where))
    return replace(found, example=example(sample, found))


def _negative(cell: str, *, decimal: str) -> bool:
    try:
        return read_amount(cell, decimal=decimal) < 0
    except Invalid:
        return False


def _currency(
    seen: Layout, where: Mapping[str, tuple[int, ...]], sample: Sequence[Record], before: Sequence[Record]
) -> str:
    """The currency of rows that name none: from a heading of money, the other rows, or what is written by an amount."""
    for role in (*_MONEY, "balance"):
        for index in where.get(role, ()):
            if code := known_currency(money_of(seen.headings[index])):
                return code
    for record in sample:
        if code := known_currency(Cells(record.cells, where).get("currency")):
            return code
    written = (cell for record in sample for cell in Cells(record.cells, where).money)
    return (
        currency_of_amounts(written)
        or currency_labelled(before)
        or currency_of_amounts(cell for record in before for cell in record.cells)
        or currency_behind_amounts(before)
    )


def _turned(sample: Sequence[Record], found: Recognised) -> bool:
    """Whether plus means out: the running balance says so, or a card's thanks for a payment stand with a minus."""
    if found.signs != "signed":
        return False
    read = [row for row in rows(sample, found) if isinstance(row, Row)]
    if len(read) < 3:
        return False
    plain, turned = chain(read), chain(read, turned=True)
    if plain and turned and max(plain.agreeing, turned.agreeing) * 2 > plain.known:
        return turned.agreeing > plain.agreeing
    paid = [row for row in read if _PAID.search(f"{row.payee} {row.purpose}".casefold())]
    return bool(paid) and all(row.amount < 0 for row in paid) and sum(row.amount > 0 for row in read) * 2 > len(read)


def _fees_apart(sample: Sequence[Record], found: Recognised, where: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether the fee column is still to be taken off: the running balances say so, else only a heading of gross does."""
    apart = replace(found, fees_apart=True)
    within, without = (_agreeing(sample, reading) for reading in (found, apart))
    if within != without:
        return without > within
    return any(
        is_gross(found.headings[index]) for role in ("amount", "debit", "credit") for index in where.get(role, ())
    )


def _agreeing(sample: Sequence[Record], found: Recognised) -> int:
    """How many rows the running balances bear out, each account and currency for itself."""
    apart: dict[tuple[str, str], list[Row]] = {}
    for row in rows(sample, found):
        if isinstance(row, Row):
            apart.setdefault((row.account, row.currency), []).append(row)
    chains = [chain(some) for some in apart.values()]
    return sum(one.agreeing for one in chains if one)


def _body(text: str, seen: Layout | Recognised) -> Iterator[Record]:
    """The records from the first row on, empty ones left out."""
    for record in records(text, delimiter=seen.delimiter, quoted=seen.quoted):
        if record.line >= seen.first and not record.empty:
            yield record


def _before(text: str, seen: Layout | Recognised) -> Iterator[Record]:
    """The records before the first row, the heading and empty ones left out."""
    for record in records(text, delimiter=seen.delimiter, quoted=seen.quoted):
        if record.line >= seen.first:
            return
        if record.line != seen.header and not record.empty:
            yield record


def read_csv(text: str, recognised: Recognised) -> tuple[Statement, ...]:
    """All movements of a delimited file, one statement for each account and currency in it.

    Raises:
        Invalid: a line too long or a quote never closed; the sentence begins with the line.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    faults: dict[tuple[str, str], list[Fault]] = {}
    left_out: list[LeftOut] = []
    beside = [record.cells for record in _before(text, recognised)]
    for item in rows(_body(text, recognised), recognised):
        if isinstance(item, Row):
            found.setdefault((item.account, item.currency), []).append(item)
        elif isinstance(item, Fault):
            faults.setdefault((item.account, item.currency), []).append(item)
        else:
            left_out.append(item)
            beside.append(next(records(item.raw, delimiter=recognised.delimiter, quoted=recognised.quoted)).cells)
    if len(found) == 1:
        # A row that cannot be read may lack its account or currency; with one account in the file it belongs to it.
        faults = {next(iter(found)): [fault for some in faults.values() for fault in some]}
    keys = list(dict.fromkeys([*found, *faults])) or [(recognised.account, recognised.currency)]
    opening, closing = _stated(beside, recognised) if len(keys) == 1 else (None, None)
    return tuple(
        _statement(
            recognised,
            key,
            read=found.get(key, []),
            faults=faults.get(key, []),
            left_out=left_out if key == keys[0] else [],
            opening=opening,
            closing=closing,
        )
        for key in keys
    )


def _stated(beside: Sequence[Sequence[str]], recognised: Recognised) -> tuple[Balance | None, Balance | None]:
    """The first opening and the first closing balance that lines beside the rows state."""
    ends: dict[bool, Balance] = {}
    lasts: list[Balance] = []
    for cells in beside:
        stated = stated_balance(cells, decimal=recognised.decimal, dates=recognised.dates)
        if stated and stated.last:
            lasts.append(stated.balance)
        elif stated:
            ends.setdefault(stated.opening, stated.balance)
    for balance in lasts:
        ends.setdefault(False in ends, balance)
    return ends.get(True), ends.get(False)


def _statement(
    recognised: Recognised,
    key: tuple[str, str],
    *,
    read: Sequence[Row],
    faults: Sequence[Fault],
    left_out: Sequence[LeftOut],
    opening: Balance | None,
    closing: Balance | None,
) -> Statement:
    running = chain(read)
    doubtful = running is not None and running.agreeing * 2 <= running.known and running.known > 1
    if doubtful:
        running = None
    return Statement(
        account=key[0],
        bank=recognised.bank,
        kind="",
        currency=key[1],
        opening=opening or (running.opening if running else None),
        closing=closing or (running.closing if running else None),
        rows=tuple(read),
        faults=tuple(faults),
        left_out=tuple(left_out),
        note=DOUBTFUL if doubtful else "",
    )
