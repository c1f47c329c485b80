"""How the register's rows look: chosen, edited in their place, and what can be done with all chosen ones."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    form,
    form_problem,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import amount, badge, dialog, link
from fintwin.ui.components.vars import has, some
from fintwin.ui.pages.transactions.cell import Cell
from fintwin.ui.pages.transactions.many import FIELDS, Many
from fintwin.ui.pages.transactions.rows import Row
from fintwin.ui.pages.transactions.state import Register
from fintwin.ui.pages.transactions.waiting import Waiting

COLUMNS = "lg:grid-cols-[1rem_4.5rem_minmax(0,2fr)_minmax(0,1.3fr)_minmax(0,1fr)_6.5rem_8rem]"
_LINE = (
    f"group relative -outline-offset-2 outline-brand lg:grid {COLUMNS} lg:items-center lg:gap-x-4 lg:px-5"
    " lg:has-[[data-row]:focus-visible]:outline-2"
)
_ACTIONS = (
    "z-[1] hidden justify-self-end rounded-lg bg-surface opacity-0 shadow-card group-focus-within:opacity-100"
    " group-hover:opacity-100 lg:row-start-1 lg:flex"
)
_BOX = "size-4 accent-brand"
_PICK = "z-[1] cursor-pointer lg:col-start-1 lg:row-start-1"
_LONGEST = {"category": 60, "payee": 140, "note": 500}


def heads() -> rx.Component:
    """The columns' names, with the box that chooses the whole page."""
    return rx.el.div(
        rx.el.input(
            type="checkbox",
            aria_label="Select all rows of this page",
            checked=some(Many.chosen),
            on_change=Many.pick_page,
            class_name=_BOX,
        ),
        *(
            rx.el.span(name, aria_hidden=True, class_name="last:text-right")
            for name in ("Date", "Payee", "Category", "Account", "Status", "Amount")
        ),
        class_name=(
            f"sticky top-[calc(3.5rem+var(--top))] z-[2] hidden {COLUMNS} items-center gap-4 border-b border-line"
            " bg-surface px-5 py-2.5 text-xs font-medium text-ink-3 lg:grid"
        ),
    )


def line(row: ObjectVar[Row]) -> rx.Component:
    """One row. Its link spans the row; what is edited or chosen lies in the same grid, above it."""
    return rx.el.li(
        link(
            rx.el.span(row.day, class_name="num hidden text-ink-3 lg:col-start-2 lg:block"),
            rx.el.span(row.title, class_name="truncate font-medium"),
            rx.el.span(
                rx.el.span(row.day, " · ", class_name="num lg:hidden"),
                rx.cond(
                    row.category != "",
                    row.category,
                    rx.cond(row.choosable, rx.el.span("Choose…", class_name="font-medium text-brand"), ""),
                ),
                rx.el.span(row.aside, class_name="lg:hidden"),
                class_name="order-3 truncate text-xs text-ink-3 lg:order-none lg:text-sm lg:text-ink-2",
            ),
            rx.el.span(row.account, class_name="hidden truncate text-ink-2 lg:block"),
            rx.el.span(
                rx.cond(row.second != "", amount(row.second, class_name="text-xs text-ink-3 lg:hidden"), rx.fragment()),
                _status(row),
                class_name="order-4 justify-self-end lg:order-none lg:justify-self-start",
            ),
            rx.el.span(
                rx.el.span(
                    amount(row.amount, inflow=row.inflow), class_name=rx.cond(row.unbooked, "italic text-ink-2", "")
                ),
                rx.cond(
                    row.second != "",
                    amount(row.second, class_name="hidden text-2xs font-normal text-ink-3 lg:block"),
                    rx.fragment(),
                ),
                rx.cond(row.part_of != "", amount(row.part_of, class_name="block text-xs font-normal text-ink-3")),
                class_name="order-2 text-right font-medium lg:order-none lg:justify-self-end",
            ),
            href=Register.opening_href + row.reference,
            prevent_scroll_reset=True,
            on_click=Register.expect(row.reference),
            custom_attrs={"data-row": "", "data-reference": row.reference},
            class_name=(
                "grid w-full grid-cols-[minmax(0,1fr)_auto] gap-x-4 px-5 py-3 text-left outline-offset-[-2px] lg:outline-none"
                " max-lg:group-has-[[data-picks=true]]:pl-13"
                " lg:col-span-full lg:row-start-1 lg:grid-cols-subgrid lg:items-center lg:px-0 lg:py-2.5"
            ),
        ),
        _pick(row),
        _cell(row, "payee", "lg:col-start-3", _actions(row)),
        _cell(row, "category", "lg:col-start-4", _choose(row)),
        rx.cond(Cell.at == row.reference + ":note", _field(row, "note", "lg:col-start-3 lg:col-end-6"), rx.fragment()),
        custom_attrs={"data-row-of": ""},
        class_name=rx.cond(
            has(Many.chosen, row.reference),
            f"{_LINE} bg-brand-soft/60",
            f"{_LINE} hover:bg-sunken/50 focus-within:bg-brand-soft/60",
        ),
    )


def _pick(row: ObjectVar[Row]) -> rx.Component:
    """The box that chooses a row. Where there is no room for it, choosing is a mode in which the whole row is its label."""
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            aria_label=f"Select {row.title}",
            checked=has(Many.chosen, row.reference),
            on_change=lambda chosen: Many.pick(row.reference, chosen),
            custom_attrs={"data-row-key": " "},
            class_name=f"{_BOX} max-lg:size-5",
        ),
        custom_attrs={"data-picks": rx.cond(Many.selecting, "true", "false")},
        class_name=rx.cond(
            Many.selecting,
            f"{_PICK} absolute inset-0 flex items-center pl-5 lg:static lg:pl-0",
            f"{_PICK} hidden lg:flex lg:items-center",
        ),
    )


def _status(row: ObjectVar[Row]) -> rx.Component:
    return rx.cond(
        row.plain,
        rx.el.span(row.status, class_name="hidden text-xs text-ink-3 lg:inline"),
        badge(row.status),
    )


def _cell(row: ObjectVar[Row], name: str, place: str, otherwise: rx.Component) -> rx.Component:
    return rx.cond(Cell.at == row.reference + f":{name}", _field(row, name, place), otherwise)


def _choose(row: ObjectVar[Row]) -> rx.Component:
    return rx.el.span(
        _action("edit", f"Category of {row.title}", "c", Cell.edit(row.reference, "category")),
        class_name=f"{_ACTIONS} lg:col-start-4",
    )


def _actions(row: ObjectVar[Row]) -> rx.Component:
    """What the keys P, N and D press; seen where the pointer or the focus is."""
    return rx.el.span(
        _action("edit", f"Payee of {row.title}", "p", Cell.edit(row.reference, "payee")),
        _action("file", f"Note of {row.title}", "n", Cell.edit(row.reference, "note")),
        rx.cond(
            row.unbooked,
            rx.cond(
                row.waits,
                rx.fragment(
                    _action("check", f"Settle {row.title}", "s", Waiting.ask(row.reference, "settle")),
                    _action("close", f"Let go {row.title}", "d", Waiting.ask(row.reference, "let_go")),
                ),
                rx.fragment(),
            ),
            rx.cond(
                row.restorable,
                rx.cond(
                    Register.binned,
                    _action("up", f"Restore {row.title}", "r", Many.restore_one(row.reference)),
                    rx.fragment(),
                ),
                _action("trash", f"Delete {row.title}", "d", Many.delete_one(row.reference)),
            ),
        ),
        class_name=f"{_ACTIONS} lg:col-start-3",
    )


def _action(symbol: str, label: str, key: str, on_click: Any) -> rx.Component:
    return rx.el.button(
        icon(symbol, size="size-4"),
        type="button",
        aria_label=label,
        title=f"{key.upper()}",
        tab_index=-1,
        on_click=on_click,
        custom_attrs={"data-row-key": key},
        class_name="grid size-8 place-items-center rounded-lg text-ink-2 hover:bg-sunken",
    )


def _field(row: ObjectVar[Row], name: str, place: str) -> rx.Component:
    at = row.reference + f":{name}"
    return form(
        rx.el.input(
            name="value",
            default_value=Cell.value,
            max_length=_LONGEST[name],
            auto_complete="off",
            aria_label=f"{FIELDS[name]} of {row.title}",
            placeholder=FIELDS[name],
            on_blur=lambda value: Cell.left(at, value),
            class_name="h-9 w-full rounded-md border border-brand bg-surface px-2 text-ink shadow-card",
            custom_attrs={
                "aria-invalid": Cell.sentence != "",
                "list": "category-names" if name == "category" else "",
            },
        ),
        rx.cond(
            Cell.sentence != "",
            rx.el.p(
                Cell.sentence,
                role="alert",
                class_name="absolute left-0 top-full z-[3] mt-1 rounded-md bg-bad-soft px-2 py-1 text-xs text-bad",
            ),
            rx.fragment(),
        ),
        rx.el.button(
            "Cancel",
            type="button",
            tab_index=-1,
            on_click=Cell.leave,
            custom_attrs={"data-dismiss": ""},
            class_name="sr-only",
        ),
        on_submit=Cell.send,
        key=Cell.at + Cell.sentence,
        custom_attrs={"data-cell": row.reference},
        class_name=f"relative z-[2] hidden lg:row-start-1 lg:-mx-2 lg:block {place}",
    )


def category_names() -> rx.Component:
    """What a category's field suggests."""
    return rx.el.datalist(rx.foreach(Register.categories, lambda name: rx.el.option(value=name)), id="category-names")


def selecting() -> rx.Component:
    """Begins to choose rows, or ends it, where rows have no boxes of their own."""
    return rx.el.div(
        button(
            icon("check", size="size-4"),
            rx.cond(Many.selecting, "Done", "Select"),
            kind="quiet",
            on_click=Many.select(~Many.selecting),
            custom_attrs={"aria-pressed": Many.selecting, "data-selects": ""},
            class_name="px-3! text-brand!",
        ),
        class_name="flex justify-end border-b border-line px-2 lg:hidden",
    )


def bar() -> rx.Component:
    """What can be done with the chosen rows, at the foot."""
    return rx.cond(
        some(Many.chosen) | Many.selecting,
        rx.fragment(
            rx.el.div(aria_hidden=True, class_name="h-28 lg:hidden"),
            rx.el.section(
                rx.el.div(
                    rx.el.span(
                        rx.cond(some(Many.chosen), Many.words, "Tap rows to select them"),
                        class_name="num amount min-w-0 truncate pl-2 font-medium lg:pl-0",
                        role="status",
                    ),
                    rx.cond(
                        some(Many.chosen),
                        rx.cond(
                            Many.more != "",
                            rx.el.button(
                                Many.more, type="button", on_click=Many.pick_all, class_name=f"{_BAR} underline"
                            ),
                            rx.fragment(),
                        ),
                        rx.el.button(
                            "All on this page",
                            type="button",
                            on_click=Many.pick_page(True),
                            class_name=f"{_BAR} underline",
                        ),
                    ),
                    rx.cond(
                        Many.progress != "",
                        rx.el.span(Many.progress, class_name="num text-xs", role="status"),
                        rx.fragment(),
                    ),
                    rx.el.button(
                        icon("close", size="size-5"),
                        type="button",
                        aria_label="Stop selecting",
                        on_click=Many.leave,
                        class_name="ml-auto grid size-11 shrink-0 place-items-center rounded-lg hover:bg-canvas/15 lg:hidden",
                    ),
                    class_name="flex min-w-0 items-center gap-2",
                ),
                rx.el.div(
                    *(
                        rx.el.button(
                            words,
                            type="button",
                            disabled=~some(Many.chosen),
                            on_click=Many.ask(name),
                            custom_attrs={"data-key": name[0]},
                            class_name=_BAR,
                        )
                        for name, words in FIELDS.items()
                    ),
                    rx.el.button(
                        "Delete",
                        type="button",
                        disabled=~some(Many.chosen),
                        on_click=Many.delete,
                        custom_attrs={"data-key": "d"},
                        class_name=_BAR,
                    ),
                    rx.el.button(
                        rx.el.kbd("Esc", class_name="rounded border border-canvas/40 px-1.5 text-2xs"),
                        type="button",
                        aria_label="Select nothing",
                        on_click=Many.leave,
                        custom_attrs={"data-key": "escape"},
                        class_name=f"{_BAR} max-lg:hidden",
                    ),
                    class_name="flex shrink-0 items-center justify-between lg:ml-auto",
                ),
                aria_label="Selected rows",
                custom_attrs={"data-bulk": ""},
                class_name=(
                    "fixed inset-x-2 bottom-[calc(4.5rem+env(safe-area-inset-bottom))] z-30 mx-auto grid max-w-3xl rounded-lg"
                    " bg-ink p-1.5 text-canvas shadow-card lg:inset-x-4 lg:bottom-6 lg:flex lg:items-center lg:gap-2 lg:pl-4"
                ),
            ),
        ),
        rx.fragment(),
    )


_BAR = (
    "inline-flex h-11 items-center whitespace-nowrap rounded-lg px-2.5 font-medium hover:bg-canvas/15 disabled:opacity-50"
    " lg:h-9"
)


def giving() -> rx.Component:
    """The dialog that gives the chosen rows a value."""
    return dialog(
        form(
            rx.el.label(
                rx.el.span(rx.match(Many.asking, *FIELDS.items(), "Value"), class_name="font-medium"),
                rx.el.input(
                    name="value",
                    max_length=500,
                    auto_complete="off",
                    data_focus=True,
                    aria_invalid=Many.problem.field == "value",
                    custom_attrs={"list": rx.cond(Many.asking == "category", "category-names", "")},
                    class_name="h-11 w-full rounded-lg border border-line bg-surface px-3 text-ink",
                ),
                class_name="grid gap-1.5",
            ),
            rx.el.p("Empty takes it away. It can be undone for ten seconds.", class_name="text-xs text-ink-3"),
            form_problem(Many.problem),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Many.close),
                button("Change", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Many.give,
            key=Many.asking,
            class_name="grid gap-4",
        ),
        title="Change the selected rows",
        line=Many.words,
        is_open=Many.asking != "",
        on_close=Many.close,
    )


def binning() -> rx.Component:
    """The dialog before everything that the filter shows goes to the bin."""
    return dialog(
        rx.el.p(
            "Each is taken back by a reversal. You find them in the bin for 30 days, and can put them back from there."
        ),
        rx.el.div(
            button("Cancel", kind="plain", on_click=Many.close),
            button("Move all to the bin", on_click=Many.delete),
            class_name="mt-4 flex justify-end gap-2",
        ),
        title="Move everything that this list shows to the bin?",
        line=Many.words,
        is_open=Many.binning,
        on_close=Many.close,
    )
