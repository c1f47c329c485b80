"""How the twin looks: the sentence, the events, the numbers, the futures, and why."""

from typing import Any, NamedTuple

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.twin.scenario import KINDS
from fintwin.ui.components.charts import chart_skeleton, fan_chart
from fintwin.ui.components.forms import (
    button,
    checkbox,
    form,
    form_problem,
    icon_button,
    link_button,
    select_field,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, empty, skeleton, strip, strip_skeleton
from fintwin.ui.components.vars import some
from fintwin.ui.pages.twin import words
from fintwin.ui.pages.twin.course import Pin
from fintwin.ui.pages.twin.drawers import SMALL, assumptions, runs, saving
from fintwin.ui.pages.twin.state import Twin
from fintwin.ui.pages.twin.words import Card, Figure, ReasonRow

_DETAILS = ("start", "until", "growth", "each_month", "cover")
_BESIDE = ("size", "name", "limit", "seed", "paths", *_DETAILS)
"""Fields whose problem stands beside them."""
_CADENCES = [(cadence.value, text) for cadence, text in words.CADENCES.items()]
_HORIZONS = [(str(months), text) for months, text in words.HORIZONS.items()]


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        rx.cond(Twin.loaded & Twin.bare, _nothing(), _whole()),
        saving(),
        runs(),
        assumptions(),
    )


def runs_button() -> rx.Component:
    """The kept runs, in the header."""
    return button(
        icon("clock", size="size-4"),
        rx.el.span("Kept runs", class_name="max-sm:sr-only"),  # beside it the page's name has no room on a phone
        kind="plain",
        on_click=Twin.ask("runs"),
        class_name="max-sm:px-3.5! lg:h-9!",
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        empty(
            "The twin is a copy of your books. Add an account, and it can look ahead.",
            action=rx.el.div(
                link_button("Add an account", href="/accounts?new=1", kind="twin"),
                link_button("Import a file", href="/import"),
                class_name="flex flex-wrap justify-center gap-2",
            ),
            picture="future",
        ),
        class_name=CARD,
    )


def _whole() -> rx.Component:
    return rx.el.div(
        _headline(),
        form_problem(Twin.problem, *_BESIDE),
        rx.el.div(
            _events(),
            rx.el.div(_figures(), _futures(), _why(), class_name="grid min-w-0 content-start gap-5"),
            class_name="grid gap-5 lg:grid-cols-[20rem_minmax(0,1fr)]",
        ),
        class_name="grid gap-5",
    )


def _headline() -> rx.Component:
    sentence = Twin.sentence
    return rx.el.section(
        rx.cond(
            sentence.words != "",
            rx.el.p(
                rx.el.span(sentence.words, class_name=rx.cond(sentence.private, "amount", "")),
                " ",
                _violet(sentence.chance),
                rx.cond(sentence.before != "", f" {sentence.before}", ""),
                rx.cond(sentence.amount != "", " ", ""),
                _violet(sentence.amount),
                rx.cond(sentence.after != "", f" {sentence.after}", ""),
                aria_live="polite",
                aria_busy=Twin.thinking,
                class_name="max-w-3xl text-pretty text-lg font-medium leading-snug tracking-tight",
            ),
            rx.el.div(
                skeleton("h-5 w-full"),
                skeleton("h-5 w-3/4"),
                class_name="grid min-h-[4.65rem] content-start gap-2 sm:min-h-[3.1rem]",
            ),
        ),
        rx.el.div(
            rx.cond(
                Twin.use != "",
                button(
                    rx.el.span("Use ", rx.el.span(Twin.use, class_name="num amount")),
                    kind="twin",
                    on_click=Twin.use_safe,
                    class_name=SMALL,
                ),
            ),
            rx.cond(
                Twin.kept != "",
                button("Repeat", kind="plain", on_click=Twin.repeat, class_name=SMALL),
                button("Save", kind="plain", on_click=Twin.ask("save"), class_name=SMALL),
            ),
            button("Assumptions", kind="plain", on_click=Twin.ask("assumptions"), class_name=SMALL),
            rx.el.p(
                rx.cond(Twin.thinking, "Looking ahead… · ", ""),
                rx.cond(Twin.kept != "", f"{Twin.kept}, kept · ", ""),
                "Twin of ",
                rx.cond(Twin.taken != "", Twin.taken, "30 Nov 00:00"),  # as long, so that nothing moves when it comes
                rx.cond(Twin.since != "", f" · {Twin.since}", ""),
                " · ",
                rx.el.button(
                    rx.cond(Twin.kept != "", "Back to now", "Refresh"),
                    type="button",
                    on_click=Twin.refresh,
                    class_name="min-h-11 font-medium text-twin hover:underline lg:min-h-6",
                ),
                class_name="ml-auto self-center text-xs text-ink-3",
            ),
            class_name=rx.cond(
                Twin.taken != "",
                "mt-4 flex flex-wrap items-center gap-2",
                "mt-4 flex flex-wrap items-center gap-2 invisible",
            ),
        ),
        aria_label="What it means",
        class_name="rounded-card border border-twin/30 bg-twin-soft p-5",
    )


def _violet(text: Any) -> rx.Component:
    return rx.el.span(text, class_name="num amount whitespace-nowrap text-twin max-sm:whitespace-normal")


def _events() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What if", class_name="border-b border-line px-4 py-3.5 font-semibold"),
        rx.el.ul(rx.foreach(Twin.cards, _card), class_name="divide-y divide-line"),
        rx.el.div(
            rx.el.p(
                rx.cond(some(Twin.cards), "And what if", "Lay something on your books; they stay as they are."),
                class_name="mb-2 text-xs font-medium text-ink-3",
            ),
            rx.el.div(
                *(
                    rx.el.button(
                        icon("plus", size="size-3.5"),
                        event.title,
                        type="button",
                        on_click=Twin.add(kind),
                        class_name=(
                            "inline-flex h-11 items-center gap-1 rounded-full border border-line pl-2.5 pr-3.5 text-xs font-medium"
                            " hover:border-twin hover:text-twin lg:h-8"
                        ),
                    )
                    for kind, event in KINDS.items()
                ),
                class_name="flex flex-wrap gap-2",
            ),
            class_name=rx.cond(some(Twin.cards), "border-t border-line p-4", "p-4"),
        ),
        aria_label="Events",
        class_name=f"{CARD} self-start",
    )


def _card(card: ObjectVar[Card]) -> rx.Component:
    refused = (Twin.problem.field == "size") & (Twin.wrong == card.place)
    return rx.el.li(
        rx.el.div(
            rx.el.span(card.title, class_name=rx.cond(card.on, "font-medium", "font-medium text-ink-3")),
            rx.cond(card.on, "", rx.el.span("not counted", class_name="ml-2 text-xs text-ink-3")),
            icon_button(
                "close",
                f"Take away {card.title}",
                on_click=Twin.remove(card.place),
                class_name="ml-auto size-11! lg:size-8! text-ink-3!",
            ),
            _switch(card),
            class_name="flex items-center gap-1",
        ),
        rx.el.div(
            rx.el.input(
                type="range",
                min=0,
                max=words.STEPS,
                step=1,
                default_value=card.slider,
                key=card.refill,
                on_change=lambda position: Twin.slide(card.place, position).debounce(60),
                aria_label=f"{card.title}, size",
                custom_attrs={"aria-valuetext": f"{card.size} {card.unit}"},
                class_name=rx.cond(
                    card.on,
                    "h-11 w-full min-w-0 accent-twin lg:h-6",
                    "h-11 w-full min-w-0 accent-line-strong lg:h-6",
                ),
            ),
            form(
                rx.el.input(type="hidden", name="place", value=card.place, read_only=True),
                text_input(
                    "size",
                    default_value=card.size,
                    key=f"{card.refill}-{card.size}",
                    input_mode="decimal",
                    on_blur=lambda text: Twin.resize({"place": card.place, "size": text}),
                    aria_label=rx.cond(card.unit == "points", f"{card.title}, points", f"{card.title}, amount"),
                    custom_attrs={"aria-invalid": refused, "aria-describedby": rx.cond(refused, "size-problem", "")},
                    class_name=rx.cond(
                        card.size.length() > 11,
                        "amount h-11! w-32! px-2! text-right text-xs! tracking-tight lg:h-9!",
                        "amount h-11! w-32! px-2! text-right lg:h-9!",
                    ),
                ),
                on_submit=Twin.resize,
                class_name="shrink-0",
            ),
            class_name="flex items-center gap-3",
        ),
        rx.cond(
            refused,
            rx.el.p(Twin.problem.sentence, id="size-problem", role="alert", class_name="num text-xs text-bad"),
        ),
        rx.cond(card.note != "", rx.el.p(card.note, class_name="num amount text-xs text-warn")),
        rx.el.details(
            rx.el.summary(
                rx.el.span(
                    card.line,
                    class_name=rx.cond(
                        card.kind == "emergency_fund", "amount min-w-0 text-pretty", "min-w-0 text-pretty"
                    ),
                ),
                rx.el.span("Change", class_name="ml-auto shrink-0 font-medium text-twin"),
                class_name="flex min-h-11 cursor-pointer list-none items-center gap-3 text-xs text-ink-3 lg:min-h-6",
            ),
            _details(card),
        ),
        class_name="grid gap-1.5 p-4",
    )


def _switch(card: ObjectVar[Card]) -> rx.Component:
    return rx.el.button(
        rx.el.span(
            rx.el.span(class_name="size-4 rounded-full bg-surface"),
            class_name=rx.cond(
                card.on,
                "flex h-5 w-9 items-center justify-end rounded-full bg-twin px-0.5",
                "flex h-5 w-9 items-center justify-start rounded-full bg-line-strong px-0.5",
            ),
        ),
        type="button",
        role="switch",
        custom_attrs={"aria-checked": rx.cond(card.on, "true", "false")},
        aria_label=f"{card.title} counts",
        on_click=Twin.switch(card.place),
        class_name="grid h-11 w-11 place-items-center lg:h-8",
    )


class _Beside(NamedTuple):
    """The problem as the fields of one card see it: that of another card is none of theirs."""

    field: Any
    sentence: Any
    others: Any


def _details(card: ObjectVar[Card]) -> rx.Component:
    """The form behind "Change"; only the fields of the card's kind."""
    here = Twin.wrong == card.place
    problem = _Beside(
        rx.cond(here, Twin.problem.field, ""),
        Twin.problem.sentence,
        rx.cond(here, Twin.problem.others, {}).to(dict[str, str]),
    )
    return form(
        rx.el.input(type="hidden", name="place", value=card.place, read_only=True),
        text_field("From", "start", type="date", default_value=card.start, problem=problem),
        rx.match(
            card.kind,
            (
                "rate_change",
                rx.el.div(
                    checkbox("Savings", name="savings", default_checked=card.savings),
                    checkbox("Cards", name="credit", default_checked=card.credit),
                    checkbox("Loans", name="loans", default_checked=card.loans),
                ),
            ),
            (
                "recurring_expense",
                rx.el.div(
                    select_field("How often", "every", _CADENCES, default_value=card.every),
                    text_field(
                        "Until (empty: for good)", "until", type="date", default_value=card.until, problem=problem
                    ),
                    checkbox("It grows with prices", name="indexed", default_checked=card.indexed),
                    class_name="grid gap-3",
                ),
            ),
            (
                "investment_growth",
                rx.el.div(
                    text_field(
                        "Growth, % a year",
                        "growth",
                        default_value=card.growth,
                        input_mode="decimal",
                        problem=problem,
                    ),
                    text_field(
                        "And each month",
                        "each_month",
                        default_value=card.each_month,
                        input_mode="decimal",
                        problem=problem,
                    ),
                    class_name="grid gap-3",
                ),
            ),
            (
                "emergency_fund",
                text_field(
                    "Months of spending",
                    "cover",
                    type="number",
                    min=1,
                    max=36,
                    default_value=card.cover,
                    problem=problem,
                ),
            ),
            rx.fragment(),
        ),
        button("Set", kind="plain", type="submit", class_name=SMALL),
        on_submit=Twin.edit,
        key=card.details,
        class_name="mt-3 grid gap-3",
    )


def _figures() -> rx.Component:
    return rx.cond(
        some(Twin.figures),
        strip(rx.foreach(Twin.figures, _figure), label="In numbers"),
        strip_skeleton(),
    )


def _figure(one: ObjectVar[Figure]) -> rx.Component:
    return rx.el.div(
        rx.el.span(one.label, class_name="text-xs font-medium text-ink-3"),
        rx.el.span(
            one.value,
            class_name=rx.cond(
                one.long,
                "num amount wrap-anywhere text-base leading-7 font-semibold tracking-tight",
                "num amount wrap-anywhere text-xl font-semibold tracking-tight",
            ),
        ),
        rx.el.span(
            one.below,
            class_name=rx.match(
                one.tone,
                ("good", "num amount text-xs text-good"),
                ("bad", "num amount text-xs text-bad"),
                "num amount text-xs text-ink-3",
            ),
        ),
        class_name=rx.cond(
            Twin.thinking,
            "grid min-w-0 content-start gap-1 bg-surface px-5 py-4 text-ink-3",
            "grid min-w-0 content-start gap-1 bg-surface px-5 py-4",
        ),
    )


def _futures() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            _choice(
                "What is drawn",
                (("cash", "Cash"), ("worth", "Net worth")),
                rx.cond(Twin.cash, "cash", "worth"),
                Twin.show_line,
            ),
            _choice(
                "Whose money",
                (("today", "Today’s money"), ("future", "Future money")),
                rx.cond(Twin.real, "today", "future"),
                Twin.show_money,
            ),
            rx.el.span(Twin.futures, class_name="num ml-auto text-xs text-ink-3"),
            class_name="mb-3 flex flex-wrap items-center gap-3",
        ),
        rx.cond(some(Twin.plot.points), fan_chart(Twin.plot, under=_timeline()), chart_skeleton()),
        rx.el.div(
            rx.el.label(
                rx.el.span("Look ahead", class_name="text-xs font-medium text-ink-3"),
                select_input(
                    "months", _HORIZONS, value=Twin.months, on_change=Twin.look_ahead, class_name="w-36! lg:h-9!"
                ),
                class_name="grid gap-1",
            ),
            form(
                rx.el.label(
                    rx.el.span("Cash should not fall under", class_name="text-xs font-medium text-ink-3"),
                    rx.el.span(
                        text_input(
                            "limit",
                            default_value=Twin.limit,
                            key=Twin.limit,
                            input_mode="decimal",
                            problem=Twin.problem,
                            class_name="amount w-28! text-right lg:h-9!",
                        ),
                        button("Set", kind="plain", type="submit", class_name=SMALL),
                        class_name="flex gap-2",
                    ),
                    rx.cond(
                        Twin.problem.field == "limit",
                        rx.el.span(Twin.problem.sentence, role="alert", class_name="text-xs text-bad"),
                    ),
                    class_name="grid gap-1",
                ),
                on_submit=Twin.set_limit,
            ),
            class_name="mt-4 flex flex-wrap items-end gap-4 border-t border-line pt-4",
        ),
        aria_label="The futures",
        class_name=f"{CARD} min-w-0 p-5",
    )


def _choice(label: str, choices: tuple[tuple[str, str], ...], chosen: Any, on_choose: Any) -> rx.Component:
    """Two answers side by side, one of them pressed."""
    base = "h-11 whitespace-nowrap rounded-md px-2.5 lg:h-7"
    return rx.el.div(
        *(
            rx.el.button(
                text,
                type="button",
                custom_attrs={"aria-pressed": rx.cond(chosen == value, "true", "false")},
                on_click=on_choose(value),
                class_name=rx.cond(chosen == value, f"{base} bg-surface shadow-card", f"{base} text-ink-2"),
            )
            for value, text in choices
        ),
        role="group",
        aria_label=label,
        class_name="flex rounded-lg bg-sunken p-0.5 text-xs font-medium",
    )


def _timeline() -> rx.Component:
    return rx.cond(
        some(Twin.pins),
        rx.el.div(
            rx.el.div(class_name="absolute inset-x-0 top-3 border-t border-line"),
            rx.foreach(Twin.pins, _pin),
            aria_hidden=True,
            class_name="relative ml-11 mr-2 h-7 text-2xs",
        ),
    )


def _pin(pin: ObjectVar[Pin]) -> rx.Component:
    base = "absolute top-0 max-w-40 -translate-x-1/2 truncate whitespace-nowrap rounded-full px-2 py-0.5 font-medium"
    return rx.el.span(
        pin.text,
        style={"left": pin.left},
        class_name=rx.cond(
            pin.on, f"{base} bg-twin text-white dark:text-canvas", f"{base} border border-line bg-surface text-ink-3"
        ),
    )


def _why() -> rx.Component:
    return rx.cond(
        Twin.total != "",
        rx.el.section(
            rx.el.h2("Why, on the most likely path", class_name="mb-1 font-semibold"),
            rx.el.p(
                "What each cause adds to net worth when everything goes as it most likely goes, in ",
                rx.cond(Twin.real, "today’s money.", "the money of then."),
                " The number above is of the middle one of all futures, so the two differ a little.",
                class_name="mb-3 text-xs text-ink-3",
            ),
            rx.el.ul(
                rx.foreach(Twin.reasons, _reason),
                rx.el.li(
                    rx.el.span(f"Together on this path, in {Twin.end}"),
                    rx.el.span(Twin.total, class_name="num amount whitespace-nowrap"),
                    class_name="flex justify-between gap-3 py-2 font-semibold",
                ),
                class_name="divide-y divide-line",
            ),
            class_name=f"{CARD} p-5",
        ),
    )


def _reason(row: ObjectVar[ReasonRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.words, class_name="min-w-0 truncate"),
        rx.el.span(row.amount, class_name=rx.cond(row.good, "num amount shrink-0 text-good", "num amount shrink-0")),
        class_name="flex justify-between gap-3 py-2",
    )
