"""The parts that German banks write into one purpose: `EREF+...MREF+...SVWZ+...`."""

import re
from dataclasses import dataclass

_MARK = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|COAM|OAMT|PURP)[+:]\s?")


@dataclass(frozen=True, slots=True)
class Parted:
    """The purpose that people wrote, and the id that went from bank to bank."""

    purpose: str
    end_to_end: str


def parted(text: str) -> Parted:
    """The parts of a purpose; text without marks is its own purpose. `NOTPROVIDED` is no id."""
    marks = list(_MARK.finditer(text)) if "+" in text or ":" in text else []
    if not marks:
        return Parted(text, "")
    parts = {"": text[: marks[0].start()].strip()}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        parts.setdefault(mark[1], text[mark.end() : following.start() if following else None].strip())
    reference = parts.get("EREF", "")
    purpose = " ".join(part for part in (parts[""], parts.get("SVWZ", "")) if part)
    return Parted(purpose or text, "" if reference.upper() == "NOTPROVIDED" else reference)
