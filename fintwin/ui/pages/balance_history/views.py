"""How the history of a balance looks."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.account_lines import (
    FIRST,
    LAST,
    NUMBER,
    TEXT,
    WIDE,
    account_line,
    account_lines,
    known,
    last,
    number,
    turn,
)
from fintwin.ui.components.forms import form_problem, link_button
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, amount, empty, rows_skeleton
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
    return account_lines(
        rx.foreach(BalanceHistory.lines, _line),
        heads=[
            ("When", FIRST),
            ("What", TEXT),
            ("Change", NUMBER),
            ("Pending", WIDE),
            (rx.cond(BalanceHistory.held, "Available", "Balance"), LAST),
        ],
        label="Changes of the balance",
        some=some(BalanceHistory.lines),
        none="Nothing has changed this balance yet.",
        foot=rx.fragment(
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
        ),
        turns=rx.fragment(turn("Latest", BalanceHistory.latest), turn("Earlier", BalanceHistory.earlier)),
    )


def _line(one: ObjectVar[Line]) -> rx.Component:
    return account_line(
        one,
        number(known(one.change, inflow=one.inflow)),
        number(known(one.pending), class_name="max-sm:hidden"),
        last(known(one.balance)),
        when=one.when,
        below=rx.cond(one.kept != "", amount(one.kept, class_name="block text-xs text-ink-3"), rx.fragment()),
    )
