"""What a file says about balances, and whether opening + movements = closing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fintwin.statements.statement import Balance, Row, Statement

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Proof:
    """`opening + moved = computed`, beside what the file says.

    `holds` is None where the file gives no two balances to compare; `off` is what the file says minus what adds up.
    """

    opening: Decimal | None
    moved: Decimal
    closing: Decimal | None
    holds: bool | None

    @property
    def computed(self) -> Decimal | None:
        """Opening and movements added up; None without an opening."""
        return None if self.opening is None else self.opening + self.moved

    @property
    def off(self) -> Decimal:
        """How much is missing to the closing balance; 0 where nothing can be compared."""
        if self.holds is None or self.opening is None or self.closing is None:
            return ZERO
        return self.closing - self.opening - self.moved


def proof(statement: Statement) -> Proof:
    """The proof of one statement; a warning where it fails, never a refusal."""
    moved = sum((row.amount for row in statement.rows), ZERO)
    opening = statement.opening.amount if statement.opening else None
    closing = statement.closing.amount if statement.closing else None
    if opening is None and closing is not None:
        return Proof(closing - moved, moved, closing, None)
    holds = None if opening is None or closing is None else opening + moved == closing
    return Proof(opening, moved, closing, holds)


@dataclass(frozen=True, slots=True)
class Chain:
    """What the running balances of a file imply: balances at both ends, and how many rows bear them out."""

    opening: Balance
    closing: Balance
    newest_first: bool
    agreeing: int
    known: int


def chain(rows: Sequence[Row], *, turned: bool = False) -> Chain | None:
    """Balances before the first and after the last movement, from the balance column; None where it is empty.

    Both directions of time are tried; the one that more rows bear out wins, then the one that the dates run in.
    With `turned` the amounts are taken with the other sign.
    """
    if not any(row.balance is not None for row in rows):
        return None
    sign = -1 if turned else 1
    best: Chain | None = None
    newest_first = rows[0].booked > rows[-1].booked
    for backwards in (newest_first, not newest_first):
        ordered = rows[::-1] if backwards else rows
        moved = ZERO
        implied: list[Decimal] = []
        last: tuple[Decimal, Decimal] = (ZERO, ZERO)
        for row in ordered:
            moved += sign * row.amount
            if row.balance is not None:
                implied.append(row.balance - moved)
                last = (row.balance, moved)
        agreeing = Counter(implied).most_common(1)[0][1]
        found = Chain(
            opening=Balance(implied[0], min(row.booked for row in rows)),
            closing=Balance(last[0] + moved - last[1], max(row.booked for row in rows)),
            newest_first=backwards,
            agreeing=agreeing,
            known=len(implied),
        )
        if best is None or found.agreeing > best.agreeing:
            best = found
    return best
