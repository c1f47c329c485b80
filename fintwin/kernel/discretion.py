"""What must never stand in a log, whoever writes it: cookies and credentials."""

import logging
import re
import traceback
from typing import Any

STRUCK = "[struck]"

_QUOTED = r"""b?\\*(?:'(?:[^'\\]|\\+[^\\])*'|"(?:[^"\\]|\\+[^\\])*")"""
"""A string as repr or JSON shows it, also within another one; where that is unclear it is rather longer than shorter."""

_NAMES = r"(?:http_)?(?:set-cookie|cookie|proxy-authorization|authorization)"
_IN_A_MAPPING = re.compile(rf"""(['"]{_NAMES}\\*['"]\s*[:,]\s*){_QUOTED}""", re.I | re.S)
_ON_A_LINE = re.compile(rf"\b({_NAMES}\s*[:=]\s*)[^\r\n]+", re.I)
_OWN_COOKIE = re.compile(r"((?:__Host-)?fintwin[\w-]*=)[^;,\s'\"]+")


def strike(text: str) -> str:
    """A text with the values of cookie and authorization headers struck out, as mappings, pairs or lines show them."""
    for pattern in (_IN_A_MAPPING, _ON_A_LINE, _OWN_COOKIE):
        text = pattern.sub(rf"\g<1>{STRUCK}", text)
    return text


def printable(text: str, *, most: int) -> str:
    """The beginning of a text that somebody outside wrote, on one line: control characters escaped, `most` at most."""
    shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text[:most])
    return shown if len(text) <= most and len(shown) <= most else shown[: most - 1] + "…"


def keep_logs_discreet() -> None:
    """From now on every log record of this process, libraries' own included, is struck before any handler sees it."""
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        _strike_record(made)
        return made

    logging.setLogRecordFactory(record)


def _strike_record(record: logging.LogRecord) -> None:
    try:
        said = record.getMessage()
    except (TypeError, ValueError, KeyError):
        said = f"{record.msg} {record.args}"  # the call is wrong; what it meant to say is still worth reading
    shown = strike(said)
    if shown != said:
        record.msg, record.args = shown, None
    if record.exc_info and record.exc_info[1] is not None:
        told = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        shown = strike(told)
        if shown != told:
            record.exc_info, record.exc_text = None, shown
