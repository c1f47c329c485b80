"""A rail that goes nowhere and fails on demand: for tests and rehearsals, never offered to people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from fintwin.kernel.errors import Busy
from fintwin.payments.rail import Answer, Batch, Order, RailRefused, Receipt

Mood = Literal["settles", "refuses", "refuses_later", "times_out", "returns", "answers_twice", "silent"]


@dataclass
class TrialRail:
    """Behaves as its mood says, which may be changed at any time; `carried` are the ids it would have paid."""

    mood: Mood = "settles"
    name: str = "trial"
    carried: list[str] = field(default_factory=list)

    def submit(self, batch: Batch) -> Receipt:
        """Take a batch once; a time-out comes after it was taken, which is the worst of them."""
        if self.mood == "refuses":
            raise RailRefused("The bank does not take this.")
        self.carried += [order.end_to_end for order in batch.orders if order.end_to_end not in self.carried]
        if self.mood == "times_out":
            raise Busy("The bank did not answer in time. Try again in a moment.")
        return Receipt()

    def answers(self, orders: Sequence[Order]) -> Sequence[Answer]:
        """What it says of orders that it took."""
        taken = [order for order in orders if order.end_to_end in self.carried]
        said: list[Answer] = []
        for order in taken:
            settled = Answer("settled", order.end_to_end, amount=order.amount, currency=order.currency)
            if self.mood in {"settles", "times_out"}:
                said.append(settled)
            elif self.mood == "answers_twice":
                said += [settled, settled]
            elif self.mood == "refuses_later":
                said.append(Answer("refused", order.end_to_end, reason="AC04"))
            elif self.mood == "returns":
                said += [settled, Answer("returned", order.end_to_end, amount=order.amount, reason="AC04")]
        return said
