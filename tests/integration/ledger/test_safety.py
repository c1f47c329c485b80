"""What the database itself holds, whoever writes the code above it."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fintwin.db import migrate
from fintwin.db.address import parsed
from fintwin.db.work import sqlstate, system_work, work
from fintwin.ledger import service

TABLES = ("account", "transaction", "posting", "hold", "category", "classification", "classification_past")


@pytest.fixture
def books(person, opened, key):
    maya, omar = person(), person("Omar")
    here, his = opened(maya, "100.00"), opened(omar)
    with work(maya.person) as session:
        service.pay_person(session, maya, account=here.id, number=his.number, amount="10.00", key=key())
    return maya, omar, here, his


def test_the_app_may_not_write_money(books):
    maya, *_ = books
    for statement in (
        "INSERT INTO posting SELECT * FROM posting",
        "UPDATE posting SET amount = amount + 1",
        "DELETE FROM posting",
        "TRUNCATE posting",
        "INSERT INTO transaction (owner, kind, status) VALUES (current_person(), 2, 1)",
        "UPDATE transaction SET status = 2",
        "DELETE FROM transaction",
        "UPDATE account SET posted_balance = 1000000",
        "UPDATE account SET credit_limit = 1000000",
        "UPDATE account SET held_balance = 0",
        "UPDATE account SET owner = owner",
        "UPDATE account SET currency = 'USD'",
        "UPDATE account SET version = 0",
        "UPDATE account SET number = '00000000000000'",
        "DELETE FROM account",
        "INSERT INTO account (owner, name, class, custody, type, currency, posted_balance) VALUES (current_person(), 'x', 'asset', 'tracked', 'cash', 'EUR', 5)",
        "INSERT INTO account (owner, name, class, custody, type, currency, number, known_since, credit_limit) VALUES (current_person(), 'x', 'asset', 'held', 'cash', 'EUR', '1', '2026-01-01', 5)",
        "INSERT INTO hold SELECT * FROM hold",
        "DELETE FROM classification",
        "UPDATE classification SET owner = owner",
        "DELETE FROM classification_past",
        "SELECT nextval('transfer_number')",
        "SELECT ledger_nominal(1, 'EUR', 'income')",
        "SELECT gate_verdict(1, 1, 1::smallint, 1, 1)",
    ):
        with pytest.raises(DBAPIError) as caught, work(maya.person) as session:
            session.connection().exec_driver_sql(statement)
        assert sqlstate(caught.value) == "42501", statement


def test_no_row_of_a_person_points_at_another_persons_transaction(books, admin, imported):
    maya, omar, *_ = books
    [(own,)] = admin("SELECT max(id) FROM transaction WHERE owner = :owner", owner=maya.person)
    [(his,)] = admin("SELECT max(id) FROM transaction WHERE owner = :owner", owner=omar.person)
    file = imported(maya)
    classify = "INSERT INTO classification (owner, transaction, matched) VALUES (current_person(), :one, :two)"
    row = (
        "INSERT INTO statement_row (owner, imported, number, part, line, verdict, found, transaction)"
        " VALUES (current_person(), :file, :number, 0, 1, 'error', 'error', :one)"
    )
    good = {"one": own, "two": own, "file": file, "number": 1}
    bad = good | {"number": 2}
    for statement, values in (
        (classify, bad | {"one": his}),
        (classify, bad | {"two": his}),
        (row, bad | {"one": his}),
        ("UPDATE classification SET matched = :two", bad | {"two": his}),
        ("UPDATE statement_row SET transaction = :one", bad | {"one": his}),
    ):
        with pytest.raises(DBAPIError) as caught, work(maya.person) as session:
            session.connection().execute(text(classify), good)
            session.connection().execute(text(row), good)
            session.connection().execute(text(statement), values)
        assert sqlstate(caught.value) == "42501", statement


def test_not_even_an_administrator_rewrites_history(books, admin, database):
    def rows():
        return [admin(f"SELECT x::text FROM {table} x ORDER BY 1") for table in ("posting", "transaction")]

    before = rows()
    engine = create_engine(parsed(database.admin_url), poolclass=NullPool)
    for statement in (
        "UPDATE posting SET amount = amount + 1",
        "UPDATE posting SET booked = booked",
        "DELETE FROM posting",
        "TRUNCATE posting",
        "UPDATE transaction SET description = 'other'",
        "UPDATE transaction SET booked = booked - 1",
        "UPDATE transaction SET key = gen_random_uuid(), fingerprint = 1",
        "UPDATE transaction SET owner = owner + 1",
        "DELETE FROM transaction",
        "TRUNCATE transaction CASCADE",
    ):
        for role in ("origin", "replica"):
            with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
                connection.exec_driver_sql("SELECT set_config('app.erasing', '999999', true)")
                connection.exec_driver_sql(f"SET LOCAL session_replication_role = {role}")
                connection.exec_driver_sql(statement)
            assert sqlstate(caught.value) == "LG900", statement
    assert rows() == before


def test_no_row_can_be_out_of_balance(books, admin):
    for statement, rule in (
        ("UPDATE account SET posted_balance = -0.01 WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET held_balance = posted_balance + 1 WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET posted_balance = 'NaN' WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET status = 'closed' WHERE posted_balance > 0", "ck_account_sound"),
        ("UPDATE account SET posted_balance = 1 WHERE custody IS NULL", "ck_account_sound"),
        ("UPDATE account SET credit_limit = 'NaN' WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET credit_limit = -1 WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET held_balance = -1 WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET held_balance = 'NaN' WHERE custody = 'held'", "ck_account_sound"),
        ("UPDATE account SET name = ' '", "ck_account_name"),
        ("UPDATE account SET currency = 'eur'", "ck_account_currency"),
        ("UPDATE account SET custody = 'lost' WHERE custody = 'held'", "ck_account_custody"),
        ("UPDATE account SET custody = NULL WHERE custody = 'held'", "ck_account_"),
        ("UPDATE account SET status = 'gone' WHERE custody = 'held'", "ck_account_status"),
        ("UPDATE account SET type = 'people' WHERE custody = 'held'", "ck_account_type"),
        ("UPDATE account SET type = 'checking' WHERE custody IS NULL", "ck_account_type"),
        ("UPDATE account SET class = 'liability' WHERE type = 'checking'", "ck_account_class"),
        ("UPDATE account SET class = 'asset' WHERE type = 'people'", "ck_account_class"),
        ("UPDATE account SET number = NULL WHERE custody = 'held'", "ck_account_number"),
        ("UPDATE account SET number = id::text WHERE custody IS NULL", "ck_account_number"),
        ("UPDATE account SET known_since = NULL WHERE custody = 'held'", "ck_account_known"),
        ("UPDATE account SET status = 'frozen' WHERE custody = 'held'", "ck_account_blocked"),
        ("UPDATE account SET blocked_by = 'self' WHERE custody = 'held'", "ck_account_blocked"),
        ("UPDATE account SET status = 'frozen', blocked_by = 'cat' WHERE custody = 'held'", "ck_account_blocked"),
        ("UPDATE account SET blocked_reason = 'why' WHERE custody = 'held'", "ck_account_blocked"),
        (
            "INSERT INTO posting SELECT transaction, owner, debit, credit, debit_version, credit_version, booked, 2, currency, 'NaN', debit_balance, credit_balance FROM posting",
            "ck_posting_amount",
        ),
        (
            "INSERT INTO posting SELECT transaction, owner, debit, credit, debit_version, credit_version, booked, 2, currency, 0, debit_balance, credit_balance FROM posting",
            "ck_posting_amount",
        ),
        (
            "INSERT INTO posting SELECT transaction, owner, debit, debit, debit_version, credit_version, booked, 2, currency, 1, debit_balance, credit_balance FROM posting",
            "ck_posting_sides",
        ),
        (
            "INSERT INTO posting SELECT transaction, owner, debit, credit, debit_version, credit_version, booked, 2, currency, 1, debit_balance, credit_balance FROM posting",
            "uq_posting_",
        ),
        (
            "INSERT INTO posting SELECT transaction, owner, debit, credit, debit_version + 9, credit_version + 9, booked + 1, 2, currency, 1, debit_balance, credit_balance FROM posting",
            "fk_posting_transaction",
        ),
        (
            "INSERT INTO posting SELECT transaction, owner, debit, credit, debit_version + 9, credit_version + 9, booked, 2, 'USD', 1, debit_balance, credit_balance FROM posting",
            "fk_posting_",
        ),
        (
            "INSERT INTO posting SELECT p.transaction, p.owner, (SELECT a.id FROM account a WHERE a.owner <> p.owner LIMIT 1), p.credit, 99, p.credit_version + 9, booked, 2, currency, 1, 1, credit_balance FROM posting p WHERE credit_version IS NOT NULL",
            "fk_posting_debit",
        ),
    ):
        with pytest.raises(DBAPIError) as caught:
            admin(statement)
        assert rule in str(caught.value.orig), statement


def test_another_person_sees_nothing(books):
    _, omar, here, _ = books
    with work(omar.person) as session:
        for table in TABLES:
            owners = session.connection().execute(text(f"SELECT DISTINCT owner FROM {table}")).scalars().all()
            assert set(owners) <= {omar.person}
        assert session.connection().scalar(text("SELECT count(*) FROM entry WHERE account = :a"), {"a": here.id}) == 0
    with work(None) as session:
        for table in (*TABLES, "entry"):
            assert session.connection().scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_the_doors_ask_who_is_there(database):
    for call in (
        "SELECT * FROM post(2::smallint, NULL, 1, NULL, 1, 'EUR', '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, gen_random_uuid(), 1)",
        "SELECT * FROM post_batch('[{\"kind\": 2}]'::jsonb)",
    ):
        with pytest.raises(DBAPIError) as caught, work(None) as session:
            session.connection().exec_driver_sql(call)
        assert sqlstate(caught.value) == "LG020"


def test_the_other_doors_answer_nobody_with_nothing(books):
    *_, his = books
    with work(None) as session:
        connection = session.connection()
        assert connection.execute(text("SELECT * FROM payee_by_number(:n)"), {"n": his.number}).all() == []
        assert (
            connection.execute(text("SELECT * FROM counterparts(ARRAY(SELECT generate_series(1, 1000)))")).all() == []
        )
        empty = "jsonb_populate_record(CAST(NULL AS register_filter), '{}')"
        assert connection.execute(text(f"SELECT * FROM search_register({empty}, NULL, NULL, 50)")).all() == []
        assert connection.execute(text(f"SELECT * FROM sum_register({empty})")).all() == []


def test_a_transfer_of_others_has_no_counterpart_for_me(books, person):
    eve = person("Eve")
    with work(eve.person) as session:
        assert service.counterparts(session, transfers=range(1, 100)) == {}


def test_a_refusal_says_nothing_of_anothers_balance(books):
    maya, _, _, his = books
    with pytest.raises(DBAPIError) as caught, work(maya.person) as session:
        session.connection().execute(
            text(
                "SELECT * FROM post(3::smallint, :his, NULL, NULL, 1, 'EUR', '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, gen_random_uuid(), 1)"
            ),
            {"his": his.id},
        )
    assert sqlstate(caught.value) == "LG002"
    assert not caught.value.orig.diag.message_detail


def test_the_system_role_reads_but_does_not_write(books):
    with system_work() as session:
        assert session.connection().scalar(text("SELECT count(DISTINCT owner) FROM posting")) == 2
    for statement in ("DELETE FROM posting", "UPDATE account SET posted_balance = 0", "SELECT * FROM post_batch('[]')"):
        with pytest.raises(DBAPIError) as caught, system_work() as session:
            session.connection().exec_driver_sql(statement)
        assert sqlstate(caught.value) == "42501"


def test_both_people_are_told_once(books, admin):
    maya, omar, *_ = books
    rows = admin(
        "SELECT o.owner, count(*) FROM outbox o JOIN transaction t ON t.id = o.what AND t.kind = 5 WHERE o.kind = 1 GROUP BY o.owner"
    )
    assert sorted(rows) == sorted([(maya.person, 1), (omar.person, 1)])


def test_the_books_go_down_and_up_again(database):
    migrate.downgrade(database.admin_url, to="0003")
    migrate.upgrade(database.admin_url)
    migrate.check(database.admin_url)
