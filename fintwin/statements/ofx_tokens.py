"""A tolerant tokeniser for OFX: SGML without closing tags and XML alike, in one pass and without a tree."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._]{0,60})(?:\s[^<>]{0,500})?(/?)>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
LONGEST_VALUE = 4_000
"""Characters kept of a value."""


class Token(NamedTuple):
    """A tag and the text up to the next one; `at` and `end` are places in the text around tag and value."""

    name: str
    closing: bool
    value: str
    at: int
    end: int


def tokens(text: str, *, begin: int = 0) -> Iterator[Token]:
    """Every tag of the text from a place on, in order, with its value as people read it."""
    text = _uncommented(text)
    sections = "<![CDATA[" in text
    tags = _TAG.finditer(text, begin)
    tag = next(tags, None)
    while tag is not None:
        following = next(tags, None)
        start = tag.end()
        end = following.start() if following else len(text)
        if sections and text.find("<![CDATA[", start, end) >= 0:
            # A CDATA section may hold what looks like tags: they are text.
            closed = text.find("]]>", start)
            closed = closed + 3 if closed >= 0 else len(text)
            while following is not None and following.start() < closed:
                following = next(tags, None)
            end = following.start() if following else len(text)
        slash, name, empty = tag.groups()
        value = "" if slash or empty else plain(text[start : min(end, start + LONGEST_VALUE)])
        yield Token(name.upper(), bool(slash), value, tag.start(), end)
        tag = following


def _uncommented(text: str) -> str:
    """The text with space in place of each comment, so that places in it stay."""
    parts: list[str] = []
    at = 0
    while (opened := text.find("<!--", at)) >= 0 and (closed := text.find("-->", opened)) >= 0:
        parts += [text[at:opened], " " * (closed + 3 - opened)]
        at = closed + 3
    return "".join([*parts, text[at:]]) if parts else text


def plain(value: str) -> str:
    """Text without CDATA marks and control characters, entities taken out until stable, twice at most."""
    if "<![CDATA[" in value:
        value = _CDATA.sub(lambda found: found[1], value)
    for _ in range(2 if "&" in value else 0):
        value = _ENTITY.sub(_character, value)
    value = " ".join(value.split())
    return value if value.isprintable() else "".join(char if char.isprintable() else " " for char in value)


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
