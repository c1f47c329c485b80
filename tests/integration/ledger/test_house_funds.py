"""The house's own accounts: opened and funded by an administrator with a reason, seen by staff, out of everybody's reach."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import perform, sqlstate, system_work
from fintwin.identity import desk
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, rollups, staff, verify

EUR, USD = currency("EUR"), currency("USD")
WHY = "Capital paid in, minute 3"


def do(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def refused(who, call, **named):
    with pytest.raises(FinTwinError) as error:
        do(who, call, **named)
    return error.value.code


def door(who, sql, **values):
    try:
        return perform(
            who.person if who else None, lambda session: session.connection().execute(text(sql), values).all()
        )
    except DBAPIError as error:
        return sqlstate(error)


def fund(who, amount, *, key, purpose="funds", of=EUR, reason=WHY):
    return do(who, staff.fund_house, purpose=purpose, of=of, amount=amount, reason=reason, key=key)


@pytest.fixture
def ada(person):
    return person("Ada", role="admin")


def pool(who):
    return [(one.name, one.currency.code, one.posted) for one in do(who, staff.pool)]


def test_opened_funded_and_seen(ada, person, admin):
    sam = person("Sam", role="staff")
    assert pool(sam) == []
    assert fund(ada, "5000.00", key="a").posted == D(5000)
    assert fund(ada, "5000.00", key="a").posted == D(5000)
    assert fund(ada, "-1500.50", key="b").posted == D("3499.50")
    fund(ada, None, key="c", purpose="fees")
    fund(ada, None, key="d", purpose="fees")
    fund(ada, "10.00", key="e", purpose="clearing", of=USD)
    assert pool(sam) == [("Fee income", "EUR", D(0)), ("Funds", "EUR", D("3499.50")), ("Clearing", "USD", D(10))]
    day = today(system_clock, zone="UTC")
    lines, _ = do(sam, staff.ledger, since=day - timedelta(days=1), until=day + timedelta(days=1), reason="Month end")
    assert [(one.customer_number, one.debit.split()[0], one.credit.split()[0], one.amount) for one in lines] == [
        ("HOUSE", "checking", "opening", D(5000)),
        ("HOUSE", "opening", "checking", D("1500.50")),
        ("HOUSE", "wallet", "opening", D(10)),
    ]
    trail = do(sam, desk.trail, kind="staff_house_funds").rows
    assert [(one.actor, one.person, one.detail, one.reason) for one in trail] == [
        ("Ada", "FinTwin", what, WHY) for what in ("Clearing USD", "Fee income EUR", "Funds EUR", "Funds EUR")
    ]
    assert (trail[2].before, trail[2].after) == ({"balance": "5000.0000"}, {"balance": "3499.5000"})
    assert admin("SELECT DISTINCT p.issuer FROM transaction t JOIN person p ON p.id = t.owner") == [("house",)]
    with system_work() as session:
        assert verify.run(session) == []
    while True:
        with system_work() as session:
            if not rollups.roll_up(session):
                break


def test_never_more_out_than_is_there(ada, money_rows):
    fund(ada, "5.00", key="a")
    before = money_rows()
    call = {"purpose": "funds", "of": EUR, "reason": WHY}
    assert refused(ada, staff.fund_house, **call, amount="-5.01", key="b") == "not_enough_funds"
    assert refused(ada, staff.fund_house, **call, amount="6.00", key="a") == "key_reused"
    assert refused(ada, staff.fund_house, **call, amount="0", key="c") == "bad_amount"
    assert refused(ada, staff.fund_house, **call, amount="0.001", key="c") == "amount_decimals"
    assert refused(ada, staff.fund_house, **{**call, "purpose": "yacht"}, amount="1.00", key="c") == "bad_choice"
    assert refused(ada, staff.fund_house, **{**call, "reason": " "}, amount="1.00", key="c") == "no_reason"
    assert money_rows() == before


@pytest.mark.parametrize(
    ("who", "code"), [("customer", "not_staff"), ("staff", "not_administrator"), ("demo", "not_staff")]
)
def test_others_are_refused(ada, person, money_rows, admin, who, code):
    fund(ada, "5.00", key="a")
    other = {
        "customer": lambda: person("Cleo"),
        "staff": lambda: person("Sam", role="staff"),
        "demo": lambda: person("Dee", issuer="demo", role="admin"),
    }[who]()
    before = money_rows(), admin("SELECT count(*) FROM audit_event")
    for purpose in ("funds", "fees"):
        assert refused(other, staff.fund_house, purpose=purpose, of=EUR, amount="1.00", reason=WHY, key="x") == code
    # Past the service, too.
    call = "SELECT * FROM staff_fund_house('funds', 'EUR', 1, current_date, '12345678901234', 'Why not', gen_random_uuid(), 1)"
    assert door(other, call) == {"not_staff": "FI020", "not_administrator": "FI007"}[code]
    assert (money_rows(), admin("SELECT count(*) FROM audit_event")) == before


@pytest.mark.parametrize(
    "values",
    [
        {"purpose": "x"},
        {"purpose": None},
        {"currency": "eur"},
        {"currency": None},
        {"amount": "NaN"},
        {"amount": "Infinity"},
        {"amount": "0"},
        {"amount": "0.00001"},
        {"amount": "1e17"},
        {"booked": date(2020, 1, 1)},
        {"booked": None},
        {"number": "1"},
        {"number": None},
    ],
)
def test_the_door_takes_no_nonsense(ada, money_rows, values):
    before = money_rows()
    call = {
        "purpose": "funds",
        "currency": "EUR",
        "amount": "1",
        "booked": today(system_clock, zone="UTC"),
        "number": "12345678901234",
    }
    answer = door(
        ada,
        "SELECT * FROM staff_fund_house(:purpose, :currency, CAST(:amount AS numeric), :booked, :number, 'Why not', gen_random_uuid(), 1)",
        **{**call, **values},
    )
    assert answer == "FI028"
    assert money_rows() == before


def test_an_administrator_does_not_become_the_house(ada, person, admin):
    """The door books as the house and comes back: what follows in the same unit of work is the administrator's own."""

    def both(session, who):
        staff.fund_house(session, who, purpose="funds", of=EUR, amount="5.00", reason=WHY, key="a")
        assert session.connection().scalar(text("SELECT current_person()")) == who.person
        return accounts.accounts(session, who)

    assert do(ada, both) == []
    for table in ("account", "transaction", "posting"):
        assert door(ada, f"SELECT count(*) FROM {table}") == [(0,)]
    assert door(ada, "SELECT * FROM house_account") == "42501"


def test_three_at_once_open_one(ada):
    from tests.integration.payments.people import at_once

    at_once([lambda n=n: fund(ada, "1.00", key=f"k{n}") for n in range(3)])
    at_once([lambda: fund(ada, "1.00", key="same")] * 3)
    assert pool(ada) == [("Funds", "EUR", D(4))]
