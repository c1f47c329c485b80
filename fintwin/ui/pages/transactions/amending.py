"""The panel's part on amount and day: changing them, how they came about, and the way back from the bin."""

import reflex as rx

from fintwin.ui.components.forms import (
    button,
    form,
    pin_field,
    pin_form,
    text_field,
)
from fintwin.ui.components.pieces import link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions.state import Detail, Register


def amending() -> rx.Component:
    """Amount and day of an own transaction, folded away until wanted."""
    seen = Detail.seen
    return rx.fragment(
        rx.cond(
            seen.editable,
            rx.el.details(
                rx.el.summary(
                    "Change amount or day",
                    class_name="flex min-h-11 cursor-pointer items-center font-medium text-brand lg:min-h-9",
                ),
                form(
                    text_field(
                        "Amount",
                        "amount",
                        problem=Detail.problem,
                        input_mode="decimal",
                        max_length=40,
                        required=True,
                        default_value=seen.size,
                        class_name="amount-field",
                        key=f"{seen.reference}-amount",
                    ),
                    text_field(
                        "Day",
                        "booked",
                        problem=Detail.problem,
                        type="date",
                        required=True,
                        default_value=seen.booked,
                        key=f"{seen.reference}-booked",
                    ),
                    rx.el.p(
                        "It is taken back and booked anew in one step; what it was stays in its history.",
                        class_name="col-span-2 text-xs text-ink-3",
                    ),
                    rx.cond(
                        Detail.pin_for == "amend",
                        pin_field(problem=Detail.problem, class_name="col-span-2"),
                        rx.fragment(),
                    ),
                    rx.el.div(
                        button("Change it", type="submit", kind="plain"), class_name="col-span-2 flex justify-end"
                    ),
                    on_submit=Detail.amend,
                    class_name="mt-2 grid grid-cols-2 gap-4",
                ),
                key=f"{seen.reference}-amend",
                class_name="mt-5 border-t border-line pt-3",
            ),
            rx.fragment(),
        ),
        rx.cond(
            some(seen.edits),
            rx.el.ul(
                rx.foreach(seen.edits, lambda words: rx.el.li(words, class_name="num amount")),
                aria_label="Earlier versions",
                class_name="mt-4 grid gap-1 text-xs text-ink-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            seen.latter != "",
            rx.el.p(
                "Booked anew as ",
                link(
                    seen.latter,
                    href=Register.opening_href + seen.latter,
                    replace=True,
                    prevent_scroll_reset=True,
                    on_click=Register.expect(seen.latter),
                    class_name="num font-medium text-brand hover:underline",
                ),
                class_name="mt-4 text-ink-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            seen.restorable,
            rx.cond(
                Detail.pin_for == "restore",
                pin_form(
                    "Restore", problem=Detail.problem, kind="plain", on_submit=Detail.restore_with, class_name="mt-4"
                ),
                rx.el.div(button("Restore", kind="plain", on_click=Detail.restore), class_name="mt-4 grid"),
            ),
            rx.fragment(),
        ),
    )
