"""A page of a section that is one list: its tabs, its rows that open, its one thing to do, and its emptiness."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from fintwin.ui.components.forms import button
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, empty, rows_skeleton
from fintwin.ui.components.sections import section_tabs


def list_page(
    *above: rx.Component,
    pages: Sequence[tuple[str, str]],
    here: str,
    label: str,
    loaded: Any,
    rows: Any,
    row: Callable[[Any], rx.Component],
    nothing: rx.Component,
    before: rx.Component | None = None,
    after: rx.Component | None = None,
    dialogs: Sequence[rx.Component] = (),
) -> rx.Component:
    """The whole page below its header.

    Args:
        above: what stands between the tabs and the list, whether there are rows or none.
        pages: address and name of each page of the section; `here` is the one that is shown.
        rows: the state's list; `row` draws one as an `li`, `nothing` stands where there is none.
        before, after: what goes with the rows, and only with them.
    """
    listed = rx.el.section(
        rx.el.ul(rx.foreach(rows, row), class_name="divide-y divide-line"), class_name=f"{CARD} overflow-hidden"
    )
    return rx.el.div(
        section_tabs(pages, here=here, label=label),
        *above,
        rx.cond(
            loaded,
            rx.cond(
                rows.length() == 0,
                rx.el.section(nothing, class_name=CARD),
                rx.fragment(*(part for part in (before, listed, after) if part is not None)),
            ),
            rows_skeleton(4),
        ),
        *dialogs,
        class_name="grid gap-5",
    )


def begin_button(words: str, *, on_click: Any) -> rx.Component:
    """The page's one thing to do, in the header: on the phone a plus, on the keyboard T."""
    return button(
        icon("plus", size="size-4"),
        rx.el.span(words, class_name="max-sm:sr-only"),
        on_click=on_click,
        class_name="lg:h-9!",
        custom_attrs={"data-key": "t"},
    )


def nothing_yet(sentence: str, *, line: str, words: str, on_click: Any, picture: str) -> rx.Component:
    """The emptiness of the list, with the same thing to do."""
    return empty(sentence, line=line, action=button(words, on_click=on_click), picture=picture)


def opening_row(
    start: Any,
    *,
    title: Any,
    line: Any,
    end: Any,
    on_click: Any,
    mark: Any = None,
    below: Any = None,
    below_end: Any = None,
) -> rx.Component:
    """A row of the list that opens when it is pressed.

    Args:
        start: a round icon; `title` and `line` stand beside it, `mark` beside the title, `below` under the line.
        end: the amount at the right, `below_end` under it.
    """
    return rx.el.li(
        rx.el.button(
            start,
            rx.el.span(
                rx.el.span(
                    rx.el.span(title, class_name="min-w-0 break-words font-medium sm:truncate"),
                    mark if mark is not None else rx.fragment(),
                    class_name="flex min-w-0 items-center gap-2",
                ),
                rx.el.span(line, class_name="block break-words text-xs text-ink-3 sm:truncate"),
                below if below is not None else rx.fragment(),
                class_name="min-w-0",
            ),
            rx.el.span(
                end,
                below_end if below_end is not None else rx.fragment(),
                class_name="ml-auto shrink-0 text-right",
            ),
            type="button",
            on_click=on_click,
            custom_attrs={"data-row": ""},
            class_name="flex w-full items-center gap-3 px-5 py-3 text-left outline-offset-[-2px] hover:bg-sunken/50",
        ),
    )
