"""From the terms of a search to the register's filter: names become the person's own accounts, categories and tags."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid
from fintwin.ledger import accounts as account_book
from fintwin.ledger import categories as category_book
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.categories import CategoryView
from fintwin.ledger.posting import Status
from fintwin.ledger.register import Filter
from fintwin.ledger.search_words import DAYS, Fault, Search, Term, bounds, days


class _Named(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=_Named)

_FLAGS: dict[str, dict[str, Any]] = {
    "uncategorised": {"uncategorised": True},
    "reversed": {"reversed": True},
    "binned": {"reversed": True, "binned": True},
    "in": {"flow": "in"},
    "out": {"flow": "out"},
    "transfer": {"own": True},
    "imported": {"from_file": True},
}
_UNBOOKED = {"pending": Status.PENDING, "failed": Status.FAILED, "expired": Status.EXPIRED}
_THINGS = {"note": "noted", "attachment": "attached", "tag": "tagged", "split": "parted"}


@dataclass(frozen=True, slots=True)
class TagName:
    """A person's tag."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a search may name."""

    accounts: Sequence[AccountView]
    categories: Sequence[CategoryView]
    tags: Sequence[TagName]


@dataclass(frozen=True, slots=True)
class Understood:
    """A term that narrows the filter, and the names that it stands for ("" where it names nothing of the person's)."""

    term: Term
    names: str = ""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The filter, what made it, and what could not."""

    filter: Filter
    understood: tuple[Understood, ...]
    faults: tuple[Fault, ...]


def known(session: Session, who: Principal) -> Known:
    """All that a person's search may name; closed accounts too."""
    tags = session.connection().execute(
        text("SELECT id, name FROM tag WHERE owner = :owner ORDER BY lower(name) LIMIT 2000"), {"owner": who.person}
    )
    return Known(
        account_book.accounts(session, who, closed=True),
        category_book.categories(session, who),
        [TagName(*row) for row in tags],
    )


def family(number: int, categories: Iterable[CategoryView]) -> tuple[int, ...]:
    """A category with the categories below it."""
    return (number, *(one.id for one in categories if one.parent == number))


def narrow(base: Filter, search: Search, *, known: Known, today: date) -> Narrowed:
    """A filter made narrower by a search; several terms of one name widen each other where one row can have one only.

    A category stands for those below it and for parts of a split; `before:` leaves its day out, `after:` does not.
    """
    filter, understood, faults = base, list[Understood](), list(search.faults)
    if base.category:
        filter = replace(filter, category=None, categories=family(base.category, known.categories))
    words: list[str] = [base.contains] if base.contains else []
    for term in search.terms:
        if term.name == "":
            if term.no:
                filter = replace(filter, without=(*(filter.without or ()), term.value))
            else:
                words.append(term.value)
            understood.append(Understood(term))
        elif term.name in _NAMING:
            try:
                filter, names = _NAMING[term.name](filter, term, known)
                understood.append(Understood(term, names))
            except Invalid as error:
                faults.append(Fault(str(term), error.sentence))
        else:
            filter = _plain(filter, term, today=today)
            understood.append(Understood(term))
    words.sort(key=len, reverse=True)  # the longest one leads to the fewest rows
    filter = replace(filter, contains=words[0] if words else None, words=tuple(words[1:]) or None)
    return Narrowed(filter, tuple(understood), tuple(faults))


def _plain(filter: Filter, term: Term, *, today: date) -> Filter:
    if term.name == "amount":
        low, high = bounds(term)
        return replace(filter, least=_tighter(max, filter.least, low), most=_tighter(min, filter.most, high))
    if term.name in DAYS:
        first, last = days(term.value, today=today)
        since = None if term.name == "before" else first
        until = {"after": None, "on": last}.get(term.name, first - timedelta(days=1))
        return replace(filter, since=_tighter(max, filter.since, since), until=_tighter(min, filter.until, until))
    if term.name == "has":
        changed: dict[str, Any] = {_THINGS[term.value]: not term.no}
    elif term.name == "is" and term.value in _UNBOOKED:
        changed = {"unbooked": (*(filter.unbooked or ()), int(_UNBOOKED[term.value]))}
    elif term.name == "is":
        changed = {name: not value if term.no else value for name, value in _FLAGS[term.value].items()}
    else:
        field = "without" if term.no else {"payee": "payees", "note": "notes"}[term.name]
        changed = {field: (*(getattr(filter, field) or ()), term.value)}
    return replace(filter, **changed)


def _account(filter: Filter, term: Term, known: Known) -> tuple[Filter, str]:
    found = _some(term, known.accounts, "account")
    if term.no:
        return replace(filter, not_accounts=_more(filter.not_accounts, found)), _names(found)
    if len(found) > 1 or filter.account not in (None, found[0].id):
        raise _unknown(f"“account:” takes one account; “{term.value}” could be {_names(found)}. Write more of one.")
    return replace(filter, account=found[0].id), found[0].name


def _tag(filter: Filter, term: Term, known: Known) -> tuple[Filter, str]:
    found = _some(term, known.tags, "tag")
    if term.no:
        return replace(filter, not_tags=_more(filter.not_tags, found)), _names(found)
    if len(found) > 1:
        raise _unknown(f"“{term.value}” could be {_names(found)}. Write more of it.")
    return replace(filter, tags=_more(filter.tags, found)), found[0].name


def _category(filter: Filter, term: Term, known: Known) -> tuple[Filter, str]:
    found = _some(term, known.categories, "category")
    below = [one for one in known.categories if any(one.parent == above.id for above in found)]
    if term.no:
        return replace(filter, not_categories=_more(filter.not_categories, [*found, *below])), _names(found)
    return replace(filter, categories=_more(filter.categories, [*found, *below])), _names(found)


_NAMING = {"account": _account, "tag": _tag, "category": _category}


def _some(term: Term, among: Sequence[_N], what: str) -> list[_N]:
    found = matches(term.value, among)
    if not found:
        raise _unknown(f"There is no {what} like “{term.value}”.")
    return found


def _more(before: tuple[int, ...] | None, found: Sequence[_Named]) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*(before or ()), *(one.id for one in found))))


def _names(found: Sequence[_Named]) -> str:
    return ", ".join(one.name for one in found)


def _unknown(sentence: str) -> Invalid:
    return Invalid(sentence, code="unknown_name", field="q")


def matches(word: str, among: Sequence[_N]) -> list[_N]:
    """Those of exactly this name; else those of which a word begins so; capitals make no difference."""
    wanted = word.casefold()
    exact = [one for one in among if one.name.casefold() == wanted]
    return exact or [one for one in among if f" {wanted}" in f" {one.name.casefold()}"]


def _tighter(which: Callable[[Any, Any], Any], old: Any, new: date | Decimal | None) -> Any:
    return old if new is None else new if old is None else which(old, new)
