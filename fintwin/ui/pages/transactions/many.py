"""Rows chosen in the register, and what can be done with all of them at once."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

import reflex as rx
from pydantic import StringConstraints

from fintwin.kernel.errors import Invalid, NotFound
from fintwin.kernel.ids import from_reference
from fintwin.kernel.money import currency
from fintwin.kernel.wording import amount_text, count_text, counted
from fintwin.ledger import bulk, categories
from fintwin.ledger.bulk import BATCH, MOST
from fintwin.ledger.register import PAGE, Filter
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.transactions.state import LONGEST_REFERENCE, Register
from fintwin.ui.state import Page
from fintwin.ui.undo import Step, offer
from fintwin.web.gate import principal

FIELDS = {"category": "Category", "payee": "Payee", "note": "Note"}


class ValueForm(Form):
    """One value for payee, category (by name) or note."""

    value: Annotated[str, StringConstraints(max_length=500)] = ""


class Many(Page, rx.State):
    """The chosen rows: some of the page, or all that the filter shows."""

    chosen: list[str] = []
    selecting: bool = False
    """Whether rows are chosen by a tap, on a narrow screen."""
    everything: bool = False
    """All rows of the filter, bounded by `bulk.MOST`."""
    words: str = ""
    more: str = ""
    """What choosing all of the filter would choose; "" where the page shows it all."""
    asking: str = ""
    """The field whose dialog is open."""
    binning: bool = False
    """Whether it is asked once more before all of the filter goes to the bin."""
    progress: str = ""
    _filter: Filter = Filter()
    """What the list showed when they were chosen."""

    @rx.event
    async def follow(self) -> None:
        """Choose nothing any more where the list shows something else by now: what is done is done to what is seen."""
        list_ = await self.get_state(Register)
        gone = not self.everything and any(one not in list_._found for one in self.chosen)
        if self.chosen and (gone or list_._filter != self._filter):
            self._none()

    @rx.event
    def select(self, on: bool) -> None:
        """Begin to choose rows by a tap, or end it."""
        self._none()
        self.selecting = on is True

    @rx.event
    async def pick(self, reference: str, chosen: bool) -> None:
        """Choose a row of the page, or leave it out again."""
        list_ = await self.get_state(Register)
        if not isinstance(reference, str) or reference not in list_._found:
            return
        kept = [one for one in self.chosen if one != reference and one in list_._found]
        self.chosen = [*kept, reference] if chosen is True else kept
        self.everything = False
        self._say(list_)

    @rx.event
    async def pick_page(self, chosen: bool) -> None:
        """Choose all rows of the page, or none."""
        list_ = await self.get_state(Register)
        self.chosen = list(list_._found) if chosen is True else []
        self.everything = False
        self._say(list_)

    @rx.event
    async def pick_all(self) -> None:
        """Choose everything that the filter shows."""
        list_ = await self.get_state(Register)
        self.chosen, self.everything = list(list_._found), True
        self._say(list_)

    @rx.event
    def leave(self) -> None:
        """Choose nothing."""
        self._none()

    @rx.event
    def ask(self, field: str) -> None:
        """Open the dialog for a field."""
        self.asking = field if isinstance(field, str) and field in FIELDS else ""

    @rx.event
    def close(self) -> None:
        """Close it; nothing changes."""
        self.asking, self.binning = "", False

    @rx.event
    async def give(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Give all chosen transactions a payee, category or note."""
        field, typed, locale = self.asking, parse(ValueForm, form).value, principal().locale
        if field not in FIELDS:
            return
        value: Any = await category_named(typed) if field == "category" else typed
        numbers = await self._numbers()
        changed, change = 0, 0
        for batch in batches(numbers):
            what = f"Together with others, {counted(len(numbers), 'transaction', locale=locale)} in all"
            done = await act(bulk.classify, transactions=batch, what=what, change=change, **{field: value})
            changed, change = changed + done.many, done.change
            self.progress = _progress(batch, numbers, locale=locale)
            yield
        said = f"{FIELDS[field]} of {counted(changed, 'transaction', locale=locale)} changed."
        if left := len(numbers) - changed:
            said += f" {count_text(left, locale=locale)} had it already or can have none."
        self._none()
        yield await offer(self, said, Step("put_back", change=change) if changed else None)
        yield Register.refresh

    @rx.event
    async def delete(self) -> AsyncIterator[Any]:
        """Take all chosen transactions back by reversals; asked once more where the page does not show them all."""
        if self.everything and not self.binning:
            self.binning = True
            return
        self.binning = False
        numbers = await self._numbers()
        done: list[int] = []
        refusal, locale = "", principal().locale
        for batch in batches(numbers):
            for one in await act(bulk.take_back, transactions=batch):
                if one.refusal is None:
                    done.append(one.item)
                else:
                    refusal = refusal or one.refusal.sentence
            self.progress = _progress(batch, numbers, locale=locale)
            yield
        self._none()
        said = f"{counted(len(done), 'transaction', locale=locale)} moved to the bin."
        if refusal:
            said += f" {count_text(len(numbers) - len(done), locale=locale)} stayed: {refusal}"
        yield await offer(self, said, Step("restore", tuple(done)) if done else None)
        yield Register.refresh

    @rx.event
    async def delete_one(self, reference: str) -> Any:
        """Take one row of the page back."""
        found = await self._row(reference)
        [one] = await act(bulk.take_back, transactions=[found])
        if one.refusal is not None:
            raise one.refusal
        return [await offer(self, "Moved to the bin.", Step("restore", (found,))), Register.refresh]

    @rx.event
    async def restore_one(self, reference: str) -> Any:
        """Book one row of the bin anew."""
        found = await self._row(reference)
        [one] = await act(bulk.restore, transactions=[found])
        if one.refusal is not None or one.transaction is None:
            raise one.refusal or NotFound("There is no such transaction in your books.", code="unknown_transaction")
        return [await offer(self, "It is back in your books.", Step("take_back", (one.transaction,))), Register.refresh]

    async def _row(self, reference: Any) -> int:
        list_ = await self.get_state(Register)
        if not isinstance(reference, str) or len(reference) > LONGEST_REFERENCE or reference not in list_._found:
            raise NotFound("This row is not shown any more.", code="unknown_transaction")
        return list_._found[reference].id

    async def _numbers(self) -> list[int]:
        """The chosen transactions' ids."""
        if not self.chosen:
            raise Invalid("Choose some rows first.", code="nothing_chosen")
        if self.everything:
            return await look(bulk.chosen, filter=self._filter)
        return [from_reference(one) for one in self.chosen[:PAGE]]

    def _none(self) -> None:
        self.chosen, self.everything, self.selecting, self.asking = [], False, False, ""
        self.words = self.more = self.progress = ""
        self.binning = False

    def _say(self, list_: Register) -> None:
        who, many = principal(), len(self.chosen)
        self._filter = list_._filter
        total = list_.sums[0].many if len(list_.sums) == 1 else ""
        beyond = bool(list_.older or list_.newer)
        limit = count_text(MOST, locale=who.locale)
        self.more = f"Select all {total}".strip() if beyond and not self.everything else ""
        if self.everything:
            self.words = f"All {total} selected" if total else "All selected"
            counted = "".join(char for char in total if char.isdigit())
            if beyond and (not counted or int(counted) > MOST):
                self.words += f" (the newest {limit} at most)"
            return
        found = [list_._found[one] for one in self.chosen if one in list_._found]
        self.words = f"{many} selected"
        if len({one.currency for one in found}) == 1:
            of = currency(found[0].currency)
            moved = sum((one.amount for one in found if not one.own_transfer), Decimal(0))
            symbol = of.code != who.currency
            self.words += f" · {amount_text(moved, of=of, locale=who.locale, signed=True, symbol=symbol)}"


async def category_named(name: str) -> int | None:
    """The category of this name, or the only one that begins so; None for "".

    Raises:
        NotFound: there is none, or more than one begins so (`unknown_category`).
    """
    if not name:
        return None
    wanted = name.casefold()
    # Whose accounts are older than the rule that the first one brings the categories has none yet.
    known = await look(categories.categories, archived=False) or await act(categories.ensure)
    exact = [one.id for one in known if one.name.casefold() == wanted]
    found = exact or [one.id for one in known if one.name.casefold().startswith(wanted)]
    if len(found) != 1:
        said = f"There is no category “{name}”." if not found else f"Several categories begin with “{name}”."
        raise NotFound(said, code="unknown_category", field="value")
    return found[0]


def batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    """In steps that are one unit of work each."""
    return [numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH)]


def _progress(batch: Sequence[int], numbers: Sequence[int], *, locale: str) -> str:
    if len(numbers) <= BATCH:
        return ""
    done = numbers.index(batch[-1]) + 1
    return f"{count_text(done, locale=locale)} of {count_text(len(numbers), locale=locale)}"
