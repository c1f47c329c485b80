"""The command palette and the list of keys, which lie in the frame of every page; assets/keys.js opens and filters them."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx
from reflex_base.style import resolved_color_mode, set_color_mode

from fintwin.ui.components import (
    form,
    icon,
    link,
)

KEYS = (
    ("Ctrl K", "Search or type a command"),
    ("Ctrl Shift P", "Hide amounts, or show them"),
    ("Esc", "Close what is open"),
    ("?", "These keys"),
)
"""Keys of every page."""

_ENTRY = (
    "flex min-h-11 w-full items-center gap-3 rounded-lg px-3 text-left font-medium text-ink-2 hover:bg-sunken"
    " aria-selected:bg-brand-soft aria-selected:text-brand [&[hidden]]:hidden lg:min-h-9"
)
_DIALOG = "m-auto rounded-card border border-line bg-surface p-0 text-ink shadow-card"


def opener() -> rx.Component:
    """The way to the palette in the header: a box on wide screens, a magnifier on narrow ones."""
    return rx.fragment(
        rx.el.button(
            icon("search", size="size-4"),
            rx.el.span("Search or type a command"),
            rx.el.kbd("Ctrl K", class_name="ml-auto rounded border border-line px-1.5 text-2xs"),
            type="button",
            custom_attrs={"data-act": "palette", "aria-haspopup": "dialog"},
            class_name=(
                "mr-2 hidden h-9 w-72 shrink-0 items-center whitespace-nowrap gap-2 rounded-lg border border-line bg-surface px-3 text-ink-3"
                " hover:bg-sunken lg:flex"
            ),
        ),
        rx.el.button(
            icon("search"),
            type="button",
            aria_label="Search or type a command",
            custom_attrs={"data-act": "palette", "aria-haspopup": "dialog"},
            class_name="grid size-11 place-items-center rounded-lg text-ink-2 hover:bg-sunken lg:hidden",
        ),
    )


def palette(
    *,
    pages: Sequence[tuple[str, str, str]],
    actions: Sequence[tuple[str, str, str]],
    goes: Mapping[str, str],
    also: Mapping[str, str],
    on_search: Any,
) -> rx.Component:
    """The palette's dialog.

    Args:
        pages: address, icon and name of what can be gone to.
        actions: address, icon and name of what can be begun.
        goes: the letter after G, by address.
        also: other words by which an entry is found, by address.
        on_search: takes the form with what was typed (`q`).
    """
    entries = [
        *((one, "go to page", goes.get(one[0], "")) for one in pages),
        *((one, "new add", "") for one in actions),
    ]
    numbered = [
        _link(number, *one, also=f"{kind} {also.get(one[0], '')}".strip(), go=go)
        for number, (one, kind, go) in enumerate(entries)
    ]
    last = len(numbered)
    return rx.el.dialog(
        form(
            rx.el.label(
                icon("search", size="size-4"),
                rx.el.input(
                    name="q",
                    type="text",
                    role="combobox",
                    aria_label="Search or type a command",
                    placeholder="Search or type a command",
                    auto_complete="off",
                    max_length=100,
                    custom_attrs={
                        "aria-expanded": "true",
                        "aria-controls": "palette-list",
                        "aria-autocomplete": "list",
                    },
                    class_name="h-12 w-full bg-transparent text-ink outline-none placeholder:text-ink-3",
                ),
                class_name="flex items-center gap-2.5 border-b border-line px-4 text-ink-3",
            ),
            rx.el.div(
                *numbered,
                _button(last, "eye", "Hide amounts, or show them", custom_attrs={"data-act": "hide"}),
                _button(
                    last + 1,
                    "moon",
                    "Light or dark",
                    also="theme colour mode",
                    on_click=rx.cond(resolved_color_mode == "dark", set_color_mode("light"), set_color_mode("dark")),
                ),
                _button(last + 2, "info", "Keys", also="shortcuts help", custom_attrs={"data-opens": "keys"}),
                rx.el.button(
                    icon("search", size="size-4"),
                    rx.el.span("Search transactions for “", rx.el.b(custom_attrs={"data-typed": ""}), "”"),
                    type="submit",
                    role="option",
                    id=f"palette-{last + 3}",
                    tab_index=-1,
                    hidden=True,
                    custom_attrs={"data-searches": "", "aria-selected": "false"},
                    class_name=_ENTRY,
                ),
                id="palette-list",
                role="listbox",
                aria_label="Commands",
                class_name="flex max-h-[min(24rem,60dvh)] flex-col overflow-y-auto p-1.5",
            ),
            on_submit=on_search,
        ),
        id="palette",
        aria_label="Commands",
        class_name=f"{_DIALOG} mt-[12dvh] w-[min(36rem,calc(100vw-1.5rem))] overflow-hidden",
    )


def key_list(own: Sequence[tuple[str, str]], *, goes: Sequence[tuple[str, str]]) -> rx.Component:
    """The dialog that lists the keys: the page's own first.

    Args:
        own: keys and what they do.
        goes: the letter after G, and the page's name.
    """
    return rx.el.dialog(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Keys", class_name="text-base font-semibold tracking-tight"),
                rx.el.button(
                    icon("close"),
                    type="button",
                    aria_label="Close",
                    custom_attrs={"data-shuts": "keys"},
                    class_name="-mr-2 ml-auto grid size-11 place-items-center rounded-lg text-ink-3 hover:bg-sunken lg:size-9",
                ),
                class_name="flex items-center",
            ),
            rx.el.dl(
                *(_key(*one) for one in (*own, *KEYS, *((f"G {letter.upper()}", name) for letter, name in goes))),
                class_name="mt-2 divide-y divide-line",
            ),
            class_name="max-h-[88dvh] overflow-y-auto p-5",
        ),
        id="keys",
        aria_label="Keys",
        class_name=f"{_DIALOG} w-[min(30rem,calc(100vw-1.5rem))]",
    )


def _key(key: str, words: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            rx.el.kbd(key, class_name="rounded border border-line bg-sunken px-2 py-0.5 text-xs font-medium"),
            class_name="w-32 shrink-0",
        ),
        rx.el.dd(words),
        class_name="flex items-center py-1.5",
    )


def _link(number: int, href: str, symbol: str, text: str, *, also: str, go: str) -> rx.Component:
    return link(
        icon(symbol, size="size-4"),
        rx.el.span(text),
        href=href,
        role="option",
        id=f"palette-{number}",
        tab_index=-1,
        custom_attrs={"data-also": also, "aria-selected": "false"} | ({"data-go": go} if go else {}),
        class_name=_ENTRY,
    )


def _button(number: int, symbol: str, text: str, *, also: str = "", **props: Any) -> rx.Component:
    marks = {"data-also": also, "aria-selected": "false", **props.pop("custom_attrs", {})}
    return rx.el.button(
        icon(symbol, size="size-4"),
        rx.el.span(text),
        type="button",
        role="option",
        id=f"palette-{number}",
        tab_index=-1,
        custom_attrs=marks,
        class_name=_ENTRY,
        **props,
    )
