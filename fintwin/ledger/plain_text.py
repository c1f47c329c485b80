"""Whole books as journals of plain-text accounting: beancount and hledger.

Both name accounts alike, by names that both take as legal; the name a person gave stands beside each. Signs are
debit-positive as in the books. A journal ends with the balances that the books keep, which its reader proves.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fintwin.kernel.money import currency
from fintwin.ledger.books import BookAccount, BookCategory, Booking, Chart, Leg

UNCATEGORISED = "Uncategorised"
"""Where income and spending without a category stand."""

ROOTS = {"asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income", "expense": "Expenses"}
"""Under which name accounts of each class stand."""
_TYPES = {"Assets": "A", "Liabilities": "L", "Equity": "E", "Income": "R", "Expenses": "X"}
"""How hledger names the roots."""

Names = Mapping[tuple[int, int | None], str]
"""The journal's name of each account, of a nominal one by category."""


@dataclass(frozen=True, slots=True)
class _Place:
    """An account of the journal; nominal ones of several currencies share one."""

    name: str
    words: str
    first: date
    currencies: tuple[str, ...]
    closed: bool


def beancount_lines(chart: Chart, bookings: Iterable[Booking], *, owner: str, on: date) -> Iterator[str]:
    """A beancount journal, a line at a time.

    Args:
        owner: whose books they are, as its title.
        on: the day it is written.
    """
    names = names_of(chart)
    places = _places(chart, names, on=on)
    end = _last(chart, on) + timedelta(days=1)
    yield f'option "title" {_quoted(owner)}\n'
    for code in _currencies(chart):
        yield f'option "operating_currency" "{code}"\n'
    yield "\n"
    for place in places:
        yield f"{place.first} open {place.name} {','.join(place.currencies)}\n"
        yield f"  name: {_quoted(place.words)}\n"
    for one in bookings:
        yield "\n"
        marks = "".join(f" #{mark}" for mark in dict.fromkeys(map(_mark, one.tags)) if mark)
        yield f"{one.booked} * {_quoted(one.payee)} {_quoted(one.description)}{marks}\n"
        if one.tags:
            yield f"  tags: {_quoted(', '.join(one.tags))}\n"
        for word, value in _facts(one, chart, names):
            yield f"  {word}: {_quoted(value)}\n"
        for leg in one.legs:
            yield f"  {names[_key(leg)]}  {_amount(leg.amount, leg.currency)}\n"
    yield "\n"
    for account in _real(chart):
        # A tolerance of nothing: otherwise half a cent would pass.
        number, _, code = _amount(account.balance, account.currency).partition(" ")
        yield f"{end} balance {names[account.id, None]}  {number} ~ 0 {code}\n"
    for place in places:
        if place.closed:
            yield f"{end} close {place.name}\n"


def hledger_lines(chart: Chart, bookings: Iterable[Booking], *, owner: str, on: date) -> Iterator[str]:
    """An hledger journal, a line at a time; arguments as for `beancount_lines`."""
    names = names_of(chart)
    yield f"; {_one_line(owner)}\n"
    yield "decimal-mark .\n"
    for code in _currencies(chart):
        yield f"commodity 1000.{'0' * currency(code).digits} {code}\n"
    yield "\n"
    for place in _places(chart, names, on=on):
        # On a line of its own: hledger reads tags in a directive's comment, and a name may look like one.
        yield f"; {_one_line(place.words)}\n"
        yield f"account {place.name}  ; type:{_TYPES[place.name.partition(':')[0]]}\n"
    for one in bookings:
        yield "\n"
        yield f"{one.booked} * ({one.reference}) {_description(one)}".rstrip() + "\n"
        for word, value in _facts(one, chart, names):
            if word != "reference":
                yield f"    ; {word}: {_one_line(value)}\n"
        for tag in one.tags:
            yield f"    ; tag: {_one_line(tag)}\n"
        for leg in one.legs:
            yield f"    {names[_key(leg)]}  {_amount(leg.amount, leg.currency)}\n"
    real = _real(chart)
    if real:
        yield "\n"
        yield f"{_last(chart, on)} * Balances as the books keep them\n"
        for account in real:
            nothing = _amount(Decimal(0), account.currency)
            kept = _amount(account.balance, account.currency)
            yield f"    {names[account.id, None]}  {nothing} = {kept}\n"


def names_of(chart: Chart) -> Names:
    """A legal name for everything that is used, and for every real account: the same chart gives the same names.

    Two that would be called alike are told apart by a number, in the order they were made.
    """
    parts = _categories(chart.categories)
    taken: dict[str, set[str]] = {}
    by_id = {account.id: account for account in chart.accounts}
    names: dict[tuple[int, int | None], str] = {}
    for account in _real(chart):
        root = ROOTS[account.class_]
        names[account.id, None] = f"{root}:{_free(_part(account.name, 'Account'), taken.setdefault(root, set()))}"
    for use in chart.uses:
        account = by_id[use.account]
        if account.real:
            continue
        root = ROOTS[account.class_]
        if root == "Equity":
            names[use.account, use.category] = f"{root}:{account.type.capitalize()}"
        else:
            names[use.account, use.category] = f"{root}:{parts[use.category]}"
    return names


def _categories(found: Iterable[BookCategory]) -> dict[int | None, str]:
    """The part of an account's name that each category is, below its parent's; parents come first."""
    taken: dict[int | None, set[str]] = {None: {UNCATEGORISED}}
    parts: dict[int | None, str] = {None: UNCATEGORISED}
    for one in found:
        own = _free(_part(one.name, "Category"), taken.setdefault(one.parent, set()))
        parts[one.id] = f"{parts[one.parent]}:{own}" if one.parent in parts and one.parent is not None else own
    return parts


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    taken.add(name)
    return name


def _part(text: str, otherwise: str) -> str:
    """A text as part of an account's name: letters and digits of any script, and hyphens for what stands between.

    It begins with a capital letter or a digit; where the script has no capitals, with `otherwise`.
    """
    kept = ""
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if kind[0] == "L" or kind == "Nd":
            kept += char
        elif kind[0] != "M" and kept and not kept.endswith("-"):
            kept += "-"
    kept = kept.rstrip("-")
    if not kept:
        return otherwise
    if unicodedata.category(kept[0]) not in {"Lu", "Nd"}:
        capital = kept[0].upper()
        if len(capital) != 1 or unicodedata.category(capital) != "Lu":
            return f"{otherwise}-{kept}"
        kept = capital + kept[1:]
    return kept


def _places(chart: Chart, names: Names, *, on: date) -> list[_Place]:
    by_id = {account.id: account for account in chart.accounts}
    labels = {one.id: one.name for one in chart.categories}
    first = {(use.account, use.category): use.first for use in chart.uses}
    found: dict[str, _Place] = {}
    for (number, category), name in names.items():
        account = by_id[number]
        day, seen = first.get((number, category), on), found.get(name)
        words = account.name if name.startswith("Equity:") else labels.get(category or 0, account.name)
        if account.real and account.number:
            words = f"{account.name}, {account.number}"
        codes = {account.currency, *(seen.currencies if seen else ())}
        found[name] = _Place(
            name, words, min(day, seen.first) if seen else day, tuple(sorted(codes)), account.real and account.closed
        )
    return sorted(found.values(), key=lambda place: place.name)


def _facts(one: Booking, chart: Chart, names: Names) -> Iterator[tuple[str, str]]:
    """What a journal has no place of its own for, by name."""
    yield "reference", one.reference
    yield "kind", one.kind.name.lower().replace("_", " ")
    if one.valued and one.valued != one.booked:
        yield "valued", one.valued.isoformat()
    if one.reverses:
        yield "reverses", one.reverses
    meant = {leg.category for leg in one.legs if names[_key(leg)].startswith("Equity:")}
    if category := next((label.name for label in chart.categories if label.id in meant), ""):
        yield "category", category
    if one.note:
        yield "note", one.note
    if one.external_reference:
        yield "bankref", one.external_reference


def _description(one: Booking) -> str:
    """`payee | description`; hledger has no escapes, so what would end or part it is replaced."""
    payee = _one_line(one.payee).replace(";", ",").replace("|", "/")
    words = _one_line(one.description).replace(";", ",").replace("|", "/")
    return f"{payee} | {words}" if payee and words else payee or words


def _mark(tag: str) -> str:
    """A tag as beancount reads it after `#`; "" where no letter of it can stand there."""
    plain = unicodedata.normalize("NFKD", tag).encode("ascii", "ignore").decode()
    return "-".join("".join(char if char.isalnum() else " " for char in plain).split())


def _real(chart: Chart) -> list[BookAccount]:
    return [account for account in chart.accounts if account.real]


def _currencies(chart: Chart) -> list[str]:
    return sorted({account.currency for account in chart.accounts})


def _last(chart: Chart, on: date) -> date:
    return max(on, chart.last) if chart.last else on


def _key(leg: Leg) -> tuple[int, int | None]:
    return leg.account, leg.category


def _amount(amount: Decimal, code: str) -> str:
    """An amount with its currency's decimals; where it has more, with all of them."""
    cents = amount.quantize(currency(code).cent)
    return f"{cents if cents == amount else amount.normalize():f} {code}"


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _quoted(text: str) -> str:
    return '"' + _one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
