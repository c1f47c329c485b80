"""The cookies of the house. A browser's scripts can read none of them but the one that says "this is the demo".

Over TLS every name has the `__Host-` prefix, so that no other host and no plain page can set one.
"""

from starlette.responses import Response

from fintwin.settings import Settings

SESSION = "fintwin"
"""The session's token."""
HOME = "fintwin-home"
"""The token of the session that a signed-in person left to try the demo."""
WAY = "fintwin-way"
"""A sign-in that is on its way to a provider and back; sealed."""
LINK = "fintwin-link"
"""The secret of a one-time link that the next sign-in uses."""
DEMO = "fintwin-demo"
"""That the session is a demo's, for keeping the place of its banner before the page knows; nothing rests on it."""

KEPT = 90 * 24 * 3600
"""Seconds for which a browser keeps a session that is to be kept; the server ends it earlier when it idles."""


def name(cookie: str, *, https: bool) -> str:
    """The cookie's name as the browser knows it."""
    return f"__Host-{cookie}" if https else cookie


def read(header: str, cookie: str, *, https: bool) -> str:
    """A cookie's value in a Cookie header; empty where it is missing or stands there twice."""
    wanted = name(cookie, https=https)
    found = [
        value.strip()
        for part in header.split(";")
        for key, sign, value in [part.partition("=")]
        if sign and key.strip() == wanted
    ]
    return found[0] if len(found) == 1 else ""


def session_token(header: str, settings: Settings) -> str:
    """The session's token in a Cookie header; empty where there is none."""
    return read(header, SESSION, https=settings.https)


def put(response: Response, cookie: str, value: str, *, settings: Settings, seconds: int | None = None) -> None:
    """Set a cookie for some seconds, or until the browser closes."""
    response.set_cookie(
        name(cookie, https=settings.https),
        value,
        max_age=seconds,
        path="/",
        secure=settings.https,
        httponly=cookie != DEMO,
        samesite="lax",
    )


def drop(response: Response, cookie: str, *, settings: Settings) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(
        name(cookie, https=settings.https), path="/", secure=settings.https, httponly=True, samesite="lax"
    )
