"""How a balance is compared with a statement."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    field,
    form,
    form_problem,
    link_button,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import amount, badge, dialog, note
from fintwin.ui.components.vars import some
from fintwin.ui.pages.accounts.reconciling import LockRow, Reconciling


def comparing() -> rx.Component:
    """The dialog: day and balance, what came of it, what was compared before."""
    state, problem = Reconciling, Reconciling.problem
    return dialog(
        form(
            rx.el.p(
                "Take both from a statement. Where the books agree, everything up to that day is locked, so that it"
                " stays as the statement has it.",
                class_name="text-ink-2",
            ),
            rx.el.div(
                field(
                    "At the end of",
                    text_input(
                        "day",
                        problem=problem,
                        type="date",
                        required=True,
                        data_focus=True,
                        key=f"day-{state.version}",
                    ),
                    name="day",
                    problem=problem,
                ),
                field(
                    rx.cond(state.account.owes, "What you owed", "Balance"),
                    text_input(
                        "balance",
                        problem=problem,
                        input_mode="decimal",
                        max_length=40,
                        required=True,
                        key=f"balance-{state.version}",
                    ),
                    name="balance",
                    problem=problem,
                    hint=rx.cond(state.account.owes, "Without a sign", "A minus in front if it was overdrawn"),
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            form_problem(problem, "day", "balance"),
            rx.cond(state.differs.sentence != "", _differs(), rx.fragment()),
            rx.el.div(
                button("Close", kind="plain", on_click=state.leave),
                button("Compare", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=state.compare,
            key=state.account.uuid,
            class_name="grid gap-4",
        ),
        rx.cond(some(state.locks), _earlier(), rx.fragment()),
        title="Compare with a statement",
        line=state.account.name,
        is_open=state.is_open,
        on_close=state.leave,
    )


def _differs() -> rx.Component:
    differs = Reconciling.differs
    return rx.el.div(
        note(
            rx.el.p(differs.sentence, class_name="num amount"),
            rx.el.p(differs.apart, class_name="num amount mt-1 font-medium"),
            tone="warn",
            symbol="warning",
        ),
        link_button(icon("list", size="size-4"), "Look at what is booked up to that day", href=differs.href),
        role="alert",
        class_name="grid gap-3",
    )


def _earlier() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Compared so far", class_name="text-xs font-medium text-ink-3"),
        rx.el.ul(
            rx.foreach(Reconciling.locks, _lock),
            class_name="mt-1 divide-y divide-line",
        ),
        rx.cond(
            Reconciling.locked != "",
            rx.cond(
                Reconciling.releasing,
                note(
                    rx.el.p(
                        f"Once released, what is booked up to {Reconciling.locked} can be changed again, and may then"
                        " differ from your statement.",
                    ),
                    rx.el.div(
                        button("Keep the lock", kind="plain", on_click=Reconciling.keep),
                        button("Release it", kind="danger", on_click=Reconciling.release),
                        class_name="mt-3 flex flex-wrap gap-2",
                    ),
                    tone="warn",
                    symbol="lock",
                    class_name="mt-3",
                ),
                button(
                    icon("lock", size="size-4"),
                    f"Release the lock up to {Reconciling.locked}",
                    kind="quiet",
                    on_click=Reconciling.ask,
                    class_name="mt-2 -ml-4",
                ),
            ),
            rx.fragment(),
        ),
        class_name="mt-5 border-t border-line pt-4",
    )


def _lock(lock: ObjectVar[LockRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(
                rx.el.span(lock.day, class_name="num font-medium"),
                rx.cond(lock.holds, badge("Locked", tone="good"), badge("Released")),
                class_name="flex items-center gap-2",
            ),
            rx.el.span(lock.line, class_name="num block text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        amount(lock.balance, class_name="ml-auto whitespace-nowrap"),
        class_name="flex items-center gap-4 py-2",
    )
