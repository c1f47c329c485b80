"""Transactions as CSV text that opens in a spreadsheet without running anything."""

import csv
import io
from collections.abc import Iterable, Iterator

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
)


def csv_lines(rows: Iterable[Exported]) -> Iterator[str]:
    """The header, then one line per row (RFC 4180, CRLF); dates in ISO form, amounts with a decimal point."""
    yield _line(HEADER)
    for row in rows:
        yield _line(
            (
                row.reference,
                row.booked.isoformat(),
                row.valued.isoformat() if row.valued else "",
                row.kind.name.lower().replace("_", " "),
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
            )
        )


def plain(text: str) -> str:
    """A text that a spreadsheet takes as text: one that would begin a formula gets an apostrophe in front."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
