"""Settings: profile, look, devices, what was imported and backed up last."""

from typing import Any, Literal

import reflex as rx
from reflex_base.style import color_mode, set_color_mode

from fintwin.identity.profile import GOALS, RISK_APPETITES
from fintwin.ui.components import (
    badge,
    button,
    card,
    form,
    form_problem,
    icon,
    link_button,
    list_card,
    round_icon,
    rows_skeleton,
    select_field,
    sent_form,
    skeleton,
    text_field,
    text_link,
)
from fintwin.ui.components.vars import some
from fintwin.ui.pages.settings.people import sign_ups
from fintwin.ui.pages.settings.state import Settings
from fintwin.ui.shell import SIGN_OUT, Shell, page

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIELDS = (
    *("name", "phone", "country", "currency", "monthly_income", "goal", "risk_appetite", "dependants", "birth_year"),
    *("zone", "locale", "week_start", "month_start"),
)


@page("/settings", title="Settings", load=Settings.load)
def settings() -> rx.Component:
    """Two columns on the desktop: who you are, and where you are signed in."""
    return rx.el.div(
        rx.el.div(
            rx.cond(Settings.loaded, _profile(), skeleton("h-[80rem] w-full rounded-card sm:h-[50rem]")),
            class_name="min-w-0",
        ),
        rx.el.div(
            _appearance(),
            rx.cond(Settings.loaded, _devices(), rows_skeleton(2)),
            sign_ups(),
            _by_staff(),
            _meaning(),
            _rates(),
            _kept_safe(),
            class_name="grid min-w-0 content-start gap-5",
        ),
        class_name="grid gap-5 lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)]",
    )


def _shown(name: str) -> dict[str, Any]:
    return {
        "default_value": getattr(Settings.fields, name),
        "key": f"{name}-{Settings.version}",
        "problem": Settings.problem,
    }


_UNANSWERED = ("", "Not answered yet")
"""Else the first answer would stand there, and be kept with the next change, though nobody gave it."""


def _profile() -> rx.Component:
    return card(
        form(
            rx.el.div(
                text_field("Name", "name", required=True, max_length=80, auto_complete="name", **_shown("name")),
                text_field("Phone", "phone", type="tel", hint="With its country code", **_shown("phone")),
                select_field("Country", "country", Settings.countries, **_shown("country")),
                select_field("Currency", "currency", Settings.currencies, **_shown("currency")),
                text_field(
                    "Income a month",
                    "monthly_income",
                    hint="After tax",
                    input_mode="decimal",
                    **_shown("monthly_income"),
                ),
                select_field("What matters most", "goal", [_UNANSWERED, *GOALS.items()], **_shown("goal")),
                select_field(
                    "If savings fell by a fifth",
                    "risk_appetite",
                    [_UNANSWERED, *RISK_APPETITES.items()],
                    **_shown("risk_appetite"),
                ),
                text_field("People who depend on you", "dependants", input_mode="numeric", **_shown("dependants")),
                text_field("Year of birth", "birth_year", input_mode="numeric", **_shown("birth_year")),
                select_field("Time zone", "zone", Settings.zones, **_shown("zone")),
                select_field("Dates and numbers as in", "locale", Settings.locales, **_shown("locale")),
                select_field(
                    "Week starts on",
                    "week_start",
                    [(str(day), name) for day, name in enumerate(_DAYS, 1)],
                    **_shown("week_start"),
                ),
                select_field(
                    "Month starts on day",
                    "month_start",
                    [(str(day), str(day)) for day in range(1, 29)],
                    **_shown("month_start"),
                ),
                class_name="grid gap-5 sm:grid-cols-2",
            ),
            form_problem(Settings.problem, *_FIELDS),
            rx.el.div(button("Save profile", type="submit"), class_name="flex justify-end border-t border-line pt-5"),
            on_submit=Settings.save,
            class_name="grid gap-5",
        ),
        title="Profile",
    )


def _appearance() -> rx.Component:
    def choice(value: Literal["light", "dark", "system"], text: str) -> rx.Component:
        return rx.el.button(
            text,
            type="button",
            aria_pressed=color_mode == value,
            on_click=set_color_mode(value),
            class_name=rx.cond(
                color_mode == value,
                "h-11 grow rounded-md bg-surface px-3 text-ink shadow-card lg:h-9",
                "h-11 grow rounded-md px-3 text-ink-2 lg:h-9",
            ),
        )

    return card(
        rx.el.div(
            choice("light", "Light"),
            choice("dark", "Dark"),
            choice("system", "System"),
            role="group",
            aria_label="Colours",
            class_name="flex rounded-lg bg-sunken p-1 font-medium",
        ),
        title="Colours",
    )


def _devices() -> rx.Component:
    return list_card(
        rx.foreach(
            Settings.sessions,
            lambda one: rx.el.li(
                round_icon("device"),
                rx.el.span(
                    rx.el.span(one.agent, class_name="block truncate font-medium"),
                    rx.el.span(one.line, class_name="block truncate text-xs text-ink-3"),
                    class_name="min-w-0",
                ),
                rx.el.span(
                    rx.cond(
                        one.current,
                        badge("Here", tone="brand"),
                        button("Sign out", kind="quiet", class_name="text-bad!", on_click=Settings.end(one.id)),
                    ),
                    class_name="ml-auto shrink-0",
                ),
                class_name="flex items-center gap-3 px-5 py-3",
            ),
        ),
        rx.el.li(
            rx.cond(
                Settings.others,
                button("Sign out everywhere else", kind="plain", on_click=Settings.end_others),
            ),
            sent_form(
                button(icon("leave", size="size-4"), "Sign out", kind="plain", type="submit"),
                action=SIGN_OUT,
            ),
            class_name="flex flex-wrap gap-3 px-5 py-4",
        ),
        title="Where you are signed in",
    )


def _by_staff() -> rx.Component:
    return rx.fragment(
        rx.cond(
            Shell.staff,
            card(
                rx.el.p("People, the general ledger and the audit.", class_name="text-ink-2"),
                link_button("Open the console", href="/staff", class_name="mt-4"),
                title="Staff",
                class_name="lg:hidden",
            ),
            rx.fragment(),
        ),
        rx.cond(
            some(Settings.done),
            list_card(
                rx.foreach(
                    Settings.done,
                    lambda one: rx.el.li(
                        rx.el.span(one.title, class_name="block font-medium"),
                        rx.el.span(one.line, class_name="block text-xs text-ink-3"),
                        class_name="px-5 py-3",
                    ),
                ),
                title="What staff did",
            ),
            rx.fragment(),
        ),
    )


def _meaning() -> rx.Component:
    return card(
        rx.el.p("The tree of your categories, and rules such as “payee contains Rewe”.", class_name="text-ink-2"),
        link_button("Categories and rules", href="/categories", class_name="mt-4"),
        title="Categories",
    )


def _rates() -> rx.Component:
    return card(
        rx.el.p("What money in another currency is worth in yours, by hand or from a file.", class_name="text-ink-2"),
        link_button("Exchange rates", href="/rates", class_name="mt-4"),
        title="Currencies",
    )


def _kept_safe() -> rx.Component:
    return card(
        rx.el.p(
            rx.el.span("Last import", class_name="shrink-0 text-ink-2"),
            rx.el.span(
                rx.cond(Settings.imported != "", Settings.imported, "None yet"),
                class_name="num min-w-0 truncate font-medium",
            ),
            class_name="mb-2 flex justify-between gap-3",
        ),
        rx.el.p(
            rx.el.span("Last backup", class_name="text-ink-2"),
            rx.el.span(rx.cond(Settings.backup != "", Settings.backup, "None yet"), class_name="num font-medium"),
            class_name="flex justify-between gap-3",
        ),
        rx.cond(
            Settings.loaded & (Settings.backup == ""),
            rx.el.p(
                "Whoever runs this FinTwin makes one with ",
                rx.el.code("fintwin backup FILE", class_name="rounded bg-sunken px-1 py-0.5 text-xs whitespace-nowrap"),
                ".",
                class_name="mt-2 text-xs text-ink-3",
            ),
        ),
        title="Kept safe",
        action=text_link("Are the books whole?", href="/books", class_name="-my-2.5 inline-flex min-h-11 items-center"),
    )
