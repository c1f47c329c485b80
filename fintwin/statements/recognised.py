"""What was recognised in a file: shown to the person, and changed by what they choose instead."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Literal

Format = Literal["csv", "ofx"]
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
    """Choices from where they are stored."""
    columns = {int(index): role for index, role in stored.get("columns", {}).items()}
    return Chosen(**{**stored, "columns": columns})


def recognised_json(recognised: Recognised) -> dict[str, Any]:
    """What was recognised, as it is stored."""
    plain = asdict(recognised)
    for question in plain["ask"]:
        for choice in question["choices"]:
            choice["day"] = choice["day"].isoformat()
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
        **{**stored, "columns": tuple(stored["columns"]), "headings": tuple(stored["headings"]), "ask": ask}
    )
