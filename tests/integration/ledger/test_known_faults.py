"""Faults that ledgers of others are known for, each shown to be impossible here."""

import inspect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fintwin.db.address import parsed
from fintwin.db.work import perform, sqlstate, system_work, work
from fintwin.identity import keys
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid
from fintwin.kernel.money import exact
from fintwin.ledger import (
    accounts,
    conversion,
    month_statement,
    pending,
    reconciliation,
    register,
    reversal,
    sealing,
    seals,
    service,
)
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.posting import Item, Kind
from fintwin.payments import bank, instalments, requests, running, schedules
from fintwin.payments import service as payments
from fintwin.payments.schedules import Plan
from tests.integration.crowd import at_once, effect, refusals, whole

DAY = date(2026, 3, 2)
NO_AMOUNTS = ("-100", "-0.01", "0", "NaN", "sNaN", "Infinity", "-Infinity", "1.005", "99999999999999999", "ten", "")
NO_NUMERICS = ("-100", "0", "NaN", "Infinity", "-Infinity", "1.00005", "99999999999999999")


@dataclass(frozen=True, slots=True)
class Desk:
    """Maya with accounts of every sort, something pending, spent and received; Omar with an account."""

    maya: Principal
    omar: Principal
    here: AccountView
    there: AccountView
    dollars: AccountView
    his: AccountView
    waiting: int
    spent: int
    received: int
    paid: int

    def do(self, call, /, **named):
        return self.act(self.maya, call, **named)

    def act(self, who, call, /, **named):
        return perform(who.person, lambda session: call(session, who, **named))

    def posted(self, who, account):
        return self.act(who, accounts.account, number=account.id).posted


@pytest.fixture
def desk(person, opened, admin):
    maya, omar = person("Maya Lind"), person("Omar Haddad")
    here, there = opened(maya, "100.00", opened=DAY), opened(maya, "50.00", custody="tracked", opened=DAY)
    dollars, his = opened(maya, "10.00", of="USD"), opened(omar, "100.00")

    def do(who, call, /, **named):
        return perform(who.person, lambda session: call(session, who, **named))

    waiting = do(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here.id, amount="30.00", key="w").transaction
    spent = do(maya, service.withdraw, account=there.id, amount="20.00", key="s", booked=DAY).transaction
    paid = do(maya, payments.pay, account=here.id, number=his.number, amount="5.00", key="p", sends_in=0)
    do(omar, payments.pay, account=his.id, number=here.number, amount="8.00", key="q", sends_in=0)
    [(received,)] = admin("SELECT max(id) FROM transaction WHERE kind = 5 AND owner = :owner", owner=maya.person)
    return Desk(maya, omar, here, there, dollars, his, waiting, spent, received, paid.id)


def money_calls(desk: Desk, amount: str) -> Iterator[tuple[str, object]]:
    """Every use case that a person can give an amount to."""
    here, there, dollars, number = desk.here.id, desk.there.id, desk.dollars.id, desk.his.number
    for call, named in (
        (service.deposit, {"account": here, "amount": amount}),
        (service.withdraw, {"account": here, "amount": amount}),
        (service.own_transfer, {"giving": here, "taking": there, "amount": amount}),
        (service.pay_person, {"account": here, "number": number, "amount": amount}),
        (service.amend, {"transaction": desk.spent, "amount": amount}),
        (pending.hold, {"kind": Kind.WITHDRAWAL, "account": here, "amount": amount}),
        (pending.hold, {"kind": Kind.BETWEEN_PEOPLE, "account": here, "number": number, "amount": amount}),
        (pending.settle, {"transaction": desk.waiting, "amount": amount}),
        (pending.settle, {"transaction": desk.waiting, "amount": amount, "last": False}),
        (reversal.take_back, {"transaction": desk.spent, "amount": amount}),
        (reversal.refund, {"transaction": desk.received, "amount": amount}),
        (conversion.convert, {"giving": here, "taking": dollars, "gave": amount, "got": "1.00"}),
        (conversion.convert, {"giving": here, "taking": dollars, "gave": "1.00", "got": amount}),
        (payments.pay, {"account": here, "number": number, "amount": amount}),
        (payments.refund, {"payment": desk.act(desk.omar, payments.history)[-1].id, "amount": amount}),
        (payments.top_up, {"account": here, "source": there, "amount": amount}),
        (requests.ask, {"account": here, "number": number, "amount": amount}),
        (requests.ask_back, {"payment": desk.paid, "amount": amount}),
        (instalments.begin, {"account": here, "number": number, "total": amount}),
        (bank.order, {"account": here, "name": "Ben", "iban": "NL91ABNA0417164300", "amount": amount}),
    ):
        who = desk.omar if call is payments.refund else desk.maya
        yield call.__qualname__, lambda call=call, named=named, who=who: desk.act(who, call, **named, key="k")


def test_what_is_no_amount_moves_nothing_anywhere(desk, admin):
    before = effect(admin, [desk.maya, desk.omar])
    for amount in NO_AMOUNTS:
        for name, call in money_calls(desk, amount):
            with pytest.raises(Invalid) as refused:
                call()
            assert refused.value.code.startswith("amount_"), (name, amount)
        if amount not in {"ten", "", "sNaN"}:
            plan = Plan("person", desk.here.id, D(amount), datetime.now(UTC).date(), number=desk.his.number)
            with pytest.raises(Invalid):
                desk.do(schedules.create, plan=plan, key="k")
        assert effect(admin, [desk.maya, desk.omar]) == before, amount


DOORS = {
    "post": "SELECT post(3::smallint, :here, NULL, NULL, :amount, 'EUR', '2026-03-02', NULL, NULL, NULL, NULL, NULL, NULL, :key, 1)",
    "post to a person": "SELECT post(5::smallint, :here, NULL, :number, :amount, 'EUR', '2026-03-02', NULL, NULL, NULL, NULL, NULL, NULL, :key, 1)",
    "keep_back": "SELECT keep_back(3::smallint, :here, NULL, NULL, :amount, 'EUR', NULL, NULL, NULL, NULL, NULL, :key, 1, NULL, NULL)",
    "settle": "SELECT settle(:waiting, :amount, true, '2026-03-02', NULL, NULL, NULL)",
    "settle a part": "SELECT settle(:waiting, :amount, false, '2026-03-02', NULL, :key, 1)",
    "take_back": "SELECT take_back(:spent, :amount, '2026-03-02', NULL, :key, 1)",
    "give back": "SELECT take_back(:received, :amount, current_date, NULL, :key, 1)",
    "convert_money, gave": "SELECT convert_money(:here, :dollars, :amount, 1, '2026-03-02', NULL, NULL, NULL, NULL, :key, 1)",
    "convert_money, got": "SELECT convert_money(:here, :dollars, 1, :amount, '2026-03-02', NULL, NULL, NULL, NULL, :key, 1)",
    "ask_money": "SELECT ask_money(:here, :number, '', :amount, NULL, :key, 1)",
    "ask_refund": "SELECT ask_refund(:paid, :amount, NULL, :key, 1)",
}
"""Every door of the database that takes an amount, called past all Python."""


def test_the_doors_themselves_take_no_such_amount(desk, admin):
    before = effect(admin, [desk.maya, desk.omar])
    places = {"here": desk.here.id, "dollars": desk.dollars.id, "number": desk.his.number, "paid": desk.paid}
    places |= {"waiting": desk.waiting, "spent": desk.spent, "received": desk.received}
    for door, call in DOORS.items():
        wanted = call.replace(":amount", "CAST(:amount AS numeric)").replace(":key", "gen_random_uuid()")
        for amount in NO_NUMERICS:
            with pytest.raises(DBAPIError) as refused, work(desk.maya.person) as session:
                session.connection().execute(text(wanted), places | {"amount": amount})
            assert sqlstate(refused.value)[:2] in {"LG", "PY", "22"}, (door, amount, str(refused.value))
        assert effect(admin, [desk.maya, desk.omar]) == before, door


def test_a_batch_takes_no_such_amount(desk, admin):
    before = effect(admin, [desk.maya, desk.omar])
    key = '"key": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "fingerprint": 1'
    for amount in map(D, NO_NUMERICS):
        plain = {"amount": amount, "currency": "EUR", "booked": DAY, "giving": desk.here.id, "key": "k"}
        for item in (
            Item(Kind.WITHDRAWAL, **plain),
            Item(Kind.WITHDRAWAL, **plain, pending=True),
            Item(Kind.BETWEEN_PEOPLE, **plain, number=desk.his.number),
            Item(Kind.CONVERSION, **plain, taking=desk.dollars.id, got=D(1)),
            Item(Kind.CONVERSION, **(plain | {"amount": D(1)}), taking=desk.dollars.id, got=amount),
        ):
            [outcome] = desk.do(service.post_batch, items=[item])
            assert outcome.refusal is not None, item
        for door, transaction in (("settle", desk.waiting), ("take_back", desk.spent)):
            call = f'[{{"door": "{door}", "transaction": {transaction}, "amount": "{amount}", "booked": "2026-03-02", {key}}}]'
            with work(desk.maya.person) as session:
                found = session.connection().scalars(
                    text("SELECT refusal FROM post_mixed(CAST(:calls AS jsonb))"), {"calls": call}
                )
                assert all(found), (door, amount)
    assert effect(admin, [desk.maya, desk.omar]) == before


def test_a_transfer_of_minus_a_hundred_steals_nothing(desk):
    """Omar would get what Maya has by paying her less than nothing."""
    before = desk.posted(desk.maya, desk.here), desk.posted(desk.omar, desk.his)
    steal = {"account": desk.his.id, "number": desk.here.number, "amount": "-100.00", "key": "k"}
    for call in (service.pay_person, payments.pay):
        with pytest.raises(Invalid):
            desk.act(desk.omar, call, **steal)
    item = Item(Kind.BETWEEN_PEOPLE, D(-100), "EUR", DAY, giving=desk.his.id, key="k")
    with pytest.raises(Invalid):
        desk.act(desk.omar, service.post, item=item, number=desk.here.number)
    assert (desk.posted(desk.maya, desk.here), desk.posted(desk.omar, desk.his)) == before


def test_a_double_click_pays_once(desk):
    before = desk.posted(desk.omar, desk.his)
    pay = {"account": desk.here.id, "number": desk.his.number, "amount": "7.00", "key": "form", "sends_in": 0}
    answers = at_once([lambda: desk.do(payments.pay, **pay)] * 2)
    assert refusals(answers) == []
    assert len({one.id for one in answers}) == 1
    assert desk.posted(desk.omar, desk.his) == before + 7


def test_a_balance_comes_from_the_books_alone(desk):
    """No use case that moves money is told a balance, and the app's role cannot write one."""
    rooms = (service, pending, reversal, conversion, payments, requests, instalments, schedules, bank)
    told = {
        f"{room.__name__}.{name}.{argument}"
        for room in rooms
        for name, call in inspect.getmembers(room, inspect.isfunction)
        if call.__module__ == room.__name__ and not name.startswith("_")
        for argument in inspect.signature(call).parameters
        if any(word in argument for word in ("balance", "available", "left", "rest"))
    }
    assert told == set()
    for change in ("posted_balance = 1000000", "held_balance = 0", "version = version + 1", "credit_limit = 1000"):
        with pytest.raises(DBAPIError, match="permission denied"), work(desk.maya.person) as session:
            session.connection().exec_driver_sql(f"UPDATE account SET {change} WHERE id = {desk.here.id}")


def test_calling_off_what_was_too_much_leaves_no_phantom_funds(desk, admin):
    before = effect(admin, [desk.maya])
    free = desk.do(accounts.account, number=desk.here.id).available
    with pytest.raises(FinTwinError) as refused:
        desk.do(pending.hold, kind=Kind.WITHDRAWAL, account=desk.here.id, amount=str(free + D("0.01")), key="too much")
    assert refused.value.code == "not_enough_funds"
    assert effect(admin, [desk.maya]) == before
    held = desk.do(pending.hold, kind=Kind.WITHDRAWAL, account=desk.here.id, amount=str(free), key="all")
    assert desk.do(accounts.account, number=desk.here.id).available == 0
    assert [desk.do(pending.void, transaction=held.transaction) for _ in range(2)] == [True, False]
    assert desk.do(accounts.account, number=desk.here.id).available == free
    whole()


def test_a_commit_drops_no_leg(desk, admin):
    """A posting is one row with both sides, and a payment both books' or nobody's."""
    before = effect(admin, [desk.maya, desk.omar])

    def fall_over(session):
        service.pay_person(
            session, desk.maya, account=desk.here.id, number=desk.his.number, amount="1.00", key="cut off"
        )
        raise KeyError

    with pytest.raises(KeyError), work(desk.maya.person) as session:
        fall_over(session)
    for column in ("debit", "credit"):
        with pytest.raises(DBAPIError, match="null value"):
            admin(
                "INSERT INTO posting (transaction, line, owner, debit, credit, debit_version, booked, currency, amount, debit_balance)"
                f" SELECT transaction, 9, owner, {'NULL' if column == 'debit' else 'debit'},"
                f" {'NULL' if column == 'credit' else 'credit'}, 99, booked, currency, amount, 1 FROM posting LIMIT 1"
            )
    assert effect(admin, [desk.maya, desk.omar]) == before
    whole()


def test_two_refunds_at_once_give_back_once(desk):
    before = desk.posted(desk.maya, desk.here)
    answers = at_once(
        [lambda n=n: desk.do(reversal.refund, transaction=desk.received, key=f"back-{n}") for n in range(4)]
    )
    assert refusals(answers) == ["already_reversed"] * 3
    assert desk.posted(desk.maya, desk.here) == before - 8
    whole()


def test_the_audit_chain_stands_under_many_writers_and_holds_what_was_said(desk, tmp_path, database):
    ending = threading.Event()

    def seal():
        while not ending.is_set():
            sealing.run(tmp_path, rows=3)

    def write(part):
        for n in range(4):
            desk.do(service.deposit, account=desk.here.id, amount="1.00", key=f"{part}-{n}", description="as said")

    def found():
        with system_work(snapshot=True) as session:
            public = [one.public_key() for one in keys.signers(tmp_path, make=False)]
            return {one.rule for one in seals.prove(session, keys=public).findings}

    sealer = threading.Thread(target=seal)
    sealer.start()
    assert refusals(at_once([lambda part=part: write(part) for part in range(6)])) == []
    ending.set()
    sealer.join()
    sealing.run(tmp_path)
    assert found() == set()
    engine = create_engine(parsed(database.admin_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE transaction DISABLE TRIGGER ALL")
        connection.exec_driver_sql(
            "UPDATE transaction SET description = 'as was never said' WHERE description = 'as said'"
        )
    engine.dispose()
    assert found() != set()


def test_a_question_without_an_answer_is_not_answered_with_nothing(desk, opened):
    fresh = opened(desk.maya, custody="tracked")
    assert desk.do(register.balance_at, account=desk.here.id, on=date(2026, 3, 1)) is None
    assert desk.do(register.balance_at, account=fresh.id, on=DAY) is None
    assert desk.do(month_statement.statement, account=fresh.id, month=DAY).closing is None
    for call, named in (
        (register.balance_at, {"account": desk.his.id, "on": DAY}),
        (month_statement.statement, {"account": desk.his.id, "month": DAY}),
        (accounts.account, {"number": desk.his.id}),
        (reconciliation.assert_balance, {"account": desk.his.id, "day": DAY, "balance": "100.00"}),
        (pending.settle, {"transaction": 999_999}),
        (reversal.left, {"transaction": 999_999}),
        (payments.payment, {"payment": 999_999}),
    ):
        with pytest.raises(FinTwinError) as refused:
            desk.do(call, **named)
        assert refused.value.code.startswith("unknown_"), call.__qualname__


@contextmanager
def costing(share: D) -> Iterator[None]:
    """Payments cost this share of their amount meanwhile, in whole cents."""

    class Share:
        def quote(self, *, amount, currency, type, method):
            return exact((amount * share).quantize(D("0.01")), to=currency)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(payments, "fees", Share())
        yield


def test_a_fee_is_in_no_review_before_it_can_be_booked(desk):
    free = desk.do(accounts.account, number=desk.here.id).available
    to_omar = {"account": desk.here.id, "number": desk.his.number}

    def refusal(call, **named):
        with pytest.raises(FinTwinError) as refused:
            desk.do(call, **to_omar, **named)
        return refused.value.code, refused.value.sentence

    @given(st.integers(1, int(free * 100)), st.decimals(0, 2, places=4))
    def agrees(cents, share):
        amount = D(cents) / 100
        with costing(share):
            if (amount * share).quantize(D("0.01")):
                shown = refusal(payments.preview, amount=amount)
                assert shown == refusal(payments.pay, amount=amount, key="f")
                assert shown[0] == "fee_not_booked"
            else:
                seen = desk.do(payments.preview, **to_omar, amount=amount)
                assert (seen.fee, seen.amount + seen.left) == (0, free)

    agrees()
    assert desk.do(payments.preview, **to_omar, amount=free).left == 0


def test_a_fee_is_charged_as_shown_or_nothing_is_paid(desk, admin):
    def free():
        return desk.do(accounts.account, number=desk.here.id).available

    to_omar = {"account": desk.here.id, "number": desk.his.number, "amount": "10.00"}
    plan = Plan("person", account=desk.here.id, number=desk.his.number, amount=D(10), starts=datetime.now(UTC).date())
    made = desk.do(schedules.create, plan=plan, key="s")
    before = effect(admin, [desk.omar]), free()
    with costing(D("0.05")):
        tries = [(payments.preview, {}), *((payments.pay, {"key": f"f{n}", "sends_in": n}) for n in (0, 10))]
        for call, more in tries:
            with pytest.raises(FinTwinError, match=r"cost €0\.50, and fees are not booked yet") as refused:
                desk.do(call, **to_omar, **more)
            assert refused.value.code == "fee_not_booked"
        assert running.run(desk.maya.person, made.id) == 0
        [run] = desk.do(schedules.runs, schedule=made.uuid)
        assert (run.status, "fees are not booked yet" in run.reason) == ("failed", True)
    assert (effect(admin, [desk.omar]), free()) == before
    for n, sends_in in enumerate((0, 10)):
        left = desk.do(payments.preview, **to_omar).left
        desk.do(payments.pay, **to_omar, key=f"g{n}", sends_in=sends_in, sure=True)
        assert free() == left


def test_the_receiver_is_told(desk, admin):
    admin("DELETE FROM outbox")
    pay = {"account": desk.here.id, "number": desk.his.number, "key": "k", "sends_in": 0}
    desk.do(payments.pay, **pay, amount="2.00")
    assert {owner for (owner,) in admin("SELECT owner FROM outbox")} == {desk.maya.person, desk.omar.person}
    [got, *_] = desk.act(desk.omar, payments.history)
    assert (got.side, got.amount, got.status) == ("in", D(2), "completed")


GATE = "gate_verdict(person bigint, account bigint, kind smallint, amount numeric, payee bigint)"
GATES = {
    "it fails": "LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$",
    "it takes too long": "LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM pg_sleep(30); RETURN 'allow'; END $$",
    "it says nothing": "LANGUAGE sql STABLE RETURN NULL::text",
    "it says what nobody knows": "LANGUAGE sql STABLE RETURN 'allowed'",
}


def test_a_gate_never_fails_open(desk, admin):
    before = effect(admin, [desk.maya, desk.omar])
    own = {"giving": desk.here.id, "taking": desk.there.id}
    paid = Item(Kind.BETWEEN_PEOPLE, D(1), "EUR", DAY, giving=desk.here.id, number=desk.his.number, key="b")
    out = Item(Kind.WITHDRAWAL, D(1), "EUR", DAY, giving=desk.here.id)
    calls = (
        (service.withdraw, {"account": desk.here.id, "amount": "1.00", "key": "k"}),
        (service.own_transfer, {**own, "amount": "1.00", "key": "k"}),
        (service.pay_person, {"account": desk.here.id, "number": desk.his.number, "amount": "1.00", "key": "k"}),
        (payments.pay, {"account": desk.here.id, "number": desk.his.number, "amount": "1.00", "key": "k"}),
        (pending.hold, {"kind": Kind.WITHDRAWAL, "account": desk.here.id, "amount": "1.00", "key": "k"}),
        (
            conversion.convert,
            {"giving": desk.dollars.id, "taking": desk.here.id, "gave": "1.00", "got": "1.00", "key": "k"},
        ),
        (reversal.refund, {"transaction": desk.received, "amount": "1.00", "key": "k"}),
        (service.post_batch, {"items": [out], "whole": True}),
        (service.post_batch, {"items": [paid], "whole": True}),
    )
    for fault, gate in GATES.items():
        admin(f"CREATE OR REPLACE FUNCTION {GATE} RETURNS text {gate}")
        for call, named in calls:
            with pytest.raises((FinTwinError, DBAPIError)), work(desk.maya.person) as session:
                session.connection().exec_driver_sql("SET LOCAL statement_timeout = 300")
                call(session, desk.maya, **named)
        assert effect(admin, [desk.maya, desk.omar]) == before, fault
    whole()


def test_what_is_settled_was_asked_about_when_it_was_kept_back(desk, admin):
    """A gate that is away later on stops nothing that it allowed, and nothing that it refused comes to be pending."""
    admin(f"CREATE OR REPLACE FUNCTION {GATE} RETURNS text {GATES['it fails']}")
    assert desk.do(pending.settle, transaction=desk.waiting, amount="1.00", booked=DAY).transaction == desk.waiting
