"""The public home."""

import reflex as rx

from fintwin.ui.shell import page


@page("/", title="FinTwin", anonymous=True)
def landing() -> rx.Component:
    """What FinTwin is."""
    return rx.el.main(
        rx.el.h1("Try it on your twin first.", class_name="text-2xl font-semibold tracking-tight"),
        class_name="mx-auto grid max-w-2xl gap-6 px-4 py-14",
    )
