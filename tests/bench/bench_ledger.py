"""The register among 1,000,000 transactions of one person, and postings against pgbench's TPC-B in the same run.

`rows()` gives the harness its rows; run alone it prints them. FINTWIN_TEST_DATABASE_URL names an administrator's address
of a server to use (pgbench is then looked for in FINTWIN_PG_BIN); otherwise a server of our own is started.
"""

import json
import multiprocessing
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from fintwin.db.engine import open_database
from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.kernel.pages import Cursor
from fintwin.ledger import accounts, categories, register, result, rollups, service
from fintwin.ledger.posting import Item, Kind
from fintwin.ledger.register import Filter
from tools.books import Bench, Row, as_admin, at_least, below, database, person

MANY = 1_000_000
PROCESSES = 8
SECONDS = 4.0
ROUNDS = 3
EUR = currency("EUR")
FIRST = date(2016, 1, 1)


def rows() -> list[Row]:
    """Pages of a person with a million transactions, by every filter, and the sums that follow a page."""
    with database() as bench:
        filled = _filled(bench)
        return [rolled_row(bench), *page_rows(*filled), *sum_rows(*filled)]


def all_rows() -> list[Row]:
    """Besides, count and sums, transfers and batches against pgbench, and bytes."""
    with database() as bench:
        posted = posting_rows(bench)
        filled = _filled(bench)
        return [rolled_row(bench), *page_rows(*filled), *sum_rows(*filled), *posted]


def _filled(bench: Bench) -> tuple[Principal, list[int]]:
    maya = person(bench, "Maya")
    return maya, fill(bench, maya)


def filters_of(mine: list[int]) -> dict[str, tuple[Filter, Cursor | None]]:
    deep = Cursor(FIRST + timedelta(days=1200), 10**12)
    first, second = mine[0], mine[1]
    return {
        "no filter": (Filter(), None),
        "no filter, 600,000 rows down": (Filter(), deep),
        "account": (Filter(account=first), None),
        "account, deep": (Filter(account=second), deep),
        "month": (Filter(since=date(2020, 5, 1), until=date(2020, 5, 31)), None),
        "account and month": (Filter(account=second, since=date(2018, 2, 1), until=date(2018, 2, 28)), None),
        "since a day": (Filter(since=date(2019, 5, 1)), None),
        "until a day": (Filter(until=date(2017, 5, 1)), None),
        "what a month's result counts": (Filter(since=date(2020, 5, 1), until=date(2020, 5, 31), counted=True), None),
        "amount, common": (Filter(least=Decimal(100)), None),
        "amount, rare": (Filter(least=Decimal("9999.99")), None),
        "text, common": (Filter(contains="shop 7"), None),
        "text, rare": (Filter(contains="needle"), None),
        "text, none": (Filter(contains="not to be found"), None),
        "account and rare text": (Filter(account=first, contains="needle"), None),
        "flow in": (Filter(flow="in"), None),
        "uncategorised": (Filter(category=0), None),
        "reversed": (Filter(reversed=True), None),
    }


def page_rows(maya: Principal, mine: list[int]) -> list[Row]:
    """A page of 50 by each filter, as the app's role: the database's own time, and the service's."""
    found = []
    for name, (filter, after) in filters_of(mine).items():
        parameters = {
            **register.values(filter),
            "booked": after.booked if after else None,
            "transaction": after.id if after else None,
            "rows": register.PAGE + 1,
        }
        inside = _explained(maya, str(register.PAGE_QUERY), parameters)
        outside = _timed(maya, lambda session, f=filter, a=after: register.page(session, maya, filter=f, after=a))
        found.append(below(f"page of 50 among 1,000,000, {name}: in the database", inside, "ms", 50))
        found.append(below(f"page of 50 among 1,000,000, {name}: in the service", outside, "ms", 100))
    return found


def sum_rows(maya: Principal, mine: list[int]) -> list[Row]:
    """Count and sums of a filter, which arrive after the page."""
    filters = filters_of(mine)
    found = []
    for name, target in (
        ("account and month", 50),
        ("month", 50),
        ("what a month's result counts", 50),
        ("no filter", 50),
        ("account", 50),
        ("since a day", 50),
        ("flow in", 50),
        ("amount, common", 1000),
        ("text, common", 1000),
        ("text, rare", 1000),
    ):
        taken = _timed(maya, lambda session, f=filters[name][0]: register.sums(session, maya, filter=f), times=3)
        found.append(below(f"count and sums among 1,000,000, {name}", taken, "ms", target))
    for name, call in (
        (
            "balance at a past date",
            lambda session: register.balance_at(session, maya, account=mine[0], on=FIRST + timedelta(days=1500)),
        ),
        (
            "results of twelve months",
            lambda session: result.month_results(session, maya, until=date(2024, 5, 9), months=12),
        ),
    ):
        found.append(below(f"{name} among 1,000,000", _timed(maya, call, times=3), "ms", 100))
    return found


def rolled_row(bench: Bench) -> Row:
    """How long the worker rolls up a million entries, step by step."""
    begin = time.perf_counter()
    roll_up(bench)
    with as_admin(bench, autocommit=True) as connection:
        connection.exec_driver_sql("ANALYZE rollup, rollup_head")
    return below("1,000,000 entries rolled up", time.perf_counter() - begin, "s", 120)


def roll_up(bench: Bench) -> None:
    """Roll up everything, as the worker does."""
    with as_admin(bench, autocommit=True) as connection:
        while connection.scalar(text("SELECT roll_up(1, :most)"), {"most": rollups.STEP}):
            pass


def fill(bench: Bench, maya: Principal, *, many: int = MANY) -> list[int]:
    """Four accounts and a million transactions over ten years, written set-based past the doors."""
    with work(maya.person) as session:
        labels = [one.id for one in categories.ensure(session, maya)]
        mine = [
            accounts.open_account(
                session,
                maya,
                name=f"Account {n}",
                type="checking",
                custody="tracked",
                currency=EUR,
                key=f"a{n}",
                opening=Decimal(1),
                opened=FIRST,
            ).id
            for n in range(4)
        ]
        for account in mine:
            service.deposit(session, maya, account=account, amount="1", key=f"d{account}", booked=FIRST)
            spent = service.withdraw(session, maya, account=account, amount="1", key=f"w{account}", booked=FIRST)
            service.reverse(session, maya, transaction=spent.transaction, key=f"r{account}")
    with as_admin(bench) as connection:
        connection.execute(
            text(
                """
                CREATE TEMP TABLE made AS
                SELECT (SELECT max(id) FROM transaction) + n AS id, date '2016-01-01' + (n::bigint * 3650 / :many)::int AS booked,
                       (CAST(:accounts AS bigint[]))[1 + (n % 4)] AS account, n % 5 = 0 AS takes, n,
                       (CASE WHEN n % 100000 = 0 THEN 10000 ELSE 1 + (n::bigint * 7919 % 29000) / 100.0 END)::numeric(20,4) AS amount,
                       4 + row_number() OVER (PARTITION BY n % 4 ORDER BY n) AS version
                FROM generate_series(1, :many) n
                """
            ),
            {"many": many, "accounts": mine},
        )
        for step in (
            """
            INSERT INTO transaction (id, owner, booked, kind, status, imported, description) OVERRIDING SYSTEM VALUE
            SELECT id, :owner, booked, CASE WHEN takes THEN 2 ELSE 3 END, 2, 1,
                   CASE WHEN n % 250000 = 77 THEN 'needle ' ELSE 'card payment ' END || n FROM made
            """,
            """
            INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount,
                                 debit_balance, credit_balance)
            SELECT m.id, :owner, CASE WHEN takes THEN m.account ELSE e.id END, CASE WHEN takes THEN i.id ELSE m.account END,
                   CASE WHEN takes THEN m.version END, CASE WHEN NOT takes THEN m.version END, m.booked, 'EUR', m.amount,
                   CASE WHEN takes THEN m.balance END, CASE WHEN NOT takes THEN m.balance END
            FROM (SELECT x.*, 2 + sum(CASE WHEN takes THEN amount ELSE -amount END) OVER (PARTITION BY account ORDER BY id) AS balance
                  FROM made x) m,
                 account i, account e
            WHERE i.owner = :owner AND i.type = 'income' AND e.owner = :owner AND e.type = 'expense'
            """,
            """
            UPDATE account a SET version = m.version, posted_balance = 2 + m.moved
            FROM (SELECT account, max(version) AS version, sum(CASE WHEN takes THEN amount ELSE -amount END) AS moved
                  FROM made GROUP BY account) m
            WHERE a.id = m.account
            """,
            """
            INSERT INTO classification (owner, transaction, category, payee)
            SELECT :owner, id, (CAST(:labels AS bigint[]))[1 + (n / 4) % cardinality(CAST(:labels AS bigint[]))],
                   'Shop ' || (n * 31 % 997) FROM made WHERE n % 5 < 3
            """,
            "SELECT setval('transaction_id_seq', (SELECT max(id) FROM transaction))",
        ):
            connection.execute(text(step), {"owner": maya.person, "labels": labels})
    with as_admin(bench, autocommit=True) as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    return mine


def _explained(who: Principal, statement: str, parameters: dict[str, Any]) -> float:
    """The database's own time for a statement, in ms: the middle of five, after one to warm up."""
    taken = []
    for _ in range(6):
        with work(who.person, read_only=True) as session:
            [(plan,)] = session.connection().execute(text("EXPLAIN (ANALYZE, FORMAT JSON) " + statement), parameters)
            found = plan if isinstance(plan, list) else json.loads(plan)
            taken.append(found[0]["Execution Time"] + found[0]["Planning Time"])
    return statistics.median(taken[1:])


def _timed(who: Principal, call: Callable[[Any], object], *, times: int = 5) -> float:
    """A use case in a unit of work of its own, in ms: the middle of a few, after one to warm up."""
    taken = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        with work(who.person, read_only=True) as session:
            call(session)
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken[1:])


def posting_rows(bench: Bench) -> list[Row]:
    """Transfers from Python against TPC-B (prepared), medians of shuffled rounds; bytes per transfer."""
    people = [person(bench, f"P{n}") for n in range(200)]
    pairs: list[tuple[Principal, list[int], list[str]]] = []
    for who in people:
        with work(who.person) as session:
            own = [
                accounts.open_account(
                    session,
                    who,
                    name=f"Account {n}",
                    type="checking",
                    custody="held",
                    currency=EUR,
                    key=f"a{n}",
                    opening=Decimal(1_000_000),
                )
                for n in range(4)
            ]
        pairs.append((who, [one.id for one in own], [one.number for one in own]))
    _pgbench(bench, "-i", "-s", "50", "-q")
    shapes: dict[str, Callable[[], float]] = {
        "tpcb": lambda: _tpcb(bench),
        "own": lambda: _driven(bench, pairs, "own"),
        "person": lambda: _driven(bench, pairs, "person"),
        "hot": lambda: _driven(bench, pairs, "hot"),
        "batch 1000": lambda: _driven(bench, pairs, "batch 1000", processes=2),
        "batch 100": lambda: _driven(bench, pairs, "batch 100", processes=2),
    }
    rates: dict[str, list[float]] = {name: [] for name in shapes}
    sizes: dict[str, list[float]] = {"own": [], "person": []}
    order = list(shapes)
    for turn in range(ROUNDS):
        random.Random(turn).shuffle(order)
        for name in order:
            before = _bytes(bench)
            rate = shapes[name]()
            rates[name].append(rate)
            if name in sizes:
                sizes[name].append((_bytes(bench) - before) / max(rate * SECONDS, 1))
    base = statistics.median(rates["tpcb"])

    def ratio(name: str) -> float:
        return statistics.median(rates[name]) / base

    return [
        {
            "name": "pgbench TPC-B, prepared, 8 clients",
            "value": round(base),
            "unit": "/s",
            "target": None,
            "holds": True,
        },
        at_least("own transfers, 8 processes, against TPC-B", ratio("own"), 0.9),
        at_least("transfers from person to person, 8 processes, against TPC-B", ratio("person"), 0.7),
        at_least("transfers from person to person on 10 hot accounts, against TPC-B", ratio("hot"), 0.5),
        at_least("batch posting, 1,000 a commit, 2 processes, against TPC-B", ratio("batch 1000"), 4),
        at_least("batch posting, 100 a commit, 2 processes, against TPC-B", ratio("batch 100"), 3),
        below("stored per own transfer", statistics.median(sizes["own"]), "bytes", 450),
        below("stored per transfer from person to person", statistics.median(sizes["person"]), "bytes", 850),
    ]


def _bytes(bench: Bench) -> float:
    """What postings and headers take on disk; search indexes and the idempotency key left out."""
    with as_admin(bench) as connection:
        return float(
            connection.scalar(
                text(
                    """
                    SELECT sum(pg_relation_size(c.oid)) FROM pg_class c
                    WHERE c.oid IN ('transaction'::regclass, 'posting'::regclass) OR c.oid IN (
                      SELECT indexrelid FROM pg_index WHERE indrelid IN ('transaction'::regclass, 'posting'::regclass)
                        AND indexrelid::regclass::text NOT LIKE 'search%' AND indexrelid::regclass::text <> 'uq_transaction_key')
                    """
                )
            )
            or 0
        )


def _tpcb(bench: Bench) -> float:
    out = _pgbench(bench, "-M", "prepared", "-c", str(PROCESSES), "-j", "2", "-T", str(int(SECONDS)), "-n")
    found = re.search(r"tps = ([\d.]+)", out)
    assert found
    return float(found.group(1))


def _driven(bench: Bench, pairs: list[Any], shape: str, *, processes: int = PROCESSES) -> float:
    """Transfers a second of so many processes; a batch's accounts belong to one of them."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(processes)
    with context.Pool(processes, initializer=_open, initargs=(bench.app, gate)) as pool:
        done = pool.starmap(_drive, [(pairs, shape, n, processes) for n in range(processes)], chunksize=1)
    return sum(done) / SECONDS


_gate: Any = None


def _open(app: str, gate: Any) -> None:
    global _gate  # noqa: PLW0603 - one barrier per process
    _gate = gate
    open_database(app, pool=1)


def _drive(pairs: list[Any], shape: str, number: int, processes: int) -> int:
    chance = random.Random(f"{shape}{number}{time.time_ns()}")
    mine = pairs[number::processes]
    hot = [(who, own[:1], numbers[:1]) for who, own, numbers in pairs[:10]]
    booked = date(2026, 3, 2)
    size = int(shape.split()[1]) if shape.startswith("batch") else 1
    _gate.wait()
    end = time.perf_counter() + SECONDS
    done = 0
    while time.perf_counter() < end:
        key = f"{number}-{chance.getrandbits(64)}"
        if shape == "own":
            who, own, _ = chance.choice(pairs)
            giving, taking = chance.sample(own, 2)
            item = Item(Kind.OWN_TRANSFER, Decimal("0.01"), "EUR", booked, giving=giving, taking=taking, key=key)
            with work(who.person) as session:
                service.post(session, who, item)
        elif shape in {"person", "hot"}:
            (who, own, _), (_, _, numbers) = chance.sample(hot if shape == "hot" else pairs, 2)
            item = Item(Kind.BETWEEN_PEOPLE, Decimal("0.01"), "EUR", booked, giving=chance.choice(own), key=key)
            with work(who.person) as session:
                service.post(session, who, item, number=chance.choice(numbers))
        else:
            who, own, _ = chance.choice(mine)
            items = []
            for _ in range(size):
                giving, taking = chance.sample(own, 2)
                items.append(Item(Kind.OWN_TRANSFER, Decimal("0.01"), "EUR", booked, giving=giving, taking=taking))
            with work(who.person) as session:
                assert all(one.transaction for one in service.post_batch(session, who, items))
        done += size
    return done


def _pgbench(bench: Bench, *arguments: str) -> str:
    return subprocess.run(
        [bench.programs / "pgbench", *arguments, bench.admin], capture_output=True, text=True, check=True
    ).stdout


if __name__ == "__main__":
    for one in all_rows():
        sys.stdout.write(
            f"{'ok' if one['holds'] else 'NO':<3}{one['value']:>10} {one['unit']:<6}{one['target'] or '':<8}{one['name']}\n"
        )
