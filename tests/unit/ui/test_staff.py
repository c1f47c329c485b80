"""The console: every handler refuses whoever is not staff, and what the audit says is said in words."""

import asyncio
import inspect
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from fintwin.identity.desk import Done
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger.posting import Kind
from fintwin.ledger.staff import LedgerLine
from fintwin.ui.audited import change_text, done_text, kind_text
from fintwin.ui.pages.staff.ledger_state import Ledger, Trail
from fintwin.ui.pages.staff.rows import line_row
from fintwin.ui.pages.staff.state import Staff
from fintwin.web import gate

_STATES = (Staff, Ledger, Trail)
HANDLERS = [
    (state, name) for state in _STATES for name in state.event_handlers if name not in {"setvar", "set_is_hydrated"}
]


def _principal(role: str, issuer: str = "local") -> Principal:
    return Principal(person=1, uuid=uuid4(), name="Cleo", email="", issuer=issuer, role=role)


@pytest.mark.parametrize(("role", "issuer"), [("customer", "local"), ("admin", "demo")])
@pytest.mark.parametrize(
    ("state", "name"), HANDLERS, ids=lambda value: value if isinstance(value, str) else value.__name__
)
def test_every_handler_refuses_who_is_not_staff(state, name, role, issuer):
    token = gate._principal.set(_principal(role, issuer))
    try:
        one = state()
        handler = state.event_handlers[name].fn
        before = one.dict()
        wanted = [{}] * (len(inspect.signature(handler).parameters) - 1)
        asyncio.run(handler(one, *wanted))
        assert one.problem.code == "not_staff"
        one.problem = state.get_fields()["problem"].default_value()
        assert one.dict() == before
    finally:
        gate._principal.reset(token)


def test_there_are_handlers_to_try():
    assert len(HANDLERS) >= 19


def test_a_line_of_the_general_ledger_names_accounts_as_people_read_them():
    booked = LedgerLine(
        booked=date(2026, 3, 2),
        transaction=1,
        line=1,
        kind=Kind.DEPOSIT,
        customer_number="12345678",
        debit="checking 53039810652864",
        credit="income",
        currency=currency("EUR"),
        amount=Decimal(5),
        description="",
    )
    row = line_row(booked, who=_principal("staff"))
    assert (row.debit, row.credit) == ("checking 5303 9810 6528 64", "income")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"status": "active"}, {"status": "frozen", "blocked_by": "staff"}, "status active → blocked, by staff"),
        ({"credit_limit": "50.0000"}, {"credit_limit": "30.5000"}, "limit 50 → 30.5"),
        ({"status": 2, "left": "40.0000"}, {"status": 6, "left": "0.0000"}, "status posted → reversed, left 40 → 0"),
        ({}, {}, ""),
    ],
)
def test_what_changed_is_said(before, after, words):
    assert change_text(before, after) == words


def test_a_person_reads_what_was_done_to_them():
    def done(kind, detail=""):
        return done_text(Done(datetime.now(UTC), kind, detail, "because", ""))

    assert done("staff_looked", "transactions") == "Staff looked at your transactions"
    assert done("staff_blocked", "Everyday {}") == "Staff blocked Everyday {}"
    assert done("something_new") == kind_text("something_new") == "Something new"
