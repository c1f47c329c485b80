"""What a bank says of the orders that it has: files of answers, a rail that is asked, a statement's rows, the payer's word.

It may come late, twice or in the wrong order; each answer counts once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Busy, FinTwinError, Refused
from fintwin.ledger import pending, reversal
from fintwin.ledger.awaited import Seen
from fintwin.ledger.posting import Status
from fintwin.payments import bank_orders
from fintwin.payments.bank_answers import reason_text
from fintwin.payments.bank_orders import OrderView
from fintwin.payments.rail import Answer, Rail


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file of answers changed, in orders."""

    settled: int = 0
    refused: int = 0
    returned: int = 0
    known: int = 0
    """Said before, and counted then."""
    odd: tuple[str, ...] = ()
    """Sentences about answers that do not fit their order; nothing was done for them."""
    waiting: tuple[str, ...] = ()
    """A sentence for each order of whose answer the books take nothing now; the order keeps it until the answer comes again."""


_LOCKED = text(
    """
    SELECT o.* FROM lock_orders(ARRAY(
      SELECT b.id FROM bank_order b
      WHERE b.owner = :owner AND (b.end_to_end = ANY (CAST(:ids AS text[]))
        OR b.file IN (SELECT f.id FROM bank_file f WHERE f.owner = :owner AND f.message = ANY (CAST(:messages AS text[]))))
    ), true) o ORDER BY o.transaction
    """
)


def take_answers(session: Session, who: Principal, *, answers: Sequence[Answer], clock: Clock = system_clock) -> Taken:
    """Do what a bank says of orders, each thing once; what is of no order here is passed over.

    A settled order that comes back is taken back by a linked reversal. What the books do not take now (a blocked account, a
    day that is closed) waits; the other answers count. What comes back while it waits to be settled never left these
    books: nothing is booked of it, and the order says that it came back. Of one order, what left counts before what came
    back, however the bank lists them.
    """
    rows = (
        session.connection()
        .execute(
            _LOCKED,
            {
                "owner": who.person,
                "ids": [answer.end_to_end for answer in answers if answer.end_to_end],
                # A block of a message goes by the message's id and its own number.
                "messages": [part for a in answers if a.message for part in {a.message, a.message.rpartition("-")[0]}],
            },
        )
        .all()
    )
    now = {row.id: row.status for row in rows}
    closed = _archived(session, who, rows)
    count = {"settled": 0, "refused": 0, "returned": 0, "known": 0}
    odd: list[str] = []
    waiting: dict[int, str] = {}
    by_id = {row.end_to_end: row for row in rows}
    for answer in sorted(answers, key=lambda one: one.verdict == "returned"):
        named = by_id.get(answer.end_to_end) if answer.end_to_end else None
        meant = [named] if named is not None else [] if answer.end_to_end else _of_message(session, who, rows, answer)
        for row in meant:
            if row.id in waiting and (answer.verdict != "returned" or now[row.id] == "settled"):
                continue
            sentence = _misfit(row, answer, status=now[row.id], archived=row.transaction in closed)
            if sentence:
                odd.append(sentence)
                if row.reason and now[row.id] == "settled":
                    bank_orders.noted(session, order=row.id, reason="")  # it waited, and nothing can come of it
                continue
            try:
                with session.begin_nested():
                    done = _answered(session, who, row, answer, status=now[row.id], clock=clock)
            except Busy:
                raise
            except FinTwinError as refusal:
                waiting[row.id] = _waits(row, answer, why=refusal.sentence)
                bank_orders.noted(session, order=row.id, reason=waiting[row.id])
                continue
            count[done or "known"] += 1
            now[row.id] = done or now[row.id]
            waiting.pop(row.id, None)
    return Taken(**count, odd=tuple(odd[:20]), waiting=tuple(waiting.values()))


def poll(session: Session, who: Principal, *, rail: Rail, clock: Clock = system_clock) -> Taken:
    """Ask a rail about the orders that it has, and do what it says.

    Raises:
        Busy: it did not answer in time.
    """
    rows = session.connection().execute(
        text("SELECT * FROM bank_order WHERE owner = :owner AND rail = :rail AND status IN ('sent', 'settled')"),
        {"owner": who.person, "rail": rail.name},
    )
    said = rail.answers([bank_orders.as_order(row, execute_on=row.execute_on) for row in rows])
    return take_answers(session, who, answers=said, clock=clock)


def settle_rows(session: Session, who: Principal, rows: Sequence[Seen]) -> Mapping[int, int]:
    """Rows of an imported statement that are orders of ours: they settle them, or give them back."""
    found: dict[int, int] = {}
    connection = session.connection()
    known = {
        row.end_to_end: row
        for row in connection.execute(
            _LOCKED, {"owner": who.person, "ids": [row.end_to_end for row in rows], "messages": []}
        )
    }
    for seen in sorted(rows, key=lambda row: row.amount):  # what left before what came back
        own = known.get(seen.end_to_end)
        if own is None or (own.account, own.currency, own.amount) != (seen.account, seen.currency, abs(seen.amount)):
            continue
        try:
            with session.begin_nested():
                stands_for = _settled_row(session, who, own, seen)
        except Busy:
            raise
        except FinTwinError:
            continue  # the row is refused, or booked, as any other
        if stands_for is not None:
            found[seen.number] = stands_for
    return found


def answer_by_hand(
    session: Session, who: Principal, *, order: UUID, settled: bool, clock: Clock = system_clock
) -> OrderView:
    """What the person read at their bank, where no file says it.

    Raises:
        NotFound: `unknown_order`.
        Refused: it is not with the bank (`not_sent`).
    """
    row = bank_orders.locked(session, who, order=order)
    if row.status != "sent":
        raise Refused("This order is not with the bank.", code="not_sent")
    said = Answer("settled" if settled else "refused", row.end_to_end, reason="" if settled else "refused")
    _answered(session, who, row, said, status=row.status, clock=clock)
    return bank_orders.view(session, who, order=row.id)


def _settled_row(session: Session, who: Principal, order: Any, seen: Seen) -> int | None:
    """The transaction that stands for a row of a statement: the order's own, or its reversal."""
    left, status = seen.amount < 0, _status(session, order.id)
    if left or status == "settled":
        answer = Answer("settled" if left else "returned", seen.end_to_end, on=seen.booked)
        _answered(session, who, order, answer, status=status, clock=system_clock)
    now = (
        session.connection()
        .execute(text("SELECT status, transaction, reversal FROM bank_order WHERE id = :id"), {"id": order.id})
        .one()
    )
    booked = now.status == "settled" or now.reversal is not None
    return (now.transaction if booked else None) if left else now.reversal


def _answered(session: Session, who: Principal, row: Any, answer: Answer, *, status: str, clock: Clock) -> str | None:
    """Do what one answer says of an order; the order's new status, or None where that had been done."""
    waits = status in {"ready", "sent"}
    if answer.verdict == "settled":
        if not waits:
            return None
        pending.settle(session, who, transaction=row.transaction, booked=_day(who, answer.on, clock), clock=clock)
        return "settled"
    if waits and answer.verdict == "returned":
        bank_orders.come_back(session, order=row.id, reason=f"The bank paid it and gave it back. {_words(answer)}")
        return "returned"
    if waits:
        bank_orders.refuse(session, order=row.id, reason=_words(answer))
        return "refused"
    if status != "settled":
        return None
    reversal.take_back(
        session,
        who,
        transaction=row.transaction,
        reason=_words(answer),
        booked=_day(who, answer.on, clock) or today(clock, zone=who.zone),
        key=f"bank-order:{row.uuid}:returned",
    )
    return "returned"


def _archived(session: Session, who: Principal, rows: Sequence[Any]) -> frozenset[int]:
    """Those of orders' transactions that are archived, which nothing takes back any more."""
    return frozenset(
        session.connection().scalars(
            text("SELECT id FROM transaction WHERE owner = :owner AND id = ANY (:ids) AND status = :archived"),
            {"owner": who.person, "ids": [row.transaction for row in rows], "archived": Status.ARCHIVED},
        )
    )


def _misfit(row: Any, answer: Answer, *, status: str, archived: bool) -> str:
    """Why an answer cannot be this order's, as it stands; "" where it can."""
    if (answer.amount is not None and answer.amount != row.amount) or answer.currency not in {"", row.currency}:
        return f"The bank names another amount for the payment to {row.name}. Nothing was changed for it."
    if answer.verdict == "settled" and status in {"refused", "cancelled"}:
        # The money is gone at the bank, and no pending transaction is left that could say so here.
        return (
            f"The bank paid {row.name}, though this order counts as {status}. Your books do not have it: import the"
            " bank's statement, or enter it yourself."
        )
    if answer.verdict != "settled" and status == "settled" and archived:
        return (
            f"The bank gave back the payment to {row.name}, which is archived and stays as it is. Your books do not have"
            " what came back: import the bank's statement, or enter it yourself."
        )
    return ""


def _waits(row: Any, answer: Answer, *, why: str) -> str:
    """What a bank said of an order, why the books do not take it now, and what is to be done."""
    did = {"settled": "paid", "returned": "gave back the payment to"}.get(answer.verdict, "refused the payment to")
    return (
        f"The bank {did} {row.name}. {why} Your books do not have it yet: mend that and send the bank's answer again."
    )


def _of_message(session: Session, who: Principal, rows: Sequence[Any], answer: Answer) -> list[Any]:
    """The orders that went out in a message, or in one block of it (the message's id, a dash, the block's number)."""
    sent = (
        session.connection()
        .execute(
            text("SELECT id, message FROM bank_file WHERE owner = :owner AND message = ANY (CAST(:names AS text[]))"),
            {"owner": who.person, "names": [answer.message, answer.message.rpartition("-")[0]]},
        )
        .one_or_none()
    )
    if sent is None:
        return []
    inside = [row for row in rows if row.file == sent.id]
    if sent.message == answer.message:
        return inside
    days = sorted({row.execute_on for row in inside})
    block = answer.message.rpartition("-")[2]
    wanted = int(block) if block.isascii() and block.isdigit() else 0
    return [row for row in inside if 0 < wanted <= len(days) and row.execute_on == days[wanted - 1]]


def _words(answer: Answer) -> str:
    return "The bank did not carry it out." if answer.reason == "refused" else reason_text(answer.reason)


def _day(who: Principal, on: date | None, clock: Clock) -> date | None:
    """The bank's booking day, unless the bank is ahead of the person's calendar."""
    now = today(clock, zone=who.zone)
    return None if on is None or on > now else on


def _status(session: Session, order: int) -> str:
    return str(session.connection().scalar(text("SELECT status FROM bank_order WHERE id = :id"), {"id": order}))
