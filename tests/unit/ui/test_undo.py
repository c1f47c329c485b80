"""The line that offers to undo goes after its time, and a newer one stays."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from fintwin.ui import undo
from fintwin.ui.undo import Step, Undo


@pytest.fixture
def line(monkeypatch):
    """The state of a tab that was just offered a way back, and for how long each line stood."""
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    @asynccontextmanager
    async def flushed(_state):
        yield

    monkeypatch.setattr(undo.asyncio, "sleep", sleep)
    monkeypatch.setattr(undo, "flushing", flushed)
    state = Undo(_reflex_internal_init=True)
    state._offer("Deleted.", Step("restore", (1,)))
    return state, slept


def expire(state, number):
    asyncio.run(Undo.event_handlers["expire"].fn(state, number))


def test_a_line_goes_after_ten_seconds(line):
    state, slept = line
    expire(state, state.number)
    assert (state.sentence, state.undoable, state._step) == ("", False, None)
    assert slept == [10]


def test_the_time_of_an_older_line_leaves_a_newer_one(line):
    state, _ = line
    older, newer = state.number, Step("restore", (2,))
    state._offer("Deleted once more.", newer)
    expire(state, older)
    assert (state.sentence, state.undoable, state._step) == ("Deleted once more.", True, newer)
    expire(state, state.number)
    assert not state.undoable
