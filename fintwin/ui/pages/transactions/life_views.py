"""How a transaction's life looks in its panel."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    form,
    form_problem,
    pin_field,
    text_field,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions.life import Happening, Life
from fintwin.ui.pages.transactions.state import Detail, Register


def life() -> rx.Component:
    """What became of it; read anew whenever another transaction is shown, or this one changed."""
    return rx.el.div(
        rx.cond(
            some(Life.steps),
            rx.el.section(
                rx.el.h3("What became of it", class_name="text-xs font-medium text-ink-3"),
                rx.el.ol(rx.foreach(Life.steps, _step), class_name="mt-1 divide-y divide-line"),
                class_name="mt-5 border-t border-line pt-4",
            ),
            rx.fragment(),
        ),
        rx.cond(Life.rest != "", rx.el.p(Life.rest, class_name="num amount mt-3 font-medium"), rx.fragment()),
        rx.cond(
            Life.closed != "",
            rx.el.p(
                icon("lock", size="size-4.5"),
                Life.closed,
                class_name="mt-4 flex items-start gap-2 rounded-lg bg-sunken px-3 py-2.5 text-ink-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            Life.partable,
            rx.cond(
                Life.taking,
                _part(),
                button(
                    "Take back a part", kind="quiet", on_click=Life.begin, class_name="mt-3 -ml-4 text-brand! lg:h-9!"
                ),
            ),
            rx.fragment(),
        ),
        rx.cond(Life.taking, rx.fragment(), form_problem(Life.problem)),
        key=f"{Detail.seen.reference}-{Detail.seen.status}",
        on_mount=Life.open(Detail.seen.reference),
    )


def _step(step: ObjectVar[Happening]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(step.words, class_name="num amount"),
            rx.cond(
                step.other != "",
                link(
                    step.other,
                    href=Register.opening_href + step.other,
                    replace=True,
                    prevent_scroll_reset=True,
                    on_click=Register.expect(step.other),
                    class_name="num ml-2 font-medium text-brand hover:underline",
                ),
                rx.fragment(),
            ),
        ),
        rx.el.p(step.line, class_name="num break-words text-xs text-ink-3"),
        class_name="py-2",
    )


def _part() -> rx.Component:
    problem = Life.problem
    return form(
        rx.el.div(
            text_field(
                "How much goes back",
                "part",
                problem=problem,
                input_mode="decimal",
                max_length=40,
                required=True,
                auto_focus=True,
                hint=Life.hint,
            ),
            text_field("Why", "reason", problem=problem, max_length=140),
            class_name="grid grid-cols-2 gap-4",
        ),
        rx.el.p(
            "Booked today as a linked reversal of its own. A part cannot be brought back; book it anew if need be.",
            class_name="text-xs text-ink-3",
        ),
        rx.cond(Life.pin_for == "part", pin_field(problem=problem), rx.fragment()),
        form_problem(problem, "part", "reason", "pin"),
        rx.el.div(
            button("Cancel", kind="plain", on_click=Life.leave),
            button("Take it back", type="submit", kind="danger"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=Life.take_back,
        class_name="mt-4 grid gap-3 border-t border-line pt-4",
    )
