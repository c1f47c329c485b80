"""The register among 1,000,000 transactions of one person.

`rows()` gives the harness its rows; run alone it prints them. FINTWIN_TEST_DATABASE_URL names an administrator's address
of a server to use; otherwise a server of our own is started.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.kernel.pages import Cursor
from fintwin.ledger import accounts, categories, narrowing, register, result, rollups, service
from fintwin.ledger.register import Filter
from tools.books import Bench, Row, as_admin, below, database, person

MANY = 1_000_000
EUR = currency("EUR")
FIRST = date(2016, 1, 1)


def rows() -> list[Row]:
    """Pages of a person with a million transactions, by every filter, and the sums that follow a page."""
    with database() as bench:
        filled = _filled(bench)
        return [
            *rolled_rows(bench),
            *page_rows(*filled),
            *sum_rows(*filled),
            *people_rows(bench, *filled),
            *looked_after_rows(bench, filled[0]),
        ]


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


def searches_of(maya: Principal, mine: list[int]) -> dict[str, Filter]:
    """Every operator of the search box, for what is common and for what is rare."""
    with work(maya.person, read_only=True) as session:
        known = narrowing.known(session, maya)
    labels = sorted(one.id for one in known.categories)
    tags = {one.name: one.id for one in known.tags}
    return {
        "category, common": Filter(categories=(labels[3], labels[4])),
        "category, rare": Filter(categories=(labels[0],)),
        "category of a link, common": Filter(category=labels[3]),
        "category of a link, rare": Filter(category=labels[0]),
        "without a category": Filter(not_categories=(labels[3],)),
        "without a rare category": Filter(not_categories=(labels[0],)),
        "tag, common": Filter(tags=(tags["holiday"],)),
        "tag, rare": Filter(tags=(tags["boat"],)),
        "without a tag": Filter(not_tags=(tags["holiday"],)),
        "any tag": Filter(tagged=True),
        "no tag": Filter(tagged=False),
        "note": Filter(noted=True),
        "no note": Filter(noted=False),
        "attachment": Filter(attached=True),
        "no attachment": Filter(attached=False),
        "parts": Filter(parted=True),
        "no parts": Filter(parted=False),
        "uncategorised": Filter(uncategorised=True),
        "categorised": Filter(uncategorised=False),
        "payee, common": Filter(payees=("shop 7",)),
        "payee, rare": Filter(payees=("shop 123",)),
        "payee, none": Filter(payees=("nobody",)),
        "note says, common": Filter(notes=("lunch",)),
        "note says, rare": Filter(notes=("thimble",)),
        "words, common": Filter(words=("card", "payment")),
        "words, rare": Filter(words=("thimble",)),
        "words, one of them rare": Filter(words=("card", "needle")),
        "without words": Filter(without=("shop 7",)),
        "without an account": Filter(not_accounts=(mine[0],)),
        "amount, exact": Filter(least=Decimal(100), most=Decimal(100)),
        "amount, span": Filter(least=Decimal(20), most=Decimal(50)),
        "imported": Filter(from_file=True),
        "not imported": Filter(from_file=False),
        "transfer": Filter(own=True),
        "no transfer": Filter(own=False),
        "binned": Filter(reversed=True, binned=True),
        "reversed and text": Filter(reversed=True, contains="card"),
        "account, category, amount": Filter(account=mine[1], categories=(labels[3],), least=Decimal(50)),
        "month and text": Filter(since=date(2018, 5, 1), until=date(2018, 5, 31), words=("shop 7",)),
        "out and tag": Filter(flow="out", tags=(tags["holiday"],)),
    }


def page_rows(maya: Principal, mine: list[int]) -> list[Row]:
    """A page of 50 by each filter, as the app's role: the database's own time, and the service's."""
    found = []
    asked = filters_of(mine) | {f"search, {name}": (one, None) for name, one in searches_of(maya, mine).items()}
    for name, (filter, after) in asked.items():
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
    filters = {name: filter for name, (filter, _) in filters_of(mine).items()}
    searches = {f"search, {name}": filter for name, filter in searches_of(maya, mine).items()}
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
        *((name, 1000) for name in searches),
    ):
        taken = _timed(
            maya, lambda session, f=(filters | searches)[name]: register.sums(session, maya, filter=f), times=3
        )
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


def people_rows(bench: Bench, maya: Principal, mine: list[int]) -> list[Row]:
    """A friend paid a hundred times years ago and fifty acquaintances since, found by their names."""
    befriend(bench, maya, mine)
    roll_up(bench)
    found = []
    for name, filter in (
        ("by a friend's name", Filter(contains="haddad")),
        ("by a name that nobody has", Filter(contains="zbigniew")),
        ("by a friend's name and a word", Filter(contains="haddad", words=("card",))),
    ):
        parameters = {**register.values(filter), "booked": None, "transaction": None, "rows": register.PAGE + 1}
        inside = _explained(maya, str(register.PAGE_QUERY), parameters)
        summed = _timed(maya, lambda session, f=filter: register.sums(session, maya, filter=f), times=3)
        found.append(below(f"page among 1,000,000, {name}: in the database", inside, "ms", 50))
        found.append(below(f"count and sums among 1,000,000, {name}", summed, "ms", 1000))
    return found


def befriend(bench: Bench, maya: Principal, mine: list[int]) -> None:
    """Write payments between people set-based past the doors; Omar Haddad and Maya have each other as contacts."""
    omar = person(bench, "Omar Haddad")
    others = [omar, *(person(bench, f"Acquaintance {n}") for n in range(50))]
    for who, other in ((maya, omar), (omar, maya)):
        with work(other.person) as session:
            number = accounts.open_account(
                session, other, name="Wallet", type="wallet", custody="held", currency=EUR, key="wallet"
            ).number
        with work(who.person) as session:
            session.connection().execute(
                text("INSERT INTO contact (owner, number, name) VALUES (:owner, :number, 'Friend')"),
                {"owner": who.person, "number": number},
            )
    with as_admin(bench) as connection:
        for step in (
            """
            INSERT INTO account (owner, name, class, type, currency) VALUES (:owner, 'people', 'equity', 'people', 'EUR')
            ON CONFLICT DO NOTHING
            """,
            """
            CREATE TEMP TABLE paid AS
            SELECT nextval('transaction_id_seq') AS id, nextval('transaction_id_seq') AS their, nextval('transfer_number') AS transfer, n,
                   (CAST(:others AS bigint[]))[CASE WHEN n <= 100 THEN 1 ELSE 2 + n % 50 END] AS other,
                   date '2016-02-01' + n / 3 AS booked, a.version + n AS version, a.posted_balance - n AS balance
            FROM generate_series(1, 5000) n, account a WHERE a.id = :account
            """,
            """
            INSERT INTO transaction (id, owner, booked, kind, status, transfer) OVERRIDING SYSTEM VALUE
            SELECT id, :owner, booked, 5, 2, transfer FROM paid UNION ALL SELECT their, other, booked, 5, 2, transfer FROM paid
            """,
            """
            INSERT INTO posting (transaction, owner, debit, credit, credit_version, booked, currency, amount, credit_balance)
            SELECT m.id, :owner, p.id, :account, m.version, m.booked, 'EUR', 1, m.balance
            FROM paid m, account p WHERE p.owner = :owner AND p.type = 'people'
            """,
            "UPDATE account SET version = version + 5000, posted_balance = posted_balance - 5000 WHERE id = :account",
        ):
            connection.execute(
                text(step),
                {"owner": maya.person, "others": [one.person for one in others], "account": mine[0]},
            )


def looked_after_rows(bench: Bench, maya: Principal) -> list[Row]:
    """A page of what has no category where all but the oldest few have one, and nobody has counted the tables since."""
    look_after(bench, maya)
    filter = Filter(uncategorised=True)
    parameters = {**register.values(filter), "booked": None, "transaction": None, "rows": register.PAGE + 1}
    inside = _explained(maya, str(register.PAGE_QUERY), parameters)
    outside = _timed(maya, lambda session: register.page(session, maya, filter=filter))
    summed = _timed(maya, lambda session: register.sums(session, maya, filter=filter), times=3)
    return [
        below("page among 1,000,000, uncategorised, rare: in the database", inside, "ms", 50),
        below("page among 1,000,000, uncategorised, rare: in the service", outside, "ms", 100),
        below("count and sums among 1,000,000, uncategorised, rare", summed, "ms", 1000),
    ]


def look_after(bench: Bench, maya: Principal) -> None:
    """Give everything that is rolled up a category, but for the oldest few."""
    with as_admin(bench) as connection:
        connection.execute(
            text(
                """
                UPDATE classification c SET category = (SELECT min(k.id) FROM category k WHERE k.owner = :owner)
                WHERE c.owner = :owner AND c.category IS NULL
                  AND c.transaction > (SELECT min(t.id) + 50 FROM transaction t WHERE t.owner = :owner)
                """
            ),
            {"owner": maya.person},
        )


def rolled_rows(bench: Bench) -> list[Row]:
    """How long the worker rolls up a million entries, step by step, and what that stores for each."""
    begin = time.perf_counter()
    roll_up(bench)
    taken = time.perf_counter() - begin
    with as_admin(bench, autocommit=True) as connection:
        connection.exec_driver_sql("ANALYZE rollup, rollup_head")
        size = connection.scalar(
            text("SELECT pg_total_relation_size('rollup') + pg_total_relation_size('rollup_head')")
        )
    return [
        below("1,000,000 entries rolled up", taken, "s", 120),
        {
            "name": "roll-ups, bytes a transaction of one posting",
            "value": round(size / MANY, 2),
            "unit": "bytes",
            "target": None,
            "holds": True,
        },
    ]


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
                       n % 1000 = 5 AS back,
                       (CASE WHEN n % 100000 = 0 THEN 10000
                             ELSE 1 + ((CASE WHEN n % 1000 = 5 THEN n - 4 ELSE n END)::bigint * 7919 % 29000) / 100.0 END)::numeric(20,4) AS amount,
                       4 + row_number() OVER (PARTITION BY n % 4 ORDER BY n) AS version
                FROM generate_series(1, :many) n
                """
            ),
            {"many": many, "accounts": mine},
        )
        for step in (
            """
            INSERT INTO transaction (id, owner, booked, kind, status, related, imported, description, created_at) OVERRIDING SYSTEM VALUE
            SELECT id, :owner, booked, CASE WHEN back THEN 7 WHEN takes THEN 2 ELSE 3 END,
                   CASE WHEN n % 1000 IN (1, 5) THEN 6 ELSE 2 END, CASE WHEN back THEN id - 4 END,
                   CASE WHEN n % 200 < 180 AND NOT back THEN 1 + n / 500 END,
                   CASE WHEN n % 250000 = 77 THEN 'needle ' ELSE 'card payment ' END || n,
                   now() - CASE WHEN n % 20000 = 5 THEN interval '1 day' ELSE interval '99 days' END FROM made
            """,
            """
            INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount,
                                 debit_balance, credit_balance)
            SELECT m.id, :owner, CASE WHEN takes THEN m.account ELSE e.id END,
                   CASE WHEN back THEN e.id WHEN takes THEN i.id ELSE m.account END,
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
            # As it is in books that are looked after: 95 % have a category, one in 100 a note, one in 50 a tag, one in 200
            # parts, one in 1,000 a file; one category and one tag stand only where nobody looks, years back.
            """
            INSERT INTO classification (owner, transaction, category, payee, note)
            SELECT :owner, id, CASE WHEN n % 20 = 19 THEN NULL WHEN n = 77 THEN (CAST(:labels AS bigint[]))[1] ELSE
                     (CAST(:labels AS bigint[]))[2 + (n / 4) % (cardinality(CAST(:labels AS bigint[])) - 1)] END,
                   CASE WHEN n % 5 < 3 THEN 'Shop ' || (n * 31 % 997) END,
                   CASE WHEN n = 1234 THEN 'thimble' WHEN n % 100 = 14 THEN 'lunch with ' || n % 77 END
            FROM made WHERE n % 40 <> 19 AND NOT back
            """,
            "INSERT INTO tag (owner, name) VALUES (:owner, 'holiday'), (:owner, 'boat')",
            """
            INSERT INTO tagging (owner, transaction, tag)
            SELECT :owner, m.id, g.id FROM made m JOIN tag g ON g.owner = :owner
             AND CASE g.name WHEN 'holiday' THEN m.n % 50 = 7 ELSE m.n IN (77, 1234) END
            """,
            """
            INSERT INTO split (owner, transaction, line, category, amount)
            SELECT :owner, m.id, s.line, (CAST(:labels AS bigint[]))[CASE WHEN m.n = 1288 AND s.line = 2 THEN 1 ELSE 2 + s.line END],
                   CASE s.line WHEN 1 THEN m.amount - 0.25 ELSE 0.25 END
            FROM made m CROSS JOIN (VALUES (1), (2)) s (line) WHERE m.n % 200 = 88
            """,
            """
            INSERT INTO blob (owner, sha256, type, data) VALUES (:owner, sha256('receipt'), 'application/pdf', 'receipt')
            """,
            """
            INSERT INTO attachment (owner, transaction, blob, name)
            SELECT :owner, m.id, b.id, 'receipt.pdf' FROM made m JOIN blob b ON b.owner = :owner WHERE m.n % 1000 = 300
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


if __name__ == "__main__":
    for one in rows():
        sys.stdout.write(
            f"{'ok' if one['holds'] else 'NO':<3}{one['value']:>10} {one['unit']:<6}{one['target'] or '':<8}{one['name']}\n"
        )
