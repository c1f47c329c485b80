"""The page's address: the dialog that is open, and what it begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

PATH = "/payments"
NEW = ("pay", "ask", "plan", "contact", "topup")


@dataclass(frozen=True, slots=True)
class Address:
    """What the address asks for; whatever is malformed in it is left out."""

    new: str = ""
    """The form that is open: one of NEW."""
    key: str = ""
    """Its idempotency key."""
    to: str = ""
    """An account number to pay."""
    amount: str = ""
    """As somebody wrote it."""
    request: str = ""
    """A request to pay, by its reference."""
    plan: str = ""
    """A plan whose next part to pay, by its id."""
    open: str = ""
    """A payment by its reference."""
    receive: bool = False
    """Whether one's own number is shown."""
    pin: str = ""
    """The account whose PIN is set, by its uuid."""
    before: str = ""
    """The id of the payment that older ones are shown after."""


def read(query: Mapping[str, str]) -> Address:
    """An address from its query. A number to pay opens the form by itself, so that a shared link leads there."""
    to = "".join(char for char in query.get("to", "")[:30] if char.isascii() and char.isdigit())
    new = query.get("new", "")
    return Address(
        new=new if new in NEW else "pay" if to or new else "",
        key=_uuid(query.get("op", "")),
        to=to,
        amount=query.get("amount", "")[:40],
        request=query.get("request", "")[:20],
        plan=_digits(query.get("plan", "")),
        open=query.get("open", "")[:20],
        receive=query.get("receive", "") == "1",
        pin=_uuid(query.get("pin", "")),
        before=_digits(query.get("before", "")),
    )


def write(address: Address) -> str:
    """The address as a path with its query."""
    parts = {
        "new": address.new,
        "op": address.key,
        "to": address.to,
        "amount": address.amount,
        "request": address.request,
        "plan": address.plan,
        "open": address.open,
        "receive": "1" if address.receive else "",
        "pin": address.pin,
        "before": address.before,
    }
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if len(text) <= 36 else ""
    except ValueError:
        return ""


def _digits(text: str) -> str:
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else ""
