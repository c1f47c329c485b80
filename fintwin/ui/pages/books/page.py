"""Books: whether they are whole."""

import reflex as rx

from fintwin.events.outbox import Kind
from fintwin.ui.pages.books import views
from fintwin.ui.pages.books.state import Books
from fintwin.ui.shell import page


@page("/books", title="Books", load=Books.load, listens=(Kind.CHECKED, Kind.POSTED), section="/settings")
def books() -> rx.Component:
    """What is proved of the person's own books."""
    return views.content()
