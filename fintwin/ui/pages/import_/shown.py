"""An import in words: what was recognised, what a row says, how the balance proves out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fintwin.identity.principal import Principal
from fintwin.kernel.money import Currency
from fintwin.kernel.wording import amount_text, count_text, counted, date_text, instant_text
from fintwin.ledger.accounts import AccountView
from fintwin.statements import service
from fintwin.statements.dates import ORDERS
from fintwin.statements.dialect import DELIMITERS
from fintwin.statements.encoding import KNOWN
from fintwin.statements.headings import ROLES
from fintwin.statements.recognised import Recognised
from fintwin.statements.service import ImportView, PartView, RowView, Summary
from fintwin.statements.statement import DOUBTFUL

TABS = (
    ("new", "New"),
    ("duplicate", "Duplicate"),
    ("same", "Entered by hand"),
    ("error", "Error"),
    ("left_out", "Left out"),
    ("kept", "Changed since"),
    ("removed", "Taken out"),
)

FORMATS = {
    "csv": "CSV",
    "ofx": "OFX",
    "qif": "QIF",
    "camt.052": "CAMT.052",
    "camt.053": "CAMT.053",
    "camt.054": "CAMT.054",
    "camt": "CAMT",
    "mt940": "MT940",
    "mt942": "MT942",
}
_PLAIN = ("csv", "qif")
_WORKING = ("asked", "booking", "undoing")
_EXAMPLES = {"dmy": "21.11.2026", "mdy": "11/21/2026", "ymd": "2026-11-21"}
_ROLE_WORDS = {
    "booked": "Booking date",
    "value": "Value date",
    "amount": "Amount",
    "debit": "Money out",
    "credit": "Money in",
    "flag": "In or out",
    "currency": "Currency",
    "balance": "Balance",
    "payee": "Payee",
    "payer": "Payer",
    "payee_account": "Payee’s account",
    "purpose": "Purpose",
    "reference": "Bank reference",
    "end_to_end": "End-to-end id",
    "account": "Own account",
    "status": "Status",
    "fee": "Fee",
}
ROLE_CHOICES = [("", "Not used"), *((role, _ROLE_WORDS[role]) for role in ROLES)]
ENCODING_CHOICES = [(key, words) for key, words in KNOWN.items() if key not in ("utf-16-le", "utf-16-be")]
DELIMITER_CHOICES = [(key, words.capitalize()) for key, words in DELIMITERS.items()]
ORDER_CHOICES = [(key, f"{words.capitalize()}, {_EXAMPLES[key]}") for key, words in ORDERS.items()]
DECIMAL_CHOICES = [(".", "1,234.56"), (",", "1.234,56")]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: `done`, `now` or `later`."""

    number: str = ""
    name: str = ""
    state: str = "later"
    last: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One account's statement of the file."""

    part: int = 0
    account: str = ""
    address: str = ""
    """Where its register is, once there is one."""
    title: str = ""
    proof: str = ""
    sum: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A list of rows and how many are in it."""

    value: str = ""
    name: str = ""
    many: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be checked."""

    number: int = 0
    day: str = ""
    title: str = ""
    line: str = ""
    aside: str = ""
    amount: str = ""
    inflow: bool = False
    faulty: bool = False
    action: str = ""
    """`leave`, `add`, `mend`, `take_out`, or "" where nothing can be chosen."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, and what it is taken for."""

    index: int = 0
    heading: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to the question of the dates."""

    value: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A file in the list of imports."""

    uuid: str = ""
    name: str = ""
    line: str = ""
    badge: str = ""
    tone: str = "plain"
    unfinished: bool = False
    """Whether it can be discarded."""


@dataclass(frozen=True, slots=True)
class File:
    """One import as its page shows it; the default is "not read yet"."""

    uuid: str = ""
    name: str = ""
    line: str = ""
    status: str = ""
    stage: str = ""
    """`reading`, `unreadable`, `check`, `working`, `done` or `undone`."""
    problem: str = ""
    delimited: bool = False
    plain: bool = False
    """Whether the file names neither the order of its dates nor, as a rule, a currency."""
    dates: str = ""
    amounts: str = ""
    encoding: str = ""
    currency: str = ""
    question: str = ""
    answers: tuple[Answer, ...] = ()
    new: int = 0
    add: str = ""
    """What the button says."""
    foot: str = ""
    headline: str = ""
    summary: str = ""
    progress: int = 0
    progress_words: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is read, as the form for it shows it."""

    encoding: str = ""
    delimiter: str = ""
    dates: str = ""
    decimal: str = ""
    flip: bool = False
    currency: str = ""


def file_of(view: ImportView, who: Principal) -> File:
    """An import in words."""
    found = view.recognised
    counts = view.counts
    new = counts.get("new", 0)
    stage = {"ready": "check", **dict.fromkeys(_WORKING, "working")}.get(view.status, view.status)
    question = found.ask[0] if found and found.ask else None
    return File(
        uuid=str(view.uuid),
        name=view.name,
        line=_line(view, who),
        status=view.status,
        stage=stage,
        problem=view.problem,
        delimited=bool(found and found.format == "csv"),
        plain=bool(found and found.format in _PLAIN),
        dates=_dates(found, who),
        amounts=_amounts(view, who),
        encoding=_encoding(found),
        currency=_currency(view),
        question=f"“{question.text}” on line {question.line} can be two days. Which one is it?" if question else "",
        answers=tuple(
            Answer(one.value, date_text(one.day, locale=who.locale, style="long")) for one in question.choices
        )
        if question
        else (),
        new=new,
        add=f"Add {counted(new, 'transaction', locale=who.locale)}" if new else "Finish without adding",
        foot=_foot(counts, who),
        headline=_headline(view, who),
        summary=_summary(counts, who),
        progress=round(100 * view.done / view.total) if view.total else 0,
        progress_words=_progress(view, who),
    )


def _line(view: ImportView, who: Principal) -> str:
    size = (
        f"{count_text(max(1, round(view.size / 1024)), locale=who.locale)} KB"
        if view.size < 1024 * 1024
        else f"{view.size / 1048576:.1f} MB"
    )
    kind = FORMATS.get(view.recognised.format, "") if view.recognised else ""
    bank = next((part.bank for part in view.parts if part.bank), "")
    seen = "seen before" if view.seen_before else ""
    if view.recognised and "columns" in view.recognised.as_before:
        seen = "columns as last time"
    told = [counted(view.rows, "row", locale=who.locale) if view.counts else "", size, kind, bank, seen]
    return " · ".join(part for part in told if part)


def _dates(found: Recognised | None, who: Principal) -> str:
    """How days are read, with the first day of the file as it is written and as it is read."""
    if found is None:
        return ""
    how = ORDERS[found.dates] if found.format in _PLAIN else "the bank’s day, no time zone"
    first = found.example
    shown = f": “{first.day_text}” is {date_text(first.day, locale=who.locale)}" if first else ""
    return how + shown + _as_before(found, "dates")


def _amounts(view: ImportView, who: Principal) -> str:
    """How amounts are read, with the first amount of the file as it is written and as it is read."""
    found = view.recognised
    if found is None:
        return ""
    signs = {
        "signed": "minus is out" if not found.flip else "plus is out",
        "columns": "one column each way" if not found.flip else "columns turned round",
        "flag": "in or out by a mark" if not found.flip else "marks turned round",
    }[found.signs]
    first, shown = found.example, ""
    if first and view.parts:
        read = amount_text(first.amount, of=view.parts[0].currency, locale=who.locale, signed=True, symbol=False)
        shown = f": “{first.amount_text}” is {read}"
    return signs + shown + _as_before(found, "decimal", "flip", "columns")


def _as_before(found: Recognised, *topics: str) -> str:
    """What says that a reading was not found in the file but taken over from the last one of its kind."""
    return ", as last time" if set(topics) & set(found.as_before) else ""


def _encoding(found: Recognised | None) -> str:
    if found is None:
        return ""
    name = KNOWN.get(found.encoding, found.encoding)
    return f"{name}, {DELIMITERS[found.delimiter]}" if found.delimiter else name


def _currency(view: ImportView) -> str:
    """The currencies of the rows; where nobody named one, that it was taken from the account or the person."""
    if view.recognised is None:
        return ""
    codes = ", ".join(dict.fromkeys(part.currency.code for part in view.parts))
    return codes if view.recognised.currency_named else f"{codes}, as the file names none"


def _foot(counts: dict[str, int] | object, who: Principal) -> str:
    told = dict(counts) if isinstance(counts, dict) else {}
    here = told.get("duplicate", 0) + told.get("same", 0)
    wrong = told.get("error", 0)
    sentences = []
    if here:
        sentences.append(
            f"{counted(here, 'row', locale=who.locale)} {'is' if here == 1 else 'are'} already here and"
            f" {'stays' if here == 1 else 'stay'} out."
        )
    if wrong:
        sentences.append(
            f"{counted(wrong, 'row', locale=who.locale)} {'has' if wrong == 1 else 'have'} an error:"
            f" {'put it right, or it stays out' if wrong == 1 else 'put them right, or they stay out'}."
        )
    return " ".join(sentences)


def _summary(counts: dict[str, int] | object, who: Principal) -> str:
    told = dict(counts) if isinstance(counts, dict) else {}
    words = (
        ("duplicate", "already here"),
        ("same", "entered by hand before"),
        ("error", "could not be read"),
        ("left_out", "left out or without a movement"),
        ("kept", "changed since, kept"),
        ("removed", "taken out by you"),
    )
    parts = [f"{count_text(told[key], locale=who.locale)} {text}" for key, text in words if told.get(key)]
    return "Skipped: " + ", ".join(parts) + "." if parts else "Nothing was skipped."


def _headline(view: ImportView, who: Principal) -> str:
    new = counted(view.counts.get("new", 0), "transaction", locale=who.locale)
    when = view.undone_at if view.status == "undone" else view.booked_at
    at = instant_text(when, zone=who.zone, locale=who.locale) if when else ""
    if view.status == "undone":
        return f"{new} taken back on {at}."
    return f"{new} added on {at}." if view.status == "done" else ""


def _progress(view: ImportView, who: Principal) -> str:
    of = f"{count_text(view.done, locale=who.locale)} of {counted(view.total, 'transaction', locale=who.locale)}"
    return {
        "asked": "Waiting for its turn …",
        "booking": f"Adding: {of}",
        "undoing": f"Taking back: {count_text(view.done, locale=who.locale)} so far",
    }.get(view.status, "")


def steps(stage: str) -> list[Step]:
    """The four steps, and where this import is on the way."""
    at = {"": 0, "reading": 1, "unreadable": 1, "check": 2, "working": 3, "done": 4, "undone": 4}.get(stage, 0)
    names = ("File", "Recognised", "Check", "Done")
    return [
        Step("✓" if n < at else str(n + 1), name, "done" if n < at else "now" if n == at else "later", n == 3)
        for n, name in enumerate(names)
    ]


def account_words(part: PartView) -> str:
    """Which account the rows go to."""
    if part.account is None:
        return f"New: {part.name}"
    return _ended(part.account)


def part_of(part: PartView, who: Principal, *, status: str, alone: bool) -> Part:
    """One account's statement in words, with the proof of its balance; what was taken back proves nothing any more."""
    undone = status == "undone" and part.note in ("", DOUBTFUL)
    proof, text, tone = ("", "", "") if undone else _proof(part, who, booked=status == "done")
    return Part(
        part=part.part,
        account=account_words(part),
        address=f"/transactions?account={part.account.uuid}" if part.account else "",
        title="" if alone else f"{account_words(part)}: ",
        proof=proof,
        sum=text,
        tone=tone,
    )


def _money(amount: Decimal, of: Currency, who: Principal, *, signed: bool = False) -> str:
    return amount_text(amount, of=of, locale=who.locale, signed=signed, symbol=False)


def _proof(part: PartView, who: Principal, *, booked: bool) -> tuple[str, str, str]:
    """What the file says of its balance, the sum that shows it, and whether that is good, a warning, or nothing."""
    shown, of = part.proof, part.currency
    if part.note:
        return part.note, "The account’s balance is not taken from it.", "warn"
    if booked and part.books is not None and shown.closing is not None and part.books != shown.closing:
        off = _money(part.books - shown.closing, of, who, signed=True)
        return (
            "The books and the file differ.",
            f"Books {_money(part.books, of, who)}, file {_money(shown.closing, of, who)}: {off}.",
            "warn",
        )
    if shown.opening is not None and shown.closing is not None:
        size = _money(abs(shown.moved), of, who)
        sign = "−" if shown.moved < 0 else "+"
        left = f"{_money(shown.opening, of, who)} {sign} {size} = {_money(shown.opening + shown.moved, of, who)}"
        without = _without(part, who)
        if shown.holds:
            told = (
                "The file’s balance proves out, but not all of its rows are added."
                if without
                else "The balance proves out."
            )
            return told, f"{left}, as the file says.{without}", "warn" if without else "good"
        return (
            "The balance does not prove out.",
            f"{left}, but the file says {_money(shown.closing, of, who)}:"
            f" {_money(shown.off, of, who, signed=True)}.{without}",
            "warn",
        )
    if shown.closing is not None:
        day = f" on {date_text(part.closing_day, locale=who.locale)}" if part.closing_day else ""
        told = f"{_money(shown.closing, of, who)}{day}, as the file says."
        return ("The balance agrees." if booked else "The file states a balance.", told, "good")
    return "", "", ""


def _without(part: PartView, who: Principal) -> str:
    """What the sum would be without the rows that the person left out; "" where they left none out."""
    if not part.left or part.proof.computed is None:
        return ""
    rows = "row" if part.left == 1 else counted(part.left, "row", locale=who.locale)
    return f" Without the {rows} you left out it would be {_money(part.proof.computed - part.left_sum, part.currency, who)}."


def row_of(row: RowView, who: Principal, *, checking: bool, several: bool, booked: bool = False) -> Row:
    """A row to be checked, in words; of a booked import, one that can be taken out."""
    faulty = row.verdict == "error"
    day = date_text(row.booked, locale=who.locale) if row.booked else row.booked_text
    size = (
        amount_text(row.amount, of=row.currency, locale=who.locale, signed=True, symbol=several)
        if row.amount is not None
        else row.amount_text
    )
    title = row.payee or row.purpose or "No payee"
    told = row.sentence if row.sentence else (row.purpose if row.payee else "")
    action = {"new": "leave", "duplicate": "add", "same": "add", "error": "mend"}.get(row.verdict, "")
    if row.verdict == "left_out" and row.sentence == service.LEFT_OUT:
        action = "add"
    return Row(
        number=row.number,
        day=day or f"Line {row.line}",
        title=title,
        line=f"{told} Line {row.line}." if faulty else told,
        aside=row.purpose if row.sentence and not faulty else "",
        amount=size,
        inflow=row.amount is not None and row.amount > 0,
        faulty=faulty,
        action=action if checking else "take_out" if booked and row.verdict == "new" and row.transaction else "",
    )


def tabs_of(view: ImportView, *, locale: str) -> list[Tab]:
    """The lists that have rows; "New" always, by another name where the rows were taken back."""
    return [
        Tab(
            value,
            "Taken back" if value == "new" and view.status == "undone" else name,
            count_text(view.counts.get(value, 0), locale=locale),
        )
        for value, name in TABS
        if value in _listed(view)
    ]


def _listed(view: ImportView) -> list[str]:
    return [value for value, _ in TABS if view.counts.get(value) or value == "new"]


def tab_of(view: ImportView, wanted: str) -> str:
    """The list to show: the one wanted, the first with rows where it has become empty and is gone."""
    there = _listed(view)
    return wanted if wanted in there else next((one for one in there if view.counts.get(one)), "new")


def columns_of(found: Recognised | None) -> list[Column]:
    """The columns of a delimited file."""
    if found is None:
        return []
    return [
        Column(index, (found.headings[index] if index < len(found.headings) else "") or f"Column {index + 1}", role)
        for index, role in enumerate(found.columns)
    ]


def reading_of(found: Recognised | None) -> Reading:
    """How the file is read, for the form."""
    if found is None:
        return Reading()
    return Reading(
        encoding="utf-16" if found.encoding.startswith("utf-16") else found.encoding,
        delimiter=found.delimiter,
        dates=found.dates,
        decimal=found.decimal,
        flip=found.flip,
        currency=found.currency,
    )


NEW = "new"
"""Stands for a new account where one is chosen."""


def targets_of(found: Sequence[AccountView], who: Principal) -> list[tuple[str, str]]:
    """Accounts to choose from, told apart by the end of their number and their balance, and a new one."""
    return [*((str(one.uuid), _target(one, who)) for one in found), (NEW, "A new account")]


def _target(one: AccountView, who: Principal) -> str:
    balance = amount_text(one.posted, of=one.currency, locale=who.locale) if one.known else "balance not known"
    closed = "" if one.open else ", closed"
    return f"{_ended(one)}, {balance}{closed}"


def _ended(one: AccountView) -> str:
    ending = one.bank_number[-4:]
    return one.name if not ending or ending in one.name else f"{one.name} ··{ending}"


def past_of(one: Summary, who: Principal) -> Past:
    """A file in the list of imports."""
    words, tone = {
        "reading": ("Being read", "plain"),
        "unreadable": ("Not readable", "bad"),
        "ready": ("To be checked", "warn"),
        "asked": ("Being added", "brand"),
        "booking": ("Being added", "brand"),
        "undoing": ("Being taken back", "plain"),
        "undone": ("Taken back", "plain"),
    }.get(one.status, ("", "good"))
    at = instant_text(one.booked_at or one.created_at, zone=who.zone, locale=who.locale)
    added = counted(one.added, "transaction", locale=who.locale) + " added" if one.status == "done" else ""
    return Past(str(one.uuid), one.name, " · ".join(part for part in (at, added) if part), words, tone, one.unfinished)
