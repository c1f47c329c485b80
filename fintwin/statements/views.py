"""What the import's use cases answer with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from fintwin.kernel.money import Currency
from fintwin.ledger.accounts import AccountView
from fintwin.statements.balance import Proof
from fintwin.statements.recognised import Recognised

VERDICTS = ("new", "duplicate", "same", "error", "left_out", "kept", "removed")
"""What a row can be found to be."""

UNFINISHED = ("reading", "unreadable", "ready")
"""Statuses of a file that was never booked."""


@dataclass(frozen=True, slots=True)
class PartView:
    """One account's statement of a file.

    Attributes:
        account: where its rows go; None while a new one is to be opened, called `name`.
        proof: opening + movements = closing, as the file has it. note: why its balances are not believed.
        books: what the books have at the end of `closing_day`, once booked; None where that is not known.
        left: rows that the person left out of what `proof` counts. left_sum: what they move.
    """

    part: int
    number: str
    bank: str
    name: str
    currency: Currency
    account: AccountView | None
    proof: Proof
    closing_day: date | None
    note: str
    books: Decimal | None
    left: int = 0
    left_sum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ImportView:
    """One file and how far it has come; `counts` are rows by verdict, `total` and `done` the progress of booking."""

    id: int
    uuid: UUID
    name: str
    size: int
    status: str
    problem: str
    recognised: Recognised | None
    seen_before: bool
    counts: Mapping[str, int]
    parts: Sequence[PartView]
    total: int
    done: int
    created_at: datetime
    booked_at: datetime | None
    undone_at: datetime | None

    @property
    def rows(self) -> int:
        """How many movements the file has, readable or not."""
        told = sum(many for verdict, many in self.counts.items() if verdict != "left_out")
        return told + sum(part.left for part in self.parts)


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as it is checked. Where it cannot be read, `booked_text` and `amount_text` are what the file says."""

    number: int
    line: int
    part: int
    verdict: str
    booked: date | None
    amount: Decimal | None
    currency: Currency
    payee: str
    purpose: str
    sentence: str
    booked_text: str
    amount_text: str
    transaction: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A file in the list of imports."""

    uuid: UUID
    name: str
    status: str
    added: int
    created_at: datetime
    booked_at: datetime | None

    @property
    def unfinished(self) -> bool:
        """Whether it was never booked, so that it can be discarded."""
        return self.status in UNFINISHED
