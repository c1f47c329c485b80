"""Who acts: the person behind a session, as every service sees them."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """One signed-in person. Made by the gate from the session alone, never from a payload."""

    person: int
    uuid: UUID
    name: str
    email: str
    issuer: str
    """OpenID Connect issuer, `local` for a local profile, `demo` for a demo household."""
    role: str
    """`customer`, `staff` or `admin`."""
    session: bytes = b""
    """SHA-256 of the session's token; empty for a job."""
    onboarded: bool = True
    locale: str = "en-US"
    zone: str = "UTC"
    currency: str = "USD"

    @property
    def demo(self) -> bool:
        """Whether these books are a demo household's."""
        return self.issuer == "demo"
