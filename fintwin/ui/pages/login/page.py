"""Sign in: with a provider, as a local profile, or into the demo household."""

from typing import Any

import reflex as rx

from fintwin.ui.components import button, icon, initials, mark, note, sent_form, skeleton, unsent
from fintwin.ui.components.picture import twin_picture
from fintwin.ui.components.vars import some
from fintwin.ui.pages.login.state import Login, ProfileRow, ProviderRow
from fintwin.ui.shell import page

_WIDE = "flex w-full items-center rounded-lg border border-line bg-surface font-medium shadow-card hover:bg-sunken"


@page("/login", title="Sign in", anonymous=True, load=Login.load)
def login() -> rx.Component:
    """Left what FinTwin is, right the door."""
    return rx.el.main(
        _promise(),
        rx.el.section(
            rx.el.div(
                rx.el.span(
                    mark(),
                    "FinTwin",
                    class_name="mb-10 flex items-center gap-2.5 text-base font-semibold tracking-tight lg:hidden",
                ),
                rx.el.h1("Sign in", class_name="text-2xl font-semibold tracking-tight"),
                rx.cond(
                    Login.local,
                    rx.el.p(
                        rx.cond(
                            Login.loaded & ~some(Login.profiles),
                            "Make a profile: your name is enough. It has books of its own.",
                            "Pick your profile, or add one. Each has books of its own.",
                        ),
                        class_name="mt-1.5 text-ink-2",
                    ),
                    rx.el.p(
                        "Use the account you already have. No password is kept here.", class_name="mt-1.5 text-ink-2"
                    ),
                ),
                rx.cond(
                    Login.refused != "",
                    note(Login.refused, tone="bad", symbol="warning", class_name="mt-5"),
                ),
                rx.cond(
                    Login.linked,
                    note("The next sign-in uses your one-time link.", tone="brand", symbol="lock", class_name="mt-5"),
                ),
                rx.cond(Login.loaded, _doors(), _waiting()),
                class_name="w-full max-w-sm",
            ),
            class_name="order-1 grid content-start justify-items-center px-5 pb-10 pt-16 lg:order-2 lg:pt-[24dvh]",
        ),
        class_name="grid min-h-dvh lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]",
    )


def _promise() -> rx.Component:
    return rx.el.section(
        rx.el.a(
            mark(), "FinTwin", href="/", class_name="flex items-center gap-2.5 text-base font-semibold tracking-tight"
        ),
        rx.el.div(
            twin_picture(),
            rx.el.p(
                "Try it on your twin first.",
                class_name="mt-8 text-2xl font-semibold leading-snug tracking-tight text-balance",
            ),
            rx.el.p(
                "Your money in real books, and a copy of them that you can ask: what if I lose the job, take the loan, move house?",
                class_name="mt-2 max-w-md text-ink-2",
            ),
            class_name="mx-auto w-full max-w-xl",
        ),
        rx.el.p("Your data stays on this server.", class_name="text-xs text-ink-3"),
        class_name="order-2 hidden flex-col justify-between border-r border-line bg-surface p-12 lg:order-1 lg:flex",
    )


def _doors() -> rx.Component:
    return rx.fragment(
        rx.cond(Login.providers, rx.el.div(rx.foreach(Login.providers, _provider), class_name="mt-7 grid gap-3")),
        rx.cond(Login.local, _local()),
        rx.el.label(
            rx.el.input(
                type="checkbox", default_checked=True, custom_attrs={"data-keep": ""}, class_name="size-4 accent-brand"
            ),
            "Keep me signed in on this device",
            class_name="mt-4 flex min-h-11 items-center gap-2.5 text-ink-2",
        ),
        rx.cond(
            Login.demo,
            rx.fragment(
                rx.el.div(
                    rx.el.i(class_name="h-px grow bg-line"),
                    "or",
                    rx.el.i(class_name="h-px grow bg-line"),
                    class_name="my-5 flex items-center gap-3 text-xs text-ink-3",
                ),
                demo_button(),
            ),
        ),
        rx.cond(
            Login.closed,
            rx.el.p(
                "This server is closed to new people. Ask its owner to add your address.",
                class_name="mt-8 text-xs text-ink-3",
            ),
        ),
    )


def _provider(one: rx.vars.ObjectVar[ProviderRow]) -> rx.Component:
    return sent_form(
        *_from_browser(then=Login.then),
        rx.el.button(
            rx.cond(one.key == "google", _google(), icon("lock")),
            rx.el.span("Continue with ", one.name),
            type="submit",
            class_name=f"{_WIDE} h-12 justify-center gap-3",
        ),
        action=f"/auth/{one.key}",
        method="get",
        custom_attrs={"data-go": ""},
    )


def _local() -> rx.Component:
    return rx.fragment(
        rx.cond(
            Login.profiles,
            rx.el.ul(
                rx.foreach(Login.profiles, _profile),
                aria_label="Profiles on this machine",
                class_name="mt-7 grid gap-2.5",
            ),
        ),
        sent_form(
            *_from_browser(then=Login.then),
            rx.el.label(
                rx.cond(Login.profiles, "Add a profile", "What shall we call you?"),
                html_for="new-profile",
                class_name="font-medium",
            ),
            rx.el.div(
                rx.el.input(
                    id="new-profile",
                    name="name",
                    required=True,
                    max_length=80,
                    placeholder="Your name",
                    auto_complete="name",
                    class_name="h-12 min-w-0 grow rounded-lg border border-line bg-surface px-3 placeholder:text-ink-3 lg:h-11",
                ),
                button("Start", type="submit", class_name="h-12! lg:h-11!"),
                class_name="flex gap-2.5",
            ),
            unsent("name", "Say what you would like to be called."),
            action="/auth/local",
            class_name="mt-6 grid gap-2",
        ),
    )


def _profile(one: rx.vars.ObjectVar[ProfileRow]) -> rx.Component:
    return rx.el.li(
        sent_form(
            *_from_browser(then=Login.then),
            rx.el.input(type="hidden", name="profile", default_value=one.subject),
            rx.el.button(
                initials(one.letters, tone="brand"),
                rx.el.span(one.name, class_name="min-w-0 truncate"),
                rx.el.span(icon("right", size="size-4"), class_name="ml-auto text-ink-3"),
                type="submit",
                class_name=f"{_WIDE} min-h-14 gap-3 px-4 text-left",
            ),
            action="/auth/local",
        )
    )


def demo_button() -> rx.Component:
    """Opens a demo household of one's own."""
    return sent_form(
        *_from_browser(),
        rx.el.button(
            rx.el.span(
                icon("home", size="size-4"),
                class_name="grid size-9 shrink-0 place-items-center rounded-full bg-twin-soft text-twin",
            ),
            rx.el.span(
                rx.el.span("Look around the demo household", class_name="block font-medium"),
                rx.el.span("Two years of one family, in books of its own", class_name="block text-xs text-ink-3"),
            ),
            type="submit",
            class_name="flex min-h-14 w-full items-center gap-3 rounded-lg border border-dashed border-line-strong px-4 py-2 text-left hover:bg-sunken",
        ),
        action="/auth/demo",
    )


def _from_browser(then: Any = None) -> tuple[rx.Component, ...]:
    """Hidden fields that assets/shell.js fills when the form is sent."""
    fields = [
        rx.el.input(type="hidden", name=name, custom_attrs={"data-browser": name})
        for name in ("zone", "locale", "keep")
    ]
    if then is not None:
        fields.append(rx.el.input(type="hidden", name="next", default_value=then, key=then))
    return tuple(fields)


def _waiting() -> rx.Component:
    return rx.el.div(
        skeleton("h-12 w-full rounded-lg"),
        skeleton("h-5 w-52"),
        skeleton("h-14 w-full rounded-lg"),
        class_name="mt-7 grid gap-5",
    )


def _google() -> rx.Component:
    return rx.el.svg(
        rx.el.path(
            class_name="fill-[#4285F4]",
            d="M19 10.2c0-.6-.1-1.2-.2-1.8H10v3.5h5a4.3 4.3 0 0 1-1.9 2.8v2.3h3c1.8-1.6 2.9-4 2.9-6.8z",
        ),
        rx.el.path(
            class_name="fill-[#34A853]",
            d="M10 19.3c2.5 0 4.6-.8 6.1-2.3l-3-2.3c-.8.6-1.9.9-3.1.9-2.4 0-4.4-1.6-5.2-3.8H1.7v2.4a9.3 9.3 0 0 0 8.3 5.1z",
        ),
        rx.el.path(class_name="fill-[#FBBC05]", d="M4.8 11.8a5.6 5.6 0 0 1 0-3.6V5.8H1.7a9.3 9.3 0 0 0 0 8.4z"),
        rx.el.path(
            class_name="fill-[#EA4335]",
            d="M10 4.4c1.4 0 2.6.5 3.6 1.4l2.6-2.6A9.3 9.3 0 0 0 1.7 5.8l3.1 2.4C5.6 6 7.6 4.4 10 4.4z",
        ),
        view_box="0 0 20 20",
        class_name="size-5",
        custom_attrs={"aria-hidden": "true"},
    )
