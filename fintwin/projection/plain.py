"""Frozen dataclasses as plain values and back, and their one canonical text.

Fields may be text, numbers, bool, Decimal, dates, Enums, other such dataclasses, homogeneous tuples of these, or any
of them or None.
"""

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


def plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, Decimals and dates as strings; numbers, text and None as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Decimal, date)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(entry) for entry in value]
    return value


def canonical(value: Any) -> bytes:
    """The one text of a value: equal values, equal bytes."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(text: bytes) -> str:
    """SHA-256 of a canonical text, in hex."""
    return hashlib.sha256(text).hexdigest()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(option for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        return tuple(_read(inner[0], entry) for entry in value)
    if isinstance(hint, type):
        if is_dataclass(hint):
            hints = _hints(hint)
            return hint(**{field.name: _read(hints[field.name], value[field.name]) for field in fields(hint)})
        if issubclass(hint, (date, datetime)):
            return hint.fromisoformat(value)
        if issubclass(hint, (Decimal, Enum, float)):
            return hint(value)
    return value


def from_plain(kind: type[Value], value: Any) -> Value:
    """The dataclass that `plain` has written.

    Raises:
        KeyError, ValueError, TypeError: it was not written by `plain`, or by another version.
    """
    read: Value = _read(kind, value)
    return read
