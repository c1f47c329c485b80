"""Lines of an account: what moved it and what it held then, as its history and its statement show them."""

from typing import Any

import reflex as rx

from fintwin.ui.components.pieces import CARD, WHOLE, amount, cell, link, table

_TIGHT = "max-sm:px-2 whitespace-nowrap text-right align-top"
FIRST = "w-px max-sm:hidden"
TEXT = "max-sm:pr-2"
NUMBER = "max-sm:px-2! text-right"
WIDE = "text-right max-sm:hidden"
LAST = "text-right max-sm:pl-2"
"""Classes of the heads: the day, the text, a number, one for wide screens, the last number."""


def account_lines(
    rows: Any, *, heads: list[tuple[Any, str]], label: str, some: Any, none: str, foot: Any, turns: Any
) -> rx.Component:
    """A box of lines with a foot that says what they are and leads to those before and after.

    Args:
        rows: a `foreach` of `account_line`s; `some` is whether there are any, `none` is said where there are none.
        turns: links, each made by `turn`.
    """
    return rx.el.section(
        rx.cond(
            some,
            table(heads, rows, label=label),
            rx.el.p(none, class_name="px-5 py-10 text-center text-ink-2"),
        ),
        rx.el.div(
            rx.el.p(foot, class_name="min-w-0"),
            rx.el.span(turns, class_name="ml-auto flex gap-5"),
            class_name="flex min-h-12 items-center gap-4 border-t border-line px-5 py-2 text-xs text-ink-3",
        ),
        class_name=f"{CARD} overflow-hidden",
    )


def account_line(one: Any, *numbers: rx.Component, when: Any, beside: Any = "", below: Any = "") -> rx.Component:
    """A line: its day (on the phone below the title), the title that leads to its transaction, its numbers.

    Args:
        one: a row with `title`, `href` and `details`.
        numbers: `number` cells, the last of them made with `last`.
        beside: after the title; `below`: under its details.
    """
    return rx.el.tr(
        cell(when, class_name="num whitespace-nowrap align-top text-ink-3 max-sm:hidden"),
        cell(
            link(
                one.title,
                href=one.href,
                class_name=f"-my-3.5 inline-block py-3.5 font-medium {WHOLE} hover:underline",
            ),
            beside,
            rx.el.span(
                rx.el.span(when, rx.cond(one.details != "", " · ", ""), class_name="num sm:hidden"),
                one.details,
                class_name=f"block {WHOLE} text-xs text-ink-3",
            ),
            below,
            class_name="min-w-28 align-top max-sm:pr-2",
        ),
        *numbers,
    )


def number(shown: Any, *, class_name: str = "") -> rx.Component:
    """A cell with a number."""
    return cell(shown, class_name=f"{_TIGHT} {class_name}")


def last(shown: Any) -> rx.Component:
    """The last cell with a number."""
    return number(shown, class_name="max-sm:pr-5! max-sm:pl-2!")


def known(value: Any, *, inflow: Any = False) -> rx.Component:
    """An amount, or that it is not known."""
    return rx.cond(value != "", amount(value, inflow=inflow), rx.el.span("not known", class_name="text-xs text-ink-3"))


def turn(words: str, href: Any) -> rx.Component:
    """A link to other lines, where there are any."""
    shape = "flex min-h-11 items-center font-medium text-brand hover:underline lg:min-h-8"
    return rx.cond(href != "", link(words, href=href, class_name=shape), rx.fragment())
