"""What the doors of payments refuse, as the errors they stand for."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from fintwin.db.work import sqlstate
from fintwin.kernel.errors import Busy, Conflict, FinTwinError, Invalid, NotFound, Refused
from fintwin.ledger import posting

_REFUSALS: dict[str, tuple[type[FinTwinError], str, str, str]] = {
    "PY001": (NotFound, "unknown_payment", "There is no such payment of yours.", ""),
    "PY002": (NotFound, "unknown_request", "There is no such request.", ""),
    "PY003": (Refused, "request_answered", "This request was answered already.", ""),
    "PY004": (Conflict, "request_differs", "This is not what the request asks for. Open it again.", ""),
    "PY005": (Refused, "not_refundable", "Only a payment that went through can be asked back.", ""),
    "PY006": (Refused, "too_many_requests", "You asked often today. Ask again tomorrow.", ""),
    "PY007": (Refused, "already_asked", "They have not answered what you asked before. Wait, or cancel that.", ""),
    "PY008": (Invalid, "more_than_rest", "This is more than what is left of the payment.", "amount"),
    "PY009": (Conflict, "key_reused", "This form was already used for something else. Open it again.", ""),
    "PY010": (Refused, "plan_paid", "This is more than what is left to pay.", "amount"),
    "PY011": (Refused, "order_moved", "This order is not where you saw it. Look at it again.", ""),
    "PY012": (
        Refused,
        "closed_for_good",
        "They have closed this payment for good, so it cannot be given back. Request the money from them instead.",
        "",
    ),
}


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a door's named SQLSTATE into the error it stands for; passing faults go on to `db.work.perform`."""
    try:
        yield
    except DBAPIError as error:
        state = sqlstate(error)
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
        if state == "23505" and constraint.endswith("_key"):
            raise Busy("The same form is being sent right now. Look at your payments before you try again.") from None
        if state in _REFUSALS:
            kind, code, sentence, field = _REFUSALS[state]
            raise kind(sentence, code=code, field=field) from None
        known = posting.refusal(state)
        if known is None or state == "40001":
            raise
        raise known from None
