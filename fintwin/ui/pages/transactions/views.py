"""How the register looks: toolbar, sums, rows; a panel for one row, a dialog for something new."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    checkbox,
    field,
    form_problem,
    link_button,
    segmented,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import CARD, amount, dialog, empty, link, skeleton, text_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions import head, life_views, lines, panel, waiting_views
from fintwin.ui.pages.transactions.amending import amending
from fintwin.ui.pages.transactions.converting import Converting
from fintwin.ui.pages.transactions.export_menu import export_button, export_menu
from fintwin.ui.pages.transactions.many import Many
from fintwin.ui.pages.transactions.rows import Line, Sums
from fintwin.ui.pages.transactions.state import Detail, Movement, Register
from fintwin.ui.pages.transactions.waiting import Waiting

KEYS = (
    ("T", "New transaction"),
    ("F", "Filter"),
    ("/", "Search"),
    ("J and K", "Next and previous row"),
    ("Space", "Select the row"),
    ("Enter", "Open the row"),
    ("C", "Category of the row, or of what is selected"),
    ("P", "Payee"),
    ("N", "Note"),
    ("D", "Delete: a reversal, into the bin"),
    ("U", "Undo what was done last"),
)
"""The page's own keys."""


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        rx.el.div(
            head.saved(),
            _toolbar(),
            _filter(),
            head.understood(),
            _problems(),
            waiting_views.strip(),
            _register(),
            class_name="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4",
        ),
        lines.category_names(),
        lines.bar(),
        lines.giving(),
        head.naming(),
        _detail(),
        _movement(),
        export_menu(),
    )


def new_button() -> rx.Component:
    """The page's one thing to do, in the header."""
    return button(
        icon("plus", size="size-4"),
        "New",
        on_click=Movement.begin("deposit"),
        class_name="max-lg:hidden lg:h-9!",
        custom_attrs={"data-key": "t"},
    )


def _toolbar() -> rx.Component:
    return rx.el.div(
        head.search_box(),
        button(
            icon("filter", size="size-4"),
            "Filter",
            kind="plain",
            on_click=Register.toggle_filter,
            class_name="lg:h-9!",
            custom_attrs={"data-key": "f", "aria-expanded": Register.filtering},
        ),
        link_button(icon("upload", size="size-4"), "Import", href="/import", class_name="max-sm:hidden! lg:h-9!"),
        link_button("Categories", href="/categories", class_name="lg:h-9!"),
        export_button(),
        class_name="flex flex-wrap items-center gap-2",
    )


def _filter() -> rx.Component:
    wanted, problem = Register.wanted, Register.problem
    return rx.cond(
        Register.filtering,
        rx.el.form(
            field(
                "Account",
                rx.el.select(
                    rx.el.option("All accounts", value=""),
                    rx.foreach(Register.accounts, lambda one: rx.el.option(one.name, value=one.uuid)),
                    name="account",
                    default_value=wanted.account,
                    auto_focus=True,
                    class_name="h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink",
                ),
                name="account",
                class_name="col-span-2 lg:col-span-1",
            ),
            text_field("From", "since", problem=problem, type="date", default_value=wanted.since),
            text_field("To", "until", problem=problem, type="date", default_value=wanted.until),
            text_field(
                "At least", "least", problem=problem, input_mode="decimal", max_length=40, default_value=wanted.least
            ),
            text_field(
                "At most", "most", problem=problem, input_mode="decimal", max_length=40, default_value=wanted.most
            ),
            rx.el.div(
                button("Clear", kind="plain", on_click=Register.clear, class_name="lg:h-11!"),
                button("Show", type="submit", class_name="lg:h-11!"),
                class_name="col-span-2 flex items-end justify-end gap-2 lg:col-span-1",
            ),
            on_submit=Register.narrow,
            aria_label="Filter",
            class_name=(
                f"{CARD} grid grid-cols-2 gap-4 p-5"
                " lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
            ),
        ),
        rx.fragment(),
    )


def _problems() -> rx.Component:
    """What was refused and has no dialog open to stand in."""
    return rx.fragment(
        form_problem(Register.problem, "since", "until", "least", "most"),
        rx.cond(Detail.is_open, rx.fragment(), form_problem(Detail.problem)),
        rx.cond(Movement.is_open, rx.fragment(), form_problem(Movement.problem)),
        rx.cond(Many.asking != "", rx.fragment(), form_problem(Many.problem)),
    )


def _register() -> rx.Component:
    return rx.el.section(
        rx.cond(Register.loaded, _sums(), _sums_skeleton()),
        lines.heads(),
        rx.cond(
            Register.loaded,
            rx.cond(
                some(Register.rows),
                rx.el.ul(rx.foreach(Register.rows, lines.line), class_name="divide-y divide-line"),
                _nothing(),
            ),
            rx.el.div(*(_row_skeleton() for _ in range(8)), class_name="divide-y divide-line"),
        ),
        _foot(),
        aria_label="Transactions",
        class_name=f"{CARD}",
    )


def _sums() -> rx.Component:
    return rx.cond(
        some(Register.sums),
        rx.fragment(rx.foreach(Register.sums, _sums_of)),
        rx.cond(Register.summed, rx.fragment(), _sums_skeleton()),
    )


def _sums_of(sums: ObjectVar[Sums]) -> rx.Component:
    return _sums_grid(
        _sum("Transactions", rx.el.span(sums.many)),
        _sum("In", amount(sums.inflow, inflow=True)),
        _sum("Out", amount(sums.outflow)),
        _sum("Net", amount(sums.net)),
    )


def _sums_skeleton() -> rx.Component:
    return _sums_grid(
        *(_sum(label, skeleton("my-1 h-5 w-24")) for label in ("Transactions", "In", "Out", "Net")),
    )


def _sums_grid(*cells: rx.Component) -> rx.Component:
    return rx.el.div(
        *cells,
        class_name=(
            "grid grid-cols-2 gap-px overflow-hidden border-b border-line bg-line first:rounded-t-card sm:grid-cols-4"
        ),
    )


def _sum(label: str, value: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.p(label, class_name="text-xs text-ink-3"),
        rx.el.div(value, class_name="num mt-0.5 truncate text-lg font-semibold tracking-tight"),
        class_name="min-w-0 bg-surface px-5 py-3",
    )


def _row_skeleton() -> rx.Component:
    return rx.el.div(
        skeleton("hidden size-4 lg:block"),
        skeleton("hidden h-4 w-12 lg:block"),
        skeleton("h-4 w-40"),
        skeleton("order-3 h-4 w-24 lg:order-none"),
        skeleton("hidden h-4 w-20 lg:block"),
        skeleton("hidden h-4 w-14 lg:block"),
        skeleton("order-2 ml-auto h-4 w-20 lg:order-none"),
        aria_hidden=True,
        class_name=(
            f"grid grid-cols-[minmax(0,1fr)_auto] gap-4 px-5 py-3 lg:items-center {lines.COLUMNS} lg:gap-4 lg:py-3"
        ),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        Register.filtered,
        rx.match(
            Register.searched,
            (
                "is:binned",
                empty(
                    "The bin is empty.",
                    line="What you delete lies here for 30 days and can be put back.",
                    action=link_button("All transactions", href="/transactions"),
                ),
            ),
            (
                "is:uncategorised",
                empty(
                    "Everything has a category.",
                    action=link_button("All transactions", href="/transactions"),
                ),
            ),
            empty(
                "Nothing fits this filter.",
                action=button("Clear the filter", kind="plain", on_click=Register.clear),
                picture="ledger",
            ),
        ),
        rx.cond(
            some(Register.accounts),
            empty(
                "Nothing has happened on your accounts yet.",
                action=link_button("Import a bank file", href="/import", kind="primary"),
                picture="file",
            ),
            empty(
                "Transactions stand on accounts, and there is none yet.",
                action=link_button("Add an account", href="/accounts?new=1", kind="primary"),
                picture="ledger",
            ),
        ),
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.el.span(Register.counted_words, class_name="num"),
        rx.el.span("J K move · Space select · C category · D delete · ", class_name="ml-auto hidden lg:inline"),
        rx.el.button(
            "? all keys",
            type="button",
            custom_attrs={"data-opens": "keys"},
            class_name="ml-1 hidden hover:text-ink lg:inline",
        ),
        rx.el.span(
            rx.cond(Register.newer != "", _turn("Newer", Register.newer), rx.fragment()),
            rx.cond(Register.older != "", _turn("Older", Register.older), rx.fragment()),
            class_name="ml-auto flex gap-5 lg:ml-6",
        ),
        class_name="flex min-h-12 items-center border-t border-line px-5 text-xs text-ink-3",
    )


def _turn(words: str, href: Any) -> rx.Component:
    return link(
        words, href=href, class_name="flex min-h-11 items-center font-medium text-brand hover:underline lg:min-h-8"
    )


def _detail() -> rx.Component:
    seen = Detail.seen
    return dialog(
        rx.el.div(
            rx.el.p(
                amount(seen.amount, inflow=seen.inflow, class_name="text-3xl font-semibold tracking-tight"),
                tab_index=-1,
                data_focus=True,
                class_name="min-w-0 truncate outline-none",
            ),
            rx.el.p(
                seen.status,
                " · ",
                seen.day,
                rx.cond(seen.valued != "", rx.fragment(" · value date ", seen.valued), rx.fragment()),
                class_name="mt-1 text-ink-3",
            ),
        ),
        rx.el.form(
            text_field(
                "Payee",
                "payee",
                problem=Detail.problem,
                max_length=140,
                default_value=seen.payee,
                key=f"{seen.reference}-payee",
            ),
            field(
                "Category",
                rx.el.select(
                    rx.el.option(seen.uncategorised, value=""),
                    rx.foreach(Detail.categories, lambda one: rx.el.option(one[1], value=one[0])),
                    name="category",
                    default_value=seen.category,
                    key=f"{seen.reference}-{seen.category}",
                    class_name="h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink",
                ),
                name="category",
                problem=Detail.problem,
            ),
            field(
                "Note",
                rx.el.textarea(
                    name="note",
                    default_value=seen.note,
                    key=f"{seen.reference}-note",
                    max_length=500,
                    rows="2",
                    class_name="min-h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 py-2.5 text-ink",
                ),
                name="note",
                problem=Detail.problem,
            ),
            rx.el.div(button("Save", type="submit", kind="plain"), class_name="flex justify-end"),
            on_submit=Detail.save,
            class_name="mt-5 grid gap-4",
        ),
        amending(),
        panel.meaning(),
        life_views.life(),
        rx.el.dl(
            rx.foreach(seen.facts, _fact),
            class_name="mt-5 grid gap-2.5 border-t border-line pt-5",
        ),
        rx.el.section(
            rx.el.h3("Postings", class_name="text-xs font-medium text-ink-3"),
            rx.el.ul(rx.foreach(seen.lines, _line), class_name="mt-1 divide-y divide-line"),
            class_name="mt-5 border-t border-line pt-4",
        ),
        rx.cond(
            seen.related != "",
            rx.el.p(
                rx.cond(seen.reverses, "Undoes ", "Undone by "),
                link(
                    seen.related,
                    href=Register.opening_href + seen.related,
                    replace=True,
                    prevent_scroll_reset=True,
                    on_click=Register.expect(seen.related),
                    class_name="num font-medium text-brand hover:underline",
                ),
                class_name="mt-4 text-ink-2",
            ),
            rx.fragment(),
        ),
        rx.el.div(
            form_problem(Detail.problem, "payee", "category", "note", "amount", "booked"),
            rx.cond(
                seen.reversible,
                button("Undo this transaction", kind="danger", on_click=Detail.undo),
                rx.fragment(),
            ),
            class_name="mt-5 grid gap-3",
        ),
        title=seen.title,
        is_open=Detail.is_open,
        on_close=[Detail.put_away, Register.expect("")],
        closed_href=Register.closed_href,
        class_name="lg:my-3! lg:mr-3! lg:h-[calc(100dvh-1.5rem)] lg:max-h-none! lg:w-[28rem]!",
    )


def _fact(fact: ObjectVar[Line]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.name, class_name="shrink-0 text-ink-3"),
        rx.el.dd(fact.value, class_name="num ml-auto min-w-0 break-words text-right"),
        class_name="flex gap-4",
    )


def _line(line: ObjectVar[Line]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.name, class_name="min-w-0 truncate"),
        amount(line.value, class_name="ml-auto whitespace-nowrap"),
        class_name="flex gap-4 py-2",
    )


def _movement() -> rx.Component:
    return dialog(
        segmented(
            "What kind",
            "kind",
            [
                ("deposit", "Money in"),
                ("withdrawal", "Money out"),
                ("transfer", "Move"),
                ("send", "Send"),
            ],
            chosen=Movement.kind,
            hide_legend=True,
            on_change=Movement.choose,
        ),
        rx.cond(
            some(Movement.accounts),
            rx.el.div(
                rx.match(
                    Movement.kind,
                    ("withdrawal", _withdrawal()),
                    ("transfer", _transfer()),
                    _deposit(),
                ),
                class_name="mt-5 first:mt-0",
            ),
            rx.el.p(
                "There is no account to book on. ",
                text_link("Add one first.", href="/accounts?new=1"),
                class_name="mt-5 text-ink-2",
            ),
        ),
        title="New transaction",
        is_open=Movement.is_open,
        on_close=Movement.leave,
    )


def _account(label: str, name: str, options: Any, *, first: Any = "", **props: Any) -> rx.Component:
    return field(
        label,
        rx.el.select(
            rx.foreach(options, lambda one: rx.el.option(one.name, value=one.uuid)),
            name=name,
            default_value=first,
            key=f"{Movement.key}-{name}",
            aria_invalid=Movement.problem.field == name,
            class_name="h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink",
            **props,
        ),
        name=name,
        problem=Movement.problem,
    )


def _amount(hint: Any = "") -> rx.Component:
    return field(
        "Amount",
        text_input(
            "amount",
            problem=Movement.problem,
            input_mode="decimal",
            max_length=40,
            required=True,
            data_focus=True,
            class_name="text-lg! font-semibold",
        ),
        name="amount",
        problem=Movement.problem,
        hint=hint,
    )


def _day() -> rx.Component:
    return text_field("Day", "booked", problem=Movement.problem, type="date", hint="Empty means today")


def _when() -> rx.Component:
    """The day it is booked on; for what is pending, the last day it is waited for."""
    return rx.cond(
        Waiting.unbooked,
        text_field("Lapses after", "expires", problem=Movement.problem, type="date", hint="Empty means never"),
        _day(),
    )


def _unbooked(line: str) -> rx.Component:
    return checkbox(
        rx.el.span(
            rx.el.span("Not booked yet", class_name="font-medium text-ink"),
            rx.el.span(line, class_name="block text-xs text-ink-3"),
        ),
        name="waits",
        on_change=Waiting.announce,
    )


def _verb() -> rx.Component:
    return rx.cond(Waiting.unbooked, "Keep it pending", "Book it")


def _note() -> rx.Component:
    return text_field("Note", "note", problem=Movement.problem, max_length=500)


def _submit(words: Any, *fields: str) -> rx.Component:
    return rx.fragment(
        form_problem(Movement.problem, *fields),
        rx.el.div(
            button("Cancel", kind="plain", on_click=Movement.leave),
            button(words, type="submit"),
            class_name="flex justify-end gap-2",
        ),
    )


def _pair(*children: rx.Component) -> rx.Component:
    return rx.el.div(*children, class_name="grid gap-4 sm:grid-cols-2")


def _deposit() -> rx.Component:
    return rx.el.form(
        _amount(),
        _pair(
            _account("To", "account", Movement.accounts, first=Movement.first),
            field(
                "Where it comes from",
                select_input("source", Movement.sources, problem=Movement.problem),
                name="source",
                problem=Movement.problem,
            ),
        ),
        _pair(text_field("From whom", "payee", problem=Movement.problem, max_length=140), _when()),
        _note(),
        _unbooked("It is announced and comes later"),
        _submit(_verb(), "amount", "account", "source", "payee", "booked", "expires", "note"),
        on_submit=Movement.deposit,
        on_mount=Waiting.announce(False),
        key="deposit",
        class_name="grid gap-4",
    )


def _withdrawal() -> rx.Component:
    return rx.el.form(
        _amount(),
        _pair(
            _account("From", "account", Movement.accounts, first=Movement.first),
            field(
                "Category",
                select_input("category", Movement.spending, problem=Movement.problem),
                name="category",
                problem=Movement.problem,
            ),
        ),
        _pair(text_field("To whom", "payee", problem=Movement.problem, max_length=140), _when()),
        _note(),
        _unbooked("The amount is kept back until it is settled"),
        _submit(_verb(), "amount", "account", "category", "payee", "booked", "expires", "note"),
        on_submit=Movement.withdraw,
        on_mount=Waiting.announce(False),
        key="withdrawal",
        class_name="grid gap-4",
    )


def _transfer() -> rx.Component:
    return rx.el.form(
        _leaves(),
        _pair(
            _account("From", "account", Movement.accounts, first=Movement.first, on_change=Converting.give_from),
            _account("To", "to", Movement.accounts, first=Movement.second, on_change=Converting.take_to),
        ),
        _pair(_day(), _note()),
        _submit("Move it", "amount", "arrives", "account", "to", "booked", "note"),
        on_submit=Movement.transfer,
        on_mount=Converting.begin(Movement.first, Movement.second),
        key=f"transfer-{Movement.key}",
        class_name="grid gap-4",
    )


def _leaves() -> rx.Component:
    """What leaves; between two currencies also what arrives, and their rate."""
    return rx.fragment(
        _pair(
            field(
                rx.cond(Converting.two, f"Leaves, {Converting.of}", "Amount"),
                _size("amount", Converting.leaves, Converting.leaves_version, Converting.say_leaves, data_focus=True),
                name="amount",
                problem=Movement.problem,
                class_name=rx.cond(Converting.two, "", "sm:col-span-2"),
            ),
            rx.cond(
                Converting.two,
                field(
                    f"Arrives, {Converting.into}",
                    _size("arrives", Converting.arrives, Converting.arrives_version, Converting.say_arrives),
                    name="arrives",
                    problem=Movement.problem,
                ),
                rx.fragment(),
            ),
        ),
        rx.cond(
            Converting.two,
            rx.el.div(
                rx.cond(
                    Converting.line != "",
                    rx.el.p(Converting.line, class_name="num amount font-medium"),
                    rx.fragment(),
                ),
                rx.cond(
                    Converting.own != "",
                    rx.el.p(
                        Converting.own,
                        rx.cond(
                            Converting.differs,
                            rx.el.button(
                                "Use it",
                                type="button",
                                on_click=Converting.take_own,
                                class_name="ml-2 min-h-8 font-medium text-brand hover:underline",
                            ),
                            rx.fragment(),
                        ),
                        class_name="num text-xs text-ink-3",
                    ),
                    rx.el.p(
                        f"You gave no rate for {Converting.of} and {Converting.into}: write both amounts, or ",
                        text_link("keep a rate", href=Converting.rates_href),
                        ".",
                        class_name="text-xs text-ink-3",
                    ),
                ),
                aria_live="polite",
                class_name="-mt-1 grid gap-0.5",
            ),
            rx.fragment(),
        ),
    )


def _size(name: str, value: Any, version: Any, on_change: Any, **props: Any) -> rx.Component:
    return text_input(
        name,
        problem=Movement.problem,
        input_mode="decimal",
        max_length=40,
        required=True,
        default_value=value,
        on_change=on_change,
        key=f"{Movement.key}-{name}-{version}",
        class_name="text-lg! font-semibold",
        **props,
    )
