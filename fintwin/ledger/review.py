"""The review of what has no category: one transaction after the other, what it probably is, and what is like it."""

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.pages import Cursor
from fintwin.ledger import categories, register
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.posting import Kind
from fintwin.ledger.register import Filter, Row

OFFERED = 9
"""Categories that number keys choose."""
MOST_ALIKE = 1_000

_OPEN = Filter(uncategorised=True)


@dataclass(frozen=True, slots=True)
class Offer:
    """A category for a transaction; `times`: how often this payee was given it, 0 where that says nothing."""

    category: CategoryView
    times: int


@dataclass(frozen=True, slots=True)
class Question:
    """A transaction without a category, the likely ones, and the others without one that look like it."""

    row: Row
    offers: tuple[Offer, ...]
    alike: tuple[int, ...]
    """The newest of them, MOST_ALIKE at most with the transaction itself; `more`: there may be older ones."""
    more: bool
    after: Cursor
    """Pass it to `question` to leave this one for later."""


def left(session: Session, who: Principal) -> int:
    """How many transactions have no category."""
    return sum(one.count for one in register.sums(session, who, filter=_OPEN))


def question(session: Session, who: Principal, *, after: Cursor | None = None) -> Question | None:
    """The newest transaction without a category, before the one that `after` names; None where there is none."""
    page = register.page(session, who, filter=_OPEN, after=after, rows=1)
    if not page.rows:
        return None
    row = page.rows[0]
    found, more = alike(session, who, row=row)
    return Question(
        row=row,
        offers=tuple(offers(session, who, row=row)),
        alike=tuple(found),
        more=more,
        after=Cursor(row.booked, row.id),
    )


def offers(session: Session, who: Principal, *, row: Row) -> list[Offer]:
    """The likeliest categories: what this payee was given, most often first, then what is most used for its direction.

    Of those never used, the ones with others below them come last: they are headings more than answers.
    """
    known = {one.id: one for one in categories.categories(session, who)}
    flow = "in" if row.amount > 0 else "out"
    given: Counter[int] = Counter()
    if row.payee and row.kind is not Kind.BETWEEN_PEOPLE:
        earlier = Filter(payees=(row.payee,), uncategorised=False)
        same = register.page(session, who, filter=earlier, rows=200).rows
        given.update(one.category for one in same if one.category and one.payee.casefold() == row.payee.casefold())
    usual = register.page(session, who, filter=Filter(uncategorised=False, own=False, flow=flow), rows=300).rows
    used = Counter(one.category for one in usual if one.category)
    fitting = [one for one in known.values() if one.flow == flow or one.id in given]
    groups = {one.parent for one in known.values()}
    fitting.sort(key=lambda one: (-given[one.id], -used[one.id], one.id in groups, one.name))
    return [Offer(one, given[one.id]) for one in fitting[:OFFERED]]


def alike(session: Session, who: Principal, *, row: Row) -> tuple[list[int], bool]:
    """The other transactions without a category of the same payee, else description, and the same direction.

    Those among the newest MOST_ALIKE that the filter finds, and whether it finds older ones.
    """
    said = row.payee if row.kind is not Kind.BETWEEN_PEOPLE else ""
    if not said and not row.description:
        return [], False
    filter = Filter(
        uncategorised=True,
        flow="in" if row.amount > 0 else "out",
        payees=(said,) if said else None,
        contains=None if said else row.description[:100],
    )
    page = register.page(session, who, filter=filter, rows=MOST_ALIKE)
    wanted = (said or row.description).casefold()
    found = [
        one.id
        for one in page.rows
        if one.id != row.id and (one.payee if said else one.description).casefold() == wanted
    ]
    return found, page.after is not None
