"""The statement of an account for a month."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.statement import views
from fintwin.ui.pages.statement.state import PATH, Statement
from fintwin.ui.shell import page


@page(
    PATH,
    title="Statement",
    load=Statement.load,
    listens=(Kind.POSTED, Kind.ACCOUNT),
    again=Statement.refresh,
    section="/accounts",
)
def statement() -> rx.Component:
    """What an account began a month with, what happened, and what it ended with."""
    return views.content()
