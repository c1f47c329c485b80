"""Paying people: one call that begins a payment, and what can be done with one afterwards.

Each call takes an idempotency key: the same key with the same body answers as the first time, with another body it is
refused (`key_reused`). None of them commits.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import Conflict, NotFound, Refused
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import Currency, currency, positive
from fintwin.kernel.wording import amount_text
from fintwin.ledger import accounts, pending, pins, posting, reversal
from fintwin.ledger import service as ledger
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.pins import Approval
from fintwin.payments import contacts
from fintwin.payments.fees import fees
from fintwin.payments.refusals import refusals
from fintwin.payments.standing import PaymentView

SENDING = 10
"""Seconds for which a payment can be cancelled."""
CANCELLED = "cancelled"
"""The reason of a payment that its payer called off."""
EQUAL = timedelta(minutes=10)
"""For so long the same amount to the same payee asks once more."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A payment before it is made."""

    number: str
    name: str
    """The payee, by the own name for them or masked."""
    amount: Decimal
    fee: Decimal
    currency: Currency
    left: Decimal
    """What is available afterwards."""
    pin: bool
    """Whether the account's PIN is asked for."""


def preview(session: Session, who: Principal, *, account: int, number: str, amount: Decimal | str) -> Preview:
    """What a payment to a person would be; nothing is booked.

    Raises:
        NotFound: no such account or payee (`unknown_account`, `unknown_payee`).
        Refused: the number is an own account's (`own_payee`), the account is not kept here (`not_held`), is blocked or
            closed, or does not have that much (`not_enough_funds`); `fee_not_booked` as in `pay`.
    """
    source = accounts.account(session, who, account)
    size = positive(amount, to=source.currency)
    if not source.held:
        raise Refused(
            "Money for other people can only leave an account that is kept here.", code="not_held", field="account"
        )
    if source.status != "active":
        raise Refused("This account is blocked: no money can leave it.", code="account_frozen", field="account")
    bare = checked_account_number(number)
    payee = ledger.payee(session, who, number=bare)
    if payee.own:
        raise Refused(
            "This is your own account. Use a transfer between your accounts.", code="own_payee", field="number"
        )
    fee = _fee(who, amount=size, of=source.currency)
    free = source.own_money
    if size + fee > free:
        raise _not_enough(who, source)
    return Preview(
        number=bare,
        name=contacts.names(session, who, numbers=[bare]).get(bare, payee.name),
        amount=size,
        fee=fee,
        currency=source.currency,
        left=free - size - fee,
        pin=pins.needed(session, who, account=account, amount=size),
    )


def known(session: Session, who: Principal, *, key: str) -> PaymentView | None:
    """The payment that a key began, if it did."""
    number = session.connection().scalar(
        text("SELECT id FROM payment WHERE owner = :owner AND key = CAST(:key AS uuid)"),
        {"owner": who.person, "key": str(posting.checked_key(key))},
    )
    return None if number is None else payment(session, who, payment=number)


def pay(
    session: Session,
    who: Principal,
    *,
    account: int,
    number: str,
    amount: Decimal | str,
    key: str,
    description: str = "",
    category: int | None = None,
    note: str = "",
    name: str = "",
    approval: Approval | None = None,
    request: int | None = None,
    plan: int | None = None,
    sure: bool = False,
    sends_in: int = SENDING,
    clock: Clock = system_clock,
) -> PaymentView:
    """Begin a payment from an own held account to another person's, by its account number.

    People are paid from own money: the account's credit limit is never drawn on, at once or later, by hand or by schedule.

    Args:
        description: the payee reads it; category and note stay with the payer.
        name: the payer's own name for the payee; a contact's name goes before it.
        approval: of the account's PIN, where `pins.needed` (see `pins.judge`; a schedule's run takes `pins.standing`).
        request: a request to this person, which this pays.
        plan: an instalment plan of this person's, whose next part this is.
        sure: pays although an equal payment was made within the last 10 minutes.
        sends_in: seconds for which it can be cancelled; 0: it is posted at once.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` and `payments.refusals` name them; also `equal_payment`,
            `pin_needed`, and `fee_not_booked` where the payment would cost something: nothing books a fee yet.
    """
    source = accounts.account(session, who, account)
    size = positive(amount, to=source.currency)
    bare = checked_account_number(number)
    called = posting.clean(name, most=140, field="name")
    said = posting.clean(description, most=500, field="description")
    unique = posting.checked_key(key)
    body = fingerprint("pay", account, bare, size, said, category, note.strip(), request, plan)
    before = _by_key(session, who, key=str(unique), fingerprint=body)
    if before is not None:
        return before
    _fee(who, amount=size, of=source.currency)
    pins.demand(session, who, account=account, amount=size, approval=approval, clock=clock)
    if not sure:
        _ask_once_more(session, who, number=bare, amount=size, code=source.currency.code, key=str(unique), clock=clock)
    masked = contacts.names(session, who, numbers=[bare]).get(bare) or ledger.payee(session, who, number=bare).name
    words: dict[str, Any] = {"description": description, "category": category, "note": note}
    try:
        if sends_in > 0:
            moved = pending.hold(
                session,
                who,
                kind=posting.Kind.BETWEEN_PEOPLE,
                account=account,
                number=bare,
                amount=size,
                key=key,
                sends_in=sends_in,
                clock=clock,
                **words,
            )
        else:
            moved = _paid_at_once(
                session, who, account=account, number=bare, amount=size, key=key, clock=clock, **words
            )
    except Refused as refusal:
        if refusal.code == "not_enough_funds" and source.credit_limit:
            raise _not_enough(who, source) from None
        raise
    made = _started(
        session,
        who,
        transaction=moved.transaction,
        type="transfer",
        method="wallet",
        number=bare,
        name=called or masked,
        key=str(unique),
        fingerprint=body,
        plan=plan,
        request=request,
    )
    return replace(made, replayed=moved.replayed)


def lay_down(
    session: Session, who: Principal, *, transaction: int, number: str, name: str, key: str, plan: int | None = None
) -> int:
    """A payment over a transfer to a person that the books have already; the payment's id.

    Raises:
        NotFound: it is no transfer of this person's to that number (`unknown_payment`).
        Refused: it is more than what is left of the plan (`plan_paid`).
        Conflict: it has a payment already (`key_reused`).
    """
    return _laid_down(
        session,
        transaction=transaction,
        type="transfer",
        method="wallet",
        number=checked_account_number(number),
        name=posting.clean(name, most=140, field="name"),
        key=str(posting.checked_key(key)),
        fingerprint=fingerprint("lay_down", transaction, number, plan),
        plan=plan,
        request=None,
    )


def cancel(session: Session, who: Principal, *, payment: int) -> PaymentView:
    """Call off a payment that is still being sent; what was kept back is available again. Again: nothing more.

    Raises:
        NotFound: `unknown_payment`.
        Refused: it was sent (`too_late`).
    """
    seen = _own(session, who, payment, side="out")
    if seen.cancelled:
        return seen
    late = Refused("It was sent already. Ask to get it back instead.", code="too_late")
    if seen.status != "initiated" or seen.transaction is None:
        raise late
    try:
        pending.give_up(session, who, transaction=seen.transaction, reason=CANCELLED)
    except Refused as error:
        if error.code != "not_pending":
            raise
        raise late from None
    return _followed(session, who, payment)


def settle(session: Session, who: Principal, *, payment: int, clock: Clock = system_clock) -> PaymentView:
    """Post a payment that is being sent, once; one that ended already stays as it is.

    Raises:
        NotFound, Refused: as the posting itself; nothing has changed then, and `fail` says so in the books.
    """
    seen = _own(session, who, payment, side="out")
    if not seen.live or seen.transaction is None:
        return seen
    pending.settle(session, who, transaction=seen.transaction, clock=clock)
    return _followed(session, who, payment)


def fail(session: Session, who: Principal, *, payment: int, reason: str) -> PaymentView:
    """Give up a payment that cannot be posted: what was kept back is released, and both people are told."""
    seen = _own(session, who, payment, side="out")
    if not seen.live or seen.transaction is None:
        return seen
    pending.give_up(session, who, transaction=seen.transaction, reason=reason)
    return _followed(session, who, payment)


def refund(
    session: Session,
    who: Principal,
    *,
    payment: int,
    key: str,
    amount: Decimal | str | None = None,
    reason: str = "",
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> PaymentView:
    """Give back a payment that was received, whole (what is left of it) or in part; posted at once in both books.

    As a payment, it comes from own money: nobody is put into debt by giving back, by themselves or by staff. Called again
    with the same key, nothing moves, so no PIN is asked for either.

    Raises:
        NotFound: `unknown_payment`.
        Refused: it was not received (`not_refundable`), `already_reversed`, `more_than_the_rest`, `not_enough_funds`,
            `pin_needed`, `payee_unavailable` (its payer is gone).
    """
    seen = _own(session, who, payment, side="in")
    if seen.transaction is None:
        raise _not_refundable()
    size = seen.rest if amount is None else positive(amount, to=seen.currency)
    pins.demand(session, who, account=seen.account, amount=size, approval=approval, key=key, clock=clock)
    source = accounts.account(session, who, seen.account)
    try:
        back = reversal.refund(
            session, who, transaction=seen.transaction, amount=amount, reason=reason, key=key, clock=clock
        )
    except Refused as refusal:
        if refusal.code == "not_enough_funds" and source.credit_limit:
            raise _not_enough(who, source) from None
        raise
    return replace(_followed(session, who, payment), replayed=back.replayed)


def top_up(
    session: Session,
    who: Principal,
    *,
    account: int,
    source: int,
    amount: Decimal | str,
    key: str,
    clock: Clock = system_clock,
) -> PaymentView:
    """Bring money from an own account at a bank to one that is kept here; posted at once.

    Raises:
        Invalid, NotFound, Refused, Conflict: as an own transfer; `not_held` where the account is not kept here,
            `not_tracked` where the source is.
    """
    taking, giving = accounts.account(session, who, account), accounts.account(session, who, source)
    if not taking.held:
        raise Refused("Only an account that is kept here is topped up.", code="not_held", field="account")
    if giving.held:
        raise Refused("Choose an account at a bank.", code="not_tracked", field="source")
    size = positive(amount, to=taking.currency)
    unique = str(posting.checked_key(key))
    body = fingerprint("topup", account, source, size)
    before = _by_key(session, who, key=unique, fingerprint=body)
    if before is not None:
        return before
    moved = ledger.own_transfer(
        session, who, giving=source, taking=account, amount=size, key=key, description="Top-up", clock=clock
    )
    return _started(
        session,
        who,
        transaction=moved.transaction,
        type="topup",
        method="bank_transfer",
        number=None,
        name=giving.name,
        key=unique,
        fingerprint=body,
        plan=None,
        request=None,
    )


def payment(session: Session, who: Principal, *, payment: int) -> PaymentView:
    """One payment of this person's.

    Raises:
        NotFound: `unknown_payment`.
    """
    found = _views(session, who, "p.id = :id", id=payment)
    if not found:
        raise NotFound("There is no such payment of yours.", code="unknown_payment", field="payment")
    return found[0]


def payments(session: Session, who: Principal, *, before: int | None = None, most: int = 25) -> list[PaymentView]:
    """All payments, the latest begun first; `before` is the id of the last one seen."""
    return _views(session, who, "(CAST(:before AS bigint) IS NULL OR p.id < :before)", most=most, before=before)


def in_flight(session: Session, who: Principal) -> list[PaymentView]:
    """Payments on their way, newest first."""
    return _views(session, who, "p.status IN ('initiated', 'processing')")


def history(session: Session, who: Principal, *, before: int | None = None, most: int = 25) -> list[PaymentView]:
    """Payments whose end is known, newest first; `before` is the id of the last one seen."""
    return _views(
        session,
        who,
        "p.status NOT IN ('initiated', 'processing') AND (CAST(:before AS bigint) IS NULL OR p.id < :before)",
        most=most,
        before=before,
    )


def _own(session: Session, who: Principal, number: int, *, side: str) -> PaymentView:
    seen = payment(session, who, payment=number)
    if seen.side != side:
        raise _not_refundable() if side == "in" else Refused("Only its payer can do that.", code="not_payer")
    return seen


def _not_refundable() -> Refused:
    return Refused("Only a payment that you received can be given back.", code="not_refundable")


def _followed(session: Session, who: Principal, number: int) -> PaymentView:
    """The payment as it stands after what this unit of work did to its transaction."""
    connection = session.connection()
    connection.execute(text("SET CONSTRAINTS payment_moved IMMEDIATE"))
    connection.execute(text("SET CONSTRAINTS payment_moved DEFERRED"))
    return payment(session, who, payment=number)


def _views(session: Session, who: Principal, condition: str, *, most: int = 100, **values: Any) -> list[PaymentView]:
    rows = (
        session.connection()
        .execute(
            text(
                "SELECT p.id, p.link, p.side, p.type, p.method, p.status, p.account, p.currency, p.amount, p.refunded,"  # noqa: S608 - conditions of this module
                " coalesce(p.number, '') AS number, coalesce(p.name, '') AS name, coalesce(p.description, '') AS description,"
                " coalesce(p.reason, '') AS reason, p.transaction, p.plan, p.settles_at, p.created_at, p.processed_at"
                f" FROM payment p WHERE p.owner = :owner AND {condition} ORDER BY p.id DESC LIMIT :most"
            ),
            {"owner": who.person, "most": most, **values},
        )
        .mappings()
        .all()
    )
    own = contacts.names(session, who, numbers=sorted({row["number"] for row in rows if row["number"]}))
    others = other_names(session, payments=[row["link"] for row in rows])
    found = []
    for row in rows:
        columns = dict(row)
        link = columns.pop("link")
        columns["currency"] = currency(columns["currency"])
        columns["known"] = row["number"] in own
        columns["name"] = own.get(row["number"]) or others.get(("payment", link)) or row["name"] or "Closed account"
        found.append(PaymentView(**columns))
    return found


def other_names(
    session: Session, *, payments: Sequence[int] = (), requests: Sequence[int] = ()
) -> dict[tuple[str, int], str]:
    """The other person of some payments and requests by their links, as far as this person may know them."""
    if not payments and not requests:
        return {}
    rows = session.connection().execute(
        text(
            "SELECT kind, link, name FROM payment_others(CAST(:payments AS bigint[]), CAST(:requests AS bigint[]))"
            " WHERE name IS NOT NULL"
        ),
        {"payments": list(payments), "requests": list(requests)},
    )
    return {(row.kind, row.link): row.name for row in rows}


def _started(session: Session, who: Principal, **values: Any) -> PaymentView:
    return payment(session, who, payment=_laid_down(session, **values))


def _laid_down(session: Session, **values: Any) -> int:
    """The payment over a transaction, by the door."""
    with refusals():
        made = session.connection().scalar(
            text(
                "SELECT start_payment(:transaction, :type, :method, :number, :name, CAST(:key AS uuid), :fingerprint,"
                " :plan, :request)"
            ),
            values,
        )
    return int(made or 0)


def _by_key(session: Session, who: Principal, *, key: str, fingerprint: int) -> PaymentView | None:
    row = (
        session.connection()
        .execute(
            text("SELECT id, fingerprint FROM payment WHERE owner = :owner AND key = CAST(:key AS uuid)"),
            {"owner": who.person, "key": key},
        )
        .first()
    )
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise Conflict("This form was already used for something else. Open it again.", code="key_reused")
    return replace(payment(session, who, payment=row.id), replayed=True)


def _paid_at_once(session: Session, who: Principal, *, account: int, **what: Any) -> posting.Booked:
    """Post a payment at once, from own money: the posting door alone would let it draw on the credit limit."""
    with session.begin_nested():
        moved = ledger.pay_person(session, who, account=account, **what)
        after = accounts.account(session, who, account)  # the posting holds its row: nobody moves it before the commit
        if not moved.replayed and after.available < after.credit_limit:
            raise Refused("There is not enough money in this account.", code="not_enough_funds", field="amount")
    return moved


def _not_enough(who: Principal, source: AccountView) -> Refused:
    """What is there to pay people with: the account's own money."""
    left = amount_text(source.own_money, of=source.currency, locale=who.locale)
    said = f"There is not enough in this account: {left} available."
    if source.credit_limit:
        said += " Other people are paid from your own money, not from the credit limit."
    return Refused(said, code="not_enough_funds", field="amount")


def _fee(who: Principal, *, amount: Decimal, of: Currency) -> Decimal:
    """What a payment costs: nothing, or it is refused."""
    fee = fees.quote(amount=amount, currency=of, type="transfer", method="wallet")
    if fee:
        words = amount_text(fee, of=of, locale=who.locale)
        raise Refused(
            f"This payment would cost {words}, and fees are not booked yet. Nothing was sent.", code="fee_not_booked"
        )
    return fee


def _ask_once_more(
    session: Session, who: Principal, *, number: str, amount: Decimal, code: str, key: str, clock: Clock
) -> None:
    # The same form sent twice at once is no second payment: its key answers as the first time.
    equal = session.connection().scalar(
        text(
            "SELECT true FROM payment WHERE owner = :owner AND side = 'out' AND number = :number AND amount = :amount"
            " AND currency = :code AND status <> 'failed' AND created_at > :since AND key IS DISTINCT FROM CAST(:key AS uuid)"
            " LIMIT 1"
        ),
        {"owner": who.person, "number": number, "amount": amount, "code": code, "since": clock() - EQUAL, "key": key},
    )
    if equal:
        raise Refused(
            "You sent the same amount to the same account a moment ago. Send it once more?", code="equal_payment"
        )


def fingerprint(*body: Any) -> int:
    """A signed 64-bit digest of what a call says but its key."""
    plain = [format(one.normalize(), "f") if isinstance(one, Decimal) else one for one in body]
    digest = hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
