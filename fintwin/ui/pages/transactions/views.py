"""How the register's page is put together: views, toolbar, filter, list; a panel for one row, a dialog for something new."""

import reflex as rx

from fintwin.ui.components.forms import (
    button,
    field,
    form,
    form_problem,
    link_button,
    text_field,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD
from fintwin.ui.pages.transactions import detail_views, head, lines, list_views, new_views, waiting_views
from fintwin.ui.pages.transactions.export_menu import export_button, export_menu
from fintwin.ui.pages.transactions.many import Many
from fintwin.ui.pages.transactions.state import Detail, Movement, Register

KEYS = (
    ("T", "New transaction"),
    ("F", "Filter"),
    ("/", "Search"),
    ("J and K", "Next and previous row"),
    ("Space", "Select the row"),
    ("Enter", "Open the row"),
    ("C", "Category of the row, or of what is selected"),
    ("P", "Payee"),
    ("N", "Note"),
    ("D", "Delete: a reversal, into the bin"),
    ("U", "Undo what was done last"),
)
"""The page's own keys."""


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        rx.el.div(
            head.saved(),
            _toolbar(),
            _filter(),
            head.understood(),
            _problems(),
            waiting_views.strip(),
            list_views.register(),
            class_name="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4",
        ),
        lines.category_names(),
        lines.bar(),
        lines.giving(),
        lines.binning(),
        head.naming(),
        detail_views.detail(),
        new_views.movement(),
        export_menu(),
    )


def new_button() -> rx.Component:
    """The page's one thing to do, in the header."""
    return button(
        icon("plus", size="size-4"),
        "New",
        on_click=Movement.begin("deposit"),
        class_name="max-lg:hidden lg:h-9!",
        custom_attrs={"data-key": "t"},
    )


def _toolbar() -> rx.Component:
    return rx.el.div(
        head.search_box(),
        button(
            icon("filter", size="size-4"),
            "Filter",
            kind="plain",
            on_click=Register.toggle_filter,
            class_name="lg:h-9!",
            custom_attrs={"data-key": "f", "aria-expanded": Register.filtering},
        ),
        link_button(icon("upload", size="size-4"), "Import", href="/import", class_name="max-sm:hidden! lg:h-9!"),
        link_button("Categories", href="/categories", class_name="lg:h-9!"),
        export_button(),
        class_name="flex flex-wrap items-center gap-2",
    )


def _filter() -> rx.Component:
    wanted, problem = Register.wanted, Register.problem
    return rx.cond(
        Register.filtering,
        form(
            field(
                "Account",
                rx.el.select(
                    rx.el.option("All accounts", value=""),
                    rx.foreach(Register.accounts, lambda one: rx.el.option(one.name, value=one.uuid)),
                    name="account",
                    default_value=wanted.account,
                    auto_focus=True,
                    class_name="h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink",
                ),
                name="account",
                class_name="col-span-2 lg:col-span-1",
            ),
            text_field("From", "since", problem=problem, type="date", default_value=wanted.since),
            text_field("To", "until", problem=problem, type="date", default_value=wanted.until),
            text_field(
                "At least", "least", problem=problem, input_mode="decimal", max_length=40, default_value=wanted.least
            ),
            text_field(
                "At most", "most", problem=problem, input_mode="decimal", max_length=40, default_value=wanted.most
            ),
            rx.el.div(
                button("Clear", kind="plain", on_click=Register.clear, class_name="lg:h-11!"),
                button("Show", type="submit", class_name="lg:h-11!"),
                class_name="col-span-2 flex items-end justify-end gap-2 lg:col-span-1",
            ),
            on_submit=Register.narrow,
            aria_label="Filter",
            class_name=(
                f"{CARD} grid grid-cols-2 gap-4 p-5"
                " lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
            ),
        ),
        rx.fragment(),
    )


def _problems() -> rx.Component:
    """What was refused and has no dialog open to stand in."""
    return rx.fragment(
        form_problem(Register.problem, "since", "until", "least", "most"),
        rx.cond(Detail.is_open, rx.fragment(), form_problem(Detail.problem)),
        rx.cond(Movement.is_open, rx.fragment(), form_problem(Movement.problem)),
        rx.cond(Many.asking != "", rx.fragment(), form_problem(Many.problem)),
    )
