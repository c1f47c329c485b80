"""How the tree of categories looks, and the dialog of one of them."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import (
    CARD,
    button,
    dialog,
    form,
    form_problem,
    icon_button,
    link,
    note,
    rows_skeleton,
    select_field,
    text_field,
)
from fintwin.ui.pages.categories.state import Categories, Row


def content() -> rx.Component:
    """Income and spending, each with those below it; and what happened last."""
    return rx.el.div(
        rx.cond(
            Categories.done != "",
            rx.el.div(
                rx.el.span(Categories.done, class_name="min-w-0"),
                button("Undo", kind="plain", on_click=Categories.undo, class_name="ml-auto"),
                icon_button("close", "Put away", on_click=Categories.forget),
                role="status",
                class_name=f"{CARD} flex items-center gap-2 px-4 py-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            Categories.groupable,
            note(
                rx.el.p("Your categories stand side by side. They can be put in groups: names and transactions stay."),
                button("Group them", kind="plain", on_click=Categories.group, class_name="mt-3"),
                tone="brand",
                symbol="info",
            ),
            rx.fragment(),
        ),
        rx.cond(Categories.is_open | Categories.adding, rx.fragment(), form_problem(Categories.problem)),
        rx.cond(
            Categories.loaded,
            rx.fragment(_list("Spending", Categories.spending), _list("Income", Categories.income)),
            rows_skeleton(12),
        ),
        _adding(),
        _one(),
        class_name="grid min-w-0 gap-5",
    )


def _list(title: str, rows: Any) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="font-semibold"),
            button("Add", kind="quiet", on_click=Categories.begin(True), class_name="ml-auto -mr-3")
            if title == "Spending"
            else rx.fragment(),
            class_name="flex min-h-12 items-center border-b border-line px-5 py-1.5",
        ),
        rx.el.ul(rx.foreach(rows, _row), class_name="divide-y divide-line"),
        aria_label=title,
        class_name=f"{CARD} overflow-hidden",
    )


def _row(row: ObjectVar[Row]) -> rx.Component:
    return rx.el.li(
        rx.el.input(
            default_value=row.name,
            key=f"{row.id}-{row.name}-{Categories.version}",
            on_blur=lambda value: Categories.rename(row.id, value),
            aria_label="Name of " + row.name,
            max_length=60,
            auto_complete="off",
            class_name=rx.cond(
                row.below,
                "h-11 min-w-0 flex-1 rounded-md bg-transparent px-2 text-ink-2 hover:bg-sunken lg:h-9",
                "h-11 min-w-0 flex-1 rounded-md bg-transparent px-2 font-medium text-ink hover:bg-sunken lg:h-9",
            ),
        ),
        rx.cond(row.archived, rx.el.span("Archived", class_name="shrink-0 text-xs text-ink-3"), rx.fragment()),
        rx.cond(
            row.used != "",
            link(
                rx.el.span(
                    row.used, rx.el.span(" of " + row.name.to(str), class_name="sr-only"), class_name="max-sm:sr-only"
                ),
                rx.el.span(row.many, aria_hidden=True, class_name="sm:hidden"),
                href=row.href,
                class_name="num inline-grid min-h-11 min-w-11 shrink-0 place-items-center text-xs text-ink-3 hover:underline sm:place-items-end sm:content-center lg:min-h-9",
            ),
            rx.fragment(),
        ),
        icon_button(
            "more",
            "Rename, move, merge or archive " + row.name.to(str),
            on_click=Categories.open(row.id),
            class_name="-mr-2",
        ),
        class_name=rx.cond(
            row.below, "flex items-center gap-3 py-0.5 pl-8 pr-5", "flex items-center gap-3 py-0.5 pl-3 pr-5"
        ),
    )


def _adding() -> rx.Component:
    return dialog(
        form(
            text_field("Name", "name", problem=Categories.problem, max_length=60, required=True, data_focus=True),
            select_field(
                "Below",
                "parent",
                Categories.tops,
                problem=Categories.problem,
            ),
            select_field("For", "flow", [("out", "Spending"), ("in", "Income")], problem=Categories.problem),
            form_problem(Categories.problem, "name", "parent", "flow"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Categories.begin(False)),
                button("Add it", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Categories.add,
            class_name="grid gap-4",
        ),
        title="New category",
        is_open=Categories.adding,
        on_close=Categories.begin(False),
    )


_LINE = "grid grid-cols-[minmax(0,1fr)_auto] items-start gap-2 border-b border-line pb-5 [&>button]:mt-[1.625rem]"


def _one() -> rx.Component:
    one = Categories.chosen
    return dialog(
        form(
            text_field(
                "Name",
                "name",
                problem=Categories.problem,
                max_length=60,
                default_value=one.name,
                key=f"name-{one.id}",
            ),
            button("Rename", kind="plain", type="submit"),
            on_submit=Categories.rename_chosen,
            class_name=_LINE,
        ),
        rx.cond(
            one.has_below,
            rx.fragment(),
            form(
                select_field(
                    "Place",
                    "parent",
                    Categories.places,
                    problem=Categories.problem,
                    default_value=one.parent,
                    key=f"place-{one.id}",
                ),
                button("Move it", kind="plain", type="submit"),
                on_submit=Categories.move,
                class_name=f"mt-5 {_LINE}",
            ),
        ),
        form(
            select_field(
                "Merge into",
                "target",
                Categories.targets,
                problem=Categories.problem,
                required=True,
                key=f"target-{one.id}",
                hint="All its transactions and rules go there, with history. It can be undone.",
            ),
            rx.el.div(
                rx.el.span(Categories.working, role="status", class_name="num mr-auto text-xs text-ink-3"),
                button("Merge and take away", kind="danger", type="submit", disabled=Categories.working != ""),
                class_name="flex items-center",
            ),
            on_submit=Categories.merge,
            class_name="mt-5 grid gap-3",
        ),
        form_problem(Categories.problem, "name", "parent", "target"),
        rx.el.div(
            button(
                rx.cond(one.archived, "Offer it again", "Archive"),
                kind="plain",
                on_click=Categories.archive,
            ),
            rx.cond(
                one.used | one.has_below,
                rx.el.span(
                    "An archived category keeps its transactions and is offered no more.",
                    class_name="text-xs text-ink-3",
                ),
                button("Delete", kind="danger", on_click=Categories.remove),
            ),
            class_name="mt-5 flex items-center gap-3 border-t border-line pt-5",
        ),
        title=one.name,
        line=one.line,
        is_open=Categories.is_open,
        on_close=Categories.put_away,
    )
