"""How the page looks: what waits, what was, and whom one pays."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import button, form_problem, icon_button, link_button
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import (
    CARD,
    amount,
    empty,
    initials,
    link,
    list_card,
    round_icon,
    rows_skeleton,
    text_link,
    toned,
)
from fintwin.ui.components.sections import PAYMENTS, section_tabs
from fintwin.ui.components.vars import some
from fintwin.ui.pages.payments import forms, panel, ways_section, wizard
from fintwin.ui.pages.payments.rows import Choice, ContactRow, PaymentRow, PlanRow, RequestRow
from fintwin.ui.pages.payments.state import Asking, Opened, Payments, Wizard


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        rx.el.div(section_tabs(PAYMENTS, here="/payments", label="Payments"), class_name="mb-5"),
        rx.cond(
            Payments.loaded,
            rx.el.div(
                form_problem(Payments.problem),
                rx.cond(Opened.is_open, rx.fragment(), form_problem(Opened.problem)),
                _doors(),
                rx.el.div(
                    rx.el.div(_waiting(), _history(), class_name="grid min-w-0 content-start gap-5"),
                    rx.el.div(
                        _contacts(),
                        _plans(),
                        ways_section.section(),
                        _pins(),
                        class_name="grid min-w-0 content-start gap-5",
                    ),
                    class_name="grid gap-5 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]",
                ),
                class_name="grid gap-5",
            ),
            rx.el.div(rows_skeleton(3), rows_skeleton(4), class_name="grid gap-5"),
        ),
        wizard.dialogs(),
        panel.dialogs(),
        forms.dialogs(),
    )


def new_button() -> rx.Component:
    """The page's one thing to do, in the header."""
    return button(icon("send", size="size-4"), "Send money", on_click=Wizard.begin, class_name="max-sm:hidden! lg:h-9!")


def _doors() -> rx.Component:
    """What can be begun, within reach of a thumb."""
    return rx.el.nav(
        *(
            rx.el.button(
                round_icon(symbol, tone="brand"),
                rx.el.span(words, class_name="font-medium"),
                type="button",
                on_click=begin,
                class_name=f"{CARD} flex min-h-20 flex-col items-center justify-center gap-2 px-2 py-3 hover:bg-sunken/50",
            )
            for symbol, words, begin in (
                ("send", "Send", Wizard.begin),
                ("down", "Ask", Asking.begin("ask")),
                ("swap", "Top up", Asking.begin("topup")),
            )
        ),
        link(
            round_icon("code", tone="brand"),
            rx.el.span("Get paid", class_name="font-medium"),
            href="/payments?receive=1",
            class_name=f"{CARD} flex min-h-20 flex-col items-center justify-center gap-2 px-2 py-3 hover:bg-sunken/50",
        ),
        aria_label="Begin",
        class_name="grid grid-cols-4 gap-2.5 sm:gap-4",
    )


def _waiting() -> rx.Component:
    """What asks for an answer or is on its way; nothing where nothing waits."""
    return rx.fragment(
        rx.cond(
            some(Payments.to_me),
            list_card(rx.foreach(Payments.to_me, _request_to_me), title="Asked of you"),
            rx.fragment(),
        ),
        rx.cond(
            some(Payments.flight), list_card(rx.foreach(Payments.flight, _payment), title="On the way"), rx.fragment()
        ),
        rx.cond(
            some(Payments.from_me),
            list_card(rx.foreach(Payments.from_me, _request_from_me), title="You asked for"),
            rx.fragment(),
        ),
    )


def _history() -> rx.Component:
    return rx.fragment(
        rx.cond(
            some(Payments.past),
            list_card(
                rx.foreach(Payments.past, _payment),
                title="History",
                action=rx.el.div(
                    rx.cond(Payments.newer != "", text_link("Newest", href=Payments.newer), rx.fragment()),
                    rx.cond(Payments.older != "", text_link("Older", href=Payments.older), rx.fragment()),
                    class_name="flex gap-4",
                ),
            ),
            rx.cond(
                some(Payments.flight),
                rx.fragment(),
                rx.el.section(
                    empty(
                        "No payment yet. Send money to anybody who keeps an account here: it arrives within seconds.",
                        action=button(icon("send", size="size-4"), "Send money", on_click=Wizard.begin),
                    ),
                    class_name=CARD,
                ),
            ),
        ),
        rx.cond(
            some(Payments.answered),
            list_card(rx.foreach(Payments.answered, _answered), title="Answered requests"),
            rx.fragment(),
        ),
    )


def _contacts() -> rx.Component:
    return rx.cond(
        some(Payments.contacts),
        list_card(
            rx.foreach(Payments.contacts, _contact),
            title="Contacts",
            action=icon_button("plus", "Add a contact", on_click=Asking.begin("contact")),
        ),
        rx.el.section(
            rx.el.h2("Contacts", class_name="font-semibold"),
            rx.el.p(
                "People you pay, by your own names for them. Once each has the other, both see full names.",
                class_name="mt-1 text-ink-2",
            ),
            button(
                icon("plus", size="size-4"),
                "Add a contact",
                kind="plain",
                on_click=Asking.begin("contact"),
                class_name="mt-4",
            ),
            class_name=f"{CARD} p-5",
        ),
    )


def _plans() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Paying in parts", class_name="font-semibold"),
            icon_button("plus", "Pay a total in parts", on_click=Asking.begin("plan"), class_name="ml-auto"),
            class_name="flex min-h-12 items-center border-b border-line px-5 py-2.5",
        ),
        rx.cond(
            some(Payments.plans),
            rx.el.ul(rx.foreach(Payments.plans, _plan), class_name="divide-y divide-line"),
            rx.el.p("A total that you pay bit by bit, with what is left.", class_name="px-5 py-4 text-ink-2"),
        ),
        class_name=f"{CARD} overflow-hidden",
    )


def _pins() -> rx.Component:
    return rx.cond(
        some(Payments.held),
        list_card(rx.foreach(Payments.held, _pin), title="PIN"),
        rx.fragment(),
    )


def _pin(one: ObjectVar[Choice]) -> rx.Component:
    return rx.el.li(
        round_icon("lock"),
        rx.el.span(
            rx.el.span(one.name, class_name="block truncate font-medium"),
            rx.el.span(rx.cond(one.pin != "", one.pin, "No PIN"), class_name="block truncate text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        link_button(
            rx.cond(one.pin != "", "Change", "Set"),
            href=one.pin_href,
            kind="quiet",
            class_name="ml-auto px-3!",
            aria_label=rx.cond(one.pin != "", "Change the PIN of ", "Set a PIN for ") + one.name.to(str),
        ),
        class_name="flex items-center gap-3 px-5 py-2",
    )


def _payment(one: ObjectVar[PaymentRow]) -> rx.Component:
    return rx.el.li(
        link(
            initials(one.letters),
            rx.el.span(
                rx.el.span(one.name, class_name="block truncate font-medium"),
                rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            rx.el.span(
                amount(one.amount, inflow=one.inflow, class_name="block font-medium"),
                rx.cond(one.status != "", toned(one.status, one.tone), rx.fragment()),
                class_name="ml-auto grid shrink-0 justify-items-end gap-1 text-right",
            ),
            href=one.href,
            class_name="flex min-h-16 items-center gap-3 px-5 py-3 hover:bg-sunken/50",
        ),
    )


def _asked(one: ObjectVar[RequestRow], *actions: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            initials(one.letters),
            rx.el.span(
                rx.el.span(one.name, class_name="block truncate font-medium"),
                rx.el.span(one.line, class_name="block text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            amount(one.amount, class_name="ml-auto shrink-0 font-medium"),
            class_name="flex items-center gap-3",
        ),
        rx.cond(one.answerable, rx.el.div(*actions, class_name="mt-2.5 flex justify-end gap-2"), rx.fragment()),
        class_name="px-5 py-3",
    )


def _request_to_me(one: ObjectVar[RequestRow]) -> rx.Component:
    return _asked(
        one,
        button(
            "Decline", kind="plain", on_click=Payments.answer(one.reference), aria_label="Decline " + one.name.to(str)
        ),
        link_button(rx.cond(one.refund, "Look at it", "Pay"), href=one.href, kind="primary"),
    )


def _request_from_me(one: ObjectVar[RequestRow]) -> rx.Component:
    return _asked(
        one,
        button(
            "Cancel",
            kind="plain",
            on_click=Payments.answer(one.reference),
            aria_label="Cancel the request to " + one.name.to(str),
        ),
    )


def _answered(one: ObjectVar[RequestRow]) -> rx.Component:
    return rx.el.li(
        initials(one.letters),
        rx.el.span(
            rx.el.span(one.name, class_name="block truncate font-medium"),
            rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        amount(one.amount, class_name="ml-auto shrink-0 text-ink-2"),
        class_name="flex items-center gap-3 px-5 py-3",
    )


def _contact(one: ObjectVar[ContactRow]) -> rx.Component:
    return rx.el.li(
        link(
            initials(one.letters, tone="brand"),
            rx.el.span(
                rx.el.span(one.name, class_name="block truncate font-medium"),
                rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            href=one.href,
            aria_label="Pay " + one.name.to(str),
            class_name="flex min-w-0 grow items-center gap-3 py-3 pl-5",
        ),
        icon_button("edit", "Rename " + one.name.to(str), on_click=Asking.edit(one.id)),
        icon_button("trash", "Delete " + one.name.to(str), on_click=Payments.forget(one.id), class_name="mr-3"),
        class_name="flex items-center hover:bg-sunken/50",
    )


def _plan(one: ObjectVar[PlanRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(one.name, class_name="block truncate font-medium"),
                rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            rx.cond(
                one.done,
                button("Put away", kind="plain", on_click=Payments.end_plan(one.id), class_name="ml-auto shrink-0"),
                link_button("Pay", amount(one.next), href=one.href, kind="primary", class_name="ml-auto shrink-0"),
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.div(
            rx.el.div(style={"width": one.percent.to(str) + "%"}, class_name="h-full rounded-full bg-brand"),
            role="progressbar",
            aria_label="Paid to " + one.name.to(str),
            aria_valuenow=one.percent,
            aria_valuemin=0,
            aria_valuemax=100,
            class_name="mt-3 h-1.5 overflow-hidden rounded-full bg-sunken",
        ),
        rx.el.p(amount(one.progress), class_name="mt-1.5 text-xs text-ink-3"),
        class_name="px-5 py-3",
    )
