"""Small questions that views ask of a state's values."""

from typing import Any

import reflex as rx


def some(rows: Any) -> rx.Var[bool]:
    """Whether a list in a state has anything in it."""
    return rows.length() > 0


def has(items: Any, one: Any) -> rx.Var[bool]:
    """Whether a list in a state has this item."""
    return items.contains(one)


def many(rows: Any) -> rx.Var[bool]:
    """Whether a list in a state has more than one thing in it."""
    return rows.length() > 1
