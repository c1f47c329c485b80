"""The register's address: its filter, page and open dialog, so that Back, reload and a shared link show the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode
from uuid import UUID

from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.money import LARGEST, Currency
from fintwin.kernel.wording import amount_text, date_text
from fintwin.ledger import search_words
from fintwin.ledger.search_words import Term

PATH = "/transactions"
KINDS = ("deposit", "withdrawal", "transfer", "send")
LONGEST_TEXT = search_words.LONGEST

_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Address:
    """What the register's address asks for; whatever is malformed in it is left out."""

    account: str = ""
    """An account's uuid."""
    since: date | None = None
    until: date | None = None
    text: str = ""
    """What is searched for, in the words of `ledger.search_words`."""
    least: Decimal | None = None
    """Smallest amount moved, either way."""
    most: Decimal | None = None
    flow: str = ""
    """`in` or `out`."""
    category: str = ""
    """A category's id; 0 is none given."""
    status: str = ""
    """`reversed` shows only pairs that cancel out, which are hidden otherwise; `all` shows both."""
    counted: bool = False
    """Only what the month result counts."""
    after: str = ""
    """The cursor of an older page."""
    open: str = ""
    """A transaction's reference, shown in the panel."""
    new: str = ""
    """The dialog that is open: one of KINDS."""
    key: str = ""
    """The idempotency key of that dialog."""

    @property
    def filtered(self) -> bool:
        """Whether rows may be missing from view."""
        return replace(self, after="", open="", new="", key="") != Address()


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the filter in words, and the address without it."""

    words: str
    without: str


def read(query: Mapping[str, str]) -> Address:
    """An address from its query; parts that are malformed or out of bounds count as missing."""
    new = query.get("new", "")
    return Address(
        account=_uuid(query.get("account", "")),
        since=_day(query.get("from", "")),
        until=_day(query.get("to", "")),
        text=_text(query.get("text", "")),
        least=_amount(query.get("min", "")),
        most=_amount(query.get("max", "")),
        flow=query.get("flow", "") if query.get("flow", "") in ("in", "out") else "",
        category=_digits(query.get("category", "")),
        status=query.get("status", "") if query.get("status", "") in ("reversed", "all") else "",
        counted=query.get("counted", "") == "1",
        after=query.get("after", "")[:120],
        open=query.get("open", "")[:14],
        new=new if new in KINDS else KINDS[0] if new else "",
        key=_uuid(query.get("op", "")),
    )


def write(address: Address) -> str:
    """The address as a path with its query; the same address is always written the same way."""
    dialogs = {"after": address.after, "open": address.open, "new": address.new, "op": address.key}
    query = urlencode(filter_query(address) | {name: value for name, value in dialogs.items() if value})
    return f"{PATH}?{query}" if query else PATH


def filter_query(address: Address) -> dict[str, str]:
    """The filter's names and values, as `ledger.register.parse_filter` reads them."""
    parts = {
        "account": address.account,
        "from": address.since.isoformat() if address.since else "",
        "to": address.until.isoformat() if address.until else "",
        "text": address.text,
        "min": "" if address.least is None else f"{address.least.normalize():f}",
        "max": "" if address.most is None else f"{address.most.normalize():f}",
        "flow": address.flow,
        "category": address.category,
        "status": address.status,
        "counted": "1" if address.counted else "",
    }
    return {name: value for name, value in parts.items() if value}


def chips(
    address: Address,
    *,
    accounts: Mapping[str, str],
    categories: Mapping[str, str],
    of: Currency,
    locale: str,
    unread: Collection[str] = (),
) -> list[Chip]:
    """The filter in words, one chip per part.

    Args:
        accounts: names by uuid.
        categories: names by id.
        unread: parts of the search that name nothing.
    """
    bare = replace(address, after="", open="", new="", key="")
    found: list[tuple[str, Address]] = []
    if bare.account:
        found.append((accounts.get(bare.account, "An account of before"), replace(bare, account="")))
    if bare.since or bare.until:
        found.append((_days_words(bare.since, bare.until, locale=locale), replace(bare, since=None, until=None)))
    found += [(words, replace(bare, text=text)) for words, text in _terms(bare.text, unread)]
    if bare.least is not None or bare.most is not None:
        words = _amounts_words(bare.least, bare.most, of=of, locale=locale)
        found.append((words, replace(bare, least=None, most=None)))
    if bare.flow:
        found.append(("Money in" if bare.flow == "in" else "Money out", replace(bare, flow="")))
    if bare.category:
        words = "No category" if bare.category == "0" else categories.get(bare.category, "A category of before")
        found.append((words, replace(bare, category="")))
    if bare.counted:
        found.append(("Counted in the month result", replace(bare, counted=False)))
    if bare.status:
        found.append(("Undone only" if bare.status == "reversed" else "Undone too", replace(bare, status="")))
    return [Chip(words, write(without)) for words, without in found]


def _terms(text: str, unread: Collection[str]) -> list[tuple[str, str]]:
    """Each part of a search that is understood, in words, and the search without it."""
    try:
        terms = [term for term in search_words.parse(text).terms if str(term) not in unread]
        return [(term_words(term), search_words.without(text, term)) for term in terms]
    except Invalid:
        return [(f"“{text}”", "")]


def term_words(term: Term) -> str:
    """A part of a search as people read it."""
    if term.name == "":
        words = f"“{term.value}”"
    elif term.name == "amount":
        low, dots, high = term.value.partition("..")
        signs = {">": "More than", ">=": "At least", "<": "Less than", "<=": "At most"}
        words = f"{low or '0'} to {high or 'any'}" if dots else f"{signs.get(term.sign, 'Exactly')} {term.value}"
    elif term.name in ("is", "has"):
        words = _FLAG_WORDS[term.name, term.value]
    elif term.name in search_words.DAYS:
        day = term.value.replace("-", " ") if term.value in search_words.RELATIVE else term.value
        words = day.capitalize() if term.name == "on" else f"{term.name.capitalize()} {day}"
    else:
        words = f"{term.name.capitalize()}: {term.value}"
    return f"Not {words[0].lower()}{words[1:]}" if term.no else words


_FLAG_WORDS = {
    ("is", "uncategorised"): "Uncategorised",
    ("is", "pending"): "Pending",
    ("is", "failed"): "Failed",
    ("is", "expired"): "Lapsed",
    ("is", "reversed"): "Undone",
    ("is", "binned"): "In the bin",
    ("is", "in"): "Money in",
    ("is", "out"): "Money out",
    ("is", "transfer"): "Own transfers",
    ("is", "imported"): "From a file",
    ("has", "note"): "With a note",
    ("has", "attachment"): "With a file",
    ("has", "tag"): "With a tag",
    ("has", "split"): "In parts",
}


def _days_words(since: date | None, until: date | None, *, locale: str) -> str:
    if since and until:
        if since == until:
            return date_text(since, locale=locale)
        if since.day == 1 and until == _month_end(since):
            return date_text(since, locale=locale, style="month")
        return f"{date_text(since, locale=locale)} to {date_text(until, locale=locale)}"
    return f"From {date_text(since, locale=locale)}" if since else f"Until {date_text(until or _LATEST, locale=locale)}"


def _amounts_words(least: Decimal | None, most: Decimal | None, *, of: Currency, locale: str) -> str:
    low = None if least is None else amount_text(least, of=of, locale=locale, symbol=False)
    high = None if most is None else amount_text(most, of=of, locale=locale, symbol=False)
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"At least {low}" if low else f"At most {high}"


def _month_end(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if len(text) <= 36 else ""
    except ValueError:
        return ""


def _digits(text: str) -> str:
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def _text(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text[:LONGEST_TEXT]).split())


def _amount(text: str) -> Decimal | None:
    try:
        value = Decimal(text) if 0 < len(text) <= 24 else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() and 0 <= value <= LARGEST else None


def checked(address: Address) -> Address:
    """The same address, if its spans run forwards.

    Raises:
        Invalid: the last day lies before the first, or the largest amount below the smallest; both are told at once.
    """
    together(lambda: _forwards(address.since, address.until), lambda: _upwards(address.least, address.most))
    return address


def _forwards(since: date | None, until: date | None) -> None:
    if since and until and until < since:
        raise Invalid("The last day lies before the first.", code="days_backwards", field="until")


def _upwards(least: Decimal | None, most: Decimal | None) -> None:
    if least is not None and most is not None and most < least:
        raise Invalid("The largest amount lies below the smallest.", code="amounts_backwards", field="most")
