"""The smaller forms: ask for money, pay in parts, a contact, a top-up, one's own number, a PIN."""

from typing import Any

import reflex as rx

from fintwin.ui.components.forms import (
    button,
    checkbox,
    field,
    form,
    form_problem,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import dialog, text_link
from fintwin.ui.components.vars import many, some
from fintwin.ui.pages.payments.address import PATH
from fintwin.ui.pages.payments.state import Asking

_SELECT = "h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink"


def dialogs() -> rx.Component:
    """All of them; one is open at a time."""
    return rx.fragment(
        _form(
            "ask",
            "Ask for money",
            "They can pay with one click. It runs out after 30 days.",
            _number(),
            _amount("Amount"),
            _account("Into", "account"),
            text_field("What for", "message", problem=Asking.problem, max_length=140, hint="They can read this"),
            words="Ask",
            submit=Asking.ask,
            fields=("number", "amount", "account", "message"),
        ),
        _form(
            "plan",
            "Pay in parts",
            "Nothing is sent by itself: you pay each part when you like.",
            _number(),
            _amount("Total"),
            _account("From", "account"),
            text_field(
                "Equal parts",
                "parts",
                problem=Asking.problem,
                input_mode="numeric",
                max_length=3,
                hint="Empty: amounts of your own",
            ),
            text_field("What for", "description", problem=Asking.problem, max_length=140, hint="They can read this"),
            words="Set it up",
            submit=Asking.plan,
            fields=("number", "amount", "account", "parts", "description"),
        ),
        _form(
            "contact",
            "New contact",
            "Only you see the name.",
            text_field("Your name for them", "name", problem=Asking.problem, max_length=80, required=True),
            _number(known=False),
            words="Save",
            submit=Asking.add,
            fields=("name", "number"),
            needs_account=False,
        ),
        _form(
            "topup",
            "Top up",
            "From an account at your bank, as your books mirror it, to one that is kept here.",
            _amount("Amount"),
            _account("From", "source", banks=True),
            _account("To", "account"),
            words="Top up",
            submit=Asking.top_up,
            fields=("amount", "source", "account"),
            needs_bank=True,
        ),
        _rename(),
        _receive(),
        _pin(),
    )


def _form(
    new: str,
    title: str,
    line: str,
    *controls: rx.Component,
    words: str,
    submit: Any,
    fields: tuple[str, ...],
    needs_account: bool = True,
    needs_bank: bool = False,
) -> rx.Component:
    asked: rx.Component = form(
        *controls,
        form_problem(Asking.problem, *fields),
        rx.el.div(
            button("Cancel", kind="plain", on_click=Asking.leave),
            button(words, type="submit"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=submit,
        key=Asking.key,
        class_name="grid gap-4",
    )
    if needs_bank:
        asked = rx.cond(some(Asking.banks), asked, _missing("There is no account at a bank in your books. ", new="1"))
    if needs_account:
        asked = rx.cond(some(Asking.held), asked, _missing("For this you need an account that is kept here. "))
    return dialog(asked, title=title, line=line, is_open=Asking.new == new, on_close=Asking.shut, closed_href=PATH)


def _missing(words: str, *, new: str = "held") -> rx.Component:
    """Why the form is not there, with the way to the account that it needs: `held` here, or `1` at a bank."""
    return rx.el.p(
        words,
        text_link("Open one.", href=f"/accounts?new={new}", custom_attrs={"data-focus": ""}),
        class_name="text-ink-2",
    )


def _number(*, known: bool = True) -> rx.Component:
    return field(
        "Account number",
        rx.fragment(
            text_input(
                "number",
                problem=Asking.problem,
                input_mode="numeric",
                max_length=30,
                required=True,
                placeholder="1234 5678 9012 34",
                **({"list": "known-numbers"} if known else {}),
            ),
            rx.el.datalist(
                rx.foreach(Asking.contacts, lambda one: rx.el.option(one.name, value=one.number)),
                id="known-numbers",
            )
            if known
            else rx.fragment(),
        ),
        name="number",
        problem=Asking.problem,
        hint="Fourteen digits; your contacts are suggested" if known else "Fourteen digits",
    )


def _amount(label: str) -> rx.Component:
    return field(
        label,
        text_input(
            "amount",
            problem=Asking.problem,
            input_mode="decimal",
            max_length=40,
            required=True,
            class_name="text-lg! font-semibold",
        ),
        name="amount",
        problem=Asking.problem,
    )


def _account(label: str, name: str, *, banks: bool = False) -> rx.Component:
    return field(
        label,
        select_input(
            name,
            rx.foreach(Asking.banks if banks else Asking.held, lambda one: rx.el.option(one.words, value=one.uuid)),
            problem=Asking.problem,
        ),
        name=name,
        problem=Asking.problem,
    )


def _rename() -> rx.Component:
    return dialog(
        form(
            text_field(
                "Your name for them",
                "name",
                problem=Asking.problem,
                max_length=80,
                required=True,
                default_value=Asking.contact.name,
                key=Asking.contact.id,
            ),
            form_problem(Asking.problem, "name"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Asking.leave),
                button("Save", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Asking.rename,
            class_name="grid gap-4",
        ),
        title="Another name",
        line=Asking.contact.number,
        is_open=Asking.contact.id != "",
        on_close=Asking.shut,
        closed_href=PATH,
    )


def _receive() -> rx.Component:
    return dialog(
        rx.cond(some(Asking.held), _own_number(), _missing("To be paid you need an account that is kept here. ")),
        title="Get paid",
        is_open=Asking.receiving,
        on_close=Asking.shut,
        closed_href=PATH,
    )


def _own_number() -> rx.Component:
    return rx.el.div(
        rx.cond(
            many(Asking.held),
            rx.el.label(
                rx.el.span("Into", class_name="font-medium"),
                rx.el.select(
                    rx.foreach(Asking.held, lambda one: rx.el.option(one.words, value=one.uuid)),
                    value=Asking.receiver,
                    on_change=Asking.receive,
                    class_name=_SELECT,
                ),
                class_name="grid w-full gap-1.5 text-left",
            ),
            rx.fragment(),
        ),
        rx.el.svg(
            rx.el.rect(width="100%", height="100%", class_name="fill-white"),
            rx.el.path(d=Asking.code, class_name="fill-black"),
            view_box=f"0 0 {Asking.code_side} {Asking.code_side}",
            role="img",
            aria_label="QR code that opens a payment to you",
            class_name="size-52 rounded-lg border border-line",
            custom_attrs={"shapeRendering": "crispEdges"},
        ),
        rx.el.p(Asking.number, class_name="num text-xl font-semibold tracking-tight"),
        rx.el.p(
            "Anybody here who scans this, or opens the link, can pay you. They see the first letters of your name.",
            class_name="max-w-sm text-balance text-ink-2",
        ),
        rx.el.div(
            button(
                icon("copy", size="size-4"),
                "Copy number",
                kind="plain",
                on_click=[rx.set_clipboard(Asking.number), Asking.copied],
            ),
            button(
                icon("copy", size="size-4"),
                "Copy link",
                data_focus=True,
                on_click=[rx.set_clipboard(Asking.link), Asking.copied],
            ),
            class_name="flex flex-wrap justify-center gap-2",
        ),
        class_name="grid justify-items-center gap-4 text-center",
    )


def _pin() -> rx.Component:
    had = Asking.pin_of.pin != ""
    return dialog(
        form(
            rx.cond(had, _digits("PIN now", "old", "The one that the account has"), rx.fragment()),
            _digits(rx.cond(had, "New PIN", "PIN"), "pin", rx.cond(had, "Empty: it stays as it is", "4 to 12 digits")),
            text_field(
                "Ask for it above",
                "threshold",
                problem=Asking.problem,
                input_mode="decimal",
                max_length=40,
                default_value=Asking.pin_of.threshold,
                key=Asking.pin_of.uuid,
                hint="For payments, and for moves to your other accounts. Empty: for every amount",
            ),
            rx.cond(had, checkbox("Take the PIN away", name="remove"), rx.fragment()),
            form_problem(Asking.problem, "old", "pin", "threshold"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Asking.leave),
                button("Save", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Asking.set_pin,
            class_name="grid gap-4",
        ),
        title=rx.cond(had, "Change the PIN", "Set a PIN"),
        line=Asking.pin_of.name,
        is_open=Asking.pin_of.uuid != "",
        on_close=Asking.shut,
        closed_href=PATH,
    )


def _digits(label: Any, name: str, hint: Any) -> rx.Component:
    return field(
        label,
        text_input(
            name, problem=Asking.problem, type="password", input_mode="numeric", max_length=12, auto_complete="off"
        ),
        name=name,
        problem=Asking.problem,
        hint=hint,
    )
