"""Personal fields sealed at field level: bound to their owner, so that a ciphertext moved to another row is refused."""

from cryptography.fernet import InvalidToken, MultiFernet

from fintwin.kernel.errors import Misconfigured


def seal(text: str, *, owner: int, ring: MultiFernet) -> str:
    """The text as it is stored; empty text stays empty."""
    return ring.encrypt(f"{owner}:{text}".encode()).decode() if text else ""


def unseal(stored: str, *, owner: int, ring: MultiFernet) -> str:
    """The text behind a stored field.

    Raises:
        Misconfigured: the data directory's key does not open it, or it was sealed for another person.
    """
    if not stored:
        return ""
    try:
        whose, _, text = ring.decrypt(stored.encode()).decode().partition(":")
    except InvalidToken as error:
        raise Misconfigured(
            "The key in the data directory does not open a sealed field. Restore the key of this database.",
            code="wrong_field_key",
        ) from error
    if whose != str(owner):
        raise Misconfigured("A sealed field stands in another person's row.", code="moved_field")
    return text
