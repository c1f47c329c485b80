"""The views of the register that a person keeps, beside those that everybody has."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

import reflex as rx
from pydantic import StringConstraints, field_validator

from fintwin.kernel.errors import Invalid
from fintwin.ledger import saved_views
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.transactions.address import PATH, Address, read, write
from fintwin.ui.pages.transactions.state import Register
from fintwin.ui.state import Page
from fintwin.ui.undo import Step, offer
from fintwin.ui.wanted import Wanted

DEFAULTS = (
    ("All", Address()),
    ("Uncategorised", Address(text="is:uncategorised")),
    ("Pending", Address(text="is:pending")),
    ("This month", Address(text="on:this-month")),
    ("Bin", Address(text="is:binned")),
)
"""The views of everybody."""
_THEIRS = frozenset(name.casefold() for name, _ in DEFAULTS)


@dataclass(frozen=True, slots=True)
class View:
    """A view as the page's head shows it; `id` 0 is one of everybody's."""

    id: int = 0
    name: str = ""
    href: str = ""
    query: str = ""


class NameForm(Form):
    """What a view is called."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40), Wanted("Give the view a name.")]

    @field_validator("name")
    @classmethod
    def _own(cls, name: str) -> str:
        if name.casefold() in _THEIRS:
            raise ValueError("There is a view of this name.")
        return name


def defaults() -> list[View]:
    """The views of everybody, All first."""
    return [_view(0, name, write(address).partition("?")[2]) for name, address in DEFAULTS]


class Kept(Page, rx.State):
    """A person's views and the dialog that names one."""

    views: list[View] = []
    naming: bool = False
    renamed: View = View()
    """The view that the dialog renames; without an id it keeps the current one."""

    @rx.event
    async def load(self) -> None:
        """Read them."""
        self.views = [_view(one.id, one.name, one.query) for one in await look(saved_views.views)]

    @rx.event
    def ask(self, view: int) -> None:
        """Open the dialog: for a view's new name, or (0) for the current filter."""
        self.renamed = next((one for one in self.views if view == one.id), View())
        self.naming = True

    @rx.event
    def close(self) -> None:
        """Close it."""
        self.naming = False

    @rx.event
    async def keep(self, form: dict[str, Any]) -> Any:
        """Keep the current filter under a name, or rename a view."""
        name = parse(NameForm, form).name
        if self.renamed.id:
            await act(saved_views.rename, view=self.renamed.id, name=name)
        else:
            query = (await self.get_state(Register)).query
            if not query:
                raise Invalid("Filter or search first: without that it is the view All.", code="no_filter")
            await act(saved_views.keep, name=name, query=query)
        self.naming = False
        return Kept.load

    @rx.event
    async def drop(self) -> Any:
        """Delete the view whose dialog is open."""
        gone = await act(saved_views.drop, view=self.renamed.id)
        self.naming = False
        return [
            Kept.load,
            await offer(self, f"View {gone.name} deleted.", Step("keep_view", words=(gone.name, gone.query))),
        ]


def _view(number: int, name: str, query: str) -> View:
    address = read(dict(parse_qsl(query)))
    href = write(address)
    return View(number, name, href, href[len(PATH) + 1 :])
