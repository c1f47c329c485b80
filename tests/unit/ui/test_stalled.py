"""A page whose load fails because the books are busy says so in its own place, until it is read after all."""

import asyncio

import pytest
import reflex as rx

from fintwin.kernel.errors import Busy, Refused
from fintwin.ui.state import Page
from fintwin.web.gate import Tab


class Slow(Page, rx.State):
    """Reads in two steps; what it meets is its class's."""

    loaded: bool = False
    _meets: list[Exception | None] = []

    @rx.event
    async def load(self):
        """Two steps."""
        for step in self._meets:
            if step is not None:
                raise step
            self.loaded = True
            yield

    @rx.event
    async def refresh(self):
        """Once more, by a live event."""
        self.loaded = True

    @rx.event
    async def save(self):
        """Something else than a load."""
        raise Busy("Too busy to save.")


@pytest.fixture
def slow():
    root = rx.State(_reflex_internal_init=True)
    return root.substates[Tab.get_name()], root.substates[Slow.get_name()]


def load(page, *steps):
    async def run():
        page._meets = list(steps)
        async for _ in Slow.event_handlers["load"].fn(page):
            pass

    asyncio.run(run())


def call(page, name):
    asyncio.run(Slow.event_handlers[name].fn(page))


def test_nothing_could_be_read(slow):
    tab, page = slow
    load(page, Busy("Too long."))
    assert (tab.stalled, tab.hollow) == ("Too long.", True)
    assert page.problem.sentence == ""
    tab._arrive("/slow")
    assert (tab.stalled, tab.hollow) == ("", False)


def test_what_was_read_stays(slow):
    tab, page = slow
    load(page, None, Busy("Too long."))
    assert (tab.stalled, tab.hollow) == ("Too long.", False)


def test_what_is_read_after_all_takes_the_sentence_away(slow):
    tab, page = slow
    load(page, Busy("Too long."))
    call(page, "refresh")
    assert (tab.stalled, tab.hollow) == ("", False)


def test_other_handlers_and_refusals_stand_beside_their_field(slow):
    tab, page = slow
    load(page, Refused("Not so."))
    assert (tab.stalled, page.problem.sentence) == ("", "Not so.")
    call(page, "save")
    assert (tab.stalled, page.problem.sentence) == ("", "Too busy to save.")
