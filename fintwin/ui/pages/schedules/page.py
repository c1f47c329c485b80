"""Schedules."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.schedules import views
from fintwin.ui.pages.schedules.state import PATH, Schedules
from fintwin.ui.shell import page


@page(
    PATH,
    title="Schedules",
    load=Schedules.load,
    listens=(Kind.SCHEDULE, Kind.ACCOUNT),
    again=Schedules.refresh,
    action=views.new_button,
    section="/payments",
)
def schedules() -> rx.Component:
    """What is paid on given days."""
    return views.content()
