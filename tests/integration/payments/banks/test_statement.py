"""A statement of the bank that is imported settles the orders it names, and books none of them a second time."""

from decimal import Decimal as D

import pytest

from fintwin.db.work import system_work, work
from fintwin.ledger import accounts, verify
from fintwin.ledger.awaited import settles
from fintwin.payments import bank, bank_orders, bank_outcomes
from tests.integration.statements.conftest import Desk

IBAN = "DE02120300000000202051"


@pytest.fixture(autouse=True)
def _declared():
    settles(bank_outcomes.settle_rows)


def test_an_imported_statement_settles_an_order_and_taking_it_back_leaves_that(database, person, opened, admin):
    maya = person("Maya")
    account = opened(maya, custody="tracked")
    desk = Desk(maya)
    desk.call(accounts.set_bank_number, account=account.id, bank_number=IBAN)
    with work(maya.person) as session:
        order = bank.order(
            session, maya, account=account.id, name="Ben", iban="NL91ABNA0417164300", amount="30.00", key="order"
        )
        bank.send(session, maya, account=account.id)
    day = admin("SELECT (now() AT TIME ZONE 'UTC')::date")[0][0].isoformat()
    rows = [
        "Account number;Booking date;Payee;Amount;Currency;End to end id",
        f"{IBAN};{day};Ben;-30.00;EUR;{order.end_to_end}",
        f"{IBAN};{day};Shop;-5.00;EUR;",
        f"{IBAN};{day};Elsewhere;-30.00;EUR;{'FT' + '0' * 32}",
    ]
    found = desk.take("bank.csv", "\n".join(rows).encode())

    def state() -> tuple[str, D, D]:
        with work(maya.person) as session:
            seen, there = bank_orders.view(session, maya, order=order.id), accounts.account(session, maya, account.id)
            return seen.status, there.posted, there.pending

    assert state() == ("settled", D(-65), D(0))
    assert admin("SELECT count(*) FROM transaction WHERE kind = 3") == [(3,)]
    assert admin("SELECT verdict, transaction FROM statement_row WHERE end_to_end = :id", id=order.end_to_end) == [
        ("same", order.transaction)
    ]
    desk.undo(found)
    assert state() == ("settled", D(-30), D(0))
    with system_work() as session:
        assert verify.run(session) == []
