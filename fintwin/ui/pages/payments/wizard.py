"""The way of a new payment: whom, how much, look once more."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    field,
    form,
    form_problem,
    pin_field,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import amount, dialog, initials, note, text_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.payments.address import PATH
from fintwin.ui.pages.payments.rows import ContactRow
from fintwin.ui.pages.payments.state import Wizard


def dialogs() -> rx.Component:
    """The dialog of a new payment."""
    return dialog(
        rx.cond(
            some(Wizard.accounts),
            rx.fragment(
                _steps(),
                rx.match(Wizard.step, ("amount", _amount()), ("review", _review()), _payee()),
            ),
            rx.el.p(
                "Money for other people leaves an account that is kept here. ",
                text_link("Open one.", href="/accounts?new=held", custom_attrs={"data-focus": ""}),
                class_name="text-ink-2",
            ),
        ),
        title=rx.match(Wizard.step, ("amount", "How much?"), ("review", "Send it?"), "Send money to"),
        line=amount(Wizard.title),
        is_open=Wizard.is_open,
        on_close=Wizard.shut,
        closed_href=PATH,
    )


def _steps() -> rx.Component:
    """Where on the way this is."""
    return rx.el.ol(
        *(
            rx.el.li(
                rx.el.span(words, class_name="sr-only"),
                custom_attrs={"aria-current": rx.cond(Wizard.step == name, "step", "false")},
                class_name=rx.cond(reached, "h-1 rounded-full bg-brand", "h-1 rounded-full bg-sunken"),
            )
            for name, words, reached in (
                ("payee", "Whom", True),
                ("amount", "How much", Wizard.step != "payee"),
                ("review", "Look once more", Wizard.step == "review"),
            )
        ),
        class_name="mb-5 grid grid-cols-3 gap-1.5",
    )


def _payee() -> rx.Component:
    return rx.el.div(
        form(
            field(
                "Account number",
                text_input(
                    "number",
                    problem=Wizard.problem,
                    input_mode="numeric",
                    max_length=30,
                    required=True,
                    placeholder="1234 5678 9012 34",
                    data_focus=True,
                ),
                name="number",
                problem=Wizard.problem,
                hint="Fourteen digits, from the other person's “Get paid”",
            ),
            form_problem(Wizard.problem, "number"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Wizard.leave),
                button("Next", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Wizard.find,
            class_name="grid gap-4",
        ),
        rx.cond(
            some(Wizard.contacts),
            rx.el.div(
                rx.el.h3("Or somebody you know", class_name="mb-2 font-medium"),
                rx.el.ul(
                    rx.foreach(Wizard.contacts, _contact),
                    class_name="-mx-2 max-h-72 divide-y divide-line overflow-y-auto",
                ),
            ),
            rx.fragment(),
        ),
        class_name="grid gap-6",
    )


def _contact(one: ObjectVar[ContactRow]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            initials(one.letters, tone="brand"),
            rx.el.span(
                rx.el.span(one.name, class_name="block truncate font-medium"),
                rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
                class_name="min-w-0 text-left",
            ),
            type="button",
            on_click=Wizard.choose(one.bare),
            class_name="flex min-h-14 w-full items-center gap-3 rounded-lg px-2 hover:bg-sunken",
        )
    )


def _to() -> rx.Component:
    return rx.el.div(
        initials(Wizard.letters, tone="brand"),
        rx.el.span(
            rx.el.span("To", class_name="block text-xs text-ink-3"),
            rx.el.span(Wizard.name, class_name="block truncate font-medium"),
            class_name="min-w-0",
        ),
        rx.cond(
            Wizard.fixed,
            rx.fragment(),
            button("Change", kind="quiet", on_click=Wizard.back, class_name="-mr-2 ml-auto px-3!"),
        ),
        class_name="flex items-center gap-3 rounded-lg bg-sunken px-4 py-2.5",
    )


def _amount() -> rx.Component:
    return form(
        _to(),
        field(
            "Amount",
            text_input(
                "amount",
                problem=Wizard.problem,
                input_mode="decimal",
                max_length=40,
                required=True,
                data_focus=True,
                read_only=Wizard.asked,
                default_value=Wizard.wanted["amount"],
                key=Wizard.key + "-amount-" + Wizard.number,
                class_name="h-14! text-2xl! font-semibold",
            ),
            name="amount",
            problem=Wizard.problem,
        ),
        field(
            "From",
            select_input(
                "account",
                rx.foreach(Wizard.accounts, lambda one: rx.el.option(one.words, value=one.uuid)),
                problem=Wizard.problem,
                default_value=Wizard.wanted["account"],
                key=Wizard.key + "-account",
                on_change=Wizard.pay_from,
            ),
            name="account",
            problem=Wizard.problem,
            hint=rx.fragment(amount(Wizard.left), " available"),
        ),
        text_field(
            "Message",
            "description",
            problem=Wizard.problem,
            max_length=140,
            default_value=Wizard.wanted["description"],
            key=Wizard.key + "-description-" + Wizard.number,
            hint="They can read this",
        ),
        rx.el.details(
            rx.el.summary(
                "For your own books", class_name="min-h-11 cursor-pointer content-center font-medium text-ink-2"
            ),
            rx.el.div(
                field(
                    "Category",
                    select_input(
                        "category",
                        Wizard.categories,
                        problem=Wizard.problem,
                        default_value=Wizard.wanted["category"],
                        key=Wizard.key + "-category",
                    ),
                    name="category",
                    problem=Wizard.problem,
                ),
                text_field(
                    "Note",
                    "note",
                    problem=Wizard.problem,
                    max_length=500,
                    default_value=Wizard.wanted["note"],
                    key=Wizard.key + "-note",
                    hint="Only you can read this",
                ),
                class_name="grid gap-4 pt-2 sm:grid-cols-2",
            ),
        ),
        form_problem(Wizard.problem, "amount", "account", "description", "category", "note"),
        rx.el.div(
            button("Cancel", kind="plain", on_click=Wizard.leave),
            button("Review", type="submit"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=Wizard.review,
        class_name="grid gap-4",
    )


def _review() -> rx.Component:
    return form(
        rx.el.p(
            amount(Wizard.shown["amount"], class_name="block text-3xl font-semibold tracking-tight"),
            rx.el.span("to ", class_name="text-ink-3"),
            rx.el.strong(Wizard.name, class_name="font-semibold"),
        ),
        rx.el.dl(
            *(
                rx.el.div(
                    rx.el.dt(name, class_name="shrink-0 text-ink-3"),
                    rx.el.dd(value, class_name="num ml-auto min-w-0 break-words text-right"),
                    class_name="flex gap-4",
                )
                for name, value in (
                    ("From", Wizard.shown["account"]),
                    ("Fee", amount(Wizard.shown["fee"])),
                    ("Left afterwards", amount(Wizard.shown["left"])),
                    ("Message", rx.cond(Wizard.wanted["description"] != "", Wizard.wanted["description"], "none")),
                    ("Your note", rx.cond(Wizard.wanted["note"] != "", Wizard.wanted["note"], "none")),
                    ("Category", rx.cond(Wizard.shown["category"] != "", Wizard.shown["category"], "chosen later")),
                )
            ),
            class_name="grid gap-2.5 rounded-lg bg-sunken px-4 py-3",
        ),
        rx.cond(
            Wizard.pin_for == "pay",
            pin_field(problem=Wizard.problem, data_focus=True),
            rx.fragment(),
        ),
        rx.cond(
            Wizard.once_more,
            rx.fragment(
                rx.el.input(type="hidden", name="sure", value="yes"),
                note(Wizard.problem.sentence, tone="warn", symbol="warning"),
            ),
            form_problem(Wizard.problem, "pin"),
        ),
        rx.el.div(
            button("Back", kind="plain", on_click=Wizard.back),
            rx.cond(
                Wizard.once_more,
                button("Send once more", type="submit"),
                button(icon("send", size="size-4"), "Send", type="submit", data_focus=True),
            ),
            class_name="flex justify-end gap-2",
        ),
        on_submit=Wizard.send,
        class_name="grid gap-4",
    )
