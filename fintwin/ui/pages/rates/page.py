"""Exchange rates."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.rates import views
from fintwin.ui.pages.rates.state import Rates
from fintwin.ui.shell import page


@page(
    "/rates",
    title="Exchange rates",
    load=Rates.load,
    listens=(Kind.ACCOUNT,),
    again=Rates.refresh,
    section="/settings",
)
def rates() -> rx.Component:
    """What one currency is worth in another, as its person says."""
    return views.content()
