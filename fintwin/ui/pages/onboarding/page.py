"""Two steps, then three equal doors."""

from typing import Any

import reflex as rx

from fintwin.identity.profile import GOALS, RISK_APPETITES
from fintwin.ui.components import (
    button,
    card,
    choice_cards,
    form,
    form_problem,
    icon,
    link,
    mark,
    segmented,
    select_field,
    sent_form,
    skeleton,
    text_field,
)
from fintwin.ui.pages.onboarding.state import Onboarding
from fintwin.ui.shell import page

_GOAL_LINES = {
    "savings": "A cushion, and then some",
    "investment": "Make it grow",
    "debt_payoff": "Be free of it",
    "wealth_building": "The long game",
}
_FIELDS = ("name", "phone", "monthly_income", "currency", "goal", "risk_appetite")
_DOOR = (
    "flex items-center gap-3 rounded-card border border-line bg-surface p-4 text-left shadow-card hover:bg-sunken"
    " sm:flex-col sm:items-start sm:p-5"
)


@page("/onboarding", title="Welcome", load=Onboarding.load, bare=True, before_onboarding=True)
def onboarding() -> rx.Component:
    """One card at a time."""
    return rx.el.main(
        rx.match(
            Onboarding.step,
            (1, _person()),
            (2, _account()),
            (3, _doors()),
            _waiting(),
        ),
        class_name="mx-auto max-w-2xl px-4 py-8 lg:py-14",
    )


def _head(step: int, title: str, line: str) -> rx.Component:
    words, width = (f"Step {step} of 2", {1: "w-1/2", 2: "w-full"}[step]) if step < 3 else ("Ready", "w-full")
    return rx.fragment(
        rx.el.div(
            mark(),
            rx.el.span(words, class_name="text-xs font-medium text-ink-3"),
            rx.el.div(
                rx.el.div(class_name=f"h-1.5 rounded-full bg-brand {width}"),
                class_name="ml-auto h-1.5 w-40 rounded-full bg-sunken",
                aria_hidden=True,
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.div(
            rx.el.h1(title, class_name="text-2xl font-semibold tracking-tight"),
            rx.el.p(line, class_name="mt-1 text-ink-2"),
        ),
    )


def _kept(name: str) -> dict[str, Any]:
    """A field that is saved when it is left."""
    return {
        "default_value": getattr(Onboarding, name),
        "key": f"{name}-{getattr(Onboarding, name)}",
        "on_blur": lambda value: Onboarding.keep(name, value),
        "problem": Onboarding.problem,
    }


def _person() -> rx.Component:
    return rx.el.div(
        _head(1, "About you", "Enough to draw your first picture. You can change all of it later."),
        card(
            form(
                rx.el.div(
                    text_field("Name", "name", required=True, max_length=80, auto_complete="name", **_kept("name")),
                    text_field(
                        "Phone",
                        "phone",
                        hint="If you like, with its country code",
                        type="tel",
                        auto_complete="tel",
                        **_kept("phone"),
                    ),
                    text_field(
                        "Income a month",
                        "monthly_income",
                        hint=rx.fragment("After tax, in ", Onboarding.currency),
                        input_mode="decimal",
                        **_kept("monthly_income"),
                    ),
                    select_field(
                        "Currency",
                        "currency",
                        Onboarding.currencies,
                        hint="Found from your browser",
                        default_value=Onboarding.currency,
                        key="currency-" + Onboarding.currency,
                        on_change=lambda value: Onboarding.keep("currency", value),
                        problem=Onboarding.problem,
                    ),
                    class_name="grid gap-5 sm:grid-cols-2",
                ),
                choice_cards(
                    "What matters most?",
                    "goal",
                    [(code, title, _GOAL_LINES[code]) for code, title in GOALS.items()],
                    chosen=Onboarding.goal,
                    problem=Onboarding.problem,
                    on_change=lambda value: Onboarding.keep("goal", value),
                ),
                segmented(
                    "If your savings fell by a fifth in a month, you would…",
                    "risk_appetite",
                    list(RISK_APPETITES.items()),
                    chosen=Onboarding.risk_appetite,
                    problem=Onboarding.problem,
                    on_change=lambda value: Onboarding.keep("risk_appetite", value),
                ),
                form_problem(Onboarding.problem, *_FIELDS),
                _foot(button("Continue", type="submit")),
                on_submit=Onboarding.finish_person,
                class_name="grid gap-5 lg:p-2",
            )
        ),
        class_name="grid gap-6",
    )


def _account() -> rx.Component:
    return rx.el.div(
        _head(2, "Your first account", "Where does your everyday money lie? More accounts can follow."),
        card(
            form(
                choice_cards(
                    "Where is it?",
                    "custody",
                    [
                        ("tracked", "At a bank", "FinTwin mirrors it, by files or by hand"),
                        ("held", "Kept here", "Money between people on this server"),
                    ],
                    chosen="tracked",
                ),
                rx.el.div(
                    text_field("Name", "name", problem=Onboarding.problem, default_value="Everyday", max_length=80),
                    text_field(
                        "Balance today",
                        "balance",
                        problem=Onboarding.problem,
                        hint=rx.fragment("In ", Onboarding.currency, ". Leave it empty if you do not know it"),
                        input_mode="decimal",
                    ),
                    class_name="grid gap-5 sm:grid-cols-2",
                ),
                form_problem(Onboarding.problem, "name", "balance"),
                _foot(
                    button("Back", kind="quiet", on_click=Onboarding.back),
                    button("Skip", kind="plain", on_click=Onboarding.skip),
                    button("Open account", type="submit"),
                ),
                on_submit=Onboarding.open_first,
                class_name="grid gap-5 lg:p-2",
            )
        ),
        class_name="grid gap-6",
    )


def _doors() -> rx.Component:
    return rx.el.div(
        _head(3, "Where would you like to begin?", "All three stay open; the dashboard is always one step away."),
        rx.el.div(
            sent_form(
                *(
                    rx.el.input(type="hidden", name=name, custom_attrs={"data-browser": name})
                    for name in ("zone", "locale")
                ),
                rx.el.button(
                    _door_inside(
                        "home", "Look around the demo", "Two years of one family, beside your own books", "twin"
                    ),
                    type="submit",
                    class_name=f"{_DOOR} size-full",
                ),
                action="/auth/demo",
            ),
            link(
                _door_inside("upload", "Import a bank file", "CSV, OFX, CAMT, MT940 …, recognised by itself", "brand"),
                href="/import",
                class_name=_DOOR,
            ),
            link(
                _door_inside("wallet", "Add an account", "Write down what you have, by hand", "brand"),
                href="/accounts?new=1",
                class_name=_DOOR,
            ),
            class_name="grid gap-3 sm:grid-cols-3",
        ),
        rx.el.p(link("Go to the dashboard", href="/dashboard", class_name="font-medium text-brand hover:underline")),
        class_name="grid gap-6",
    )


def _door_inside(symbol: str, title: str, line: str, tone: str) -> rx.Component:
    tones = {"twin": "bg-twin-soft text-twin", "brand": "bg-brand-soft text-brand"}
    return rx.fragment(
        rx.el.span(icon(symbol), class_name=f"grid size-10 shrink-0 place-items-center rounded-full {tones[tone]}"),
        rx.el.span(
            rx.el.span(title, class_name="block font-medium"),
            rx.el.span(line, class_name="mt-0.5 block text-xs text-ink-3"),
        ),
    )


def _foot(*buttons: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.span("Saved as you go", class_name="mr-auto text-xs text-ink-3"),
        *buttons,
        class_name="flex flex-wrap items-center justify-end gap-3 border-t border-line pt-5",
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Welcome", class_name="sr-only"),
        skeleton("h-7 w-56"),
        skeleton("h-4 w-full max-w-72"),
        skeleton("h-96 w-full rounded-card"),
        class_name="grid gap-6",
    )
