"""The port to rails outside: what leaves, and what comes back. Values and the protocol that an adapter fulfils.

A rail is given the same order again after a time-out, under the same end-to-end id; it must not carry it out twice. Its
answers may come late, twice, or not at all: `bank_outcomes.take_answers` makes each count once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from fintwin.kernel.errors import Refused

Verdict = Literal["settled", "refused", "returned"]


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as a rail carries it; amounts are in the currency's units with its decimals."""

    end_to_end: str
    """Unique for the payer, carried unchanged from bank to bank; at most 35 characters."""
    amount: Decimal
    currency: str
    name: str
    """Whom it goes to, at most 70 characters."""
    iban: str
    remittance: str
    execute_on: date


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders of one account that go out together."""

    message: str
    """Unique for the payer; at most 30 characters."""
    payer: str
    payer_iban: str
    created_at: datetime
    orders: Sequence[Order]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bank says of one order, or of a whole message where `end_to_end` is empty.

    Attributes:
        amount: what it moved, above zero; None where the answer does not say.
        on: the day the bank booked it.
        reason: a code of ISO 20022 (such as AC04), or the bank's words.
    """

    verdict: Verdict
    end_to_end: str = ""
    message: str = ""
    amount: Decimal | None = None
    currency: str = ""
    on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a rail took a batch; `document` is what the person carries to their bank, where they do that themselves."""

    document: bytes = b""


class RailRefused(Refused):
    """A rail does not take a batch: nothing of it will be carried out."""

    default_code = "rail_refused"


class Rail(Protocol):
    """A way for money out of here."""

    name: str

    def submit(self, batch: Batch) -> Receipt:
        """Hand a batch over.

        Raises:
            RailRefused: it is not taken.
            Busy: no answer in time; it may have been taken, and is to be handed over again as it is.
        """
        ...

    def answers(self, orders: Sequence[Order]) -> Sequence[Answer]:
        """What is known of these orders by now; a rail that cannot be asked knows nothing."""
        ...
