"""What the books say of the days to come."""

from decimal import Decimal as D

from fintwin.cashflow import history, service
from fintwin.cashflow.cadence import add_months
from fintwin.db.work import work
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.ledger import service as moves
from tests.integration.twin.conftest import NOW, SHOPS, TODAY


def test_flows_leave_out_openings_own_transfers_and_what_was_taken_back(books):
    with work(books.who.person, read_only=True) as session:
        rows = history.flows(session, books.who, until=TODAY)
    assert len(rows) == 11 * 18
    assert {row.payee for row in rows} == {"ACME Payroll", "Landlord", *SHOPS}
    assert {row.amount > 0 for row in rows if row.payee == "ACME Payroll"} == {True}
    assert [row.day for row in rows] == sorted(row.day for row in rows)


def test_wages_and_rent_are_streams_and_shopping_is_the_rest(books):
    with work(books.who.person, read_only=True) as session:
        told = service.learned(session, books.who, as_of=TODAY)
    amounts = {stream.name: stream.amount for stream in told.streams}
    assert amounts["ACME Payroll"] == D("2400.00")
    assert amounts["Landlord"] == D("-950.00")
    assert told.known
    assert len(told.rest) == 18
    assert max(told.rest) < 0


def test_the_lowest_point_is_the_rent_before_the_wages(books):
    with work(books.who.person, read_only=True) as session:
        told = service.cash_ahead(session, books.who, clock=lambda: NOW)
    assert told is not None
    assert told.lowest <= told.days[0][1]
    assert told.days[0][0] == TODAY
    assert told.due


def test_without_accounts_nothing_is_known_ahead(database, person):
    who = person("Eve")
    with work(who.person, read_only=True) as session:
        assert service.cash_ahead(session, who, clock=lambda: NOW) is None
        assert not service.learned(session, who, as_of=TODAY).known


def test_nobody_elses_rows_are_seen(books, person):
    other = person("Mallory")
    with work(other.person, read_only=True) as session:
        assert history.flows(session, other, until=TODAY) == []
        assert history.repayments(session, other, until=TODAY) == {}


def test_what_is_paid_into_a_loan_each_month_is_found(books):
    with work(books.who.person) as session:
        loan = accounts.open_account(
            session,
            books.who,
            name="Car",
            type="loan",
            custody="tracked",
            currency=currency("EUR"),
            opening=D("-9000"),
            opened=add_months(TODAY, -12),
            key="car",
        )
        for month in range(10):
            moves.own_transfer(
                session,
                books.who,
                giving=books.giro,
                taking=loan.id,
                amount=D("210"),
                booked=add_months(TODAY, -month),
                key=f"car-{month}",
            )
    with work(books.who.person, read_only=True) as session:
        assert history.repayments(session, books.who, until=TODAY) == {str(loan.uuid): D("210.0000")}
