"""Composition root: the Reflex app, its pages, gate, HTTP routes and lifespan. Nothing else."""

import ctypes
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from starlette.applications import Starlette

from fintwin import build
from fintwin.db.engine import close_database, open_database
from fintwin.settings import settings
from fintwin.ui.pages.landing.page import landing
from fintwin.web import health
from fintwin.web.guard import Guard


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """The pools of this worker, from its start to its end."""
    open_database(settings().app_database_url)
    try:
        yield
    finally:
        close_database()


app = rx.App(
    html_lang="en",
    toaster=None,
    app_wraps={},
    api_transformer=Starlette(routes=[*health.routes]),
)
app.add_page(landing, route="/", title="FinTwin")
app.register_lifespan_task(database)


def make_app() -> Guard:
    """What the server runs: everything, behind the guard."""
    _die_with_parent()
    return Guard(app(), static=build.static_dir(), public_url=settings().public_url)


def _die_with_parent() -> None:
    """A worker whose server was killed would go on holding the port: on Linux the kernel ends it too."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)
