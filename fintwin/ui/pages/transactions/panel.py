"""What one transaction means, in its panel: parts, tags, files, and the history of all of it."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.files import file_drop
from fintwin.ui.components.forms import (
    button,
    form,
    form_problem,
    icon_button,
    why,
    wrong,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import amount, file_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions.panel_state import FileRow, Meaning, PartRow, PastRow
from fintwin.ui.pages.transactions.state import Detail

_CONTROL = "h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink lg:h-10"
_QUIET = "inline-flex min-h-11 items-center gap-1.5 font-medium text-brand hover:underline lg:min-h-8"


def meaning() -> rx.Component:
    """The sections below payee, category and note; read anew whenever another transaction is shown."""
    return rx.el.div(
        rx.cond(Meaning.splittable, _parts(), rx.fragment()),
        _tags(),
        _files(),
        _past(),
        form_problem(Meaning.problem, "tag", *(f"part{place}" for place in range(20))),
        key=Detail.seen.reference,
        on_mount=Meaning.open(Detail.seen.reference),
        class_name="mt-5 grid gap-5 border-t border-line pt-5",
    )


def _section(title: str, *children: rx.Component, action: rx.Component | None = None) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h3(title, class_name="text-xs font-medium text-ink-3"),
            rx.el.div(action, class_name="ml-auto") if action is not None else rx.fragment(),
            class_name="flex min-h-8 items-center",
        ),
        *children,
        aria_label=title,
        class_name="grid gap-1",
    )


def _parts() -> rx.Component:
    return _section(
        "Parts",
        rx.cond(
            Meaning.splitting,
            _editor(),
            rx.cond(
                some(Meaning.parts),
                rx.el.ul(rx.foreach(Meaning.parts, _part), class_name="divide-y divide-line"),
                rx.fragment(),
            ),
        ),
        action=rx.cond(
            Meaning.splitting,
            rx.fragment(),
            rx.el.button(
                rx.cond(some(Meaning.parts), "Change", "Split over categories"),
                type="button",
                on_click=Meaning.begin,
                class_name=_QUIET,
            ),
        ),
    )


def _part(part: ObjectVar[PartRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(part.name, class_name="min-w-0 truncate"),
        amount(part.amount, class_name="ml-auto whitespace-nowrap"),
        class_name="flex gap-4 py-2",
    )


def _editor() -> rx.Component:
    return rx.el.div(
        rx.el.ul(rx.foreach(Meaning.parts, _part_row), class_name="grid gap-2"),
        rx.el.div(
            rx.el.button(
                icon("plus", size="size-4"), "Another part", type="button", on_click=Meaning.add, class_name=_QUIET
            ),
            rx.cond(
                Meaning.too_much,
                rx.el.span("Nothing is left for the last part", role="status", class_name="ml-auto text-xs text-bad"),
                rx.el.span("The last part takes the rest", class_name="ml-auto text-xs text-ink-3"),
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.div(
            button("Remove parts", kind="quiet", on_click=Meaning.join, class_name="mr-auto px-2!"),
            button("Cancel", kind="plain", on_click=Meaning.leave),
            button("Save parts", on_click=Meaning.save, disabled=Meaning.too_much),
            class_name="flex items-center gap-2",
        ),
        class_name="grid gap-3",
    )


def _part_row(part: ObjectVar[PartRow]) -> rx.Component:
    place: Any = part.field
    return rx.el.li(
        rx.el.div(
            rx.el.select(
                rx.el.option("Category…", value=""),
                rx.foreach(Meaning.options, lambda one: rx.el.option(one[1], value=one[0])),
                default_value=part.category,
                on_change=lambda value: Meaning.choose(part.key, value),
                aria_label="Category of this part",
                class_name=_CONTROL,
            ),
            rx.cond(
                part.last,
                rx.el.output(
                    Meaning.left,
                    aria_label="What is left for the last part",
                    aria_live="polite",
                    class_name=rx.cond(
                        Meaning.too_much,
                        "num flex h-11 items-center justify-end px-3 text-bad lg:h-10",
                        "num flex h-11 items-center justify-end px-3 text-ink-2 lg:h-10",
                    ),
                ),
                rx.el.input(
                    default_value=part.amount,
                    on_change=lambda value: Meaning.say(part.key, value),
                    aria_label="Amount of this part",
                    input_mode="decimal",
                    max_length=40,
                    auto_complete="off",
                    class_name=f"{_CONTROL} num text-right",
                ),
            ),
            icon_button("close", "Take this part out", on_click=Meaning.drop(part.key), class_name="-mr-2"),
            class_name="grid grid-cols-[minmax(0,1fr)_7rem_auto] items-center gap-2",
        ),
        rx.cond(
            wrong(Meaning.problem, place),
            rx.el.p(why(Meaning.problem, place), role="alert", class_name="mt-1 text-xs text-bad"),
            rx.fragment(),
        ),
        key=part.key,
    )


def _tags() -> rx.Component:
    return _section(
        "Tags",
        rx.el.div(
            rx.foreach(Meaning.tags, _tag),
            form(
                rx.el.input(
                    name="tag",
                    key=Meaning.version,
                    placeholder="Add a tag",
                    aria_label="Add a tag",
                    max_length=40,
                    auto_complete="off",
                    class_name="h-11 w-28 min-w-0 lg:h-9 rounded-full border border-line bg-surface px-3 text-ink placeholder:text-ink-3",
                ),
                on_submit=Meaning.tag,
            ),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.cond(
            some(Meaning.suggestions),
            rx.el.div(
                rx.foreach(
                    Meaning.suggestions,
                    lambda one: rx.el.button(
                        "+ ",
                        one,
                        type="button",
                        on_click=Meaning.suggest(one),
                        class_name="min-h-11 rounded-full px-2 text-xs text-ink-2 hover:bg-sunken lg:min-h-8",
                    ),
                ),
                aria_label="Tags you use",
                role="group",
                class_name="flex flex-wrap gap-x-1",
            ),
            rx.fragment(),
        ),
        rx.cond(
            wrong(Meaning.problem, "tag"),
            rx.el.p(why(Meaning.problem, "tag"), role="alert", class_name="text-xs text-bad"),
            rx.fragment(),
        ),
    )


def _tag(name: rx.vars.StringVar) -> rx.Component:
    return rx.el.span(
        rx.el.span(name, class_name="min-w-0 truncate"),
        rx.el.button(
            icon("close", size="size-3.5"),
            type="button",
            aria_label="Remove tag " + name,
            on_click=Meaning.untag(name),
            class_name="grid size-8 shrink-0 place-items-center rounded-full hover:bg-surface lg:size-6",
        ),
        class_name=(
            "inline-flex h-9 min-w-0 items-center gap-1 rounded-full bg-brand-soft pl-3 pr-1 text-xs font-medium text-brand"
        ),
    )


def _files() -> rx.Component:
    return _section(
        "Files",
        rx.cond(
            some(Meaning.files),
            rx.el.ul(rx.foreach(Meaning.files, _file), class_name="divide-y divide-line"),
            rx.fragment(),
        ),
        rx.cond(
            Meaning.removed != "",
            rx.el.p(
                rx.el.span(Meaning.removed, " was removed.", class_name="min-w-0 truncate"),
                rx.el.button(
                    "Undo", type="button", on_click=Meaning.bring_back, class_name=f"{_QUIET} ml-auto shrink-0"
                ),
                role="status",
                class_name="flex items-center gap-3 rounded-lg bg-sunken px-3 py-1 text-ink-2",
            ),
            rx.fragment(),
        ),
        file_drop(
            "Drop a receipt here, or choose a file",
            to="/transactions/" + Meaning.reference + "/files",
            several=True,
            on_sent=Meaning.again,
        ),
        rx.cond(Meaning.room != "", rx.el.p(Meaning.room, class_name="num text-xs text-ink-3"), rx.fragment()),
    )


def _file(file: ObjectVar[FileRow]) -> rx.Component:
    return rx.el.li(
        icon("file", size="size-4.5"),
        file_link(
            rx.el.span(file.name, class_name="block truncate font-medium"),
            rx.el.span(file.line, class_name="num block truncate text-xs text-ink-3"),
            href="/attachments/" + file.uuid,
            class_name="min-w-0 flex-1 hover:underline",
        ),
        icon_button("trash", "Remove this file", on_click=Meaning.detach(file.uuid), class_name="-mr-2"),
        class_name="flex items-center gap-3 py-1.5",
    )


def _past() -> rx.Component:
    return rx.cond(
        some(Meaning.past),
        _section(
            "History",
            rx.cond(
                Meaning.past_shown,
                rx.el.ol(rx.foreach(Meaning.past, _past_row), class_name="divide-y divide-line"),
                rx.fragment(),
            ),
            action=rx.el.button(
                rx.cond(Meaning.past_shown, "Hide", Meaning.past_words),
                type="button",
                aria_expanded=Meaning.past_shown,
                on_click=Meaning.show_past,
                class_name=_QUIET,
            ),
        ),
        rx.fragment(),
    )


def _past_row(row: ObjectVar[PastRow]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(row.what, class_name="text-ink-3"),
            " ",
            rx.el.span(row.change, class_name="amount break-words"),
        ),
        rx.el.p(row.line, class_name="num text-xs text-ink-3"),
        class_name="py-2",
    )
