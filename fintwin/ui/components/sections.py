"""Links between the pages of one section, as tabs at the top of each."""

from collections.abc import Sequence

import reflex as rx

from fintwin.ui.components.pieces import link

PAYMENTS = (("/payments", "Payments"), ("/payments/schedules", "Schedules"), ("/payments/outside", "By bank"))


def section_tabs(pages: Sequence[tuple[str, str]], *, here: str, label: str) -> rx.Component:
    """Address and name of each page; `here` is the one that is shown."""
    return rx.el.nav(
        *(
            link(
                name,
                href=href,
                class_name=(
                    "flex min-h-11 items-center whitespace-nowrap border-b-2 px-1 font-medium "
                    + ("border-brand text-ink" if href == here else "border-transparent text-ink-3 hover:text-ink")
                ),
                custom_attrs={"aria-current": "page"} if href == here else {},
            )
            for href, name in pages
        ),
        aria_label=label,
        class_name="flex gap-5 overflow-x-auto border-b border-line",
    )
