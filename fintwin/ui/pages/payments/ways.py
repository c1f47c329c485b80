"""The person's ways to pay: shown, named, put in order, removed and added."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.iban import in_groups
from fintwin.ledger import accounts
from fintwin.payments import methods
from fintwin.payments.methods import LONGEST_LABEL, Method, Way
from fintwin.ui.act import Argument, Form, act, look, parse
from fintwin.ui.state import Page, notify
from fintwin.ui.undo import Step, offer
from fintwin.ui.wanted import Iban, Wanted

HOW = {Method.WALLET: "to people", Method.BANK_TRANSFER: "through a bank"}


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way to pay in the list."""

    id: str = ""
    """Its method and the account's uuid: `wallet:...`."""
    label: str = ""
    line: str = ""
    """What it is called by otherwise, or why it cannot be used."""
    mark: str = ""
    """One word, where there is something to say of it."""
    tone: str = "brand"
    place: int = 0
    favourable: bool = False
    """Whether it could become the default."""
    raisable: bool = False
    """Whether it could be moved up."""
    removable: bool = False
    """Whether another could be used in its place."""
    bank: bool = False
    """Whether an IBAN can be given for it."""
    iban: str = ""


@dataclass(frozen=True, slots=True)
class _Listed:
    people: list[Way]
    banks: list[Way]
    addable: list[tuple[Method, accounts.AccountView]]


class Chosen(Argument):
    """One way to pay."""

    method: Method
    account: UUID


class AddForm(Form):
    """A way to offer again."""

    way: Annotated[str, StringConstraints(min_length=1, max_length=60), Wanted("Choose a way to pay.")]
    label: Annotated[str, StringConstraints(max_length=LONGEST_LABEL)] = ""
    iban: Annotated[str, StringConstraints(max_length=60)] = ""


class LabelForm(Form):
    """Another name, or none of its own."""

    label: Annotated[str, StringConstraints(max_length=LONGEST_LABEL)] = ""


class IbanForm(Form):
    """What a bank debits."""

    iban: Iban


class Ways(Page, rx.State):
    """The section of the ways to pay."""

    loaded: bool = False
    people: list[WayRow] = []
    banks: list[WayRow] = []
    opened: str = ""
    """The way whose actions are shown, by its id."""
    adding: bool = False
    addable: list[tuple[str, str]] = []
    version: int = 0
    """Counts up, so that a field shows the name that is kept after one that was refused."""

    @rx.event
    async def load(self) -> None:
        """Read the ways."""
        await self._show()

    @rx.event
    def toggle(self, way: str) -> None:
        """Show what can be done with a way, or put that away."""
        wanted = _id(_chosen(way))
        self.opened = "" if self.opened == wanted else wanted

    @rx.event
    async def rename(self, way: str, label: str) -> None:
        """Call a way something else; with no name it is called as its account is."""
        chosen = _chosen(way)
        self.version += 1
        called = parse(LabelForm, {"label": label}).label
        if called != next((one.label for one in [*self.people, *self.banks] if one.id == _id(chosen)), ""):
            await act(_with, methods.rename, chosen, label=called)
            await self._show()

    @rx.event
    async def favour(self, way: str) -> None:
        """Make a way the default of its kind."""
        chosen = _chosen(way)
        made = await act(_with, methods.make_default, chosen)
        self.opened = ""
        await notify(self, f"{made.label} comes first when you pay {HOW[chosen.method]}.")
        await self._show()

    @rx.event
    async def earlier(self, way: str) -> None:
        """Move a way one place up."""
        chosen = _chosen(way)
        place = next((one.place for one in [*self.people, *self.banks] if one.id == _id(chosen)), 0)
        await act(_with, methods.move, chosen, to=place - 1)
        await self._show()

    @rx.event
    async def keep_iban(self, form: dict[str, Any]) -> None:
        """Say which IBAN the bank debits for the way that is open."""
        chosen, given = _chosen(self.opened), parse(IbanForm, form)
        await act(_set_iban, chosen=chosen, iban=given.iban)
        self.opened = ""
        await notify(self, "Kept. Statements of this account are recognised by it too.")
        await self._show()

    @rx.event
    async def remove(self, way: str) -> Any:
        """Offer a way no more."""
        chosen = _chosen(way)
        gone = await act(_with, methods.remove, chosen)
        self.opened = ""
        await self._show()
        back = Step("restore_way", (1,) if gone.default else (), words=(chosen.method.value, str(chosen.account)))
        return await offer(self, f"{gone.label} is no longer offered.", back)

    @rx.event
    def begin(self) -> None:
        """Open the form for another way."""
        self.adding = True

    @rx.event
    def leave(self) -> None:
        """Close the form."""
        self.adding = False

    @rx.event
    async def add(self, form: dict[str, Any]) -> None:
        """Offer an account again."""
        wanted = parse(AddForm, form)
        chosen = _chosen(wanted.way)
        added = await act(_with, methods.add, chosen, label=wanted.label, iban=wanted.iban)
        self.adding = False
        await notify(self, f"{added.label} is offered when you pay {HOW[chosen.method]}.")
        await self._show()

    async def _show(self) -> None:
        found = await look(_listed)
        self.people, self.banks = way_rows(found.people), way_rows(found.banks)
        self.addable = [(f"{method.value}:{one.uuid}", f"{one.name} · {HOW[method]}") for method, one in found.addable]
        if self.opened not in {one.id for one in [*self.people, *self.banks]}:
            self.opened = ""
        self.loaded = True


def way_rows(found: list[Way]) -> list[WayRow]:
    """The ways of one method in words."""
    usable = [one for one in found if not one.unusable]
    return [
        way_row(one, place=place, after=found[place - 1] if place else None, only=usable == [one])
        for place, one in enumerate(found)
    ]


def way_row(one: Way, *, place: int, after: Way | None, only: bool) -> WayRow:
    """A way to pay in words.

    Args:
        after: the one before it; the default is never moved, nor anything before it.
        only: whether no other can be used.
    """
    bank = one.method is Method.BANK_TRANSFER
    mark, tone = ("Default", "brand") if one.default else ("", "brand")
    if one.unusable:
        mark, tone = ("Closed", "plain") if not one.account.open else ("Blocked", "warn")
    return WayRow(
        id=f"{one.method.value}:{one.account.uuid}",
        label=one.label,
        line=one.unusable or " · ".join(part for part in (one.named and one.account.name, _number(one)) if part),
        mark=mark,
        tone=tone,
        place=place,
        favourable=not one.default and not one.unusable and not only,
        raisable=after is not None and not after.default,
        removable=not only,
        bank=bank and not one.account.held and one.account.open,
        iban=in_groups(one.iban),
    )


def _number(one: Way) -> str:
    if one.method is Method.WALLET:
        return f"{one.account.currency.code} ··{one.account.ending}"
    if one.account.held:
        return "Kept here"
    return f"IBAN ··{one.iban[-4:]}" if one.iban else "IBAN not given yet"


def _listed(session: Session, who: Principal) -> _Listed:
    people, banks = (methods.ways(session, who, method=method) for method in Method)
    addable = [(method, one) for method in Method for one in methods.addable(session, who, method=method)]
    return _Listed(people, banks, addable)


def _with(session: Session, who: Principal, use_case: Any, chosen: Chosen, /, **more: Any) -> Any:
    account = accounts.by_uuid(session, who, chosen.account)
    return use_case(session, who, method=chosen.method, account=account.id, **more)


def _set_iban(session: Session, who: Principal, *, chosen: Chosen, iban: str) -> None:
    account = accounts.by_uuid(session, who, chosen.account)
    methods.set_iban(session, who, account=account.id, iban=iban)


def _chosen(way: Any) -> Chosen:
    if not isinstance(way, str) or len(way) > 60:
        raise Invalid("Choose a way to pay.", code="bad_way", field="way")
    method, _, account = way.partition(":")
    try:
        return parse(Chosen, {"method": method, "account": account})
    except Invalid:
        raise Invalid("Choose a way to pay.", code="bad_way", field="way") from None


def _id(chosen: Chosen) -> str:
    return f"{chosen.method.value}:{chosen.account}"
