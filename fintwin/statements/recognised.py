"""What was recognised in a file: shown to the person, and changed by what they choose instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

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
        currency: of rows that carry none, "" when nothing says it.
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
    currency: str = ""
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
