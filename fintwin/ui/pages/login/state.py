"""Which doors are open, and why the last try did not work."""

import asyncio
from dataclasses import dataclass
from typing import Any

import reflex as rx

from fintwin.db.work import perform
from fintwin.identity import door, service
from fintwin.settings import settings
from fintwin.ui.shell import letters_of
from fintwin.ui.state import Page
from fintwin.web.auth import OTHER_PROBLEM, PROBLEMS, own_path
from fintwin.web.gate import open_to_visitors, visitor


@dataclass(frozen=True)
class ProviderRow:
    """A provider's button."""

    key: str
    name: str


@dataclass(frozen=True)
class ProfileRow:
    """A local profile to pick."""

    subject: str
    name: str
    letters: str


class Login(Page, rx.State):
    """The sign-in page."""

    loaded: bool = False
    providers: list[ProviderRow] = []
    profiles: list[ProfileRow] = []
    local: bool = False
    demo: bool = False
    closed: bool = False
    linked: bool = False
    refused: str = ""
    then: str = "/dashboard"

    @rx.event
    @open_to_visitors
    async def load(self) -> Any:
        """Read what is set up; who is signed in already goes on to where they wanted to go."""
        query = self.router.url.query_parameters
        self.then = own_path(query.get("next", ""))
        code = query.get("problem", "")
        if visitor() is not None and not code:
            return rx.redirect(self.then, replace=True)
        rules = settings()
        self.refused = PROBLEMS.get(code, OTHER_PROBLEM) if code else ""
        self.linked = query.get("link") == "1"
        self.providers = [ProviderRow(one.key, one.name) for one in door.providers(rules)]
        self.local = door.local_profiles_allowed(rules)
        self.demo = door.demo_allowed(rules, signed_in=False)
        self.closed = rules.provider and rules.sign_up == "list"
        found = await asyncio.to_thread(perform, None, service.local_profiles, read_only=True) if self.local else []
        self.profiles = [ProfileRow(one.subject, one.name, letters_of(one.name)) for one in found]
        self.loaded = True
        return None
