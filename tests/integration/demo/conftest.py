"""Every test of this room has a database and a data directory of its own."""

import pytest

from fintwin.settings import settings


@pytest.fixture(autouse=True)
def data_dir(database, tmp_path, monkeypatch):
    monkeypatch.setenv("FINTWIN_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield tmp_path / "data"
    settings.cache_clear()
