"""How schedules look: the list, the form with the dates that follow from it, and one schedule with its history."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components import (
    amount,
    button,
    dialog,
    field,
    form,
    form_problem,
    note,
    pin_field,
    pin_form,
    round_icon,
    select_field,
    text_field,
    text_input,
    toned,
)
from fintwin.ui.components.listing import begin_button, list_page, nothing_yet, opening_row
from fintwin.ui.components.sections import PAYMENTS
from fintwin.ui.pages.schedules.rhythm import ENDS, MONTH_DAYS, MOVES, REPEATS, WEEKDAYS
from fintwin.ui.pages.schedules.state import PATH, Row, RunRow, Schedules

_KINDS = (
    ("person", "To a person here"),
    ("own", "Between own accounts"),
    ("withdrawal", "Paid by a bank (planned)"),
    ("deposit", "Received at a bank (planned)"),
)
_FIELDS = ("kind", "account", "amount", "number", "taking", "payee", "description", "category", "pin")
_DATE_FIELDS = ("starts", "repeat", "every", "times", "until", "move", "adjustment", "rule")


def content() -> rx.Component:
    """The page."""
    return list_page(
        pages=PAYMENTS,
        here=PATH,
        label="Payments",
        loaded=Schedules.loaded,
        rows=Schedules.rows,
        row=_row,
        nothing=nothing_yet(
            "Nothing is scheduled.",
            line="Rent on the first, savings on payday, pocket money every week: set it up once.",
            words="New schedule",
            on_click=Schedules.begin,
            picture="future",
        ),
        dialogs=(_form(), _one()),
    )


def new_button() -> rx.Component:
    """What stands at the right end of the header."""
    return begin_button("New schedule", on_click=Schedules.begin)


def _row(row: ObjectVar[Row]) -> rx.Component:
    return opening_row(
        rx.match(
            row.symbol,
            ("send", round_icon("send", tone="brand")),
            ("swap", round_icon("swap")),
            ("down", round_icon("down", tone="good")),
            round_icon("bank"),
        ),
        title=row.title,
        mark=_badge(row),
        line=row.line,
        below=rx.cond(row.failed != "", rx.el.span(row.failed, class_name="block text-xs text-bad"), rx.fragment()),
        end=amount(row.amount, inflow=row.inflow, class_name="block font-medium"),
        below_end=rx.el.span(row.next, class_name="block whitespace-nowrap text-xs text-ink-3"),
        on_click=Schedules.open(row.uuid),
    )


def _badge(row: Any) -> rx.Component:
    return rx.cond(row.badge != "", toned(row.badge, row.tone), rx.fragment())


def _form() -> rx.Component:
    problem, filled = Schedules.problem, Schedules.filled
    kind = Schedules.kind
    planned = (kind == "withdrawal") | (kind == "deposit")
    return dialog(
        form(
            select_field(
                "What",
                "kind",
                _KINDS,
                problem=problem,
                value=kind,
                on_change=Schedules.choose_kind,
            ),
            rx.cond(
                planned,
                rx.el.p(
                    "Your bank moves this money by itself. FinTwin books it on its day, so that your plans and the twin"
                    " know of it.",
                    class_name="-mt-2 text-xs text-ink-3",
                ),
                rx.fragment(),
            ),
            rx.el.div(
                rx.cond(
                    kind == "person",
                    _account("From", Schedules.held),
                    rx.cond(planned, _account("Account", Schedules.tracked), _account("From", Schedules.everything)),
                ),
                rx.cond(
                    kind == "person",
                    text_field(
                        "To account number",
                        "number",
                        problem=problem,
                        max_length=30,
                        input_mode="numeric",
                        default_value=filled["number"],
                        hint="14 digits; your contacts are offered as you type",
                        list="contacts",
                    ),
                    rx.cond(
                        kind == "own",
                        select_field(
                            "To",
                            "taking",
                            Schedules.everything,
                            problem=problem,
                            default_value=filled["taking"],
                            key=f"taking-{filled['taking']}",
                        ),
                        text_field(
                            "Payee",
                            "payee",
                            problem=problem,
                            max_length=140,
                            default_value=filled["payee"],
                        ),
                    ),
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            rx.el.div(
                text_field(
                    "Amount",
                    "amount",
                    problem=problem,
                    input_mode="decimal",
                    max_length=40,
                    required=True,
                    default_value=filled["amount"],
                ),
                rx.cond(
                    kind == "own",
                    rx.fragment(),
                    select_field(
                        "Category",
                        "category",
                        rx.cond(kind == "deposit", Schedules.income, Schedules.spending),
                        problem=problem,
                        default_value=filled["category"],
                        key=f"category-{kind}-{filled['category']}",
                    ),
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            text_field(
                "Description",
                "description",
                problem=problem,
                max_length=140,
                default_value=filled["description"],
                hint=rx.cond(kind == "person", "They can read this", ""),
            ),
            rx.el.datalist(
                rx.foreach(Schedules.contacts, lambda pair: rx.el.option(pair[1], value=pair[0])), id="contacts"
            ),
            _rhythm(),
            rx.cond(
                Schedules.pin_for == kind,
                pin_field(problem=problem, hint="Asked once: the payments themselves do not ask again"),
                rx.fragment(),
            ),
            form_problem(problem, *_FIELDS),
            rx.el.div(
                button("Cancel", kind="plain", on_click=Schedules.leave),
                button(
                    rx.cond(Schedules.changing, "Change from then on", "Schedule it"),
                    type="submit",
                    disabled=Schedules.rhythm_problem != "",
                ),
                class_name="flex justify-end gap-2",
            ),
            on_submit=Schedules.save,
            class_name="grid gap-4",
        ),
        title=rx.cond(Schedules.changing, "Change schedule", "New schedule"),
        is_open=Schedules.editing,
        on_close=Schedules.shut,
        closed_href=PATH,
    )


def _account(label: str, choices: Any) -> rx.Component:
    return select_field(
        label,
        "account",
        choices,
        problem=Schedules.problem,
        default_value=Schedules.filled["account"],
        key=f"{label}-{Schedules.filled['account']}",
    )


def _rhythm() -> rx.Component:
    draft = Schedules.draft
    repeated = draft.repeat != "once"
    return rx.el.fieldset(
        rx.el.legend("When", class_name="sr-only"),
        rx.el.div(
            field(
                rx.cond(repeated, "First day", "Day"),
                text_input(
                    "starts",
                    type="date",
                    value=draft.starts,
                    on_change=lambda value: Schedules.choose("starts", value),
                ),
                name="starts",
            ),
            select_field(
                "How often",
                "repeat",
                REPEATS,
                value=draft.repeat,
                on_change=lambda value: Schedules.choose("repeat", value),
            ),
            class_name="grid gap-4 sm:grid-cols-2",
        ),
        rx.cond(draft.repeat == "week", _weekdays(), rx.fragment()),
        rx.cond(
            repeated,
            rx.el.div(
                rx.cond(
                    draft.repeat == "month",
                    select_field(
                        "On",
                        "month_day",
                        MONTH_DAYS,
                        value=draft.month_day,
                        on_change=lambda value: Schedules.choose("month_day", value),
                    ),
                    rx.fragment(),
                ),
                rx.cond(
                    draft.repeat != "workday",
                    field(
                        rx.match(
                            draft.repeat,
                            ("day", "Days from one to the next"),
                            ("week", "Weeks from one to the next"),
                            ("month", "Months from one to the next"),
                            "Years from one to the next",
                        ),
                        text_input(
                            "every",
                            input_mode="numeric",
                            value=draft.every,
                            max_length=3,
                            on_change=lambda value: Schedules.choose("every", value),
                        ),
                        name="every",
                    ),
                    rx.fragment(),
                ),
                select_field(
                    "Ends",
                    "ends",
                    ENDS,
                    value=draft.ends,
                    on_change=lambda value: Schedules.choose("ends", value),
                ),
                rx.match(
                    draft.ends,
                    (
                        "count",
                        field(
                            "Times",
                            text_input(
                                "times",
                                input_mode="numeric",
                                value=draft.times,
                                max_length=4,
                                on_change=lambda value: Schedules.choose("times", value),
                            ),
                            name="times",
                        ),
                    ),
                    (
                        "until",
                        field(
                            "Last day",
                            text_input(
                                "until",
                                type="date",
                                value=draft.until,
                                on_change=lambda value: Schedules.choose("until", value),
                            ),
                            name="until",
                        ),
                    ),
                    rx.fragment(),
                ),
                class_name="grid gap-4 sm:grid-cols-2",
            ),
            rx.fragment(),
        ),
        rx.cond(
            draft.repeat != "day",
            select_field(
                "On a weekend or public holiday",
                "move",
                MOVES,
                value=draft.move,
                on_change=lambda value: Schedules.choose("move", value),
            ),
            rx.fragment(),
        ),
        _preview(),
        class_name="grid gap-4 border-t border-line pt-4",
    )


def _weekdays() -> rx.Component:
    return rx.el.div(
        *(
            rx.el.button(
                name,
                type="button",
                on_click=Schedules.toggle_day(day),
                custom_attrs={"aria-pressed": Schedules.weekdays[day]},
                class_name=rx.cond(
                    Schedules.weekdays[day],
                    "h-11 rounded-lg border border-brand bg-brand-soft font-medium text-brand",
                    "h-11 rounded-lg border border-line bg-surface font-medium text-ink-2 hover:bg-sunken",
                ),
            )
            for day, name in enumerate(WEEKDAYS)
        ),
        role="group",
        aria_label="On which weekdays; none means the first day's",
        class_name="grid grid-cols-[repeat(auto-fit,minmax(2.75rem,1fr))] gap-1 max-sm:-mx-2 max-sm:gap-0.5",
    )


def _preview() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Schedules.rhythm_problem != "",
            rx.el.p(Schedules.rhythm_problem, class_name="text-bad"),
            rx.fragment(
                rx.el.p(Schedules.sentence, class_name="font-medium first-letter:uppercase"),
                rx.el.ol(
                    rx.foreach(Schedules.dates, rx.el.li),
                    class_name="num mt-1.5 grid gap-0.5 text-xs text-ink-2",
                ),
            ),
        ),
        role="status",
        class_name="rounded-lg bg-sunken px-4 py-3",
    )


def _one() -> rx.Component:
    chosen = Schedules.chosen
    return dialog(
        rx.el.div(
            rx.el.div(
                amount(chosen.amount, inflow=chosen.inflow, class_name="text-2xl font-semibold tracking-tight"),
                _badge(chosen),
                class_name="flex items-center gap-3",
            ),
            rx.cond(chosen.failed != "", note(chosen.failed, tone="bad", symbol="warning"), rx.fragment()),
            rx.cond(
                Schedules.chosen_dates.length() > 0,  # type: ignore[attr-defined]
                rx.el.div(
                    rx.el.h3("Next", class_name="text-xs font-medium text-ink-3"),
                    rx.el.ol(
                        rx.foreach(Schedules.chosen_dates, rx.el.li),
                        class_name="num mt-1 grid gap-0.5",
                    ),
                ),
                rx.fragment(),
            ),
            form_problem(Schedules.problem, "pin"),
            rx.cond(Schedules.ending, _end(), _actions()),
            rx.el.div(
                rx.el.h3("So far", class_name="text-xs font-medium text-ink-3"),
                rx.cond(
                    Schedules.runs.length() == 0,  # type: ignore[attr-defined]
                    rx.el.p("It has not run yet.", class_name="mt-1 text-ink-2"),
                    rx.el.ul(rx.foreach(Schedules.runs, _run), class_name="mt-1 divide-y divide-line"),
                ),
            ),
            class_name="grid gap-5",
        ),
        title=chosen.title,
        line=chosen.line,
        is_open=Schedules.showing & ~Schedules.editing,
        on_close=Schedules.shut,
        closed_href=PATH,
    )


def _actions() -> rx.Component:
    chosen = Schedules.chosen
    asked = chosen.paused & (Schedules.pin_for == "resume")
    return rx.cond(
        chosen.ended,
        rx.el.div(
            button("Set up again", kind="plain", on_click=Schedules.change),
            button("Delete", kind="danger", on_click=Schedules.delete),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.div(
            rx.cond(
                asked,
                pin_form("Resume", problem=Schedules.problem, kind="primary", on_submit=Schedules.resume_with),
                rx.fragment(),
            ),
            rx.el.div(
                rx.cond(
                    chosen.paused,
                    rx.cond(asked, rx.fragment(), button("Resume", on_click=Schedules.resume)),
                    button("Pause", kind="plain", on_click=Schedules.pause),
                ),
                button("Skip the next", kind="plain", on_click=Schedules.skip),
                button("Change", kind="plain", on_click=Schedules.change),
                button("End", kind="danger", on_click=Schedules.ask_end),
                class_name="flex flex-wrap gap-2",
            ),
            class_name="grid gap-4",
        ),
    )


def _end() -> rx.Component:
    return rx.el.div(
        rx.el.p("End it? Nothing more is paid; what was paid stays.", class_name="mr-auto self-center"),
        button("Keep it", kind="plain", on_click=Schedules.open(Schedules.chosen.uuid)),
        button("End it", kind="danger", on_click=Schedules.end),
        class_name="flex flex-wrap gap-2 rounded-lg bg-sunken p-3",
    )


def _run(run: ObjectVar[RunRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(run.day, class_name="num shrink-0"),
        rx.el.span(run.reason, class_name="min-w-0 text-xs text-ink-3"),
        rx.el.span(
            toned(run.word, run.tone),
            class_name="ml-auto shrink-0",
        ),
        class_name="flex items-center gap-3 py-2",
    )
