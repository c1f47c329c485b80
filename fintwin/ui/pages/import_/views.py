"""How the import looks: the place to drop a file, what was recognised, the rows, the way, the report."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.files import file_drop
from fintwin.ui.components.forms import (
    button,
    form_problem,
    link_button,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, amount, badge, goes_on, link, rows_skeleton, skeleton, text_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.import_ import dialogs
from fintwin.ui.pages.import_.shown import Answer, Part, Past, Row, Step, Tab
from fintwin.ui.pages.import_.state import Import

_COLUMNS = "lg:grid-cols-[7rem_minmax(0,2fr)_minmax(0,1.2fr)_8rem_6.5rem]"
_ACCEPT = (
    ".csv,.txt,.tab,.tsv,.ofx,.qfx,.qif,.xml,.camt,.zip,.sta,.swi,.mt940,.mt942,.940,.942,.c53,.c52,.c54,.pre,"
    "text/csv,text/plain,text/xml,application/xml,application/zip,application/x-ofx"
)


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.el.div(
        rx.cond(
            Import.loaded,
            rx.cond(Import.file.uuid == "", _start(), _file()),
            _waiting(),
        ),
        dialogs.reading(),
        dialogs.account(),
        dialogs.mend(),
        dialogs.take_out(),
        dialogs.undo(),
        class_name="grid grid-cols-[minmax(0,1fr)] gap-5",
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        skeleton("h-5 w-48"), skeleton("h-40 w-full rounded-card"), rows_skeleton(3), class_name="grid gap-4"
    )


def _start() -> rx.Component:
    return rx.fragment(form_problem(Import.problem), _drop(), rx.cond(some(Import.past), _past_list(), _what_works()))


def _drop() -> rx.Component:
    return rx.el.section(
        file_drop(
            "Drop a file from your bank here",
            line=(
                "CSV, OFX, QFX, QIF, CAMT (also zipped) or MT940, up to 20 MB."
                " It is read on this machine and goes nowhere else."
            ),
            accept=_ACCEPT,
            several=True,
        ),
        aria_label="A bank file",
    )


def _what_works() -> rx.Component:
    points = (
        ("search", "Nothing to set up", "Encoding, columns, dates and signs are found in the file and shown to you."),
        ("copy", "No doubles", "The same file again, or in another format, adds nothing."),
        ("swap", "One step back", "A whole import can be taken back at any time."),
    )
    return rx.el.ul(
        *(
            rx.el.li(
                icon(symbol),
                rx.el.span(
                    rx.el.span(title, class_name="block font-medium"),
                    rx.el.span(line, class_name="block text-ink-2"),
                ),
                class_name="flex gap-3 bg-surface px-5 py-4",
            )
            for symbol, title, line in points
        ),
        class_name="grid gap-px overflow-hidden rounded-card border border-line bg-line lg:grid-cols-3",
    )


def _past_list() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Files so far", class_name="border-b border-line px-5 py-3.5 font-semibold"),
        rx.el.ul(rx.foreach(Import.past, _past_row), class_name="divide-y divide-line"),
        _turns("files"),
        class_name=f"{CARD} overflow-hidden",
    )


def _past_row(one: ObjectVar[Past]) -> rx.Component:
    tone = rx.match(
        one.tone,
        ("bad", badge(one.badge, tone="bad")),
        ("warn", badge(one.badge, tone="warn")),
        ("brand", badge(one.badge, tone="brand")),
        badge(one.badge),
    )
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(one.name, class_name="block truncate font-medium"),
                rx.el.span(one.line, class_name="num block truncate text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            rx.el.span(rx.cond(one.badge != "", tone, rx.fragment()), class_name="ml-auto shrink-0"),
            icon("chevron-right", size="size-4"),
            href=f"/import?file={one.uuid}",
            class_name="flex min-h-14 min-w-0 flex-1 items-center gap-3 py-2.5 pl-5 pr-2 hover:bg-sunken/50",
        ),
        rx.cond(
            one.unfinished,
            rx.el.button(
                rx.el.span("Discard", class_name="max-sm:sr-only"),
                rx.el.span(" ", one.name, class_name="sr-only"),
                rx.el.span(icon("close", size="size-4"), aria_hidden=True, class_name="sm:hidden"),
                type="button",
                on_click=Import.discard_past(one.uuid),
                class_name=(
                    "grid min-h-11 min-w-11 shrink-0 place-items-center text-xs font-medium text-brand hover:underline"
                    " sm:px-5"
                ),
            ),
            rx.fragment(),
        ),
        class_name="flex items-center",
    )


def _file() -> rx.Component:
    return rx.fragment(
        _head(),
        rx.match(
            Import.file.stage,
            ("reading", _reading()),
            ("unreadable", _unreadable()),
            ("check", _check()),
            ("working", _working()),
            _report(),
        ),
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(Import.file.name, class_name="truncate font-semibold"),
            rx.el.p(Import.file.line, class_name="num text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        rx.el.ol(
            rx.foreach(Import.steps, _step),
            aria_label="Steps",
            class_name="flex items-center gap-2 text-xs font-medium sm:ml-auto",
        ),
        class_name="flex flex-wrap items-center gap-3",
    )


def _step(step: ObjectVar[Step]) -> rx.Component:
    dot = "grid size-6 place-items-center rounded-full"
    return rx.el.li(
        rx.el.span(
            step.number,
            class_name=rx.match(
                step.state,
                ("later", f"{dot} bg-sunken"),
                f"{dot} bg-brand text-brand-ink",
            ),
        ),
        rx.el.span(step.name, class_name=rx.cond(step.state == "now", "", "max-sm:sr-only")),
        rx.cond(step.last, rx.fragment(), rx.el.i(class_name="h-px w-6 bg-line-strong", aria_hidden=True)),
        class_name=rx.match(
            step.state,
            ("done", "flex items-center gap-2 text-brand"),
            ("now", "flex items-center gap-2 text-ink"),
            "flex items-center gap-2 text-ink-3",
        ),
        custom_attrs={"aria-current": rx.cond(step.state == "now", "step", "false")},
    )


def _reading() -> rx.Component:
    return rx.el.div(
        rx.el.p("Reading the file …", role="status", class_name="w-fit text-ink-2", **goes_on()),
        _slow(),
        skeleton("h-20 w-full rounded-card"),
        rows_skeleton(4),
        class_name="grid gap-4",
    )


def _trouble(title: str) -> rx.Component:
    return rx.cond(
        Import.file.problem != "",
        rx.el.div(
            icon("warning"),
            rx.el.div(
                rx.el.p(title, class_name="font-semibold"),
                rx.el.p(Import.file.problem, class_name="mt-0.5 break-words"),
                class_name="min-w-0",
            ),
            role="alert",
            class_name="flex items-start gap-2.5 rounded-card border border-bad/30 bg-bad-soft px-4 py-3 text-bad",
        ),
        rx.fragment(),
    )


def _unreadable() -> rx.Component:
    return rx.fragment(
        _trouble("This file cannot be added."),
        form_problem(Import.problem),
        rx.el.div(
            button("Read it another way", kind="plain", on_click=Import.open_reading),
            button("Discard", kind="plain", on_click=Import.discard),
            link_button("Choose another file", href="/import", kind="primary"),
            class_name="flex flex-wrap gap-2",
        ),
    )


def _check() -> rx.Component:
    return rx.fragment(
        _trouble("This did not work."),
        _facts(),
        rx.cond(Import.file.question != "", _question(), rx.fragment()),
        rx.el.div(rx.foreach(Import.parts, _proof), class_name="grid gap-3 empty:hidden"),
        _rows(_decide()),
    )


def _facts() -> rx.Component:
    return rx.el.dl(
        rx.foreach(Import.parts, _account_fact),
        _fact(
            "Dates",
            Import.file.dates,
            rx.cond(Import.file.plain, _change(Import.open_reading, "dates"), rx.fragment()),
        ),
        _fact("Amounts", Import.file.amounts, _change(Import.open_reading, "amounts")),
        _fact(
            "Currency",
            Import.file.currency,
            rx.cond(Import.file.plain, _change(Import.open_reading, "currency"), rx.fragment()),
        ),
        _fact("Encoding", Import.file.encoding, _change(Import.open_reading, "encoding")),
        class_name="grid overflow-hidden rounded-card border border-line bg-surface shadow-card sm:grid-cols-2 lg:grid-cols-[repeat(auto-fit,minmax(11rem,1fr))]",
    )


def _account_fact(part: ObjectVar[Part]) -> rx.Component:
    return _fact("Account", part.account, _change(Import.open_account(part.part), "account"))


def _fact(name: str, value: Any, action: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, class_name="text-xs text-ink-3"),
        rx.el.dd(
            rx.el.span(value, class_name="num break-words"),
            rx.el.span(action, class_name="absolute right-3 top-0.5"),
            class_name="mt-1.5 font-medium lg:mt-1",
        ),
        class_name="relative -mb-px -mr-px min-w-0 border-b border-r border-line px-4 py-3",
    )


def _change(handler: Any, what: str) -> rx.Component:
    return rx.el.button(
        "Change",
        rx.el.span(f" {what}", class_name="sr-only"),
        type="button",
        on_click=handler,
        class_name="min-h-11 px-1 text-xs font-medium text-brand hover:underline lg:min-h-9",
    )


def _question() -> rx.Component:
    return rx.el.section(
        rx.el.p(Import.file.question, class_name="font-semibold"),
        rx.el.p("The file does not tell; the answer counts for all its rows.", class_name="mt-0.5 text-ink-2"),
        rx.el.div(rx.foreach(Import.file.answers, _answer), class_name="mt-3 flex flex-wrap gap-2"),
        aria_label="A question about the dates",
        class_name="rounded-card border border-warn/30 bg-warn-soft px-4 py-3",
    )


def _answer(one: ObjectVar[Answer]) -> rx.Component:
    return button(one.words, kind="plain", on_click=Import.answer(one.value))


def _proof(part: ObjectVar[Part]) -> rx.Component:
    def shown_as(tone: str, symbol: str) -> rx.Component:
        return rx.el.div(
            icon(symbol),
            rx.el.p(
                rx.el.span(part.title),
                rx.el.b(part.proof, class_name="font-semibold"),
                " ",
                rx.el.span(part.sum, class_name="num amount"),
                class_name="min-w-0",
            ),
            class_name=f"flex items-start gap-2 rounded-card border px-4 py-3 {tone}",
        )

    return rx.fragment(
        rx.match(
            part.tone,
            ("good", shown_as("border-good/30 bg-good-soft text-good", "shield")),
            ("warn", shown_as("border-warn/30 bg-warn-soft text-warn", "warning")),
            rx.fragment(),
        )
    )


def _rows(foot: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.foreach(Import.tabs, _tab),
            role="tablist",
            aria_label="Rows",
            class_name="flex gap-5 overflow-x-auto border-b border-line px-5",
        ),
        rx.cond(
            some(Import.rows),
            rx.el.ul(rx.foreach(Import.rows, _row), class_name="divide-y divide-line", aria_label="Rows of the file"),
            rx.el.p("No rows here.", class_name="px-5 py-8 text-center text-ink-3"),
        ),
        _turns("rows"),
        foot,
        aria_label="What is in the file",
        class_name=f"{CARD} overflow-hidden",
    )


def _turns(what: str) -> rx.Component:
    """The way to the pages before and behind, where there are any."""
    return rx.cond(
        Import.newer | Import.older,
        rx.el.nav(
            rx.cond(Import.newer, button("Newer", kind="plain", on_click=Import.show_newer), rx.fragment()),
            rx.cond(Import.older, button("Older", kind="plain", on_click=Import.show_older), rx.fragment()),
            aria_label=f"More {what}",
            class_name="flex justify-end gap-2 border-t border-line px-5 py-3",
        ),
        rx.fragment(),
    )


def _tab(tab: ObjectVar[Tab]) -> rx.Component:
    base = "flex min-h-11 shrink-0 items-center gap-1.5 whitespace-nowrap border-b-2 px-1 font-medium"
    return rx.el.button(
        tab.name,
        rx.el.span(tab.many, class_name="num"),
        type="button",
        role="tab",
        aria_selected=Import.tab == tab.value,
        on_click=Import.show_tab(tab.value),
        class_name=rx.cond(
            Import.tab == tab.value,
            f"{base} border-brand text-ink",
            f"{base} border-transparent text-ink-3 hover:text-ink",
        ),
    )


def _row(row: ObjectVar[Row]) -> rx.Component:
    grid = f"grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5 px-5 py-3 lg:items-center {_COLUMNS}"
    day = "num order-3 text-xs lg:order-none lg:text-sm"
    return rx.el.li(
        rx.el.span(row.day, class_name=rx.cond(row.faulty, f"{day} font-medium text-bad", f"{day} text-ink-3")),
        rx.el.span(
            rx.el.span(row.title, class_name="block truncate font-medium"),
            rx.el.span(
                row.line, class_name=rx.cond(row.faulty, "block text-xs text-bad", "block truncate text-xs text-ink-3")
            ),
            class_name="min-w-0",
        ),
        rx.el.span(row.aside, class_name="hidden truncate text-ink-2 lg:block"),
        rx.el.span(amount(row.amount, inflow=row.inflow), class_name="text-right font-medium"),
        rx.el.span(_row_action(row), class_name="order-4 justify-self-end lg:order-none"),
        class_name=rx.cond(row.faulty, f"{grid} bg-bad-soft", grid),
    )


def _row_action(row: ObjectVar[Row]) -> rx.Component:
    def small(text: str, handler: Any) -> rx.Component:
        return rx.el.button(
            text,
            rx.el.span(": ", row.title, class_name="sr-only"),
            type="button",
            on_click=handler,
            class_name="-my-2 min-h-11 px-1 text-xs font-medium text-brand hover:underline lg:min-h-9",
        )

    return rx.fragment(
        rx.match(
            row.action,
            ("leave", small("Leave out", Import.choose_row(row.number, False))),
            ("add", small("Add anyway", Import.choose_row(row.number, True))),
            ("mend", small("Put right", Import.open_mend(row.number))),
            ("take_out", small("Take out", Import.open_take_out(row.number))),
            rx.fragment(),
        )
    )


def _decide() -> rx.Component:
    return rx.el.div(
        rx.el.span(
            rx.cond(Import.file.question != "", "Answer the question above first.", Import.file.foot),
            class_name="text-xs text-ink-3",
        ),
        rx.el.div(
            form_problem(Import.problem, "booked", "amount", "account", "encoding", "delimiter"),
            class_name="basis-full empty:hidden",
        ),
        rx.el.div(
            button("Discard", kind="plain", on_click=Import.discard),
            button(Import.file.add, on_click=Import.commit, disabled=Import.file.question != ""),
            class_name="ml-auto flex flex-wrap gap-2",
        ),
        class_name="flex flex-wrap items-center gap-3 border-t border-line px-5 py-4",
    )


def _working() -> rx.Component:
    return rx.el.section(
        rx.el.p(Import.file.progress_words, role="status", class_name="num w-fit font-semibold", **goes_on()),
        rx.el.progress(
            value=Import.file.progress,
            max="100",
            aria_label="Progress",
            class_name="mt-3 h-2 w-full accent-brand",
        ),
        rx.el.p(
            "You can leave this page; it goes on by itself, even after a restart.", class_name="mt-3 text-xs text-ink-3"
        ),
        _slow(key=Import.file.progress_words),
        class_name=f"{CARD} p-5",
    )


def _slow(**more: Any) -> rx.Component:
    """What to think when nothing has moved for a while; a new key begins the wait anew."""
    return rx.el.p(
        "This takes longer than usual: the worker is busy or starting again. The file is kept, and goes on by itself.",
        class_name="appear-late mt-2 text-xs text-warn",
        **more,
    )


def _report() -> rx.Component:
    return rx.fragment(
        _trouble("This did not work to the end."),
        rx.el.section(
            rx.el.div(
                icon("check", size="size-6"),
                aria_hidden=True,
                class_name="grid size-11 shrink-0 place-items-center rounded-full bg-good-soft text-good",
            ),
            rx.el.div(
                rx.el.h2(Import.file.headline, class_name="text-lg font-semibold tracking-tight", **goes_on()),
                rx.el.p(Import.file.summary, class_name="num mt-0.5 text-ink-2"),
                class_name="min-w-0",
            ),
            rx.el.div(
                rx.cond(
                    Import.file.status == "done",
                    rx.fragment(
                        button("Undo this import", kind="plain", on_click=Import.open_undo),
                        rx.foreach(Import.parts, _register_link),
                    ),
                    link_button("Choose a file", href="/import", kind="primary"),
                ),
                class_name="flex flex-wrap gap-2 sm:ml-auto",
            ),
            class_name=f"{CARD} flex flex-wrap items-center gap-4 p-5",
        ),
        form_problem(Import.problem),
        rx.el.div(rx.foreach(Import.parts, _proof), class_name="grid gap-3 empty:hidden"),
        _rows(
            rx.el.div(
                text_link("Import another file", href="/import"),
                class_name="border-t border-line px-5 py-4",
            )
        ),
    )


def _register_link(part: ObjectVar[Part]) -> rx.Component:
    return rx.cond(
        part.address != "",
        rx.cond(
            part.part == 0,
            link_button(rx.fragment("See ", part.account), href=part.address, kind="primary"),
            link_button(rx.fragment("See ", part.account), href=part.address),
        ),
        rx.fragment(),
    )
