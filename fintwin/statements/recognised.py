"""What was recognised in a file: shown to the person, and changed by what they choose instead."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

REMEMBERED = ("dates", "decimal", "flip", "columns")
"""Choices that the next file of the same layout begins with."""

BEFORE = "before"
"""Where a file's stored choices keep what it took over from the last one of its layout."""

ACCOUNTS = "accounts"
"""Where a file's stored choices keep the accounts that its parts go to."""

Format = Literal["csv", "ofx", "qif", "camt.052", "camt.053", "camt.054", "camt", "mt940", "mt942"]
"""`camt` is an archive with several kinds of its messages."""

Signs = Literal["signed", "columns", "flag"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has fixed; "" or None is left to recognition.

    Attributes:
        encoding: a key of `encoding.KNOWN`. delimiter: one of `dialect.DELIMITERS`.
        dates: a key of `dates.ORDERS`. decimal: `.` or `,`.
        columns: role (of `headings.ROLES`, "" for unused) by column index, for the columns changed.
        flip: plus and minus change places. currency: for rows whose file names none.
    """

    encoding: str = ""
    delimiter: str = ""
    dates: str = ""
    decimal: str = ""
    columns: Mapping[int, str] = field(default_factory=dict)
    flip: bool | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer, with the day it would make of the example."""

    value: str
    day: date


@dataclass(frozen=True, slots=True)
class Question:
    """What the file itself does not tell: a cell that can be read in two ways."""

    topic: Literal["dates"]
    line: int
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """The first row that can be read: its day and amount as the file writes them, and as they are read."""

    day_text: str
    day: date
    amount_text: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Recognised:
    """How a file is to be read; `read` needs nothing else.

    Attributes:
        name: the file's name, cut for messages. encoding: a key of `encoding.KNOWN`.
        delimiter, quoted, header, first, width, columns, headings: of CSV: whether quotes enclose cells, lines of the
            heading (0 = none) and of the first row, cells in a row, role and heading of each column.
        dates: key of `dates.ORDERS`. decimal: `.` or `,`. signs: where the direction stands. flip: turned round.
        fees_apart: the fee column is not in the amount yet, so it is taken off.
        currency: of rows that carry none, "" when nothing says it. currency_named: the file or the person said it.
        account: the account's number where the file has it once for all rows. bank: the bank's name.
        as_before: the topics of `REMEMBERED` that are read as the person had the last file of this layout read.
        example: None where no row can be read.
        ask: what to ask before going on; reading goes on with the first choice until then.
    """

    name: str
    format: Format
    encoding: str
    dates: str = "ymd"
    decimal: str = "."
    signs: Signs = "signed"
    flip: bool = False
    fees_apart: bool = False
    currency: str = ""
    currency_named: bool = True
    account: str = ""
    bank: str = ""
    delimiter: str = ""
    quoted: bool = True
    header: int = 0
    first: int = 0
    width: int = 0
    columns: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    as_before: tuple[str, ...] = ()
    example: Example | None = None
    ask: tuple[Question, ...] = ()

    @property
    def layout(self) -> str:
        """A digest of what makes two files of one bank alike, "" where there is nothing to tell: their headings."""
        if not any(self.headings):
            return ""
        return sha256("\x1f".join((self.delimiter, *self.headings)).encode()).hexdigest()


def chosen_json(chosen: Chosen) -> dict[str, Any]:
    """Choices as they are stored; what was not chosen is left out."""
    plain = asdict(chosen) | {"columns": {str(index): role for index, role in chosen.columns.items()}}
    return {name: value for name, value in plain.items() if value not in ("", None, {})}


def chosen_of(stored: Mapping[str, Any]) -> Chosen:
    """Choices from where they are stored; what the last file left is not among them."""
    columns = {int(index): role for index, role in stored.get("columns", {}).items()}
    own = {name: value for name, value in stored.items() if name not in (BEFORE, ACCOUNTS)}
    return Chosen(**{**own, "columns": columns})


def remembered(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What of a file's choices counts for the next one of its layout: its own, and those it took over itself."""
    before = stored.get(BEFORE, {})
    found = {name: stored.get(name, before.get(name)) for name in REMEMBERED}
    columns = {**before.get("columns", {}), **stored.get("columns", {})}
    return {name: value for name, value in (found | {"columns": columns}).items() if value not in ("", None, {})}


def beginning_with(before: Mapping[str, Any], own: Chosen) -> Chosen:
    """A file's choices, with those that its layout had before where it has none of its own."""
    last = chosen_of(before)
    return replace(
        own,
        dates=own.dates or last.dates,
        decimal=own.decimal or last.decimal,
        flip=last.flip if own.flip is None else own.flip,
        columns={**last.columns, **own.columns},
    )


def taken_over(before: Mapping[str, Any], own: Chosen) -> tuple[str, ...]:
    """The topics in which a file is read as the last one of its layout."""
    own_topics = chosen_json(own)
    return tuple(name for name in REMEMBERED if name in before and name not in own_topics)


def recognised_json(recognised: Recognised) -> dict[str, Any]:
    """What was recognised, as it is stored."""
    plain = asdict(recognised)
    for question in plain["ask"]:
        for choice in question["choices"]:
            choice["day"] = choice["day"].isoformat()
    if plain["example"]:
        plain["example"] |= {"day": plain["example"]["day"].isoformat(), "amount": str(plain["example"]["amount"])}
    return plain


def recognised_of(stored: Mapping[str, Any]) -> Recognised:
    """What was recognised, from where it is stored."""
    ask = tuple(
        Question(
            **{
                **question,
                "choices": tuple(Choice(c["value"], date.fromisoformat(c["day"])) for c in question["choices"]),
            }
        )
        for question in stored["ask"]
    )
    return Recognised(
        **{
            **stored,
            "columns": tuple(stored["columns"]),
            "headings": tuple(stored["headings"]),
            "as_before": tuple(stored.get("as_before", ())),
            "example": _example_of(stored.get("example")),
            "ask": ask,
        }
    )


def _example_of(stored: Mapping[str, Any] | None) -> Example | None:
    if not stored:
        return None
    day, amount = date.fromisoformat(stored["day"]), Decimal(stored["amount"])
    return Example(stored["day_text"], day, stored["amount_text"], amount)
