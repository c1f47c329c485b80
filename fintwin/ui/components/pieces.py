"""What pages are laid out with: cards, the strip of numbers, rows, states of emptiness and waiting."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink

from fintwin.ui.components.icons import icon
from fintwin.web.gate import Tab

CARD = "rounded-card border border-line bg-surface shadow-card"
WHOLE = "min-w-0 [overflow-wrap:anywhere]"
"""Text that goes on in the next line rather than being cut off: an amount that lacks digits is a wrong one."""
_LONG = 11
"""Characters of an amount that half a phone has room for in large type."""

_TONES = {
    "plain": "bg-sunken text-ink-2",
    "brand": "bg-brand-soft text-brand",
    "twin": "bg-twin-soft text-twin",
    "good": "bg-good-soft text-good",
    "warn": "bg-warn-soft text-warn",
    "bad": "bg-bad-soft text-bad",
}


def link(*children: Any, href: Any, class_name: str = "", **props: Any) -> rx.Component:
    """A link inside the app: the page changes without a reload."""
    return ReactRouterLink.create(*children, to=href, class_name=class_name, **props)


class _FileLink(BaseHTML):
    """Reflex makes every `a` a link inside the app, which changes the page and fetches nothing."""

    tag = "a"

    href: rx.Var[str]
    download: rx.Var[bool]


def file_link(*children: Any, href: Any, class_name: str = "", **props: Any) -> rx.Component:
    """A link to one of our own routes that answers with a file: the browser keeps it, the page stays."""
    return _FileLink.create(*children, href=href, download=True, class_name=class_name, **props)


def text_link(*children: Any, href: Any, class_name: str = "", **props: Any) -> rx.Component:
    """A link within text, in the brand's colour."""
    return link(*children, href=href, class_name=f"font-medium text-brand hover:underline {class_name}", **props)


def card(*children: Any, title: Any = None, action: Any = None, class_name: str = "", **props: Any) -> rx.Component:
    """A box with padding; with a title its heading, and an action at its right end."""
    if title is None:
        return rx.el.section(*children, class_name=f"{CARD} p-5 {class_name}", **props)
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="font-semibold"),
            rx.el.div(action, class_name="ml-auto") if action is not None else rx.fragment(),
            class_name="mb-4 flex flex-wrap items-center gap-3",
        ),
        *children,
        class_name=f"{CARD} p-5 {class_name}",
        **props,
    )


def list_card(*rows: Any, title: Any = None, action: Any = None, class_name: str = "", **props: Any) -> rx.Component:
    """A box of rows with hairlines between them; the rows are `row`s, or a `foreach` of them."""
    head = (
        rx.el.div(
            rx.el.h2(title, class_name="font-semibold"),
            rx.el.div(action, class_name="ml-auto") if action is not None else rx.fragment(),
            class_name="flex min-h-12 items-center border-b border-line px-5 py-2.5",
        )
        if title is not None
        else rx.fragment()
    )
    return rx.el.section(
        head,
        rx.el.ul(*rows, class_name="divide-y divide-line"),
        class_name=f"{CARD} overflow-hidden {class_name}",
        **props,
    )


def row(
    *, title: Any, line: Any = "", start: Any = None, end: Any = None, below_end: Any = None, class_name: str = ""
) -> rx.Component:
    """A row of a `list_card`: a round start, title and small line, and what stands at the right."""
    return rx.el.li(
        start if start is not None else rx.fragment(),
        rx.el.span(
            rx.el.span(title, class_name="block truncate font-medium"),
            rx.el.span(line, class_name="block truncate text-xs text-ink-3"),
            class_name="min-w-0",
        ),
        rx.el.span(
            end if end is not None else "",
            rx.el.span(below_end, class_name="block text-2xs text-warn") if below_end is not None else rx.fragment(),
            class_name="ml-auto shrink-0 text-right",
        ),
        class_name=f"flex items-center gap-3 px-5 py-3 hover:bg-sunken/50 {class_name}",
    )


def initials(text: Any, *, tone: str = "plain") -> rx.Component:
    """Two letters in a circle."""
    return rx.el.span(
        text,
        aria_hidden=True,
        class_name=f"grid size-9 shrink-0 place-items-center rounded-full text-xs font-semibold {_TONES[tone]}",
    )


def round_icon(name: str, *, tone: str = "plain") -> rx.Component:
    """An icon in a soft circle."""
    return rx.el.span(
        icon(name, size="size-4.5"),
        aria_hidden=True,
        class_name=f"grid size-9 shrink-0 place-items-center rounded-full {_TONES[tone]}",
    )


def amount(text: Any, *, inflow: Any = False, class_name: str = "") -> rx.Component:
    """An amount as its formatted text, which carries the sign; green where money came in. The eye can hide it.

    Args:
        inflow: a bool, or a var of one.
    """
    base = f"num amount {class_name}"
    return rx.el.span(text, class_name=rx.cond(inflow, f"{base} text-good", base) if inflow is not False else base)


def sum_size(text: Any) -> Any:
    """Classes of an amount in a strip of four: long ones are smaller where the strip is narrow, none is cut off.

    Args:
        text: a var of the amount as it is shown.
    """
    base = f"num mt-0.5 {WHOLE} font-semibold tracking-tight"
    return rx.cond(text.length() > _LONG, f"{base} text-sm/7 lg:text-lg", f"{base} text-lg")


def strip(*cells: Any, label: str, columns: str = "grid-cols-2 lg:grid-cols-4", class_name: str = "") -> rx.Component:
    """One box of `figure`s with hairlines between them."""
    return rx.el.section(
        *cells,
        aria_label=label,
        class_name=f"grid gap-px overflow-hidden rounded-card border border-line bg-line shadow-card {columns} {class_name}",
    )


def figure(
    label: Any, value: Any, *, below: Any = "", large: bool = False, href: Any = None, class_name: str = ""
) -> rx.Component:
    """A number of a `strip`: its name above, what changed below; with `href` the whole cell opens its definition."""
    size = "text-3xl" if large else "text-xl"
    children = (
        rx.el.span(label, class_name="text-xs font-medium text-ink-3"),
        rx.el.span(value, class_name=f"num amount {WHOLE} {size} font-semibold tracking-tight"),
        rx.el.span(below, class_name="flex min-h-6 items-center justify-between gap-2 text-xs text-ink-3"),
    )
    base = f"grid min-w-0 content-start gap-1 bg-surface px-5 py-4 {class_name}"
    if href is None:
        return rx.el.div(*children, class_name=base)
    return link(*children, href=href, class_name=f"{base} hover:bg-sunken")


def badge(text: Any, *, tone: str = "plain", class_name: str = "") -> rx.Component:
    """A word in a pill: plain, brand, twin, good, warn or bad."""
    return rx.el.span(
        text,
        class_name=f"inline-flex items-center rounded-full px-2 py-0.5 text-2xs font-semibold {_TONES[tone]} {class_name}",
    )


def toned(words: Any, tone: Any) -> Any:
    """A status as a `badge`, in the tone that the row names."""
    return rx.match(
        tone,
        *((name, badge(words, tone=name)) for name in ("good", "warn", "bad", "brand")),
        badge(words),
    )


def note(*children: Any, tone: str = "good", symbol: str = "shield", class_name: str = "") -> rx.Component:
    """A sentence in a tinted box: a proof, a warning, a refusal."""
    borders = {"good": "border-good/30", "warn": "border-warn/30", "bad": "border-bad/30", "twin": "border-twin/30"}
    return rx.el.div(
        icon(symbol),
        rx.el.div(*children, class_name="min-w-0"),
        class_name=(
            f"flex items-start gap-2.5 rounded-card border px-4 py-3"
            f" {_TONES[tone]} {borders.get(tone, 'border-line')} {class_name}"
        ),
    )


def goes_on() -> dict[str, Any]:
    """Where a person with a keyboard goes on when this takes the place of what had the focus (assets/shell.js)."""
    return {"tab_index": -1, "custom_attrs": {"data-next": ""}}


def empty(sentence: Any, *, action: Any, picture: str = "ledger", line: Any = "", class_name: str = "") -> rx.Component:
    """An empty page or list: a small picture, one sentence, one button."""
    return rx.el.div(
        _PICTURES[picture](),
        rx.el.p(sentence, class_name="mt-5 max-w-sm text-balance font-semibold", **goes_on()),
        rx.el.p(line, class_name="mt-1 max-w-sm text-ink-2") if line else rx.fragment(),
        rx.el.div(action, class_name="mt-5"),
        class_name=f"grid justify-items-center px-5 py-12 text-center {class_name}",
    )


def _picture(*shapes: rx.Component) -> rx.Component:
    return rx.el.svg(*shapes, view_box="0 0 120 72", class_name="h-18 w-30", custom_attrs={"aria-hidden": "true"})


def _line(d: str, classes: str) -> rx.Component:
    return rx.el.path(d=d, class_name=f"fill-none {classes} [stroke-linecap:round] [stroke-linejoin:round]")


def _ledger() -> rx.Component:
    return _picture(
        rx.el.rect(x="18", y="8", width="84", height="56", rx="8", class_name="fill-surface stroke-line stroke-2"),
        _line("M30 24h28M30 36h36M30 48h22", "stroke-line-strong stroke-2"),
        _line("M78 24h12M82 36h8M76 48h14", "stroke-brand stroke-2"),
    )


def _future() -> rx.Component:
    return _picture(
        rx.el.path(d="M60 40 108 14v46z", class_name="fill-twin-band-wide"),
        _line("M12 52l14-8 12 4 12-12 10 4", "stroke-ink stroke-2"),
        _line("M60 40l16-4 14 6 18-6", "stroke-twin stroke-2 [stroke-dasharray:4_4]"),
        rx.el.circle(cx="60", cy="40", r="4", class_name="fill-surface stroke-ink stroke-2"),
    )


def _import() -> rx.Component:
    return _picture(
        rx.el.path(d="M40 6h26l14 14v46H40z", class_name="fill-surface stroke-line stroke-2"),
        _line("M66 6v14h14", "stroke-line-strong stroke-2"),
        _line("M60 30v22M51 43l9 9 9-9", "stroke-brand stroke-2"),
    )


_PICTURES = {"ledger": _ledger, "future": _future, "file": _import}


def skeleton(class_name: str = "h-4 w-24") -> rx.Component:
    """The place of something that is on its way, in its final shape."""
    return rx.el.span(aria_hidden=True, class_name=f"block animate-pulse rounded-md bg-sunken {class_name}")


def strip_skeleton(cells: int = 4, columns: str = "grid-cols-2 lg:grid-cols-4") -> rx.Component:
    """A `strip` on its way."""
    return strip(
        *(
            rx.el.div(
                skeleton("h-3 w-16"),
                skeleton("h-7 w-28"),
                skeleton("h-3 w-20"),
                class_name="grid gap-3 bg-surface px-5 py-4",
            )
            for _ in range(cells)
        ),
        label="Loading",
        columns=columns,
    )


def rows_skeleton(rows: int = 5) -> rx.Component:
    """A `list_card` on its way."""
    return rx.el.div(
        *(
            rx.el.div(
                skeleton("size-9 rounded-full"),
                rx.el.div(skeleton("h-3.5 w-36"), skeleton("h-3 w-24"), class_name="grid gap-2"),
                skeleton("ml-auto h-4 w-20"),
                class_name="flex items-center gap-3 px-5 py-3",
            )
            for _ in range(rows)
        ),
        class_name=f"{CARD} divide-y divide-line overflow-hidden",
    )


def tabs(choices: Sequence[tuple[str, Any]], *, chosen: Any, on_choose: Any, label: str) -> rx.Component:
    """Tabs over a list: value and text; the chosen one is underlined.

    Args:
        on_choose: a handler that takes the value.
    """
    return rx.el.div(
        *(
            rx.el.button(
                text,
                type="button",
                role="tab",
                aria_selected=chosen == value,
                on_click=on_choose(value),
                class_name=rx.cond(
                    chosen == value,
                    "min-h-11 whitespace-nowrap border-b-2 border-brand px-1 font-medium text-ink",
                    "min-h-11 whitespace-nowrap border-b-2 border-transparent px-1 font-medium text-ink-3 hover:text-ink",
                ),
            )
            for value, text in choices
        ),
        role="tablist",
        aria_label=label,
        class_name="flex gap-5 overflow-x-auto border-b border-line px-5",
    )


def chip(text: Any, *, on_remove: Any, label: Any = "Remove") -> rx.Component:
    """An active filter; its cross takes it away."""
    return rx.el.span(
        text,
        rx.el.button(
            icon("close", size="size-3.5"),
            type="button",
            aria_label=label,
            on_click=on_remove,
            class_name="grid size-11 place-items-center rounded-full hover:bg-surface lg:size-6",
        ),
        class_name=(
            "inline-flex h-11 items-center gap-1 rounded-full border border-brand/40 bg-brand-soft pl-3 lg:h-8 lg:pr-1"
            " text-xs font-medium text-brand"
        ),
    )


def table(head: Sequence[tuple[Any, str]], body: Any, *, label: str, class_name: str = "") -> rx.Component:
    """A table with hairlines: the heads as text and classes (`text-right`, `max-sm:hidden`), the body's rows.

    Args:
        body: `rx.el.tr`s of `cell`s, or a `foreach` of them.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    *(
                        rx.el.th(
                            text,
                            scope="col",
                            class_name=f"px-5 py-2.5 text-left text-xs font-medium text-ink-3 {classes}",
                        )
                        for text, classes in head
                    ),
                    class_name="border-b border-line",
                )
            ),
            rx.el.tbody(body, class_name="divide-y divide-line"),
            aria_label=label,
            class_name="w-full",
        ),
        class_name=f"overflow-x-auto {class_name}",
    )


def cell(*children: Any, class_name: str = "", **props: Any) -> rx.Component:
    """A cell of a `table`."""
    return rx.el.td(*children, class_name=f"px-5 py-2.5 {class_name}", **props)


_route: ContextVar[str] = ContextVar("route")


@contextmanager
def dialogs_of(route: str) -> Iterator[None]:
    """Each `dialog` that is made inside belongs to the page of this route."""
    token = _route.set(route)
    try:
        yield
    finally:
        _route.reset(token)


def dialog(
    *children: Any,
    title: Any,
    is_open: Any,
    on_close: Any,
    line: Any = "",
    closed_href: Any = None,
    class_name: str = "",
) -> rx.Component:
    """A modal dialog while `is_open`; Escape, its cross and the ground around it call `on_close`.

    The browser's own `<dialog>`: focus stays inside and returns to where it was (assets/shell.js opens it).
    A tab remembers that a dialog was open when its page is left or its address typed anew: until the page has been read
    again nothing shows, since what were typed into the old dialog would be lost in the new one.

    Args:
        closed_href: the page's address without the dialog, where the address names it; what lies behind stays in place.
            The browser shuts it by itself then, whenever `on_close` is heard of.
    """
    cross: dict[str, Any] = {
        "aria_label": "Close",
        "on_click": on_close,
        "custom_attrs": {"data-dismiss": ""},
        "class_name": (
            "-mr-2 -mb-3 -mt-2.5 ml-auto grid size-11 shrink-0 place-items-center rounded-lg text-ink-3 hover:bg-sunken"
            " lg:-mb-2 lg:-mt-1.5 lg:size-9"
        ),
    }
    return rx.cond(
        is_open & (Tab.at == _route.get()),
        rx.el.dialog(
            rx.el.div(
                rx.el.div(
                    rx.el.h2(title, class_name="break-words text-base font-semibold tracking-tight"),
                    rx.el.p(line, class_name="mt-0.5 break-words text-ink-2")
                    if isinstance(line, rx.Var) or line
                    else rx.fragment(),
                    class_name="min-w-0",
                ),
                rx.el.button(icon("close"), type="button", **cross)
                if closed_href is None
                else link(
                    icon("close"), href=closed_href, replace=True, prevent_scroll_reset=True, role="button", **cross
                ),
                class_name="flex items-start gap-3 px-5 pt-5",
            ),
            rx.el.div(*children, class_name="px-5 pb-5 pt-4"),
            custom_attrs={"data-modal": "", "aria-modal": "true"},
            aria_label=title,
            class_name=(
                "m-auto max-h-[92dvh] w-[min(34rem,calc(100vw-1.5rem))] overflow-y-auto rounded-card border border-line"
                f" bg-surface p-0 text-ink shadow-card max-sm:mb-0 max-sm:w-full max-sm:max-w-none max-sm:rounded-b-none {class_name}"
            ),
        ),
        rx.fragment(),
    )
