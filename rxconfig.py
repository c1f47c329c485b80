"""Reflex's configuration. Addresses, secrets and switches are in fintwin/settings.py; nothing here depends on them.

Which origins may speak to the app is decided in fintwin/web/guard.py, per request; Reflex's own list stays open.
"""

import os

import reflex as rx

from fintwin.ui.bundle import OWN_ORIGIN, Light, Look, OwnOrigin

config = rx.Config(
    app_name="fintwin",
    api_url=OWN_ORIGIN,
    deploy_url=None,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    frontend_compression_formats=["brotli", "gzip"],
    state_manager_mode="redis" if os.environ.get("REFLEX_REDIS_URL") else "memory",
    plugins=[Look(), Light(), OwnOrigin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
