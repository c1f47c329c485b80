"""The line that offers to undo what was just done, for ten seconds, on whatever page its person has gone to by then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx
from sqlmodel import Session

from fintwin.events.live import hub
from fintwin.events.outbox import Kind
from fintwin.identity.principal import Principal
from fintwin.kernel.ids import reference
from fintwin.ledger import accounts, bulk, changes, legs, pairs, pending, rates, saved_views, service
from fintwin.ledger.bulk import BATCH
from fintwin.ledger.pending import Pending
from fintwin.ledger.posting import Outcome
from fintwin.ledger.rates import Known
from fintwin.payments import contacts, methods
from fintwin.payments.methods import Method
from fintwin.ui.act import act
from fintwin.ui.components import button, icon_button
from fintwin.ui.state import Page, notify
from fintwin.web.gate import flushing, principal

SECONDS = 10

LINE = (
    "line pointer-events-auto flex w-full max-w-lg items-center gap-3 rounded-lg bg-ink py-0.5 pl-4 pr-1 text-canvas shadow-card"
    " lg:w-fit [&[hidden]]:hidden"
)
"""A line about what just happened."""


@dataclass(frozen=True, slots=True)
class Step:
    """The way back from one act.

    `take_back` and `restore` concern transactions by id, `put_back` the meanings that an act of `ledger.changes` gave,
    `duplicate` both, `unlink` and
    `ask_again` a pair, `keep_view` a view's name and query, `keep_rate` a rate, `let_go` and `wait_again` what is pending,
    `restore_way` a way to pay by its method and its account's uuid, with a number where it was the default, and
    `keep_contact` an account number and its name.
    """

    kind: Literal[
        "take_back",
        "restore",
        "put_back",
        "duplicate",
        "unlink",
        "ask_again",
        "keep_view",
        "keep_rate",
        "let_go",
        "wait_again",
        "restore_way",
        "keep_contact",
    ]
    numbers: tuple[int, ...] = ()
    change: int = 0
    words: tuple[str, str] = ("", "")
    rate: Known | None = None
    pending: Pending | None = None


class Undo(Page, rx.State):
    """What was done last in this tab, and its way back."""

    sentence: str = ""
    undoable: bool = False
    number: int = 0
    """Counts up, so that a line's time ends that line and no later one."""
    _step: Step | None = None

    def _offer(self, sentence: str, step: Step | None) -> None:
        self.sentence, self.undoable, self._step = sentence, step is not None, step
        self.number += 1

    @rx.event
    async def run(self) -> None:
        """Undo it."""
        step, self._step = self._step, None
        self.sentence, self.undoable = "", False
        if step is not None:
            await notify(self, await _taken(step))

    @rx.event
    def put_away(self) -> None:
        """Put the line away; what was done stays."""
        self.sentence, self.undoable, self._step = "", False, None

    @rx.event(background=True)
    async def expire(self, number: int) -> None:
        """Put the line away after its time, unless there is a newer one."""
        await asyncio.sleep(SECONDS)
        async with flushing(self):
            if self.number == number:
                self.sentence, self.undoable, self._step = "", False, None


async def offer(state: rx.State, sentence: str, step: Step | None = None) -> Any:
    """Say what was done and offer its way back; the answer is to be returned or yielded from the handler."""
    undo = await state.get_state(Undo)
    undo._offer(sentence, step)
    return Undo.expire(undo.number)


async def _taken(step: Step) -> str:
    """Go the way back; what to say of it."""
    if step.kind == "take_back":
        if len(step.numbers) == 1:
            await act(service.reverse, transaction=step.numbers[0], key=f"undo:{reference(step.numbers[0])}")
        else:
            for numbers in _batches(step.numbers):
                _all_done(await act(bulk.take_back, transactions=numbers))
        return "Undone by a reversal."
    if step.kind in ("restore", "duplicate"):
        for numbers in _batches(step.numbers):
            _all_done(await act(bulk.restore, transactions=numbers))
    while step.change and await act(changes.take_back, change=step.change):
        pass
    if step.kind in ("unlink", "ask_again"):
        way = legs.unlink if step.kind == "unlink" else pairs.ask_again
        await act(way, first=step.numbers[0], second=step.numbers[1])
    await _pending_again(step)
    await _kept_again(step)
    return "Booked anew." if step.kind == "restore" else "Undone. It is as it was."


async def _kept_again(step: Step) -> None:
    """Put back what a person keeps beside the books: a rate, a view, a way to pay, a contact."""
    if step.rate is not None:
        await act(rates.put_back, rate=step.rate)
    if step.kind == "keep_view":
        await act(saved_views.keep, name=step.words[0], query=step.words[1])
    if step.kind == "restore_way":
        await act(_restore_way, method=Method(step.words[0]), account=step.words[1], default=bool(step.numbers))
    if step.kind == "keep_contact":
        await act(contacts.add, number=step.words[0], name=step.words[1])
    if step.kind in ("keep_view", "keep_contact"):
        hub.publish(principal().person, Kind.EVERYTHING)


async def _pending_again(step: Step) -> None:
    if step.kind == "let_go":
        for number in step.numbers:
            await act(pending.void, transaction=number)
    if step.pending is not None:
        await act(pending.again, former=step.pending, key=f"again:{step.pending.reference}")


def _restore_way(session: Session, who: Principal, *, method: Method, account: str, default: bool) -> None:
    own = accounts.by_uuid(session, who, account)
    methods.restore(session, who, method=method, account=own.id, default=default)


def _batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH)]


def _all_done(outcomes: Sequence[Outcome]) -> None:
    refusal = next((one.refusal for one in outcomes if one.refusal), None)
    if refusal is not None:
        raise refusal


def line() -> rx.Component:
    """What was done last and its way back; it stands among the lines of the frame."""
    shown = rx.cond(Undo.problem.sentence != "", Undo.problem.sentence, Undo.sentence)
    return rx.cond(
        shown != "",
        rx.el.div(
            rx.el.span(shown, class_name="min-w-0 py-2"),
            rx.el.span(
                rx.cond(
                    Undo.undoable,
                    button(
                        "Undo",
                        kind="quiet",
                        on_click=Undo.run,
                        custom_attrs={"data-key": "u"},
                        class_name="px-3! font-semibold text-canvas! hover:bg-canvas/15! lg:h-9!",
                    ),
                    rx.fragment(),
                ),
                icon_button("close", "Put away", on_click=Undo.put_away, class_name="text-canvas! hover:bg-canvas/15!"),
                class_name="ml-auto flex shrink-0 items-center",
            ),
            key=Undo.number,
            class_name=LINE,
        ),
        rx.fragment(),
    )
