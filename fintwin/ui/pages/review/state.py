"""The review's presenter: one transaction without a category at a time."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import from_reference
from fintwin.kernel.pages import Cursor
from fintwin.kernel.wording import count_text, counted
from fintwin.ledger import bulk, categories, review
from fintwin.ledger.bulk import BATCH
from fintwin.ui.act import act, look
from fintwin.ui.pages.transactions import rows
from fintwin.ui.pages.transactions.rows import Row
from fintwin.ui.state import Page
from fintwin.ui.undo import Step, offer
from fintwin.web.gate import principal


@dataclass(frozen=True, slots=True)
class Choice:
    """A likely category, with the number key that gives it."""

    key: str = ""
    id: str = ""
    name: str = ""
    why: str = ""


class Review(Page, rx.State):
    """What is asked now, what was answered in this tab so far."""

    loaded: bool = False
    asked: bool = False
    row: Row = Row()
    description: str = ""
    choices: list[Choice] = []
    others: list[tuple[str, str]] = []
    """All categories of its direction, by id and name."""
    alike: int = 0
    """How many others look like it."""
    alike_words: str = ""
    too: bool = True
    """Whether they are given the same category."""
    left: int = 0
    left_words: str = ""
    done: int = 0
    done_words: str = ""
    part: str = "0%"
    """Of all, how much is done."""
    skipped: int = 0
    _alike: tuple[int, ...] = ()
    _after: Cursor | None = None
    _here: Cursor | None = None

    @rx.event
    async def load(self) -> None:
        """Begin with the newest."""
        self.done = self.skipped = 0
        self._after = self._here = None
        await self._next()

    @rx.event
    async def refresh(self) -> None:
        """Something happened to the books: ask again from here."""
        await self._next()

    @rx.event
    def toggle(self, too: bool) -> None:
        """Say whether those like it are given the same category."""
        self.too = too is True

    @rx.event
    async def skip(self) -> None:
        """Leave this one for later."""
        if self.asked:
            self._after = self._here
            self.skipped += 1
            await self._next()

    @rx.event
    async def begin_again(self) -> None:
        """Ask those that were left for later."""
        self._after, self.skipped = None, 0
        await self._next()

    @rx.event
    async def give(self, category: str) -> Any:
        """Give this transaction, and those like it, a category."""
        if not self.asked:
            return None
        if not isinstance(category, str) or not (category.isascii() and category.isdigit() and len(category) < 19):
            raise Invalid("Choose a category.", code="no_category", field="category")
        numbers = [from_reference(self.row.reference), *(self._alike if self.too else ())]
        changed, change = 0, 0
        for first in range(0, len(numbers), BATCH):
            batch = numbers[first : first + BATCH]
            step = await act(
                bulk.classify, transactions=batch, category=int(category), what="In the review", change=change
            )
            changed, change = changed + step.many, step.change
        name = (await look(categories.category, int(category))).name
        self.done += changed
        await self._next()
        many = counted(changed, "transaction", locale=principal().locale)
        return await offer(self, f"{name}: {many}.", Step("put_back", change=change) if changed else None)

    async def _next(self) -> None:
        who = principal()
        found = await look(review.question, after=self._after)
        self.left = await look(review.left)
        self.left_words = count_text(self.left, locale=who.locale)
        self.done_words = count_text(self.done, locale=who.locale)
        self.asked, self.loaded = found is not None, True
        self.part = f"{100 * self.done // max(self.done + self.left, 1)}%"
        if found is None:
            return
        if found.row.reference != self.row.reference:
            self.too = True
        self.row = rows.row(found.row, who, today=today(system_clock, zone=who.zone), symbol=True)
        self.description = found.row.description if found.row.description != self.row.title else ""
        self.choices = [
            Choice(
                str(number),
                str(one.category.id),
                one.category.name,
                f"{one.times} time{'s' if one.times > 1 else ''} before" if one.times else "",
            )
            for number, one in enumerate(found.offers, 1)
        ]
        flow = "in" if found.row.amount > 0 else "out"
        # Whose accounts are older than the rule that the first one brings the categories has none yet.
        known = await look(categories.categories, archived=False) or await act(categories.ensure)
        self.others = [("", "Another category"), *((str(one.id), one.name) for one in known if one.flow == flow)]
        self._alike, self.alike, self._here = found.alike, len(found.alike), found.after
        self.alike_words = alike_words(len(found.alike), more=found.more, locale=who.locale)


def alike_words(many: int, *, more: bool, locale: str) -> str:
    """What the tick does.

    Args:
        more: whether there are older ones that look like it, too.
    """
    if more:
        return (
            f"Also change the newest {count_text(many, locale=locale)} other rows like this; the older ones are asked"
            " about afterwards"
        )
    return f"Also change {counted(many, 'other row', locale=locale)} like this"
