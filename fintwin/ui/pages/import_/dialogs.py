"""The dialogs over an import: how it is read, its account, a row put right, what is taken back."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    checkbox,
    form,
    form_problem,
    segmented,
    select_field,
    text_field,
)
from fintwin.ui.components.pieces import dialog
from fintwin.ui.components.vars import some
from fintwin.ui.pages.import_ import shown
from fintwin.ui.pages.import_.shown import Column
from fintwin.ui.pages.import_.state import Import


def reading() -> rx.Component:
    now, problem = Import.reading, Import.problem
    return dialog(
        form(
            rx.el.div(
                select_field(
                    "Encoding",
                    "encoding",
                    shown.ENCODING_CHOICES,
                    problem=problem,
                    default_value=now.encoding,
                    hint="How letters such as é and ß are written.",
                ),
                rx.cond(
                    Import.file.delimited | (Import.file.stage == "unreadable"),
                    select_field(
                        "Columns are parted by",
                        "delimiter",
                        [("", "As found"), *shown.DELIMITER_CHOICES],
                        problem=problem,
                        default_value=now.delimiter,
                    ),
                    rx.fragment(),
                ),
                rx.cond(
                    Import.file.plain,
                    select_field("Dates", "dates", shown.ORDER_CHOICES, problem=problem, default_value=now.dates),
                    rx.fragment(),
                ),
                rx.cond(
                    Import.file.stage == "check",
                    segmented("Amounts", "decimal", shown.DECIMAL_CHOICES, chosen=now.decimal, problem=problem),
                    rx.fragment(),
                ),
                rx.cond(
                    Import.file.stage == "check",
                    text_field(
                        "Currency of rows without one",
                        "currency",
                        problem=problem,
                        default_value=now.currency,
                        max_length=3,
                    ),
                    rx.fragment(),
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            checkbox("Plus and minus change places", name="flip", default_checked=now.flip),
            rx.cond(
                some(Import.columns),
                rx.el.fieldset(
                    rx.el.legend("Columns", class_name="mb-2 font-medium"),
                    rx.el.div(rx.foreach(Import.columns, _column), class_name="grid gap-2"),
                ),
                rx.fragment(),
            ),
            form_problem(problem, "encoding", "delimiter", "dates", "decimal", "currency"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Import.close_dialog),
                button("Read it again", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Import.read_otherwise,
            class_name="grid gap-4",
        ),
        title="How the file is read",
        is_open=Import.dialog == "reading",
        on_close=Import.close_dialog,
    )


def _column(column: ObjectVar[Column]) -> rx.Component:
    return rx.el.label(
        rx.el.span(column.heading, class_name="min-w-0 truncate text-ink-2"),
        rx.el.select(
            *(rx.el.option(words, value=role) for role, words in shown.ROLE_CHOICES),
            name=f"column-{column.index}",
            default_value=column.role,
            class_name="h-11 min-w-0 rounded-lg border border-line bg-surface px-2 text-ink lg:h-9",
        ),
        class_name="grid grid-cols-2 items-center gap-3",
    )


def account() -> rx.Component:
    return dialog(
        form(
            rx.el.input(type="hidden", name="part", default_value=Import.part, key=Import.part),
            select_field(
                "Account",
                "account",
                Import.targets,
                default_value=Import.target,
                problem=Import.problem,
                hint="Only accounts at a bank, in the file’s currency.",
            ),
            form_problem(Import.problem, "account"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Import.close_dialog),
                button("Use this account", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Import.send_to,
            class_name="grid gap-4",
        ),
        title="Where the rows go",
        is_open=Import.dialog == "account",
        on_close=Import.close_dialog,
    )


def mend() -> rx.Component:
    row, problem = Import.mending, Import.problem
    return dialog(
        form(
            rx.el.p(row.line, class_name="text-bad"),
            rx.el.div(
                text_field("Date", "booked", problem=problem, default_value=row.booked, max_length=60),
                text_field(
                    "Amount, minus is out",
                    "amount",
                    problem=problem,
                    default_value=row.amount,
                    input_mode="text",
                    max_length=40,
                ),
                class_name="grid grid-cols-2 gap-4",
            ),
            text_field("Payee", "payee", problem=problem, default_value=row.payee, max_length=200),
            form_problem(problem, "booked", "amount", "payee"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Import.close_dialog),
                button("Save", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Import.mend,
            key=row.number,
            class_name="grid gap-4",
        ),
        title="Put this row right",
        is_open=Import.dialog == "mend",
        on_close=Import.close_dialog,
    )


def take_out() -> rx.Component:
    return dialog(
        rx.el.p(
            rx.el.span(Import.leaving.title, class_name="font-medium"),
            rx.el.span(", ", Import.leaving.day, ", "),
            rx.el.span(Import.leaving.amount, class_name="num amount"),
            class_name="break-words",
        ),
        rx.el.p(
            "It is taken back by a reversal and stays known: neither this file nor another one brings it back.",
            class_name="mt-2 text-ink-2",
        ),
        form_problem(Import.problem, "number", "transaction"),
        rx.el.div(
            button("Keep it", kind="plain", on_click=Import.close_dialog),
            button("Take it out", kind="danger", on_click=Import.take_out),
            class_name="mt-5 flex justify-end gap-2",
        ),
        title="Take this row out?",
        is_open=Import.dialog == "take_out",
        on_close=Import.close_dialog,
    )


def undo() -> rx.Component:
    return dialog(
        rx.el.p(
            "All transactions of this file are taken back by reversals. What you changed since stays, and is listed."
            " The file can be added again at any time.",
            class_name="text-ink-2",
        ),
        rx.el.div(
            button("Keep it", kind="plain", on_click=Import.close_dialog),
            button("Undo this import", kind="danger", on_click=Import.undo),
            class_name="mt-5 flex justify-end gap-2",
        ),
        title="Undo the whole import?",
        is_open=Import.dialog == "undo",
        on_close=Import.close_dialog,
    )
