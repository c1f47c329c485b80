"""Accounts."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.accounts import views
from fintwin.ui.pages.accounts.archiving import Archiving
from fintwin.ui.pages.accounts.reconciling import Reconciling
from fintwin.ui.pages.accounts.state import Accounts
from fintwin.ui.shell import page


@page(
    "/accounts",
    title="Accounts",
    load=[Accounts.load, Reconciling.leave, Archiving.leave],
    listens=(Kind.POSTED, Kind.ACCOUNT),
    again=Accounts.refresh,
    action=views.new_button,
)
def accounts() -> rx.Component:
    """What there is and what it holds."""
    return views.content()
