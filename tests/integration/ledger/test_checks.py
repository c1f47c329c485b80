"""A person has their own books checked, learns what was found in them, and nothing of anybody else's."""

import pytest

from fintwin.db.under import under
from fintwin.db.work import system_work, work
from fintwin.events import outbox
from fintwin.events.outbox import Kind
from fintwin.kernel.errors import Conflict
from fintwin.kernel.ids import reference
from fintwin.ledger import chain, checks, sealing, service
from fintwin.settings import settings


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FINTWIN_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def two(person, opened, key):
    maya, omar = person(), person("Omar")
    here, his = opened(maya, "100.00"), opened(omar, "50.00")
    with work(maya.person) as session:
        service.pay_person(session, maya, account=here.id, number=his.number, amount="10.00", key=key())
    return maya, omar


def standing(who):
    with work(who.person, read_only=True) as session:
        return checks.standing(session, who)


def ask(who):
    with work(who.person) as session:
        checks.ask(session, who)


def test_before_anything_is_sealed(two):
    maya, _ = two
    now = standing(maya)
    assert (now.entries, now.sealed, now.head, now.check) == (2, 0, None, None)


def test_whole_books_are_said_to_be_whole(two, folder):
    maya, omar = two
    with under("worker:ledger.seal"):  # as its job does
        sealing.run(folder)
    ask(maya)
    assert standing(maya).check.status == "asked"
    with pytest.raises(Conflict):
        ask(maya)
    with system_work() as session:
        told = outbox.take(session, most=100)
        assert [e.owner for e in told if e.kind == Kind.CHECK_ASKED] == [maya.person]
    with under("worker:ledger.check"):
        checks.check(maya.person)
    now = standing(maya)
    assert (now.check.status, list(now.check.findings)) == ("done", [])
    assert now.check.rules == now.check.held > 10
    assert (now.entries, now.sealed, now.check.sealed) == (2, 2, 4)
    assert now.head.number == 1
    assert chain.read_head(chain.head_text(now.head)) == now.head
    assert standing(omar).check is None
    ask(maya)


def test_what_is_wrong_is_told_to_its_owner_alone(two, folder, admin):
    maya, omar = two
    sealing.run(folder)
    [(id,)] = admin("SELECT max(id) FROM transaction WHERE owner = :id", id=omar.person)
    admin(
        "ALTER TABLE transaction DISABLE TRIGGER ALL; UPDATE transaction SET description = 'x' WHERE id = "
        f"{id}; UPDATE account SET posted_balance = posted_balance + 1 WHERE owner = {omar.person} AND custody = 'held'"
    )
    for who in two:
        ask(who)
        checks.check(who.person)
    assert list(standing(maya).check.findings) == []
    check = standing(omar).check
    assert check.held == check.rules - 1
    assert any(f"Transaction {reference(id)}: it is not as it was sealed" in one for one in check.findings)
    assert any(one.startswith("Account Everyday: the balance is not the sum of its entries") for one in check.findings)
    assert len(check.findings) == 2


def test_a_check_without_a_worker_can_be_asked_for_again(two, folder, admin):
    maya, _ = two
    sealing.run(folder)
    ask(maya)
    admin("UPDATE seal_check SET heard_at = now() - interval '11 minutes'")
    assert standing(maya).check.status == "failed"
    ask(maya)
    checks.give_up(maya.person)
    assert standing(maya).check.status == "failed"
    ask(maya)


def test_a_check_of_one_who_left_says_nothing(two, folder, admin):
    sealing.run(folder)
    checks.check(987654)
    assert admin("SELECT count(*) FROM seal_check") == [(0,)]


def test_the_app_reads_no_block(two, folder):
    maya, _ = two
    sealing.run(folder)
    with work(maya.person) as session, pytest.raises(Exception, match="permission denied"):
        session.connection().exec_driver_sql("SELECT * FROM seal")
    with work(None) as session:
        assert session.connection().exec_driver_sql("SELECT * FROM own_seal()").all() == []
