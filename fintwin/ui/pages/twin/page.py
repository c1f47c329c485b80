"""The twin."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.twin import views
from fintwin.ui.pages.twin.state import Twin
from fintwin.ui.shell import page


@page(
    "/twin",
    title="Twin",
    load=Twin.load,
    listens=(Kind.POSTED, Kind.ACCOUNT),
    again=Twin.aged,
    action=views.runs_button,
)
def twin() -> rx.Component:
    """What if."""
    return views.content()
