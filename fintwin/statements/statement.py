"""The one normal form of every reader: a statement of one account, and its rows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

DOUBTFUL = "The balances in this file do not follow its amounts."
"""The note of a statement whose running balances are not believed."""

MOST_ROWS = 300_000
"""Rows of one file; at 20 MB real rows stay below it."""

CUT = {"payee": 200, "purpose": 1_000, "reference": 200, "end_to_end": 100}
"""Characters kept of each text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One movement as a bank tells it.

    Attributes:
        line: where it stands in the file, counted from 1.
        account: the account's number or id as the file writes it; "" where the file has none.
        booked: booking date, the literal local day of the file.
        value: value date; the booking date where the file has none.
        amount: signed, plus is an inflow; never zero.
        currency: ISO 4217; "" where neither the file nor the person has said it.
        payee: the other side's name. payee_account: its number.
        purpose: what the bank or the payer wrote.
        reference: the bank's own id of the movement (FITID and the like).
        end_to_end: the payer's id, carried unchanged from bank to bank.
        balance: the account's balance after this row, where the file tells it.
        note: what the reader did to it ("Rounded from 115.8331."), "" as a rule.
        raw: the row as it stands in the file, cut at 2,000 characters.
    """

    line: int
    account: str
    booked: date
    value: date
    amount: Decimal
    currency: str
    payee: str
    payee_account: str
    purpose: str
    reference: str
    end_to_end: str
    balance: Decimal | None
    note: str
    raw: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be read, with what can be read of it, so that it can be put right in place."""

    line: int
    sentence: str
    account: str
    booked: str
    amount: str
    currency: str
    payee: str
    purpose: str
    raw: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that is no booked movement, and why it stays out (pending at the bank, a total, nothing moved)."""

    line: int
    sentence: str
    raw: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What the bank says the account held; the day is None where the file names none."""

    amount: Decimal
    day: date | None


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of one account in one currency, in the file's order.

    Attributes:
        account: number or id as the file writes it, "" where it has none.
        bank: the bank's name or code, "" where the file has none.
        kind: `checking`, `savings`, `credit`, `investment`, or "" where the file does not say.
        opening: before the first row, when the file gives or implies it. closing: after the last one.
        note: why the file's balances are not believed, "" where they are.
        name: what the file calls the account, "" where it has no name for it. Accounts are never found by it alone.
    """

    account: str
    bank: str
    kind: str
    currency: str
    opening: Balance | None
    closing: Balance | None
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    note: str = ""
    name: str = ""
