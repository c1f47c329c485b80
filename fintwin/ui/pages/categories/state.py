"""The tree of categories: names, places, two made one, archived, taken away with an undo."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.wording import count_text, counted
from fintwin.ledger import categories as book
from fintwin.ledger import category_tree, changes
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.category_tree import Used
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Wanted
from fintwin.web.gate import principal

MOST_STEPS = 1000
"""Steps of one act: a million transactions."""


class NewForm(Form):
    """A category to add."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60), Wanted("Give the category a name.")]
    flow: Literal["in", "out"] = "out"
    parent: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""


class NameForm(Form):
    """Another name."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60), Wanted("Give the category a name.")]


class PlaceForm(Form):
    """Another place in the tree."""

    parent: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""


class TargetForm(Form):
    """The category that takes over."""

    target: Annotated[str, StringConstraints(pattern=r"^\d{1,18}$"), Wanted("Choose a category.")]


@dataclass(frozen=True, slots=True)
class Row:
    """A category in the tree."""

    id: int = 0
    name: str = ""
    below: bool = False
    archived: bool = False
    used: str = ""
    many: str = ""
    """The transactions alone, for narrow screens."""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The category whose dialog is open."""

    id: int = 0
    name: str = ""
    parent: str = ""
    archived: bool = False
    has_below: bool = False
    used: bool = False
    line: str = ""


class Categories(Page, rx.State):
    """The tree, and one category of it."""

    loaded: bool = False
    income: list[Row] = []
    spending: list[Row] = []
    groupable: bool = False
    adding: bool = False
    is_open: bool = False
    chosen: Chosen = Chosen()
    places: list[tuple[str, str]] = []
    targets: list[tuple[str, str]] = []
    tops: list[tuple[str, str]] = []
    working: str = ""
    done: str = ""
    version: int = 0
    _change: int = 0

    @rx.event
    async def load(self) -> None:
        """Show the tree; the default one is made where there is none yet."""
        self.adding = self.is_open = False
        await act(book.ensure)
        await self._read()
        self.loaded = True

    @rx.event
    async def refresh(self) -> None:
        """Read it again after something was classified."""
        await self._read()

    @rx.event
    def begin(self, shown: bool) -> None:
        """Show the form for a new category, or put it away."""
        self.adding = shown is True

    @rx.event
    async def add(self, form: dict[str, Any]) -> None:
        """Make a category."""
        wanted = parse(NewForm, form)
        parent = int(wanted.parent) if wanted.parent else None
        flow: str = wanted.flow
        if parent is not None:
            flow = (await look(book.category, parent)).flow
        await act(book.add, name=wanted.name, flow=flow, parent=parent)
        self.adding = False
        await self._read()

    @rx.event
    async def rename(self, number: int, name: str) -> None:
        """Give a category another name, in place."""
        known = next((row for row in (*self.income, *self.spending) if row.id == number), None)
        if known is None or known.name == name:
            return
        try:
            await act(category_tree.rename, number=_number(number), name=parse(NameForm, {"name": name}).name)
        finally:
            await self._read()
            self.version += 1

    @rx.event
    async def rename_chosen(self, form: dict[str, Any]) -> None:
        """Give the category whose dialog is open another name."""
        await act(category_tree.rename, number=self.chosen.id, name=parse(NameForm, form).name)
        self.is_open = False
        await self._read()
        self.version += 1

    @rx.event
    async def group(self) -> None:
        """Put the categories that everybody starts with in groups."""
        await act(category_tree.group)
        await self._read()

    @rx.event
    async def open(self, number: int) -> None:
        """Open one category."""
        self._show(await look(_tree), _number(number))
        self.is_open = True

    @rx.event
    def put_away(self) -> None:
        """Close the dialog."""
        self.is_open = False

    @rx.event
    async def move(self, form: dict[str, Any]) -> None:
        """Put it elsewhere in the tree."""
        parent = parse(PlaceForm, form).parent
        await act(category_tree.move, number=self.chosen.id, parent=int(parent) if parent else None)
        self.is_open = False
        await self._read()

    @rx.event
    async def archive(self) -> None:
        """Offer it no more, or again."""
        await act(category_tree.archive, number=self.chosen.id, archived=not self.chosen.archived)
        self.is_open = False
        await self._read()

    @rx.event
    async def merge(self, form: dict[str, Any]) -> Any:
        """Give all it has to another category, a step at a time, and take it away."""
        source, target = self.chosen.id, int(parse(TargetForm, form).target)
        name = self.chosen.name
        self._change = await act(category_tree.begin_merge, source=source, target=target)
        moved = 0
        for _ in range(MOST_STEPS):
            step = await act(category_tree.move_transactions, source=source, target=target, change=self._change)
            moved += step
            if not step:
                break
            self.working = f"{_many(moved)} moved"
            yield
        await act(category_tree.remove, number=source)
        self.working, self.is_open = "", False
        self.done = (
            f"{name} was merged: {counted(moved, 'transaction', locale=principal().locale)} moved."
            if moved
            else f"{name} was taken away."
        )
        await self._read()

    @rx.event
    async def remove(self) -> None:
        """Take an unused category away."""
        await act(category_tree.remove, number=self.chosen.id)
        self.is_open = False
        await notify(self, f"{self.chosen.name} was taken away.")
        await self._read()

    @rx.event
    async def undo(self) -> Any:
        """Take the last merge back."""
        for _ in range(MOST_STEPS):
            if not self._change or not await act(changes.take_back, change=self._change):
                break
            yield
        self._change, self.done = 0, ""
        await self._read()

    @rx.event
    def forget(self) -> None:
        """Put the line about the last merge away."""
        self._change, self.done = 0, ""

    async def _read(self) -> None:
        found = await look(_tree)
        rows = [_row(one, found.used.get(one.id)) for one in found.all]
        flows = {one.id: one.flow for one in found.all}
        self.income = [row for row in rows if flows[row.id] == "in"]
        self.spending = [row for row in rows if flows[row.id] == "out"]
        tops = [one for one in found.all if one.parent is None and not one.archived]
        self.tops = [("", "Nothing: at the top"), *((str(one.id), one.name) for one in tops)]
        self.groupable = found.groupable

    def _show(self, found: "_Tree", number: int) -> None:
        one = next((one for one in found.all if one.id == number), None)
        if one is None:
            raise Invalid("There is no such category.", code="unknown_category")
        alike = [other for other in found.all if other.flow == one.flow and other.id != number]
        names = {other.id: other.name for other in found.all}
        used = found.used.get(number)
        self.chosen = Chosen(
            id=one.id,
            name=one.name,
            parent=str(one.parent or ""),
            archived=one.archived,
            has_below=any(other.parent == number for other in found.all),
            used=used is not None,
            line=_used(used) or "Nothing has it",
        )
        self.places = [
            ("", "At the top"),
            *((str(other.id), f"Below {other.name}") for other in alike if other.parent is None),
        ]
        self.targets = [
            ("", "Choose…"),
            *(
                (str(other.id), f"{names[other.parent]} › {other.name}" if other.parent in names else other.name)
                for other in alike
                if not other.archived
            ),
        ]


@dataclass(frozen=True, slots=True)
class _Tree:
    all: list[CategoryView]
    used: dict[int, Used]
    groupable: bool


def _tree(session: Session, who: Principal) -> _Tree:
    return _Tree(
        book.categories(session, who),
        dict(category_tree.used(session, who)),
        category_tree.groupable(session, who),
    )


def _row(one: CategoryView, used: Used | None) -> Row:
    return Row(
        id=one.id,
        name=one.name,
        below=one.parent is not None,
        archived=one.archived,
        used=_used(used),
        many=_many(used.transactions) if used else "",
        href=f"/transactions?category={one.id}",
    )


def _many(count: int) -> str:
    return count_text(count, locale=principal().locale)


def _used(used: Used | None) -> str:
    if used is None:
        return ""
    words = [counted(used.transactions, "transaction", locale=principal().locale)] if used.transactions else []
    if used.rules:
        words.append(counted(used.rules, "rule", locale=principal().locale))
    if used.schedules:
        words.append(counted(used.schedules, "schedule", locale=principal().locale))
    return ", ".join(words)


def _number(number: Any) -> int:
    if not isinstance(number, int) or not 0 < number < 2**63:
        raise Invalid("There is no such category.", code="unknown_category")
    return number
