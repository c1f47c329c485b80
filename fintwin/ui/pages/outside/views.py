"""How payments through a bank look: what waits for a file, the orders, the bank's answer."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import (
    CARD,
    amount,
    button,
    dialog,
    form,
    form_problem,
    icon,
    icon_button,
    link,
    note,
    pin_field,
    round_icon,
    select_field,
    text_field,
    text_link,
    toned,
)
from fintwin.ui.components.files import file_drop
from fintwin.ui.components.listing import begin_button, list_page, nothing_yet, opening_row
from fintwin.ui.components.sections import PAYMENTS
from fintwin.ui.pages.outside.state import PATH, OrderRow, Outside, WaitingRow

_FIELDS = ("account", "name", "iban", "amount", "remittance", "execute_on", "category", "pin")


def content() -> rx.Component:
    """The page."""
    return list_page(
        rx.cond(Outside.made != "", _made(), rx.fragment()),
        rx.cond(Outside.answered != "", note(Outside.answered, tone="good", symbol="check"), rx.fragment()),
        rx.foreach(Outside.unbooked, _unbooked),
        rx.cond(Outside.refused != "", note(Outside.refused, tone="bad", symbol="warning"), rx.fragment()),
        pages=PAYMENTS,
        here=PATH,
        label="Payments",
        loaded=Outside.loaded,
        rows=Outside.rows,
        row=_row,
        nothing=nothing_yet(
            "Pay anybody who has an IBAN.",
            line="FinTwin writes a file that your bank takes, and knows from the bank's answer what became of it.",
            words="Pay by bank",
            on_click=Outside.begin,
            picture="file",
        ),
        before=rx.foreach(Outside.waiting, _waiting),
        after=_answer(),
        dialogs=(_form(), _file(), _one()),
    )


def new_button() -> rx.Component:
    """What stands at the right end of the header."""
    return begin_button("Pay by bank", on_click=Outside.begin)


def _made() -> rx.Component:
    """The file that was just made: without this line, nothing on the page would say where it is."""
    return rx.el.section(
        round_icon("file", tone="good"),
        rx.el.div(
            rx.el.p("The file for your bank is ready", class_name="font-medium"),
            rx.el.p(
                amount(Outside.made_line),
                ". Download it and upload it at your bank, which then asks you to confirm.",
                class_name="text-xs text-ink-3",
            ),
            role="status",
            class_name="min-w-0 flex-1",
        ),
        icon_button("close", "Put away", on_click=Outside.put_away, class_name="-mr-2 sm:order-last"),
        rx.el.div(_download("Download it", href=Outside.made), class_name="max-sm:basis-full max-sm:pl-12"),
        class_name=f"{CARD} flex flex-wrap items-center gap-3 px-5 py-3",
    )


def _unbooked(sentence: Any) -> rx.Component:
    return note(sentence, tone="bad", symbol="warning")


def _waiting(row: ObjectVar[WaitingRow]) -> rx.Component:
    return rx.el.section(
        round_icon("file", tone="warn"),
        rx.el.div(
            rx.el.p(row.name, class_name="truncate font-medium"),
            rx.el.p(amount(row.line), " waiting for a file", class_name="text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        button("Make the file", on_click=Outside.ask_file(row.account), class_name="ml-auto"),
        class_name=f"{CARD} flex flex-wrap items-center gap-3 px-5 py-3",
    )


def _row(row: ObjectVar[OrderRow]) -> rx.Component:
    return opening_row(
        round_icon("bank"),
        title=row.name,
        line=row.line,
        end=amount(row.amount, class_name="block font-medium"),
        below_end=toned(row.word, row.tone),
        on_click=Outside.show(row.uuid),
    )


def _answer() -> rx.Component:
    """The bank's answer goes to a route of its own: files never travel over the socket."""
    return rx.el.section(
        rx.el.h2("The bank's answer", class_name="font-semibold"),
        rx.el.p(
            "A statement that you import settles these payments by itself. A file of rejections (PAIN.002), or a"
            " statement that you do not want to import (CAMT), goes here.",
            class_name="mt-1 text-ink-2",
        ),
        file_drop(
            "Drop the bank's file here, or choose it",
            to=f"{PATH}/answer",
            accept=".xml,application/xml,text/xml",
            class_name="mt-4",
        ),
        class_name=f"{CARD} p-5",
    )


def _form() -> rx.Component:
    problem = Outside.problem
    return dialog(
        rx.cond(
            Outside.loaded & (Outside.accounts.length() == 0),  # type: ignore[attr-defined]
            note(
                "Banks carry euros only in such files: ",
                text_link("open an account in euros", href="/accounts?new=1", custom_attrs={"data-focus": ""}),
                " first.",
                tone="warn",
                symbol="info",
            ),
            form(
                select_field("From", "account", Outside.accounts, problem=problem),
                text_field("Name", "name", problem=problem, max_length=70, required=True, data_focus=True),
                text_field("IBAN", "iban", problem=problem, max_length=60, required=True, auto_capitalize="characters"),
                rx.el.div(
                    text_field(
                        "Amount in euros", "amount", problem=problem, input_mode="decimal", max_length=40, required=True
                    ),
                    text_field("On the day", "execute_on", problem=problem, type="date", hint="Empty means today"),
                    class_name="grid gap-4 sm:grid-cols-2",
                ),
                text_field("Reference", "remittance", problem=problem, max_length=140, hint="The payee reads it"),
                select_field("Category", "category", Outside.spending, problem=problem),
                rx.cond(
                    Outside.pin_for == "order",
                    pin_field(problem=problem),
                    rx.fragment(),
                ),
                form_problem(problem, *_FIELDS),
                rx.el.div(
                    button("Cancel", kind="plain", on_click=Outside.leave),
                    button("Order it", type="submit"),
                    class_name="flex justify-end gap-2",
                ),
                on_submit=Outside.order,
                class_name="grid gap-4",
            ),
        ),
        title="Pay by bank",
        line="It waits here until you put it into a file for your bank",
        is_open=Outside.ordering,
        on_close=Outside.shut,
        closed_href=PATH,
    )


def _file() -> rx.Component:
    sending = Outside.sending
    return dialog(
        form(
            text_field(
                "IBAN that your bank debits",
                "payer_iban",
                problem=Outside.problem,
                max_length=60,
                required=True,
                default_value=sending.iban,
                key=sending.account,
                data_focus=True,
            ),
            form_problem(Outside.problem, "payer_iban"),
            rx.el.div(
                button("Not yet", kind="plain", on_click=Outside.leave),
                button("Make the file", type="submit"),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Outside.make_file,
            class_name="grid gap-4",
        ),
        title="A file for your bank",
        line=amount(sending.line),
        is_open=Outside.asking,
        on_close=Outside.shut,
        closed_href=PATH,
    )


def _one() -> rx.Component:
    chosen = Outside.chosen
    return dialog(
        rx.el.div(
            rx.el.div(
                amount(chosen.amount, class_name="text-2xl font-semibold tracking-tight"),
                toned(chosen.word, chosen.tone),
                class_name="flex items-center gap-3",
            ),
            rx.cond(chosen.reason != "", note(chosen.reason, tone="bad", symbol="warning"), rx.fragment()),
            rx.el.p(f"To be carried out on {chosen.day}", class_name="text-ink-2"),
            rx.cond(
                chosen.spelled != "",
                rx.el.p(
                    chosen.spelled,
                    rx.el.span(
                        "Banks take plain Latin letters only; your books keep what you typed.",
                        class_name="mt-0.5 block text-xs text-ink-3",
                    ),
                    class_name="min-w-0 break-words text-ink-2",
                ),
                rx.fragment(),
            ),
            form_problem(Outside.problem),
            rx.match(
                chosen.status,
                ("ready", button("Cancel the payment", kind="danger", on_click=Outside.cancel)),
                (
                    "sent",
                    rx.cond(Outside.saying == "", _heard(chosen), _sure()),
                ),
                rx.cond(chosen.file != "", rx.el.div(_download("Download the file", href=chosen.file)), rx.fragment()),
            ),
            class_name="grid justify-items-start gap-4",
        ),
        title=chosen.name,
        line=chosen.line,
        is_open=Outside.showing,
        on_close=Outside.shut,
        closed_href=PATH,
    )


def _heard(chosen: Any) -> rx.Component:
    return rx.el.div(
        _download("Download the file", href=chosen.file),
        button("The bank paid it", kind="plain", on_click=Outside.say("paid")),
        button("The bank refused it", kind="danger", on_click=Outside.say("refused")),
        class_name="flex flex-wrap gap-2",
    )


def _sure() -> rx.Component:
    """What follows from what is about to be said; a booked payment is not taken back by a click."""
    return rx.el.div(
        rx.el.p(
            rx.cond(
                Outside.saying == "paid",
                "The payment is booked and leaves your account. Say so once you see it at your bank.",
                "The payment fails and its money is available again. Say so once your bank has told you.",
            ),
            role="status",
            class_name="text-ink-2",
        ),
        rx.el.div(
            button("Not yet", kind="plain", on_click=Outside.say("")),
            rx.cond(
                Outside.saying == "paid",
                button("Yes, it was paid", on_click=Outside.answer),
                button("Yes, it was refused", kind="danger", on_click=Outside.answer),
            ),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="grid gap-3",
    )


def _download(words: str, *, href: Any) -> rx.Component:
    return link(
        icon("download", size="size-4"),
        words,
        href=href,
        reload_document=True,  # the router would look for a page of this address
        class_name=(
            "inline-flex h-11 items-center gap-2 rounded-lg bg-brand px-4 font-medium text-brand-ink hover:brightness-110 lg:h-10"
        ),
    )
