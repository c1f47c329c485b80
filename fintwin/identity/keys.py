"""Keys that live in the data directory, made at their first use, readable by the app's user alone."""

import base64
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fintwin.kernel.errors import Misconfigured

FIELDS = "field.key"
"""Seals personal fields (phone) in the database; a backup without it cannot read them."""
COOKIES = "cookie.key"
"""Seals the short-lived cookies of a sign-in under way; a new one only ends sign-ins that are half done."""

SEALS = "seal.key"
"""Signs the blocks that seal the books; the database never sees it, so nobody can forge a block from there."""


@cache
def ring(folder: Path, name: str) -> MultiFernet:
    """The keys in a file, one a line, the newest first: the first seals, all of them open. Read once a process.

    Raises:
        Misconfigured: the file holds no key, or something that is none.
    """
    path = folder / name
    if not path.exists():
        _make(path, Fernet.generate_key())
    try:
        return MultiFernet([Fernet(line) for line in path.read_text("ascii").split()])
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"{path} does not hold a key. Restore it from a backup; without it sealed fields cannot be read.",
            code="bad_key_file",
        ) from error


def signers(folder: Path, *, make: bool = True) -> tuple[Ed25519PrivateKey, ...]:
    """The Ed25519 keys of `SEALS`, one a line, the newest first: the first signs, each proves what it has signed.

    Args:
        make: write a key where there is none; otherwise the answer is then empty.

    Raises:
        Misconfigured: the file holds no key, or something that is none.
    """
    path = folder / SEALS
    if not path.exists():
        if not make:
            return ()
        _make(path, base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
    try:
        lines = path.read_text("ascii").split()
        found = tuple(Ed25519PrivateKey.from_private_bytes(base64.b64decode(line, validate=True)) for line in lines)
        if not found:
            raise ValueError
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"{path} does not hold a key. Restore it from a backup; without it the books can be neither sealed nor proved.",
            code="bad_key_file",
        ) from error
    return found


def public_key(signer: Ed25519PrivateKey) -> str:
    """The public half as 64 hexadecimal digits."""
    return signer.public_key().public_bytes_raw().hex()


def _make(path: Path, key: bytes) -> None:
    """Write a new key so that of several processes starting at once one wins and all read the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
