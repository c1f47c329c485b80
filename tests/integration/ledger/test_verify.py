"""Whole books raise no finding; each kind of damage is found and named."""

from datetime import date
from decimal import Decimal as D

import pytest

from fintwin.db.work import system_work, work
from fintwin.kernel.money import currency
from fintwin.ledger import pending, posting, reconciliation, reversal, rollups, service, verify
from fintwin.ledger.posting import Item, Kind

DAY = date(2026, 3, 2)


@pytest.fixture
def books(person, opened, key):
    maya, omar = person(), person("Omar")
    here, there, his = opened(maya, "100.00"), opened(maya, custody="tracked"), opened(omar, "5.00")
    other = opened(maya, "9.00", custody="tracked", name="Other", opened=date(2026, 1, 1))
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
        service.post_batch(session, maya, [Item(Kind.WITHDRAWAL, D(1000), "EUR", DAY, giving=here.id)])
        spent = service.deposit(session, maya, account=there.id, amount="50.00", key=key(), booked=DAY)
        reversal.take_back(session, maya, transaction=spent.transaction, amount="20.00", key=key())
        pending.hold(session, maya, kind=Kind.WITHDRAWAL, account=here.id, amount="4.00", key=key())
        reconciliation.assert_balance(session, maya, account=other.id, day=DAY, balance="9.00")
    with system_work() as session:
        rollups.roll_up(session, behind=1)


def found():
    with system_work() as session:
        return {finding.rule for finding in verify.run(session)}


def test_whole_books_raise_no_finding(books):
    assert found() == set()


def test_each_kind_of_damage_is_found(books, admin):
    """Each damage is done past every trigger and constraint, looked at, and undone."""
    loose = "SET LOCAL session_replication_role = replica; ALTER TABLE posting DISABLE TRIGGER ALL; ALTER TABLE transaction DISABLE TRIGGER ALL;"
    admin("CREATE TABLE kept_posting AS TABLE posting")
    admin("CREATE TABLE kept_transaction AS TABLE transaction")
    admin("CREATE TABLE kept_account AS TABLE account")
    admin("CREATE TABLE kept_rollup AS TABLE rollup")
    admin("CREATE TABLE kept_head AS TABLE rollup_head")
    damages = {
        "UPDATE account SET posted_balance = posted_balance + 1 WHERE custody = 'tracked'": {"balance_is_sum"},
        "UPDATE account SET version = version + 1 WHERE custody = 'tracked'": {"versions_without_gap"},
        "UPDATE posting SET debit_balance = debit_balance + 1 WHERE debit_version = 1": {"running_balance"},
        "DELETE FROM posting WHERE transaction = (SELECT max(transaction) FROM posting)": {
            "balance_is_sum",
            "versions_without_gap",
            "no_orphan",
        },
        "UPDATE transaction SET owner = owner + 1 WHERE id = (SELECT max(transaction) FROM posting)": {"one_owner"},
        "UPDATE transaction SET imported = 1 WHERE id = (SELECT max(id) FROM transaction)": {"imported_once"},
        "UPDATE transaction SET status = 6 WHERE kind = 2 AND id NOT IN (SELECT related FROM transaction WHERE kind = 7)": {
            "reversals_sum_to_the_whole"
        },
        "UPDATE posting SET amount = 50 WHERE transaction = (SELECT id FROM transaction WHERE kind = 7 AND status = 2)": {
            "reversals_sum_to_the_whole"
        },
        "UPDATE transaction SET status = 2 WHERE kind = 7": {"reversal_mirrors"},
        "UPDATE transaction SET status = 4, booked = NULL WHERE status = 1": {
            "status_has_its_event",
            "pending_has_a_hold",
        },
        "UPDATE transaction SET status = 3 WHERE status = 2 AND kind = 3": {"status_has_its_event"},
        "UPDATE account SET locked_until = '2026-03-03' WHERE name = 'Other'": {"locked_balances_hold"},
        "UPDATE posting SET amount = 8 WHERE debit = (SELECT id FROM account WHERE name = 'Other')": {
            "locked_balances_hold",
            "balance_is_sum",
        },
        "UPDATE transaction SET status = 2 WHERE id = (SELECT related FROM transaction WHERE kind = 7 AND status = 6)": {
            "reversal_mirrors"
        },
        "UPDATE posting SET credit = debit, debit = credit, debit_version = 91, credit_version = 92 WHERE transaction = (SELECT related FROM transaction WHERE kind = 7 AND status = 6)": {
            "reversal_mirrors"
        },
        "UPDATE posting SET amount = 9 WHERE transaction = (SELECT max(id) FROM transaction WHERE kind = 5)": {
            "people_sum_to_zero",
            "balance_is_sum",
        },
        "UPDATE transaction SET transfer = transfer + 99 WHERE id = (SELECT max(id) FROM transaction WHERE kind = 5)": {
            "people_sum_to_zero"
        },
        "UPDATE account SET held_balance = 1 WHERE custody = 'held'": {"holds_are_kept_back"},
        "UPDATE posting SET debit_version = 1, debit_balance = 0 WHERE transaction = (SELECT max(id) FROM transaction WHERE kind = 3 AND status = 2)": {
            "real_sides_are_numbered"
        },
        "UPDATE classification SET owner = (SELECT max(id) FROM person)": {"meaning_has_the_same_owner"},
        "UPDATE posting SET credit = (SELECT max(id) FROM account WHERE type = 'opening' AND owner = posting.owner)"
        " WHERE transaction = (SELECT min(id) FROM transaction WHERE kind = 2)": {"sides_fit_the_kind"},
        "UPDATE transaction SET kind = 4 WHERE id = (SELECT max(id) FROM transaction WHERE kind = 3 AND status = 2)": {
            "sides_fit_the_kind"
        },
        "UPDATE transaction SET kind = 3 WHERE kind = 4": {"sides_fit_the_kind"},
        "UPDATE classification SET matched = transaction": {"matched_is_mutual"},
        "UPDATE rollup SET outflows = outflows + 1 WHERE outflow > 0": {"rollup_is_sum"},
        "UPDATE rollup SET month = month + interval '1 month' WHERE inflow > 0": {"rollup_is_sum"},
        "DELETE FROM rollup": {"rollup_is_sum"},
        "UPDATE rollup_head SET made = made + 1": {"rollups_have_a_head"},
        "DELETE FROM rollup; ALTER TABLE rollup_head DISABLE TRIGGER ALL; DELETE FROM rollup_head": {
            "rollups_have_a_head"
        },
        "UPDATE classification SET matched = (SELECT max(id) FROM transaction WHERE owner = classification.owner)": {
            "matched_is_mutual"
        },
        "UPDATE classification SET matched = (SELECT max(id) FROM transaction WHERE owner <> classification.owner)": {
            "matched_is_mutual"
        },
    }
    rules = set()
    for damage, expected in damages.items():
        admin(f"{loose} {damage.replace(':', '::')}")
        assert expected <= found(), damage
        rules |= expected
        admin(
            f"""{loose}
            DELETE FROM posting; DELETE FROM transaction;
            INSERT INTO transaction OVERRIDING SYSTEM VALUE SELECT * FROM kept_transaction;
            INSERT INTO posting SELECT * FROM kept_posting;
            UPDATE account a SET posted_balance = k.posted_balance, held_balance = k.held_balance, version = k.version, locked_until = k.locked_until FROM kept_account k WHERE k.id = a.id;
            DELETE FROM rollup; DELETE FROM rollup_head;
            INSERT INTO rollup_head SELECT * FROM kept_head;
            INSERT INTO rollup SELECT * FROM kept_rollup;
            UPDATE classification c SET owner = t.owner, matched = NULL FROM transaction t WHERE t.id = c.transaction;
            """
        )
        assert found() == set()
    elsewhere = {"owner_exists", "parts_sum_to_the_whole", "largest_part_leads", "payment_says_what_moved"}
    assert rules | elsewhere == {rule.name for rule in verify.RULES}


def test_two_legs_matched_with_each_other_are_whole(books, admin):
    [(one, two, owner)] = admin("SELECT min(id), max(id), owner FROM transaction WHERE kind = 3 GROUP BY owner")
    admin("DELETE FROM classification")
    admin(
        "INSERT INTO classification (owner, transaction, matched) VALUES (:owner, :one, :two), (:owner, :two, :one)",
        owner=owner,
        one=one,
        two=two,
    )
    assert found() == set()


def test_rows_left_behind_by_an_erasure_are_found(books, admin):
    [(omar,)] = admin("SELECT id FROM person WHERE name = 'Omar'")
    admin("INSERT INTO erasure (person, reason, rows, transfers) VALUES (:omar, 'asked', 1, '{}')", omar=omar)
    assert found() == {"erased_left_nothing"}
    with system_work() as session:
        sentences = {finding.sentence for finding in verify.run(session)}
    assert f"Person {omar}: erased, but rows are left (account 3)." in sentences
    assert f"Person {omar}: erased, but rows are left (person 1)." in sentences


def test_a_transaction_of_nobody_is_found(books, admin):
    admin("INSERT INTO transaction (owner, kind, status) VALUES (999999, 3, 1)")
    assert found() == {"owner_exists", "pending_has_a_hold"}


def test_parts_that_are_not_the_whole_are_found(books, admin):
    admin(
        """
        WITH shop AS (SELECT owner, transaction FROM classification WHERE payee = 'Shop'),
        label AS (INSERT INTO category (owner, name, flow) SELECT owner, n, 'out' FROM shop, unnest('{Apples,Bread}'::text[]) n RETURNING id, owner, name),
        leads AS (UPDATE classification c SET category = l.id FROM label l, shop WHERE c.transaction = shop.transaction AND l.name = 'Apples')
        INSERT INTO split (owner, transaction, line, category, amount)
        SELECT shop.owner, transaction, row_number() OVER (ORDER BY name), id, CASE name WHEN 'Apples' THEN 2 ELSE 1 END FROM shop, label
        """.replace("::", "\\:\\:")
    )
    assert found() == set()
    for damage, rule in (
        ("UPDATE split SET amount = amount - 0.01 WHERE line = 2", "parts_sum_to_the_whole"),
        ("UPDATE split SET amount = amount + 0.01 WHERE line = 2", None),
        ("UPDATE split SET amount = 3 - amount", "largest_part_leads"),
    ):
        admin(f"SET LOCAL session_replication_role = replica; ALTER TABLE split DISABLE TRIGGER ALL; {damage}")
        assert found() == ({rule} if rule else set())
