"""The public home: what FinTwin is, and the way in."""

import reflex as rx

from fintwin.ui.components import link_button, mark, round_icon
from fintwin.ui.components.picture import twin_picture
from fintwin.ui.shell import Shell, page, theme_button

_POINTS = (
    (
        "shield",
        "brand",
        "Books, not a budget app",
        "Every movement goes from one account to another, so the sums cannot drift. Balances are proved, corrections are reversals.",
    ),
    (
        "spark",
        "twin",
        "A twin to ask what if",
        "It forks your books and runs ten thousand futures from your own income and spending. Your books stay as they are.",
    ),
    (
        "upload",
        "brand",
        "Starts with your bank's file",
        "Drop a CSV, OFX, QIF, CAMT or MT940 file. Format, dates and signs are recognised, duplicates are left out, one step takes it all back.",
    ),
    (
        "lock",
        "brand",
        "Yours alone",
        "It runs on your own server, calls nobody, and the database itself keeps people apart.",
    ),
)


@page("/", title="FinTwin", anonymous=True)
def landing() -> rx.Component:
    """One sentence, one picture, one button."""
    return rx.el.div(
        rx.el.header(
            rx.el.span(
                mark(), "FinTwin", class_name="flex items-center gap-2.5 text-base font-semibold tracking-tight"
            ),
            rx.el.div(theme_button(), _way_in(), class_name="ml-auto flex items-center gap-2"),
            class_name="mx-auto flex h-16 w-full max-w-[76rem] items-center px-4 lg:px-8",
        ),
        rx.el.main(
            rx.el.section(
                rx.el.div(
                    rx.el.h1(
                        "Try it on your twin first.",
                        class_name="text-4xl font-semibold tracking-tight text-balance lg:text-5xl",
                    ),
                    rx.el.p(
                        "FinTwin keeps your money in real books, and makes a copy of them that you can ask: "
                        "what if I lose the job, take the loan, move house?",
                        class_name="mt-4 max-w-lg text-base text-ink-2",
                    ),
                    rx.el.div(_start(), class_name="mt-7 flex flex-wrap gap-3"),
                ),
                twin_picture(class_name="w-full"),
                class_name="grid items-center gap-10 py-10 lg:grid-cols-2 lg:py-20",
            ),
            rx.el.section(
                *(_point(*point) for point in _POINTS),
                aria_label="What it does",
                class_name="grid gap-px overflow-hidden rounded-card border border-line bg-line shadow-card sm:grid-cols-2 lg:grid-cols-4",
            ),
            class_name="mx-auto w-full max-w-[76rem] grow px-4 lg:px-8",
        ),
        rx.el.footer(
            "Your data stays on this server.",
            class_name="mx-auto w-full max-w-[76rem] px-4 py-8 text-xs text-ink-3 lg:px-8",
        ),
        class_name="flex min-h-dvh flex-col",
    )


def _way_in() -> rx.Component:
    return rx.cond(Shell.ready, link_button("Dashboard", href="/dashboard"), link_button("Sign in", href="/login"))


def _start() -> rx.Component:
    return rx.cond(
        Shell.ready,
        link_button("Go to your dashboard", href="/dashboard", kind="primary"),
        link_button("Get started", href="/login", kind="primary"),
    )


def _point(symbol: str, tone: str, title: str, text: str) -> rx.Component:
    return rx.el.div(
        round_icon(symbol, tone=tone),
        rx.el.h2(title, class_name="mt-3 font-semibold"),
        rx.el.p(text, class_name="mt-1 text-ink-2"),
        class_name="bg-surface p-5",
    )
