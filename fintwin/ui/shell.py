"""The frame around every page: navigation, header, what to say at the foot; and how a page is declared."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import reflex as rx
from pydantic import StringConstraints
from reflex_base.style import resolved_color_mode, set_color_mode

from fintwin.events.outbox import Kind
from fintwin.identity import desk, door
from fintwin.settings import settings
from fintwin.ui import live, palette, undo
from fintwin.ui.act import Form, parse
from fintwin.ui.components import button, dialogs_of, icon, icon_button, initials, link, mark, post_button, sent_form
from fintwin.ui.lines import lines
from fintwin.ui.state import Page
from fintwin.web.gate import Tab, open_to_visitors, principal, visitor

View = Callable[[], rx.Component]

SIGN_OUT = "/auth/sign-out"

_NAVIGATION = (
    ("/dashboard", "home", "Dashboard"),
    ("/transactions", "list", "Transactions"),
    ("/payments", "send", "Payments"),
    ("/accounts", "wallet", "Accounts"),
    ("/import", "upload", "Import"),
    ("/twin", "twin", "Twin"),
)
_PAYMENTS = ("/payments", "send", "Payments and requests")
"""The way there on the phone, whose bar has no place for it."""
_STAFF_ENTRY = ("/staff", "shield", "Staff")
_LOWER_NAVIGATION = (("/settings", "settings", "Settings"),)
_BOTTOM_BAR = ("/dashboard", "/transactions", "/twin", "/accounts")
_GOES = {
    "/dashboard": "d",
    "/transactions": "t",
    "/accounts": "a",
    "/import": "i",
    "/twin": "w",
    "/settings": "s",
    "/transactions/review": "r",
}
"""The key after G."""
_MORE_PAGES = (
    ("/transactions/review", "check", "Review what has no category"),
    ("/transactions/pairs", "swap", "Possible duplicates and transfers"),
    ("/categories", "list", "Categories and rules"),
    ("/payments/schedules", "clock", "Schedules"),
    ("/payments/outside", "bank", "Pay by bank"),
    ("/rates", "scale", "Exchange rates"),
    ("/books", "shield", "Are the books whole?"),
)
_ADD = (
    ("/transactions?new=deposit", "down", "Money in"),
    ("/transactions?new=withdrawal", "up", "Money out"),
    ("/transactions?new=transfer", "swap", "Between own accounts"),
    ("/payments?new=pay", "send", "To a person"),
    ("/payments?new=ask", "person", "Ask for money"),
    ("/import", "upload", "From a bank file"),
    ("/accounts?new=1", "wallet", "An account"),
)
_ALSO = {
    "/transactions?new=deposit": "income deposit",
    "/transactions?new=withdrawal": "spend expense withdraw",
    "/transactions?new=transfer": "transfer move convert exchange",
    "/payments?new=pay": "send pay transfer money",
    "/payments?new=ask": "request",
    "/accounts?new=1": "open bank wallet",
    "/payments/schedules": "standing order recurring repeat",
    "/payments/outside": "iban sepa transfer",
    "/transactions/pairs": "match link",
    "/rates": "currency",
    "/books": "verify check seal proof",
}
"""Other words for what the palette offers, by address: people look for "send", which is called "To a person"."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A page as the composition root adds it."""

    route: str
    title: str
    view: View
    load: Any
    action: View | None
    section: str
    bare: bool
    anonymous: bool
    before_onboarding: bool
    keys: tuple[tuple[str, str], ...]
    staff: bool = False


_declared: dict[str, Declared] = {}


def page(
    route: str,
    *,
    title: str,
    load: Any = None,
    listens: Iterable[Kind] = (),
    again: Any = None,
    action: View | None = None,
    section: str = "",
    bare: bool = False,
    anonymous: bool = False,
    before_onboarding: bool = False,
    keys: Sequence[tuple[str, str]] = (),
    staff: bool = False,
) -> Callable[[View], View]:
    """Declare a page. Without `anonymous` it is for people who are signed in and have finished onboarding.

    Args:
        load: the handler (or a list of them) that reads what the page shows; it runs at each navigation, after the guards.
        listens: kinds of events upon which `again` runs (default: `load`), in every open tab.
        action: what stands at the right end of the header; on the phone the plus may take its place (`max-sm:hidden`).
        section: the route of the navigation entry that is lit; default the page's own.
        bare: no navigation around it (sign-in, onboarding).
        keys: the page's own keys and what they do, for the list behind `?`.
        staff: for staff alone; to others there is no such page.
    """

    def declare(view: View) -> View:
        _declared[route] = Declared(
            route,
            title,
            view,
            load,
            action,
            section or route,
            bare or anonymous,
            anonymous,
            before_onboarding,
            tuple(keys),
            staff,
        )
        if listens:
            live.listen(route, listens, again or load)
        return view

    return declare


def add_pages(app: rx.App) -> None:
    """Add every declared page to the app."""
    for one in _declared.values():
        app.add_page(
            _in_its_frame(one),
            route=one.route,
            title="FinTwin" if one.route == "/" else f"{one.title} · FinTwin",
            image="/icons/fintwin-512.png",
            on_load=Shell.visit(one.route) if one.anonymous else Shell.enter(one.route),
        )


def _in_its_frame(one: Declared) -> View:
    """The page as a function of the view's own module: Reflex bundles components by the module they come from."""

    @functools.wraps(one.view)
    def framed() -> rx.Component:
        with dialogs_of(one.route):
            return _framed(one)

    return framed


class Sought(Form):
    """What was typed into the palette."""

    q: Annotated[str, StringConstraints(max_length=100)] = ""


class Shell(rx.State):
    """What the frame shows of its person."""

    ready: bool = False
    name: str = ""
    letters: str = ""
    line: str = ""
    demo: bool = False
    staff: bool = False
    plain_http: bool = False

    @rx.event
    async def enter(self, route: str) -> Any:
        """The guards of a page, then its own load and the tab's live handler."""
        who = principal()
        one = _declared.get(route) if isinstance(route, str) else None
        await self._arrive(one)
        if one is None:
            return None
        self.staff = desk.allowed(who)
        if one.staff and not self.staff:
            return rx.redirect("/404", replace=True)
        self._show_warning()
        self.name, self.letters, self.demo = who.name, letters_of(who.name), who.demo
        self.line = who.email or ("Demo household" if who.demo else "On this machine")
        self.ready = True
        if not who.onboarded and not one.before_onboarding:
            return rx.redirect("/onboarding", replace=True)
        loads = one.load if isinstance(one.load, list) else [one.load] if one.load is not None else []
        return [*loads, Tab.loaded, live.Live.follow(route)]

    @rx.event
    @open_to_visitors
    async def visit(self, route: str) -> Any:
        """A page that is open to everybody."""
        one = _declared.get(route) if isinstance(route, str) else None
        await self._arrive(one)
        self._show_warning()
        self.ready = visitor() is not None
        return one.load if one is not None and one.anonymous else None

    async def _arrive(self, one: Declared | None) -> None:
        (await self.get_state(Tab))._arrive(one.route if one is not None else "")

    def _show_warning(self) -> None:
        self.plain_http = door.plain_http_beyond(settings())


class Palette(Page, rx.State):
    """What is typed into the palette."""

    @rx.event
    def find(self, form: dict[str, Any]) -> Any:
        """Search the register for it."""
        words = parse(Sought, form).q
        return rx.redirect(f"/transactions?{urlencode({'text': words})}" if words else "/transactions")


def letters_of(name: str) -> str:
    """Up to two initials."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    return ((words[0][:1] + words[-1][:1]) if len(words) > 1 else name[:2]).upper()


def _framed(one: Declared) -> rx.Component:
    if one.bare:
        return rx.fragment(_banner(), _read(one), lines())
    return rx.el.div(
        rx.el.nav(
            rx.el.a(
                "Skip to the page",
                href="#page",
                custom_attrs={"data-act": "skip"},
                class_name="sr-only z-50 rounded-lg bg-brand px-4 py-2 text-brand-ink focus:not-sr-only focus:absolute focus:left-3 focus:top-3",
            ),
            aria_label="Skip",
            class_name="absolute",
        ),
        _sidebar(one.section),
        rx.el.div(
            _banner(),
            _header(one),
            rx.el.main(
                _read(one),
                id="page",
                tab_index=-1,
                class_name="mx-auto max-w-[76rem] px-4 py-5 pb-28 outline-none lg:px-8 lg:py-7",
            ),
            class_name="min-w-0",
        ),
        _bottom_bar(one.section),
        _add_menu(),
        palette.palette(
            pages=_existing((*_NAVIGATION, *_LOWER_NAVIGATION, *_MORE_PAGES)),
            actions=_existing(_ADD),
            goes=_GOES,
            also=_ALSO,
            on_search=Palette.find,
        ),
        palette.key_list(
            one.keys,
            goes=[
                (_GOES[href], text)
                for href, _, text in _existing((*_NAVIGATION, *_LOWER_NAVIGATION, *_MORE_PAGES))
                if href in _GOES
            ],
        ),
        lines(undo.line()),
        class_name="frame lg:grid lg:min-h-[calc(100dvh-var(--top))] lg:grid-cols-[15rem_minmax(0,1fr)]",
    )


def _read(one: Declared) -> rx.Component:
    """The page, or in its place why it could not be read; where part of it could, that stays below."""
    again = (Shell.visit if one.anonymous else Shell.enter)(one.route)
    return rx.fragment(
        rx.cond(
            Tab.stalled != "",
            rx.el.section(
                rx.el.h2("This page could not be read", class_name="font-semibold"),
                rx.el.p(Tab.stalled, class_name="mt-1.5 text-ink-2"),
                button("Try again", on_click=again, class_name="mt-4"),
                role="alert",
                class_name="mx-auto mb-5 max-w-[76rem] rounded-card border border-line bg-surface p-5 shadow-card",
            ),
        ),
        rx.cond(Tab.hollow, rx.fragment(), _once_read(one, one.view())),
    )


def _once_read(one: Declared, part: rx.Component) -> rx.Component:
    """A part of the page that answers to nobody before the page has been read.

    Until then a tab shows what it remembers, and its load would undo what was done to that.
    """
    if one.anonymous:
        return part
    return rx.el.div(part, custom_attrs={"inert": Tab.at != one.route}, class_name="contents")


def _current(section: str, href: str) -> dict[str, Any]:
    return {"custom_attrs": {"aria-current": "page"}} if section == href else {}


def _entry(section: str, href: str, symbol: str, text: str) -> rx.Component:
    return link(
        icon(symbol),
        rx.el.span(text),
        href=href,
        class_name=(
            "flex h-10 items-center gap-3 rounded-lg px-3 font-medium text-ink-2 hover:bg-sunken"
            " aria-[current=page]:bg-brand-soft aria-[current=page]:text-brand"
        ),
        **_current(section, href),
    )


def _sidebar(section: str) -> rx.Component:
    return rx.el.aside(
        link(
            mark(),
            "FinTwin",
            href="/dashboard",
            class_name="flex items-center gap-2.5 px-2 pb-5 text-base font-semibold tracking-tight",
        ),
        rx.el.nav(
            *(_entry(section, *entry) for entry in _existing(_NAVIGATION)), aria_label="Main", class_name="grid gap-0.5"
        ),
        rx.el.div(
            rx.cond(Shell.staff, _entry(section, *_STAFF_ENTRY), rx.fragment()),
            *(_entry(section, *entry) for entry in _existing(_LOWER_NAVIGATION)),
            rx.el.div(
                rx.el.span(initials(Shell.letters)),
                rx.el.span(
                    rx.el.span(Shell.name, class_name="block truncate font-medium"),
                    rx.el.span(Shell.line, class_name="block truncate text-2xs text-ink-3"),
                    class_name="min-w-0",
                ),
                sent_form(
                    icon_button("leave", "Sign out", type="submit"),
                    action=SIGN_OUT,
                    class_name="ml-auto",
                ),
                class_name="mt-2 flex items-center gap-3 rounded-lg border border-line p-2.5",
            ),
            class_name="mt-auto grid gap-0.5",
        ),
        class_name="sticky top-(--top) hidden h-[calc(100dvh-var(--top))] flex-col overflow-y-auto border-r border-line bg-surface px-3 py-4 lg:flex",
    )


def _existing(entries: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [entry for entry in entries if entry[0].partition("?")[0] in _declared]


def theme_button(class_name: str = "") -> rx.Component:
    """Light or dark; "as the system has it" is chosen in settings."""
    return rx.el.button(
        rx.el.span(icon("moon"), class_name="shown-light"),
        rx.el.span(icon("sun"), class_name="shown-dark"),
        type="button",
        aria_label="Change between light and dark",
        title="Change between light and dark",
        on_click=rx.cond(resolved_color_mode == "dark", set_color_mode("light"), set_color_mode("dark")),
        class_name=f"size-11 place-items-center rounded-lg text-ink-2 hover:bg-sunken lg:size-9 {class_name or 'grid'}",
    )


def _mask_button() -> rx.Component:
    """Hides all amounts or shows them; assets/shell.js does it and says whether it is pressed."""
    return rx.el.button(
        rx.el.span(icon("eye"), class_name="shown-open"),
        rx.el.span(icon("eye_off"), class_name="shown-masked"),
        type="button",
        aria_label="Hide amounts",
        title="Hide amounts",
        custom_attrs={"data-act": "mask"},
        class_name=(
            "grid size-11 shrink-0 place-items-center rounded-lg text-ink-2 hover:bg-sunken"
            " aria-pressed:bg-brand-soft aria-pressed:text-brand lg:size-9"
        ),
    )


def _header(one: Declared) -> rx.Component:
    return rx.el.header(
        link(
            mark(),
            href="/dashboard",
            aria_label="Dashboard",
            class_name="-ml-2 grid size-11 shrink-0 place-items-center lg:hidden",
        ),
        rx.el.h1(one.title, class_name="truncate text-base font-semibold tracking-tight"),
        rx.el.div(
            palette.opener(),
            _mask_button(),
            link(
                icon("settings"),
                href="/settings",
                aria_label="Settings",
                class_name="grid size-11 place-items-center rounded-lg text-ink-2 hover:bg-sunken lg:hidden",
                **_current(one.section, "/settings"),
            ),
            theme_button("hidden lg:grid"),
            rx.el.div(
                _once_read(one, one.action()) if one.action is not None else rx.fragment(),
                class_name="ml-1 flex items-center gap-2",
            ),
            class_name="ml-auto flex items-center",
        ),
        class_name="sticky top-(--top) z-10 flex h-14 items-center gap-2 border-b border-line bg-canvas/90 px-4 backdrop-blur lg:px-8",
    )


def add_button(text: str = "Add") -> rx.Component:
    """Opens the menu of what can be added; for the desktop, where there is no bottom bar."""
    return button(
        icon("plus", size="size-4"),
        text,
        class_name="max-lg:hidden! lg:h-9",
        custom_attrs={"popoverTarget": "add-menu"},
    )


def _bottom_bar(section: str) -> rx.Component:
    known = {entry[0]: entry for entry in _existing((*_NAVIGATION, *_LOWER_NAVIGATION))}
    entries = [_bottom_entry(section, *known[href]) for href in _BOTTOM_BAR if href in known]
    middle = rx.el.button(
        icon("plus", size="size-6"),
        type="button",
        aria_label="Add",
        custom_attrs={"popoverTarget": "add-menu"},
        class_name="mx-auto -mt-4 grid size-14 place-items-center rounded-full bg-brand text-brand-ink shadow-card",
    )
    half = (len(entries) + 1) // 2
    return rx.el.nav(
        *entries[:half],
        middle,
        *entries[half:],
        aria_label="Main, on the phone",
        class_name=(
            "fixed inset-x-0 bottom-0 z-20 grid auto-cols-fr grid-flow-col border-t border-line bg-surface px-1"
            " pb-[env(safe-area-inset-bottom)] lg:hidden"
        ),
    )


def _bottom_entry(section: str, href: str, symbol: str, text: str) -> rx.Component:
    return link(
        icon(symbol),
        rx.el.span(text),
        href=href,
        class_name=(
            "flex min-h-14 flex-col items-center justify-center gap-0.5 text-2xs font-medium text-ink-3"
            " aria-[current=page]:text-brand"
        ),
        **_current(section, href),
    )


def _add_menu() -> rx.Component:
    return rx.el.div(
        *(
            link(
                icon(symbol),
                text,
                href=href,
                class_name="flex min-h-11 items-center gap-3 rounded-lg px-3 font-medium text-ink-2 hover:bg-sunken",
            )
            for href, symbol, text in _existing(_ADD)
        ),
        *(
            link(
                icon(symbol),
                text,
                href=href,
                class_name=(
                    "mt-1.5 flex min-h-11 items-center gap-3 border-t border-line px-3 pt-1.5 font-medium text-ink-2 lg:hidden"
                ),
            )
            for href, symbol, text in _existing((_PAYMENTS,))
        ),
        id="add-menu",
        custom_attrs={"popover": "auto"},
        class_name=(
            "fixed inset-auto bottom-20 left-1/2 m-0 w-64 -translate-x-1/2 rounded-card border border-line bg-surface p-1.5"
            " text-ink shadow-card lg:bottom-auto lg:left-auto lg:right-8 lg:top-14 lg:translate-x-0"
        ),
    )


def _banner() -> rx.Component:
    return rx.fragment(
        rx.cond(
            Shell.plain_http,
            rx.el.p(
                "This address is not encrypted: others in the network can read what you see here.",
                role="status",
                class_name="bg-warn-soft px-4 py-2 text-center text-xs font-medium text-warn",
            ),
        ),
        rx.el.div(
            rx.cond(
                Shell.demo,
                rx.el.section(
                    rx.el.span(
                        "Demo household",
                        rx.el.span(": invented money, in books of its own.", class_name="max-sm:hidden"),
                        class_name="mr-auto truncate",
                    ),
                    post_button(
                        "Be the other adult",
                        action="/auth/demo/switch",
                        kind="quiet",
                        class_name="h-11! px-1.5! text-xs text-twin! lg:h-10!",
                    ),
                    button(
                        "Leave and erase",
                        kind="quiet",
                        custom_attrs={"data-opens": "erase", "aria-haspopup": "dialog"},
                        class_name="-mr-1.5 h-11! px-1.5! text-xs text-twin! lg:h-10!",
                    ),
                    aria_label="Demo household",
                    class_name="flex items-center gap-x-1 bg-twin-soft px-4 text-xs font-medium whitespace-nowrap text-twin sm:gap-x-3 lg:px-8",
                ),
            ),
            class_name="demo-place",
        ),
        rx.cond(Shell.demo, _erasing()),
    )


def _erasing() -> rx.Component:
    """The question before a household is erased; the browser opens it alone, however busy the tab is."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.h2("Erase this household?", class_name="text-base font-semibold tracking-tight"),
            rx.el.p(
                "Everything in it goes, for both adults. A new one can be made at any time.",
                class_name="mt-2 text-ink-2",
            ),
            rx.el.div(
                button("Stay", kind="plain", custom_attrs={"data-shuts": "erase"}),
                post_button("Erase it", action="/auth/demo/wipe", kind="danger"),
                class_name="mt-5 flex flex-wrap justify-end gap-2",
            ),
            class_name="p-5",
        ),
        id="erase",
        aria_label="Erase this household?",
        class_name=(
            "m-auto w-[min(26rem,calc(100vw-1.5rem))] rounded-card border border-line bg-surface p-0 text-ink shadow-card"
        ),
    )
