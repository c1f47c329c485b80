"""How the general ledger and the audit look."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.identity.desk import LONGEST_REASON
from fintwin.ui.audited import KINDS
from fintwin.ui.components import (
    amount,
    button,
    card,
    cell,
    field,
    form,
    form_problem,
    icon,
    list_card,
    note,
    round_icon,
    rows_skeleton,
    select_field,
    sent_form,
    table,
    text_field,
    text_input,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.staff.funds_views import funds
from fintwin.ui.pages.staff.ledger_state import Ledger, Trail
from fintwin.ui.pages.staff.rows import AuditRow, CurrencyRows, LineRow, TurnoverRow
from fintwin.web.staff import PATH


def ledger() -> rx.Component:
    """The form for days and reason; below it sums, then lines."""
    problem = Ledger.problem
    return rx.el.div(
        card(
            form(
                text_field(
                    "From", "since", type="date", problem=problem, default_value=Ledger.since, key=f"s{Ledger.since}"
                ),
                text_field(
                    "To", "until", type="date", problem=problem, default_value=Ledger.until, key=f"u{Ledger.until}"
                ),
                field(
                    "Reason",
                    text_input("reason", problem=problem, max_length=LONGEST_REASON, default_value=Ledger.reason),
                    name="reason",
                    problem=problem,
                    hint="Kept in the audit",
                    class_name="sm:col-span-2 lg:col-span-1",
                ),
                button("Read", type="submit", class_name="mt-6.5 max-lg:mt-0"),
                rx.el.div(form_problem(problem, "since", "until", "reason"), class_name="col-span-full empty:hidden"),
                on_submit=Ledger.read,
                class_name="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-[auto_auto_minmax(0,1fr)_auto]",
            ),
        ),
        funds(),
        rx.cond(Ledger.shown, _read(), rx.fragment()),
        on_mount=Ledger.begin,
        class_name="grid min-w-0 gap-5",
    )


def _read() -> rx.Component:
    return rx.fragment(
        rx.cond(
            some(Ledger.currencies),
            rx.el.div(
                rx.foreach(Ledger.currencies, _currency),
                class_name="grid min-w-0 items-start gap-5 lg:grid-cols-2",
            ),
            rx.fragment(),
        ),
        rx.el.section(
            rx.el.div(
                rx.el.h2("Postings", class_name="font-semibold"),
                sent_form(
                    rx.el.input(type="hidden", name="from", value=Ledger.since, read_only=True),
                    rx.el.input(type="hidden", name="to", value=Ledger.until, read_only=True),
                    rx.el.input(type="hidden", name="reason", value=Ledger.reason, read_only=True),
                    button(icon("download", size="size-4"), "CSV", kind="plain", type="submit", class_name="lg:h-9!"),
                    action=PATH,
                    class_name="ml-auto",
                ),
                class_name="flex min-h-12 items-center gap-3 border-b border-line px-5 py-2",
            ),
            rx.cond(
                some(Ledger.lines),
                table(
                    [
                        ("Date", ""),
                        ("Customer", "max-sm:hidden"),
                        ("Debit", ""),
                        ("Credit", "max-sm:hidden"),
                        ("Amount", "text-right!"),
                    ],
                    rx.foreach(Ledger.lines, _line),
                    label="Postings",
                ),
                rx.el.p("Nothing was booked in these days.", class_name="px-5 py-4 text-ink-2"),
            ),
            rx.cond(
                Ledger.more,
                rx.el.div(
                    button("Next 50", kind="plain", on_click=Ledger.read_on),
                    class_name="border-t border-line px-5 py-4",
                ),
                rx.fragment(),
            ),
            class_name="min-w-0 overflow-hidden rounded-card border border-line bg-surface shadow-card",
        ),
    )


def _currency(one: ObjectVar[CurrencyRows]) -> rx.Component:
    def sums(row: ObjectVar[TurnoverRow]) -> rx.Component:
        return rx.el.tr(
            cell(row.type),
            cell(amount(row.debits), class_name="text-right"),
            cell(amount(row.credits), class_name="text-right"),
            cell(amount(row.balance), class_name="text-right max-sm:hidden"),
        )

    return rx.el.section(
        rx.el.h2(one.code, class_name="flex min-h-12 items-center border-b border-line px-5 font-semibold"),
        table(
            [
                ("Accounts", ""),
                ("Debits", "text-right!"),
                ("Credits", "text-right!"),
                ("Net", "text-right! max-sm:hidden"),
            ],
            rx.fragment(
                rx.foreach(one.rows, sums),
                rx.el.tr(
                    cell("Sum", class_name="font-semibold"),
                    cell(amount(one.debits), class_name="text-right font-semibold"),
                    cell(amount(one.credits), class_name="text-right font-semibold"),
                    cell(rx.cond(one.agrees, "0", ""), class_name="num text-right font-semibold max-sm:hidden"),
                ),
            ),
            label=f"Trial balance in {one.code}",
        ),
        rx.el.div(
            rx.cond(
                one.agrees,
                note("Debits and credits agree."),
                note("Debits and credits differ. Run fintwin verify.", tone="bad", symbol="warning"),
            ),
            class_name="border-t border-line p-4",
        ),
        class_name="min-w-0 overflow-hidden rounded-card border border-line bg-surface shadow-card",
    )


def _line(row: ObjectVar[LineRow]) -> rx.Component:
    return rx.el.tr(
        cell(
            rx.el.span(row.day, class_name="block whitespace-nowrap"),
            rx.el.span(row.reference, class_name="num block text-2xs text-ink-3"),
        ),
        cell(row.customer, class_name="num max-sm:hidden"),
        cell(
            rx.el.span(row.debit, class_name="block"),
            rx.el.span("from ", row.credit, class_name="block text-2xs text-ink-3 sm:hidden"),
            class_name="num wrap-anywhere max-sm:px-0!",
        ),
        cell(row.credit, class_name="num break-words max-sm:hidden"),
        cell(amount(row.amount), class_name="text-right whitespace-nowrap"),
    )


def trail() -> rx.Component:
    """Filters, and what was done, the latest first."""
    problem = Trail.problem
    return rx.el.div(
        card(
            form(
                select_field("What", "kind", [("", "Everything"), *KINDS.items()], problem=problem),
                text_field("From", "since", type="date", problem=problem),
                text_field("To", "until", type="date", problem=problem),
                button("Filter", type="submit", kind="plain", class_name="mt-6.5 max-lg:mt-0"),
                rx.el.div(form_problem(problem, "kind", "since", "until"), class_name="col-span-full empty:hidden"),
                on_submit=Trail.filter,
                class_name="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-[minmax(0,1fr)_auto_auto_auto]",
            ),
        ),
        rx.cond(
            Trail.loaded,
            list_card(
                rx.cond(
                    some(Trail.rows),
                    rx.fragment(),
                    rx.el.li("Nothing of this was done.", class_name="px-5 py-4 text-ink-2"),
                ),
                rx.foreach(Trail.rows, _audit),
                rx.cond(
                    Trail.more,
                    rx.el.li(button("Show older", kind="plain", on_click=Trail.read_on), class_name="px-5 py-4"),
                    rx.fragment(),
                ),
            ),
            rows_skeleton(6),
        ),
        on_mount=Trail.begin,
        class_name="grid min-w-0 gap-5",
    )


def _audit(row: ObjectVar[AuditRow]) -> rx.Component:
    return rx.el.li(
        round_icon("shield"),
        rx.el.span(
            rx.el.span(row.title, class_name="block font-medium"),
            rx.el.span(row.line, class_name="block text-xs text-ink-3"),
            rx.cond(row.change != "", rx.el.span(row.change, class_name="num block text-xs text-ink-2"), rx.fragment()),
            rx.cond(
                row.reason != "", rx.el.span(f"“{row.reason}”", class_name="block text-xs text-ink-2"), rx.fragment()
            ),
            class_name="min-w-0",
        ),
        rx.el.span(row.at, class_name="num ml-auto shrink-0 text-xs text-ink-3"),
        class_name="flex items-start gap-3 px-5 py-3",
    )
