"""Composition root: the Reflex app, its pages, gate, HTTP routes and lifespan. Nothing else."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import reflex as rx
from reflex.state import FrontendEventExceptionState
from reflex_base.event import EventSpec
from reflex_components_core.base.error_boundary import ErrorBoundary
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from fintwin import build
from fintwin.db.engine import close_database, open_database
from fintwin.db.guard import proved
from fintwin.events import live as live_events
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.discretion import keep_logs_discreet, printable
from fintwin.kernel.processes import end_with_parent
from fintwin.projection.engine import close_engine, open_engine
from fintwin.settings import settings
from fintwin.ui import lines, shell
from fintwin.ui.bundle import FONT
from fintwin.ui.pages.accounts import page as _accounts
from fintwin.ui.pages.balance_history import page as _balance_history
from fintwin.ui.pages.books import page as _books
from fintwin.ui.pages.categories import page as _categories
from fintwin.ui.pages.dashboard import page as _dashboard
from fintwin.ui.pages.import_ import page as _import
from fintwin.ui.pages.landing import page as _landing
from fintwin.ui.pages.login import page as _login
from fintwin.ui.pages.lost import page as _lost
from fintwin.ui.pages.onboarding import page as _onboarding
from fintwin.ui.pages.outside import page as _outside
from fintwin.ui.pages.pairs import page as _pairs
from fintwin.ui.pages.payments import page as _payments
from fintwin.ui.pages.rates import page as _rates
from fintwin.ui.pages.review import page as _review
from fintwin.ui.pages.schedules import page as _schedules
from fintwin.ui.pages.settings import page as _settings
from fintwin.ui.pages.staff import page as _staff
from fintwin.ui.pages.statement import page as _statement
from fintwin.ui.pages.transactions import page as _transactions
from fintwin.ui.pages.twin import page as _twin
from fintwin.web import api, attachments, auth, bank_files, exports, health, rate_files, staff, statements, uploads
from fintwin.web.gate import Gate, Tab
from fintwin.web.guard import Guard
from fintwin.web.socket import guard_socket

__all__ = [
    "_accounts",
    "_balance_history",
    "_books",
    "_categories",
    "_dashboard",
    "_import",
    "_landing",
    "_login",
    "_lost",
    "_onboarding",
    "_outside",
    "_pairs",
    "_payments",
    "_rates",
    "_review",
    "_schedules",
    "_settings",
    "_staff",
    "_statement",
    "_transactions",
    "_twin",
    "app",
    "make_app",
]

_CONNECTIONS = 10
_LONGEST_REPORT = 2048
_browser_reports = Buckets(rate=1 / 6, burst=20)
"""For all browsers together, so that nobody fills the disk."""
_faults = Buckets(rate=1.0, burst=30)

logger = logging.getLogger(__name__)


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """The pools of this worker, from its start to its end: as many threads as connections."""
    await asyncio.to_thread(proved, settings().app_database_url)
    open_database(settings().app_database_url, pool=_CONNECTIONS)
    with ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="work") as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        try:
            yield
        finally:
            close_database()


@asynccontextmanager
async def engine() -> AsyncIterator[None]:
    """The twin's engine; its process starts with the first question."""
    open_engine(data_dir=settings().data_dir, cache_dir=build.engine_dir())
    try:
        yield
    finally:
        close_engine()


@asynccontextmanager
async def live() -> AsyncIterator[None]:
    """What happens to the books reaches the tabs."""
    async with live_events.running(settings().app_database_url):
        yield


def with_routes(pages: ASGIApp) -> Starlette:
    """Our own HTTP routes before Reflex's; made when the server starts, so that a build needs no settings."""
    return Starlette(
        routes=[
            *health.routes,
            *auth.routes(settings()),
            *api.routes,
            *exports.routes,
            *statements.routes,
            *staff.routes,
            *uploads.routes,
            *attachments.routes,
            *bank_files.routes,
            *rate_files.routes,
            Mount("", app=pages),
        ]
    )


def failed(exception: Exception) -> EventSpec | None:
    """A handler broke: the reason goes to the log, a sentence to the page; bounded, whatever breaks over and over."""
    if _faults.wait(""):
        return None
    logger.error("A handler broke", exc_info=exception)
    return Tab.failed()


def browser_failed(exception: Exception) -> None:
    """A page broke in somebody's browser: what it reports is anybody's text, so it is one short line, and not many."""
    if not _browser_reports.wait(""):
        logger.error("A page broke in a browser: %s", printable(str(exception), most=_LONGEST_REPORT))


FrontendEventExceptionState.auto_reload_on_errors.clear()  # it reloads through eval, which the policy forbids

app = rx.App(
    html_lang="en",
    toaster=None,
    app_wraps={
        (55, "ErrorBoundary"): lambda _stateful: ErrorBoundary.create(fallback_render=lines.fallback()),
        (5, "ConnectionLost"): lambda _stateful: lines.connection_lost(),
    },
    head_components=[
        rx.el.script(src="/shell.js"),
        rx.el.script(src="/keys.js", defer=True),
        rx.el.link(
            rel="preload", href=FONT, custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"}
        ),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.link(rel="icon", href="/icons/fintwin.svg", custom_attrs={"type": "image/svg+xml"}),
        rx.el.link(rel="apple-touch-icon", href="/icons/fintwin-192.png"),
        rx.el.meta(name="theme-color", content="#f6f7f9", custom_attrs={"media": "(prefers-color-scheme: light)"}),
        rx.el.meta(name="theme-color", content="#0c1016", custom_attrs={"media": "(prefers-color-scheme: dark)"}),
        rx.el.meta(name="description", content="Personal finance on real books, with a twin to ask what if."),
    ],
    backend_exception_handler=failed,
    frontend_exception_handler=browser_failed,
    api_transformer=with_routes,
)
guard_socket(app)
app.add_middleware(Gate())
shell.add_pages(app)
app.register_lifespan_task(database)
app.register_lifespan_task(engine)
app.register_lifespan_task(live)


def make_app() -> Guard:
    """What the server runs: everything, behind the guard."""
    keep_logs_discreet()
    end_with_parent(signal.SIGKILL)  # a worker whose server was killed would go on holding the port
    return Guard(app(), static=build.static_dir(), public_url=settings().public_url)
