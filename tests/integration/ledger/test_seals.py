"""Whole seals raise no finding; whatever is done to a sealed row or a block behind the house's back is found."""

import base64
import contextlib
import random
import subprocess
import sys
import threading
from collections import Counter
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fintwin.db.address import parsed
from fintwin.db.under import under
from fintwin.db.work import perform, system_work, work
from fintwin.identity import erasure, keys
from fintwin.kernel.errors import Misconfigured
from fintwin.kernel.money import currency
from fintwin.ledger import chain, posting, sealed_rows, sealing, seals, service
from fintwin.ledger.posting import Item, Kind

DAY = date(2026, 3, 2)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def books(person, opened, key, folder, admin):
    """Two people with movements of every way to post, all sealed in blocks of a few rows."""
    maya, omar = person(), person("Omar")
    here, there, his = opened(maya, "100.00"), opened(maya, custody="tracked"), opened(omar, "5.00")
    with work(maya.person) as session:
        service.pay_person(session, maya, account=here.id, number=his.number, amount="10.00", key=key())
        moved = service.own_transfer(session, maya, giving=here.id, taking=there.id, amount="20.00", key=key())
        service.reverse(session, maya, transaction=moved.transaction, key=key())
        service.withdraw(session, maya, account=there.id, amount="3.00", key=key(), payee="Shop")
        service.post_batch(
            session,
            maya,
            [
                posting.movement(account=there.id, amount=D(n), currency=currency("EUR"), booked=DAY)
                for n in (5, -7, 11)
            ],
        )
    with system_work() as session:
        session.connection().execute(text("SELECT set_role(:omar, 'staff', 'helps')"), {"omar": omar.person})
    admin("INSERT INTO erasure (person, reason, rows, transfers) VALUES (999999, 'asked', 1, '{5}')")
    assert sealing.run(folder, rows=3) > 3
    return maya, omar


def proof(folder, *, heads=(), owner=None):
    with system_work(snapshot=True) as session:
        public = [one.public_key() for one in keys.signers(folder, make=False)]
        return seals.prove(session, keys=public, heads=heads, owner=owner)


def found(folder, **more):
    return {finding.rule for finding in proof(folder, **more).findings}


BLOCKS = ("seal_layout", "seal", "seal_mark")


def tables():
    """The tables whose rows are sealed."""
    with system_work() as session:
        return [source.table for source in sealed_rows.present(session)]


@pytest.fixture
def damaged(books, database):
    """Do damage as a superuser with every trigger and constraint off, look, and take it all back."""
    engine = create_engine(parsed(database.admin_url), poolclass=NullPool)
    every = (*tables(), *BLOCKS)
    with engine.begin() as connection:
        for table in every:
            constraints = connection.execute(
                text(
                    "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND contype IN ('c', 'f', 'u')"
                ),
                {"table": table},
            )
            for (name,) in constraints.all():
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for table in tables():
            if table != "posting":
                connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN id DROP IDENTITY")

    def look(*damages, then, of=every):
        with engine.begin() as connection:
            for table in of:
                connection.exec_driver_sql(f"CREATE TABLE kept_{table} AS TABLE {table}")
            changed = [connection.exec_driver_sql(damage.replace("%", "%%")).rowcount for damage in damages]
            assert all(changed), damages
        seen = then()
        with engine.begin() as connection:
            for table in of:
                connection.exec_driver_sql(f"DELETE FROM {table}")
                connection.exec_driver_sql(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{table}")
                connection.exec_driver_sql(f"DROP TABLE kept_{table}")
        return seen

    yield look
    engine.dispose()


def test_whole_seals_raise_no_finding(books, folder, admin):
    whole = proof(folder, heads=[sealing.known_head(folder)])
    assert whole.findings == []
    every = [admin(f"SELECT count(*) FROM {table}")[0][0] for table in tables()]
    assert all(every)
    assert (whole.rows, whole.waiting) == (sum(every), 0)
    assert sealing.run(folder) == 0


def test_blocks_from_before_a_column_came_hold_beside_those_after(books, folder, admin):
    """As the name of a part of the house came to rows that were sealed without one."""
    _, omar = books
    admin("ALTER TABLE audit_event ADD COLUMN later varchar(60)")
    admin("ALTER TABLE audit_event ALTER COLUMN later SET DEFAULT acting_as()")
    with under("command:staff revoke"), system_work() as session:
        session.connection().execute(text("SELECT set_role(:omar, 'customer', 'has left')"), {"omar": omar.person})
    assert sealing.run(folder) == 1
    assert admin("SELECT later, principal FROM audit_event ORDER BY id") == [
        (None, None),
        ("command:staff revoke",) * 2,
    ]
    assert admin("SELECT count(*) FROM seal_layout") == [(2,)]
    whole = proof(folder, heads=[sealing.known_head(folder)])
    assert (whole.findings, whole.waiting) == ([], 0)


OTHER = {
    "bigint": "coalesce({0}, 0) + 1",
    "smallint": "{0} + 1",
    "numeric": "coalesce({0}, 0) + 0.01",
    "date": "coalesce({0}, '2026-01-01') + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "uuid": "gen_random_uuid()",
    "character varying": "'x' || left(coalesce({0}, ''), 2)",
    "boolean": "NOT {0}",
    "jsonb": """coalesce({0}, '{{}}') || '{{"x": 1}}'""",
    "text": "coalesce({0}, '') || 'x'",
    "bigint[]": "{0} || 1::bigint",
}


def test_each_column_of_each_sealed_table_counts(books, folder, damaged, admin):
    """A change of any column of one row is found at that row."""
    with system_work() as session:
        covered = sealed_rows.read_columns(sealed_rows.columns(session))
        sources = sealed_rows.present(session)
    every = set(
        admin(
            "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_name = ANY (:names)",
            names=[source.table for source in sources],
        )
    )
    sealed = {(table, name) for table, listed in covered.items() for name, _ in listed}
    assert every - sealed == {("transaction", "status")}
    assert {"posting", "transaction", "erasure", "audit_event"} <= set(covered)
    for source in sources:
        for name, kind in covered[source.table]:
            value = OTHER[kind].format(f'"{name}"')
            where = f'"{source.id}" = (SELECT max("{source.id}") FROM {source.table})'
            rules = damaged(
                f'UPDATE {source.table} SET "{name}" = {value} WHERE {where}',
                then=lambda: found(folder),
                of=[source.table],
            )
            expected = "sealed_is_there" if name in (source.id, source.line) else "sealed_is_unchanged"
            assert expected in rules, (source.table, name)
    assert found(folder) == set()


LAST = "(SELECT max(number) FROM seal)"
SPARE = "sha256('another')"

DAMAGES = {
    "DELETE FROM posting WHERE transaction = (SELECT min(transaction) FROM posting)": "sealed_is_there",
    "DELETE FROM transaction WHERE id = (SELECT max(id) FROM transaction)": "sealed_is_there",
    "DELETE FROM audit_event": "sealed_is_there",
    # Two rows change places.
    "UPDATE transaction t SET description = CASE t.id WHEN s.one THEN 'b' ELSE 'a' END"
    " FROM (SELECT min(id) AS one, max(id) AS two FROM transaction) s WHERE t.id IN (s.one, s.two)": "sealed_is_unchanged",
    "UPDATE transaction SET description = '' WHERE description IS NULL": "sealed_is_unchanged",
    # Slipped in behind what is sealed.
    "UPDATE seal_mark SET version = version + 900; INSERT INTO posting SELECT transaction, owner, debit, credit, debit_version + 500,"
    " credit_version + 500, booked, 9, currency, amount, debit_balance, credit_balance FROM posting": "sealed_is_all",
    "INSERT INTO audit_event (id, owner, kind, detail) OVERRIDING SYSTEM VALUE SELECT 0, owner, kind, detail FROM audit_event LIMIT 1": "sealed_is_all",
    f"DELETE FROM seal WHERE number = {LAST} - 1": "chain_is_whole",
    f"DELETE FROM seal WHERE number = {LAST}": "head_is_kept",
    "DELETE FROM seal": "head_is_kept",
    f"UPDATE seal SET number = number + 5 WHERE number = {LAST}": "chain_is_whole",
    # Two blocks change places.
    f"UPDATE seal SET number = 1000 - number WHERE number IN ({LAST}, {LAST} - 1);"
    f" UPDATE seal SET number = (SELECT max(number) FROM seal WHERE number < 900) + number - (SELECT min(number) FROM seal WHERE number > 900) + 1 WHERE number > 900": "chain_is_whole",
    f"UPDATE seal SET signature = {SPARE} || {SPARE} WHERE number = {LAST}": "block_is_signed",
    "UPDATE seal SET heads = substr(heads, 20), hashes = substr(hashes, 33), rows = rows - 1 WHERE number = 2": "block_is_unchanged",
    "UPDATE seal SET hashes = overlay(hashes PLACING '\\x00' FROM 3) WHERE number = 2": "block_is_unchanged",
    "UPDATE seal SET heads = '', hashes = '', rows = 0 WHERE number = 2": "block_is_unchanged",
    "UPDATE seal SET sealed_at = sealed_at + interval '1 second' WHERE number = 2": "block_is_unchanged",
    "UPDATE seal SET reached = '{}' WHERE number = 2": "block_is_unchanged",
    "UPDATE seal SET reached = 'x' WHERE number = 2": "block_is_unchanged",
    f"UPDATE seal SET root = {SPARE} WHERE number = 2": "block_is_unchanged",
    f"UPDATE seal SET previous = {SPARE} WHERE number = 2": "chain_is_whole",
    f"UPDATE seal SET hash = {SPARE} WHERE number = 2": "block_is_unchanged",
    "UPDATE seal_layout SET columns = '{}'": "block_is_unchanged",
    "UPDATE seal_layout SET columns = replace(columns, 'bigint', 'bigint)), now()--')": "block_is_unchanged",
    "DELETE FROM seal_layout": "block_is_unchanged",
}


def test_each_kind_of_damage_is_found(books, folder, damaged):
    kept = sealing.known_head(folder)
    rules = set()
    for damage, expected in DAMAGES.items():
        seen = damaged(damage, then=lambda: found(folder, heads=[kept]))
        assert expected in seen, damage
        rules |= seen
    assert rules | {"erased_is_whole"} == set(seals.RULES)
    assert found(folder, heads=[kept]) == set()


def test_a_block_signed_with_another_key_is_found(books, folder):
    kept = (folder / keys.SEALS).read_text()
    (folder / keys.SEALS).write_bytes(base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
    assert found(folder) == {"block_is_signed"}
    with pytest.raises(Misconfigured, match="not in"):
        sealing.run(folder)
    (folder / keys.SEALS).unlink()
    with pytest.raises(Misconfigured, match="not in"):
        sealing.run(folder)
    assert not (folder / keys.SEALS).exists()
    newer = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    (folder / keys.SEALS).write_text(f"{newer}\n{kept}")
    assert found(folder) == set()


def test_sealing_stops_where_blocks_were_cut_off(books, folder, damaged):
    def refused():
        with pytest.raises(Misconfigured, match="not in the database") as fault:
            sealing.run(folder)
        return fault.value.code

    assert damaged(f"DELETE FROM seal WHERE number = {LAST}", then=refused) == "seals_cut_off"


def test_a_head_of_another_chain_is_refused(books, folder):
    last = sealing.known_head(folder)
    forged = chain.Head(last.number, bytes(32), keys.signers(folder)[0].sign(bytes(32)), last.sealed_at)
    later = chain.Head(last.number + 1, bytes(32), keys.signers(folder)[0].sign(bytes(32)), last.sealed_at)
    unsigned = chain.Head(last.number, last.hash, bytes(64), last.sealed_at)
    sentences = [f.sentence for f in proof(folder, heads=[last, forged, later, unsigned]).findings]
    assert ["made anew" in sentences[0], "cut off" in sentences[1], "not signed" in sentences[2]] == [True] * 3
    assert len(sentences) == 3


def test_an_erasure_raises_no_alarm_and_leaves_no_half(books, folder, admin):
    _, omar = books
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=omar.person)
    before = proof(folder).rows
    assert erasure.erase(omar.person, reason="asked") > 0
    after = proof(folder)
    assert after.findings == []
    assert 0 < after.rows < before
    assert sealing.run(folder) == 1
    assert found(folder) == set()
    # One of the rows that should be gone comes back.
    with system_work() as session:
        leaves = [leaf for block in seals._blocks(session) for leaf in block.leaves() if leaf.owner == omar.person]
    gone = next(leaf for leaf in leaves if leaf.table == sealed_rows.HEADER.code)
    admin(
        "INSERT INTO transaction (id, owner, kind, status, booked) OVERRIDING SYSTEM VALUE VALUES (:id, :owner, 3, 2, '2026-03-02')",
        id=gone.id,
        owner=omar.person,
    )
    assert found(folder) == {"erased_is_whole"}


def test_a_record_of_an_erasure_cannot_be_made_to_hide_rows(books, folder, admin, damaged):
    """What was sealed as somebody's is gone, and no record of an erasure says so."""
    maya, _ = books
    seen = damaged(f"DELETE FROM posting WHERE owner = {maya.person}", then=lambda: found(folder))
    assert seen == {"sealed_is_there"}


def test_one_person_is_checked_alone(books, folder, damaged, admin):
    maya, omar = books
    whole, his = proof(folder, owner=maya.person), proof(folder, owner=omar.person)
    assert whole.findings == his.findings == []
    assert whole.blocks == his.blocks
    both = proof(folder)
    assert whole.rows + his.rows == both.rows - 1  # the erasure's record belongs to nobody
    damage = f"UPDATE transaction SET description = 'x' WHERE owner = {omar.person}"
    assert damaged(damage, then=lambda: found(folder, owner=maya.person)) == set()
    assert damaged(damage, then=lambda: found(folder, owner=omar.person)) == {"sealed_is_unchanged"}


def test_nothing_is_missed_under_sixteen_writers(person, opened, folder, database):
    """Writers commit late and out of order, some not at all, while one seals without a pause."""
    people = [person(f"P{n}") for n in range(4)]
    held = [opened(who, "100000.00") for who in people]
    ending = threading.Event()
    faults = []

    def write(number):
        chance = random.Random(number)
        who, to = number % 4, (number + 1) % 4
        for n in range(12):
            item = Item(Kind.BETWEEN_PEOPLE, D(n + 1), "EUR", DAY, giving=held[who].id, key=f"{number}-{n}")

            def late(session, item=item):
                service.post(session, people[who], item, number=held[to].number)
                session.connection().execute(
                    text("SELECT tell(CAST(4 AS smallint), 0), pg_sleep(:s)"), {"s": chance.random() / 50}
                )
                if chance.random() < 0.2:
                    raise KeyError

            with contextlib.suppress(KeyError):
                perform(people[who].person, late)
            with system_work() as session:
                session.connection().execute(
                    text("SELECT set_role(:who, 'customer', 'x'), pg_sleep(:s)"),
                    {"who": people[to].person, "s": chance.random() / 100},
                )

    def seal():
        try:
            while not ending.is_set():
                sealing.run(folder, rows=7)
                if seen := found(folder):
                    faults.append(seen)
        except Exception as fault:
            faults.append(fault)

    sealer = threading.Thread(target=seal)
    sealer.start()
    writers = [threading.Thread(target=write, args=(n,)) for n in range(16)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    ending.set()
    sealer.join()
    assert faults == []
    sealing.run(folder)
    last = proof(folder)
    assert (last.findings, last.waiting) == ([], 0)
    with system_work() as session:
        leaves = [leaf for block in seals._blocks(session) for leaf in block.leaves()]
        assert len(leaves) == len(set(leaves))
        for source in sealed_rows.present(session):
            stored = session.connection().scalar(text(f"SELECT count(*) FROM {source.table}"))
            assert Counter(leaf.table for leaf in leaves)[source.code] == stored


SEALER = """
import sys
from pathlib import Path
from fintwin.db.engine import open_database
from fintwin.ledger import sealing
open_database(sys.argv[1], system=sys.argv[2], pool=2)
for _ in sys.stdin:
    print("sealing", flush=True)
    sealing.run(Path(sys.argv[3]), most=1, rows=1)
"""


def test_a_killed_sealer_leaves_nothing_half_done(person, opened, folder, database):
    who = person()
    for n in range(7):
        opened(who, "10.00", name=f"Account {n}")
    rounds = 0
    while proof(folder).waiting:
        arguments = [sys.executable, "-c", SEALER, database.app_url, database.system_url, str(folder)]
        with subprocess.Popen(
            arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            for _ in range(4):  # it is killed in the middle of its fourth block
                process.stdin.write("go\n")
                assert process.stdout.readline() == "sealing\n"
            process.kill()
        assert found(folder, heads=[sealing.known_head(folder)]) == set()
        rounds += 1
    assert rounds > 1
    assert proof(folder).rows == 14


def test_a_late_row_with_a_low_number_waits_for_its_writer(person, folder, database, monkeypatch):
    """A row that is numbered first and committed last is sealed too."""
    monkeypatch.setattr(sealing, "_PATIENCE", 0.1)
    who = person()
    insert = "INSERT INTO audit_event (owner, kind, detail) VALUES (:owner, 'x', 'x')"
    engine = create_engine(parsed(database.admin_url), poolclass=NullPool)
    with engine.connect() as slow, engine.connect() as fast:
        slow.execute(text(insert), {"owner": who.person})
        fast.execute(text(insert), {"owner": who.person})
        fast.commit()
        assert sealing.run(folder) == 0
        slow.commit()
    engine.dispose()
    assert sealing.run(folder) == 1
    assert proof(folder).rows == 2


@pytest.mark.parametrize(
    "table", ["seal", "seal_layout", "erasure", "audit_event", "classification_past", "posting", "transaction"]
)
def test_nobody_changes_or_takes_away_what_is_kept(books, admin, database, table):
    admin("UPDATE classification SET payee = 'Other'")
    [(column,)] = admin(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum = 1", table=table
    )
    change = "kind = 1 - kind" if table == "transaction" else f"{column} = DEFAULT"
    for damage in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"UPDATE {table} SET {change}"):
        with pytest.raises(DBAPIError, match="append-only"):
            admin(f"SET session_replication_role = replica; {damage}")


def test_a_header_without_postings_is_sealed_when_it_has_failed(books, folder, admin):
    maya, _ = books
    admin(
        "CREATE TABLE IF NOT EXISTS transaction_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner bigint NOT NULL,"
        " transaction bigint NOT NULL, kind smallint NOT NULL, reason varchar(500))"
    )
    [(system,)] = admin("SELECT system_role FROM installation")
    admin(f'GRANT SELECT ON transaction_event TO "{system}"')
    before = proof(folder).rows
    [(id,)] = admin("INSERT INTO transaction (owner, kind, status) VALUES (:who, 3, 1) RETURNING id", who=maya.person)
    assert sealing.run(folder) == 0
    admin("UPDATE transaction SET status = 4 WHERE id = :id", id=id)
    admin(
        "INSERT INTO transaction_event (owner, transaction, kind, reason) VALUES (:who, :id, 3, 'x')",
        who=maya.person,
        id=id,
    )
    assert sealing.run(folder) == 1
    after = proof(folder)
    assert (after.findings, after.rows) == ([], before + 2)
    admin(f"ALTER TABLE transaction DISABLE TRIGGER ALL; UPDATE transaction SET valued = now() WHERE id = {id}")
    assert found(folder) == {"sealed_is_unchanged"}


def test_accounts_are_not_taken_away(books, admin):
    with pytest.raises(DBAPIError, match="append-only"):
        admin("SET session_replication_role = replica; DELETE FROM account")
