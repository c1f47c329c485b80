"""What tests declare is forgotten again."""

import pytest

from fintwin.events import jobs, outbox


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(jobs, "_declared", {})
