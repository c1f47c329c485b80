"""How accounts look: groups of rows, and a dialog for each thing that can be asked."""

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    form_problem,
    icon_button,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import (
    CARD,
    WHOLE,
    amount,
    badge,
    empty,
    link,
    round_icon,
    rows_skeleton,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.accounts import archiving, dialogs, reconciling_views
from fintwin.ui.pages.accounts.reconciling import Reconciling
from fintwin.ui.pages.accounts.state import AccountGroup, AccountRow, Accounts


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        rx.cond(
            Accounts.loaded,
            rx.cond(some(Accounts.groups), _groups(), _nothing()),
            rx.el.div(rows_skeleton(3), rows_skeleton(2), class_name="grid gap-5"),
        ),
        dialogs.dialogs(),
        reconciling_views.comparing(),
        archiving.closing(),
    )


def new_button() -> rx.Component:
    """The page's one thing to do, in the header."""
    return button(
        icon("plus", size="size-4"),
        "New account",
        on_click=Accounts.begin,
        class_name="max-sm:hidden lg:h-9!",
        custom_attrs={"data-key": "t"},
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        empty(
            "Add the account your money is on, and FinTwin can begin.",
            action=button("Add an account", on_click=Accounts.begin),
            picture="ledger",
        ),
        class_name=CARD,
    )


def _groups() -> rx.Component:
    return rx.el.div(
        rx.cond((Accounts.asking == "") & ~Accounts.opening, form_problem(Accounts.problem), rx.fragment()),
        _selection(),
        rx.cond(Reconciling.is_open, rx.fragment(), form_problem(Reconciling.problem)),
        rx.foreach(Accounts.groups, _group),
        archiving.opener(),
        class_name="grid gap-5",
    )


def _selection() -> rx.Component:
    """What can be done to several accounts at once; until it is asked for, one quiet button."""

    def do(change: str, words: str, kind: str = "plain") -> rx.Component:
        return button(
            words,
            kind=kind,
            disabled=Accounts.many == 0,
            on_click=Accounts.ask_many(change),
            class_name="lg:h-9! px-3!",
        )

    return rx.cond(
        Accounts.selecting,
        rx.el.div(
            rx.el.span(
                rx.cond(
                    Accounts.many == 0,
                    "Choose accounts",
                    rx.cond(Accounts.many == 1, "1 chosen", f"{Accounts.many} chosen"),
                ),
                role="status",
                class_name="mr-auto font-medium",
            ),
            do("block", "Block"),
            do("unblock", "Unblock"),
            do("close", "Close", "danger"),
            do("reopen", "Reopen"),
            button("Done", kind="quiet", on_click=Accounts.select(False), class_name="lg:h-9! px-3!"),
            class_name=f"{CARD} flex flex-wrap items-center gap-2 px-5 py-2",
        ),
        rx.el.div(
            button("Select several", kind="quiet", on_click=Accounts.select(True), class_name="-my-2 text-xs lg:h-8!"),
            class_name="flex justify-end",
        ),
    )


def _group(group: ObjectVar[AccountGroup]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(group.title, class_name="flex min-h-12 items-center border-b border-line px-5 font-semibold"),
        rx.el.ul(rx.foreach(group.rows, _row), class_name="divide-y divide-line"),
        class_name=f"{CARD} overflow-hidden",
    )


def _row(row: ObjectVar[AccountRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            Accounts.selecting,
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=row.chosen,
                    on_change=Accounts.choose(row.uuid).stop_propagation,
                    aria_label=f"Choose {row.name}",
                    class_name="size-4 accent-brand",
                ),
                class_name="-mr-3 ml-2 grid size-11 shrink-0 place-items-center",
            ),
            rx.fragment(),
        ),
        link(
            rx.el.span(
                rx.cond(row.held, round_icon("wallet", tone="brand"), round_icon("bank")),
                class_name="max-sm:hidden",
            ),
            rx.el.span(
                rx.el.span(
                    rx.el.span(row.name, class_name=f"{WHOLE} font-medium sm:truncate"),
                    rx.cond(row.frozen, badge("Blocked", tone="warn"), rx.fragment()),
                    rx.cond(
                        row.reconciled != "",
                        badge(row.reconciled, tone="good", class_name="max-sm:hidden"),
                        rx.fragment(),
                    ),
                    class_name="flex min-w-0 items-center gap-x-2 max-sm:flex-wrap",
                ),
                rx.el.span(row.kind, class_name="block text-xs text-ink-3 sm:truncate"),
                rx.cond(
                    row.why != "",
                    rx.el.span(row.why, class_name="block text-xs text-warn max-sm:hidden"),
                    rx.fragment(),
                ),
                rx.cond(
                    row.reconciled != "",
                    rx.el.span(row.reconciled, class_name="block text-xs text-good sm:hidden"),
                    rx.fragment(),
                ),
                class_name="min-w-0",
            ),
            rx.el.span(_balance(row), class_name="ml-auto shrink-0 text-right"),
            href=f"/transactions?account={row.uuid}",
            custom_attrs={"data-row": ""},
            class_name="flex min-w-0 flex-1 items-center gap-3 py-3 pl-5 pr-2 outline-offset-[-2px]",
        ),
        icon_button("more", f"More about {row.name}", on_click=Accounts.ask(row.uuid, "more")),
        rx.cond(
            row.why != "",
            rx.el.span(row.why, class_name="basis-full break-words px-5 pb-3 text-xs text-warn sm:hidden"),
            rx.fragment(),
        ),
        class_name="flex items-center pr-3 hover:bg-sunken/50 max-sm:flex-wrap",
    )


def _balance(row: ObjectVar[AccountRow]) -> rx.Component:
    return rx.cond(
        row.balance != "",
        rx.fragment(
            amount(row.balance, class_name="block font-medium"),
            rx.cond(
                row.pending != "",
                rx.el.span(amount(row.pending), " pending", class_name="block whitespace-nowrap text-2xs text-ink-3"),
                rx.fragment(),
            ),
            rx.cond(
                row.available != "",
                rx.el.span(
                    amount(row.available), " available", class_name="block whitespace-nowrap text-2xs text-ink-3"
                ),
                rx.fragment(),
            ),
            rx.cond(
                row.credit != "",
                rx.el.span(
                    "of which ", amount(row.credit), " is your credit limit", class_name="block text-2xs text-ink-3"
                ),
                rx.fragment(),
            ),
        ),
        rx.el.span("balance not known", class_name="text-xs text-ink-3"),
    )
