"""How the house's own accounts look."""

import reflex as rx

from fintwin.identity.desk import LONGEST_REASON
from fintwin.ledger.staff import PURPOSES
from fintwin.ui.components import (
    amount,
    button,
    dialog,
    form,
    form_problem,
    list_card,
    select_field,
    text_field,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.staff.funds_state import Funds


def funds() -> rx.Component:
    """What is in them; for administrators a button that moves money of the house."""
    return rx.el.div(
        list_card(
            rx.cond(
                some(Funds.rows),
                rx.fragment(),
                rx.el.li(
                    rx.cond(Funds.loaded, "The house holds no funds of its own.", "\u00a0"),
                    class_name="px-5 py-4 text-ink-2",
                ),
            ),
            rx.foreach(Funds.rows, lambda line: rx.el.li(amount(line), class_name="px-5 py-3")),
            title="The house's own funds",
            action=rx.cond(
                Funds.admin,
                button("Add or take out", kind="plain", on_click=Funds.ask, class_name="h-9! px-3!"),
                rx.fragment(),
            ),
        ),
        _form(),
        on_mount=Funds.begin,
        class_name="min-w-0",
    )


def _form() -> rx.Component:
    problem = Funds.problem
    return dialog(
        form(
            rx.el.div(
                select_field("Account", "purpose", list(PURPOSES.items()), problem=problem),
                text_field(
                    "Currency",
                    "currency",
                    problem=problem,
                    default_value=Funds.currency,
                    max_length=3,
                    required=True,
                    auto_complete="off",
                ),
                class_name="grid gap-4 sm:grid-cols-[minmax(0,1fr)_7rem]",
            ),
            text_field(
                "Amount",
                "amount",
                problem=problem,
                input_mode="text",
                max_length=40,
                hint="With a minus it is taken out; empty opens the account only",
                data_focus=True,
            ),
            text_field(
                "Reason",
                "reason",
                problem=problem,
                max_length=LONGEST_REASON,
                min_length=3,
                required=True,
                hint="Kept in the audit",
            ),
            form_problem(problem, "purpose", "currency", "amount", "reason"),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Funds.dismiss),
                button("Book it", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Funds.fund,
            key=f"funds-{Funds.version}",
            class_name="grid gap-4",
        ),
        title="Money of the house",
        line="It is booked today against the house's opening, and stands in the general ledger.",
        is_open=Funds.asking,
        on_close=Funds.dismiss,
    )
