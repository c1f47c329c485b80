"""How the console looks: three tabs; a person's books open below who was found."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.identity.desk import KYC, LONGEST_REASON, ROLES
from fintwin.ui.components import (
    amount,
    badge,
    button,
    card,
    dialog,
    empty,
    field,
    form,
    form_problem,
    icon,
    icon_button,
    initials,
    list_card,
    rows_skeleton,
    select_field,
    text_field,
    text_input,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.staff import ledger_views
from fintwin.ui.pages.staff.rows import AccountRow, PersonRow, TransactionRow
from fintwin.ui.pages.staff.state import Staff

_CHECKED = {"pending": "Not checked", "verified": "Verified", "rejected": "Rejected"}


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.cond(
        Staff.loaded,
        rx.el.div(
            _tabs(),
            rx.match(
                Staff.tab,
                ("ledger", ledger_views.ledger()),
                ("audit", ledger_views.trail()),
                rx.cond(Staff.customer.uuid != "", _customer(), _people()),
            ),
            _question(),
            class_name="grid min-w-0 gap-5",
        ),
        rows_skeleton(6),
    )


def _tabs() -> rx.Component:
    def choice(value: str, text: str) -> rx.Component:
        return rx.el.button(
            text,
            type="button",
            aria_pressed=Staff.tab == value,
            on_click=Staff.choose_tab(value),
            class_name=(
                "h-11 grow rounded-md px-3 text-ink-2 aria-pressed:bg-surface aria-pressed:text-ink"
                " aria-pressed:shadow-card lg:h-9"
            ),
        )

    return rx.el.div(
        choice("people", "People"),
        choice("ledger", "General ledger"),
        choice("audit", "Audit"),
        role="group",
        aria_label="Part of the console",
        class_name="flex max-w-lg rounded-lg bg-sunken p-1 font-medium",
    )


def _people() -> rx.Component:
    return rx.el.div(
        form(
            rx.el.label(
                rx.el.span("Search people", class_name="sr-only"),
                text_input(
                    "words",
                    type="search",
                    placeholder="Number, name or e-mail",
                    default_value=Staff.words,
                    max_length=100,
                ),
                class_name="min-w-0 grow",
            ),
            button(icon("search", size="size-4"), "Search", type="submit", class_name="lg:h-11!"),
            on_submit=Staff.search,
            class_name="flex gap-2",
        ),
        rx.cond(Staff.question.about == "", form_problem(Staff.problem), rx.fragment()),
        rx.cond(
            some(Staff.found),
            list_card(
                rx.foreach(Staff.found, _found),
                rx.cond(
                    Staff.more,
                    rx.el.li(button("Show more", kind="plain", on_click=Staff.search_on), class_name="px-5 py-4"),
                    rx.fragment(),
                ),
            ),
            card(
                empty(
                    "Nobody is called so.",
                    line="A customer number is searched from its beginning, names and addresses anywhere.",
                    action=button("Show everybody", kind="plain", on_click=Staff.search({"words": ""})),
                )
            ),
        ),
        class_name="grid min-w-0 gap-5",
    )


def _found(row: ObjectVar[PersonRow]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            initials(row.letters),
            rx.el.span(
                rx.el.span(row.name, class_name="block truncate font-medium"),
                rx.el.span(row.line, class_name="num block truncate text-xs text-ink-3"),
                class_name="min-w-0",
            ),
            rx.el.span(_marks(row), class_name="ml-auto flex shrink-0 gap-1.5"),
            icon("chevron-right", size="size-4"),
            type="button",
            on_click=Staff.ask_look(row.uuid, row.name),
            class_name="flex w-full min-w-0 items-center gap-3 px-5 py-3 text-left outline-offset-[-2px] hover:bg-sunken/50",
        ),
    )


def _marks(row: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(row.role != "", badge(row.role, tone="brand"), rx.fragment()),
        rx.cond(row.suspended, badge("Suspended", tone="bad"), rx.fragment()),
        rx.match(
            row.kyc,
            ("verified", badge("Verified", tone="good")),
            ("rejected", badge("Rejected", tone="bad")),
            rx.fragment(),
        ),
    )


def _customer() -> rx.Component:
    one = Staff.customer
    return rx.el.div(
        card(
            rx.el.div(
                button(icon("left", size="size-4"), "People", kind="quiet", on_click=Staff.leave, class_name="-ml-3"),
                class_name="-mt-2 mb-2",
            ),
            rx.el.div(
                initials(one.letters, tone="brand"),
                rx.el.div(
                    rx.el.h2(one.name, class_name="truncate text-xl font-semibold tracking-tight"),
                    rx.el.p(one.line, class_name="num truncate text-ink-2"),
                    class_name="min-w-0",
                ),
                rx.el.div(_marks(one), class_name="ml-auto flex flex-wrap gap-1.5"),
                class_name="flex min-w-0 flex-wrap items-center gap-3",
            ),
            rx.el.p("Here since ", one.since, ". ", one.sessions, ".", class_name="mt-3 text-ink-3"),
            rx.cond(
                one.own,
                rx.el.p(
                    "These are your own books. What is done in them as staff is a colleague's to do.",
                    class_name="mt-4 text-ink-2",
                ),
                rx.el.div(
                    rx.cond(
                        one.suspended,
                        button("Let in again", kind="plain", on_click=Staff.ask_person("reactivate")),
                        button("Suspend", kind="danger", on_click=Staff.ask_person("suspend")),
                    ),
                    button("Identity", kind="plain", on_click=Staff.ask_person("kyc")),
                    rx.cond(
                        Staff.admin,
                        button("Role", kind="plain", on_click=Staff.ask_person("role")),
                        rx.fragment(),
                    ),
                    class_name="mt-4 flex flex-wrap gap-2",
                ),
            ),
        ),
        rx.cond(Staff.question.about == "", form_problem(Staff.problem), rx.fragment()),
        _accounts(),
        _transactions(),
        class_name="grid min-w-0 gap-5",
    )


def _accounts() -> rx.Component:
    return list_card(
        rx.cond(
            some(Staff.accounts),
            rx.fragment(),
            rx.el.li("They have no account yet.", class_name="px-5 py-4 text-ink-2"),
        ),
        rx.foreach(Staff.accounts, _account),
        title="Accounts",
        action=rx.cond(
            Staff.chosen > 0,
            rx.el.div(
                button("Block", kind="danger", on_click=Staff.ask_chosen("block"), class_name="h-9! px-3!"),
                button("Unblock", kind="plain", on_click=Staff.ask_chosen("unblock"), class_name="h-9! px-3!"),
                class_name="flex gap-2",
            ),
            rx.fragment(),
        ),
    )


def _account(row: ObjectVar[AccountRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.closed | Staff.customer.own,
            rx.el.span(class_name="size-4 shrink-0"),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=row.chosen,
                    on_change=Staff.choose(row.uuid).stop_propagation,
                    aria_label=f"Choose {row.name}",
                    class_name="size-4 accent-brand",
                ),
                class_name="-my-2 -ml-3 grid size-11 shrink-0 place-items-center",
            ),
        ),
        rx.el.span(
            rx.el.span(
                rx.el.span(row.name, class_name="truncate font-medium"),
                rx.cond(row.blocked, badge("Blocked", tone="warn"), rx.fragment()),
                rx.cond(row.closed, badge("Closed"), rx.fragment()),
                class_name="flex min-w-0 items-center gap-x-2 max-sm:flex-wrap",
            ),
            rx.el.span(row.line, class_name="num block text-xs text-ink-3"),
            rx.cond(
                row.why != "", rx.el.span(row.why, class_name="block text-xs text-warn max-sm:hidden"), rx.fragment()
            ),
            class_name="min-w-0 flex-1",
        ),
        rx.el.span(
            amount(row.balance, class_name="block font-medium"),
            rx.cond(row.below != "", amount(row.below, class_name="block text-2xs text-ink-3"), rx.fragment()),
            class_name="ml-auto shrink-0 text-right",
        ),
        rx.cond(
            row.closed | Staff.customer.own,
            rx.fragment(),
            rx.el.span(
                rx.cond(
                    row.blocked,
                    icon_button("lock", f"Unblock {row.name}", on_click=Staff.ask_account(row.uuid, "unblock")),
                    icon_button("lock", f"Block {row.name}", on_click=Staff.ask_account(row.uuid, "block")),
                ),
                rx.cond(
                    row.held,
                    icon_button("scale", f"Credit limit of {row.name}", on_click=Staff.ask_account(row.uuid, "limit")),
                    rx.fragment(),
                ),
                class_name="-mr-2 flex shrink-0 max-sm:flex-col sm:w-22 lg:w-18",
            ),
        ),
        rx.cond(
            row.why != "",
            rx.el.span(row.why, class_name="basis-full break-words text-xs text-warn sm:hidden"),
            rx.fragment(),
        ),
        class_name="flex items-center gap-3 px-5 py-3 max-sm:flex-wrap",
    )


def _transactions() -> rx.Component:
    return list_card(
        rx.cond(
            some(Staff.transactions),
            rx.fragment(),
            rx.el.li("Nothing was booked yet.", class_name="px-5 py-4 text-ink-2"),
        ),
        rx.foreach(Staff.transactions, _transaction),
        rx.cond(
            Staff.more_transactions,
            rx.el.li(button("Show older", kind="plain", on_click=Staff.transactions_on), class_name="px-5 py-4"),
            rx.fragment(),
        ),
        title="Transactions",
    )


def _transaction(row: ObjectVar[TransactionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(
                rx.el.span(row.title, class_name="truncate font-medium"),
                rx.cond(row.status != "", badge(row.status), rx.fragment()),
                class_name="flex min-w-0 items-center gap-2",
            ),
            rx.el.span(row.line, class_name="num block text-xs break-words text-ink-3"),
            class_name="min-w-0",
        ),
        rx.el.span(
            amount(row.amount, class_name="block font-medium"),
            rx.el.span(row.day, class_name="num block text-2xs text-ink-3"),
            class_name="ml-auto shrink-0 text-right",
        ),
        rx.cond(
            Staff.customer.own,
            rx.fragment(),
            rx.el.span(
                rx.match(
                    row.can,
                    (
                        "reverse",
                        icon_button(
                            "left",
                            f"Take {row.title} of {row.day} back",
                            on_click=Staff.ask_transaction(row.id, "reverse"),
                        ),
                    ),
                    (
                        "void",
                        icon_button(
                            "close", f"Stop {row.title} of {row.day}", on_click=Staff.ask_transaction(row.id, "void")
                        ),
                    ),
                    rx.fragment(),
                ),
                class_name="-mr-2 w-11 shrink-0 sm:w-22 lg:w-18",
            ),
        ),
        class_name="flex items-center gap-3 px-5 py-3",
    )


def _question() -> rx.Component:
    asked, problem = Staff.question, Staff.problem
    return dialog(
        form(
            rx.match(
                asked.about,
                ("kyc", _choice("Identity", [(value, _CHECKED[value]) for value in KYC])),
                ("role", _choice("Role", [(value, value.capitalize()) for value in ROLES])),
                (
                    "limit",
                    text_field(
                        "Limit",
                        "limit",
                        problem=problem,
                        input_mode="decimal",
                        max_length=40,
                        required=True,
                        data_focus=True,
                    ),
                ),
                (
                    "reverse",
                    text_field(
                        "Amount",
                        "amount",
                        problem=problem,
                        input_mode="decimal",
                        max_length=40,
                        hint="Empty means all that is left of it",
                    ),
                ),
                rx.fragment(),
            ),
            reason_field(problem, key=f"reason-{Staff.version}"),
            form_problem(problem, "reason", "amount", "limit", "choice"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Staff.dismiss),
                rx.cond(
                    asked.danger,
                    button(asked.button, type="submit", kind="danger"),
                    button(asked.button, type="submit"),
                ),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Staff.confirm,
            key=f"question-{Staff.version}",
            class_name="grid gap-4",
        ),
        title=asked.title,
        line=asked.line,
        is_open=asked.about != "",
        on_close=Staff.dismiss,
    )


def _choice(label: str, options: list[tuple[str, str]]) -> rx.Component:
    return select_field(
        label,
        "choice",
        options,
        problem=Staff.problem,
        default_value=Staff.suggested,
        key=f"choice-{Staff.version}",
    )


def reason_field(problem: Any, **props: Any) -> rx.Component:
    """Why: a line that the person concerned can read."""
    return field(
        "Reason",
        text_input("reason", problem=problem, max_length=LONGEST_REASON, required=True, min_length=3, **props),
        name="reason",
        problem=problem,
        hint="The person concerned can read it",
    )
