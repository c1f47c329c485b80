"""What the register finds beside what is booked under a category: what is announced, people by name, what takes back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db.work import perform, system_work, work
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import NotFound
from fintwin.kernel.money import currency
from fintwin.ledger import (
    bulk,
    categories,
    narrowing,
    pending,
    posting,
    register,
    reversal,
    review,
    rollups,
    service,
    splits,
    verify,
)
from fintwin.ledger.parts import Part
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.register import Filter
from fintwin.ledger.search_words import parse
from fintwin.payments import contacts

EUR = currency("EUR")
DAY = date(2026, 3, 2)


def do(who, call, /, *args, **named):
    return perform(who.person, lambda session: call(session, who, *args, **named))


def found(who, typed, base=Filter()):  # noqa: B008 - a value
    """The rows of a search, and that its sums say the same."""
    with work(who.person, read_only=True) as session:
        known = narrowing.known(session, who)
        narrowed = narrowing.narrow(base, parse(typed), known=known, today=today(system_clock, zone=who.zone))
        assert not narrowed.faults, narrowed.faults
        rows = register.page(session, who, filter=narrowed.filter).rows
        sums = register.sums(session, who, filter=narrowed.filter)
    assert sum(one.count for one in sums) == len(rows)
    assert sum(one.net for one in sums) == sum(row.amount for row in rows if not row.own_transfer)
    return rows


def rolled():
    with system_work() as session:
        while rollups.roll_up(session, behind=1):
            pass


@pytest.fixture(params=["fresh", "rolled up"])
def settled(request):
    """Call it when all is booked: the register answers the same before the worker came by and after."""
    return rolled if request.param == "rolled up" else lambda: None


@pytest.fixture
def waiting(person, opened, key):
    """Maya's: one pending out, one in, one that failed, one that lapsed, one booked."""
    maya = person("Maya Keller")
    giro = opened(maya, "500", custody="held", name="Giro")
    card = opened(maya, custody="tracked", name="Credit card", bank_number="DE2")
    named = {one.code: one.id for one in do(maya, categories.ensure)}

    def announce(kind, amount, payee, **more):
        return do(maya, pending.hold, kind=kind, amount=D(amount), key=key(), payee=payee, **more).transaction

    ids = {
        "hotel": announce(Kind.WITHDRAWAL, 120, "Hotel", account=giro.id, category=named["travel"], note="two nights"),
        "salary": announce(Kind.DEPOSIT, 2000, "Acme", taking=giro.id),
        "shop": announce(Kind.WITHDRAWAL, 30, "Shop", account=giro.id),
        "lapsed": announce(Kind.DEPOSIT, 7, "Refund", taking=card.id, expires=datetime.now(UTC) - timedelta(minutes=1)),
    }
    do(maya, pending.void, transaction=ids["shop"], reason="Out of stock")
    do(maya, pending.expire, transaction=ids["lapsed"])
    ids["booked"] = do(maya, service.withdraw, account=giro.id, amount=D(5), key=key(), payee="Hotel bar").transaction
    return maya, giro, ids


def test_what_is_announced_is_rows_like_any_other(waiting):
    maya, _giro, ids = waiting
    rows = found(maya, "is:pending")
    assert [row.id for row in rows] == [ids["salary"], ids["hotel"]]
    assert [row.amount for row in rows] == [D(2000), D(-120)]
    assert {row.status for row in rows} == {Status.PENDING}
    assert rows[1].booked == today(system_clock, zone=maya.zone)
    assert (rows[1].giving.name, rows[1].category_name, rows[1].note) == ("Giro", "Travel", "two nights")
    assert [row.id for row in found(maya, "is:failed")] == [ids["shop"]]
    assert [row.id for row in found(maya, "is:expired")] == [ids["lapsed"]]
    assert [row.id for row in found(maya, "is:failed is:expired")] == [ids["lapsed"], ids["shop"]]
    assert [row.id for row in found(maya, "hotel")] == [ids["booked"]]
    for typed, wanted in (
        ("is:pending hotel", ["hotel"]),
        ("is:pending amount>1000", ["salary"]),
        ("is:pending is:in", ["salary"]),
        ("is:pending category:travel", ["hotel"]),
        ("is:pending -category:travel", ["salary"]),
        ("is:pending is:uncategorised", ["salary"]),
        ("is:pending has:note", ["hotel"]),
        ("is:pending on:today", ["salary", "hotel"]),
        ("is:pending before:today", []),
        ("is:pending is:reversed", []),
        ("is:expired account:credit", ["lapsed"]),
        ("is:pending account:credit", []),
        ("is:failed -account:giro", []),
    ):
        assert [row.id for row in found(maya, typed)] == [ids[one] for one in wanted], typed


def test_what_is_announced_comes_in_pages(waiting):
    maya, _, ids = waiting
    with work(maya.person, read_only=True) as session:
        filter = Filter(unbooked=(1, 4, 5))
        first = register.page(session, maya, filter=filter, rows=3)
        rest = register.page(session, maya, filter=filter, rows=3, after=first.after)
        every = bulk.chosen(session, maya, filter=filter)
    assert [row.id for row in (*first.rows, *rest.rows)] == every == sorted(set(ids.values()) - {ids["booked"]})[::-1]


def test_what_came_to_nothing_can_be_opened(waiting, person):
    maya, _, ids = waiting
    seen = do(maya, register.get, transaction=ids["shop"])
    assert (seen.row.status, seen.row.amount, seen.lines, seen.reversible) == (Status.FAILED, D(-30), (), False)
    assert do(maya, register.get, transaction=ids["lapsed"]).row.taking.name == "Credit card"
    do(maya, service.classify, transaction=ids["hotel"], note="three nights")
    assert do(maya, register.get, transaction=ids["hotel"]).row.note == "three nights"
    omar = person("Omar")
    assert found(omar, "is:pending") == found(omar, "is:failed") == []
    with pytest.raises(NotFound):
        do(omar, register.get, transaction=ids["shop"])
    with system_work() as session:
        assert verify.run(session) == []


@pytest.fixture
def friends(person, opened, key):
    """Omar Haddad paid Maya 40, who paid him 15 back and Zoe Zabel 3; what the shop got says nothing of them."""
    maya, omar, zoe = person("Maya Keller"), person("Omar Haddad"), person("Zoe Zabel")
    mine, his, hers = (opened(one, "500", custody="held") for one in (maya, omar, zoe))
    for who, account, to, amount in ((omar, his, mine, 40), (maya, mine, his, 15), (maya, mine, hers, 3)):
        do(who, service.pay_person, account=account.id, number=to.number, amount=D(amount), key=key())
    do(maya, service.withdraw, account=mine.id, amount=D(9), key=key(), payee="Shop")
    return maya, omar, zoe, mine, his, hers


def sizes(who, typed):
    return sorted(row.amount for row in found(who, typed) if row.kind is Kind.BETWEEN_PEOPLE)


def test_people_are_found_by_the_name_that_is_seen_of_them_and_no_more(friends, key, settled):
    maya, omar, _zoe, mine, his, _hers = friends
    do(maya, pending.hold, kind=Kind.BETWEEN_PEOPLE, amount=D(1), key=key(), account=mine.id, number=his.number)
    settled()
    assert {row.payee for row in found(maya, "amount:15")} == {"O••• H•••"}
    assert sizes(maya, '"o••• h•••"') == sizes(maya, "payee:h•••") == [D(-15), D(40)]
    assert sizes(maya, "omar") == sizes(maya, "payee:haddad") == sizes(maya, "had") == []
    # One of the two alone learns nothing by it.
    do(maya, contacts.add, number=his.number, name="Omi")
    assert sizes(maya, "omar") == []
    do(omar, contacts.add, number=mine.number, name="My Maya")
    assert sizes(maya, "omar") == sizes(maya, "payee:haddad") == sizes(maya, "omar had") == [D(-15), D(40)]
    assert sizes(maya, "omar is:out") == [D(-15)]
    assert sizes(maya, "-omar") == [D(-3)]
    assert sizes(maya, '"o••• h•••"') == []
    assert [row.amount for row in found(maya, "is:pending omar")] == [D(-1)]
    assert sizes(omar, "maya") == [D(-40), D(15)]
    # What somebody named themselves is found by it too, and by the person still.
    do(maya, service.classify, transaction=found(maya, "omar is:out")[0].id, payee="Rent")
    assert sizes(maya, "rent") == [D(-15)]
    assert sizes(maya, "omar rent") == [D(-15)]


def test_a_caller_names_no_people(friends):
    """The list of people is the door's own: what is passed for it finds nothing."""
    maya, omar, *_ = friends
    passed = register.SUMS_QUERY.text.replace(", NULL) AS register_filter", ", ARRAY[:people]) AS register_filter")
    with work(maya.person, read_only=True) as session:
        values = register.values(Filter(contains="nobody")) | {"people": f"{{{omar.person}}}"}
        assert session.connection().execute(text(passed), values).all() == []
        with pytest.raises(Exception, match="permission denied"):
            session.connection().execute(text("SELECT * FROM counterpart"))


def test_money_from_a_person_asks_for_no_category_and_money_to_one_does(friends, settled):
    maya, omar, *_ = friends
    settled()
    assert sorted(row.amount for row in found(maya, "is:uncategorised")) == [D(-15), D(-9), D(-3)]
    assert [row.amount for row in found(omar, "is:uncategorised")] == [D(-40)]
    assert D(40) in [row.amount for row in found(maya, "-is:uncategorised")]
    assert do(maya, review.left) == 3
    known = {one.code: one.id for one in do(maya, categories.ensure)}
    [mine] = [row for row in found(maya, "is:in") if row.amount == 40]
    do(maya, service.classify, transaction=mine.id, category=known["gifts"])
    assert [row.amount for row in found(maya, "category:gifts")] == [D(40)]


def test_what_has_no_meaning_is_found_before_and_after_the_worker_came_by(person, opened, settled, admin):
    maya = person()
    giro = opened(maya, custody="tracked", name="Giro", bank_number="DE1")
    items = [posting.movement(account=giro.id, amount=D(-n), currency=EUR, booked=DAY) for n in range(1, 4)]
    ids = [one.transaction for one in do(maya, service.post_batch, items)]
    settled()
    assert [row.id for row in found(maya, "is:uncategorised")] == ids[::-1]
    before = admin("SELECT count(*) FROM classification_past")
    known = {one.code: one.id for one in do(maya, categories.ensure)}
    do(maya, bulk.classify, transactions=ids[:2], category=known["food"])
    assert [row.id for row in found(maya, "is:uncategorised")] == ids[2:]
    assert len(found(maya, "-is:uncategorised")) == 2
    assert admin("SELECT count(*) FROM classification_past") >= before


def test_what_takes_back_means_what_that_meant(person, opened, key, settled):
    maya = person()
    giro = opened(maya, custody="tracked", name="Giro", bank_number="DE1")
    known = {one.code: one.id for one in do(maya, categories.ensure)}

    def spend(amount, category):
        done = do(maya, service.withdraw, account=giro.id, amount=D(amount), key=key(), booked=DAY, category=category)
        return done.transaction

    shoes, bread = spend(100, known["shopping"]), spend(10, known["food"])
    do(maya, reversal.take_back, transaction=shoes, amount=D(30), key=key(), booked=DAY)
    settled()
    assert sorted(row.amount for row in found(maya, "category:shopping")) == [D(-100), D(30)]
    assert {row.category_name for row in found(maya, "category:shopping")} == {"Shopping"}
    assert [row.id for row in found(maya, "-category:shopping")] == [bread]
    assert found(maya, "", Filter(category=0)) == []
    with work(maya.person, read_only=True) as session:
        exported = {one.amount: one.category for one in register.export(session, maya)}
    assert exported == {D(-100): "Shopping", D(30): "Shopping", D(-10): "Food"}
    # A payment in parts: what takes back some of it means the largest, what takes it back whole means each.
    do(
        maya,
        splits.split,
        transaction=shoes,
        parts=[Part(known["shopping"], D(60)), Part(known["gifts"], D(40))],
    )
    assert sorted(row.amount for row in found(maya, "category:shopping")) == [D(-60), D(30)]
    assert [row.amount for row in found(maya, "category:gifts")] == [D(-40)]
    whole = spend(50, known["housing"])
    do(maya, splits.split, transaction=whole, parts=[Part(known["housing"], D(35)), Part(known["gifts"], D(15))])
    do(maya, service.reverse, transaction=whole, key=key())
    assert sorted(row.amount for row in found(maya, "is:reversed category:gifts")) == [D(-15), D(15)]
    assert sorted(row.amount for row in found(maya, "is:reversed category:rent")) == [D(-35), D(35)]


def test_a_part_shows_its_own_category(person, opened, key):
    maya = person()
    giro = opened(maya, custody="tracked", name="Giro", bank_number="DE1")
    known = {one.code: one.id for one in do(maya, categories.ensure)}
    done = do(maya, service.withdraw, account=giro.id, amount=D(100), key=key(), booked=DAY)
    parts = [Part(known["shopping"], D(60)), Part(known["gifts"], D(30)), Part(known["food"], D(10))]
    do(maya, splits.split, transaction=done.transaction, parts=parts)
    [row] = found(maya, "category:gifts")
    assert (row.category_name, row.category, row.amount, row.part_of) == (
        "Gifts and donations",
        known["gifts"],
        D(-30),
        D(-100),
    )
    [row] = found(maya, "category:food category:gifts")
    assert (row.category_name, row.amount) == ("Gifts and donations, Food", D(-40))
    [row] = found(maya, "")
    assert (row.category_name, row.part_of) == ("Shopping", None)
