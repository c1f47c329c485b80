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
KEY = "00000000-0000-0000-0000-00000000000b"
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


def batch(who, items, whole=False):
    return door(
        who,
        "SELECT * FROM post_batch(CAST(:items AS jsonb), NULL, :whole) ORDER BY item",
        items=json.dumps(items),
        whole=whole,
    )


def item(account, **more):
    return {"kind": 3, "giving": account.id, "amount": "1.00", "currency": "EUR", "booked": str(DAY)} | more


ITEM_NAMES = [
    "kind",
    "giving",
    "taking",
    "amount",
    "currency",
    "booked",
    "valued",
    "description",
    "external_reference",
    "payee",
    "category",
    "note",
    "key",
    "fingerprint",
    "related",
]


@pytest.mark.parametrize("name", ITEM_NAMES)
def test_garbage_in_one_pass_is_refused_by_name_and_the_rest_is_booked(maya, opened, name):
    account = opened(maya, "100.00")
    bad = [item(account) | {name: one} for one in GARBAGE]
    answers = batch(maya, [item(account), *bad, item(account)])
    assert not isinstance(answers, str), answers
    assert [one.item for one in answers] == list(range(len(bad) + 2))
    assert answers[0].refusal is answers[-1].refusal is None
    assert all((one.refusal is None) == (one.transaction_id is not None) for one in answers)
    assert all(one.refusal is None or one.refusal.startswith("LG") for one in answers)
    assert "LG019" in {one.refusal for one in answers}
    with system_work() as session:
        assert verify.run(session) == []


def test_a_batch_in_one_pass_of_another_shape_books_nothing(maya, opened, money_rows):
    account = opened(maya, "100.00")
    before = money_rows()
    for shape in ({}, "x", 1, None, True, [1], ["x"], [None], [[]], [{}], [[{}]], [item(account) | {"giving": "x"}]):
        answers = batch(maya, shape)
        assert answers == "LG019" or {one.refusal for one in answers} <= {"LG019", "LG015"}, (shape, answers)
        whole = batch(maya, shape, whole=True)
        assert whole in ("LG019", "LG015") or (shape is None and whole == [])
    assert money_rows() == before


def test_the_item_that_is_none_is_named_where_all_must_pass(maya, opened, money_rows):
    account = opened(maya, "100.00")
    before = money_rows()
    with pytest.raises(DBAPIError) as refused:
        perform(
            maya.person,
            lambda session: session.connection().execute(
                text("SELECT * FROM post_batch(CAST(:items AS jsonb), NULL, true)"),
                {"items": json.dumps([item(account), item(account), item(account, amount="x")])},
            ),
        )
    assert (sqlstate(refused.value), refused.value.orig.diag.message_detail) == ("LG019", "2")
    assert money_rows() == before


def test_nobody_writes_into_anothers_past(maya, person, opened, key, money_rows):
    omar = person("Omar")
    here, there = opened(maya, "100.00"), opened(omar, "0.00")
    held = do(
        maya, pending.hold, kind=Kind.BETWEEN_PEOPLE, account=here.id, number=there.number, amount="9.00", key=key()
    )
    utc = today(system_clock, zone="UTC")
    before = money_rows()
    one = "SELECT * FROM settle(:id, NULL, true, :day, NULL, NULL, NULL)"
    part = "SELECT * FROM settle(:id, 1, false, :day, NULL, CAST(:key AS uuid), 1)"
    for day in (DAY, utc - timedelta(days=2), utc + timedelta(days=2), date(1900, 1, 1)):
        assert door(maya, one, id=held.transaction, day=day) == "LG060"
        assert door(maya, part, id=held.transaction, day=day, key=KEY) == "LG060"
        [answer] = door(maya, "SELECT * FROM settle_batch(ARRAY[:id], :day)", id=held.transaction, day=day)
        assert answer.refusal == "LG060"
        [answer] = mixed(maya, [{"door": "settle", "transaction": held.transaction, "booked": str(day)}])
        assert answer.refusal == "LG060"
    assert money_rows() == before
    [answer] = door(maya, one, id=held.transaction, day=utc - timedelta(days=1))
    assert not answer.replayed
    [answer] = door(maya, one, id=held.transaction, day=DAY)
    assert answer.replayed


def test_nobody_gives_back_into_anothers_past(maya, person, opened, key, money_rows):
    omar = person("Omar")
    here, there = opened(maya, "100.00"), opened(omar, "0.00")
    held = do(
        maya, pending.hold, kind=Kind.BETWEEN_PEOPLE, account=here.id, number=there.number, amount="9.00", key=key()
    )
    do(maya, pending.settle, transaction=held.transaction)
    [(received,)] = door(omar, "SELECT id FROM transaction WHERE kind = 5")
    utc = today(system_clock, zone="UTC")
    back = "SELECT * FROM take_back(:id, 1, :day, NULL, CAST(:key AS uuid), 1)"
    before = money_rows()
    for day in (None, DAY, utc - timedelta(days=2), utc + timedelta(days=2)):
        assert door(omar, back, id=received, day=day, key=KEY) == "LG060"
    assert money_rows() == before
    [answer] = door(omar, back, id=received, day=utc, key=KEY)
    assert not answer.replayed
    [answer] = door(omar, back, id=received, day=DAY, key=KEY)
    assert answer.replayed


def test_own_money_is_settled_on_any_day(maya, opened, key):
    here = opened(maya, "100.00")
    held = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="9.00", key=key())
    assert (
        len(door(maya, "SELECT * FROM settle(:id, NULL, true, :day, NULL, NULL, NULL)", id=held.transaction, day=DAY))
        == 1
    )


def test_a_call_holds_others_rows_for_a_thousand_items_at_most(maya, person, opened, key, money_rows):
    omar = person("Omar")
    here, there = opened(maya, "100.00"), opened(omar, "0.00")
    held = do(
        maya, pending.hold, kind=Kind.BETWEEN_PEOPLE, account=here.id, number=there.number, amount="9.00", key=key()
    )
    before = money_rows()
    empty = [{"door": "post"}] * 1000
    pay = call(here, kind=5, number=there.number)
    for last in (
        pay,
        {"door": "settle", "transaction": held.transaction},
        {"door": "take_back", "transaction": str(held.transaction)},
    ):
        assert mixed(maya, [*empty, last]) == "LG061"
        assert mixed(maya, [last, *empty], whole=True) == "LG061"
    many = [held.transaction, *range(10**12, 10**12 + 1000)]
    assert door(maya, "SELECT * FROM settle_batch(CAST(:which AS bigint[]), current_date)", which=many) == "LG061"
    assert money_rows() == before
    assert len(mixed(maya, [*empty, *empty])) == 2000
    assert len(mixed(maya, [*empty[1:], pay])) == 1000
    assert (
        len(door(maya, "SELECT * FROM settle_batch(CAST(:which AS bigint[]), current_date)", which=many[:1000])) == 1000
    )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM ledger_settle(1, NULL, true, current_date, NULL, NULL, NULL)",
        "SELECT * FROM ledger_settle_batch('{1}', current_date)",
        "SELECT * FROM ledger_post_mixed('[]')",
        "SELECT * FROM ledger_post_batch('[]')",
        "SELECT ledger_readable('{}')",
    ],
)
def test_what_is_behind_a_door_is_not_to_be_called(maya, statement):
    assert door(maya, statement) == "42501"
