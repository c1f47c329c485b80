"""How the ways to pay look: by what they pay, with names that are changed in place."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    form,
    form_problem,
    icon_button,
    link_button,
    select_field,
    text_field,
)
from fintwin.ui.components.pieces import CARD, badge, dialog, round_icon, text_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.payments.ways import WayRow, Ways


def section() -> rx.Component:
    """What is offered when something is paid, and the form for more."""
    return rx.fragment(
        rx.el.section(
            rx.el.div(
                rx.el.h2("Ways to pay", class_name="font-semibold"),
                icon_button("plus", "Add a way to pay", on_click=Ways.begin, class_name="ml-auto"),
                class_name="flex min-h-12 items-center border-b border-line px-5 py-2.5",
            ),
            rx.cond(
                ~Ways.adding & (Ways.problem.sentence != "") & (Ways.problem.field != "iban"),
                rx.el.div(form_problem(Ways.problem), class_name="px-5 pt-4"),
                rx.fragment(),
            ),
            rx.cond(
                some(Ways.people) | some(Ways.banks),
                rx.fragment(
                    _group("To people", Ways.people, "wallet", "Open an account that is kept here to pay people."),
                    _group(
                        "By bank",
                        Ways.banks,
                        "bank",
                        "Open an account in euros to pay through a bank.",
                        class_name="border-t border-line",
                    ),
                ),
                rx.cond(Ways.loaded, _nothing(), rx.fragment()),
            ),
            aria_label="Ways to pay",
            class_name=f"{CARD} overflow-hidden",
        ),
        _form(),
    )


def _nothing() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "No account can pay yet. One that is kept here pays people; one at a bank pays by its files.",
            class_name="text-ink-2",
        ),
        link_button("Open an account", href="/accounts?new=1", class_name="mt-4"),
        class_name="p-5",
    )


def _group(title: str, rows: Any, symbol: str, otherwise: str, *, class_name: str = "") -> rx.Component:
    return rx.el.div(
        rx.el.h3(title, class_name="px-5 pb-1 pt-3.5 text-xs font-medium text-ink-3"),
        rx.cond(
            some(rows),
            rx.el.ul(rx.foreach(rows, lambda row: _way(row, symbol)), class_name="divide-y divide-line"),
            rx.el.p(otherwise, class_name="px-5 pb-4 text-ink-2"),
        ),
        class_name=class_name,
    )


def _way(row: ObjectVar[WayRow], symbol: str) -> rx.Component:
    is_open = Ways.opened == row.id
    return rx.el.li(
        rx.el.div(
            round_icon(symbol),
            rx.el.div(
                rx.el.input(
                    default_value=row.label,
                    key=f"{row.id}-{row.label}-{Ways.version}",
                    on_blur=lambda value: Ways.rename(row.id, value),
                    aria_label="Name of " + row.label,
                    max_length=60,
                    auto_complete="off",
                    class_name=(
                        "-mb-3 -ml-2 -mt-1.5 h-11 w-full min-w-0 truncate rounded-md bg-transparent px-2 font-medium text-ink"
                        " hover:bg-sunken focus:bg-sunken lg:-mb-1.5 lg:-mt-1.5 lg:h-8"
                    ),
                ),
                rx.el.p(row.line, class_name="truncate text-xs text-ink-3"),
                class_name="min-w-0 grow",
            ),
            rx.match(
                row.tone,
                ("warn", badge(row.mark, tone="warn")),
                ("plain", badge(row.mark)),
                rx.cond(row.mark != "", badge(row.mark, tone="brand"), rx.fragment()),
            ),
            rx.cond(
                row.favourable | row.raisable | row.removable | row.bank,
                icon_button(
                    "more",
                    "What can be done with " + row.label,
                    on_click=Ways.toggle(row.id),
                    custom_attrs={"aria-expanded": is_open},
                    class_name="-mr-2",
                ),
                rx.fragment(),
            ),
            class_name="flex items-center gap-3 px-5 py-2.5",
        ),
        rx.cond(is_open, _actions(row), rx.fragment()),
    )


def _actions(row: ObjectVar[WayRow]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.bank,
            form(
                text_field(
                    "IBAN",
                    "iban",
                    problem=Ways.problem,
                    max_length=60,
                    required=True,
                    default_value=row.iban,
                    auto_capitalize="characters",
                    class_name="grow",
                    hint="What your bank debits",
                ),
                button("Save", kind="plain", type="submit", class_name="mt-6.5"),
                on_submit=Ways.keep_iban,
                class_name="flex w-full items-start gap-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            row.favourable,
            button(
                "Make default",
                kind="plain",
                aria_label=f"Make default: {row.label}",
                on_click=Ways.favour(row.id),
                class_name="px-3!",
            ),
            rx.fragment(),
        ),
        rx.cond(
            row.raisable,
            button(
                "Move up",
                kind="plain",
                aria_label=f"Move up: {row.label}",
                on_click=Ways.earlier(row.id),
                class_name="px-3!",
            ),
            rx.fragment(),
        ),
        rx.cond(
            row.removable,
            button(
                "Remove",
                kind="plain",
                aria_label=f"Remove: {row.label}",
                on_click=Ways.remove(row.id),
                class_name="px-3!",
            ),
            rx.fragment(),
        ),
        class_name="flex flex-wrap gap-2 px-5 pb-4 pt-1",
    )


def _form() -> rx.Component:
    return dialog(
        rx.cond(
            some(Ways.addable),
            form(
                select_field("Account", "way", Ways.addable, problem=Ways.problem),
                text_field(
                    "Name",
                    "label",
                    problem=Ways.problem,
                    max_length=60,
                    hint="Only you see it. Empty: as the account is called",
                ),
                text_field(
                    "IBAN",
                    "iban",
                    problem=Ways.problem,
                    max_length=60,
                    auto_capitalize="characters",
                    hint="Of an account at a bank, where it is not known yet",
                ),
                form_problem(Ways.problem, "way", "label", "iban"),
                rx.el.div(
                    button("Cancel", kind="plain", on_click=Ways.leave),
                    button("Add it", type="submit"),
                    class_name="flex justify-end gap-2",
                ),
                on_submit=Ways.add,
                class_name="grid gap-4",
            ),
            rx.el.p(
                "Every account that can pay is in the list. ",
                text_link("Open another one.", href="/accounts?new=1"),
                class_name="text-ink-2",
            ),
        ),
        title="Add a way to pay",
        line="It comes behind the others",
        is_open=Ways.adding,
        on_close=Ways.leave,
    )
