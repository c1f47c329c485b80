"""How the rules look: their list in order, and the dialog that writes one and shows what it would change."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import (
    CARD,
    amount,
    button,
    checkbox,
    dialog,
    empty,
    form,
    form_problem,
    icon_button,
    rows_skeleton,
    select_field,
    text_field,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.categories.rules_state import Row, Rules, Touched

_FIELDS = ("looks_at", "how", "words", "account", "flow", "least", "most", "category", "payee", "tags")


def content() -> rx.Component:
    """The list, its one button, and the dialog."""
    return rx.el.div(
        rx.cond(
            Rules.done != "",
            rx.el.div(
                rx.el.span(Rules.done, class_name="min-w-0"),
                rx.cond(
                    Rules.undoable,
                    button("Undo", kind="plain", on_click=Rules.undo, class_name="ml-auto"),
                    rx.fragment(),
                ),
                icon_button("close", "Put away", on_click=Rules.forget),
                role="status",
                class_name=f"{CARD} flex items-center gap-2 px-4 py-2",
            ),
            rx.fragment(),
        ),
        rx.cond(Rules.is_open, rx.fragment(), form_problem(Rules.problem)),
        rx.cond(
            Rules.loaded,
            rx.el.section(
                rx.el.div(
                    rx.el.h2("Rules", class_name="font-semibold"),
                    button("New rule", kind="quiet", on_click=Rules.write, class_name="ml-auto -mr-3"),
                    class_name="flex min-h-12 items-center border-b border-line px-5 py-1.5",
                ),
                rx.cond(
                    some(Rules.rows),
                    rx.fragment(
                        rx.el.ol(rx.foreach(Rules.rows, _row), class_name="divide-y divide-line"),
                        rx.el.p(
                            "The first rule that fits wins. Rules speak where nobody chose a category.",
                            class_name="border-t border-line px-5 py-3 text-xs text-ink-3",
                        ),
                    ),
                    empty(
                        "Let a rule give the category of what comes again and again.",
                        action=button("Write a rule", kind="plain", on_click=Rules.write),
                    ),
                ),
                aria_label="Rules",
                class_name=f"{CARD} overflow-hidden",
            ),
            rows_skeleton(4),
        ),
        _one(),
        class_name="grid min-w-0 gap-5",
    )


def _row(row: ObjectVar[Row]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(row.when, class_name="block truncate font-medium"),
            rx.el.span("→ ", row.gives, class_name="block truncate text-xs text-ink-3"),
            type="button",
            on_click=Rules.edit(row.id),
            class_name=rx.cond(
                row.active,
                "min-w-0 flex-1 rounded-md px-2 py-1.5 text-left hover:bg-sunken",
                "min-w-0 flex-1 rounded-md px-2 py-1.5 text-left opacity-60 hover:bg-sunken",
            ),
        ),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=row.active,
                on_change=lambda value: Rules.switch(row.id, value),
                aria_label="Rule works: " + row.when,
                title="This rule works",
                class_name="size-4 accent-brand",
            ),
            class_name="grid size-11 shrink-0 place-items-center lg:size-9",
        ),
        rx.el.span(
            icon_button(
                "up", "Try earlier: " + row.when, on_click=Rules.earlier(row.id), disabled=row.first, class_name=_STEP
            ),
            icon_button(
                "down", "Try later: " + row.when, on_click=Rules.later(row.id), disabled=row.last, class_name=_STEP
            ),
            icon_button("trash", "Delete the rule: " + row.when, on_click=Rules.drop(row.id)),
            class_name="flex shrink-0",
        ),
        class_name="flex flex-wrap items-center gap-2 px-3 py-1.5",
    )


_STEP = "disabled:opacity-30"


def _field(label: str, name: str, **more: Any) -> rx.Component:
    return text_field(label, name, **_shown(name), **more)


def _choice(label: str, name: str, options: Any, **more: Any) -> rx.Component:
    return select_field(label, name, options, **_shown(name), **more)


def _shown(name: str) -> dict[str, Any]:
    return {
        "problem": Rules.problem,
        "default_value": getattr(Rules.fields, name),
        "key": f"{name}-{Rules.version}",
        "on_change": Rules.changed,
    }


def _pair(*children: rx.Component) -> rx.Component:
    return rx.el.div(*children, class_name="grid gap-4 sm:grid-cols-2")


def _one() -> rx.Component:
    return dialog(
        form(
            _pair(
                _choice(
                    "When the",
                    "looks_at",
                    [("any", "payee or description"), ("payee", "payee"), ("description", "description")],
                ),
                _choice("How", "how", [("contains", "contains"), ("starts", "begins with"), ("equals", "is exactly")]),
            ),
            _field("Words", "words", max_length=100, data_focus=True, placeholder="Rewe"),
            rx.el.details(
                rx.el.summary(
                    "Account, direction, amount", class_name="min-h-11 cursor-pointer content-center text-ink-2"
                ),
                rx.el.div(
                    _pair(
                        _choice("Account", "account", Rules.accounts),
                        _choice("Direction", "flow", [("", "Either"), ("out", "Money out"), ("in", "Money in")]),
                    ),
                    _pair(
                        _field("At least", "least", input_mode="decimal", max_length=40),
                        _field("At most", "most", input_mode="decimal", max_length=40),
                    ),
                    class_name="mt-3 grid gap-4",
                ),
            ),
            rx.el.div(
                _choice("Give it the category", "category", Rules.categories),
                _pair(
                    _field("Call the payee", "payee", max_length=140),
                    _field("Tags", "tags", max_length=400, hint="With commas between"),
                ),
                class_name="grid gap-4 border-t border-line pt-4",
            ),
            checkbox(
                "Also where another category stands already",
                name="overwrite",
                key=f"overwrite-{Rules.version}",
                on_change=Rules.changed,
            ),
            form_problem(Rules.problem, *_FIELDS),
            rx.el.div(
                button("Cancel", kind="quiet", on_click=Rules.put_away),
                rx.cond(
                    Rules.previewed,
                    button("Preview", kind="plain", type="submit"),
                    button("Preview", type="submit"),
                ),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Rules.preview,
            class_name="grid gap-4",
        ),
        rx.cond(
            Rules.previewed,
            rx.el.section(
                rx.el.p(Rules.preview_words, role="status", class_name="font-medium"),
                rx.el.ul(rx.foreach(Rules.touched, _touched), class_name="divide-y divide-line"),
                rx.el.div(
                    rx.el.span(Rules.working, role="status", class_name="num mr-auto text-xs text-ink-3"),
                    rx.cond(
                        Rules.applicable != "",
                        rx.fragment(
                            button("Keep it for new ones", kind="plain", on_click=Rules.keep),
                            button(Rules.applicable, on_click=Rules.apply, disabled=Rules.working != ""),
                        ),
                        button("Keep it for new ones", on_click=Rules.keep),
                    ),
                    class_name="flex flex-wrap items-center justify-end gap-2",
                ),
                aria_label="Preview",
                custom_attrs={"data-appears": ""},
                class_name="mt-5 grid gap-3 border-t border-line pt-5",
            ),
            rx.fragment(),
        ),
        title="Rule",
        is_open=Rules.is_open,
        on_close=Rules.put_away,
    )


def _touched(one: ObjectVar[Touched]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(one.title, class_name="block truncate"),
            rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        amount(one.amount, class_name="ml-auto whitespace-nowrap"),
        class_name="flex items-center gap-4 py-2",
    )
