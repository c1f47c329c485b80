"""The dashboard."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.dashboard import views
from fintwin.ui.pages.dashboard.state import Dashboard
from fintwin.ui.shell import add_button, page


@page(
    "/dashboard",
    title="Dashboard",
    load=Dashboard.load,
    listens=(Kind.POSTED, Kind.CLASSIFIED, Kind.ACCOUNT, Kind.IMPORT),
    again=Dashboard.refresh,
    action=add_button,
)
def dashboard() -> rx.Component:
    """Where the person stands."""
    return views.content()
