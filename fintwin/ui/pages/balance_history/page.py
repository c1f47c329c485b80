"""The history of an account's balance."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.balance_history import views
from fintwin.ui.pages.balance_history.state import PATH, BalanceHistory
from fintwin.ui.shell import page


@page(
    PATH,
    title="Balance history",
    load=BalanceHistory.load,
    listens=(Kind.POSTED, Kind.ACCOUNT),
    again=BalanceHistory.refresh,
    section="/accounts",
)
def balance_history() -> rx.Component:
    """Each change of a balance, when it happened, why, and what it left."""
    return views.content()
