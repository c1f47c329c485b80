"""How a statement looks: which one, its sums, its lines."""

from typing import Any

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
from fintwin.ui.components.pieces import (
    CARD,
    amount,
    badge,
    empty,
    file_link,
    link,
    rows_skeleton,
    strip_skeleton,
    sum_size,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.statement.state import Line, Statement

_SELECT = "h-11 min-w-0 rounded-lg border border-line bg-surface px-3 text-ink lg:h-9"


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.el.div(
        rx.cond(
            Statement.loaded,
            rx.cond(some(Statement.accounts), _statement(), _nothing()),
            rx.el.div(strip_skeleton(), rows_skeleton(8), class_name="grid gap-4"),
        ),
        form_problem(Statement.problem),
        class_name="grid gap-4",
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        empty(
            "A statement is of an account, and there is none yet.",
            action=link_button("Add an account", href="/accounts?new=1", kind="primary"),
            picture="ledger",
        ),
        class_name=CARD,
    )


def _statement() -> rx.Component:
    return rx.fragment(_choices(), _head(), _lines())


def _choices() -> rx.Component:
    return rx.el.div(
        _select(
            "Account", Statement.accounts, Statement.account, Statement.choose_account, "max-sm:w-full sm:max-w-64"
        ),
        rx.el.div(
            _step("left", "The month before", Statement.before),
            _select("Month", Statement.months, Statement.month, Statement.choose_month, "max-sm:grow"),
            _step("right", "The month after", Statement.after),
            class_name="flex items-center gap-1 max-sm:w-full",
        ),
        rx.el.div(
            link(
                icon("clock", size="size-4"),
                "Balance history",
                href=f"/accounts/history?account={Statement.account}",
                class_name=f"{_FILE} max-sm:hidden",
            ),
            rx.el.a(
                icon("file", size="size-4"),
                "Print or PDF",
                href=Statement.paper,
                target="_blank",
                rel="noopener",
                class_name=_FILE,
            ),
            file_link(icon("download", size="size-4"), "CSV", href=Statement.table, class_name=_FILE),
            class_name="flex gap-2 max-sm:w-full sm:ml-auto",
        ),
        class_name="flex flex-wrap items-center gap-2 print:hidden",
    )


_FILE = (
    "inline-flex h-11 items-center justify-center gap-2 whitespace-nowrap rounded-lg border border-line bg-surface px-4"
    " font-medium hover:bg-sunken max-sm:grow lg:h-9"
)


def _select(label: str, options: Any, chosen: Any, on_choose: Any, class_name: str) -> rx.Component:
    return rx.el.select(
        rx.foreach(options, lambda one: rx.el.option(one[1], value=one[0])),
        aria_label=label,
        value=chosen,
        on_change=on_choose,
        class_name=f"{_SELECT} {class_name}",
    )


def _step(symbol: str, label: str, href: Any) -> rx.Component:
    shape = "grid size-11 shrink-0 place-items-center rounded-lg lg:size-9"
    return rx.cond(
        href != "",
        link(icon(symbol), href=href, aria_label=label, title=label, class_name=f"{shape} text-ink-2 hover:bg-sunken"),
        rx.el.span(icon(symbol), aria_hidden=True, class_name=f"{shape} text-ink-3 opacity-40"),
    )


def _head() -> rx.Component:
    head = Statement.head
    return rx.el.section(
        rx.el.div(
            rx.el.h2(head.account, " · ", head.month, class_name="text-base font-semibold tracking-tight"),
            rx.el.p(
                head.owner,
                rx.cond(
                    head.number != "", rx.fragment(" · ", rx.el.span(head.number, class_name="num")), rx.fragment()
                ),
                " · ",
                head.period,
                class_name="mt-0.5 text-ink-2",
            ),
            class_name="px-5 py-4",
        ),
        rx.el.dl(
            _sum("Opening balance", head.opening),
            _sum("In", head.inflow),
            _sum("Out", head.outflow),
            _sum(head.end, head.closing),
            class_name="grid grid-cols-2 gap-px border-t border-line bg-line sm:grid-cols-4",
        ),
        rx.cond(
            head.known,
            rx.fragment(),
            rx.el.p(
                "Nobody has said what this account held, so its balances are not known. ",
                link(
                    "Say what it held on a day",
                    href=f"/accounts?balance={Statement.account}",
                    class_name="font-medium text-brand hover:underline",
                ),
                class_name="border-t border-line px-5 py-3 text-ink-2",
            ),
        ),
        class_name=f"{CARD} overflow-hidden",
    )


def _sum(label: Any, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-xs text-ink-3"),
        rx.el.dd(
            rx.cond(value != "", amount(value), rx.el.span("not known", class_name="text-ink-3")),
            class_name=sum_size(value),
        ),
        class_name="min-w-0 bg-surface px-5 py-3",
    )


def _lines() -> rx.Component:
    return account_lines(
        rx.foreach(Statement.lines, _line),
        heads=[
            ("Date", FIRST),
            ("Text", TEXT),
            ("In", WIDE),
            ("Out", WIDE),
            ("Amount", f"{NUMBER} sm:hidden"),
            ("Balance", LAST),
        ],
        label="Bookings",
        some=some(Statement.lines),
        none="Nothing was booked in this month.",
        foot=rx.fragment(
            Statement.counted, ". What was taken back stands here with its counterpart; what is pending does not."
        ),
        turns=rx.fragment(turn("Earlier", Statement.earlier), turn("Later", Statement.later)),
    )


def _line(one: ObjectVar[Line]) -> rx.Component:
    moved = rx.cond(one.inflow != "", amount(f"+{one.inflow}", inflow=True), amount(f"−{one.outflow}"))
    return account_line(
        one,
        number(amount(one.inflow, inflow=True), class_name="max-sm:hidden"),
        number(amount(one.outflow), class_name="max-sm:hidden"),
        number(moved, class_name="sm:hidden"),
        last(known(one.balance)),
        when=one.day,
        beside=rx.cond(one.undone, badge("Undone", class_name="ml-2 align-middle"), rx.fragment()),
    )
