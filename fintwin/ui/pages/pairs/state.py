"""The presenter of what may be one transaction twice, or the two legs of an own transfer."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import from_reference, reference
from fintwin.kernel.wording import amount_text, date_text
from fintwin.ledger import pairs
from fintwin.ledger.pairs import Leg
from fintwin.ui.act import act, look
from fintwin.ui.state import Page
from fintwin.ui.undo import Step, offer
from fintwin.web.gate import principal

KINDS = ("duplicate", "transfer")


@dataclass(frozen=True, slots=True)
class Side:
    """One transaction of a pair."""

    reference: str = ""
    words: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair and what it looks like."""

    kind: str = ""
    sentence: str = ""
    amount: str = ""
    first: Side = Side()
    second: Side = Side()


class Pairs(Page, rx.State):
    """The pairs that nobody has decided on."""

    loaded: bool = False
    rows: list[PairRow] = []

    @rx.event
    async def load(self) -> None:
        """Look for them."""
        who = principal()
        self.rows = [_row(one, who) for one in await look(pairs.pairs)]
        self.loaded = True

    @rx.event
    async def accept(self, kind: str, first: str, second: str) -> Any:
        """Say that a pair is what it looks like."""
        one, other = _numbers(first, second)
        if kind not in KINDS:
            raise Invalid("This is no kind of pair.", code="bad_kind")
        change = await act(pairs.accept, kind=kind, first=one, second=other)
        await self.load()
        if kind == "transfer":
            return await offer(self, "Linked as an own transfer.", Step("unlink", (one, other)))
        return await offer(self, "The one entered by hand is in the bin.", Step("duplicate", (one,), change))

    @rx.event
    async def reject(self, first: str, second: str) -> Any:
        """Say that it is not, and never ask about it again."""
        one, other = _numbers(first, second)
        await act(pairs.keep_apart, first=one, second=other)
        await self.load()
        return await offer(self, "Kept apart. It is not asked again.", Step("ask_again", (one, other)))


def _row(found: pairs.Pair, who: Principal) -> PairRow:
    return PairRow(
        kind=found.kind,
        sentence="One transaction twice?" if found.kind == "duplicate" else "A transfer between your accounts?",
        amount=amount_text(found.amount, of=found.currency, locale=who.locale),
        first=_side(found.first, who),
        second=_side(found.second, who),
    )


def _side(leg: Leg, who: Principal) -> Side:
    origin = "from a file" if leg.from_file else "by hand"
    return Side(
        reference(leg.id),
        leg.words or "Without a name",
        f"{leg.account} · {date_text(leg.booked, locale=who.locale)} · {origin}",
    )


def _numbers(first: Any, second: Any) -> tuple[int, int]:
    for one in (first, second):
        if not isinstance(one, str) or not one or len(one) > 20:
            raise Invalid("This is not a transaction reference.", code="bad_reference")
    return from_reference(first), from_reference(second)
