"""A dialog for each thing that can be asked of an account, or of several."""

from typing import Any

import reflex as rx

from fintwin.ledger.wording import TYPE_WORDS
from fintwin.ui.components.forms import (
    button,
    choice_cards,
    field,
    form,
    form_problem,
    link_button,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import (
    dialog,
    link,
    note,
)
from fintwin.ui.pages.accounts.reconciling import Reconciling
from fintwin.ui.pages.accounts.state import PATH, Accounts

_HELD_TYPES = [(value, words) for value, words in TYPE_WORDS.items() if value not in {"credit", "loan"}]
_ALL_TYPES = list(TYPE_WORDS.items())


def dialogs() -> rx.Component:
    """All of them; at most one is open."""
    return rx.fragment(
        _opening(),
        _more(),
        _number(),
        _bank_number(),
        _balance_on_a_day(),
        _rename(),
        _close(),
        _block(),
        _many(),
        _kept(),
    )


def _more() -> rx.Component:
    """What can be done with an account, in words."""
    chosen = Accounts.chosen
    return dialog(
        rx.el.ul(
            _go("file", "Statement", f"/accounts/statement?account={chosen.uuid}"),
            _go("clock", "Balance history", f"/accounts/history?account={chosen.uuid}"),
            rx.cond(
                chosen.closed,
                _do("check", "Reopen", Accounts.reopen(chosen.uuid)),
                rx.fragment(
                    rx.cond(
                        chosen.held,
                        rx.fragment(
                            _do("code", "Number and QR code", Accounts.ask(chosen.uuid, "number")),
                            rx.cond(
                                chosen.frozen,
                                rx.cond(
                                    chosen.by_staff,
                                    rx.el.li(chosen.why, class_name="flex min-h-11 items-center px-3 text-warn"),
                                    _do("lock", "Unblock", Accounts.unblock(chosen.uuid)),
                                ),
                                _do("lock", "Block: no money can leave it", Accounts.ask(chosen.uuid, "block")),
                            ),
                        ),
                        rx.fragment(
                            _do("scale", "Balance on a day", Accounts.ask_balance(chosen.uuid)),
                            _do("bank", "Number at the bank", Accounts.ask(chosen.uuid, "bank")),
                        ),
                    ),
                    _do("check", "Compare with a statement", [Accounts.dismiss, Reconciling.begin(chosen.uuid)]),
                    _do("edit", "Rename", Accounts.ask(chosen.uuid, "rename")),
                    _do("close", "Close this account", Accounts.ask(chosen.uuid, "close")),
                ),
            ),
            class_name="-mx-3",
        ),
        title=chosen.name,
        is_open=Accounts.asking == "more",
        on_close=Accounts.dismiss,
    )


def _go(symbol: str, words: str, href: Any) -> rx.Component:
    return rx.el.li(
        link(
            icon(symbol),
            words,
            href=href,
            class_name="flex min-h-11 items-center gap-3 rounded-lg px-3 font-medium hover:bg-sunken",
        )
    )


def _do(symbol: str, words: str, event: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            icon(symbol),
            words,
            type="button",
            on_click=event,
            class_name="flex min-h-11 w-full items-center gap-3 rounded-lg px-3 text-left font-medium hover:bg-sunken",
        )
    )


def _opening() -> rx.Component:
    problem = Accounts.problem
    held = Accounts.custody == "held"
    return dialog(
        form(
            choice_cards(
                "Where is the money?",
                "custody",
                [
                    ("tracked", "At a bank", "A mirror, filled by imports and by hand"),
                    ("held", "Kept here", "Can be sent to other people here"),
                ],
                chosen=Accounts.custody,
                lasting=True,
                problem=problem,
                on_change=Accounts.choose_custody,
            ),
            text_field("Name", "name", problem=problem, max_length=80, placeholder="Everyday", data_focus=True),
            rx.el.div(
                field(
                    "Type",
                    rx.cond(
                        held,
                        select_input("type", _HELD_TYPES, problem=problem, on_change=Accounts.choose_type),
                        select_input("type", _ALL_TYPES, problem=problem, on_change=Accounts.choose_type),
                    ),
                    name="type",
                    problem=problem,
                ),
                field(
                    "Currency",
                    select_input(
                        "currency",
                        rx.foreach(
                            Accounts.currencies,
                            lambda pair: rx.el.option(f"{pair[0]} · {pair[1]}", value=pair[0]),
                        ),
                        problem=problem,
                        default_value=Accounts.currency,
                        key=Accounts.currency,
                    ),
                    name="currency",
                    problem=problem,
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            rx.el.div(
                field(
                    rx.cond(Accounts.owes, "What you owe", "Balance"),
                    text_input("balance", problem=problem, input_mode="decimal", max_length=40),
                    name="balance",
                    problem=problem,
                    hint=rx.cond(held, "Empty means nothing yet", "Empty means not known; an import can tell it later"),
                ),
                field(
                    "On the day",
                    text_input("opened", problem=problem, type="date"),
                    name="opened",
                    problem=problem,
                    hint="Empty means today",
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            rx.cond(
                held,
                rx.fragment(),
                text_field(
                    "Number at the bank",
                    "bank_number",
                    problem=problem,
                    max_length=60,
                    hint="If you know it: imports find the account by it",
                ),
            ),
            form_problem(problem, "custody", "name", "type", "currency", "balance", "opened", "bank_number"),
            _buttons("Open account", on_cancel=Accounts.leave),
            on_submit=Accounts.open_account,
            class_name="grid gap-4",
        ),
        title="New account",
        is_open=Accounts.opening,
        on_close=Accounts.shut,
        closed_href=PATH,
    )


def _number() -> rx.Component:
    chosen = Accounts.chosen
    return dialog(
        rx.el.div(
            rx.el.svg(
                rx.el.rect(width="100%", height="100%", class_name="fill-white"),
                rx.el.path(d=Accounts.code, class_name="fill-black"),
                view_box=f"0 0 {Accounts.code_side} {Accounts.code_side}",
                role="img",
                aria_label="QR code of the account number",
                class_name="size-48 rounded-lg border border-line",
                custom_attrs={"shapeRendering": "crispEdges"},
            ),
            rx.el.p(chosen.number, class_name="num text-xl font-semibold tracking-tight"),
            rx.el.p(
                "Anybody here can send money to this number. They see the first letters of your name, nothing else.",
                class_name="max-w-sm text-balance text-ink-2",
            ),
            button(
                icon("copy", size="size-4"),
                "Copy number",
                on_click=[rx.set_clipboard(chosen.bare_number), Accounts.copied],
            ),
            class_name="grid justify-items-center gap-4 text-center",
        ),
        title=chosen.name,
        is_open=Accounts.asking == "number",
        on_close=Accounts.dismiss,
    )


def _balance_on_a_day() -> rx.Component:
    chosen, problem = Accounts.chosen, Accounts.problem
    return dialog(
        form(
            rx.el.p(
                "Take it from a statement or from your bank's page. What was there before the first transaction"
                " follows from it; the transactions stay as they are.",
                class_name="text-ink-2",
            ),
            rx.el.div(
                field(
                    rx.cond(chosen.owes, "What you owed", "Balance"),
                    text_input(
                        "balance",
                        problem=problem,
                        input_mode="decimal",
                        max_length=40,
                        required=True,
                        data_focus=True,
                    ),
                    name="balance",
                    problem=problem,
                    hint=rx.cond(chosen.owes, "Without a sign", "A minus in front if it was overdrawn"),
                ),
                field(
                    "At the end of",
                    text_input("booked", problem=problem, type="date"),
                    name="booked",
                    problem=problem,
                    hint="Empty means today",
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            form_problem(problem, "balance", "booked"),
            rx.el.div(
                rx.cond(
                    chosen.balance != "",
                    button(
                        "Not known after all",
                        kind="quiet",
                        on_click=Accounts.forget_balance,
                        class_name="mr-auto -ml-4 text-bad!",
                    ),
                    rx.fragment(),
                ),
                button("Cancel", kind="plain", on_click=Accounts.dismiss),
                button("Save", type="submit"),
                class_name="flex flex-wrap justify-end gap-2",
            ),
            on_submit=Accounts.state_balance,
            key=chosen.uuid,
            class_name="grid gap-4",
        ),
        title="Balance on a day",
        line=chosen.name,
        is_open=Accounts.asking == "balance",
        on_close=Accounts.dismiss,
    )


def _bank_number() -> rx.Component:
    chosen, problem = Accounts.chosen, Accounts.problem
    return dialog(
        form(
            text_field(
                "IBAN or account number",
                "bank_number",
                problem=problem,
                max_length=60,
                default_value=chosen.bank_number,
                key=f"{chosen.uuid}-bank",
                data_focus=True,
                hint="Imports find the account by it. Empty forgets it",
            ),
            form_problem(problem, "bank_number"),
            _buttons("Save", on_cancel=Accounts.dismiss),
            on_submit=Accounts.set_bank_number,
            class_name="grid gap-4",
        ),
        title="Number at the bank",
        line=chosen.name,
        is_open=Accounts.asking == "bank",
        on_close=Accounts.dismiss,
    )


def _rename() -> rx.Component:
    return dialog(
        form(
            text_field(
                "Name",
                "name",
                problem=Accounts.problem,
                max_length=80,
                default_value=Accounts.chosen.name,
                key=Accounts.chosen.uuid,
                data_focus=True,
            ),
            form_problem(Accounts.problem, "name"),
            _buttons("Rename", on_cancel=Accounts.dismiss),
            on_submit=Accounts.rename,
            class_name="grid gap-4",
        ),
        title="Rename account",
        is_open=Accounts.asking == "rename",
        on_close=Accounts.dismiss,
    )


def _close() -> rx.Component:
    chosen = Accounts.chosen
    return dialog(
        rx.el.p(
            "It leaves your lists and takes no more money. Its history stays, and you can reopen it any time.",
            class_name="text-ink-2",
        ),
        rx.cond(
            Accounts.problem.sentence != "",
            rx.el.div(
                note(Accounts.problem.sentence, tone="bad", symbol="warning"),
                rx.cond(
                    Accounts.problem.code == "balance_not_zero",
                    rx.el.div(
                        link_button("Move its money", href=f"/transactions?new=transfer&account={chosen.uuid}"),
                        rx.cond(
                            chosen.held,
                            rx.fragment(),
                            button("Correct its balance", kind="plain", on_click=Accounts.ask_balance(chosen.uuid)),
                        ),
                        class_name="flex flex-wrap gap-2",
                    ),
                    rx.fragment(),
                ),
                role="alert",
                class_name="mt-4 grid gap-3",
            ),
            rx.fragment(),
        ),
        rx.el.div(
            button("Keep it", kind="plain", on_click=Accounts.dismiss),
            button("Close account", kind="danger", on_click=Accounts.close),
            class_name="mt-5 flex flex-wrap justify-end gap-2",
        ),
        title=f"Close {chosen.name}?",
        is_open=Accounts.asking == "close",
        on_close=Accounts.dismiss,
    )


def _block() -> rx.Component:
    chosen, problem = Accounts.chosen, Accounts.problem
    return dialog(
        form(
            rx.el.p("Money may still reach it; none can leave until you unblock it.", class_name="text-ink-2"),
            text_field(
                "Reason",
                "reason",
                problem=problem,
                max_length=300,
                data_focus=True,
                hint="For yourself, if you like",
            ),
            form_problem(problem, "reason"),
            _buttons("Block account", on_cancel=Accounts.dismiss),
            on_submit=Accounts.block,
            key=f"{chosen.uuid}-block",
            class_name="grid gap-4",
        ),
        title=f"Block {chosen.name}?",
        is_open=Accounts.asking == "block",
        on_close=Accounts.dismiss,
    )


def _many() -> rx.Component:
    change, problem = Accounts.change, Accounts.problem
    counted = rx.cond(Accounts.many == 1, "1 account", f"{Accounts.many} accounts")
    return dialog(
        form(
            rx.el.p(
                rx.match(
                    change,
                    ("block", "Money may still reach them; none can leave until you unblock them."),
                    ("unblock", "Money can leave them again."),
                    ("close", "Those that are empty leave your lists. Their history stays, and they can be reopened."),
                    "They come back to your lists.",
                ),
                class_name="text-ink-2",
            ),
            rx.cond(
                change == "block",
                text_field("Reason", "reason", problem=problem, max_length=300, hint="For yourself, if you like"),
                rx.fragment(),
            ),
            form_problem(problem, "reason"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Accounts.dismiss),
                rx.match(
                    change,
                    ("block", button("Block them", type="submit")),
                    ("unblock", button("Unblock them", type="submit")),
                    ("close", button("Close them", type="submit", kind="danger")),
                    button("Reopen them", type="submit"),
                ),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Accounts.change_many,
            class_name="grid gap-4",
        ),
        title=rx.match(
            change,
            ("block", f"Block {counted}?"),
            ("unblock", f"Unblock {counted}?"),
            ("close", f"Close {counted}?"),
            f"Reopen {counted}?",
        ),
        is_open=Accounts.asking == "many",
        on_close=Accounts.dismiss,
    )


def _kept() -> rx.Component:
    return dialog(
        rx.el.ul(
            rx.foreach(
                Accounts.kept,
                lambda one: rx.el.li(
                    rx.el.span(one[0], class_name="block font-medium"),
                    rx.el.span(one[1], class_name="block text-xs text-ink-2"),
                    class_name="py-3",
                ),
            ),
            class_name="divide-y divide-line",
        ),
        rx.el.div(button("Close", kind="plain", on_click=Accounts.dismiss), class_name="mt-2 flex justify-end"),
        title="These stayed as they were",
        is_open=Accounts.asking == "kept",
        on_close=Accounts.dismiss,
    )


def _buttons(words: str, *, on_cancel: Any) -> rx.Component:
    return rx.el.div(
        button("Cancel", kind="plain", on_click=on_cancel),
        button(words, type="submit"),
        class_name="flex justify-end gap-2",
    )
