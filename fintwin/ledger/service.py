"""The books' use cases: money in, out, between own accounts, to a person, and back.

Each takes an idempotency key: the same key with the same body answers as the first time, with another body it is
refused (`key_reused`). A refusal books nothing. None of them commits. What would leave an account for another own one asks
for its PIN above its threshold; `approval` is what `pins.judge` made of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import Busy, Conflict, Invalid, NotFound, Refused
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import currency, positive
from fintwin.ledger import accounts, conversion, edits, journal, legs, pins, posting, reversal, rules, splits
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.journal import booking_date, post, post_batch
from fintwin.ledger.pins import Approval, PinNeeded
from fintwin.ledger.posting import Booked, Item, Kind, Outcome, Status


class Unchanged:
    """Stands for a field that an edit leaves as it is."""


UNCHANGED: Final = Unchanged()
_TO_OWN: Final = frozenset({Kind.OWN_TRANSFER, Kind.CONVERSION})


@dataclass(frozen=True, slots=True)
class Payee:
    """Who would be paid: a masked name, or this person's own account."""

    name: str
    own: bool


def deposit(
    session: Session,
    who: Principal,
    *,
    account: int,
    amount: Decimal | str,
    key: str,
    booked: date | None = None,
    source: Literal["income", "opening"] = "income",
    description: str = "",
    payee: str = "",
    category: int | None = None,
    note: str = "",
    clock: Clock = system_clock,
) -> Booked:
    """Money that reaches an own account from outside: as income, or as something it had before (`opening`).

    Money from an own account is an `own_transfer`. Without a date it is booked today.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them.
    """
    wanted = item(
        who,
        kind=Kind.DEPOSIT if source == "income" else Kind.OPENING,
        taking=accounts.account(session, who, account),
        amount=amount,
        key=key,
        booked=booked,
        description=description,
        payee=payee,
        category=category,
        note=note,
        clock=clock,
    )
    return book(session, who, wanted)


def withdraw(
    session: Session,
    who: Principal,
    *,
    account: int,
    amount: Decimal | str,
    key: str,
    booked: date | None = None,
    description: str = "",
    payee: str = "",
    category: int | None = None,
    note: str = "",
    clock: Clock = system_clock,
) -> Booked:
    """Money that leaves an own account to the outside: spending.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them.
    """
    wanted = item(
        who,
        kind=Kind.WITHDRAWAL,
        giving=accounts.account(session, who, account),
        amount=amount,
        key=key,
        booked=booked,
        description=description,
        payee=payee,
        category=category,
        note=note,
        clock=clock,
    )
    return book(session, who, wanted)


def own_transfer(
    session: Session,
    who: Principal,
    *,
    giving: int,
    taking: int,
    amount: Decimal | str,
    key: str,
    booked: date | None = None,
    description: str = "",
    note: str = "",
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Money from one own account to another of the same currency.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them; `pin_needed`.
    """
    wanted = own_transfer_item(
        session,
        who,
        giving=giving,
        taking=taking,
        amount=amount,
        key=key,
        booked=booked,
        description=description,
        note=note,
        approval=approval,
        clock=clock,
    )
    return post(session, who, wanted)


def own_transfer_item(
    session: Session,
    who: Principal,
    *,
    giving: int,
    taking: int,
    amount: Decimal | str,
    key: str,
    booked: date | None = None,
    description: str = "",
    note: str = "",
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> Item:
    """What `own_transfer` books, to be booked by `journal.post_alone`: the accounts are then locked for that call alone.

    Raises:
        Invalid, NotFound: as `ledger.posting` names them.
        Refused: `pin_needed`.
    """
    wanted = item(
        who,
        kind=Kind.OWN_TRANSFER,
        giving=accounts.account(session, who, giving),
        amount=amount,
        key=key,
        booked=booked,
        description=description,
        note=note,
        clock=clock,
    )
    wanted = replace(wanted, taking=taking)
    approve(session, who, wanted, approval=approval, clock=clock)
    return wanted


def approve(
    session: Session, who: Principal, item: Item, *, approval: Approval | None, clock: Clock = system_clock
) -> None:
    """Let what goes to an own account through only with the approval it needs; other movements ask for none here.

    Raises:
        PinNeeded: the PIN of the giving account is needed (`pin_needed`).
    """
    if item.kind in _TO_OWN and item.giving is not None:
        pins.demand(
            session, who, account=item.giving, amount=item.amount, approval=approval, key=item.key or "", clock=clock
        )


def item(
    who: Principal,
    *,
    kind: Kind,
    amount: Decimal | str,
    key: str,
    giving: AccountView | None = None,
    taking: AccountView | None = None,
    booked: date | None = None,
    description: str = "",
    payee: str = "",
    category: int | None = None,
    note: str = "",
    clock: Clock = system_clock,
) -> Item:
    """One movement as `book` and `book_all` take it, in the currency of the account that gives, else of the one that takes.

    Raises:
        Invalid: an amount, date or text, as `ledger.posting` names them, or no account at all (`bad_shape`).
    """
    named = giving or taking
    if named is None:
        raise Invalid("This is not a movement the books know.", code="bad_shape")
    return Item(
        kind=kind,
        amount=positive(amount, to=named.currency),
        currency=named.currency.code,
        booked=booking_date(who, booked, clock=clock),
        giving=None if giving is None else giving.id,
        taking=None if taking is None else taking.id,
        **_words(description, payee, category, note),
        key=key,
    )


def book(session: Session, who: Principal, item: Item, *, approval: Approval | None = None) -> Booked:
    """Book one movement; where no category was chosen, the person's rules say one.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them; `pin_needed`.
    """
    approve(session, who, item, approval=approval)
    booked = post(session, who, item)
    if item.category is None and not booked.replayed:
        rules.on_booked(session, who, transactions=[booked.transaction])
    return booked


def book_all(
    session: Session,
    who: Principal,
    items: Sequence[Item],
    *,
    whole: bool = False,
    approvals: Mapping[int, Approval] | None = None,
) -> list[Outcome]:
    """As `book` for up to 10,000 movements and reversals, each accepted or refused on its own.

    Args:
        whole: the first refusal refuses all.
        approvals: of the PINs of accounts, by account.

    Raises:
        Invalid: too many items (`too_many_items`).
        FinTwinError: with `whole`, the first refusal; its `item` says whose it is.
    """
    kept_back = unapproved(session, who, items, approvals=approvals or {})
    if whole and kept_back:
        raise kept_back[min(kept_back)]
    places = [place for place in range(len(items)) if place not in kept_back]
    outcomes = [
        replace(one, item=places[one.item])
        for one in post_batch(session, who, [items[place] for place in places], whole=whole)
    ]
    unnamed = [
        one.transaction
        for one in outcomes
        if one.transaction is not None and not one.replayed and items[one.item].category is None
    ]
    rules.on_booked(session, who, transactions=unnamed)
    refused = [Outcome(place, None, refusal, replayed=False) for place, refusal in kept_back.items()]
    return sorted([*outcomes, *refused], key=lambda one: one.item)


def unapproved(
    session: Session, who: Principal, items: Sequence[Item], *, approvals: Mapping[int, Approval]
) -> dict[int, PinNeeded]:
    """The items, by their places, that need the PIN of an account for which there is no approval."""
    taken_back = [one.related for one in items if one.kind is Kind.REVERSAL and one.related is not None]
    guarded = reversal.guarded(session, who, transactions=taken_back) if taken_back else {}
    asking = pins.asking(session, who)
    needing: dict[int, int] = {}
    for place, one in enumerate(items):
        if one.kind in _TO_OWN and one.giving in asking and one.amount > asking[one.giving]:
            needing[place] = one.giving
        elif one.related in guarded:
            needing[place] = guarded[one.related]
    known = journal.known(session, who, keys=[items[place].key for place in needing if items[place].key])
    missing = {
        account: pins.missing(session, who, account=account, approval=approvals.get(account))
        for account in set(needing.values())
    }
    found: dict[int, PinNeeded] = {}
    for place, account in needing.items():
        refusal = missing[account]
        if refusal is not None and items[place].key not in known:
            found[place] = PinNeeded(refusal.sentence, account=account)
            found[place].item = place
    return found


def payee(session: Session, who: Principal, *, number: str) -> Payee:
    """Who stands behind an account number, by a masked name. Callers limit how often it is asked.

    Raises:
        Invalid: not an account number (`bad_account_number`).
        NotFound: no account of this number can be paid (`unknown_payee`).
    """
    row = (
        session.connection()
        .execute(text("SELECT name, own FROM payee_by_number(:number)"), {"number": checked_account_number(number)})
        .first()
    )
    if row is None:
        raise NotFound("No account with this number can be paid.", code="unknown_payee", field="number")
    return Payee(row.name, row.own)


def pay_person(
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
    clock: Clock = system_clock,
) -> Booked:
    """Money from an own held account to another person's, by its account number; booked today, in both books at once.

    The payee sees the description; category and note stay with the sender.

    Raises:
        Invalid, NotFound, Refused, Conflict: as `ledger.posting` names them.
    """
    wanted = item(
        who,
        kind=Kind.BETWEEN_PEOPLE,
        giving=accounts.account(session, who, account),
        amount=amount,
        key=key,
        description=description,
        category=category,
        note=note,
        clock=clock,
    )
    return post(session, who, wanted, number=checked_account_number(number))


def reverse(
    session: Session, who: Principal, *, transaction: int, key: str, approval: Approval | None = None
) -> Booked:
    """Take back what is left of an own deposit, withdrawal, transfer, conversion or opening; also "delete".

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
        Refused: `already_reversed`, `not_reversible` (a payment between people), `not_enough_funds`, `pin_needed`, ...
    """
    return reversal.take_back(session, who, transaction=transaction, key=key, approval=approval)


def restore(
    session: Session, who: Principal, *, transaction: int, key: str, approval: Approval | None = None
) -> Booked:
    """Book a reversed transaction anew, with its date and meaning: parts, tags and files come along.

    Where it was taken back in parts, what the last of them took comes back. What was taken back within the last
    `pins.FRESH` asks for no PIN.

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
        Refused: it is not reversed (`not_reversed`), another stands in its place already (`already_replaced`),
            `pin_needed`, or the books do not allow it now.
    """
    item, status, taken_back = _as_item(session, who, transaction)
    if status is not Status.REVERSED or item.kind in {Kind.REVERSAL, Kind.BETWEEN_PEOPLE}:
        raise Refused("Only what was taken back can be restored.", code="not_reversed", field="transaction")
    if item.giving is not None and _just_taken_back(session, who, transaction):
        approval = pins.standing(who, account=item.giving)
    if item.kind is Kind.CONVERSION:
        booked = conversion.anew(session, who, transaction=transaction, key=key, approval=approval)
    else:
        again = replace(item, amount=taken_back[-1], key=key)
        approve(session, who, again, approval=approval)
        booked = post(session, who, again)
    if not booked.replayed:
        # Asked while the accounts are locked: of two that restore it at once the second one finds the first.
        if edits.stands_for(session, who, transaction=transaction) is not None:
            raise Refused("Another one was booked in its place.", code="already_replaced", field="transaction")
        edits.replaced(session, who, former=transaction, latter=booked.transaction, edited=False)
        splits.carry(session, who, old=transaction, new=booked.transaction)
    return booked


def amend(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    key: str,
    amount: Decimal | str | None = None,
    booked: date | None = None,
    approval: Approval | None = None,
    clock: Clock = system_clock,
) -> Booked:
    """Change amount or date of an own transaction: it is reversed and entered anew, in one step or not at all.

    Of one that was taken back in part the rest is what is entered anew. The leg of an own transfer stays one as long as
    its amount does. For the PIN, what counts is by how much the amount changes: so much leaves the one account or the other.

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
        Invalid, Refused, Conflict: as `reverse` and the posting itself; `key_reused` also where only a half was done under
            the key before.
    """
    item, status, taken_back = _as_item(session, who, transaction)
    # What was taken back of it stays so; said once more, the last that was taken is what the first call took.
    rest = taken_back[-1] if status is Status.REVERSED else item.amount - sum(taken_back, Decimal(0))
    changed = replace(
        item,
        amount=rest if amount is None else positive(amount, to=currency(item.currency)),
        booked=item.booked if booked is None else booking_date(who, booked, clock=clock),
        key=f"{key}:again",
    )
    gives = item.giving if changed.amount > rest else item.taking
    if item.kind is Kind.OWN_TRANSFER and gives is not None:
        moved = abs(changed.amount - rest)
        pins.demand(session, who, account=gives, amount=moved, approval=approval, key=changed.key or "", clock=clock)
    leg = legs.other(session, who, transaction=transaction)
    outcomes = post_batch(session, who, [posting.reversal(of=transaction, key=f"{key}:undo"), changed], whole=True)
    if outcomes[0].replayed != outcomes[1].replayed:
        raise Conflict("This form was already used for something else. Open it again.", code="key_reused")
    if _size(session, outcomes[0].transaction) != rest:  # a part of it was taken back between reading and locking
        raise Busy("Something else was taken back of this just now. Nothing was changed; try again.")
    again = Booked(outcomes[1].transaction or 0, replayed=outcomes[1].replayed)
    if not again.replayed:
        edits.replaced(session, who, former=transaction, latter=again.transaction, edited=True)
        splits.carry(session, who, old=transaction, new=again.transaction)
        if leg is not None and changed.amount == rest:
            legs.link(session, who, first=again.transaction, second=leg)
    return again


def reverse_imported(
    session: Session, who: Principal, *, imported: int, after: int = 0, most: int = 1000
) -> list[Outcome]:
    """Take back the next rows of an import, lowest id first; an empty list: there are none after `after`.

    `Outcome.item` is the id of the transaction taken back; pass the last one as `after`.
    """
    numbers = (
        session.connection()
        .execute(
            text(
                "SELECT id FROM transaction WHERE owner = :owner AND imported = :imported AND status = 2 AND id > :after"
                " ORDER BY id LIMIT :most"
            ),
            {"owner": who.person, "imported": imported, "after": after, "most": most},
        )
        .scalars()
        .all()
    )
    outcomes = post_batch(session, who, [posting.reversal(of=number) for number in numbers])
    return [replace(outcome, item=numbers[outcome.item]) for outcome in outcomes]


def classify(
    session: Session,
    who: Principal,
    *,
    transaction: int,
    payee: str | Unchanged | None = UNCHANGED,
    category: int | Unchanged | None = UNCHANGED,
    note: str | Unchanged | None = UNCHANGED,
) -> None:
    """Say what a transaction means; fields left out stay. Earlier values go to its history, postings never change.

    Another category takes the place of its parts.

    Raises:
        NotFound: `unknown_transaction` or `unknown_category`.
        Invalid: a text is too long.
    """
    wanted: dict[str, Any] = {}
    if not isinstance(payee, Unchanged):
        wanted["payee"] = posting.clean(payee, most=140, field="payee")
    if not isinstance(note, Unchanged):
        wanted["note"] = posting.clean(note, most=500, field="note")
    if not isinstance(category, Unchanged):
        wanted["category"] = category
    if not wanted:
        return
    connection = session.connection()
    mine = {"owner": who.person, "transaction": transaction}
    if not connection.scalar(text("SELECT true FROM transaction WHERE owner = :owner AND id = :transaction"), mine):
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    if wanted.get("category") is not None and not connection.scalar(
        text("SELECT true FROM category WHERE owner = :owner AND id = :category"), {**mine, **wanted}
    ):
        raise NotFound("There is no such category.", code="unknown_category", field="category")
    # An empty row first, so that the first meaning has a past too.
    connection.execute(
        text("INSERT INTO classification (owner, transaction) VALUES (:owner, :transaction) ON CONFLICT DO NOTHING"),
        mine,
    )
    changed = ", ".join(f"{name} = :{name}" for name in wanted)
    connection.execute(
        text(
            f"UPDATE classification SET {changed}, changed_at = now() WHERE owner = :owner AND transaction = :transaction"  # noqa: S608 - names of three columns
        ),
        {**mine, **wanted},
    )
    tell(session, Happening.CLASSIFIED, what=transaction)


def counterparts(session: Session, *, transfers: Sequence[int]) -> dict[int, str]:
    """The other person of each transfer, by a masked name; "Closed account" where they are gone."""
    if not transfers:
        return {}
    rows = session.connection().execute(
        text("SELECT transfer, name FROM counterparts(CAST(:transfers AS bigint[]))"), {"transfers": list(transfers)}
    )
    return {row.transfer: row.name or "Closed account" for row in rows}


def _words(description: str, payee: str, category: int | None, note: str) -> dict[str, Any]:
    return {
        "description": posting.clean(description, most=500, field="description"),
        "payee": posting.clean(payee, most=140, field="payee"),
        "category": category,
        "note": posting.clean(note, most=500, field="note"),
    }


def _just_taken_back(session: Session, who: Principal, transaction: int) -> bool:
    return bool(
        session.connection().scalar(
            text(
                "SELECT max(created_at) > now() - CAST(:fresh AS interval) FROM transaction"
                " WHERE owner = :owner AND related = :transaction"
            ),
            {"owner": who.person, "transaction": transaction, "fresh": pins.FRESH},
        )
    )


def _size(session: Session, transaction: int | None) -> Decimal | None:
    found = session.connection().execute(
        text("SELECT amount FROM posting WHERE transaction = :transaction AND line = 1"), {"transaction": transaction}
    )
    size: Decimal | None = found.scalar()
    return size


def _as_item(session: Session, who: Principal, transaction: int) -> tuple[Item, Status, Sequence[Decimal]]:
    """A booked transaction of one posting as the item that would book it again, and what was taken back of it in turn."""
    row = (
        session.connection()
        .execute(
            text(
                """
                SELECT t.kind, t.status, p.amount, p.currency, t.booked, t.valued, t.description, t.external_reference,
                       CASE WHEN p.credit_version IS NOT NULL THEN p.credit END AS giving,
                       CASE WHEN p.debit_version IS NOT NULL THEN p.debit END AS taking, c.payee, c.category, c.note,
                       ARRAY(SELECT b.amount FROM transaction r JOIN posting b ON b.transaction = r.id AND b.line = 1
                             WHERE r.related = t.id AND r.owner = t.owner ORDER BY r.id) AS taken_back
                FROM transaction t JOIN posting p ON p.transaction = t.id AND p.line = 1
                LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
                WHERE t.owner = :owner AND t.id = :transaction
                """
            ),
            {"owner": who.person, "transaction": transaction},
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    values = dict(row)
    status, taken_back = Status(values.pop("status")), values.pop("taken_back")
    return Item(**{**values, "kind": Kind(values["kind"])}), status, taken_back


__all__ = [
    "UNCHANGED",
    "Payee",
    "Unchanged",
    "amend",
    "book",
    "book_all",
    "booking_date",
    "classify",
    "counterparts",
    "deposit",
    "item",
    "own_transfer",
    "pay_person",
    "payee",
    "post",
    "post_batch",
    "restore",
    "reverse",
    "reverse_imported",
    "withdraw",
]
