"""Rows of a bank's statement that something in the books is waiting for.

A room that leaves transactions pending until a bank answers declares how its rows are settled; a room that reads
statements asks here before it books a row, so that it is not booked twice. Neither needs to know the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from sqlmodel import Session

from fintwin.identity.principal import Principal


@dataclass(frozen=True, slots=True)
class Seen:
    """A booked row of a statement.

    Attributes:
        number: the reader's own, for the answer.
        amount: what it moved on the account, negative where money left.
        end_to_end: the payer's id; never empty.
    """

    number: int
    account: int
    currency: str
    amount: Decimal
    booked: date
    end_to_end: str


class Settles(Protocol):
    """Settles what it waited for, once however often it is shown."""

    def __call__(self, session: Session, who: Principal, rows: Sequence[Seen]) -> Mapping[int, int]:
        """The transaction that stands for a row, by the row's number; rows that nobody waited for are left out."""
        ...


_waiting: list[Settles] = []


def settles(call: Settles) -> None:
    """Declare a way to settle rows; rooms do it where they declare their jobs."""
    if call not in _waiting:
        _waiting.append(call)


def settle_awaited(session: Session, who: Principal, rows: Sequence[Seen]) -> dict[int, int]:
    """Settle what was waited for; the transaction that stands for each such row, by its number."""
    found: dict[int, int] = {}
    for call in _waiting:
        left = [row for row in rows if row.number not in found]
        if left:
            found.update(call(session, who, left))
    return found
