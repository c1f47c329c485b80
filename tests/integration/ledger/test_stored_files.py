"""Each person's files take up so much and no more, and whoever is refused reads what to do."""

from datetime import date

import pytest

from fintwin.db.work import perform
from fintwin.kernel.errors import Refused
from fintwin.ledger import attachments, service, stored_files
from fintwin.settings import Settings
from fintwin.statements import service as imports
from tests.integration.payments.people import at_once

DAY = date(2026, 3, 2)
HALF = stored_files.MEGABYTE // 2


@pytest.fixture(autouse=True)
def one_megabyte(monkeypatch):
    monkeypatch.setattr(stored_files, "settings", lambda: Settings(_env_file=None, files_mb=1))


def do(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def attach(who, transaction, letter, size=HALF):
    return do(who, attachments.attach, transaction=transaction, name=f"{letter}.txt", data=letter.encode() * size)


@pytest.fixture
def spent(person, opened, key):
    def make(name):
        who = person(name)
        account = opened(who, "100.00")
        return who, do(who, service.withdraw, account=account.id, amount="1.00", key=key(), booked=DAY).transaction

    return make


def test_full_is_full_and_says_what_to_do(spent):
    maya, coffee = spent("Maya")
    attach(maya, coffee, "a")
    attach(maya, coffee, "b")
    assert do(maya, stored_files.used) == stored_files.room(maya)
    with pytest.raises(Refused, match=r"1 MB that each person has here\. Take away files") as full:
        attach(maya, coffee, "c", size=1)
    assert (full.value.code, full.value.field) == ("no_room", "file")
    with pytest.raises(Refused, match="1 MB that each person has here"):
        do(maya, imports.store_upload, name="bank.csv", data=b"x")
    assert [one.name for one in do(maya, attachments.attachments, transaction=coffee)] == ["a.txt", "b.txt"]


def test_the_same_file_again_needs_no_room(spent):
    maya, coffee = spent("Maya")
    attach(maya, coffee, "a")
    attach(maya, coffee, "b")
    attach(maya, coffee, "b")
    do(maya, imports.store_upload, name="b.csv", data=b"b" * HALF)


def test_a_person_fills_nobody_elses_room(spent):
    maya, coffee = spent("Maya")
    omar, tea = spent("Omar")
    for letter in "ab":
        attach(maya, coffee, letter)
        attach(omar, tea, letter)


def test_the_bin_gives_way(spent, admin):
    maya, coffee = spent("Maya")
    first = attach(maya, coffee, "a")
    attach(maya, coffee, "b")
    do(maya, attachments.detach, uuid=first.uuid)
    attach(maya, coffee, "c", size=HALF)
    assert [one.name for one in do(maya, attachments.attachments, transaction=coffee)] == ["b.txt", "c.txt"]
    assert admin("SELECT count(*) FROM blob") == [(2,)]


def test_a_binned_file_stays_where_there_is_room(spent):
    maya, coffee = spent("Maya")
    first = attach(maya, coffee, "a")
    do(maya, attachments.detach, uuid=first.uuid)
    attach(maya, coffee, "b")
    assert do(maya, attachments.bring_back, uuid=first.uuid).name == "a.txt"


def test_a_bank_file_in_use_is_not_swept_with_the_bin(spent, admin):
    maya, coffee = spent("Maya")
    do(maya, imports.store_upload, name="a.csv", data=b"a" * HALF)
    first = attach(maya, coffee, "a")
    do(maya, attachments.detach, uuid=first.uuid)
    attach(maya, coffee, "b")
    with pytest.raises(Refused):
        attach(maya, coffee, "c")
    assert admin("SELECT count(*) FROM statement_import i JOIN blob b ON b.id = i.blob") == [(1,)]


def test_a_discarded_import_makes_room(spent):
    maya, coffee = spent("Maya")
    uuid = do(maya, imports.store_upload, name="a.csv", data=b"a" * HALF)
    attach(maya, coffee, "b")
    do(maya, imports.discard, uuid=uuid)
    attach(maya, coffee, "c")


def test_files_sent_at_once_do_not_fit_into_the_same_room(spent):
    maya, coffee = spent("Maya")
    answers = at_once([lambda letter=letter: attach(maya, coffee, letter) for letter in "abcdef"])
    assert sum(not isinstance(one, Refused) for one in answers) == 2
    assert do(maya, stored_files.used) == stored_files.room(maya)


def test_a_demo_has_less(monkeypatch, person):
    monkeypatch.setattr(stored_files, "settings", lambda: Settings(_env_file=None))
    assert stored_files.room(person("Maya")) == 1024 * stored_files.MEGABYTE
    assert stored_files.room(person("Dee", issuer="demo")) == 50 * stored_files.MEGABYTE
