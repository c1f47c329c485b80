"""One transaction with all that is known of it, whether it is booked or not."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound
from fintwin.kernel.ids import reference
from fintwin.kernel.money import Currency, plain
from fintwin.ledger import attachments, edits, ended, history, meaning, pending, register, reversal, splits, tags
from fintwin.ledger.history import Happened
from fintwin.ledger.service import counterparts
from fintwin.statements.origin import origin as origin_of
from fintwin.web.api.calls import CategoryName, Reference, Shown, Who, look, referred
from fintwin.web.api.lines import Known, Transaction, booked_line, failed_line, pending_line

router = APIRouter(tags=["transactions"])


class Posting(Shown):
    """One amount moved from the credited to the debited account; a balance is what it left there."""

    credit: str
    debit: str
    amount: str
    currency: str
    credit_balance: str | None
    debit_balance: str | None


class Part(Shown):
    """What of a payment lies in one category."""

    category: CategoryName
    amount: str
    note: str | None


class Step(Shown):
    """What became of a transaction; `other` is what it led to, `by` is null where its owner did it."""

    what: str
    at: datetime
    amount: str | None
    other: str | None
    reason: str | None
    by: str | None


class Change(Shown):
    """What was said anew of a transaction's meaning; `by` is null where no person did."""

    what: str
    at: datetime
    before: str | None
    after: str | None
    by: str | None


class File(Shown):
    """A file beside a transaction."""

    uuid: str
    name: str
    type: str
    size: int
    href: str


class Detail(Transaction):
    """One transaction with all that is known of it."""

    created_at: datetime
    posted_at: datetime | None = None
    archived_at: datetime | None
    valued: date | None = None
    expires_at: datetime | None = None
    settles_at: datetime | None = None
    external_reference: str | None = None
    from_file: bool = False
    reversible: bool = False
    rest: str | None = None
    """What is left of it to take back."""
    reverses: str | None = None
    reversed_by: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    postings: list[Posting] = []
    parts: list[Part] = []
    tags: list[str]
    files: list[File]
    steps: list[Step]
    changes: list[Change]


@router.get("/transactions/{uid}")
async def transaction(who: Who, uid: Reference) -> Detail:
    """One transaction, by its reference."""
    return await look(who, detail, transaction=referred(uid, "uid"))


def detail(session: Session, who: Principal, *, transaction: int) -> Detail:
    """One transaction with all that is known of it, booked or not.

    Raises:
        NotFound: not in this person's books (`unknown_transaction`).
    """
    known = Known.of(session, who)
    for seen in (_waiting, _over):
        try:
            return seen(session, who, transaction, known)
        except NotFound:
            continue
    return _posted(session, who, transaction, known)


def _waiting(session: Session, who: Principal, transaction: int, known: Known) -> Detail:
    one = pending.one(session, who, transaction=transaction)
    names = counterparts(session, transfers=[] if one.transfer is None else [one.transfer])
    return _whole(
        session,
        who,
        transaction,
        pending_line(one, known, names.get(one.transfer or 0, "")),
        of=one.currency,
        created_at=one.created_at,
        expires_at=one.expires_at,
        settles_at=one.settles_at,
    )


def _over(session: Session, who: Principal, transaction: int, known: Known) -> Detail:
    one = ended.one(session, who, transaction=transaction)
    names = counterparts(session, transfers=[] if one.transfer is None else [one.transfer])
    shown = failed_line(one, known, names.get(one.transfer or 0, ""))
    return _whole(session, who, transaction, shown, of=one.currency, created_at=one.created_at)


def _posted(session: Session, who: Principal, transaction: int, known: Known) -> Detail:
    found = register.get(session, who, transaction=transaction)
    left = reversal.left(session, who, transaction=transaction)
    of = found.row.currency
    origin = origin_of(session, who, transaction=transaction)
    parts = splits.whole_of(session, who, transaction=transaction).parts
    replaces = edits.edits(session, who, transaction=transaction)

    def size(amount: Decimal | None, line: register.Line) -> str | None:
        return None if amount is None else plain(amount, of=line.currency)

    return _whole(
        session,
        who,
        transaction,
        booked_line(found.row, account=origin.account if origin else None),
        of=of,
        valued=found.valued,
        created_at=found.created_at,
        posted_at=found.created_at,
        external_reference=found.external_reference or None,
        from_file=found.imported is not None,
        reversible=found.reversible,
        rest=plain(left.rest, of=left.currency),
        reverses=_other(found.reverses),
        reversed_by=_other(found.reversed_by),
        replaces=_other(replaces[0].former) if replaces else None,
        replaced_by=_other(edits.stands_for(session, who, transaction=transaction)),
        postings=[
            Posting(
                credit=line.credit,
                debit=line.debit,
                amount=plain(line.amount, of=line.currency),
                currency=line.currency.code,
                credit_balance=size(line.credit_balance, line),
                debit_balance=size(line.debit_balance, line),
            )
            for line in found.lines
        ],
        parts=[
            Part(
                category=CategoryName(reference=reference(one.category), name=one.name),
                amount=plain(one.amount, of=of),
                note=one.note or None,
            )
            for one in parts
        ],
    )


def _whole(
    session: Session, who: Principal, transaction: int, line: Transaction, *, of: Currency | None, **more: Any
) -> Detail:
    """A line with what is kept beside every transaction: tags, files, what became of it and of its meaning."""
    steps = history.events(session, who, transaction=transaction)
    at = {one.kind: one.at for one in steps}
    if Happened.SETTLED in at:
        more["posted_at"] = at[Happened.SETTLED]
    return Detail(
        **line.model_dump(),
        **more,
        archived_at=at.get(Happened.ARCHIVED),
        tags=tags.tags_of(session, who, transaction=transaction),
        files=[
            File(uuid=str(one.uuid), name=one.name, type=one.type, size=one.size, href=f"/attachments/{one.uuid}")
            for one in attachments.attachments(session, who, transaction=transaction)
        ],
        steps=[
            Step(
                what=one.kind.name.lower(),
                at=one.at,
                amount=None if one.amount is None or of is None else plain(one.amount, of=of),
                other=_other(one.other),
                reason=one.reason or None,
                by=one.by or None,
            )
            for one in steps
        ],
        changes=[
            Change(what=one.what, at=one.at, before=one.before or None, after=one.after or None, by=one.by or None)
            for one in meaning.history(session, who, transaction=transaction)
        ],
    )


def _other(number: int | None) -> str | None:
    return None if number is None else reference(number)
