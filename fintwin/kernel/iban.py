"""International bank account numbers (ISO 13616): values only."""

import re

from fintwin.kernel.errors import Invalid

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def is_iban(text: str) -> bool:
    """Whether a text without blanks is an IBAN whose check digits (ISO 7064, mod 97) are right."""
    if not _SHAPE.fullmatch(text) or not 2 <= int(text[2:4]) <= 98:
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def checked_iban(text: str, *, field: str = "iban") -> str:
    """What a person typed as an IBAN, in capitals and without blanks.

    Raises:
        Invalid: not one, or mistyped (code `bad_iban`).
    """
    bare = re.sub(r"[\s.-]", "", text[:80]).upper()
    if not is_iban(bare):
        raise Invalid("This is not an IBAN. Compare it letter by letter.", code="bad_iban", field=field)
    return bare


def in_groups(iban: str) -> str:
    """In groups of four, for reading."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
