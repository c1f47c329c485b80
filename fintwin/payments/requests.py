"""Asking for money, and for money back. What concerns two people is two rows, one for each, written by one door."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound
from fintwin.kernel.ids import checked_account_number, reference
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import accounts, posting
from fintwin.payments import contacts, service
from fintwin.payments.refusals import refusals


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as one of its two people sees it."""

    id: int
    side: str
    """`from`: this person asks; `to`: this person is asked."""
    kind: str
    """`money`, or `refund` of a payment."""
    status: str
    """`open`, `accepted` (its payment is on its way), `paid`, `declined`, `cancelled` or `expired`."""
    currency: Currency
    amount: Decimal
    number: str
    """Whom the asker asks; on the other side where to pay. "" for a refund."""
    name: str
    message: str
    about: int | None
    """The own payment that a refund is asked of."""
    payment: int | None
    """The own payment that pays it."""
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    given: Decimal
    """What was given back of a refund since it was asked for."""

    @property
    def rest(self) -> Decimal:
        """What is still asked for."""
        return self.amount - self.given

    @property
    def reference(self) -> str:
        """The request's id as people see it."""
        return reference(self.id)

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.status == "open"


def ask(
    session: Session,
    who: Principal,
    *,
    account: int,
    number: str,
    amount: Decimal | str,
    key: str,
    message: str = "",
    name: str = "",
) -> RequestView:
    """Ask whoever has an account of this number to pay to an own account. It runs out after 30 days.

    Raises:
        Invalid, NotFound, Refused: as a payment; also `too_many_requests` (20 a day), `already_asked` (three open ones
            to one person).
        Conflict: `key_reused`.
    """
    into = accounts.account(session, who, account)
    size = positive(amount, to=into.currency)
    bare = checked_account_number(number)
    said = posting.clean(message, most=140, field="message")
    called = posting.clean(name, most=140, field="name")
    with refusals():
        made = session.connection().scalar(
            text(
                "SELECT ask_money(:account, :number, :name, :amount, :message, CAST(:key AS uuid), CAST(:mark AS bigint))"
            ),
            {
                "account": account,
                "number": bare,
                "name": called,
                "amount": size,
                "message": said,
                "key": str(posting.checked_key(key)),
                "mark": service.fingerprint("ask", account, bare, size, said),
            },
        )
    return request(session, who, request=int(made or 0))


def ask_back(
    session: Session, who: Principal, *, payment: int, key: str, amount: Decimal | str | None = None, reason: str = ""
) -> RequestView:
    """Ask the payee of an own payment to give it back: what is left of it, or a part.

    Raises:
        NotFound: `unknown_payment`.
        Invalid: `more_than_rest`.
        Refused: it did not go through (`not_refundable`), they closed it for good (`closed_for_good`), or they were asked
            already (`already_asked`).
    """
    seen = service.payment(session, who, payment=payment)
    size = seen.rest if amount is None else positive(amount, to=seen.currency)
    said = posting.clean(reason, most=140, field="reason")
    with refusals():
        made = session.connection().scalar(
            text("SELECT ask_refund(:payment, :amount, :message, CAST(:key AS uuid), CAST(:mark AS bigint))"),
            {
                "payment": payment,
                "amount": size,
                "message": said,
                "key": str(posting.checked_key(key)),
                "mark": service.fingerprint("ask_back", payment, None if amount is None else size, said),
            },
        )
    return request(session, who, request=int(made or 0))


def end(session: Session, who: Principal, *, request: int) -> str:
    """Decline a request to this person, or cancel one of theirs; the new status. Again: nothing more.

    Raises:
        NotFound: `unknown_request`.
        Refused: it was answered (`request_answered`).
    """
    with refusals():
        return str(session.connection().scalar(text("SELECT end_request(:request)"), {"request": request}))


def request(session: Session, who: Principal, *, request: int) -> RequestView:
    """One request.

    Raises:
        NotFound: `unknown_request`.
    """
    found = _views(session, who, "r.id = :id", id=request)
    if not found:
        raise NotFound("There is no such request.", code="unknown_request", field="request")
    return found[0]


def known(session: Session, who: Principal, *, key: str) -> RequestView | None:
    """The request that a key made, if it did."""
    number = session.connection().scalar(
        text("SELECT id FROM request WHERE owner = :owner AND key = CAST(:key AS uuid)"),
        {"owner": who.person, "key": str(posting.checked_key(key))},
    )
    return None if number is None else request(session, who, request=number)


def requests(
    session: Session, who: Principal, *, waits: bool | None = None, before: int | None = None, most: int = 25
) -> list[RequestView]:
    """Requests to this person and from them, newest first; `before` is the id of the last one seen.

    Args:
        waits: only those that wait for an answer or for their payment, or only those that do not.
    """
    return _views(
        session,
        who,
        "(CAST(:before AS bigint) IS NULL OR r.id < :before)"
        " AND (CAST(:waits AS boolean) IS NULL OR (r.status IN ('open', 'accepted')) = :waits)",
        most=most,
        before=before,
        waits=waits,
    )


def waiting(session: Session, who: Principal) -> list[RequestView]:
    """What waits for an answer or for its payment, to this person and from them, newest first."""
    return requests(session, who, waits=True, most=100)


def answered(session: Session, who: Principal, *, most: int = 20) -> list[RequestView]:
    """What was answered last, newest first."""
    return requests(session, who, waits=False, most=most)


def _views(session: Session, who: Principal, condition: str, *, most: int = 100, **values: Any) -> list[RequestView]:
    rows = (
        session.connection()
        .execute(
            text(
                "SELECT r.id, r.link, r.side, r.kind, r.status, r.currency, r.amount, coalesce(r.number, '') AS number,"  # noqa: S608 - conditions of this module
                " coalesce(r.name, '') AS name, coalesce(r.message, '') AS message, r.about, r.payment, r.created_at,"
                f" r.expires_at, r.closed_at, r.given FROM request r WHERE r.owner = :owner AND {condition} ORDER BY r.id DESC LIMIT :most"
            ),
            {"owner": who.person, "most": most, **values},
        )
        .mappings()
        .all()
    )
    own = contacts.names(session, who, numbers=sorted({row["number"] for row in rows if row["number"]}))
    others = service.other_names(session, requests=[row["link"] for row in rows])
    found = []
    for row in rows:
        columns = dict(row)
        link = columns.pop("link")
        columns["currency"] = currency(columns["currency"])
        columns["name"] = own.get(row["number"]) or others.get(("request", link)) or row["name"] or "Closed account"
        found.append(RequestView(**columns))
    return found
