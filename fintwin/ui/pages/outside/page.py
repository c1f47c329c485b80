"""Payments through a bank."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.outside import views
from fintwin.ui.pages.outside.state import PATH, Outside
from fintwin.ui.shell import page


@page(
    PATH,
    title="By bank",
    load=Outside.load,
    listens=(Kind.BANK_ORDER, Kind.ACCOUNT),
    again=Outside.refresh,
    action=views.new_button,
    section="/payments",
)
def outside() -> rx.Component:
    """Orders to banks."""
    return views.content()
