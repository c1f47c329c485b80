"""How the register's head looks: the person's views, the search box with what it understood, the help for it."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    form,
    form_problem,
    icon_button,
    text_field,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import chip, dialog, link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions.address import LONGEST_TEXT
from fintwin.ui.pages.transactions.kept import Kept, View, defaults
from fintwin.ui.pages.transactions.state import Register, Unread

_EXAMPLES = (
    ("amount>100 · amount:20..50", "the size, whichever way it went"),
    ("category:food · -category:rent", "with what lies below it, and parts of a split"),
    ("after:2026-01 · before:2026-02-15 · on:this-month", "days, months or years"),
    ("account:giro · payee:rewe · tag:holiday", "the beginning of a name is enough; people by the name you see"),
    ("is:uncategorised · is:reversed · is:in · is:transfer", "a minus before it turns it round"),
    ("is:pending · is:failed · is:expired", "what is announced, or came to nothing"),
    ("has:note · has:attachment · has:split", "what lies beside it"),
    ("“exact words” · -lidl", "words together, and words that must not be there"),
)


def saved() -> rx.Component:
    """The views, and the way to keep one more."""
    return rx.el.nav(
        *(_tab(View(one.id, one.name, one.href, one.query)) for one in defaults()),
        rx.foreach(Kept.views, _own_tab),
        rx.cond(
            Register.filtered,
            button(
                icon("plus", size="size-4"),
                "Save view",
                kind="quiet",
                on_click=Kept.ask(0),
                class_name="h-11! px-3! lg:h-9!",
            ),
            rx.fragment(),
        ),
        rx.el.span(
            link("Review", href="/transactions/review", class_name=_TAB),
            link("Duplicates", href="/transactions/pairs", class_name=_TAB),
            class_name="ml-auto flex gap-1",
        ),
        aria_label="Views",
        class_name="-mx-4 flex items-center gap-1 overflow-x-auto px-4 lg:mx-0 lg:flex-wrap lg:px-0",
    )


_TAB = (
    "inline-flex h-11 shrink-0 items-center whitespace-nowrap rounded-lg px-3 font-medium text-ink-2 hover:bg-sunken"
    " aria-[current=true]:bg-brand-soft aria-[current=true]:text-brand lg:h-9"
)


def _tab(view: View) -> rx.Component:
    return link(
        view.name,
        href=view.href,
        custom_attrs={"aria-current": rx.cond(Register.query == view.query, "true", "false")},
        class_name=_TAB,
    )


def _own_tab(view: ObjectVar[View]) -> rx.Component:
    return rx.el.span(
        link(
            view.name,
            href=view.href,
            custom_attrs={"aria-current": rx.cond(Register.query == view.query, "true", "false")},
            class_name=_TAB,
        ),
        rx.cond(
            Register.query == view.query,
            icon_button("edit", "Rename or delete this view", on_click=Kept.ask(view.id)),
            rx.fragment(),
        ),
        class_name="flex shrink-0 items-center",
    )


def naming() -> rx.Component:
    """The dialog that names a view."""
    return dialog(
        form(
            text_field(
                "Name",
                "name",
                problem=Kept.problem,
                max_length=40,
                default_value=Kept.renamed.name,
                key=Kept.renamed.id,
                required=True,
                data_focus=True,
            ),
            form_problem(Kept.problem, "name"),
            rx.el.div(
                rx.cond(
                    Kept.renamed.id != 0,
                    button("Delete view", kind="danger", on_click=Kept.drop, class_name="mr-auto"),
                    rx.fragment(),
                ),
                button("Cancel", kind="plain", on_click=Kept.close),
                button("Save", type="submit"),
                class_name="flex gap-2",
            ),
            on_submit=Kept.keep,
            class_name="grid gap-4 [&>div:last-child]:justify-end",
        ),
        title=rx.cond(Kept.renamed.id != 0, "Rename this view", "Keep this view"),
        line=rx.cond(Kept.renamed.id != 0, "", "Its filter and search come back with one click."),
        is_open=Kept.naming,
        on_close=Kept.close,
    )


def search_box() -> rx.Component:
    """Words and operators."""
    return form(
        rx.el.label(
            icon("search", size="size-4"),
            rx.el.input(
                name="q",
                type="search",
                aria_label="Search payee, note and description",
                placeholder="Search, or amount>100 category:food",
                default_value=Register.searched,
                key=Register.searched,
                max_length=LONGEST_TEXT,
                auto_complete="off",
                auto_capitalize="none",
                spell_check=False,
                class_name="w-full min-w-0 bg-transparent text-ink outline-none placeholder:text-ink-3",
                custom_attrs={"data-key": "/"},
            ),
            rx.el.button(
                icon("info", size="size-4"),
                type="button",
                aria_label="What can be searched for",
                custom_attrs={"popoverTarget": "search-help"},
                class_name="-mr-2 grid size-11 shrink-0 place-items-center rounded-lg hover:bg-sunken lg:size-7",
            ),
            class_name=(
                "flex h-11 items-center gap-2 rounded-lg border border-line bg-surface px-3 text-ink-3"
                " focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-brand lg:h-9"
            ),
        ),
        rx.el.div(
            rx.el.p("What can be searched for", class_name="font-semibold"),
            rx.el.dl(
                *(
                    rx.el.div(
                        rx.el.dt(code, class_name="num font-medium"),
                        rx.el.dd(words, class_name="text-xs text-ink-3"),
                    )
                    for code, words in _EXAMPLES
                ),
                class_name="mt-3 grid gap-2.5",
            ),
            id="search-help",
            custom_attrs={"popover": "auto"},
            class_name=(
                "fixed inset-auto left-1/2 top-32 m-0 w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 rounded-card"
                " border border-line bg-surface p-5 text-ink shadow-card"
            ),
        ),
        on_submit=Register.search,
        class_name="min-w-60 flex-1",
    )


def understood() -> rx.Component:
    """What the address filters by, part for part; and what of the search could not be read."""
    return rx.fragment(
        rx.cond(
            some(Register.chips),
            rx.el.div(
                rx.foreach(
                    Register.chips,
                    lambda one: chip(one.words, on_remove=rx.redirect(one.without), label=f"Remove filter {one.words}"),
                ),
                class_name="flex flex-wrap gap-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            some(Register.faults),
            rx.el.div(rx.el.ul(rx.foreach(Register.faults, _fault), class_name="grid gap-1"), role="alert"),
            rx.fragment(),
        ),
        rx.foreach(Register.hints, lambda hint: rx.el.p(hint, class_name="text-xs text-ink-2")),
    )


def _fault(fault: ObjectVar[Unread]) -> rx.Component:
    return rx.el.li(
        icon("warning", size="size-4.5"),
        rx.el.span(rx.el.b(fault.part, class_name="font-semibold"), ": ", fault.sentence, class_name="min-w-0"),
        link("Leave it out", href=fault.without, class_name="ml-auto shrink-0 font-medium hover:underline"),
        class_name="flex items-start gap-2 rounded-lg bg-warn-soft px-3 py-2.5 text-warn",
    )
