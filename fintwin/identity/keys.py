"""Keys that live in the data directory, made at their first use, readable by the app's user alone."""

import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from fintwin.kernel.errors import Misconfigured

FIELDS = "field.key"
"""Seals personal fields (phone) in the database; a backup without it cannot read them."""
COOKIES = "cookie.key"
"""Seals the short-lived cookies of a sign-in under way; a new one only ends sign-ins that are half done."""


@cache
def ring(folder: Path, name: str) -> MultiFernet:
    """The keys in a file, one a line, the newest first: the first seals, all of them open. Read once a process.

    Raises:
        Misconfigured: the file holds no key, or something that is none.
    """
    path = folder / name
    if not path.exists():
        _make(path)
    try:
        return MultiFernet([Fernet(line) for line in path.read_text("ascii").split()])
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"{path} does not hold a key. Restore it from a backup; without it sealed fields cannot be read.",
            code="bad_key_file",
        ) from error


def _make(path: Path) -> None:
    """Write a new key so that of several processes starting at once one wins and all read the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
