"""Delimited text to records, each with the line it begins on; bounded whatever the text."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fintwin.kernel.errors import Invalid

LONGEST_LINE = 100_000
"""Characters of one line; no bank writes a line that long."""

_BREAK = re.compile(r"\r\n|\n|\r")
MOST_CELLS = 400
RAW = 2_000
"""Characters kept of a row as it stands in the file."""


@dataclass(frozen=True, slots=True)
class Record:
    """Cells without surrounding space, the line of the file where they begin, and the text itself."""

    line: int
    cells: list[str]
    raw: str

    @property
    def empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(self.cells)


class _Lines:
    """Lines of a text one at a time, remembering those of the record under way."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.number = 0
        self.held: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._lines.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            raise Invalid(
                f"line {self.number} is longer than {LONGEST_LINE:,} characters.", code="line_too_long", field="file"
            )
        self.held.append(line)
        return line


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, counted from 1, without their ends.

    Raises:
        Invalid: a line is too long (message begins with the line).
    """
    at, number = 0, 0
    while at < len(text):
        mark = _BREAK.search(text, at)
        end, following = (mark.start(), mark.end()) if mark else (len(text), len(text))
        number += 1
        if end - at > LONGEST_LINE:
            raise Invalid(
                f"line {number} is longer than {LONGEST_LINE:,} characters.", code="line_too_long", field="file"
            )
        yield number, text[at:end]
        at = following


def records(text: str, *, delimiter: str, quoted: bool = True) -> Iterator[Record]:
    """The records of a text. Excel's `sep=` line is left out; cells such as `="0012"` are taken out of their wrapping.

    Raises:
        Invalid: a line is too long, has too many cells, or a quote is never closed (message begins with the line).
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    begin = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Invalid(
                f"line {begin}: a quote is opened and never closed.", code="quote_open", field="file"
            ) from None
        raw = "".join(lines.held)
        lines.held.clear()
        if len(cells) > MOST_CELLS:
            raise Invalid(f"line {begin} has more than {MOST_CELLS} cells.", code="line_too_long", field="file")
        if not (begin == 1 and raw.lower().lstrip('"').startswith("sep=") and len(raw.strip()) <= 8):
            line = raw.rstrip("\r\n")
            if not quoted:
                cells = [cell.strip(' "') for cell in cells]
            # Most lines have nothing in them that has to be looked for in each cell.
            if line.isprintable() and "  " not in line and "=" not in line:
                cells = [cell.strip() for cell in cells]
            else:
                cells = [_bare(cell) for cell in cells]
            yield Record(begin, cells, line[:RAW])
        begin = lines.number + 1


def _bare(cell: str) -> str:
    """A cell's text on one line, without control characters and without Excel's `="..."`."""
    if not cell.isprintable():
        cell = "".join(char if char.isprintable() else " " for char in cell)
    cell = " ".join(cell.split()) if "  " in cell else cell.strip()
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 3:
        return cell[2:-1].strip()
    return cell
