"""How one transaction looks in its panel."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    field,
    form,
    form_problem,
    link_button,
    pin_form,
    text_field,
)
from fintwin.ui.components.pieces import WHOLE, amount, dialog, link
from fintwin.ui.pages.transactions import life_views, panel
from fintwin.ui.pages.transactions.amending import amending
from fintwin.ui.pages.transactions.rows import Line
from fintwin.ui.pages.transactions.state import Detail, Register
from fintwin.ui.pages.transactions.waiting import Waiting


def detail() -> rx.Component:
    """The panel."""
    seen = Detail.seen
    return dialog(
        rx.el.div(
            rx.el.p(
                amount(
                    seen.amount,
                    inflow=seen.inflow & ~seen.unbooked,
                    class_name=rx.cond(
                        seen.unbooked,
                        "text-3xl font-semibold tracking-tight italic text-ink-2",
                        "text-3xl font-semibold tracking-tight",
                    ),
                ),
                tab_index=-1,
                data_focus=True,
                class_name=f"{WHOLE} outline-none",
            ),
            rx.el.p(
                seen.status,
                " · ",
                seen.day,
                rx.cond(seen.valued != "", rx.fragment(" · value date ", seen.valued), rx.fragment()),
                class_name="mt-1 text-ink-3",
            ),
            rx.cond(seen.waits, _ending(), rx.fragment()),
        ),
        form(
            text_field(
                "Payee",
                "payee",
                problem=Detail.problem,
                max_length=140,
                default_value=seen.payee,
                key=f"{seen.reference}-payee",
            ),
            field(
                "Category",
                rx.el.select(
                    rx.el.option(seen.uncategorised, value=""),
                    rx.foreach(Detail.categories, lambda one: rx.el.option(one[1], value=one[0])),
                    name="category",
                    default_value=seen.category,
                    key=f"{seen.reference}-{seen.category}",
                    class_name="h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink",
                ),
                name="category",
                problem=Detail.problem,
            ),
            field(
                "Note",
                rx.el.textarea(
                    name="note",
                    default_value=seen.note,
                    key=f"{seen.reference}-note",
                    max_length=500,
                    rows="2",
                    class_name="min-h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 py-2.5 text-ink",
                ),
                name="note",
                problem=Detail.problem,
            ),
            rx.el.div(button("Save", type="submit", kind="plain"), class_name="flex justify-end"),
            on_submit=Detail.save,
            class_name="mt-5 grid gap-4",
        ),
        amending(),
        panel.meaning(),
        life_views.life(),
        rx.el.dl(
            rx.foreach(seen.facts, _fact),
            class_name="mt-5 grid gap-2.5 border-t border-line pt-5",
        ),
        rx.cond(
            seen.unbooked,
            rx.el.p(
                rx.cond(seen.waits, "Nothing is booked yet: no balance has changed.", "Nothing was booked."),
                class_name="mt-5 border-t border-line pt-4 text-ink-3",
            ),
            rx.el.section(
                rx.el.h3("Postings", class_name="text-xs font-medium text-ink-3"),
                rx.el.ul(rx.foreach(seen.lines, _line), class_name="mt-1 divide-y divide-line"),
                class_name="mt-5 border-t border-line pt-4",
            ),
        ),
        rx.cond(
            seen.related != "",
            rx.el.p(
                rx.cond(seen.reverses, "Undoes ", "Undone by "),
                link(
                    seen.related,
                    href=Register.opening_href + seen.related,
                    replace=True,
                    prevent_scroll_reset=True,
                    on_click=Register.expect(seen.related),
                    class_name="num font-medium text-brand hover:underline",
                ),
                class_name="mt-4 text-ink-2",
            ),
            rx.fragment(),
        ),
        rx.el.div(
            form_problem(Detail.problem, "payee", "category", "note", "amount", "booked", "pin"),
            rx.cond(
                seen.reversible,
                rx.cond(
                    Detail.pin_for == "undo",
                    pin_form(
                        "Delete this transaction",
                        problem=Detail.problem,
                        kind="danger",
                        on_submit=Detail.undo_with,
                        class_name="mt-4",
                    ),
                    button("Delete this transaction", kind="danger", on_click=Detail.undo),
                ),
                rx.fragment(),
            ),
            class_name="mt-5 grid gap-3",
        ),
        title=seen.title,
        is_open=Detail.is_open,
        on_close=[Detail.put_away, Register.expect("")],
        closed_href=Register.closed_href,
        class_name="lg:my-3! lg:mr-3! lg:h-[calc(100dvh-1.5rem)] lg:max-h-none! lg:w-[28rem]!",
    )


def _ending() -> rx.Component:
    """The two ways in which something pending ends, or the way to the payment or the order that ends it."""
    seen = Detail.seen
    return rx.el.div(
        rx.cond(
            seen.ends_at != "",
            link_button(f"Open the {seen.ends_as}", href=seen.ends_at, class_name="lg:h-9!"),
            rx.fragment(
                button("Settle", on_click=Waiting.ask(seen.reference, "settle"), class_name="lg:h-9!"),
                button("Let go", kind="plain", on_click=Waiting.ask(seen.reference, "let_go"), class_name="lg:h-9!"),
            ),
        ),
        class_name="mt-4 flex gap-2",
    )


def _fact(fact: ObjectVar[Line]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.name, class_name="shrink-0 text-ink-3"),
        rx.el.dd(fact.value, class_name="num ml-auto min-w-0 break-words text-right"),
        class_name="flex gap-4",
    )


def _line(line: ObjectVar[Line]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.name, class_name="min-w-0 truncate"),
        amount(line.value, class_name="ml-auto whitespace-nowrap"),
        class_name="flex gap-4 py-2",
    )
