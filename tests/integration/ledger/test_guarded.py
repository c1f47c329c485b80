"""The PIN of an account where its money goes to an own account: no way there leads round it."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform, system_work
from fintwin.kernel.errors import Conflict, FinTwinError, Refused
from fintwin.ledger import accounts, bulk, conversion, pending, pins, posting, reversal, service, verify
from fintwin.ledger.pins import PinNeeded
from fintwin.ledger.posting import Kind
from tests.integration.payments.people import at_once

PIN = "0042"


def act(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def approval(who, account, pin=PIN):
    return act(who, pins.judge, taken=act(who, pins.attempt, account=account.id, pin=pin)).approved()


def balance(who, account):
    return act(who, lambda session, who: accounts.account(session, who, account.id)).posted


@pytest.fixture
def books(person, opened):
    """Maya's account that asks above 50, one that asks for nothing, and one in dollars."""
    maya = person("Maya")
    safe, open_, dollars = opened(maya, "1000.00", name="Safe"), opened(maya, "500.00"), opened(maya, of="USD")
    act(maya, pins.set_pin, account=safe.id, pin=PIN, threshold=D(50))
    return maya, safe, open_, dollars


@pytest.fixture
def old(monkeypatch):
    """From now on all that was booked counts as booked long ago."""
    return lambda: monkeypatch.setattr(pins, "FRESH", timedelta(0))


@pytest.fixture
def aged(admin):
    """Have some transactions, and what became of them, been an hour ago."""

    def age(*numbers):
        for table, column, which in (("transaction", "created_at", "id"), ("transaction_event", "at", "transaction")):
            admin(
                f"ALTER TABLE {table} DISABLE TRIGGER append_only;"
                f"UPDATE {table} SET {column} = {column} - interval '1 hour' WHERE {which} IN ({', '.join(map(str, numbers))});"
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only"
            )

    return age


def ways(safe, open_, dollars):
    """Each way in which more than 50 leaves the safe account for another own one."""
    item = posting.Item(
        Kind.OWN_TRANSFER, D("50.01"), "EUR", date(2026, 3, 2), giving=safe.id, taking=open_.id, key="way"
    )
    return {
        "transfer": (service.own_transfer, {"giving": safe.id, "taking": open_.id, "amount": "50.01", "key": "way"}),
        "item": (service.own_transfer_item, {"giving": safe.id, "taking": open_.id, "amount": "50.01", "key": "way"}),
        "book": (service.book, {"item": item}),
        "convert": (
            conversion.convert,
            {"giving": safe.id, "taking": dollars.id, "gave": "50.01", "got": "60.00", "key": "way"},
        ),
        "hold": (
            pending.hold,
            {"kind": Kind.OWN_TRANSFER, "account": safe.id, "taking": open_.id, "amount": "50.01", "key": "way"},
        ),
    }


@pytest.mark.parametrize("way", ["transfer", "item", "book", "convert", "hold"])
def test_more_than_the_threshold_leaves_with_the_pin_alone(books, way):
    maya, safe, open_, dollars = books
    use, named = ways(safe, open_, dollars)[way]
    with pytest.raises(PinNeeded) as asked:
        act(maya, use, **named)
    assert (asked.value.code, asked.value.field, asked.value.account) == ("pin_needed", "pin", safe.id)
    assert asked.value.sentence == "Enter the PIN of Safe."
    other = open_ if way != "convert" else dollars
    assert balance(maya, safe) == D(1000)
    act(maya, pins.set_pin, account=other.id, pin="9753", threshold=D(0))
    with pytest.raises(PinNeeded):
        act(maya, use, **named, approval=approval(maya, other, "9753"))
    act(maya, use, **named, approval=approval(maya, safe))
    if way not in ("item", "hold"):
        assert balance(maya, safe) == D("949.99")
        assert act(maya, use, **named)  # said once more it moves nothing, so nothing is asked
        assert balance(maya, safe) == D("949.99")


def test_up_to_the_threshold_and_into_the_account_nothing_is_asked(books):
    maya, safe, open_, _ = books
    act(maya, service.own_transfer, giving=safe.id, taking=open_.id, amount="50.00", key="a")
    act(maya, service.own_transfer, giving=open_.id, taking=safe.id, amount="400.00", key="b")
    assert balance(maya, safe) == D(1350)


def test_a_batch_refuses_those_items_alone_or_all_of_them(books):
    maya, safe, open_, dollars = books
    converted = posting.Item(
        Kind.CONVERSION,
        D("50.01"),
        "EUR",
        date(2026, 3, 2),
        giving=safe.id,
        taking=dollars.id,
        key="x",
        got=D("60.00"),
    )

    def moved(amount, key, giving=safe, taking=open_):
        return posting.Item(
            Kind.OWN_TRANSFER, D(amount), "EUR", date(2026, 3, 2), giving=giving.id, taking=taking.id, key=key
        )

    items = [moved("1.00", "a"), moved("60.00", "b"), moved("2.00", "c"), moved("70.00", "d", open_, safe)]
    book = lambda session, who, **more: service.book_all(session, who, items, **more)  # noqa: E731
    done = act(maya, book)
    assert [one.item for one in done] == [0, 1, 2, 3]
    assert [one.refusal and one.refusal.code for one in done] == [None, "pin_needed", None, None]
    assert balance(maya, safe) == D("1067.00")
    done = act(maya, book, approvals={safe.id: approval(maya, safe)})
    assert [(one.refusal, one.replayed) for one in done] == [(None, True), (None, False), (None, True), (None, True)]
    assert balance(maya, safe) == D("1007.00")
    [one] = act(maya, lambda session, who: service.book_all(session, who, [converted]))
    assert (one.item, one.refusal.code, one.refusal.account) == (0, "pin_needed", safe.id)
    items = [moved("1.00", "e"), moved("60.00", "f")]
    with pytest.raises(PinNeeded) as asked:
        act(maya, book, whole=True)
    assert asked.value.item == 1
    assert balance(maya, safe) == D("1007.00")


def test_what_came_back_a_moment_ago_goes_back_without_the_pin_and_later_with_it(books, old):
    maya, safe, open_, _ = books
    came = act(maya, service.own_transfer, giving=open_.id, taking=safe.id, amount="200.00", key="a").transaction
    act(maya, service.reverse, transaction=came, key="b")
    again = act(maya, service.restore, transaction=came, key="c").transaction
    assert balance(maya, safe) == D(1200)
    old()
    with pytest.raises(PinNeeded):
        act(maya, service.reverse, transaction=again, key="d")
    with pytest.raises(PinNeeded):
        act(maya, reversal.take_back, transaction=again, amount="50.01", key="e")
    act(maya, reversal.take_back, transaction=again, amount="50.00", key="f")
    [one] = act(maya, bulk.take_back, transactions=[again])
    assert (one.item, one.transaction) == (again, None)
    assert (one.refusal.code, "Open it" in one.refusal.sentence) == ("pin_needed", True)
    act(maya, service.reverse, transaction=again, key="g", approval=approval(maya, safe))
    assert balance(maya, safe) == D(1000)


def test_what_left_is_booked_anew_with_the_pin(books, old):
    maya, safe, open_, dollars = books
    mine = approval(maya, safe)
    left = act(
        maya, service.own_transfer, giving=safe.id, taking=open_.id, amount="200.00", key="a", approval=mine
    ).transaction
    changed = act(
        maya, conversion.convert, giving=safe.id, taking=dollars.id, gave="80.00", got="90.00", key="b", approval=mine
    ).transaction
    for number in (left, changed):
        act(maya, service.reverse, transaction=number, key=f"undo:{number}")
    old()
    for number in (left, changed):
        with pytest.raises(PinNeeded):
            act(maya, service.restore, transaction=number, key=f"again:{number}")
    refused = act(maya, bulk.restore, transactions=[left, changed])
    assert [one.refusal.code for one in refused] == ["pin_needed", "pin_needed"]
    assert balance(maya, safe) == D(1000)
    for number in (left, changed):
        act(maya, service.restore, transaction=number, key=f"again:{number}", approval=mine)
    assert balance(maya, safe) == D(720)
    with system_work() as session:
        assert verify.run(session) == []


def test_a_conversion_that_came_in_goes_back_with_the_pin(books, old):
    maya, safe, _, dollars = books
    act(maya, service.deposit, account=dollars.id, amount="100.00", key="a")
    came = act(
        maya, conversion.convert, giving=dollars.id, taking=safe.id, gave="100.00", got="90.00", key="b"
    ).transaction
    old()
    with pytest.raises(PinNeeded):
        act(maya, service.reverse, transaction=came, key="c")
    act(maya, service.reverse, transaction=came, key="c", approval=approval(maya, safe))
    assert (balance(maya, safe), balance(maya, dollars)) == (D(1000), D(100))


@pytest.mark.parametrize(
    ("out", "amount", "asks"),
    [
        (True, "90.01", True),
        (True, "90.00", False),
        (True, "1.00", False),
        (False, "400.00", False),
        (False, "1.00", False),
        (False, "0.01", False),
    ],
)
def test_an_amount_that_is_changed_asks_for_what_leaves_more(books, out, amount, asks):
    maya, safe, open_, _ = books
    giving, taking = (safe, open_) if out else (open_, safe)
    made = act(maya, service.own_transfer, giving=giving.id, taking=taking.id, amount="40.00", key="a").transaction
    if asks:
        with pytest.raises(PinNeeded):
            act(maya, service.amend, transaction=made, amount=amount, key="b")
    mine = approval(maya, safe) if asks else None
    act(maya, service.amend, transaction=made, amount=amount, key="b", approval=mine)
    act(maya, service.amend, transaction=made, amount=amount, key="b")
    assert balance(maya, safe) == D(1000) - (D(amount) if out else -D(amount))


def test_an_amount_that_is_made_smaller_asks_the_account_it_came_to(books):
    maya, safe, open_, _ = books
    came = act(maya, service.own_transfer, giving=open_.id, taking=safe.id, amount="200.00", key="a").transaction
    with pytest.raises(PinNeeded):
        act(maya, service.amend, transaction=came, amount="149.99", key="b")
    act(maya, service.amend, transaction=came, amount="150.00", key="b")
    assert balance(maya, safe) == D(1150)


def test_what_was_let_go_a_moment_ago_is_kept_back_again(books):
    maya, safe, open_, _ = books
    made = act(
        maya,
        pending.hold,
        kind=Kind.OWN_TRANSFER,
        account=safe.id,
        taking=open_.id,
        amount="60.00",
        key="a",
        approval=approval(maya, safe),
    ).transaction
    former = act(maya, pending.one, transaction=made)
    act(maya, pending.void, transaction=made)
    assert act(maya, pending.again, former=former, key="b").transaction != made


def test_only_what_was_let_go_a_moment_ago_is_kept_back_again_without_the_pin(books, aged):
    maya, safe, open_, _ = books
    mine = approval(maya, safe)
    more = {"kind": Kind.OWN_TRANSFER, "account": safe.id, "taking": open_.id, "amount": "60.00", "approval": mine}
    made = act(maya, pending.hold, key="a", **more).transaction
    former = act(maya, pending.one, transaction=made)
    with pytest.raises(Refused) as refused:
        act(maya, pending.again, former=former, key="b")
    assert refused.value.code == "not_let_go"
    act(maya, pending.settle, transaction=made, amount="50.00", last=False, key="part")
    act(maya, pending.void, transaction=made)
    again = act(maya, pending.again, former=former, key="c").transaction
    assert act(maya, pending.one, transaction=again).amount == D("10.00")
    late = act(maya, pending.hold, key="d", **more).transaction
    former = act(maya, pending.one, transaction=late)
    act(maya, pending.void, transaction=late)
    aged(late)
    with pytest.raises(PinNeeded):
        act(maya, pending.again, former=former, key="e")


def test_an_edit_makes_nothing_newer(books, aged):
    maya, safe, open_, _ = books
    came = act(maya, service.own_transfer, giving=open_.id, taking=safe.id, amount="200.00", key="a").transaction
    aged(came)
    for key, day in (("b", date(2026, 3, 1)), ("c", date(2026, 3, 2))):
        came = act(maya, service.amend, transaction=came, booked=day, key=key).transaction
    with pytest.raises(PinNeeded):
        act(maya, service.reverse, transaction=came, key="d")
    [one] = act(maya, bulk.take_back, transactions=[came])
    assert one.refusal.code == "pin_needed"
    new = act(maya, service.own_transfer, giving=open_.id, taking=safe.id, amount="100.00", key="e").transaction
    new = act(maya, service.amend, transaction=new, booked=date(2026, 3, 1), key="f").transaction
    act(maya, service.reverse, transaction=new, key="g")
    assert balance(maya, safe) == D(1200)


def test_what_was_settled_a_moment_ago_goes_back_however_long_it_was_pending(books, aged):
    maya, safe, open_, _ = books
    made = act(
        maya, pending.hold, kind=Kind.OWN_TRANSFER, account=open_.id, taking=safe.id, amount="100.00", key="a"
    ).transaction
    aged(made)
    act(maya, pending.settle, transaction=made)
    act(maya, service.reverse, transaction=made, key="b")
    assert balance(maya, safe) == D(1000)


def test_an_edit_of_which_a_half_was_done_before_is_refused(books, aged):
    maya, safe, open_, _ = books
    day = date(2026, 3, 2)
    into = {"giving": open_.id, "taking": safe.id, "amount": "200.00", "booked": day}
    came = act(maya, service.own_transfer, key="a", **into).transaction
    aged(came)
    act(maya, service.own_transfer, key="edit:again", **into)
    with pytest.raises(Conflict) as refused:
        act(maya, service.amend, transaction=came, booked=day, key="edit")
    assert refused.value.code == "key_reused"
    out = into | {"giving": safe.id, "taking": open_.id, "approval": approval(maya, safe)}
    left = act(maya, service.own_transfer, key="b", **out).transaction
    act(maya, service.reverse, transaction=left, key="other:undo")
    act(maya, service.restore, transaction=left, key="c")
    with pytest.raises(Conflict):
        act(maya, service.amend, transaction=left, booked=date(2026, 3, 1), key="other")
    assert balance(maya, safe) == D(1200)


def test_restored_twice_at_once_it_leaves_once(books):
    maya, safe, open_, _ = books
    left = act(
        maya,
        service.own_transfer,
        giving=safe.id,
        taking=open_.id,
        amount="200.00",
        key="a",
        approval=approval(maya, safe),
    ).transaction
    act(maya, service.reverse, transaction=left, key="b")
    done = at_once(
        [lambda key=key: act(maya, service.restore, transaction=left, key=key) for key in ("c", "d", "e", "f")]
    )
    assert sorted(getattr(one, "code", "done") for one in done) == ["already_replaced"] * 3 + ["done"]
    assert balance(maya, safe) == D(800)


def test_nobody_else_is_asked_for_it(books, person, opened):
    maya, safe, _, _ = books
    eve = person("Eve")
    mine, other = opened(eve, "100.00"), opened(eve)
    act(eve, service.own_transfer, giving=mine.id, taking=other.id, amount="90.00", key="a")
    assert act(eve, pins.asking) == {}
    assert act(maya, pins.asking) == {safe.id: D(50)}
    with pytest.raises(FinTwinError) as refused:
        act(eve, service.own_transfer, giving=safe.id, taking=mine.id, amount="90.00", key="b")
    assert refused.value.code == "unknown_account"
