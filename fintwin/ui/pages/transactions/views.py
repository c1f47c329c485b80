"""How the register looks: toolbar, sums, rows; a panel for one row, a dialog for something new."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from fintwin.ui.components.forms import (
    button,
    field,
    form_problem,
    icon_button,
    link_button,
    segmented,
    select_input,
    text_field,
    text_input,
)
from fintwin.ui.components.icons import icon
from fintwin.ui.components.keys import keys
from fintwin.ui.components.pieces import CARD, amount, badge, chip, dialog, empty, link, skeleton, text_link
from fintwin.ui.components.vars import some
from fintwin.ui.pages.transactions import panel
from fintwin.ui.pages.transactions.address import LONGEST_TEXT
from fintwin.ui.pages.transactions.rows import Line, Row, Sums
from fintwin.ui.pages.transactions.state import Detail, Movement, Register

_COLUMNS = "lg:grid-cols-[4.5rem_minmax(0,2fr)_minmax(0,1.3fr)_minmax(0,1fr)_6.5rem_8rem]"
_KEYS = [
    ("T", "New transaction"),
    ("F", "Filter"),
    ("/", "Search"),
    ("J and K", "Next and previous row"),
    ("Enter", "Open the row"),
    ("Esc", "Close what is open"),
    ("Ctrl Shift P", "Hide amounts"),
    ("?", "These keys"),
]


def content() -> rx.Component:
    """The whole page below its header."""
    return rx.fragment(
        keys(),
        rx.el.div(_toolbar(), _filter(), _chips(), _problems(), _register(), class_name="grid gap-4"),
        _detail(),
        _movement(),
        _key_list(),
        _undo(),
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
        rx.el.form(
            rx.el.label(
                icon("search", size="size-4"),
                rx.el.input(
                    name="q",
                    type="search",
                    aria_label="Search payee, note and description",
                    placeholder="Search payee, note, description",
                    default_value=Register.searched,
                    key=Register.searched,
                    max_length=LONGEST_TEXT,
                    auto_complete="off",
                    class_name="w-full bg-transparent text-ink outline-none placeholder:text-ink-3",
                    custom_attrs={"data-key": "/"},
                ),
                class_name=(
                    "flex h-11 items-center gap-2 rounded-lg border border-line bg-surface px-3 text-ink-3"
                    " focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-brand lg:h-9"
                ),
            ),
            on_submit=Register.search,
            class_name="min-w-60 flex-1",
        ),
        button(
            icon("filter", size="size-4"),
            "Filter",
            kind="plain",
            on_click=Register.toggle_filter,
            class_name="lg:h-9!",
            custom_attrs={"data-key": "f", "aria-expanded": Register.filtering},
        ),
        link_button(icon("upload", size="size-4"), "Import", href="/import", class_name="lg:h-9!"),
        link_button("Categories", href="/categories", class_name="lg:h-9!"),
        rx.el.a(
            icon("download", size="size-4"),
            "Export",
            href="/export/transactions.csv",
            download=True,
            class_name=(
                "inline-flex h-11 items-center gap-2 rounded-lg border border-line bg-surface px-4 font-medium"
                " hover:bg-sunken lg:h-9"
            ),
        ),
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


def _chips() -> rx.Component:
    return rx.cond(
        some(Register.chips),
        rx.el.div(
            rx.foreach(
                Register.chips,
                lambda one: chip(one.words, on_remove=rx.redirect(one.without), label=f"Remove filter {one.words}"),
            ),
            class_name="flex flex-wrap gap-2",
        ),
        rx.fragment(),
    )


def _problems() -> rx.Component:
    """What was refused and has no dialog open to stand in."""
    return rx.fragment(
        form_problem(Register.problem, "since", "until", "least", "most"),
        rx.cond(Detail.is_open, rx.fragment(), form_problem(Detail.problem)),
        rx.cond(Movement.is_open, rx.fragment(), form_problem(Movement.problem)),
    )


def _register() -> rx.Component:
    return rx.el.section(
        rx.cond(Register.loaded, _sums(), _sums_skeleton()),
        rx.el.div(
            rx.el.span("Date"),
            rx.el.span("Payee"),
            rx.el.span("Category"),
            rx.el.span("Account"),
            rx.el.span("Status"),
            rx.el.span("Amount", class_name="text-right"),
            aria_hidden=True,
            class_name=(
                f"sticky top-[calc(3.5rem+var(--top))] z-[1] hidden {_COLUMNS} items-center gap-4 border-b border-line bg-surface px-5 py-2.5"
                " text-xs font-medium text-ink-3 lg:grid"
            ),
        ),
        rx.cond(
            Register.loaded,
            rx.cond(
                some(Register.rows),
                rx.el.ul(rx.foreach(Register.rows, _row), class_name="divide-y divide-line"),
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


def _row(row: ObjectVar[Row]) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(row.day, class_name="num hidden text-ink-3 lg:block"),
            rx.el.span(row.title, class_name="truncate font-medium"),
            rx.el.span(
                rx.cond(
                    row.category != "",
                    row.category,
                    rx.cond(row.choosable, rx.el.span("Choose…", class_name="font-medium text-brand"), ""),
                ),
                rx.el.span(row.aside, class_name="lg:hidden"),
                class_name="order-3 truncate text-xs text-ink-3 lg:order-none lg:text-sm lg:text-ink-2",
            ),
            rx.el.span(row.account, class_name="hidden truncate text-ink-2 lg:block"),
            rx.el.span(_status(row), class_name="order-4 justify-self-end lg:order-none lg:justify-self-start"),
            rx.el.span(
                amount(row.amount, inflow=row.inflow), class_name="order-2 text-right font-medium lg:order-none"
            ),
            href=Register.opening_href + row.reference,
            prevent_scroll_reset=True,
            on_click=Register.expect(row.reference),
            custom_attrs={"data-row": "", "data-reference": row.reference},
            class_name=(
                f"grid w-full grid-cols-[minmax(0,1fr)_auto] gap-x-4 px-5 py-3 text-left outline-offset-[-2px]"
                f" hover:bg-sunken/50 focus-visible:bg-brand-soft/60 {_COLUMNS} lg:items-center lg:gap-4 lg:py-2.5"
            ),
        ),
    )


def _status(row: ObjectVar[Row]) -> rx.Component:
    return rx.cond(
        row.plain,
        rx.el.span(row.status, class_name="hidden text-xs text-ink-3 lg:inline"),
        badge(row.status),
    )


def _row_skeleton() -> rx.Component:
    return rx.el.div(
        skeleton("hidden h-4 w-12 lg:block"),
        skeleton("h-4 w-40"),
        skeleton("order-3 h-4 w-24 lg:order-none"),
        skeleton("hidden h-4 w-20 lg:block"),
        skeleton("hidden h-4 w-14 lg:block"),
        skeleton("order-2 ml-auto h-4 w-20 lg:order-none"),
        aria_hidden=True,
        class_name=(f"grid grid-cols-[minmax(0,1fr)_auto] gap-4 px-5 py-3 lg:items-center {_COLUMNS} lg:gap-4 lg:py-3"),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        Register.filtered,
        empty(
            "Nothing fits this filter.",
            action=button("Clear the filter", kind="plain", on_click=Register.clear),
            picture="ledger",
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
        rx.el.span("J K move · Enter opens · T new · F filter · ", class_name="ml-auto hidden lg:inline"),
        rx.el.button(
            "? all keys",
            type="button",
            on_click=Register.show_keys(True),
            custom_attrs={"data-key": "?"},
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
        panel.meaning(),
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
            form_problem(Detail.problem, "payee", "category", "note"),
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
        rx.cond(
            Movement.reviewed,
            rx.fragment(),
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
        ),
        rx.cond(
            some(Movement.accounts),
            rx.el.div(
                rx.match(
                    Movement.kind,
                    ("withdrawal", _withdrawal()),
                    ("transfer", _transfer()),
                    ("send", _send()),
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


def _account(label: str, name: str, options: Any, *, first: Any = "") -> rx.Component:
    return field(
        label,
        rx.el.select(
            rx.foreach(options, lambda one: rx.el.option(one.words, value=one.uuid)),
            name=name,
            default_value=first,
            key=f"{Movement.key}-{name}",
            aria_invalid=Movement.problem.field == name,
            class_name="h-11 w-full min-w-0 rounded-lg border border-line bg-surface px-3 text-ink",
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


def _note() -> rx.Component:
    return text_field("Note", "note", problem=Movement.problem, max_length=500)


def _submit(words: str, *fields: str) -> rx.Component:
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
        _pair(text_field("From whom", "payee", problem=Movement.problem, max_length=140), _day()),
        _note(),
        _submit("Book it", "amount", "account", "source", "payee", "booked", "note"),
        on_submit=Movement.deposit,
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
        _pair(text_field("To whom", "payee", problem=Movement.problem, max_length=140), _day()),
        _note(),
        _submit("Book it", "amount", "account", "category", "payee", "booked", "note"),
        on_submit=Movement.withdraw,
        key="withdrawal",
        class_name="grid gap-4",
    )


def _transfer() -> rx.Component:
    return rx.el.form(
        _amount(),
        _pair(
            _account("From", "account", Movement.accounts, first=Movement.first),
            _account("To", "to", Movement.accounts, first=Movement.second),
        ),
        _pair(_day(), _note()),
        _submit("Move it", "amount", "account", "to", "booked", "note"),
        on_submit=Movement.transfer,
        key="transfer",
        class_name="grid gap-4",
    )


def _send() -> rx.Component:
    return rx.cond(
        some(Movement.payers),
        rx.fragment(
            rx.el.form(
                _amount(),
                _account("From", "account", Movement.payers, first=Movement.first),
                text_field(
                    "Account number",
                    "number",
                    problem=Movement.problem,
                    input_mode="numeric",
                    max_length=30,
                    required=True,
                    placeholder="1234 5678 9012 34",
                    hint="Fourteen digits. The other person finds it on their accounts page",
                ),
                text_field(
                    "Message", "description", problem=Movement.problem, max_length=140, hint="They can read this"
                ),
                _pair(
                    field(
                        "Category",
                        select_input("category", Movement.spending, problem=Movement.problem),
                        name="category",
                        problem=Movement.problem,
                    ),
                    text_field("Note", "note", problem=Movement.problem, max_length=500, hint="Only you can read this"),
                ),
                _submit("Review", "amount", "account", "number", "description", "category", "note"),
                on_submit=Movement.review,
                key="send",
                class_name=rx.cond(Movement.reviewed, "hidden", "grid gap-4"),
            ),
            rx.cond(Movement.reviewed, _review(), rx.fragment()),
        ),
        rx.el.p(
            "Money for other people leaves an account that is kept here. ",
            text_link("Open one.", href="/accounts?new=1"),
            class_name="text-ink-2",
        ),
    )


def _review() -> rx.Component:
    review = Movement.checked
    return rx.el.div(
        rx.el.p(
            "Send ",
            amount(review.amount, class_name="font-semibold"),
            " to ",
            rx.el.strong(review.name, class_name="font-semibold"),
            "?",
            class_name="text-lg tracking-tight",
        ),
        rx.el.dl(
            *(
                rx.el.div(
                    rx.el.dt(name, class_name="shrink-0 text-ink-3"),
                    rx.el.dd(value, class_name="num ml-auto min-w-0 break-words text-right"),
                    class_name="flex gap-4",
                )
                for name, value in (
                    ("Account number", review.number),
                    ("From", review.account),
                    ("Left afterwards", amount(review.left)),
                    ("Message", rx.cond(review.description != "", review.description, "none")),
                    ("Category", rx.cond(review.category != "", review.category, "chosen later")),
                    ("Your note", rx.cond(review.note != "", review.note, "none")),
                )
            ),
            class_name="grid gap-2.5 rounded-lg bg-sunken px-4 py-3",
        ),
        rx.el.p("It is booked at once and only the other person can send it back.", class_name="text-xs text-ink-3"),
        form_problem(Movement.problem),
        rx.el.div(
            button("Back", kind="plain", on_click=Movement.edit),
            button(icon("send", size="size-4"), "Send", on_click=Movement.send, data_focus=True),
            class_name="flex justify-end gap-2",
        ),
        class_name="grid gap-4",
    )


def _key_list() -> rx.Component:
    return dialog(
        rx.el.dl(
            *(
                rx.el.div(
                    rx.el.dt(
                        rx.el.kbd(
                            key, class_name="rounded border border-line bg-sunken px-2 py-0.5 text-xs font-medium"
                        ),
                        class_name="w-32 shrink-0",
                    ),
                    rx.el.dd(words),
                    class_name="flex items-center py-2",
                )
                for key, words in _KEYS
            ),
            class_name="divide-y divide-line",
        ),
        title="Keys",
        is_open=Register.keys_shown,
        on_close=Register.show_keys(False),
    )


def _undo() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Movement.done != "",
            rx.el.div(
                rx.el.span(Movement.done, class_name="min-w-0"),
                rx.cond(
                    Movement.undoable,
                    button(
                        "Undo",
                        kind="quiet",
                        on_click=Movement.undo,
                        class_name="ml-auto h-9! px-3! text-canvas! hover:bg-canvas/15! font-semibold",
                    ),
                    rx.fragment(),
                ),
                icon_button(
                    "close",
                    "Put away",
                    on_click=Movement.put_away,
                    class_name=rx.cond(
                        Movement.undoable,
                        "text-canvas! hover:bg-canvas/15! lg:size-9",
                        "ml-auto text-canvas! hover:bg-canvas/15! lg:size-9",
                    ),
                ),
                key=Movement.done_number,
                class_name=(
                    "pointer-events-auto flex w-full max-w-lg items-center gap-2 rounded-lg bg-ink py-1.5 pl-4 pr-1.5"
                    " text-canvas shadow-card"
                ),
            ),
            rx.fragment(),
        ),
        role="status",
        class_name="pointer-events-none fixed inset-x-4 bottom-20 z-30 flex justify-center lg:bottom-6",
    )
