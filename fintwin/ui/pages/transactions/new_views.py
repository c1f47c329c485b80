"""How the dialog for something new looks: money in, money out, and moved between own accounts."""

from typing import Any

import reflex as rx

from fintwin.ui.components.forms import (
    button,
    checkbox,
    field,
    form,
    form_problem,
    pin_field,
    segmented,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.pieces import dialog, text_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions.converting import Converting
from fintwin.ui.pages.transactions.state import Movement, Register
from fintwin.ui.pages.transactions.waiting import Waiting


def movement() -> rx.Component:
    """The dialog."""
    return dialog(
        segmented(
            "What kind",
            "kind",
            [
                ("deposit", "Money in"),
                ("withdrawal", "Money out"),
                ("transfer", "Move"),
                ("send", "Send"),
            ],
            chosen=Movement.kind,
            hide_legend=True,
            on_change=Movement.choose,
        ),
        rx.cond(
            some(Movement.accounts),
            rx.el.div(
                rx.match(
                    Movement.kind,
                    ("withdrawal", _withdrawal()),
                    ("transfer", _transfer()),
                    _deposit(),
                ),
                class_name="mt-5 first:mt-0",
            ),
            rx.el.p(
                "There is no account to book on. ",
                text_link("Add one first.", href="/accounts?new=1"),
                class_name="mt-5 text-ink-2",
            ),
        ),
        title="New transaction",
        is_open=Movement.is_open,
        on_close=Movement.shut,
        closed_href=Register.closed_href,
    )


def _account(label: str, name: str, options: Any, *, first: Any = "", **props: Any) -> rx.Component:
    return field(
        label,
        select_input(
            name,
            rx.foreach(options, lambda one: rx.el.option(one.name, value=one.uuid)),
            problem=Movement.problem,
            default_value=first,
            key=f"{Movement.key}-{name}",
            **props,
        ),
        name=name,
        problem=Movement.problem,
    )


def _amount(hint: Any = "") -> rx.Component:
    return field(
        "Amount",
        text_input(
            "amount",
            problem=Movement.problem,
            input_mode="decimal",
            max_length=40,
            required=True,
            data_focus=True,
            class_name="text-lg! font-semibold",
        ),
        name="amount",
        problem=Movement.problem,
        hint=hint,
    )


def _day() -> rx.Component:
    return text_field("Day", "booked", problem=Movement.problem, type="date", hint="Empty means today")


def _when() -> rx.Component:
    """The day it is booked on; for what is pending, the last day it is waited for."""
    return rx.cond(
        Waiting.unbooked,
        text_field("Lapses after", "expires", problem=Movement.problem, type="date", hint="Empty means never"),
        _day(),
    )


def _unbooked(line: str) -> rx.Component:
    return checkbox(
        rx.el.span(
            rx.el.span("Not booked yet", class_name="font-medium text-ink"),
            rx.el.span(line, class_name="block text-xs text-ink-3"),
        ),
        name="waits",
        on_change=Waiting.announce,
    )


def _verb() -> rx.Component:
    return rx.cond(Waiting.unbooked, "Keep it pending", "Book it")


def _pin(what: str) -> rx.Component:
    return rx.cond(Movement.pin_for == what, pin_field(problem=Movement.problem), rx.fragment())


def _note() -> rx.Component:
    return text_field("Note", "note", problem=Movement.problem, max_length=500)


def _submit(words: Any, *fields: str) -> rx.Component:
    return rx.fragment(
        form_problem(Movement.problem, *fields),
        rx.el.div(
            button("Cancel", kind="plain", on_click=Movement.leave),
            button(words, type="submit"),
            class_name="flex justify-end gap-2",
        ),
    )


def _pair(*children: rx.Component) -> rx.Component:
    return rx.el.div(*children, class_name="grid gap-4 sm:grid-cols-2")


def _deposit() -> rx.Component:
    return form(
        _amount(),
        _pair(
            _account("To", "account", Movement.accounts, first=Movement.first),
            field(
                "Where it comes from",
                select_input("source", Movement.sources, problem=Movement.problem),
                name="source",
                problem=Movement.problem,
            ),
        ),
        _pair(text_field("From whom", "payee", problem=Movement.problem, max_length=140), _when()),
        _note(),
        _unbooked("It is announced and comes later"),
        _pin("deposit"),
        _submit(_verb(), "amount", "account", "source", "payee", "booked", "expires", "note", "pin"),
        on_submit=Movement.deposit,
        on_mount=Waiting.announce(False),
        key="deposit",
        class_name="grid gap-4",
    )


def _withdrawal() -> rx.Component:
    return form(
        _amount(),
        _pair(
            _account("From", "account", Movement.accounts, first=Movement.first),
            field(
                "Category",
                select_input("category", Movement.spending, problem=Movement.problem),
                name="category",
                problem=Movement.problem,
            ),
        ),
        _pair(text_field("To whom", "payee", problem=Movement.problem, max_length=140), _when()),
        _note(),
        _unbooked("The amount is kept back until it is settled"),
        _submit(_verb(), "amount", "account", "category", "payee", "booked", "expires", "note"),
        on_submit=Movement.withdraw,
        on_mount=Waiting.announce(False),
        key="withdrawal",
        class_name="grid gap-4",
    )


def _transfer() -> rx.Component:
    return form(
        _leaves(),
        _pair(
            _account("From", "account", Movement.accounts, first=Movement.first, on_change=Converting.give_from),
            _account("To", "to", Movement.accounts, first=Movement.second, on_change=Converting.take_to),
        ),
        _pair(_day(), _note()),
        _pin("transfer"),
        _submit("Move it", "amount", "arrives", "account", "to", "booked", "note", "pin"),
        on_submit=Movement.transfer,
        key=f"transfer-{Movement.key}",
        class_name="grid gap-4",
    )


def _leaves() -> rx.Component:
    """What leaves; between two currencies also what arrives, and their rate."""
    return rx.fragment(
        _pair(
            field(
                rx.cond(Converting.two, f"Leaves, {Converting.of}", "Amount"),
                _size("amount", Converting.leaves, Converting.leaves_version, Converting.say_leaves, data_focus=True),
                name="amount",
                problem=Movement.problem,
                class_name=rx.cond(Converting.two, "", "sm:col-span-2"),
            ),
            rx.cond(
                Converting.two,
                field(
                    f"Arrives, {Converting.into}",
                    _size("arrives", Converting.arrives, Converting.arrives_version, Converting.say_arrives),
                    name="arrives",
                    problem=Movement.problem,
                ),
                rx.fragment(),
            ),
        ),
        rx.cond(
            Converting.two,
            rx.el.div(
                rx.cond(
                    Converting.line != "",
                    rx.el.p(Converting.line, class_name="num amount font-medium"),
                    rx.fragment(),
                ),
                rx.cond(
                    Converting.own != "",
                    rx.el.p(
                        Converting.own,
                        rx.cond(
                            Converting.differs,
                            rx.el.button(
                                "Use it",
                                type="button",
                                on_click=Converting.take_own,
                                class_name="ml-2 min-h-8 font-medium text-brand hover:underline",
                            ),
                            rx.fragment(),
                        ),
                        class_name="num text-xs text-ink-3",
                    ),
                    rx.el.p(
                        f"You gave no rate for {Converting.of} and {Converting.into}: write both amounts, or ",
                        text_link("keep a rate", href=Converting.rates_href),
                        ".",
                        class_name="text-xs text-ink-3",
                    ),
                ),
                aria_live="polite",
                class_name="-mt-1 grid gap-0.5",
            ),
            rx.fragment(),
        ),
    )


def _size(name: str, value: Any, version: Any, on_change: Any, **props: Any) -> rx.Component:
    return text_input(
        name,
        problem=Movement.problem,
        input_mode="decimal",
        max_length=40,
        required=True,
        default_value=value,
        on_change=on_change,
        key=f"{Movement.key}-{name}-{version}",
        class_name="text-lg! font-semibold",
        **props,
    )
