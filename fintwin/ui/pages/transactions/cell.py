"""A cell of the register that is edited in its place."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import reflex as rx

from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import bulk
from fintwin.ui.act import act, parse
from fintwin.ui.pages.transactions.many import FIELDS, ValueForm, category_named
from fintwin.ui.pages.transactions.state import Register
from fintwin.ui.state import Page
from fintwin.ui.undo import Step, offer


class Cell(Page, rx.State):
    """The one cell that is being edited, if any."""

    at: str = ""
    """The row's reference and the field, as `REF:category`."""
    value: str = ""
    sentence: str = ""
    """Why the value was refused."""

    @rx.event
    async def edit(self, reference: str, field: str) -> None:
        """Begin: the cell becomes a field with what it says now."""
        list_ = await self.get_state(Register)
        row = next((one for one in list_.rows if one.reference == reference), None)
        if row is None or not isinstance(field, str) or field not in FIELDS:
            return
        self.at, self.sentence = f"{row.reference}:{field}", ""
        self.value = {"category": "" if row.choosable else row.category, "payee": row.payee, "note": row.note}[field]

    @rx.event
    def leave(self) -> None:
        """Leave the cell as it is."""
        self.at, self.sentence = "", ""

    @rx.event
    async def send(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Keep what was typed, after Enter."""
        async for event in self._keep(parse(ValueForm, form).value):
            yield event

    @rx.event
    async def left(self, at: str, value: str) -> AsyncIterator[Any]:
        """Keep what was typed, when the focus leaves the cell."""
        if at == self.at and self.at:
            async for event in self._keep(parse(ValueForm, {"value": value}).value):
                yield event

    async def _keep(self, typed: str) -> AsyncIterator[Any]:
        """Shown at once; what is refused comes back into the cell with its sentence."""
        at, (reference, _, field) = self.at, self.at.partition(":")
        list_ = await self.get_state(Register)
        found = list_._found.get(reference)
        if found is None or field not in FIELDS:
            self.leave()
            return
        if typed == self.value and not self.sentence:
            self.at = ""
            return
        before = list_.rows
        shown: dict[str, dict[str, Any]] = {
            "category": {"category": typed, "choosable": not typed},
            "payee": {"payee": typed, "title": typed},
        }
        changed = shown.get(field, {"note": typed})
        if typed:
            list_.rows = [replace(one, **changed) if one.reference == reference else one for one in before]
        self.at, self.sentence = "", ""
        yield
        try:
            value: Any = await category_named(typed) if field == "category" else typed
            done = await act(bulk.classify, transactions=[found.id], what="In the list", **{field: value})
        except FinTwinError as error:
            list_.rows = before
            self.at, self.value, self.sentence = at, typed, error.sentence
            return
        if done.many:
            yield await offer(self, f"{FIELDS[field]} of {found.title} changed.", Step("put_back", change=done.change))
        yield Register.refresh
