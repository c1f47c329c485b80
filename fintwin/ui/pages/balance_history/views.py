"""How the history of a balance looks."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import form_problem, link_button
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, amount, cell, empty, link, rows_skeleton, table
from fintwin.ui.components.vars import some
from fintwin.ui.pages.balance_history.state import BalanceHistory, Line


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.el.div(
        rx.cond(
            BalanceHistory.loaded,
            rx.cond(some(BalanceHistory.accounts), rx.fragment(_choice(), _lines()), _nothing()),
            rows_skeleton(8),
        ),
        form_problem(BalanceHistory.problem),
        class_name="grid gap-4",
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        empty(
            "A balance is of an account, and there is none yet.",
            action=link_button("Add an account", href="/accounts?new=1", kind="primary"),
            picture="ledger",
        ),
        class_name=CARD,
    )


def _choice() -> rx.Component:
    return rx.el.div(
        rx.el.select(
            rx.foreach(BalanceHistory.accounts, lambda one: rx.el.option(one[1], value=one[0])),
            aria_label="Account",
            value=BalanceHistory.account,
            on_change=BalanceHistory.choose_account,
            class_name="h-11 min-w-0 rounded-lg border border-line bg-surface px-3 text-ink max-sm:w-full sm:max-w-64 lg:h-9",
        ),
        link_button(
            icon("file", size="size-4"),
            "Statement",
            href=f"/accounts/statement?account={BalanceHistory.account}",
            class_name="max-sm:w-full sm:ml-auto lg:h-9!",
        ),
        class_name="flex flex-wrap items-center gap-2",
    )


def _lines() -> rx.Component:
    last = rx.cond(BalanceHistory.held, "Available", "Balance")
    return rx.el.section(
        rx.cond(
            some(BalanceHistory.lines),
            table(
                [
                    ("When", "w-px max-sm:hidden"),
                    ("What", "max-sm:pr-2"),
                    ("Change", "max-sm:px-2! text-right"),
                    ("Pending", "text-right max-sm:hidden"),
                    (last, "text-right max-sm:pl-2"),
                ],
                rx.foreach(BalanceHistory.lines, _line),
                label="Changes of the balance",
            ),
            rx.el.p("Nothing has changed this balance yet.", class_name="px-5 py-10 text-center text-ink-2"),
        ),
        rx.el.div(
            rx.el.p(
                "In ",
                BalanceHistory.currency,
                ", in the order in which it happened. ",
                rx.cond(
                    BalanceHistory.held,
                    "What is available is what was posted without what is pending; a credit limit comes on top of it.",
                    rx.cond(
                        BalanceHistory.known,
                        "What a file brings later changes the balance when it is booked.",
                        "Nobody has said what this account held, so its balances are not known.",
                    ),
                ),
                class_name="min-w-0",
            ),
            rx.el.span(
                rx.cond(BalanceHistory.latest != "", _turn("Latest", BalanceHistory.latest), rx.fragment()),
                rx.cond(BalanceHistory.earlier != "", _turn("Earlier", BalanceHistory.earlier), rx.fragment()),
                class_name="ml-auto flex gap-5",
            ),
            class_name="flex min-h-12 items-center gap-4 border-t border-line px-5 py-2 text-xs text-ink-3",
        ),
        class_name=f"{CARD} overflow-hidden",
    )


def _line(one: ObjectVar[Line]) -> rx.Component:
    tight = "max-sm:px-2 whitespace-nowrap text-right align-top"
    return rx.el.tr(
        cell(one.when, class_name="num whitespace-nowrap align-top text-ink-3 max-sm:hidden"),
        cell(
            link(
                one.title,
                href=one.href,
                class_name="-my-3.5 inline-block py-3.5 font-medium hover:underline",
            ),
            rx.el.span(
                rx.el.span(one.when, rx.cond(one.details != "", " · ", ""), class_name="num sm:hidden"),
                one.details,
                class_name="block text-xs text-ink-3",
            ),
            rx.cond(one.kept != "", amount(one.kept, class_name="block text-xs text-ink-3"), rx.fragment()),
            class_name="align-top break-words max-sm:pr-2",
        ),
        cell(_known(one.change, inflow=one.inflow), class_name=tight),
        cell(_known(one.pending), class_name=f"{tight} max-sm:hidden"),
        cell(_known(one.balance), class_name=f"{tight} max-sm:pr-5! max-sm:pl-2!"),
    )


def _known(value: rx.Var[str], *, inflow: rx.Var[bool] | bool = False) -> rx.Component:
    return rx.cond(value != "", amount(value, inflow=inflow), rx.el.span("not known", class_name="text-xs text-ink-3"))


def _turn(words: str, href: Any) -> rx.Component:
    return link(
        words, href=href, class_name="flex min-h-11 items-center font-medium text-brand hover:underline lg:min-h-8"
    )
