"""The console of staff."""

import reflex as rx

from fintwin.ui.pages.staff import views
from fintwin.ui.pages.staff.funds_state import Funds
from fintwin.ui.pages.staff.state import Staff
from fintwin.ui.shell import page


@page("/staff", title="Staff", load=[Staff.load, Funds.dismiss], staff=True)
def staff() -> rx.Component:
    """People, the general ledger, the audit; nobody else gets here."""
    return views.content()
