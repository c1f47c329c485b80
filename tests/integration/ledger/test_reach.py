"""A page reaches its rows by an index: as the app's role it reads few blocks, however many rows there are."""

import json
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from fintwin.cashflow import history
from fintwin.db.engine import close_database
from fintwin.db.work import work
from fintwin.kernel.money import currency
from fintwin.kernel.pages import Cursor
from fintwin.ledger import accounts, posting, register, rules, service
from fintwin.ledger.register import Filter
from fintwin.ledger.rules import Rule
from tests.bench.bench_ledger import Bench, fill, look_after, roll_up, searches_of
from tools.books import as_admin
from tools.books import person as somebody

MANY = 40_000


@pytest.fixture(scope="module")
def filled(template, clone):
    """The name of a database with one person's books of many rows, who that is, and their accounts."""
    with clone(template[2]) as here:
        bench = Bench(here.admin_url, here.app_url, Path())
        maya = somebody(bench, "Maya")
        mine = fill(bench, maya, many=MANY)
        close_database()
        yield here.name, maya, mine


@pytest.fixture
def books(filled, clone):
    """A copy of these books: where they lie, whose they are, their accounts."""
    name, maya, mine = filled
    with clone(name) as here:
        yield Bench(here.admin_url, here.app_url, Path()), maya, mine


def whole_scans(session):
    """How often transactions and postings were read from end to end so far; functions' own queries count too."""
    [(many,)] = session.connection().execute(
        text("SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN ('transaction', 'posting')")
    )
    return many


@contextmanager
def by_an_index(session):
    """What happens in here reads neither transactions nor postings from end to end."""
    before = whole_scans(session)
    yield
    assert whole_scans(session) == before


def blocks(who, filter, after=None):
    """Blocks that one page reads, found in memory or not, and always by an index."""
    parameters = register.values(filter) | {
        "booked": after.booked if after else None,
        "transaction": after.id if after else None,
        "rows": 51,
    }
    with work(who.person, read_only=True) as session, by_an_index(session):
        explained = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(register.PAGE_QUERY))
        [(plan,)] = session.connection().execute(explained, parameters)
        top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]


def test_a_page_that_reads_a_whole_table_is_noticed(person):
    maya = person()
    with work(maya.person, read_only=True) as session:
        for kind in ("indexscan", "indexonlyscan", "bitmapscan"):
            session.connection().exec_driver_sql(f"SET LOCAL enable_{kind} = off")
        with pytest.raises(AssertionError), by_an_index(session):
            register.page(session, maya)


def test_a_page_reads_few_blocks_of_many(books):
    _, maya, mine = books
    deep = Cursor(date(2019, 1, 1), 0)
    for filter, after in (
        (Filter(), None),
        (Filter(), deep),
        (Filter(account=mine[0]), None),
        (Filter(account=mine[1]), deep),
        (Filter(since=date(2018, 3, 1), until=date(2018, 3, 31)), None),
        (Filter(account=mine[2], since=date(2018, 3, 1), until=date(2018, 3, 31)), None),
        (Filter(since=date(2020, 1, 1)), None),
        (Filter(until=date(2017, 1, 1)), None),
        (Filter(reversed=True), None),
    ):
        assert blocks(maya, filter, after) < 2_500, (filter, after)


def test_every_operator_reads_few_blocks_of_many(books):
    """The newest 1,000 rows are looked at one by one, 10 blocks each; all rows would be 400,000 blocks. What no row meets
    is found out by an index."""
    _, maya, mine = books
    searches = searches_of(maya, mine) | {
        "amount, common": Filter(least=Decimal(250)),
        "amount, rare": Filter(least=Decimal(300)),
        "text, common": Filter(contains="shop 7"),
        "text, rare": Filter(contains="needle"),
        "text, none": Filter(contains="not to be found", account=mine[0]),
        "text and a word that is not there": Filter(contains="shop 7", words=("nothing",)),
    }
    for name, filter in searches.items():
        assert blocks(maya, filter) < 25_000, name


def test_what_little_has_no_category_is_found_without_a_look_at_everything(books):
    """Once it is rolled up, all that may have none is rows of an index; what has no meaning at all was 40,000 looks."""
    bench, maya, _ = books
    filter = Filter(uncategorised=True)
    roll_up(bench)
    look_after(bench, maya)
    with work(maya.person, read_only=True) as session:
        few = register.page(session, maya, filter=filter).rows
        assert 0 < len(few) < 20
    assert blocks(maya, filter) < 15_000
    assert blocks_of_sums(maya, filter) < 15_000


def test_common_words_are_looked_for_in_the_description_alone_and_once(admin):
    """In lower case, for all words at once; meanings are joined by the index that leads to those that contain one."""
    values = register.values(Filter(words=("card", "payment")))
    [(query,)] = admin(f"SELECT register_all({register._FILTER}, ARRAY[999, 999])", **values)
    first, second = query.split(" UNION ALL ")
    assert "ILIKE" not in first
    assert "classification" not in first
    assert first.count("lower(t.description)") == 1
    assert "c.payee ILIKE ANY" in second


def test_sums_of_every_operator_read_all_rows_once_at_most(books):
    """Postings, headers and meanings of these books are 2,500 blocks; row by row it would be 400,000."""
    bench, maya, mine = books
    searches = searches_of(maya, mine)
    roll_up(bench)
    for name, filter in searches.items():
        assert blocks_of_sums(maya, filter) < 40_000, name


def blocks_of_sums(who, filter):
    with work(who.person, read_only=True) as session:
        explained = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(register.SUMS_QUERY))
        [(plan,)] = session.connection().execute(explained, register.values(filter))
        top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]


def test_sums_of_accounts_and_months_read_few_blocks_of_many(books):
    """An account read row by row is 30,000 blocks of these books; days at the ends of a filter are read so."""
    bench, maya, mine = books
    asked = (
        Filter(),
        Filter(account=mine[0]),
        Filter(since=date(2018, 3, 1), until=date(2018, 3, 31), counted=True),
        Filter(account=mine[2], since=date(2017, 2, 1)),
        Filter(flow="in"),
        Filter(kinds=(2,), until=date(2019, 12, 31)),
        Filter(since=date(2017, 3, 29), until=date(2020, 5, 2)),
    )
    before = [blocks_of_sums(maya, filter) for filter in asked]
    roll_up(bench)
    after = [blocks_of_sums(maya, filter) for filter in asked]
    assert all(few < 2_500 for few in after), after
    assert before[1] > 20 * after[1], (before, after)
    # What is not rolled up yet is found by its version: a few entries more are a few blocks more.
    with work(maya.person) as session:
        more = [
            posting.movement(account=mine[0], amount=Decimal(-1), currency=currency("EUR"), booked=date(2018, 3, 9))
            for _ in range(50)
        ]
        service.post_batch(session, maya, more)
    for filter, few in zip(asked, after, strict=True):
        assert blocks_of_sums(maya, filter) < few + 1_500, filter


def test_a_balance_of_long_ago_reads_few_blocks_of_many(books):
    bench, maya, mine = books
    roll_up(bench)
    with work(maya.person, read_only=True) as session:
        explained = text(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM balances_at(CAST(:mine AS bigint[]), :day)"
        )
        [(plan,)] = session.connection().execute(explained, {"mine": mine, "day": date(2018, 3, 30)})
        top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 2_500


def test_flows_of_fresh_books_are_found_one_by_one(database, person, admin):
    """Nobody has counted the tables: a person's rows look like few, and reading all of them for each would be 100 each."""
    maya, euro = person(), currency("EUR")
    with work(maya.person) as session:
        mine = accounts.open_account(
            session,
            maya,
            name="Bank",
            type="checking",
            custody="tracked",
            currency=euro,
            key="open",
            opening=Decimal(9),
        )
        service.post_batch(
            session,
            maya,
            [
                posting.movement(account=mine.id, amount=Decimal(-1), currency=euro, booked=date(2024, 1, 1 + n % 28))
                for n in range(1_000)
            ],
        )
    assert admin("SELECT reltuples::bigint FROM pg_class WHERE relname = 'posting'") == [(-1,)]
    for query in (history._FLOWS, history._REPAID):
        with work(maya.person, read_only=True) as session:
            values = history._values(maya, date(2024, 3, 1)) | {"most": history.MOST}
            explained = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(query))
            [(plan,)] = session.connection().execute(explained, values)
            top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
        assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 15_000
    with work(maya.person, read_only=True) as session:
        assert len(history.flows(session, maya, until=date(2024, 3, 1))) == 1_000


def test_the_end_of_an_import_reads_its_own_account_once_where_only_others_were_counted(database, person, admin):
    """Of a person who was not there when the tables were counted, the planner believes that they have next to nothing."""
    euro, values = currency("EUR"), {}
    for who in (person(), person()):
        with work(who.person) as session:
            mine = accounts.open_account(
                session, who, name="Bank", type="checking", custody="tracked", currency=euro, key="a1"
            )
            service.post_batch(
                session,
                who,
                [
                    posting.movement(
                        account=mine.id, amount=Decimal(-1), currency=euro, booked=date(2024, 1, 1 + n % 28)
                    )
                    for n in range(2_000)
                ],
            )
        if not values:
            admin("ANALYZE transaction")
            admin("ANALYZE posting")
        values = {"owner": who.person, "account": mine.id, "day": date(2024, 3, 1)}
    with work(who.person, read_only=True) as session:
        explained = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(accounts._OPENINGS))
        [(plan,)] = session.connection().execute(explained, values)
        top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 30_000


def test_a_batch_reads_no_more_of_grown_books_that_nobody_has_counted(database, person, admin):
    """The planner that still takes the tables for empty looks each transaction up all the same."""
    maya, euro = person(), currency("EUR")
    with work(maya.person) as session:
        mine = accounts.open_account(
            session,
            maya,
            name="Bank",
            type="checking",
            custody="tracked",
            currency=euro,
            key="open",
            opening=Decimal(9),
        )
    items = [
        posting.movement(account=mine.id, amount=Decimal(-1 - n), currency=euro, booked=date(2024, 1, 1 + n % 28))
        for n in range(1_000)
    ]

    def blocks_of(batch: list[posting.Item]) -> int:
        with work(maya.person) as session:
            call = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM post_batch(CAST(:items AS jsonb))")
            [(plan,)] = session.connection().execute(call, {"items": posting.as_json(batch)})
            top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
        return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])

    def blocks_of_a_batch() -> tuple[int, int]:
        """Of one that books, and of one that takes back what was just booked."""
        with work(maya.person) as session:
            booked = [one.transaction for one in service.post_batch(session, maya, items[:100])]
        return blocks_of(items[:100]), blocks_of([posting.reversal(of=one) for one in booked if one])

    blocks_of_a_batch()
    few = blocks_of_a_batch()
    for _ in range(12):
        with work(maya.person) as session:
            service.post_batch(session, maya, items)
    many = blocks_of_a_batch()
    assert many[0] < few[0] * 2, (few, many)
    assert many[1] < few[1] * 2, (few, many)


@pytest.fixture(scope="module")
def counted_before(template, clone):
    """The name of a database with books of one person that were counted, and of another that came after; who that is, and
    the newest 1,000 of their transactions."""
    with clone(template[2]) as here:
        bench, euro = Bench(here.admin_url, here.app_url, Path()), currency("EUR")
        for name in ("Noah", "Maya"):
            maya = somebody(bench, name)
            with work(maya.person) as session:
                mine = accounts.open_account(
                    session, maya, name="Bank", type="checking", custody="tracked", currency=euro, key="a"
                ).id
            for first in range(0, 8_000, 2_000):
                days = [date(2016, 1, 1) + timedelta(days=(first + at) // 4) for at in range(2_000)]
                items = [
                    posting.movement(
                        account=mine, amount=Decimal(-1), currency=euro, booked=day, description="card payment"
                    )
                    for day in days
                ]
                with work(maya.person) as session:
                    booked = [one.transaction for one in service.post_batch(session, maya, items)]
            if name == "Noah":
                with as_admin(bench, autocommit=True) as connection:
                    connection.exec_driver_sql("VACUUM (ANALYZE)")
        close_database()
        yield here.name, maya, booked[-1_000:]


@pytest.fixture
def uncounted(counted_before, clone):
    """Blocks that a statement of the person who came after reads: `uncounted(statement, **values)`; who that is, and what
    they booked last."""
    name, maya, newest = counted_before

    def blocks_read(statement, **values):
        with work(maya.person) as session:
            explained = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(statement))
            [(plan,)] = session.connection().execute(explained, {"owner": maya.person, **values})
        top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
        return top["Shared Hit Blocks"] + top["Shared Read Blocks"]

    with clone(name):
        yield blocks_read, maya, newest


GIVE = "INSERT INTO classification (owner, transaction) SELECT :owner, unnest(CAST(:numbers AS bigint[]))"


def test_whose_a_named_transaction_is_reads_that_one_alone_where_only_others_were_counted(uncounted):
    read, _, newest = uncounted
    assert read(GIVE, numbers=newest) < 20_000


def test_rules_look_at_each_posting_alone_where_only_others_were_counted(uncounted):
    read, maya, newest = uncounted
    wanted = Rule(words="card", payee="Card")
    with work(maya.person) as session:
        rules.keep(session, maya, wanted=wanted)
    values = rules._values(maya, wanted) | {"overwrite": False}
    assert read(rules._FIRST_FITS, numbers=newest) < 20_000
    assert read(rules._PREVIEW, **values | {"shown": 20}) < 80_000
    assert read(rules._NEXT, **values | {"step": 1_000}) < 20_000


def test_a_page_looks_at_each_posting_alone_where_only_others_were_counted(uncounted):
    read, _, _ = uncounted
    assert read(register.PAGE_QUERY, **register.values(Filter()), booked=None, transaction=None, rows=1_000) < 30_000


def test_a_batch_that_takes_back_looks_at_each_alone_where_only_others_were_counted(uncounted):
    read, _, newest = uncounted
    items = posting.as_json([posting.reversal(of=one) for one in newest])
    assert read("SELECT * FROM post_batch(CAST(:items AS jsonb))", items=items) < 150_000


def test_a_batch_that_settles_looks_at_each_alone_where_only_others_were_counted(uncounted):
    read, _, newest = uncounted
    call = "SELECT * FROM settle_batch(CAST(:numbers AS bigint[]), DATE '2021-01-01')"
    assert read(call, numbers=newest) < 20_000


def test_an_account_s_page_looks_at_few_headers_of_a_day_with_many(database, person):
    """Of the account's 6,000 rows of one day all are put in order, and 50 are looked at: each would be 3 blocks more."""
    maya, euro, day = person(), currency("EUR"), date(2024, 5, 6)
    with work(maya.person) as session:
        mine = accounts.open_account(
            session, maya, name="Bank", type="checking", custody="tracked", currency=euro, key="a"
        ).id
        booked = [
            one.transaction
            for _ in range(3)
            for one in service.post_batch(
                session,
                maya,
                [
                    posting.movement(account=mine, amount=Decimal(1 if n % 4 else -1), currency=euro, booked=day)
                    for n in range(2_000)
                ],
            )
        ]
    filter = Filter(account=mine)
    for after in (None, Cursor(day, booked[4_000])):
        assert blocks(maya, filter, after) < 4_000, after
    # Where many were taken back, the page is as whole as it was before.
    gone = set(booked[5_000:5_900:3])
    with work(maya.person) as session:
        service.post_batch(session, maya, [posting.reversal(of=one) for one in sorted(gone)])
    left = [(one, "in" if at % 4 else "out") for at, one in enumerate(booked) if one not in gone][::-1]
    for flow in (None, "in", "out"):
        kept = [one for one, way in left if flow in (None, way)]
        after, found = None, []
        with work(maya.person, read_only=True) as session:
            for _ in range(12):
                page = register.page(session, maya, filter=Filter(account=mine, flow=flow), after=after)
                found += [row.id for row in page.rows]
                after = page.after
        assert found == kept[: len(found)]
        assert len(found) == 600
