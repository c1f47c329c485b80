"""Files of the books: tables that open in a spreadsheet without running anything, and one JSON document of everything."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from fintwin.kernel.money import currency
from fintwin.ledger.books import BookAccount, Booking, Chart
from fintwin.ledger.posting import Kind, outside
from fintwin.ledger.register import Exported

HEADER = (
    "Reference",
    "Date",
    "Value date",
    "Kind",
    "Status",
    "Account",
    "Amount",
    "Currency",
    "Balance after",
    "Other account",
    "Payee",
    "Description",
    "Category",
    "Note",
    "Bank reference",
    "Tags",
    "Parts",
)


def csv_lines(rows: Iterable[Exported]) -> Iterator[str]:
    """The header, then one line per row (RFC 4180, CRLF); dates in ISO form, amounts with a decimal point."""
    yield line(HEADER)
    for row in rows:
        yield line(
            (
                row.reference,
                row.booked.isoformat(),
                row.valued.isoformat() if row.valued else "",
                words(row.kind),
                row.status.name.lower(),
                plain(row.account),
                format(row.amount, "f"),
                row.currency,
                format(row.balance_after, "f"),
                plain(row.other_account),
                plain(row.payee),
                plain(row.description),
                plain(row.category),
                plain(row.note),
                plain(row.external_reference),
                plain(", ".join(row.tags)),
                plain("; ".join(f"{name} {digits(amount, row.currency)}" for name, amount in row.parts)),
            )
        )


def json_lines(chart: Chart, bookings: Iterable[Booking], *, owner: str, on: date) -> Iterator[str]:
    """Whole books as one JSON document, one account, category or transaction a line; amounts are decimal strings.

    Accounts are named by their uuid. `amount` in `legs` is debit-positive: what an account received is above zero.
    `outcome` is the outside view of `status`, as the API says it.
    """
    uuids = {account.id: str(account.uuid) for account in chart.accounts}
    yield f'{{"format": "fintwin-books", "version": 1, "owner": {json.dumps(owner)}, "written": "{on}",\n"accounts": [\n'
    yield from _listed(_account(one) for one in chart.accounts)
    yield '],\n"categories": [\n'
    yield from _listed({"id": one.id, "parent": one.parent, "name": one.name} for one in chart.categories)
    yield '],\n"transactions": [\n'
    yield from _listed(_transaction(one, uuids) for one in bookings)
    yield "]}\n"


def plain(text: str) -> str:
    """A text that a spreadsheet takes as text: one that would begin a formula gets an apostrophe in front."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text


def line(cells: Iterable[str]) -> str:
    """One line of a table."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def digits(amount: Decimal, code: str) -> str:
    """An amount with a decimal point and its currency's decimals."""
    return format(amount.quantize(currency(code).cent), "f")


def words(kind: Kind) -> str:
    """A kind as files name it."""
    return kind.name.lower().replace("_", " ")


def _listed(objects: Iterable[dict[str, Any]]) -> Iterator[str]:
    parted = ""
    for one in objects:
        yield parted + json.dumps(one, ensure_ascii=False)
        parted = ",\n"
    yield "\n"


def _account(one: BookAccount) -> dict[str, Any]:
    return {
        "id": str(one.uuid),
        "name": one.name,
        "number": one.number or None,
        "class": one.class_,
        "type": one.type,
        "currency": one.currency,
        "closed": one.closed,
        "balance": digits(one.balance, one.currency) if one.real else None,
    }


def _transaction(one: Booking, uuids: dict[int, str]) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "booked": one.booked.isoformat(),
        "valued": one.valued.isoformat() if one.valued else None,
        "kind": words(one.kind),
        "status": one.status.name.lower(),
        "outcome": str(outside(one.status)),
        "payee": one.payee,
        "description": one.description,
        "note": one.note,
        "bank_reference": one.external_reference,
        "reverses": one.reverses or None,
        "tags": list(one.tags),
        "legs": [
            {
                "account": uuids[leg.account],
                "category": leg.category,
                "amount": digits(leg.amount, leg.currency),
                "currency": leg.currency,
            }
            for leg in one.legs
        ],
    }
