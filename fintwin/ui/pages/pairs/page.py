"""Possible duplicates and own transfers."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.pairs import views
from fintwin.ui.pages.pairs.state import Pairs
from fintwin.ui.shell import page


@page(
    "/transactions/pairs",
    title="Duplicates",
    load=Pairs.load,
    listens=(Kind.POSTED, Kind.CLASSIFIED),
    section="/transactions",
)
def pairs() -> rx.Component:
    """What looks like one thing booked twice."""
    return views.content()
