"""How pending transactions look: a strip above the register, its rows, and a dialog for each way they can end."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    choice_cards,
    form,
    form_problem,
    link_button,
    text_field,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, amount, dialog
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions.waiting import Waiting, Waits, Whole


def strip() -> rx.Component:
    """What is pending; nothing where nothing is."""
    return rx.fragment(
        rx.cond(Waiting.asking != "", rx.fragment(), form_problem(Waiting.problem)),
        rx.cond((Waiting.many > 0) | Waiting.running, _strip(), rx.fragment()),
        _settling(),
        _letting_go(),
        _settling_all(),
    )


def _strip() -> rx.Component:
    return rx.el.section(
        rx.el.button(
            icon("clock", size="size-4.5"),
            rx.el.span(
                rx.el.span(Waiting.words, class_name="num font-semibold"),
                rx.cond(
                    Waiting.summary != "",
                    rx.el.span(": ", rx.el.span(Waiting.summary, class_name="num amount"), class_name="text-ink-2"),
                    rx.fragment(),
                ),
                class_name="min-w-0",
            ),
            rx.el.span(
                icon("chevron-down", size="size-4"),
                class_name=rx.cond(Waiting.shown, "ml-auto rotate-180 text-ink-3", "ml-auto text-ink-3"),
            ),
            type="button",
            aria_expanded=Waiting.shown,
            on_click=Waiting.toggle,
            class_name="flex min-h-12 w-full items-center gap-2.5 px-5 py-2 text-left hover:bg-sunken/50",
        ),
        rx.cond(
            Waiting.running,
            rx.el.div(
                rx.el.progress(
                    max=Waiting.of,
                    value=Waiting.done,
                    aria_label="How many are settled",
                    class_name="h-1.5 w-full accent-brand",
                ),
                rx.el.p("Settling ", Waiting.progress, role="status", class_name="num text-xs text-ink-2"),
                class_name="grid gap-1 border-t border-line px-5 py-3",
            ),
            rx.fragment(),
        ),
        rx.cond(
            Waiting.shown,
            rx.fragment(
                rx.el.ul(
                    rx.foreach(Waiting.rows, _row),
                    class_name="divide-y divide-line border-t border-line",
                ),
                rx.cond(
                    some(Waiting.wholes) | (Waiting.beyond != ""),
                    rx.el.div(
                        rx.cond(
                            Waiting.beyond != "",
                            rx.el.p(Waiting.beyond, class_name="text-xs text-ink-3"),
                            rx.fragment(),
                        ),
                        rx.foreach(Waiting.wholes, _whole),
                        class_name="flex flex-wrap items-center gap-2 border-t border-line px-5 py-2.5",
                    ),
                    rx.fragment(),
                ),
            ),
            rx.fragment(),
        ),
        aria_label="Pending",
        class_name=f"{CARD} overflow-hidden",
    )


def _row(row: ObjectVar[Waits]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.title, class_name="block truncate font-medium"),
            rx.el.span(row.line, class_name="num block text-xs text-ink-3"),
            class_name="min-w-0 grow basis-40",
        ),
        amount(row.amount, inflow=row.inflow, class_name="ml-auto whitespace-nowrap font-medium italic"),
        rx.el.span(
            rx.cond(
                row.ends_at != "",
                link_button(
                    f"Open the {row.ends_as}",
                    href=row.ends_at,
                    aria_label=f"Open the {row.ends_as}: {row.title}",
                    class_name="lg:h-9!",
                ),
                rx.fragment(
                    button(
                        "Settle",
                        kind="plain",
                        aria_label=f"Settle {row.title}",
                        on_click=Waiting.ask(row.reference, "settle"),
                        class_name="lg:h-9!",
                    ),
                    button(
                        "Let go",
                        kind="quiet",
                        aria_label=f"Let go {row.title}",
                        on_click=Waiting.ask(row.reference, "let_go"),
                        class_name="lg:h-9!",
                    ),
                ),
            ),
            class_name="flex shrink-0 gap-1 max-sm:w-full max-sm:justify-end",
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3 sm:flex-nowrap",
    )


def _whole(one: ObjectVar[Whole]) -> rx.Component:
    return button(
        f"Settle all {one.many} on {one.name}",
        kind="plain",
        disabled=Waiting.running,
        on_click=Waiting.ask_all(one.uuid),
        class_name="lg:h-9!",
    )


def _settling() -> rx.Component:
    chosen, problem = Waiting.chosen, Waiting.problem
    return dialog(
        form(
            text_field(
                "How much is booked",
                "amount",
                problem=problem,
                input_mode="decimal",
                max_length=40,
                required=True,
                data_focus=True,
                default_value=chosen.bare,
                on_change=Waiting.say,
                hint=f"{chosen.size} is pending. Write less if only a part of it came",
            ),
            rx.cond(
                Waiting.part,
                choice_cards(
                    f"What about the other {Waiting.left}?",
                    "rest",
                    [
                        ("keep", "Keep the rest", "It stays pending until it comes"),
                        ("let_go", "Let the rest go", "It is available again at once"),
                    ],
                    chosen="keep",
                    problem=problem,
                ),
                rx.fragment(),
            ),
            text_field("Day", "booked", problem=problem, type="date", hint="Empty means today"),
            form_problem(problem, "amount", "rest", "booked"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Waiting.leave),
                button("Book it", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Waiting.settle,
            key=chosen.reference,
            class_name="grid gap-4",
        ),
        title=f"Settle {chosen.title}",
        line=chosen.line,
        is_open=Waiting.asking == "settle",
        on_close=Waiting.leave,
    )


def _letting_go() -> rx.Component:
    chosen, problem = Waiting.chosen, Waiting.problem
    return dialog(
        form(
            rx.el.p(
                "Nothing is booked, and ", amount(chosen.size), " is no longer waited for.", class_name="text-ink-2"
            ),
            text_field(
                "Why",
                "reason",
                problem=problem,
                max_length=140,
                data_focus=True,
                hint="If you want to remember it",
            ),
            form_problem(problem, "reason"),
            rx.el.div(
                button("Keep it", kind="plain", on_click=Waiting.leave),
                button("Let it go", type="submit", kind="danger"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Waiting.let_go,
            key=chosen.reference,
            class_name="grid gap-4",
        ),
        title=f"Let go {chosen.title}?",
        line=chosen.line,
        is_open=Waiting.asking == "let_go",
        on_close=Waiting.leave,
    )


def _settling_all() -> rx.Component:
    account = Waiting.account
    return dialog(
        rx.el.p(
            "Each is booked today, with its full amount: ",
            amount(account.words),
            ". What cannot be booked stays pending.",
            class_name="text-ink-2",
        ),
        form_problem(Waiting.problem),
        rx.el.div(
            button("Not now", kind="plain", on_click=Waiting.leave),
            button("Settle them", on_click=Waiting.settle_all(account.uuid), data_focus=True),
            class_name="mt-5 flex justify-end gap-2",
        ),
        title=f"Settle all {account.many} on {account.name}?",
        is_open=Waiting.asking == "all",
        on_close=Waiting.leave,
    )
