"""The base of every page's state: refusals of the domain end here, beside the field they belong to."""

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import reflex as rx

from fintwin.kernel.errors import Busy, FinTwinError, Forbidden
from fintwin.ui.act import NOTHING, Problem
from fintwin.web.gate import Tab, flushing

_SIGNED_OUT = frozenset({"signed_out", "session_ended"})


class Page(rx.State, mixin=True):
    """Mix into a page's state: `class Register(Page, rx.State)`.

    Each state gets a `problem` of its own. A handler that begins clears it; a `FinTwinError` that leaves a handler
    fills it. So handlers hold the good path only. Where the books were too busy for `load`, the frame says so in the
    page's place and offers to try again (ui.shell).
    """

    problem: Problem = NOTHING
    _stalled: bool = False
    """Whether what the page shows could not be read the last time."""

    def __init_subclass__(cls, mixin: bool = False, **named: Any) -> None:
        """Catch the domain's errors around every handler of the class."""
        for name, value in list(vars(cls).items()):
            if inspect.isfunction(value) and not name.startswith("_"):
                setattr(cls, name, _shown(value))
        super().__init_subclass__(mixin=mixin, **named)


async def notify(state: rx.State, sentence: str, *, leads_on: bool = False) -> None:
    """Show one line over the page for some seconds: `await notify(self, "Transfer booked.")`.

    Args:
        leads_on: the handler redirects, and the line belongs to the page that comes then.
    """
    (await state.get_state(Tab))._say(sentence, leads_on=leads_on)


def _shown(handler: Callable[..., Any]) -> Callable[..., Any]:
    background = bool(getattr(handler, "_reflex_background_task", False))
    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def generator(self: Any, *args: Any, **named: Any) -> AsyncIterator[Any]:
            try:
                await _clear(self, background)
                async for event in handler(self, *args, **named):
                    yield event
                await _recover(self, background)
            except FinTwinError as error:
                yield await _lay_down(self, error, background, loads=handler.__name__ == "load")

        return generator

    @functools.wraps(handler)
    async def plain(self: Any, *args: Any, **named: Any) -> Any:
        try:
            await _clear(self, background)
            answer = handler(self, *args, **named)
            answer = await answer if isinstance(answer, Awaitable) else answer
            await _recover(self, background)
            return answer
        except FinTwinError as error:
            return await _lay_down(self, error, background, loads=handler.__name__ == "load")

    return plain


async def _clear(state: Any, background: bool) -> None:
    if not background and state.problem.code:
        state.problem = NOTHING


async def _recover(state: Any, background: bool) -> None:
    """What could not be read before may have been read by now, when a live event had the page read again."""
    if not background and state._stalled and getattr(state, "loaded", True):
        state._stalled = False
        (await state.get_state(Tab))._stall("", hollow=False)


async def _lay_down(state: Any, error: FinTwinError, background: bool, *, loads: bool) -> Any:
    if error.code in _SIGNED_OUT:
        return Tab.left
    if background:
        with contextlib.suppress(Forbidden):  # the tab is another's by now, and the fault none of theirs
            async with flushing(state):
                state.problem = Problem.of(error)
    elif loads and isinstance(error, Busy):
        state._stalled = True
        (await state.get_state(Tab))._stall(error.sentence, hollow=not getattr(state, "loaded", True))
    else:
        state.problem = Problem.of(error)
    return None
