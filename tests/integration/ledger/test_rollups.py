"""Roll-ups say to the cent what their postings say, whoever posts and takes back meanwhile."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal as D
from threading import Event

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fintwin.db.work import perform, system_work, work
from fintwin.kernel.money import currency
from fintwin.ledger import jobs, legs, register, result, rollups, service, verify
from fintwin.ledger.posting import Item, Kind
from fintwin.ledger.register import Filter

EUR = currency("EUR")
MARCH = date(2026, 3, 2)


def whole():
    with system_work() as session:
        assert verify.run(session) == []


def roll(*, behind=1, most=10_000):
    with system_work() as session:
        return rollups.roll_up(session, behind=behind, most=most)


def sums(who, filter):
    with work(who.person, read_only=True) as session:
        return register.sums(session, who, filter=filter)


def both(who, filter):
    """Sums from roll-ups and, since a limit that every amount meets keeps them out, from every row; of one snapshot."""
    with work(who.person, read_only=True, repeatable=True) as session:
        quick = register.sums(session, who, filter=filter)
        plain = session.connection().execute(
            register.SUMS_QUERY, register.values(filter) | {"most": D("9999999999999999")}
        )
        return quick, [register.Sums(currency(row.currency), row.many, row.inflow, row.outflow) for row in plain]


def filters(accounts, begin, days):
    day = st.none() | st.integers(0, days).map(lambda n: begin + timedelta(days=n))
    edge = st.sampled_from(
        [date(2025, 11, 1), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 28)]
    )
    return st.builds(
        Filter,
        account=st.none() | st.sampled_from(accounts),
        since=day | edge,
        until=day | edge,
        flow=st.sampled_from([None, None, "in", "out"]),
        kinds=st.none() | st.lists(st.integers(1, 7), max_size=3).map(tuple),
        reversed=st.sampled_from([None, None, True, False]),
        counted=st.sampled_from([None, True, True, False]),
    )


def test_roll_ups_answer_what_reading_everything_answers(person, opened, key, admin):
    """Random books of two currencies: payments, own transfers, pairs, parts taken back, conversions, matched legs;
    rolled up to different versions in between."""
    # Until parts can be taken back through a door, a transaction has one reversal at most.
    admin("DROP INDEX IF EXISTS uq_transaction_related")
    begin, days = date(2025, 10, 20), 170
    chance = random.Random(11)
    maya, omar = person(), person("Omar")
    mine = [
        opened(maya, "50000.00", opened=begin),
        opened(maya, "7.00", opened=begin),
        opened(maya, custody="tracked"),
        opened(maya, custody="tracked", of="USD"),
    ]
    his = opened(omar, "500.00", opened=begin)
    books = [one.id for one in mine]

    def any_day():
        return begin + timedelta(days=chance.randrange(days))

    def some(n):
        items = []
        for _ in range(n):
            amount, kind = D(chance.randrange(1, 9000)) / 100, chance.choice([2, 2, 3, 3, 3, 4])
            one, two = chance.sample(mine[:3], 2)
            of = chance.choice(mine[:1] + mine[2:])
            if kind == 4:
                items.append(
                    Item(
                        Kind.OWN_TRANSFER,
                        amount,
                        "EUR",
                        any_day(),
                        giving=mine[0].id,
                        taking=two.id if two is not mine[0] else one.id,
                    )
                )
            elif kind == 2:
                items.append(Item(Kind.DEPOSIT, amount, of.currency.code, any_day(), taking=of.id))
            else:
                items.append(Item(Kind.WITHDRAWAL, amount, of.currency.code, any_day(), giving=of.id))
        with work(maya.person) as session:
            return [done.transaction for done in service.post_batch(session, maya, items) if done.transaction]

    def take_back(n):
        found = admin(
            "SELECT id FROM transaction WHERE owner = :me AND status = 2 AND kind IN (2, 3, 4)"
            " AND NOT EXISTS (SELECT FROM transaction r WHERE r.related = transaction.id)",
            me=maya.person,
        )
        for (one,) in chance.sample(found, min(n, len(found))):
            with work(maya.person) as session:
                service.reverse(session, maya, transaction=one, key=key())

    def pay(n):
        for _ in range(n):
            with work(maya.person) as session:
                service.pay_person(
                    session,
                    maya,
                    account=mine[0].id,
                    number=his.number,
                    amount=D(chance.randrange(1, 500)) / 100,
                    key=key(),
                )

    def match(n):
        found = admin(
            "SELECT t.id FROM transaction t LEFT JOIN classification c ON c.transaction = t.id WHERE t.owner = :me AND t.kind IN (2, 3) AND c.matched IS NULL",
            me=maya.person,
        )
        for (one,), (two,) in zip(*[iter(chance.sample(found, 2 * n))] * 2, strict=True):
            for left, right in ((one, two), (two, one)):
                admin(
                    "INSERT INTO classification (owner, transaction, matched) VALUES (:me, :left, :right)"
                    " ON CONFLICT (transaction, owner) DO UPDATE SET matched = EXCLUDED.matched",
                    me=maya.person,
                    left=left,
                    right=right,
                )

    def check(examples):
        @settings(max_examples=examples, database=None)
        @given(filters(books, begin - timedelta(days=40), days + 80))
        def agree(filter):
            quick, plain = both(maya, filter)
            assert quick == plain, filter

        agree()
        with system_work() as session:
            assert {one.rule for one in verify.run(session)} <= {"reversal_mirrors"}

    some(120)
    pay(4)
    check(25)
    roll(most=70)
    take_back(10)
    match(8)
    check(40)
    some(60)
    partly(admin, maya.person, chance)
    roll(most=150)
    convert(admin, maya.person, mine[0].id, mine[3].id)
    take_back(12)
    check(50)
    while roll(most=37):
        pass
    take_back(6)
    undo_parts(admin, maya.person)
    check(50)
    for account in books:
        for n in range(0, days + 60, 13):
            day = begin + timedelta(days=n)
            [(plain,)] = admin(
                "SELECT coalesce(sum(amount), 0) FROM entry WHERE account = :account AND booked <= :day",
                account=account,
                day=day,
            )
            with work(maya.person, read_only=True) as session:
                assert register.balances_at(session, maya, accounts=[account], on=day) == {account: plain}
    with work(omar.person, read_only=True) as session:
        assert register.balances_at(session, omar, accounts=books, on=MARCH) == {}


def partly(admin, owner, chance):
    """Parts of what was rolled up are taken back, each by a linked reversal that is posted and counts."""
    for part, (one,) in enumerate(
        admin(
            """
            SELECT t.id FROM transaction t JOIN posting p ON p.transaction = t.id
            WHERE t.owner = :owner AND t.kind IN (2, 3) AND t.status = 2 AND p.amount > 1 AND p.currency = 'EUR'
              AND NOT EXISTS (SELECT FROM transaction r WHERE r.related = t.id) ORDER BY t.id LIMIT 12
            """,
            owner=owner,
        )
    ):
        mirror(admin, one, D(1) + D(part) / 100 if chance else D(1))


def mirror(admin, transaction, amount):
    """A partial reversal written past the doors: its header, its posting, and the account's balance and version."""
    admin(
        """
        WITH of AS (SELECT p.*, coalesce(p.debit_version, p.credit_version) IS NOT NULL AS real FROM posting p WHERE p.transaction = :one),
        header AS (
          INSERT INTO transaction (owner, booked, kind, status, related)
          SELECT owner, booked, 7, 2, transaction FROM of RETURNING id
        ), moved AS (
          UPDATE account a SET version = a.version + 1,
            posted_balance = a.posted_balance + CASE WHEN of.debit_version IS NULL THEN least(:amount, of.amount) ELSE -least(:amount, of.amount) END
          FROM of WHERE a.id = CASE WHEN of.debit_version IS NULL THEN of.credit ELSE of.debit END RETURNING a.version, a.posted_balance
        )
        INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
        SELECT header.id, of.owner, of.credit, of.debit, CASE WHEN of.credit_version IS NOT NULL THEN moved.version END,
               CASE WHEN of.debit_version IS NOT NULL THEN moved.version END, of.booked, of.currency, least(:amount, of.amount),
               CASE WHEN of.credit_version IS NOT NULL THEN moved.posted_balance END, CASE WHEN of.debit_version IS NOT NULL THEN moved.posted_balance END
        FROM of, header, moved
        """,
        one=transaction,
        amount=amount,
    )


def undo_parts(admin, owner):
    """Take back the rest of two originals: they and all their reversals become pairs in one statement."""
    found = admin(
        """
        SELECT t.id, p.amount - (SELECT sum(q.amount) FROM posting q JOIN transaction r ON r.id = q.transaction WHERE r.related = t.id)
        FROM transaction t JOIN posting p ON p.transaction = t.id
        WHERE t.owner = :owner AND t.status = 2 AND EXISTS (SELECT FROM transaction r WHERE r.related = t.id) ORDER BY t.id LIMIT 2
        """,
        owner=owner,
    )
    assert found
    for one, rest in found:
        mirror(admin, one, rest)
        admin("UPDATE transaction SET status = 6 WHERE id = :one OR related = :one", one=one)


def convert(admin, owner, giving, taking):
    """A conversion through `trading`, a line in each currency, and one that is taken back."""
    for amount in (5, 6):
        admin(
            """
            INSERT INTO account (owner, name, class, type, currency) VALUES (:owner, 'trading', 'equity', 'trading', 'EUR'), (:owner, 'trading', 'equity', 'trading', 'USD')
            ON CONFLICT DO NOTHING
            """,
            owner=owner,
        )
        admin(
            """
            WITH header AS (INSERT INTO transaction (owner, booked, kind, status) VALUES (:owner, '2026-01-15', 6, 2) RETURNING id),
            given AS (UPDATE account SET posted_balance = posted_balance - :amount, version = version + 1 WHERE id = :giving RETURNING posted_balance, version),
            taken AS (UPDATE account SET posted_balance = posted_balance + 2 * :amount, version = version + 1 WHERE id = :taking RETURNING posted_balance, version),
            first AS (
              INSERT INTO posting (transaction, owner, debit, credit, credit_version, booked, line, currency, amount, credit_balance)
              SELECT header.id, :owner, t.id, :giving, given.version, '2026-01-15', 1, 'EUR', :amount, given.posted_balance
              FROM header, given, account t WHERE t.owner = :owner AND t.type = 'trading' AND t.currency = 'EUR')
            INSERT INTO posting (transaction, owner, debit, credit, debit_version, booked, line, currency, amount, debit_balance)
            SELECT header.id, :owner, :taking, t.id, taken.version, '2026-01-15', 2, 'USD', 2 * :amount, taken.posted_balance
            FROM header, taken, account t WHERE t.owner = :owner AND t.type = 'trading' AND t.currency = 'USD'
            """,
            owner=owner,
            giving=giving,
            taking=taking,
            amount=amount,
        )


def test_writers_reversals_and_the_roller_at_once_leave_roll_ups_exact(person, opened, admin):
    """Sixteen post and take back while four roll up in steps of a few entries; every look in between is exact."""
    people = [person(f"P{n}") for n in range(3)]
    own = [[opened(who, "100000.00"), opened(who, custody="tracked"), opened(who, custody="tracked")] for who in people]
    ending = Event()

    def write(part):
        chance = random.Random(part)
        for n in range(12):
            at = chance.randrange(3)
            who, (held, here, there) = people[at], own[at]
            amount = D(chance.randrange(1, 900)) / 100
            booked = MARCH - timedelta(days=chance.randrange(100))
            moves = [
                Item(Kind.DEPOSIT, amount, "EUR", booked, taking=here.id, key=f"a{part}-{n}"),
                Item(Kind.WITHDRAWAL, amount, "EUR", booked, giving=there.id, key=f"b{part}-{n}"),
                Item(Kind.OWN_TRANSFER, amount, "EUR", booked, giving=held.id, taking=there.id, key=f"c{part}-{n}"),
            ]
            done = perform(who.person, lambda session, who=who, moves=moves: service.post_batch(session, who, moves))
            if n % 2:
                back = [
                    Item(Kind.REVERSAL, D(0), "", MARCH, related=one.transaction, key=f"r{part}-{n}-{at}")
                    for at, one in enumerate(done)
                ]
                answers = perform(
                    who.person, lambda session, who=who, back=back: service.post_batch(session, who, back)
                )
                assert [one.refusal for one in answers] == [None] * 3
            other = (at + 1) % 3
            perform(
                who.person,
                lambda session, who=who, held=held, n=n, other=other: service.pay_person(
                    session, who, account=held.id, number=own[other][0].number, amount="0.01", key=f"p{part}-{n}"
                ),
            )

    def keep_rolling():
        while not ending.is_set():
            roll(behind=1, most=random.randrange(1, 40))

    def look():
        looks = 0
        while looks < 2 or not ending.is_set():
            whole()
            for who in people:
                for filter in (Filter(), Filter(counted=True), Filter(until=date(2026, 1, 31))):
                    quick, plain = both(who, filter)
                    assert quick == plain
            looks += 1

    with ThreadPoolExecutor(21) as pool:
        rolling = [pool.submit(keep_rolling) for _ in range(4)]
        looking = pool.submit(look)
        writing = [pool.submit(write, part) for part in range(16)]
        try:
            for one in writing:
                one.result()
        finally:
            ending.set()
        for one in rolling:
            one.result()
        looking.result()
    while roll():
        pass
    whole()
    assert admin("SELECT count(*) FROM rollup_head h JOIN account a ON a.id = h.account WHERE h.made <> a.version") == [
        (0,)
    ]
    for who in people:
        for filter in (Filter(), Filter(reversed=True), Filter(flow="in"), Filter(until=date(2026, 1, 31))):
            quick, plain = both(who, filter)
            assert quick == plain


def waits(call, admin):
    """Come back when a call waits for a lock; it must not be through before."""
    while admin("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
        assert not call.done(), "it did not wait"
        time.sleep(0.01)


def test_a_reversal_waits_for_the_roller_and_then_corrects_it(person, opened, key, database, admin):
    """The roller has read a transaction as posted and not committed yet when it is taken back."""
    maya = person()
    there = opened(maya, custody="tracked")
    with work(maya.person) as session:
        spent = service.withdraw(session, maya, account=there.id, amount="5.00", key=key(), booked=MARCH)
    with ThreadPoolExecutor(1) as pool:
        with system_work() as session:
            assert rollups.roll_up(session, behind=1) == 1
            back = pool.submit(
                perform, maya.person, lambda s: service.reverse(s, maya, transaction=spent.transaction, key="back")
            )
            waits(back, admin)
        back.result()
    whole()
    assert admin("SELECT reversed, outflows, outflow FROM rollup ORDER BY 1") == [(False, 0, D(0)), (True, 1, D(5))]


def test_a_leg_that_waits_for_the_roller_keeps_no_meaning_from_it(person, opened, key, admin):
    """Heads first, then meanings, as the roller does: else each would wait for the other."""
    maya = person()
    here, there = opened(maya, custody="tracked"), opened(maya, custody="tracked", name="Other")
    with work(maya.person) as session:
        out = service.withdraw(session, maya, account=here.id, amount="5.00", key=key(), booked=MARCH).transaction
        came = service.deposit(session, maya, account=there.id, amount="5.00", key=key(), booked=MARCH).transaction
        legs.link(session, maya, first=out, second=came)
    with ThreadPoolExecutor(1) as pool:
        with system_work() as session:
            assert rollups.roll_up(session, behind=1) == 2
            back = pool.submit(perform, maya.person, lambda s: service.reverse(s, maya, transaction=out, key="back"))
            waits(back, admin)
            assert len(admin("SELECT FROM classification WHERE matched IS NOT NULL FOR UPDATE NOWAIT")) == 2
        back.result()
    assert admin("SELECT FROM classification WHERE matched IS NOT NULL") == []
    whole()


def test_who_is_being_erased_is_left_out_and_holds_nobody_up(person, opened, key, database, admin):
    maya, omar = person("Maya"), person("Omar")
    with closing(psycopg2.connect(database.admin_url)) as erasing, erasing.cursor() as cursor:
        for who in (maya, omar):
            there = opened(who, custody="tracked")
            with work(who.person) as session:
                service.withdraw(session, who, account=there.id, amount="5.00", key=key(), booked=MARCH)
        cursor.execute("SELECT FROM person WHERE id = %s FOR UPDATE", (maya.person,))
        assert roll() == 1
        assert admin("SELECT owner FROM rollup") == [(omar.person,)]
        erasing.rollback()
    assert roll() == 1
    whole()


def test_posting_does_not_wait_for_the_roller(person, opened, key):
    maya = person()
    there = opened(maya, custody="tracked")
    with work(maya.person) as session:
        service.withdraw(session, maya, account=there.id, amount="5.00", key=key(), booked=MARCH)
    with system_work() as session:
        assert rollups.roll_up(session, behind=1) == 1
        with work(maya.person) as other:
            other.connection().exec_driver_sql("SET LOCAL lock_timeout = 200")
            service.withdraw(other, maya, account=there.id, amount="6.00", key=key(), booked=MARCH)
        # A second roller passes over what the first one holds.
        assert roll() == 0
    assert roll() == 1
    whole()


def test_the_job_rolls_up_what_is_far_behind_in_steps_and_goes_on_where_it_was_killed(person, opened, admin):
    maya = person()
    there, little = opened(maya, custody="tracked"), opened(maya, custody="tracked")
    with work(maya.person) as session:
        service.post_batch(
            session,
            maya,
            [Item(Kind.WITHDRAWAL, D(n + 1), "EUR", MARCH, giving=there.id) for n in range(250)]
            + [Item(Kind.WITHDRAWAL, D(1), "EUR", MARCH, giving=little.id)],
        )
    made = "SELECT made FROM rollup_head ORDER BY account"
    with pytest.raises(ZeroDivisionError), system_work() as session:
        assert rollups.roll_up(session, most=120) == 120
        raise ZeroDivisionError
    assert admin(made) == [(0,), (0,)]
    assert roll(behind=100, most=120) == 120
    assert admin(made) == [(120,), (0,)]
    whole()
    jobs.roll_up()
    assert admin(made) == [(250,), (0,)]
    whole()


def test_rebuilding_whole_books_changes_nothing_and_says_what_differed_where_they_are_not(person, opened, key, admin):
    maya = person()
    held, there = opened(maya, "100.00"), opened(maya, custody="tracked")
    with work(maya.person) as session:
        service.own_transfer(session, maya, giving=held.id, taking=there.id, amount="20.00", key=key())
        service.withdraw(session, maya, account=there.id, amount="3.00", key=key(), booked=MARCH)
    roll(most=3)

    def rebuilt():
        with system_work() as session:
            return [
                str(one)
                for account in rollups.real_accounts(session)
                for one in rollups.rebuild(session, account=account)
            ]

    everything = "SELECT x::text, x.ctid::text FROM {} x ORDER BY 1"
    before = [admin(everything.format(table)) for table in ("account", "rollup_head", "rollup")]
    assert rebuilt() == []
    assert [admin(everything.format(table)) for table in ("account", "rollup_head", "rollup")] == before
    admin("UPDATE account SET posted_balance = posted_balance + 1, version = 9 WHERE id = :id", id=held.id)
    admin("UPDATE account SET held_balance = 7 WHERE id = :id", id=there.id)
    admin("UPDATE rollup SET inflow = inflow + 2 WHERE account = :id AND inflow > 0", id=held.id)
    admin("UPDATE rollup_head SET made = 8 WHERE account = :id", id=held.id)
    assert [one.split(": ")[1] for one in rebuilt()] == [
        "balance was 81.0000 and is 80.0000 by its postings.",
        "version was 9 and is 2 by its postings.",
        "rolled up to version was 8 and is 2 by its postings.",
        f"roll-up of {admin('SELECT max(month) FROM rollup')[0][0]:%Y-%m}, kind 1 was 102.0000 in, 0.0000 out (1, 0)"
        " and is 100.0000 in, 0.0000 out (1, 0) by its postings.",
        "held back was 7.0000 and is 0 by its postings.",
    ]
    assert rebuilt() == []
    whole()


def test_nobody_sees_or_writes_anothers_roll_ups(person, opened, key):
    maya, omar = person(), person("Omar")
    there = opened(maya, "5.00", custody="tracked")
    roll()
    seen = text("SELECT (SELECT count(*) FROM rollup), (SELECT count(*) FROM rollup_head)")
    with work(maya.person, read_only=True) as session:
        assert tuple(session.connection().execute(seen).one()) == (1, 1)
    with work(omar.person, read_only=True) as session:
        assert tuple(session.connection().execute(seen).one()) == (0, 0)
        assert register.sums(session, omar, filter=Filter(account=there.id)) == []


def test_history_and_month_results_are_the_same_before_and_after_rolling_up(person, opened, key):
    maya = person()
    there = opened(maya, "5.00", custody="tracked", opened=date(2025, 9, 3))
    with work(maya.person) as session:
        for n in range(12):
            service.withdraw(
                session,
                maya,
                account=there.id,
                amount=D(n + 1),
                key=key(),
                booked=date(2025, 9, 5) + timedelta(days=17 * n),
            )

    def seen():
        with work(maya.person, read_only=True) as session:
            behind = result.net_worth(session, maya).behind
            return (
                result.history(session, maya, of=behind, since=date(2025, 8, 1), until=date(2026, 2, 20)),
                result.month_results(session, maya, until=date(2026, 3, 20), months=8),
                register.balance_at(session, maya, account=there.id, on=date(2025, 9, 2)),
            )

    before = seen()
    while roll(most=5):
        assert seen() == before
    assert before[0][-1].balance == D(5) - sum(range(1, 11))
    assert before[2] is None
