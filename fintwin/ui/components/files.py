"""The place where a file is dropped or chosen."""

from typing import Any

import reflex as rx

from fintwin.ui.components.icons import icon

_OVER = "data-over:border-brand data-over:bg-brand-soft"
_FOCUS = "has-focus-visible:outline-2 has-focus-visible:outline-brand"


def file_drop(
    words: str,
    *,
    to: Any = "",
    line: str = "",
    accept: str = "",
    several: bool = False,
    on_sent: Any = None,
    chooser_id: str = "",
    class_name: str = "",
) -> rx.Component:
    """Where files are dropped or chosen; assets/upload.js sends them and says below how that goes. One on a page.

    A refusal of the route stands there as its sentence.

    Args:
        words: what to drop, and for those who do not see it the name of the control.
        to: the route that takes each file as a body, its name in `?name=`; "": that of bank files. It answers 201, with a
            `page` to go on to where there is one.
        line: what may be dropped; with it the place is as large as the only thing on a page.
        accept: endings and kinds that the browser offers to choose from, with commas.
        on_sent: a handler for when the files are there and the answer named no page.
        chooser_id: for a label elsewhere on the page that opens the chooser too.
    """
    more: dict[str, Any] = {name: value for name, value in (("accept", accept), ("id", chooser_id)) if value}
    chooser = rx.el.input(
        type="file",
        multiple=several,
        aria_label=words,
        class_name="sr-only",
        custom_attrs={"data-upload": to},
        **more,
    )
    return rx.el.div(
        _large(chooser, words, line) if line else _row(chooser, words),
        rx.el.progress(
            max=100,
            value=0,
            hidden=True,
            aria_label="How much of the file was sent",
            custom_attrs={"data-upload-bar": ""},
            class_name=f"h-1.5 w-full accent-brand {'mx-auto max-w-sm' if line else ''}",
        ),
        rx.el.p(
            role="status",
            custom_attrs={"data-upload-line": ""},
            class_name=f"text-xs text-ink-2 empty:hidden {'text-center' if line else ''}",
        ),
        rx.fragment()
        if on_sent is None
        else rx.el.button(
            type="button",
            hidden=True,
            aria_hidden=True,
            tab_index=-1,
            on_click=on_sent,
            custom_attrs={"data-uploaded": ""},
        ),
        class_name=f"grid gap-2 {class_name}",
    )


def _row(chooser: rx.Component, words: str) -> rx.Component:
    return rx.el.label(
        chooser,
        icon("upload", size="size-4"),
        rx.el.span(words),
        custom_attrs={"data-drop": ""},
        class_name=(
            "flex min-h-11 cursor-pointer items-center justify-center gap-2 rounded-lg border border-dashed"
            f" border-line-strong px-3 text-ink-2 hover:bg-sunken {_FOCUS} {_OVER}"
        ),
    )


def _large(chooser: rx.Component, words: str, line: str) -> rx.Component:
    return rx.el.label(
        chooser,
        rx.el.span(
            icon("upload", size="size-6"),
            aria_hidden=True,
            class_name="mx-auto grid size-14 place-items-center rounded-full bg-brand-soft text-brand",
        ),
        rx.el.span(words, class_name="mt-4 block text-lg font-semibold tracking-tight"),
        rx.el.span(line, class_name="mx-auto mt-1 block max-w-md text-balance text-ink-2"),
        rx.el.span(
            "Choose a file",
            class_name=(
                "mx-auto mt-5 inline-flex h-11 items-center rounded-lg bg-brand px-5 font-medium text-brand-ink"
                " hover:brightness-110 lg:h-10"
            ),
        ),
        custom_attrs={"data-drop": ""},
        class_name=(
            "block cursor-pointer rounded-card border border-dashed border-line-strong bg-surface px-5 py-12 text-center"
            f" {_FOCUS} has-focus-visible:outline-offset-2 {_OVER}"
        ),
    )
