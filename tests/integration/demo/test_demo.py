"""The demo household from its first click to its last row."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import system_work, work
from fintwin.demo import service as demo
from fintwin.demo.household import household
from fintwin.events import dispatcher, outbox
from fintwin.events.outbox import Kind
from fintwin.identity import erasure, sessions
from fintwin.identity import service as identity
from fintwin.identity.service import Browser
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import NotFound, Refused, TooMany
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, categories, verify
from fintwin.ledger import service as ledger
from fintwin.payments import contacts, instalments, requests, schedules
from fintwin.payments import service as payments

BERLIN = Browser(agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", locale="de-DE", zone="Europe/Berlin")


@pytest.fixture
def maya(database):
    return demo.open(BERLIN, seed=1).who


def other_of(who):
    with work(who.person) as session:
        return identity.enter_demo(session, browser=BERLIN, other=True).who


def books(who):
    with work(who.person, read_only=True) as session:
        return {one.name: one for one in accounts.accounts(session, who)}


def rows_of(admin, *people):
    """How many rows each table holds of these people, past row security."""
    tables = admin(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'owner'"
        " AND table_name NOT IN (SELECT table_name FROM information_schema.views WHERE table_schema = 'public')"
    )
    counts = {"person": admin("SELECT count(*) FROM person WHERE id = ANY (:people)", people=list(people))[0][0]}
    for (table,) in tables:
        [(counts[table],)] = admin(f"SELECT count(*) FROM {table} WHERE owner = ANY (:people)", people=list(people))
    return counts


def test_one_click_makes_two_years_of_two_peoples_books(database, admin):
    begun = time.monotonic()
    entered = demo.open(BERLIN, seed=1)
    assert time.monotonic() - begun < 60  # two years are one statement or a few, not thousands
    maya = entered.who
    assert sessions.session_person(entered.token) == maya
    assert (maya.name, maya.issuer, maya.currency, maya.zone, maya.onboarded) == (
        "Maya Rao",
        "demo",
        "EUR",
        "Europe/Berlin",
        True,
    )
    [(many, first, last)] = admin("SELECT count(*), min(booked), max(booked) FROM transaction WHERE kind <> 1")
    assert many > 2200
    assert (last - first).days > 700
    assert last <= today(system_clock, zone="Europe/Berlin")
    assert set(books(maya)) == {
        "Everyday account",
        "Rainy day",
        "Credit card",
        "World index fund",
        "Car loan",
        "Wallet",
    }
    assert set(books(other_of(maya))) == {"Current account", "Savings", "Wallet"}


def test_the_books_hold_what_the_story_tells(maya):
    life = household(seed=1, today=today(system_clock, zone=maya.zone), currency=currency("EUR"))
    for adult, who in enumerate((maya, other_of(maya))):
        wanted = {a.name: a.opening for a in life.accounts[adult]}
        names = {a.key: a.name for a in life.accounts[adult]}
        for m in life.movements[adult]:
            if m.giving:
                wanted[names[m.giving]] -= m.amount
            if m.taking:
                wanted[names[m.taking]] += m.amount
        for p in life.payments:
            wanted["Wallet"] += -p.amount if p.payer == adult else p.amount
        assert {name: one.posted for name, one in books(who).items()} == wanted


def faults():
    with system_work() as session:
        return verify.run(session)


def test_the_books_are_whole(maya):
    assert faults() == []


def test_money_between_the_two_stands_in_both_books_and_wakes_both(maya):
    ben = other_of(maya)
    told = []
    with system_work() as session:
        while outbox.take(session, most=1000):
            pass
    with work(ben.person) as session:
        ledger.pay_person(
            session, ben, account=books(ben)["Wallet"].id, number=books(maya)["Wallet"].number, amount="5", key="k"
        )
    with system_work() as session:
        told = {(event.owner, event.kind) for event in outbox.take(session, most=10)}
    assert told == {(maya.person, Kind.POSTED), (ben.person, Kind.POSTED)}


def test_each_page_of_payments_is_alive_on_the_days_of_the_story(maya):
    ben = other_of(maya)
    life = household(seed=1, today=today(system_clock, zone=maya.zone), currency=currency("EUR"))
    for adult, who in enumerate((maya, ben)):
        with work(who.person, read_only=True) as session:
            made = payments.history(session, who, most=100)
            told = [(p.booked, p.amount, "out" if p.payer == adult else "in") for p in reversed(life.payments)]
            zone = ZoneInfo(who.zone)
            assert [(p.created_at.astimezone(zone).date(), p.amount, p.side) for p in made] == told
            assert {(p.status, p.name, p.created_at == p.processed_at) for p in made} == {
                ("completed", life.names[1 - adult], True)
            }
            [contact] = contacts.contacts(session, who)
            assert contact.paid_at == max(p.created_at for p in made if p.side == "out")
            [asked] = requests.waiting(session, who)
            assert (asked.open, asked.side) == (True, "from" if life.request.asker == adult else "to")
            going_on = [(s.next_on, s.amount) for s in schedules.schedules(session, who)]
            assert sorted(amount for _, amount in going_on) == sorted(
                s.amount for s in life.schedules if s.adult == adult
            )
            assert all(on > today(system_clock, zone=who.zone) for on, _ in going_on)
    with work(maya.person, read_only=True) as session:
        [plan] = instalments.plans(session, maya)
        assert (plan.total, plan.payments, plan.done) == (life.instalments.total, 4, False)
        assert plan.created_at == min(p.created_at for p in payments.history(session, maya, most=100) if p.plan)
    with work(maya.person) as session:
        payments.pay(
            session,
            maya,
            account=books(maya)["Wallet"].id,
            number=books(ben)["Wallet"].number,
            amount=asked.amount,
            request=next(r.id for r in requests.waiting(session, maya)),
            key="theirs",
        )


def test_only_a_demo_persons_payments_are_dated(database, person):
    real = person()
    with pytest.raises(DBAPIError, match="not a demo person"), work(real.person) as session:
        session.connection().execute(text("SELECT date_demo_payments()"))


def test_switching_goes_there_and_back(maya):
    ben = other_of(maya)
    assert ben.name == "Ben Rao"
    assert other_of(ben).person == maya.person


def test_real_people_have_no_such_buttons(database, person):
    real = person()
    with pytest.raises(Refused):
        demo.wipe(real)
    with pytest.raises(NotFound), work(real.person) as session:
        identity.enter_demo(session, browser=BERLIN, other=True)


def test_no_money_goes_between_the_demo_and_real_people(maya, person):
    real = person("Ada")
    with work(real.person) as session:
        wallet = accounts.open_account(
            session,
            real,
            name="Wallet",
            type="wallet",
            custody="held",
            currency=currency("EUR"),
            key="a",
            opening=D(50),
        )
    mine = books(maya)["Wallet"]
    for who, giving, number in ((real, wallet.id, mine.number), (maya, mine.id, wallet.number)):
        with pytest.raises(NotFound), work(who.person) as session:
            ledger.payee(session, who, number=number)
        with pytest.raises(NotFound), work(who.person) as session:
            ledger.pay_person(session, who, account=giving, number=number, amount="1", key="x")


def test_there_are_only_so_many_households(maya, monkeypatch, admin):
    monkeypatch.setattr(identity, "MOST_DEMOS", 1)
    before = admin("SELECT count(*) FROM person")
    with pytest.raises(TooMany, match="Try again later"):
        demo.open(BERLIN)
    assert admin("SELECT count(*) FROM person") == before


def test_a_household_stands_whole_or_not_at_all(database, monkeypatch, admin):
    def fail(*_args, **_named):
        raise RuntimeError

    monkeypatch.setattr(ledger, "pay_person", fail)
    with pytest.raises(RuntimeError):
        demo.open(BERLIN)
    assert admin("SELECT count(*) FROM person WHERE issuer = 'demo'") == [(0,)]
    assert admin("SELECT count(*) FROM transaction") == [(0,)]


def test_the_command_line_makes_one_that_waits_for_its_visitor(database, admin):
    assert demo.prepare(locale="de-DE", zone="Europe/Berlin") == "EUR"
    households = "SELECT id FROM person WHERE issuer = 'demo' ORDER BY id"
    waiting = admin(households)
    tokyo = demo.open(Browser(locale="ja-JP", zone="Asia/Tokyo"), seed=1).who
    assert tokyo.currency == "JPY"
    assert (tokyo.person,) not in waiting
    paris = demo.open(Browser(locale="fr-FR", zone="Europe/Paris")).who
    assert [(paris.person,), (other_of(paris).person,)] == waiting
    assert (paris.zone, paris.locale, paris.name) == ("Europe/Paris", "fr-FR", "Maya Rao")
    assert admin("SELECT count(*) FROM person WHERE subject LIKE 'ready:%'") == [(0,)]
    assert (demo.open(BERLIN, seed=1).who.person,) not in waiting, "nobody gets another's household"


def test_one_click_leaves_no_row(maya, person, admin):
    ben = other_of(maya)
    real = person("Ada")
    with work(real.person) as session:
        categories.ensure(session, real)
        accounts.open_account(
            session,
            real,
            name="Wallet",
            type="wallet",
            custody="held",
            currency=currency("EUR"),
            key="a",
            opening=D(50),
        )
    kept = rows_of(admin, real.person)
    rows = rows_of(admin, maya.person, ben.person)
    assert rows["transaction"] > 2200
    assert all(rows[table] for table in ("payment", "request", "instalment_plan", "schedule", "contact"))

    demo.wipe(maya)
    assert not sessions.still(maya)
    time.sleep(sessions.BELIEVED)
    assert not sessions.still(ben), "the other adult is out too"
    begun = time.monotonic()
    for who in (maya, ben):
        assert erasure.erase(who.person, reason="asked") > 500
        assert erasure.erase(who.person, reason="asked") == 0, "again is nothing"
        assert faults() == [], "half a household is whole too"
    assert time.monotonic() - begun < 60
    assert set(rows_of(admin, maya.person, ben.person).values()) == {0}
    assert rows_of(admin, real.person) == kept
    assert admin("SELECT person, reason FROM erasure ORDER BY person") == [
        (maya.person, "asked"),
        (ben.person, "asked"),
    ]


def test_the_worker_is_asked_for_both(maya, admin):
    import fintwin.identity.jobs  # declares the job

    ben = other_of(maya)
    demo.wipe(maya)
    while dispatcher.dispatch():
        pass
    jobs = admin(
        "SELECT (args ->> 'person')::bigint FROM procrastinate_jobs WHERE task_name = 'identity.erase' ORDER BY 1"
    )
    assert jobs == [(maya.person,), (ben.person,)]
    assert fintwin.identity.jobs.erase.__name__ == "erase"


def test_nobody_is_erased_who_did_not_ask(maya, person):
    real = person()
    for target in (real.person, maya.person, 1):
        with pytest.raises(DBAPIError, match="was not asked for"):
            erasure.erase(target, reason="asked")
    with pytest.raises(DBAPIError, match="permission denied"), work(real.person) as session:
        session.connection().execute(text("SELECT erase_person(:person, 'x')"), {"person": real.person})
    with system_work() as session:
        session.connection().execute(text("SELECT end_demo(:person)"), {"person": real.person})
    with work(real.person) as session:
        assert session.connection().scalar(text("SELECT status FROM person")) == "active"


def test_the_other_side_of_a_transfer_sees_a_closed_account(database, person, admin):
    ada, eve = person("Ada"), person("Eve")
    wallets = {}
    for who in (ada, eve):
        with work(who.person) as session:
            wallets[who] = accounts.open_account(
                session,
                who,
                name="Wallet",
                type="wallet",
                custody="held",
                currency=currency("EUR"),
                key="a",
                opening=D(50),
            )
    with work(ada.person) as session:
        booked = ledger.pay_person(
            session, ada, account=wallets[ada].id, number=wallets[eve].number, amount="5", key="k"
        )
    with work(ada.person) as session:
        erasure.ask(session, ada)
    assert erasure.erase(ada.person, reason="asked") > 0
    with work(eve.person) as session:
        assert accounts.account(session, eve, wallets[eve].id).posted == D(55)
        assert ledger.counterparts(session, transfers=[booked.transfer]) == {booked.transfer: "Closed account"}
    assert admin("SELECT transfers FROM erasure") == [([booked.transfer],)]
    assert faults() == []
    admin("ALTER TABLE erasure DISABLE TRIGGER ALL; UPDATE erasure SET transfers = '{}'")
    assert [fault.rule for fault in faults()] == ["people_sum_to_zero"]


def test_a_week_without_anybody_ends_a_household(maya, admin):
    ben = other_of(maya)
    assert demo.end_idle() == 0
    later = lambda: datetime.now(UTC) + timedelta(days=7, minutes=5)  # noqa: E731
    fresh = demo.open(BERLIN, seed=2).who
    admin("UPDATE session SET seen_at = now() + interval '1 day' WHERE owner = :person", person=fresh.person)
    assert demo.end_idle(clock=later) == 1
    assert admin("SELECT id FROM person WHERE issuer = 'demo' AND status = 'closed' ORDER BY id") == [
        (maya.person,),
        (ben.person,),
    ]


def test_every_persons_table_is_erased_and_none_by_a_scan(database, admin):
    """A foreign key without an index would be looked through once for each row that goes."""
    erased = {name for (name,) in admin("SELECT unnest(tenant_tables())::text")}
    owned = {
        name
        for (name,) in admin(
            "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'owner'"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped"
        )
    }
    assert owned - erased == {"outbox", "dead_letter"}, "erase_person names these two itself"
    assert (
        admin(
            """
        SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint f
        WHERE f.contype = 'f' AND f.conrelid = ANY (tenant_tables()) AND f.confrelid <> 'person'::regclass
          AND f.confrelid NOT IN ('account'::regclass, 'category'::regclass)
          AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = f.conrelid
              AND (i.indkey::int2[])[0:0] <@ f.conkey)
        """
        )
        == []
    )
