"""What opens over the twin: keeping a run, the runs that were kept, and what was assumed."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    form,
    icon_button,
    text_field,
    text_input,
)
from fintwin.ui.components.pieces import dialog
from fintwin.ui.components.vars import some
from fintwin.ui.pages.twin.seen import RunRow
from fintwin.ui.pages.twin.state import Twin
from fintwin.ui.pages.twin.words import Said, StreamRow

SMALL = "h-11! px-3.5! lg:h-9!"


def saving() -> rx.Component:
    return dialog(
        form(
            text_field(
                "Name",
                "name",
                placeholder="New kitchen in spring",
                max_length=80,
                auto_focus=True,
                problem=Twin.problem,
                hint="Kept with its books, events and seed, so that it can be repeated to the last byte.",
            ),
            button("Save", kind="twin", type="submit"),
            on_submit=Twin.save,
            class_name="grid gap-4",
        ),
        title="Keep this run",
        is_open=Twin.asking == "save",
        on_close=Twin.dismiss,
    )


def runs() -> rx.Component:
    return dialog(
        rx.cond(
            some(Twin.runs),
            rx.el.div(
                rx.el.ul(rx.foreach(Twin.runs, _run), class_name="divide-y divide-line"),
                rx.cond(
                    Twin.doomed == -1,
                    _sure("Delete all runs for good?", Twin.forget_all),
                    button("Delete all", kind="danger", on_click=Twin.doom(-1), class_name="mt-4"),
                ),
            ),
            rx.el.p("Nothing is kept yet. “Save” keeps what you see.", class_name="text-ink-2"),
        ),
        title="Kept runs",
        is_open=Twin.asking == "runs",
        on_close=Twin.dismiss,
    )


def _run(row: ObjectVar[RunRow]) -> rx.Component:
    refused = (Twin.problem.field == "name") & (Twin.misnamed == row.number)
    return rx.el.li(
        form(
            rx.el.input(type="hidden", name="number", value=row.number, read_only=True),
            text_input(
                "name",
                default_value=row.name,
                key=row.name,
                max_length=80,
                aria_label=f"Name of {row.name}",
                aria_describedby=rx.cond(refused, "rename-problem", ""),
                class_name="border-transparent! font-medium hover:border-line! focus:border-line! px-2! -ml-2",
            ),
            rx.cond(
                refused,
                rx.el.p(Twin.problem.sentence, id="rename-problem", role="alert", class_name="text-xs text-bad"),
            ),
            on_submit=Twin.rename,
        ),
        rx.el.p(row.headline, class_name="num amount text-xs text-ink-2"),
        rx.cond(Twin.doomed == row.number, _sure("Delete this run for good?", Twin.forget(row.number))),
        rx.el.div(
            rx.el.span(row.line, class_name="num text-xs text-ink-3"),
            rx.el.span(
                icon_button("trash", f"Delete {row.name}", on_click=Twin.doom(row.number)),
                button(
                    "Show",
                    kind="plain",
                    aria_label=f"Show {row.name}",
                    on_click=Twin.open_run(row.number),
                    class_name=SMALL,
                ),
                class_name="ml-auto flex gap-1",
            ),
            class_name="flex items-center gap-3",
        ),
        class_name="grid gap-1 py-3",
    )


def _sure(question: str, on_yes: Any) -> rx.Component:
    """A question before something is gone for good."""
    return rx.el.div(
        rx.el.span(question, class_name="font-medium text-bad"),
        button("Delete", kind="danger", on_click=on_yes, class_name=f"ml-auto {SMALL}"),
        button("Keep", kind="plain", on_click=Twin.doom(0), class_name=SMALL),
        role="alert",
        class_name="mt-2 flex flex-wrap items-center gap-2 rounded-lg bg-bad-soft px-3 py-2",
    )


def assumptions() -> rx.Component:
    return dialog(
        rx.el.div(
            rx.el.ul(
                rx.foreach(
                    Twin.assumed.notes,
                    lambda text: rx.el.li(text, class_name="wrap-anywhere rounded-lg bg-warn-soft px-3 py-2 text-warn"),
                ),
                class_name="grid gap-2 empty:hidden",
            ),
            rx.el.dl(rx.foreach(Twin.assumed.said, _said), class_name="divide-y divide-line text-xs"),
            form(
                text_field(
                    "Seed", "seed", type="number", default_value=Twin.seed, key=Twin.seed, min=0, problem=Twin.problem
                ),
                text_field(
                    "Futures",
                    "paths",
                    type="number",
                    default_value=Twin.paths,
                    key=Twin.paths,
                    min=100,
                    max=20000,
                    step=2,
                    problem=Twin.problem,
                ),
                button("Run again", kind="plain", type="submit", class_name="self-end"),
                on_submit=Twin.set_run,
                class_name="grid grid-cols-[1fr_1fr_auto] gap-3",
            ),
            rx.el.h3("What comes back, as learned from your books", class_name="font-semibold"),
            rx.cond(
                some(Twin.assumed.streams),
                rx.el.ul(rx.foreach(Twin.assumed.streams, _stream), class_name="divide-y divide-line"),
                rx.el.p("Nothing yet: three payments in one rhythm make a stream.", class_name="text-ink-2"),
            ),
            class_name="grid grid-cols-1 gap-4",
        ),
        title="Assumptions",
        line="What the twin takes for granted, and on what evidence.",
        is_open=Twin.asking == "assumptions",
        on_close=Twin.dismiss,
    )


def _said(one: ObjectVar[Said]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(one.name, class_name="text-ink-3"),
        rx.el.dd(one.value, class_name="num amount min-w-0 wrap-anywhere text-right"),
        class_name="flex justify-between gap-4 py-1.5",
    )


def _stream(row: ObjectVar[StreamRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.name, class_name="block truncate font-medium"),
            rx.el.span(row.rhythm, class_name="block text-xs text-ink-3"),
            rx.el.span(row.evidence, class_name="num block text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        rx.el.span(
            row.amount,
            class_name=rx.cond(row.inflow, "num amount shrink-0 text-good", "num amount shrink-0"),
        ),
        class_name="flex justify-between gap-3 py-2",
    )
