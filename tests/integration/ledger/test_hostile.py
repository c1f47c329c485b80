"""What a person could send to the ledger's doors past the services."""

import json
from datetime import date, timedelta
from decimal import Decimal as D
from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import perform, sqlstate, system_work
from fintwin.kernel.clock import system_clock, today
from fintwin.ledger import history, journal, pending, posting, rates, result, reversal, service, verify
from fintwin.ledger.posting import Kind

DAY = date(2026, 3, 2)
GARBAGE = ["x", "", "1e400", "NaN", "Infinity", "-1", "9" * 30, None, [1], {"a": 1}, True, 1.5, "2026-02-30", "é" * 900]


def do(who, call, /, *args, **named):
    return perform(who.person, lambda session: call(session, who, *args, **named))


def door(who, sql, **values):
    """Rows of a door's answer, or the SQLSTATE of its refusal."""
    try:
        return perform(who.person, lambda session: session.connection().execute(text(sql), values).all())
    except DBAPIError as error:
        return sqlstate(error)


def mixed(who, calls, whole=False):
    return door(who, "SELECT * FROM post_mixed(CAST(:calls AS jsonb), :whole)", calls=json.dumps(calls), whole=whole)


@pytest.fixture
def maya(person):
    return person("Maya")


def call(account, **more):
    return {
        "door": "post",
        "kind": 3,
        "from": account.id,
        "amount": "1.00",
        "currency": "EUR",
        "booked": str(DAY),
        "key": "00000000-0000-0000-0000-00000000000a",
        "fingerprint": 1,
    } | more


NAMES = ("door", "kind", "from", "to", "number", "amount", "currency", "booked", "valued", "payee", "category", "key")


def test_garbage_in_a_batch_is_refused_by_name_and_the_rest_is_booked(maya, opened):
    account = opened(maya, "100.00")
    doors = ("post", "keep_back", "take_back", "convert_money", "settle")
    bad = [
        call(account, door=door, fingerprint=n, key=f"00000000-0000-0000-0001-{n:012d}") | {name: one}
        for n, (name, one, door) in enumerate(product((*NAMES, "transaction"), GARBAGE, doors))
    ]
    answers = mixed(maya, [*bad, call(account)])
    assert not isinstance(answers, str), answers
    assert answers[-1].refusal is None
    assert all(one.refusal is None or one.refusal.startswith("LG") for one in answers)
    assert mixed(maya, [call(account, amount="x", key="00000000-0000-0000-0002-000000000000")], whole=True) == "LG019"
    with system_work() as session:
        assert verify.run(session) == []


def test_a_batch_of_another_shape_books_nothing(maya, opened, money_rows):
    opened(maya, "100.00")
    before = money_rows()
    for shape in ({}, "x", 1, None, True, [1], ["x"], [None], [[]], [{}], [[{}]]):
        answers = mixed(maya, shape)
        assert answers == "LG019" or all(one.refusal == "LG019" for one in answers)
    assert money_rows() == before


def test_arrays_of_any_shape_settle_nothing_of_others(maya, person, opened, key, money_rows):
    omar = person("Omar")
    theirs = opened(omar, "100.00")
    do(omar, pending.hold, kind=Kind.WITHDRAWAL, account=theirs.id, amount="1.00", key=key())
    before = money_rows()
    for which in ("{NULL}", "{{1,2},{3,4}}", "[5:6]={1,2}", "{1,1,1}", "{-1,9223372036854775807}", "{}"):
        answers = door(maya, "SELECT * FROM settle_batch(CAST(:which AS bigint[]), :day)", which=which, day=DAY)
        assert all(one.refusal == "LG015" for one in answers)
    assert money_rows() == before


def test_a_day_that_somebody_still_lives_in_is_not_locked(maya, opened, admin):
    """Between 10 and 12 UTC three dates are today somewhere; a payment of the earliest must still arrive."""
    account = opened(maya, "0.00")
    utc = today(system_clock, zone="UTC")
    admin("UPDATE account SET known_since = :day WHERE id = :id", day=utc - timedelta(days=9), id=account.id)
    lock = "SELECT reconcile(:account, :day, 0, :today)"
    ahead = {"account": account.id, "today": utc + timedelta(days=1)}
    assert door(maya, lock, day=utc - timedelta(days=1), **ahead) == "LG031"
    assert len(door(maya, lock, day=utc - timedelta(days=2), **ahead)) == 1


def test_what_is_taken_back_in_parts_counts_as_reversed_even_where_a_part_was_archived(maya, opened, key, admin):
    account = opened(maya, "100.00", custody="tracked")
    spent = do(maya, service.withdraw, account=account.id, amount="30.00", key=key(), booked=DAY).transaction
    early = DAY - timedelta(days=5)
    do(maya, reversal.take_back, transaction=spent, amount="10.00", booked=early, key=key())
    do(maya, history.archive, until=early)
    [answer] = do(maya, journal.post_batch, [posting.reversal(of=spent, key=key())])
    assert answer.refusal is None
    assert admin("SELECT DISTINCT status FROM transaction WHERE id = :id OR related = :id", id=spent) == [(6,)]


def test_rates_of_any_size_leave_every_sum_readable(maya, opened):
    opened(maya, "9999999999999999.99", custody="tracked", of="USD")
    worth = []
    for day, way in enumerate(([("USD", "CHF"), ("CHF", "EUR")], [("EUR", "USD")], [("USD", "EUR")])):
        for base, quote in way:
            do(maya, rates.enter, base=base, quote=quote, day=DAY + timedelta(days=day), rate="1000000000000")
        worth.append(do(maya, result.net_worth).amount)
    assert worth == [None, D(10_000), None]
