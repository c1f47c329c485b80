"""Files of the books as text: names that are legal, cells that run nothing, columns that balance."""

import json
from datetime import date
from decimal import Decimal as D
from uuid import UUID

from fintwin.ledger.books import BookAccount, Booking, Chart, Leg, Use
from fintwin.ledger.export import json_lines
from fintwin.ledger.plain_text import names_of
from fintwin.ledger.posting import Kind, Status

DAY = date(2026, 3, 2)


def called(*names: str) -> list[str]:
    accounts = [
        BookAccount(i, UUID(int=i), name, "", "asset", "cash", True, "EUR", False, D(0)) for i, name in enumerate(names)
    ]
    return list(names_of(Chart(tuple(accounts), (), (), None)).values())


def test_names_that_would_be_alike_are_told_apart():
    assert called("Every day", "Every:day", "Every-day-2", "Every\nday") == [
        "Assets:Every-day",
        "Assets:Every-day-2",
        "Assets:Every-day-2-2",
        "Assets:Every-day-3",
    ]


def test_a_name_begins_with_a_capital_or_a_digit():
    assert called("savings", "ölkonto", "2nd", "現金", "💶", "-x-") == [
        "Assets:Savings",
        "Assets:Ölkonto",
        "Assets:2nd",
        "Assets:Account-現金",
        "Assets:Account",
        "Assets:X",
    ]


def test_nominal_accounts_of_several_currencies_share_a_name():
    accounts = tuple(
        BookAccount(i, UUID(int=i), "people", "", "equity", "people", False, code, False, D(0))
        for i, code in enumerate(("EUR", "USD"))
    )
    names = names_of(Chart(accounts, (), (Use(0, None, DAY), Use(1, None, DAY)), DAY))
    assert set(names.values()) == {"Equity:People"}


def test_a_document_says_the_outcome_beside_the_status():
    chart = Chart((BookAccount(1, UUID(int=1), "A", "", "asset", "cash", True, "EUR", False, D(0)),), (), (), None)
    bookings = [
        Booking("1", DAY, None, Kind.DEPOSIT, status, "", "", "", "", "", (Leg(1, None, D(1), "EUR"),))
        for status in (Status.POSTED, Status.ARCHIVED, Status.REVERSED)
    ]
    written = json.loads("".join(json_lines(chart, bookings, owner="Maya", on=DAY)))
    assert [(one["status"], one["outcome"]) for one in written["transactions"]] == [
        ("posted", "success"),
        ("archived", "success"),
        ("reversed", "success"),
    ]
