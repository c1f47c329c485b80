"""What can be taken away: a dialog of files, which the browser opens alone."""

import reflex as rx

from fintwin.ui.components.forms import button, icon_button
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import file_link

_FILES = (
    ("transactions.csv", "Table (CSV)", "One line per account and transaction, for a spreadsheet."),
    ("books.json", "Everything (JSON)", "Accounts, categories and transactions with their postings, for programs."),
    ("books.journal", "hledger journal", "Whole double-entry books as text; hledger proves every balance."),
    ("books.beancount", "beancount journal", "The same books for beancount and Fava; bean-check proves them."),
)


def export_button() -> rx.Component:
    """Opens the dialog."""
    return button(
        icon("download", size="size-4"),
        "Export",
        kind="plain",
        class_name="lg:h-9!",
        custom_attrs={"data-opens": "export", "aria-haspopup": "dialog"},
    )


def export_menu() -> rx.Component:
    """The dialog: four files, each of everything there is."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Export", class_name="text-base font-semibold tracking-tight"),
                rx.el.p("All of your books, whatever the filter shows.", class_name="mt-0.5 text-ink-2"),
            ),
            icon_button("close", "Close", class_name="-mr-2 -mt-1 ml-auto", custom_attrs={"data-shuts": "export"}),
            class_name="flex items-start gap-3 px-5 pt-5",
        ),
        rx.el.ul(
            *(_file(*one) for one in _FILES),
            class_name="grid gap-1 px-2 pb-3 pt-2",
        ),
        id="export",
        aria_label="Export",
        class_name=(
            "m-auto w-[min(30rem,calc(100vw-1.5rem))] rounded-card border border-line bg-surface p-0 text-ink shadow-card"
            " max-sm:mb-0 max-sm:w-full max-sm:max-w-none max-sm:rounded-b-none"
        ),
    )


def _file(name: str, title: str, line: str) -> rx.Component:
    return rx.el.li(
        file_link(
            icon("file", size="size-5"),
            rx.el.span(
                rx.el.span(title, class_name="block font-medium"),
                rx.el.span(line, class_name="block text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            href=f"/export/{name}",
            class_name="flex min-h-11 items-center gap-3 rounded-lg px-3 py-2.5 hover:bg-sunken",
        )
    )
