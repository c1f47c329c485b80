"""Where an address leads nowhere."""

import reflex as rx

from fintwin.ui.components import empty, link, link_button, mark
from fintwin.ui.shell import page


@page("404", title="No such page", anonymous=True)
def lost() -> rx.Component:
    """One sentence and the way home."""
    return rx.el.main(
        link(
            mark(),
            "FinTwin",
            href="/",
            class_name="flex min-h-11 items-center gap-2.5 self-center text-base font-semibold tracking-tight",
        ),
        rx.el.h1("There is no such page.", class_name="sr-only"),
        empty(
            "There is no page at this address. It may have moved, or the address has a slip.",
            action=link_button("To the dashboard", href="/dashboard", kind="primary"),
            picture="future",
        ),
        class_name="mx-auto flex min-h-dvh max-w-xl flex-col gap-10 px-4 py-10",
    )
