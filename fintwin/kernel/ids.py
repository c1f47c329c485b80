"""Identifiers as people see them: transaction references and account numbers."""

import secrets

from fintwin.kernel.errors import Invalid

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = _ALPHABET + "*~$=U"
_READ = {char: value for value, char in enumerate(_CHECKS)} | {"O": 0, "I": 1, "L": 1}


def reference(number: int) -> str:
    """A transaction's id in Crockford base32 with its check symbol, as `7ZQ-4K`-like groups joined."""
    digits = ""
    rest = number
    while rest or not digits:
        rest, low = divmod(rest, 32)
        digits = _ALPHABET[low] + digits
    return digits + _CHECKS[number % 37]


def from_reference(text: str) -> int:
    """The id behind a reference, as a person may have typed it (case, O for 0, I and L for 1, hyphens).

    Raises:
        Invalid: not a reference, or its check symbol does not fit (code `bad_reference`).
    """
    bare = text.strip().upper().replace("-", "")
    try:
        if not 2 <= len(bare) <= 14:
            raise ValueError
        number = 0
        for char in bare[:-1]:
            value = _READ[char]
            if value >= 32:
                raise ValueError
            number = number * 32 + value
        if number >= 2**63 or _READ[bare[-1]] != number % 37:
            raise ValueError
    except (KeyError, ValueError):
        raise Invalid(
            "This is not a transaction reference. Check it for a slip.", code="bad_reference", field="reference"
        ) from None
    return number


def account_number() -> str:
    """Twelve random digits and two ISO 7064 mod 97-10 check digits, never in sequence."""
    body = f"{secrets.randbelow(10**12):012d}"
    return body + f"{98 - int(body) * 100 % 97:02d}"


def checked_account_number(text: str, *, field: str = "number") -> str:
    """A typed account number with its spaces taken out.

    Raises:
        Invalid: not fourteen digits, or the check digits do not fit (code `bad_account_number`).
    """
    bare = "".join(text.split()).replace("-", "")
    if len(bare) != 14 or not bare.isascii() or not bare.isdigit() or int(bare) % 97 != 1:
        raise Invalid(
            "This is not an account number. It has 14 digits; check them for a slip.",
            code="bad_account_number",
            field=field,
        )
    return bare


def grouped(number: str) -> str:
    """An account number for reading: `1234 5678 9012 34`."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
