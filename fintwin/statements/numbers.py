"""Account numbers as bank files write them, and whether two of them name the same account."""

import re
from functools import lru_cache

from fintwin.kernel.iban import is_iban

_SEPARATORS = re.compile(r"[\s.\-/']+")
_IBAN = re.compile(r"\b([A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?)\b")


@lru_cache(maxsize=8192)
def bare_number(text: str) -> str:
    """A number without spaces and signs, in capitals; masks such as `xx` or `*` stay."""
    return _SEPARATORS.sub("", text).upper()[:64]


def iban_in(text: str) -> str:
    """The first IBAN with right check digits in a text, bare; "" when there is none."""
    for found in _IBAN.findall(text[:2_000].upper()):
        bare = bare_number(found)
        for end in range(len(bare), 14, -1):
            if is_iban(bare[:end]):
                return bare[:end]
    return ""


def same_account(one: str, other: str) -> bool:
    """Whether two numbers name one account: equal, or an IBAN and the local number (with its bank) inside it.

    A local number counts only with at least six digits and when it ends the IBAN; leading zeros do not matter.
    """
    a, b = bare_number(one), bare_number(other)
    if not a or not b:
        return False
    if a == b:
        return True
    if is_iban(b) and not is_iban(a):
        a, b = b, a
    local = b.lstrip("0")
    return is_iban(a) and len(local) >= 6 and local.isdigit() and a[4:].endswith(local)
