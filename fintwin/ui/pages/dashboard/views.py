"""How the dashboard looks: a strip of numbers, the line of cash, short lists."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import CARD, amount, dialog, empty, icon, initials, link, link_button, skeleton, text_link
from fintwin.ui.components.charts import chart_skeleton, fan_chart, sparkline
from fintwin.ui.components.vars import some
from fintwin.ui.pages.dashboard.standing import Part
from fintwin.ui.pages.dashboard.state import Dashboard
from fintwin.ui.pages.transactions.rows import Row


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        rx.cond(Dashboard.loaded & ~Dashboard.any_accounts, _nothing(), _standing()),
        _definition(),
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        empty(
            "Your numbers appear here as soon as there is an account.",
            action=link_button("Add an account", href="/accounts?new=1", kind="primary"),
            picture="future",
        ),
        class_name=CARD,
    )


def _standing() -> rx.Component:
    return rx.el.div(
        _strip(),
        rx.el.div(
            _cash_chart(),
            _accounts(),
            class_name="grid items-start gap-5 lg:grid-cols-[minmax(0,1.9fr)_minmax(0,1fr)]",
        ),
        rx.el.div(_latest(), _coming(), class_name="grid items-start gap-5 lg:grid-cols-2"),
        class_name="grid gap-5",
    )


def _strip() -> rx.Component:
    return rx.el.section(
        _cell("Net worth", Dashboard.net_worth, "net_worth", ready=Dashboard.loaded, large=True, line="stroke-ink"),
        _cell("Cash now", Dashboard.cash, "cash", ready=Dashboard.loaded, line="stroke-ink-3"),
        _cell("Lowest point ahead", Dashboard.lowest, "lowest", ready=Dashboard.looked_ahead),
        _cell("Month result", Dashboard.month, "month", ready=Dashboard.loaded, wide=True),
        aria_label="Where you stand",
        class_name=(
            "grid grid-cols-2 gap-px overflow-hidden rounded-card border border-line bg-line shadow-card"
            " lg:grid-cols-[1.4fr_1.1fr_1fr_1fr]"
        ),
    )


def _cell(
    label: str,
    figure: Any,
    what: str,
    *,
    ready: Any,
    large: bool = False,
    wide: bool = False,
    line: str = "",
) -> rx.Component:
    size = "text-3xl" if large else "text-xl"
    span = "col-span-2 lg:col-span-1" if large or wide else ""
    return rx.el.button(
        rx.el.span(label, class_name="text-xs font-medium text-ink-3"),
        rx.cond(
            ready,
            rx.fragment(
                rx.cond(
                    figure.value != "",
                    rx.el.span(figure.value, class_name=f"num amount truncate {size} font-semibold tracking-tight"),
                    rx.el.span(
                        "not known yet" if what != "month" else "nothing yet",
                        class_name="text-lg font-medium tracking-tight text-ink-3",
                    ),
                ),
                rx.el.span(
                    rx.el.span(
                        figure.below,
                        class_name=rx.match(
                            figure.tone,
                            ("good", "amount text-good"),
                            ("twin", "font-medium text-twin"),
                            "amount text-ink-3",
                        ),
                    ),
                    rx.cond(
                        figure.path != "",
                        rx.el.span(
                            sparkline(figure.path, stroke=line),
                            class_name="amount-drawn" if large else "amount-drawn max-sm:hidden",
                        ),
                        rx.fragment(),
                    )
                    if line
                    else rx.fragment(),
                    class_name="flex min-h-6 items-center justify-between gap-2 text-xs",
                ),
            ),
            rx.fragment(skeleton("my-1 h-7 w-28" if large else "my-1 h-5 w-24"), skeleton("my-1.5 h-3 w-20")),
        ),
        type="button",
        on_click=Dashboard.explain(what),
        custom_attrs={"aria-haspopup": "dialog"},
        class_name=(
            f"grid min-w-0 content-start gap-1 bg-surface px-5 py-4 text-left outline-offset-[-3px]"
            f" hover:bg-sunken/50 {span}"
        ),
    )


def _cash_chart() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Cash, three months back and ahead", class_name="mb-4 font-semibold"),
        rx.cond(
            Dashboard.looked_ahead,
            rx.cond(
                some(Dashboard.chart.points[1:]),
                rx.fragment(
                    fan_chart(Dashboard.chart, futures=False),
                    rx.cond(
                        Dashboard.lowest.value == "",
                        rx.el.p(
                            "What lies ahead is not known yet: no payment has come back often enough.",
                            class_name="mt-2 text-xs text-ink-3",
                        ),
                        rx.fragment(),
                    ),
                ),
                rx.cond(
                    Dashboard.cash.value != "",
                    empty(
                        "A line begins with a second day.",
                        line="So far only today’s cash is known. Your bank’s file brings the days before.",
                        action=link_button("Import a bank file", href="/import"),
                        picture="future",
                    ),
                    empty(
                        "No cash account has a known balance yet.",
                        action=rx.cond(
                            Dashboard.balance_href != "",
                            link_button("Say what is on it", href=Dashboard.balance_href, kind="primary"),
                            link_button("See your accounts", href="/accounts"),
                        ),
                        picture="future",
                    ),
                ),
            ),
            chart_skeleton(),
        ),
        class_name=f"{CARD} min-w-0 p-5",
    )


def _accounts() -> rx.Component:
    return _listed(
        "Accounts",
        text_link("All accounts", href="/accounts", class_name="flex min-h-11 items-center"),
        rx.foreach(Dashboard.accounts, _account),
        rows=4,
        foot=rx.cond(
            Dashboard.last_import != "",
            Dashboard.last_import,
            rx.fragment("No bank file was imported yet. ", text_link("Import one", href="/import")),
        ),
    )


def _account(part: ObjectVar[Part]) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(part.name, class_name="block truncate font-medium"),
                rx.el.span(part.line, class_name="block truncate text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            rx.el.span(
                rx.cond(
                    part.value != "",
                    amount(part.value, class_name="font-medium"),
                    rx.el.span("not known", class_name="text-xs text-ink-3"),
                ),
                class_name="ml-auto shrink-0",
            ),
            href=part.href,
            custom_attrs={"data-row": ""},
            class_name="flex min-h-14 items-center gap-3 px-5 py-2 outline-offset-[-2px] hover:bg-sunken/50",
        )
    )


def _latest() -> rx.Component:
    return _listed(
        "Latest",
        text_link("All transactions", href="/transactions", class_name="flex min-h-11 items-center"),
        rx.cond(
            some(Dashboard.latest),
            rx.foreach(Dashboard.latest, _transaction),
            rx.el.li(
                empty(
                    "Nothing has happened yet.",
                    action=link_button("Import a bank file", href="/import"),
                    picture="file",
                )
            ),
        ),
        rows=6,
    )


def _transaction(row: ObjectVar[Row]) -> rx.Component:
    return rx.el.li(
        link(
            initials(row.letters),
            rx.el.span(
                rx.el.span(row.title, class_name="block truncate font-medium"),
                rx.el.span(row.line, class_name="block text-xs text-ink-3 sm:truncate"),
                class_name="min-w-0",
            ),
            rx.el.span(
                amount(row.amount, inflow=row.inflow, class_name="block font-medium"),
                rx.cond(row.plain, rx.fragment(), rx.el.span(row.status, class_name="text-2xs text-warn")),
                class_name="ml-auto shrink-0 text-right",
            ),
            href=f"/transactions?open={row.reference}",
            custom_attrs={"data-row": ""},
            class_name="flex items-center gap-3 px-5 py-3 outline-offset-[-2px] hover:bg-sunken/50",
        )
    )


def _coming() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Coming up", class_name="font-semibold"),
            rx.el.span("from payments that came back", class_name="text-xs text-ink-3"),
            class_name="flex min-h-12 flex-wrap items-center justify-between gap-x-3 border-b border-line px-5",
        ),
        rx.cond(
            Dashboard.looked_ahead,
            rx.cond(
                some(Dashboard.coming),
                rx.el.ul(rx.foreach(Dashboard.coming, _payment), class_name="divide-y divide-line"),
                empty(
                    "Payments that come back will be listed here.",
                    line="Two or three months of history are enough to find them.",
                    action=link_button("Import a bank file", href="/import"),
                    picture="future",
                ),
            ),
            _rows_on_their_way(4),
        ),
        class_name=f"{CARD} min-w-0 overflow-hidden",
    )


def _payment(part: ObjectVar[Part]) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                icon("clock", size="size-4.5"),
                aria_hidden=True,
                class_name="grid size-9 shrink-0 place-items-center rounded-full bg-twin-soft text-twin",
            ),
            rx.el.span(
                rx.el.span(part.name, class_name="block truncate font-medium"),
                rx.el.span(part.line, class_name="amount block text-xs text-ink-3 sm:truncate"),
                class_name="min-w-0",
            ),
            amount(part.value, class_name="ml-auto shrink-0 font-medium text-twin"),
            href=part.href,
            custom_attrs={"data-row": ""},
            class_name="flex items-center gap-3 px-5 py-3 outline-offset-[-2px] hover:bg-sunken/50",
        )
    )


def _listed(title: str, action: rx.Component, body: Any, *, rows: int, foot: Any = None) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="font-semibold"),
            rx.el.span(action, class_name="ml-auto"),
            class_name="flex min-h-12 items-center border-b border-line px-5",
        ),
        rx.cond(Dashboard.loaded, rx.el.ul(body, class_name="divide-y divide-line"), _rows_on_their_way(rows)),
        rx.cond(
            Dashboard.loaded,
            rx.el.p(foot, class_name="truncate border-t border-line px-5 py-3 text-xs text-ink-3"),
            rx.fragment(),
        )
        if foot is not None
        else rx.fragment(),
        class_name=f"{CARD} min-w-0 overflow-hidden",
    )


def _rows_on_their_way(rows: int) -> rx.Component:
    return rx.el.div(
        *(
            rx.el.div(
                skeleton("size-9 rounded-full"),
                rx.el.div(skeleton("h-3.5 w-36"), skeleton("h-3 w-24"), class_name="grid gap-2"),
                skeleton("ml-auto h-4 w-20"),
                class_name="flex items-center gap-3 px-5 py-3",
            )
            for _ in range(rows)
        ),
        aria_hidden=True,
        class_name="divide-y divide-line",
    )


def _definition() -> rx.Component:
    shown = Dashboard.definition
    return dialog(
        rx.cond(
            shown.value != "",
            rx.el.p(shown.value, class_name="num amount text-3xl font-semibold tracking-tight"),
            rx.el.p("not known yet", class_name="text-xl font-medium tracking-tight text-ink-3"),
        ),
        rx.el.p(shown.sentence, class_name="mt-2 text-ink-2"),
        rx.cond(
            some(shown.parts),
            rx.el.ul(rx.foreach(shown.parts, _part), class_name="-mx-5 mt-4 divide-y divide-line border-y border-line"),
            rx.fragment(),
        ),
        rx.cond(shown.left_out != "", rx.el.p(shown.left_out, class_name="mt-4 text-ink-3"), rx.fragment()),
        rx.cond(
            shown.rate_href != "",
            rx.el.p(text_link(shown.rate_words, href=shown.rate_href), class_name="mt-2"),
            rx.fragment(),
        ),
        rx.cond(
            shown.href != "",
            rx.el.p(text_link("See the transactions behind it", href=shown.href), class_name="mt-4"),
            rx.fragment(),
        ),
        title=shown.title,
        is_open=Dashboard.explaining,
        on_close=Dashboard.understood,
    )


def _part(part: ObjectVar[Part]) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(part.name, class_name="block truncate"),
                rx.el.span(part.line, class_name="amount block truncate text-xs text-ink-3 empty:hidden"),
                class_name="min-w-0",
            ),
            amount(part.value, class_name="ml-auto shrink-0 font-medium"),
            href=part.href,
            class_name="flex min-h-11 items-center gap-3 px-5 py-2 outline-offset-[-2px] hover:bg-sunken/50",
        )
    )
