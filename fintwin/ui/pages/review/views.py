"""How the review looks: a card with one question, big answers, and how much is left."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import CARD, amount, button, checkbox, empty, form_problem, icon, link_button, skeleton
from fintwin.ui.components.pieces import goes_on
from fintwin.ui.pages.review.state import Choice, Review

KEYS = (
    ("1 to 9", "Give it this category, and go on"),
    ("X", "Also those like it, or not"),
    ("S", "Leave it for later"),
    ("U", "Undo what was done last"),
)
"""The page's own keys."""


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.el.div(
        form_problem(Review.problem),
        rx.cond(
            Review.loaded,
            rx.cond(Review.asked, _question(), _end()),
            rx.el.div(
                skeleton("h-6 w-48"), skeleton("h-9 w-32"), skeleton("h-44 w-full"), class_name=f"{CARD} grid gap-4 p-5"
            ),
        ),
        class_name="mx-auto grid max-w-2xl gap-4",
    )


def _question() -> rx.Component:
    row = Review.row
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.div(style={"width": Review.part}, class_name="h-full rounded-full bg-brand"),
                role="progressbar",
                aria_label="Answered so far",
                custom_attrs={
                    "aria-valuemin": 0,
                    "aria-valuemax": Review.done + Review.left,
                    "aria-valuenow": Review.done,
                },
                class_name="h-1.5 overflow-hidden rounded-full bg-sunken",
            ),
            rx.el.p(
                rx.el.span(Review.left_words, class_name="font-semibold text-ink"),
                " left without a category",
                rx.cond(Review.done > 0, rx.fragment(" · ", Review.done_words, " done"), rx.fragment()),
                class_name="num mt-1.5 text-xs text-ink-3",
                role="status",
            ),
        ),
        rx.el.section(
            rx.el.div(
                rx.el.div(
                    rx.el.h2(row.title, class_name="truncate text-lg font-semibold tracking-tight"),
                    rx.el.p(row.account, " · ", row.day, class_name="mt-0.5 text-ink-3"),
                    rx.cond(
                        Review.description != "",
                        rx.el.p(Review.description, class_name="mt-1 break-words text-xs text-ink-2"),
                        rx.fragment(),
                    ),
                    class_name="min-w-0",
                ),
                amount(row.amount, inflow=row.inflow, class_name="ml-auto text-xl font-semibold"),
                class_name="flex items-start gap-4",
            ),
            rx.cond(
                Review.alike > 0,
                rx.el.div(
                    checkbox(
                        Review.alike_words,
                        name="too",
                        checked=Review.too,
                        on_change=Review.toggle,
                        custom_attrs={"data-key": "x"},
                    ),
                    class_name="mt-3 border-t border-line pt-1",
                ),
                rx.fragment(),
            ),
            rx.el.div(
                rx.foreach(Review.choices, _choice),
                class_name="mt-4 grid grid-cols-2 gap-2 sm:grid-cols-3",
            ),
            rx.el.div(
                rx.el.select(
                    rx.foreach(Review.others, lambda one: rx.el.option(one[1], value=one[0])),
                    aria_label="Another category",
                    value="",
                    on_change=Review.give,
                    class_name="h-11 min-w-0 flex-1 rounded-lg border border-line bg-surface px-3 text-ink lg:h-10",
                ),
                button("Later", kind="plain", on_click=Review.skip, custom_attrs={"data-key": "s"}),
                class_name="mt-4 flex gap-2",
            ),
            aria_label="Without a category",
            class_name=f"{CARD} p-5",
        ),
    )


_ANSWER = (
    "flex min-h-12 items-center gap-2.5 rounded-lg border border-line bg-surface px-3 py-1.5 text-left hover:bg-sunken"
)


def _choice(one: ObjectVar[Choice]) -> rx.Component:
    return rx.el.button(
        rx.el.kbd(
            one.key,
            aria_hidden=True,
            class_name="hidden size-5 shrink-0 place-items-center rounded border border-line text-2xs text-ink-3 lg:grid",
        ),
        rx.el.span(
            rx.el.span(one.name, class_name="block break-words font-medium"),
            rx.cond(one.why != "", rx.el.span(one.why, class_name="block text-xs text-ink-3"), rx.fragment()),
            class_name="min-w-0",
        ),
        type="button",
        on_click=Review.give(one.id),
        custom_attrs={"data-key": one.key},
        class_name=rx.cond(
            one.why != "",
            f"{_ANSWER} first:border-brand first:bg-brand-soft",
            _ANSWER,
        ),
    )


def _end() -> rx.Component:
    return rx.el.section(
        rx.cond(
            (Review.skipped > 0) & (Review.left > 0),
            rx.el.div(
                rx.el.p(
                    icon("clock"),
                    rx.el.span(Review.left_words, " left for later."),
                    class_name="flex gap-2 font-semibold",
                    **goes_on(),
                ),
                button("Look at them again", kind="plain", on_click=Review.begin_again),
                class_name="grid justify-items-center gap-4 p-10",
            ),
            empty(
                rx.cond(
                    Review.done > 0,
                    "All done. Everything has a category.",
                    "Nothing waits for a category.",
                ),
                action=link_button("To the transactions", href="/transactions"),
                picture="ledger",
            ),
        ),
        role="status",
        class_name=CARD,
    )
