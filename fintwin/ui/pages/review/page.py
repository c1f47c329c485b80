"""The review of what has no category, one after the other."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.review import views
from fintwin.ui.pages.review.state import Review
from fintwin.ui.shell import page


@page(
    "/transactions/review",
    title="Review",
    load=Review.load,
    listens=(Kind.POSTED, Kind.CLASSIFIED),
    again=Review.refresh,
    section="/transactions",
    keys=views.KEYS,
)
def review() -> rx.Component:
    """One question at a time."""
    return views.content()
