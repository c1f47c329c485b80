"""Payments."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.payments import views
from fintwin.ui.pages.payments.state import Payments
from fintwin.ui.pages.payments.ways import Ways
from fintwin.ui.shell import page


@page(
    "/payments",
    title="Payments",
    load=[Payments.load, Ways.leave, Ways.load],
    listens=(Kind.PAYMENT, Kind.REQUEST, Kind.ACCOUNT, Kind.POSTED),
    again=[Payments.refresh, Ways.load],
    action=views.new_button,
)
def payments() -> rx.Component:
    """What is sent, asked and received."""
    return views.content()
