"""Closing old transactions for good: in batches, each committed, shown as one progress."""

import contextlib
from typing import Any, Literal

import reflex as rx

from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Forbidden, Invalid
from fintwin.kernel.wording import count_text, counted, date_text
from fintwin.ledger import history
from fintwin.ui.act import NOTHING, Form, act, look, parse
from fintwin.ui.components.forms import (
    button,
    checkbox,
    form,
    form_problem,
    text_field,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import dialog, note
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Day
from fintwin.web.gate import flushing, principal

BATCH = 1_000
"""Transactions of one commit."""


class ArchiveForm(Form):
    """Up to which day, and that it is meant."""

    until: Day
    sure: Literal["", "on", "true"] = ""


class Archiving(Page, rx.State):
    """The dialog that closes old transactions."""

    is_open: bool = False
    running: bool = False
    done: int = 0
    many: int = 0
    words: str = ""

    @rx.event
    def begin(self) -> None:
        """Open it."""
        self.is_open = True
        if not self.running:
            self.done, self.many, self.words = 0, 0, ""

    @rx.event
    def leave(self) -> None:
        """Close it; what is under way goes on."""
        self.is_open = False

    @rx.event(background=True)
    async def close(self, form: dict[str, Any]) -> None:
        """Close everything booked up to a day; broken off, the same form goes on where it ended."""
        wanted, who = parse(ArchiveForm, form), principal()
        if wanted.until >= today(system_clock, zone=who.zone):
            raise Invalid("Choose a day before today.", code="date_too_late", field="until")
        if not wanted.sure:
            raise Invalid("Tick the box to go on: this cannot be undone.", code="not_sure", field="sure")
        many = await look(history.closable, until=wanted.until)
        if not many:
            raise Invalid(
                "Nothing that could be closed is booked up to this day.", code="nothing_to_close", field="until"
            )
        async with flushing(self):
            if self.running:
                return
            self.running, self.done, self.many = True, 0, many
            self.problem = NOTHING
        done = 0
        try:
            while closed := await act(history.archive, until=wanted.until, most=BATCH):
                done += closed
                async with flushing(self):
                    self.done, self.many = done, max(many, done)
                    self.words = _progress(done, max(many, done), locale=who.locale)
                if closed < BATCH:
                    break
            day = date_text(wanted.until, locale=who.locale)
            async with flushing(self):
                self.is_open = False
                many_closed = counted(done, "transaction", locale=who.locale)
                await notify(self, f"{many_closed} up to {day} {'is' if done == 1 else 'are'} closed for good.")
        finally:
            with contextlib.suppress(Forbidden):  # the session has ended, or the tab is another's by now
                async with flushing(self):
                    self.running = False


def opener() -> rx.Component:
    """The way to the dialog, at the foot of the page."""
    return rx.el.div(
        button(
            icon("lock", size="size-4"),
            "Close old transactions for good…",
            kind="quiet",
            on_click=Archiving.begin,
        ),
        class_name="flex justify-center sm:justify-end",
    )


def closing() -> rx.Component:
    """The dialog: up to which day, what it means, and how far it is."""
    problem = Archiving.problem
    return dialog(
        form(
            note(
                rx.el.p(
                    "Closed transactions stay in the register and in every total, but nobody can take them back, change"
                    " their amount or their day again. ",
                    rx.el.strong("This cannot be undone."),
                    " What somebody asks you to give back stays open until you answer.",
                ),
                tone="warn",
                symbol="warning",
            ),
            text_field("Up to and including", "until", problem=problem, type="date", required=True, data_focus=True),
            checkbox("I understand that they stay as they are for good", name="sure", problem=problem),
            rx.cond(
                Archiving.running,
                rx.el.div(
                    rx.el.progress(
                        max=Archiving.many,
                        value=Archiving.done,
                        aria_label="How many are closed",
                        class_name="h-1.5 w-full accent-brand",
                    ),
                    rx.el.p(Archiving.words, role="status", class_name="num text-xs text-ink-2"),
                    class_name="grid gap-1",
                ),
                rx.fragment(),
            ),
            form_problem(problem, "until", "sure"),
            rx.el.div(
                button("Keep them open", kind="plain", on_click=Archiving.leave),
                button("Close them for good", kind="danger", type="submit", disabled=Archiving.running),
                class_name="flex flex-wrap justify-end gap-2",
            ),
            on_submit=Archiving.close,
            class_name="grid gap-4",
        ),
        title="Close old transactions",
        is_open=Archiving.is_open,
        on_close=Archiving.leave,
    )


def _progress(done: int, many: int, *, locale: str) -> str:
    return f"{count_text(done, locale=locale)} of {count_text(many, locale=locale)} closed"
