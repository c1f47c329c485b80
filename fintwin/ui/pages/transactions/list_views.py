"""How the register's list looks: its sums, its rows or why there are none, and its foot."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import button, link_button
from fintwin.ui.components.pieces import CARD, amount, empty, link, skeleton, sum_size
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions import lines
from fintwin.ui.pages.transactions.rows import Sums
from fintwin.ui.pages.transactions.state import Register


def register() -> rx.Component:
    """The list."""
    return rx.el.section(
        rx.cond(Register.loaded, _sums(), _sums_skeleton()),
        rx.cond(some(Register.rows), lines.selecting(), rx.fragment()),
        lines.heads(),
        rx.cond(
            Register.loaded,
            rx.cond(
                some(Register.rows),
                rx.el.ul(rx.foreach(Register.rows, lines.line), class_name="divide-y divide-line"),
                _nothing(),
            ),
            rx.el.div(*(_row_skeleton() for _ in range(8)), class_name="divide-y divide-line"),
        ),
        _foot(),
        aria_label="Transactions",
        class_name=f"{CARD}",
    )


def _sums() -> rx.Component:
    return rx.cond(
        some(Register.sums),
        rx.fragment(rx.foreach(Register.sums, _sums_of)),
        rx.cond(Register.summed, rx.fragment(), _sums_skeleton()),
    )


def _sums_of(sums: ObjectVar[Sums]) -> rx.Component:
    return _sums_grid(
        _sum("Transactions", rx.el.span(sums.many), size=sum_size(sums.many)),
        _sum("In", amount(sums.inflow, inflow=sums.came), size=sum_size(sums.inflow)),
        _sum("Out", amount(sums.outflow), size=sum_size(sums.outflow)),
        _sum("Net", amount(sums.net), size=sum_size(sums.net)),
    )


def _sums_skeleton() -> rx.Component:
    return _sums_grid(
        *(_sum(label, skeleton("my-1 h-5 w-24")) for label in ("Transactions", "In", "Out", "Net")),
    )


def _sums_grid(*cells: rx.Component) -> rx.Component:
    return rx.el.div(
        *cells,
        class_name=(
            "grid grid-cols-2 gap-px overflow-hidden border-b border-line bg-line first:rounded-t-card sm:grid-cols-4"
        ),
    )


def _sum(label: str, value: rx.Component, *, size: Any = "mt-0.5 text-lg") -> rx.Component:
    return rx.el.div(
        rx.el.p(label, class_name="text-xs text-ink-3"),
        rx.el.div(value, class_name=size),
        class_name="min-w-0 bg-surface px-5 py-3",
    )


def _row_skeleton() -> rx.Component:
    return rx.el.div(
        skeleton("hidden size-4 lg:block"),
        skeleton("hidden h-4 w-12 lg:block"),
        skeleton("h-4 w-40"),
        skeleton("order-3 h-4 w-24 lg:order-none"),
        skeleton("hidden h-4 w-20 lg:block"),
        skeleton("hidden h-4 w-14 lg:block"),
        skeleton("order-2 ml-auto h-4 w-20 lg:order-none"),
        aria_hidden=True,
        class_name=(
            f"grid grid-cols-[minmax(0,1fr)_auto] gap-4 px-5 py-3 lg:items-center {lines.COLUMNS} lg:gap-4 lg:py-3"
        ),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        Register.filtered,
        rx.match(
            Register.searched,
            (
                "is:binned",
                empty(
                    "The bin is empty.",
                    line="What you delete lies here for 30 days and can be put back.",
                    action=link_button("All transactions", href="/transactions"),
                ),
            ),
            (
                "is:pending",
                empty(
                    "Nothing is pending.",
                    line="What you announce and do not book yet stands here until it is settled.",
                    action=link_button("All transactions", href="/transactions"),
                ),
            ),
            (
                "is:uncategorised",
                empty(
                    "Everything has a category.",
                    action=link_button("All transactions", href="/transactions"),
                ),
            ),
            empty(
                "Nothing fits this filter.",
                action=button("Clear the filter", kind="plain", on_click=Register.clear),
                picture="ledger",
            ),
        ),
        rx.cond(
            some(Register.accounts),
            empty(
                "Nothing has happened on your accounts yet.",
                action=link_button("Import a bank file", href="/import", kind="primary"),
                picture="file",
            ),
            empty(
                "Transactions stand on accounts, and there is none yet.",
                action=link_button("Add an account", href="/accounts?new=1", kind="primary"),
                picture="ledger",
            ),
        ),
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.el.span(Register.counted_words, class_name="num"),
        rx.el.span("J K move · Space select · C category · D delete · ", class_name="ml-auto hidden lg:inline"),
        rx.el.button(
            "? all keys",
            type="button",
            custom_attrs={"data-opens": "keys"},
            class_name="ml-1 hidden hover:text-ink lg:inline",
        ),
        rx.el.span(
            rx.cond(Register.newer != "", _turn("Newer", Register.newer), rx.fragment()),
            rx.cond(Register.older != "", _turn("Older", Register.older), rx.fragment()),
            class_name="ml-auto flex gap-5 lg:ml-6",
        ),
        class_name="flex min-h-12 items-center border-t border-line px-5 text-xs text-ink-3",
    )


def _turn(words: str, href: Any) -> rx.Component:
    return link(
        words, href=href, class_name="flex min-h-11 items-center font-medium text-brand hover:underline lg:min-h-8"
    )
