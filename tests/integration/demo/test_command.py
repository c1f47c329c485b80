import pytest

from fintwin import cli


def test_one_command_makes_a_household(database, admin, monkeypatch, capsys):
    monkeypatch.setenv("FINTWIN_APP_DATABASE_URL", database.app_url)
    monkeypatch.setenv("FINTWIN_SYSTEM_DATABASE_URL", database.system_url)
    monkeypatch.setenv("DATABASE_URL", database.admin_url)
    cli.settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo", "--locale", "en-GB", "--zone", "Europe/London"])
    cli.settings.cache_clear()
    assert ended.value.code == 0
    assert "A demo household in GBP is ready" in capsys.readouterr().out
    assert admin("SELECT name FROM person WHERE subject LIKE 'ready:%' ORDER BY id") == [("Maya Rao",), ("Ben Rao",)]
