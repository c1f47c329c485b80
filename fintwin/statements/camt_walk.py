"""A CAMT message in one pass: statements, balances, entries and their details as flat values, whatever the version.

Namespaces are not looked at, so versions 02 to 13 and what banks make of them read alike. The parser is defusedxml's:
no document type, no entities, nothing fetched.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import thread_time
from typing import Any
from xml.parsers.expat import ExpatError  # nosec B407 - the error only; the parser comes hardened

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from fintwin.kernel.errors import Invalid
from fintwin.statements.records import RAW
from fintwin.statements.statement import MOST_ROWS

Values = dict[str, str]
"""Text by path below its block, as `RltdPties/Cdtr/Nm`; a currency stands under `Amt@Ccy`. The first of a path counts."""

_KINDS = {"Stmt": "camt.053", "Rpt": "camt.052", "Ntfctn": "camt.054"}
_SEVERAL = frozenset({"Ustrd", "AddtlRmtInf", "AddtlTxInf", "AddtlNtryInf"})
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACES = bytes(32 if byte < 32 and byte not in (9, 10, 13) else byte for byte in range(256))
_DEEPEST = 60
_MOST_ELEMENTS = 12_000_000
_MOST_STRANGE = 200_000
_MOST_STATEMENTS = 5_000
_MOST_TOGETHER = 20_000
"""Statements in a file, and in all files of an archive."""
_MOST_VALUES = 300
_LONGEST = 4_000
_LONGEST_NAME = 500
"""Letters of an element's name, its namespace included: the parser spells it out at each one."""
_LONGEST_PATH = 300
_PATIENCE = 90.0
"""Seconds of the processor that one upload may cost: several times what the largest honest one does."""
_LOOK = 256
"""Elements between two looks at the clock."""


class Budget:
    """What reading one upload may cost, over all its files: elements, statements, and the processor's time."""

    def __init__(self) -> None:
        self.elements = _MOST_ELEMENTS
        self.statements = _MOST_TOGETHER
        self._until = thread_time() + _PATIENCE

    @property
    def spent(self) -> bool:
        """Whether the time is over."""
        return thread_time() > self._until


@dataclass(slots=True)
class Entry:
    """One `Ntry`: its own values, those of each `TxDtls`, the line it begins on, and the text itself."""

    line: int
    begin: int
    values: Values = field(default_factory=dict)
    details: list[Values] = field(default_factory=list)
    raw: str = ""


@dataclass(slots=True)
class Message:
    """One `Stmt`, `Rpt` or `Ntfctn`; `kind` is the format that it makes the file."""

    kind: str
    line: int
    values: Values = field(default_factory=dict)
    balances: list[Values] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class _EnoughError(Exception):
    """As many entries were seen as were wanted."""


class _Walk:
    """What the parser calls at each tag; blocks inside blocks are kept on a stack of their own."""

    def __init__(self, data: bytes, *, parser: Any, enough: int, budget: Budget) -> None:
        self.messages: list[Message] = []
        self._data = data
        self._parser = parser
        self._enough = enough
        self._budget = budget
        self._paths: list[str] = []
        self._blocks: list[tuple[int, Values]] = []
        self._message: Message | None = None
        self._entry: Entry | None = None
        self._text: list[str] = []
        self._length = 0
        self._elements = 0
        self._rows = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An opening tag: a block begins, or a path goes one deeper."""
        if len(tag) > _LONGEST_NAME:
            raise self._refusal("an element has a name longer than any bank's.", "xml_name_too_long")
        name = tag[tag.rfind("}") + 1 :]
        paths = self._paths
        self._text.clear()
        self._length = 0
        self._elements += 1
        if len(paths) >= _DEEPEST:
            raise self._refusal(f"the elements are nested more than {_DEEPEST} deep.", "xml_too_deep")
        if not self._elements % _LOOK:
            self._pay()
        if not self.messages and self._elements > _MOST_STRANGE:
            raise self._too_much()
        if self._message is None:
            paths.append("")
            if name in _KINDS:
                self._begin_message(name)
            return
        values = self._begun(name)
        if values is not None:
            self._blocks.append((len(paths), values))
            paths.append("")
            return
        parent = paths[-1]
        # A path beyond any message's grows no further, else long names inside long names cost without end.
        path = name if not parent else f"{parent}/{name}" if len(parent) < _LONGEST_PATH else parent
        paths.append(path)
        if attributes and "Ccy" in attributes:
            self._blocks[-1][1].setdefault(f"{path}@Ccy", attributes["Ccy"][:10])

    def end(self, tag: str) -> None:
        """A closing tag: its text is kept, or a block ends."""
        path = self._paths.pop()
        if self._message is None:
            return
        depth, values = self._blocks[-1]
        if len(self._paths) == depth:
            self._blocks.pop()
            name = tag[tag.rfind("}") + 1 :]
            if name == "Ntry" and self._entry is not None and values is self._entry.values:
                self._end_entry(self._entry)
            elif values is self._message.values:
                self._message = None
        elif self._text:
            text = " ".join("".join(self._text).split())
            if text and len(values) < _MOST_VALUES:
                if path in values and path[path.rfind("/") + 1 :] in _SEVERAL:
                    values[path] = f"{values[path]} {text}"[:_LONGEST]
                else:
                    values.setdefault(path, text)
        self._text.clear()

    def data(self, text: str) -> None:
        """Text between tags, kept to a length."""
        if self._length < _LONGEST and self._message is not None:
            self._text.append(text[:_LONGEST])
            self._length += len(text)

    def _begin_message(self, name: str) -> None:
        self._budget.statements -= 1
        if len(self.messages) >= _MOST_STATEMENTS or self._budget.statements < 0:
            raise self._refusal("it has too many statements. Send it in parts.", "too_many_accounts")
        self._message = Message(_KINDS[name], self._parser.CurrentLineNumber)
        self.messages.append(self._message)
        self._blocks.append((len(self._paths) - 1, self._message.values))

    def _begun(self, name: str) -> Values | None:
        """The values of the block that a tag begins inside a message; None where it begins none."""
        message = self._message
        if message is None:
            return None
        if self._entry is None:
            if name == "Ntry":
                self._count()
                self._entry = Entry(self._parser.CurrentLineNumber, self._parser.CurrentByteIndex)
                message.entries.append(self._entry)
                return self._entry.values
            if name == "Bal":
                if len(message.balances) < _MOST_VALUES:
                    message.balances.append({})
                    return message.balances[-1]
                return {}
        elif name == "TxDtls" and self._blocks[-1][1] is self._entry.values:
            if self._entry.details:
                self._count()
            self._entry.details.append({})
            return self._entry.details[-1]
        return None

    def _count(self) -> None:
        self._rows += 1
        if self._enough and self._rows > self._enough:
            raise _EnoughError
        if self._rows > MOST_ROWS:
            raise self._refusal(f"it has more than {MOST_ROWS:,} rows. Export it in parts.", "too_many_rows")

    def _pay(self) -> None:
        self._budget.elements -= _LOOK
        if self._budget.elements < 0:
            raise self._too_much()
        if self._budget.spent:
            sentence = f"reading it took longer than {_PATIENCE:.0f} seconds. Export it in parts, a month at a time."
            raise self._refusal(sentence, "took_too_long")

    def _too_much(self) -> Invalid:
        return self._refusal("it has far more elements than a bank statement. Export it in parts.", "too_many_rows")

    def _end_entry(self, entry: Entry) -> None:
        end = min(self._parser.CurrentByteIndex + 7, entry.begin + RAW)
        entry.raw = self._data[entry.begin : end].decode(errors="ignore").strip()[:RAW]
        self._entry = None

    def _refusal(self, sentence: str, code: str) -> Invalid:
        return Invalid(f"line {self._parser.CurrentLineNumber}: {sentence}", code=code, field="file")


def walked(data: bytes, *, budget: Budget, enough: int = 0) -> list[Message]:
    """The messages of an XML file in UTF-8, whatever encoding it declares; [] where it has none.

    Args:
        budget: what is left for this upload; this file is taken off it.
        enough: stop after so many rows; 0 reads to the end.

    Raises:
        Invalid: not well-formed (`xml_broken`), entities (`entities`), or beyond a bound; begins with the line.
    """
    if _CONTROLS.search(data):
        data = data.translate(_SPACES)
    parser = DefusedXMLParser(encoding="utf-8", forbid_dtd=True).parser
    walk = _Walk(data, parser=parser, enough=enough, budget=budget)
    # Straight to the parser's own callbacks: no tree is built, and its refusals of entities stay in place.
    parser.ordered_attributes = False
    parser.buffer_text = True  # else each line break is a call of its own
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.data
    _parsed(parser.Parse, data)
    return walk.messages


def _parsed(parse: Callable[[bytes, bool], object], data: bytes) -> None:
    try:
        parse(data, True)
    except _EnoughError:
        return
    except DefusedXmlException:
        raise Invalid("it declares entities of its own, which no bank does.", code="entities", field="file") from None
    except ExpatError as fault:
        sentence = f"line {fault.lineno}: the XML is broken or cut off here."
        raise Invalid(sentence, code="xml_broken", field="file") from None
