"""Keyset pages: a cursor is the last row's key, opaque to the outside."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from fintwin.kernel.errors import Invalid

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after which a page begins: booking date and transaction id of the row before it."""

    booked: date
    id: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.booked.isoformat(), self.id]).encode()).decode().rstrip("=")


def cursor(text: str) -> Cursor | None:
    """A cursor from an address; None for the first page.

    Raises:
        Invalid: not one of ours (code `bad_cursor`).
    """
    if not text:
        return None
    try:
        if len(text) > 120:
            raise ValueError
        booked, number = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(number, int) or not 0 <= number < 2**63:
            raise ValueError
        return Cursor(date.fromisoformat(booked), number)
    except (ValueError, TypeError, binascii.Error):
        raise Invalid("This page address is damaged. Start from the first page.", code="bad_cursor") from None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and where the next page begins (None: this is the last)."""

    rows: Sequence[Row]
    after: Cursor | None
