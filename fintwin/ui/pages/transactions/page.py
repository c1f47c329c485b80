"""The register."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.transactions import views
from fintwin.ui.pages.transactions.kept import Kept
from fintwin.ui.pages.transactions.many import Many
from fintwin.ui.pages.transactions.state import Register
from fintwin.ui.pages.transactions.waiting import Waiting
from fintwin.ui.shell import page


@page(
    "/transactions",
    title="Transactions",
    load=[Register.load, Many.close, Many.follow, Kept.close, Kept.load, Waiting.load],
    listens=(Kind.POSTED, Kind.CLASSIFIED, Kind.ACCOUNT),
    again=[Register.refresh, Kept.load, Waiting.refresh],
    action=views.new_button,
    keys=views.KEYS,
)
def transactions() -> rx.Component:
    """Everything that was booked, and the way to book more."""
    return views.content()
