"""Categories and rules."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.categories import rules, tree
from fintwin.ui.pages.categories.rules_state import Rules
from fintwin.ui.pages.categories.state import Categories
from fintwin.ui.shell import page


@page(
    "/categories",
    title="Categories",
    load=Rules.load,
    listens=(Kind.CLASSIFIED,),
    again=Categories.refresh,
    section="/transactions",
)
def categories() -> rx.Component:
    """The tree at the left, the rules beside it."""
    return rx.el.div(
        tree.content(),
        rules.content(),
        class_name="grid min-w-0 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]",
    )
