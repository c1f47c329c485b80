"""The import."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.import_ import views
from fintwin.ui.pages.import_.state import Import
from fintwin.ui.shell import page


@page("/import", title="Import", load=Import.load, listens=(Kind.IMPORT,), again=Import.refresh)
def import_page() -> rx.Component:
    """From a bank file into the books."""
    return views.content()
