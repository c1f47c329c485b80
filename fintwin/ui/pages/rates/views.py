"""How exchange rates look: a sentence to fill in, the pairs, a place for files."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.files import file_drop
from fintwin.ui.components.forms import (
    button,
    field,
    form,
    form_problem,
    icon_button,
    select_input,
    text_input,
)
from fintwin.ui.components.pieces import CARD, card, dialog, empty, note, rows_skeleton
from fintwin.ui.components.vars import some
from fintwin.ui.pages.rates.state import RateRow, Rates


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.el.div(
        rx.el.div(
            _missing(),
            rx.cond(Rates.loaded, _form(), rows_skeleton(1)),
            rx.cond(Rates.loaded, _pairs(), rows_skeleton(3)),
            class_name="grid min-w-0 content-start gap-5",
        ),
        rx.el.div(_file(), _meaning(), class_name="grid min-w-0 content-start gap-5"),
        _earlier(),
        class_name="grid gap-5 lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)]",
    )


def _missing() -> rx.Component:
    return rx.cond(
        some(Rates.missing),
        note(
            rx.el.p("Not counted in your totals, since no rate is known:"),
            rx.el.p(
                rx.foreach(
                    Rates.missing,
                    lambda code: rx.el.button(
                        code,
                        type="button",
                        on_click=Rates.begin(code),
                        class_name="mr-3 min-h-11 font-semibold underline lg:min-h-8",
                    ),
                ),
            ),
            tone="warn",
            symbol="warning",
        ),
        rx.fragment(),
    )


def _form() -> rx.Component:
    problem = Rates.problem
    return card(
        form(
            rx.el.div(
                field("1 of", _currency("base", Rates.base), name="base", problem=problem),
                field(
                    "is worth",
                    text_input(
                        "rate",
                        problem=problem,
                        input_mode="decimal",
                        max_length=30,
                        required=True,
                        placeholder="0.92",
                        key=f"rate-{Rates.version}",
                    ),
                    name="rate",
                    problem=problem,
                ),
                field("in", _currency("quote", Rates.quote), name="quote", problem=problem),
                field(
                    "since",
                    text_input("day", problem=problem, type="date", key=f"day-{Rates.version}"),
                    name="day",
                    problem=problem,
                    hint="Empty means today",
                ),
                class_name="grid grid-cols-2 gap-4",
            ),
            form_problem(problem, "base", "rate", "quote", "day"),
            rx.el.div(button("Save", type="submit"), class_name="flex justify-end"),
            on_submit=Rates.enter,
            class_name="grid gap-4",
        ),
        title="What is it worth?",
    )


def _currency(name: str, chosen: Any) -> rx.Component:
    return select_input(
        name,
        rx.fragment(
            rx.el.option("Choose…", value=""),
            rx.foreach(Rates.currencies, lambda pair: rx.el.option(f"{pair[0]} · {pair[1]}", value=pair[0])),
        ),
        problem=Rates.problem,
        default_value=chosen,
        required=True,
        key=f"{name}-{Rates.version}",
    )


def _pairs() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Known rates", class_name="flex min-h-12 items-center border-b border-line px-5 font-semibold"),
        rx.cond(
            some(Rates.pairs),
            rx.el.ul(rx.foreach(Rates.pairs, _pair), class_name="divide-y divide-line"),
            empty(
                "No rate yet. With one, money in another currency counts in your totals.",
                action=rx.el.label(
                    "Choose a file",
                    html_for="rates-file",
                    class_name=(
                        "inline-flex h-11 cursor-pointer items-center rounded-lg border border-line bg-surface px-4"
                        " font-medium hover:bg-sunken lg:h-10"
                    ),
                ),
                picture="file",
            ),
        ),
        class_name=f"{CARD} overflow-hidden",
    )


def _pair(row: ObjectVar[RateRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.words, class_name="num block font-medium"),
            rx.el.span(row.line, class_name="num block text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        rx.el.span(
            rx.cond(
                row.earlier != "",
                button(row.earlier, kind="quiet", on_click=Rates.show_earlier(row.base, row.quote)),
                rx.fragment(),
            ),
            _trash(row),
            class_name="ml-auto flex shrink-0 items-center",
        ),
        class_name="flex items-center gap-3 py-2 pl-5 pr-3",
    )


def _trash(row: ObjectVar[RateRow]) -> rx.Component:
    return icon_button(
        "trash", f"Take away {row.words}, {row.line}", on_click=Rates.forget(row.base, row.quote, row.day)
    )


def _earlier() -> rx.Component:
    shown = Rates.shown
    return dialog(
        rx.el.ul(
            rx.foreach(
                Rates.earlier,
                lambda row: rx.el.li(
                    rx.el.span(
                        rx.el.span(row.words, class_name="num block font-medium"),
                        rx.el.span(row.line, class_name="num block text-xs text-ink-3"),
                        class_name="min-w-0",
                    ),
                    rx.el.span(_trash(row), class_name="ml-auto"),
                    class_name="flex items-center gap-3 py-1.5",
                ),
            ),
            class_name="divide-y divide-line",
        ),
        rx.cond(Rates.more != "", rx.el.p(Rates.more, class_name="mt-3 text-xs text-ink-3"), rx.fragment()),
        title=f"{shown.base} in {shown.quote}",
        is_open=shown.base != "",
        on_close=Rates.put_away,
    )


def _file() -> rx.Component:
    return card(
        rx.el.p(
            "A CSV file with lines of date, base, quote and rate, such as",
            class_name="text-ink-2",
        ),
        rx.el.p("2026-03-02, EUR, USD, 1.0874", class_name="num mt-2 rounded-lg bg-sunken px-3 py-2 text-xs"),
        rx.el.p(
            "or a table with a column per currency, as the European Central Bank publishes it: unpacked, it can be"
            " brought as it is. Only currencies of your accounts are kept. At most 5 MB.",
            class_name="mt-2 text-ink-2",
        ),
        file_drop(
            "Drop a file of rates here, or choose one",
            to="/rates/file",
            accept=".csv,.txt,text/csv,text/plain",
            on_sent=Rates.brought,
            chooser_id="rates-file",
            class_name="mt-4",
        ),
        title="Bring a file",
    )


def _meaning() -> rx.Component:
    return card(
        rx.el.p(
            "A rate holds from its day until a later one. Totals in your own currency use it, and say which one and of"
            " which day; where none is known, an account is left out and named. Where there is no rate for a pair, the"
            " one the other way round is used, or the way over a third currency.",
            class_name="text-ink-2",
        ),
        title="What rates are for",
    )
