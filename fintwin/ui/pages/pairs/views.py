"""How possible duplicates and transfers look: a card a pair, with its two answers."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import CARD, amount, button, empty, form_problem, icon, link, link_button, rows_skeleton
from fintwin.ui.components.vars import some
from fintwin.ui.pages.pairs.state import PairRow, Pairs


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.el.div(
        form_problem(Pairs.problem),
        rx.cond(
            Pairs.loaded,
            rx.cond(
                some(Pairs.rows),
                rx.fragment(rx.foreach(Pairs.rows, _pair)),
                rx.el.section(
                    empty(
                        "Nothing looks like one transaction twice, or like a transfer that is not linked.",
                        action=link_button("To the transactions", href="/transactions"),
                        picture="ledger",
                    ),
                    class_name=CARD,
                ),
            ),
            rows_skeleton(4),
        ),
        class_name="mx-auto grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-4",
    )


def _pair(pair: ObjectVar[PairRow]) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(pair.sentence, class_name="min-w-0 font-semibold"),
            amount(pair.amount, class_name="ml-auto font-semibold"),
            class_name="flex items-start gap-4",
        ),
        rx.el.div(
            _side(pair.first),
            rx.cond(
                pair.kind == "transfer",
                icon("right", size="size-4 max-sm:rotate-90"),
                rx.el.span("=", aria_hidden=True),
            ),
            _side(pair.second),
            class_name="mt-3 grid items-center gap-2 text-ink-3 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]",
        ),
        rx.el.p(
            rx.cond(
                pair.kind == "transfer",
                "Once linked, both are left out of income and spending. No money moves.",
                "The one entered by hand goes to the bin; its category and note stay with the other.",
            ),
            class_name="mt-3 text-xs text-ink-3",
        ),
        rx.el.div(
            button("No, keep both", kind="plain", on_click=Pairs.reject(pair.first.reference, pair.second.reference)),
            button(
                rx.cond(pair.kind == "transfer", "Yes, link them", "Yes, remove one"),
                on_click=Pairs.accept(pair.kind, pair.first.reference, pair.second.reference),
            ),
            class_name="mt-3 flex flex-wrap justify-end gap-2",
        ),
        aria_label=pair.sentence,
        class_name=f"{CARD} p-5",
    )


def _side(side: Any) -> rx.Component:
    return link(
        rx.el.span(side.words, class_name="block truncate font-medium text-ink"),
        rx.el.span(side.line, class_name="block truncate text-xs text-ink-3"),
        href="/transactions?open=" + side.reference,
        class_name="block min-w-0 rounded-lg bg-sunken px-3 py-2 hover:bg-brand-soft",
    )
