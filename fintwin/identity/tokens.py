"""Secrets that a browser or a printed address carries; only their hashes are kept."""

import hashlib
import secrets

_LENGTH = 43


def fresh() -> tuple[str, bytes]:
    """A new secret of 256 bits in URL-safe text, and its hash."""
    token = secrets.token_urlsafe(32)
    return token, hashed(token)


def hashed(token: str) -> bytes:
    """SHA-256 of a secret; 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def looks_right(token: str) -> bool:
    """Whether text could be one of our secrets at all, so that garbage never reaches the database."""
    return len(token) == _LENGTH and token.isascii() and token.replace("-", "a").replace("_", "a").isalnum()
