"""Which rows of a file are booked already: by bank reference, else by counting equal day and amount."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

SAME_WITHIN = timedelta(days=4)
"""How far a hand-entered row may be from the bank's."""

_REFERENCE_WITHIN = timedelta(days=10)
_MOST_PAIRS = 10_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Known:
    """What tells one movement of an account from another.

    Attributes:
        id: the caller's name for it. booked: booking date. amount: signed.
        reference: the bank's id of it, "" where there is none; ids of two formats do not compare.
        source: the format it came in, "" where it was entered by hand. words: payee and purpose.
    """

    id: int
    booked: date
    amount: Decimal
    reference: str
    source: str
    words: str


def duplicates(rows: Iterable[Known], booked: Iterable[Known]) -> dict[int, int]:
    """Row id -> id of the booked movement it repeats, for one account; each booked movement is used once.

    First by equal reference and amount (within ten days, because some banks count their references anew in every
    file). Then, where one side has no reference or they come from different formats, by count of equal booking date
    and amount, the most alike words first: two equal payments of a day stay two, and the same file in another format
    adds nothing.
    """
    here, there = list(rows), list(booked)
    found = _paired(
        [row for row in here if row.reference],
        [known for known in there if known.reference],
        key=lambda one: (one.reference, one.amount),
        may=lambda row, known: abs(row.booked - known.booked) <= _REFERENCE_WITHIN,
    )
    used = set(found.values())
    return found | _paired(
        [row for row in here if row.id not in found],
        [known for known in there if known.id not in used],
        key=lambda one: (one.booked, one.amount),
        may=lambda row, known: not (row.reference and known.reference and row.source == known.source),
    )


def same_by_hand(rows: Iterable[Known], entered: Iterable[Known]) -> dict[int, int]:
    """Row id -> id of a movement entered by hand with the same amount within four days, the nearest day first."""
    return _paired(
        list(rows),
        list(entered),
        key=lambda one: one.amount,
        may=lambda row, known: abs(row.booked - known.booked) <= SAME_WITHIN,
    )


def _paired(
    here: Sequence[Known],
    there: Sequence[Known],
    *,
    key: Callable[[Known], Hashable],
    may: Callable[[Known, Known], bool],
) -> dict[int, int]:
    """Pairs of equal key that may be the same, best first; each row and each booked movement at most once."""
    candidates: dict[Hashable, list[Known]] = defaultdict(list)
    for known in there:
        candidates[key(known)].append(known)
    groups: dict[Hashable, list[Known]] = defaultdict(list)
    for row in here:
        if candidates.get(key(row)):
            groups[key(row)].append(row)
    pairs: dict[int, int] = {}
    for same, rows in groups.items():
        pairs |= _matched(rows, candidates[same], may)
    return pairs


def _matched(rows: Sequence[Known], known: Sequence[Known], may: Callable[[Known, Known], bool]) -> dict[int, int]:
    if len(rows) * len(known) > _MOST_PAIRS:
        # So many equal ones cannot be told apart by words; in order is as good and takes one pass.
        return _in_order(rows, known, may)
    words = {one.id: set(_WORD.findall(one.words.casefold())) for one in known}
    scored = sorted(
        (
            (
                -_likeness(set(_WORD.findall(row.words.casefold())), words[one.id]),
                abs(row.booked - one.booked),
                at,
                place,
            )
            for at, row in enumerate(rows)
            for place, one in enumerate(known)
            if may(row, one)
        )
    )
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for _, _, at, place in scored:
        if rows[at].id not in pairs and place not in used:
            pairs[rows[at].id] = known[place].id
            used.add(place)
    return pairs


def _in_order(rows: Sequence[Known], known: Sequence[Known], may: Callable[[Known, Known], bool]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    left = deque(known)
    for row in rows:
        for _ in range(min(len(left), 8)):
            if may(row, left[0]):
                pairs[row.id] = left.popleft().id
                break
            left.rotate(-1)
    return pairs


def _likeness(one: set[str], other: set[str]) -> float:
    """Share of words in common (Jaccard)."""
    return len(one & other) / len(one | other) if one or other else 0.0
