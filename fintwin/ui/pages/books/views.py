"""The answer first, then how far the books are sealed, the seal to keep, and what all of it means."""

import reflex as rx

from fintwin.ui.components import (
    button,
    card,
    empty,
    figure,
    form_problem,
    icon,
    link_button,
    list_card,
    round_icon,
    skeleton,
    strip,
    strip_skeleton,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.books.state import Books

_PROVED = (
    ("scale", "Every balance is recounted", "From its first entry on, with no entry missing in between."),
    ("lock", "Every booked row is sealed", "Within minutes, in blocks. Each block carries the seal of the one before."),
    ("shield", "The key stays outside", "Seals are signed with a key that the database never sees."),
    ("swap", "Corrections stay visible", "A booked amount is never changed or deleted, only taken back by another."),
)


def content() -> rx.Component:
    """The page, or its skeleton."""
    return rx.cond(
        Books.loaded,
        rx.cond(Books.shown.booked, _books(), _nothing()),
        rx.el.div(
            skeleton("h-40 w-full rounded-card"),
            strip_skeleton(3, "sm:grid-cols-3"),
            class_name="grid gap-5",
        ),
    )


def _nothing() -> rx.Component:
    return card(
        empty(
            "There is nothing to prove yet.",
            line="Once something is booked, it is sealed here within minutes.",
            action=link_button("Add an account", href="/accounts?new=1", kind="primary"),
        )
    )


def _books() -> rx.Component:
    return rx.el.div(
        _answer(),
        strip(
            figure("Entries sealed", Books.shown.sealed, below=Books.shown.waiting),
            figure(
                "Last sealed",
                rx.cond(Books.shown.block != "", Books.shown.block_at, "Not yet"),
                below=rx.cond(Books.shown.block != "", f"Block {Books.shown.block}", ""),
            ),
            label="Seals",
            columns="grid-cols-1 sm:grid-cols-2",
        ),
        rx.el.div(_kept(), _proved(), class_name="grid items-start gap-5 lg:grid-cols-2"),
        class_name="grid gap-5",
    )


def _answer() -> rx.Component:
    shown = Books.shown
    return card(
        rx.el.div(
            rx.match(
                shown.tone,
                ("good", round_icon("check", tone="good")),
                ("bad", round_icon("warning", tone="bad")),
                ("warn", round_icon("warning", tone="warn")),
                round_icon("shield"),
            ),
            rx.el.div(
                rx.el.h2(shown.verdict, class_name="text-xl font-semibold tracking-tight"),
                rx.el.p(shown.evidence, class_name="num mt-1 text-ink-2"),
                role="status",
                class_name="min-w-0 grow basis-60",
            ),
            button(
                icon("shield", size="size-4"),
                rx.cond(shown.running, "Checking", "Check now"),
                on_click=Books.check,
                aria_disabled=shown.running,  # not `disabled`, which takes the focus from who pressed it
                class_name="max-sm:w-full aria-disabled:cursor-not-allowed aria-disabled:opacity-50",
            ),
            class_name="flex flex-wrap items-start gap-4",
        ),
        rx.cond(
            shown.running,
            rx.el.progress(
                value=shown.percent,
                max=100,
                aria_label="Blocks read",
                class_name="mt-5 h-2 w-full overflow-hidden rounded-full accent-brand",
            ),
        ),
        rx.cond(
            some(Books.findings),
            rx.el.div(
                rx.el.ul(
                    rx.foreach(
                        Books.findings,
                        lambda sentence: rx.el.li(
                            icon("warning", size="size-4 mt-0.5 shrink-0 text-bad"),
                            rx.el.span(sentence, class_name="min-w-0 break-words"),
                            class_name="flex gap-2.5 py-2.5",
                        ),
                    ),
                    class_name="divide-y divide-line",
                ),
                rx.el.p(shown.advice, class_name="border-t border-line pt-4 text-ink-2"),
                class_name="mt-5 border-t border-line pt-1",
            ),
        ),
        form_problem(Books.problem),
    )


def _kept() -> rx.Component:
    shown = Books.shown
    return card(
        rx.el.p(
            "Keep the seal of your last block somewhere else: in a mail to yourself, on paper. With it,"
            " anybody can prove later that the books up to that day are still these, and that nothing was cut off.",
            class_name="text-ink-2",
        ),
        rx.cond(
            shown.hash != "",
            rx.el.div(
                rx.el.code(
                    shown.hash,
                    class_name="block rounded-lg bg-sunken px-3 py-2.5 text-xs leading-relaxed break-all select-all",
                ),
                rx.el.div(
                    button(
                        icon("download", size="size-4"),
                        "Download seal",
                        kind="plain",
                        on_click=Books.download,
                    ),
                    button(
                        icon("copy", size="size-4"),
                        "Copy",
                        kind="plain",
                        on_click=[rx.set_clipboard(shown.hash), Books.copied],
                    ),
                    class_name="flex flex-wrap gap-3",
                ),
                rx.el.p(
                    "Whoever runs this FinTwin proves it with ",
                    rx.el.code(
                        "fintwin verify --head FILE",
                        class_name="rounded bg-sunken px-1 py-0.5 text-xs whitespace-nowrap",
                    ),
                    ".",
                    class_name="text-xs text-ink-3",
                ),
                class_name="mt-4 grid gap-4",
            ),
            rx.el.p("Your first block is made within minutes.", class_name="mt-4 font-medium"),
        ),
        title="The seal to keep",
    )


def _proved() -> rx.Component:
    return list_card(
        *(
            rx.el.li(
                round_icon(symbol),
                rx.el.span(
                    rx.el.span(title, class_name="block font-medium"),
                    rx.el.span(line, class_name="block text-xs text-ink-3"),
                    class_name="min-w-0",
                ),
                class_name="flex items-center gap-3 px-5 py-3",
            )
            for symbol, title, line in _PROVED
        ),
        title="What is proved",
    )
