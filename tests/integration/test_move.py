"""Books move house: backed up while in use, restored elsewhere, proved, and lived in."""

import asyncio
import contextlib
import threading

import pytest

from fintwin import cli
from fintwin.db import home
from fintwin.db.engine import app_engine
from fintwin.db.work import work
from fintwin.demo import service as demo
from fintwin.events import dispatcher, live
from fintwin.events.outbox import Kind
from fintwin.identity.service import Browser
from fintwin.ledger import accounts, result, sealing
from fintwin.ledger import service as ledger
from fintwin.settings import Settings, settings


@pytest.fixture
def command(monkeypatch, capsys):
    """Run `fintwin ...` on a data directory: its exit code and its words."""

    def run(folder, *arguments):
        monkeypatch.setenv("FINTWIN_DATA_DIR", str(folder))
        monkeypatch.setenv("FINTWIN_ENV_FILE", "")
        settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(part) for part in arguments])
        settings.cache_clear()
        return ended.value.code, "".join(capsys.readouterr())

    for name in ("DATABASE_URL", "FINTWIN_APP_DATABASE_URL", "FINTWIN_SYSTEM_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield run
    settings.cache_clear()


def standing(who):
    with work(who.person) as session:
        return result.net_worth(session, who), accounts.accounts(session, who)


def test_books_move_house(command, tmp_path, monkeypatch):
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "books.fintwin"
    monkeypatch.setenv("FINTWIN_DATA_DIR", str(old))
    settings.cache_clear()
    with home.opened(Settings(_env_file=None, data_dir=old)):
        maya = demo.open(Browser(locale="en-GB", zone="Europe/London"), seed=1).who
        before = standing(maya)
        assert sealing.run(old, most=1, rows=300) == 1  # the rest is sealed after the move
        assert command(old, "backup", file)[0] == 0

    assert command(new, "restore", file)[0] == 0
    code, said = command(new, "verify")
    assert code == 0, said
    assert "The books are whole" in said
    assert "1 blocks seal" in said
    assert "newer entries wait for the next block" in said
    code, said = command(new, "restore", file)
    assert code == 1
    assert "not empty" in said

    with home.opened(Settings(_env_file=None, data_dir=new)):
        assert standing(maya) == before
        stop = threading.Event()
        thread = threading.Thread(target=dispatcher.run, args=(stop,))
        thread.start()
        try:
            assert asyncio.run(told(maya)) is Kind.POSTED
        finally:
            stop.set()
            thread.join()
        assert sealing.run(new) > 0
    head = tmp_path / "head.json"
    code, said = command(new, "seals", "export", head)
    assert code == 0, said
    assert command(new, "seals", "export", head)[0] == 1  # nothing is written over
    code, said = command(new, "verify", "--head", head)
    assert code == 0, said
    assert "newer entries wait" not in said
    assert "is in the chain" in said
    assert "Seals are signed with the public key" in command(new, "keys")[1]
    # The old house never saw the new blocks.
    code, said = command(old, "verify", "--head", head)
    assert code == 1
    assert "head_is_kept" in said
    assert command(new, "verify", "--head", file)[0] == 1
    assert command(new, "seals", "export", head / "nowhere")[0] == 1


async def told(who):
    """Post to the first account, and say what a tab of that person hears."""
    address = app_engine().url.render_as_string(hide_password=False)
    async with live.running(address) as hub:
        tab = hub.subscribe(who.person)
        with contextlib.suppress(TimeoutError):
            while True:
                await asyncio.wait_for(tab.get(), 1)
        await asyncio.to_thread(deposit, who)
        while (kind := await asyncio.wait_for(tab.get(), 20)) is Kind.EVERYTHING:
            pass
        hub.unsubscribe(who.person, tab)
        return kind


def deposit(who):
    with work(who.person) as session:
        first = accounts.accounts(session, who)[0]
        ledger.deposit(session, who, account=first.id, amount="12.50", key="after-the-move")
