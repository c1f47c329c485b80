"""Every door locks the lower id first, whichever way the money goes: so no two of them wait for each other."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from functools import partial

import pytest

from fintwin.db.work import work
from fintwin.ledger import conversion, pending, posting, reversal, service
from fintwin.ledger.posting import Item, Kind
from tests.integration.crowd import locks_lower_first, whole

DAY = date(2026, 3, 2)

DOORS = (
    "post",
    "pay",
    "batch",
    "batch of kinds",
    "settle",
    "settle a payment",
    "settle many",
    "take back",
    "refund",
    "convert",
)
HEADERS = ("refund", "settle many", "batch of reversals", "batch of kinds")

DAMAGES = {
    "a batch locks accounts backwards": ("batch", "ledger_post_batch", "ORDER BY a.id FOR", "ORDER BY a.id DESC FOR"),
    "a batch locks accounts as it finds them": ("batch", "ledger_post_batch", "ORDER BY a.id FOR", "FOR"),
    "settling locks the giver first": (
        "settle",
        "ledger_settle",
        "CASE WHEN kept.account > taking THEN '{f,t}'::boolean[] ELSE '{t,f}'::boolean[] END",
        "'{t,f}'::boolean[]",
    ),
    "settling locks the taker first": (
        "settle",
        "ledger_settle",
        "CASE WHEN kept.account > taking THEN '{f,t}'::boolean[] ELSE '{t,f}'::boolean[] END",
        "'{f,t}'::boolean[]",
    ),
    "settling many locks accounts backwards": (
        "settle many",
        "ledger_settle_batch",
        "ORDER BY a.id FOR",
        "ORDER BY a.id DESC FOR",
    ),
    "taking back locks the giver first": ("take back", "ledger_take_back", "ORDER BY s.account", "ORDER BY s.gives"),
    "taking back locks accounts backwards": (
        "take back",
        "ledger_take_back",
        "ORDER BY s.account",
        "ORDER BY s.account DESC",
    ),
    "a refund locks accounts backwards": (
        "refund",
        "ledger_take_back",
        "ORDER BY s.account",
        "ORDER BY s.account DESC",
    ),
    "a conversion locks accounts backwards": (
        "convert",
        "convert_money",
        "ORDER BY a.id FOR",
        "ORDER BY a.id DESC FOR",
    ),
    "a batch of kinds locks accounts backwards": (
        "batch of kinds",
        "ledger_post_mixed",
        "ORDER BY a.id FOR",
        "ORDER BY a.id DESC FOR",
    ),
}
"""What is damaged: the door that shows it, the function, what is searched in it, and what stands there instead."""

DAMAGES_OF_HEADERS = {
    "a refund locks headers backwards": ("refund", "ledger_take_back", "ORDER BY t.id FOR", "ORDER BY t.id DESC FOR"),
    "settling many locks headers backwards": (
        "settle many",
        "ledger_settle_batch",
        "ORDER BY t.id FOR",
        "ORDER BY t.id DESC FOR",
    ),
    "a batch locks headers backwards": (
        "batch of reversals",
        "ledger_post_batch",
        "ORDER BY r.id FOR",
        "ORDER BY r.id DESC FOR",
    ),
    "a batch of kinds locks headers backwards": (
        "batch of kinds",
        "ledger_post_mixed",
        "ORDER BY t.id FOR",
        "ORDER BY t.id DESC FOR",
    ),
}


@pytest.fixture
def ready(person, opened, key, admin):
    """Get ready to go through a door, up from the lower account or down from the higher one.

    The call; the accounts that it locks and the headers (() where it locks but one), the lower ids first.
    """
    maya, omar = person("Maya"), person("Omar")
    low, high = opened(maya, "100.00"), opened(maya, "100.00", name="Savings")
    his, above = opened(omar, "100.00"), opened(maya, "100.00", name="Above his")
    euros, dollars = opened(maya, "100.00", name="Euros"), opened(maya, "100.00", name="Dollars", of="USD")

    def do(who, call, **named):
        with work(who.person) as session:
            return call(session, who, **named)

    def get_ready(door, up):
        giving, taking = (low, high) if up else (high, low)
        payer, between = (low, (low.id, his.id)) if up else (above, (his.id, above.id))

        def item(**named):
            return Item(Kind.OWN_TRANSFER, D(1), "EUR", DAY, giving=giving.id, taking=taking.id, key=key(), **named)

        def held(kind=Kind.OWN_TRANSFER, **named):
            return do(maya, pending.hold, kind=kind, amount="1.00", key=key(), **named).transaction

        def between_own():
            return held(account=giving.id, taking=taking.id)

        def booked():
            return do(maya, service.post, item=item()).transaction

        own = (low.id, high.id)
        match door:
            case "post":
                return lambda: do(maya, service.post, item=item()), own, ()
            case "pay":
                paid = {"account": payer.id, "number": his.number, "amount": "1.00", "key": key()}
                return lambda: do(maya, service.pay_person, **paid), between, ()
            case "batch":
                many = [low.id, high.id, *(opened(maya, name=f"Pot {n}").id for n in range(7))]
                into = many[1:] if up else many[:0:-1]
                items = [replace(item(), giving=low.id, taking=one) for one in into]
                return lambda: do(maya, service.post_batch, items=items, whole=True), many, ()
            case "batch of kinds":
                backs = [booked(), booked()]
                items = [
                    replace(posting.reversal(of=one, key=key()), amount=D("0.50"), booked=DAY) for one in backs[::-1]
                ]
                return lambda: do(maya, service.post_batch, items=items, whole=True), own, backs
            case "batch of reversals":
                backs = [booked(), booked()]
                items = [posting.reversal(of=one, key=key()) for one in backs[::-1]]
                return lambda: do(maya, service.post_batch, items=items, whole=True), own, backs
            case "settle":
                one = between_own()
                return lambda: do(maya, pending.settle, transaction=one), own, ()
            case "settle a payment":
                one = held(Kind.BETWEEN_PEOPLE, account=payer.id, number=his.number)
                return lambda: do(maya, pending.settle, transaction=one), between, ()
            case "settle many":
                both = [between_own(), between_own()]
                return lambda: do(maya, pending.settle_many, transactions=both[::-1], whole=True), own, both
            case "take back":
                one = booked()
                return lambda: do(maya, reversal.take_back, transaction=one, key=key()), own, ()
            case "refund":
                made = do(maya, service.pay_person, account=payer.id, number=his.number, amount="1.00", key=key())
                [(mine,), (theirs,)] = admin(
                    "SELECT id FROM transaction WHERE transfer = :transfer ORDER BY owner", transfer=made.transfer
                )
                return (
                    lambda: do(omar, reversal.refund, transaction=theirs, amount="1.00", key=key()),
                    between,
                    sorted((mine, theirs)),
                )
            case "convert":
                one, other = (euros, dollars) if up else (dollars, euros)
                sides = {"giving": one.id, "taking": other.id, "gave": "1.00", "got": "2.00", "key": key()}
                return lambda: do(maya, conversion.convert, **sides), (euros.id, dollars.id), ()

    return get_ready


@pytest.fixture
def lower_first(database):
    return partial(locks_lower_first, database.admin_url)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_locks_the_lower_account_first(ready, lower_first, door):
    for up in (True, False):
        call, accounts, _ = ready(door, up)
        assert lower_first(call, "account", accounts), up
    whole()


@pytest.mark.parametrize("door", HEADERS)
def test_a_door_locks_the_lower_header_first(ready, lower_first, door):
    for up in (True, False):
        call, _, headers = ready(door, up)
        assert lower_first(call, "transaction", headers), up
    whole()


@pytest.mark.parametrize("name", DAMAGES)
def test_another_order_of_accounts_is_noticed(ready, lower_first, damage, name):
    door, *changed = DAMAGES[name]
    damage(*changed)
    calls = [ready(door, up) for up in (True, False)]
    assert not all(lower_first(call, "account", accounts) for call, accounts, _ in calls)


@pytest.mark.parametrize("name", DAMAGES_OF_HEADERS)
def test_another_order_of_headers_is_noticed(ready, lower_first, damage, name):
    door, *changed = DAMAGES_OF_HEADERS[name]
    damage(*changed)
    call, _, headers = ready(door, True)
    assert not lower_first(call, "transaction", headers)
