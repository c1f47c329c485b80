"""One payment: its steps, live, and what can be done with it."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    field,
    form,
    form_problem,
    link_button,
    pin_field,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import amount, badge, dialog, initials, text_link
from fintwin.ui.pages.payments.address import PATH
from fintwin.ui.pages.payments.rows import Fact, Step
from fintwin.ui.pages.payments.state import Opened

_DOT = "relative z-[1] grid size-6 shrink-0 place-items-center rounded-full"


def dialogs() -> rx.Component:
    """The panel of one payment."""
    seen = Opened.seen
    return dialog(
        rx.el.div(
            rx.el.div(
                initials(seen.letters, tone="brand"),
                rx.el.span(
                    amount(seen.amount, inflow=seen.inflow, class_name="block text-2xl font-semibold tracking-tight"),
                    rx.el.span(_status(seen), class_name="mt-1 block"),
                    class_name="min-w-0",
                ),
                class_name="flex items-center gap-4",
            ),
            rx.el.ol(rx.foreach(seen.steps, _step), aria_label="How far it is", class_name="grid"),
            rx.cond(
                seen.cancellable,
                rx.el.div(
                    rx.el.span(
                        "Leaves in ",
                        rx.el.span(Opened.left, class_name="num font-semibold"),
                        " s",
                        aria_live="off",
                    ),
                    button("Cancel it", kind="danger", on_click=Opened.cancel, class_name="ml-auto"),
                    class_name="flex items-center gap-3 rounded-lg bg-brand-soft px-4 py-2.5 font-medium text-brand",
                ),
                rx.fragment(),
            ),
            rx.el.dl(rx.foreach(seen.facts, _fact), class_name="grid gap-2.5 rounded-lg bg-sunken px-4 py-3"),
            rx.match(
                Opened.giving,
                ("refund", _part("Give back", "They are told why.", Opened.refund, asks_pin=True)),
                ("ask", _part("Ask for it back", "They decide; you are told.", Opened.ask_back)),
                ("contact", _contact()),
                _actions(),
            ),
            class_name="grid gap-5",
        ),
        title=seen.name,
        is_open=Opened.is_open,
        on_close=Opened.shut,
        closed_href=PATH,
        class_name="lg:my-3! lg:mr-3! lg:h-[calc(100dvh-1.5rem)] lg:max-h-none! lg:w-[28rem]!",
    )


def _status(seen: Any) -> Any:
    return rx.match(
        seen.tone,
        *((tone, badge(seen.status, tone=tone)) for tone in ("good", "warn", "bad", "brand")),
        badge(seen.status),
    )


def _step(step: ObjectVar[Step], place: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(
            place > 0,
            rx.el.span(aria_hidden=True, class_name="absolute -top-3 left-3 h-6 w-px bg-line"),
            rx.fragment(),
        ),
        rx.match(
            step.state,
            ("done", rx.el.span(icon("check", size="size-3.5"), class_name=f"{_DOT} bg-good-soft text-good")),
            ("bad", rx.el.span(icon("close", size="size-3.5"), class_name=f"{_DOT} bg-bad-soft text-bad")),
            (
                "now",
                rx.el.span(
                    rx.el.span(class_name="size-2 rounded-full bg-brand motion-safe:animate-pulse"),
                    class_name=f"{_DOT} bg-brand-soft",
                ),
            ),
            rx.el.span(rx.el.span(class_name="size-2 rounded-full bg-line-strong"), class_name=f"{_DOT} bg-sunken"),
        ),
        rx.el.span(
            rx.el.span(
                step.title,
                class_name=rx.cond(step.state == "todo", "block text-ink-3", "block font-medium"),
            ),
            rx.cond(
                step.money,
                amount(step.line, class_name="block text-xs text-ink-3"),
                rx.el.span(step.line, class_name="block text-xs text-ink-3"),
            ),
            class_name="min-w-0 pb-4",
        ),
        class_name="relative flex gap-3",
    )


def _fact(fact: ObjectVar[Fact]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.name, class_name="shrink-0 text-ink-3"),
        rx.el.dd(
            rx.cond(fact.money, amount(fact.value), fact.value),
            class_name="num ml-auto min-w-0 break-words text-right",
        ),
        class_name="flex gap-4",
    )


def _actions() -> rx.Component:
    seen = Opened.seen
    return rx.el.div(
        rx.cond(seen.refundable, button("Give back", kind="plain", on_click=Opened.ask("refund")), rx.fragment()),
        rx.cond(seen.askable, button("Ask for it back", kind="plain", on_click=Opened.ask("ask")), rx.fragment()),
        rx.cond(seen.unknown, button("Keep as a contact", kind="plain", on_click=Opened.ask("contact")), rx.fragment()),
        rx.cond(
            (seen.again_href != "") & ~seen.cancellable,
            link_button("Pay again", href=seen.again_href),
            rx.fragment(),
        ),
        rx.cond(
            seen.register_href != "",
            text_link("In your books", href=seen.register_href, class_name="inline-flex min-h-11 items-center px-2"),
            rx.fragment(),
        ),
        form_problem(Opened.problem),
        class_name="flex flex-wrap gap-2",
    )


def _part(words: str, hint: str, submit: Any, *, asks_pin: bool = False) -> rx.Component:
    return form(
        field(
            "Amount",
            text_input(
                "amount",
                problem=Opened.problem,
                input_mode="decimal",
                max_length=40,
                required=True,
                data_focus=True,
                default_value=Opened.seen.rest,
                key=Opened.seen.reference + "-" + Opened.seen.rest,
                class_name="text-lg! font-semibold",
            ),
            name="amount",
            problem=Opened.problem,
            hint="All of what is left, or a part",
        ),
        text_field("Reason", "reason", problem=Opened.problem, max_length=140, hint=hint),
        rx.cond(
            Opened.pin_for == "refund",
            pin_field(problem=Opened.problem),
            rx.fragment(),
        )
        if asks_pin
        else rx.fragment(),
        form_problem(Opened.problem, "amount", "reason", "pin"),
        rx.el.div(
            button("Back", kind="plain", on_click=Opened.ask("")),
            button(words, type="submit"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=submit,
        key=words,
        class_name="grid gap-4",
    )


def _contact() -> rx.Component:
    return form(
        text_field("Your name for them", "name", problem=Opened.problem, max_length=80, required=True, data_focus=True),
        form_problem(Opened.problem, "name"),
        rx.el.div(
            button("Back", kind="plain", on_click=Opened.ask("")),
            button("Save", type="submit"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=Opened.keep,
        key="contact",
        class_name="grid gap-4",
    )
