"""Who may sign up: the administrator's list, where people sign in with a provider."""

from typing import Annotated, Any

import reflex as rx
from pydantic import StringConstraints

from fintwin.identity import service
from fintwin.settings import settings
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.components import (
    button,
    form,
    form_problem,
    icon_button,
    list_card,
    round_icon,
    text_field,
)
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Wanted
from fintwin.web.gate import principal


class EntryForm(Form):
    """An address or a domain."""

    entry: Annotated[str, StringConstraints(min_length=1), Wanted("Enter an address or a domain.")]


class SignUps(Page, rx.State):
    """The list of who may sign up."""

    shown: bool = False
    entries: list[str] = []
    fixed: list[str] = []
    """Those that the settings of the server name; they cannot be taken off here."""
    version: int = 0
    """Counts up with each change, so that the form is empty again."""

    @rx.event
    async def load(self) -> None:
        """Read the list, where there is one and it is this person's to keep."""
        here = settings()
        self.shown = principal().role == "admin" and here.provider and here.sign_up == "list"
        if self.shown:
            self.fixed = list(here.allowed)
            await self._read()

    async def _read(self) -> None:
        self.entries = await look(service.allowed)
        self.version += 1

    @rx.event
    async def allow(self, form: dict[str, Any]) -> None:
        """Put an address or a domain on the list."""
        await act(service.allow, entry=parse(EntryForm, form).entry)
        await self._read()
        await notify(self, "They may sign in now.")

    @rx.event
    async def forget(self, entry: str) -> None:
        """Take an entry off the list."""
        await act(service.forget, entry=parse(EntryForm, {"entry": entry}).entry)
        await self._read()
        await notify(self, "Taken off the list. Who has books here keeps them.")


def sign_ups() -> rx.Component:
    """The list with a field to add to it; nothing for people who do not keep it."""
    return rx.el.div(rx.cond(SignUps.shown, _card()), on_mount=SignUps.load, class_name="empty:hidden")


def _card() -> rx.Component:
    return list_card(
        rx.el.li(
            "New people get in when the provider vouches for an address on this list.",
            class_name="px-5 py-3 text-ink-2",
        ),
        rx.foreach(
            SignUps.fixed, lambda entry: _row(entry, rx.el.span("Set on the server", class_name="text-xs text-ink-3"))
        ),
        rx.foreach(
            SignUps.entries,
            lambda entry: _row(
                entry, icon_button("close", f"Take {entry} off the list", on_click=SignUps.forget(entry))
            ),
        ),
        rx.el.li(
            form(
                text_field(
                    "Address or domain",
                    "entry",
                    placeholder="@family.org",
                    auto_complete="off",
                    max_length=254,
                    required=True,
                    problem=SignUps.problem,
                    key=f"entry-{SignUps.version}",
                    class_name="min-w-0 grow",
                ),
                button("Add", type="submit", class_name="mt-6.5"),
                on_submit=SignUps.allow,
                class_name="flex items-start gap-3",
            ),
            form_problem(SignUps.problem, "entry"),
            class_name="grid gap-3 px-5 py-4",
        ),
        title="Who may sign up",
    )


def _row(entry: Any, end: rx.Component) -> rx.Component:
    return rx.el.li(
        round_icon("person"),
        rx.el.span(entry, class_name="min-w-0 truncate font-medium"),
        rx.el.span(end, class_name="ml-auto shrink-0"),
        class_name="flex items-center gap-3 px-5 py-3",
    )
