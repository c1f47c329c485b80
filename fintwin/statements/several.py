"""Several statements of one account in one file: put in order, and what stands in two of them counted once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fintwin.statements.duplicates import Known, duplicates
from fintwin.statements.statement import LeftOut, Row, Statement

TWICE = "It stands in this file twice, and counts once."

_RANK = {"camt.053": 0, "mt940": 0, "camt.054": 1, "camt.052": 2, "mt942": 2}
"""Statements before notices, notices before what was reported within a day."""


@dataclass(frozen=True, slots=True)
class Page:
    """One statement of a file, and the kind of message it came in."""

    source: str
    statement: Statement


def joined(pages: Sequence[Page]) -> tuple[Statement, ...]:
    """One statement for each account and currency, in the order of the file.

    Pages are put in the order of time. A page that is there twice counts once; so does a row with a bank reference and
    amount that an earlier page has, or that another kind of message tells too. Twins within a page stay two.
    """
    groups: dict[tuple[str, str, str], list[Page]] = {}
    for page in pages:
        one = page.statement
        groups.setdefault((one.account, one.currency, one.name), []).append(page)
    return tuple(_whole(some) for some in groups.values())


def _whole(pages: Sequence[Page]) -> Statement:
    if len(pages) == 1:
        return pages[0].statement
    ordered = sorted(pages, key=lambda page: _begins(page.statement))
    statements = [page.statement for page in ordered]
    repeated = _pages_twice(ordered)
    twice = _rows_twice(ordered, without=repeated)
    rows: list[Row] = []
    left_out = [item for at, one in enumerate(statements) if at not in repeated for item in one.left_out]
    for at, one in enumerate(statements):
        for number, row in enumerate(one.rows):
            if at in repeated or (at, number) in twice:
                left_out.append(LeftOut(row.line, TWICE, row.raw))
            else:
                rows.append(row)
    openings = [one.opening for one in statements if one.opening]
    closings = [one.closing for one in statements if one.closing]
    return replace(
        statements[0],
        bank=next((one.bank for one in statements if one.bank), ""),
        kind=next((one.kind for one in statements if one.kind), ""),
        opening=openings[0] if openings else None,
        closing=closings[-1] if closings else None,
        rows=tuple(rows),
        faults=tuple(fault for at, one in enumerate(statements) if at not in repeated for fault in one.faults),
        left_out=tuple(left_out),
        note=next((one.note for one in statements if one.note), ""),
    )


def _begins(statement: Statement) -> date:
    days = [row.booked for row in statement.rows[:1] + statement.rows[-1:]]
    days += [one.day for one in (statement.opening, statement.closing) if one and one.day]
    return min(days, default=date.max)


def _pages_twice(pages: Sequence[Page]) -> set[int]:
    """Pages with rows that say just what one before them says."""
    seen: set[tuple[object, ...]] = set()
    found: set[int] = set()
    for at, page in enumerate(pages):
        one = page.statement
        rows = tuple((row.booked, row.amount, row.reference, row.payee, row.purpose) for row in one.rows)
        if rows and (same := (page.source, one.opening, one.closing, rows)) in seen:
            found.add(at)
        elif rows:
            seen.add(same)
    return found


def _rows_twice(pages: Sequence[Page], *, without: set[int]) -> set[tuple[int, int]]:
    """Rows, by page and number, that another page tells: by reference, or by day and amount in another kind of message."""
    found: set[tuple[int, int]] = set()
    references: set[tuple[str, Decimal, date]] = set()
    told: list[Known] = []
    for source in sorted({page.source for page in pages}, key=lambda one: _RANK.get(one, 3)):
        places: list[tuple[int, int]] = []
        mine: list[Known] = []
        for at, page in enumerate(pages):
            if page.source != source or at in without:
                continue
            here: set[tuple[str, Decimal, date]] = set()
            for number, row in enumerate(page.statement.rows):
                key = (row.reference, row.amount, row.booked)
                if row.reference and key in references:
                    found.add((at, number))
                    continue
                if row.reference:
                    here.add(key)
                words = f"{row.payee} {row.purpose}"
                mine.append(Known(len(places), row.booked, row.amount, row.reference, source, words))
                places.append((at, number))
            references |= here
        repeats = duplicates(mine, told) if told else {}
        found |= {places[one] for one in repeats}
        told += [replace(one, id=len(told) + one.id) for one in mine if one.id not in repeats]
    return found
