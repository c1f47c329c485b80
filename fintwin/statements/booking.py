"""A checked import into the books, in batches of a thousand that each count; begun again, it goes on where it ended."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.counted import count_tables
from fintwin.db.work import perform
from fintwin.events.outbox import Kind, tell
from fintwin.identity.acting import acting
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Busy, Conflict, FinTwinError
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, awaited, categories, journal, posting, register, rules
from fintwin.ledger.accounts import TYPES, AccountView
from fintwin.statements.batches import Window, in_batches, locked_status, patient, progressed, which_import
from fintwin.statements.duplicates import Known
from fintwin.statements.known import matches
from fintwin.statements.numbers import same_account

_PARTS = text("SELECT * FROM statement_part WHERE owner = :owner AND imported = :imported ORDER BY part")
_PRIOR = text(
    """
    SELECT p.closing, p.closing_day FROM statement_part p JOIN statement_import i ON i.id = p.imported
    WHERE p.owner = :owner AND p.account = :account AND p.imported <> :imported AND i.status = 'done' AND p.closing IS NOT NULL
    ORDER BY p.closing_day DESC, i.booked_at DESC LIMIT 1
    """
)
_COMPARED = text(
    """
    SELECT r.number, r.booked, r.amount, r.reference, r.payee || ' ' || r.purpose AS words, i.recognised ->> 'format' AS source,
           r.verdict, r.found
    FROM statement_row r JOIN statement_import i ON i.id = r.imported
    WHERE r.owner = :owner AND r.imported = :imported AND r.part = :part AND r.verdict IN ('new', 'duplicate', 'same')
    ORDER BY r.number
    """
)
_CHANGED = text(
    """
    UPDATE statement_row r SET verdict = c.verdict, sentence = c.sentence, transaction = c.transaction
    FROM unnest(CAST(:numbers AS integer[]), CAST(:verdicts AS text[]), CAST(:sentences AS text[]),
                CAST(:transactions AS bigint[])) AS c (number, verdict, sentence, transaction)
    WHERE r.owner = :owner AND r.imported = :imported AND r.number = c.number
    """
)
_NEXT = text(
    """
    SELECT r.number, p.account, p.currency, r.booked, r.valued, r.amount, r.payee, r.purpose, r.reference, r.end_to_end
    FROM statement_row r JOIN statement_part p ON p.imported = r.imported AND p.part = r.part
    WHERE r.owner = :owner AND r.imported = :imported AND r.number >= :first AND r.number < :first + :many
      AND r.verdict = 'new' AND r.transaction IS NULL
    ORDER BY r.number
    """
)
_BOOKED = text("SELECT mark_booked(:imported, :first, :many, CAST(:booked AS jsonb), CAST(:refused AS jsonb))")
_OPEN = text(
    """
    SELECT number FROM statement_row
    WHERE owner = :owner AND imported = :imported AND number >= :first AND number < :first + :many
      AND verdict = 'new' AND transaction IS NULL
    """
)

_NOT_ADDED = text(
    """
    UPDATE statement_row SET verdict = 'error', sentence = :why
    WHERE owner = :owner AND imported = :imported AND verdict = 'new' AND transaction IS NULL
    """
)
_GIVEN_UP = text(
    """
    UPDATE statement_import SET status = :status, problem = :problem,
      booked_at = CASE WHEN :status = 'done' THEN now() ELSE booked_at END
    WHERE owner = :owner AND id = :imported
    """
)
_NOTED = text("UPDATE statement_part SET note = :note WHERE owner = :owner AND imported = :imported AND part = :part")


def book(person: int, imported: int) -> None:
    """Book what was asked for; each batch is kept, so a killed run loses nothing and repeats nothing."""
    if not perform(person, lambda session: _prepared(session, person, imported)):
        return
    perform(person, count_tables)
    in_batches(person, imported, _booked_some, prepare=_ready_to_book)
    perform(person, count_tables)
    perform(person, lambda session: _finished(session, person, imported))


def _prepared(session: Session, person: int, imported: int) -> bool:
    """Open and lock the accounts, look again for duplicates; False where nothing was asked for."""
    which = which_import(person, imported)
    connection = session.connection()
    status = locked_status(session, which)
    if status != "asked":
        return bool(status == "booking")
    who = acting(session)
    categories.ensure(session, who)
    parts = connection.execute(_PARTS, which).mappings().all()
    for part in parts:
        opened = part["account"] is None and _account_with(session, who, part) is None
        account = _account(session, who, part, imported)
        connection.execute(
            text("SELECT FROM account WHERE owner = :owner AND id = :account FOR NO KEY UPDATE"),
            which | {"account": account.id},
        )
        if not opened:  # an account that was opened just now knows nothing to compare with
            _look_again(session, who, imported, part=part["part"], account=account.id)
        connection.execute(
            text(
                """
                UPDATE statement_part SET account = :account, opened = :opened, anchor = :anchor, anchor_day = :anchor_day,
                  was_known = :was_known, was_balance = :was_balance
                WHERE owner = :owner AND imported = :imported AND part = :part
                """
            ),
            which
            | {"account": account.id, "part": part["part"], "opened": opened}
            | _anchor(session, who, part, account),
        )
    connection.execute(
        text(
            """
            UPDATE statement_import SET status = 'booking', done = 0, total = (
              SELECT count(*) FROM statement_row r WHERE r.imported = :imported AND r.owner = :owner AND r.verdict = 'new')
            WHERE owner = :owner AND id = :imported
            """
        ),
        which,
    )
    tell(session, Kind.IMPORT, what=imported)
    return True


def _account_with(session: Session, who: Principal, part: Mapping[Any, Any]) -> AccountView | None:
    if not part["number"]:
        return None
    for one in accounts.accounts(session, who, closed=True):
        if not one.held and one.currency.code == part["currency"] and same_account(one.bank_number, part["number"]):
            return one
    return None


def _account(session: Session, who: Principal, part: Mapping[Any, Any], imported: int) -> AccountView:
    """Where the rows of a part go: found before, opened by another import meanwhile, or opened now."""
    if part["account"] is not None:
        account = accounts.account(session, who, part["account"])
    else:
        account = _account_with(session, who, part) or accounts.open_account(
            session,
            who,
            name=part["name"],
            type=part["kind"] if part["kind"] in TYPES else "checking",
            custody="tracked",
            currency=currency(part["currency"]),
            bank_number=part["number"][:40],
            key=f"import:{imported}:{part['part']}",
        )
    if not account.open:
        account = accounts.reopen(session, who, account=account.id)
    if part["number"] and not account.bank_number:
        try:
            with session.begin_nested():
                account = accounts.set_bank_number(session, who, account=account.id, bank_number=part["number"][:40])
        except Conflict:
            pass  # another account goes by this number, and the person chose this one: remembered by the import itself
    return account


def _look_again(session: Session, who: Principal, imported: int, *, part: int, account: int) -> None:
    """Another file may have been booked or undone since the check: compare all rows once more, together.

    What a person chose against the finding stays as they chose it.
    """
    which = which_import(who.person, imported)
    compared = session.connection().execute(_COMPARED, which | {"part": part}).all()
    rows = [Known(r.number, r.booked, r.amount, r.reference, r.source or "", r.words) for r in compared]
    found = matches(session, who, imported=imported, account=account, rows=rows)
    changed: list[tuple[int, str, str, int | None]] = []
    for row in compared:
        match = found.get(row.number)
        verdict = match.verdict if match else "new"
        chosen = row.verdict == "new" and row.found in ("duplicate", "same")
        if verdict != row.verdict and not chosen:
            changed.append((row.number, verdict, match.sentence if match else "", match.transaction if match else None))
    if changed:
        numbers, verdicts, sentences, transactions = (list(column) for column in zip(*changed, strict=True))
        session.connection().execute(
            _CHANGED,
            which | {"numbers": numbers, "verdicts": verdicts, "sentences": sentences, "transactions": transactions},
        )


def prior_closing(session: Session, who: Principal, *, account: int, besides: int) -> tuple[Decimal, date] | None:
    """The latest balance that the other booked files of an account state."""
    row = (
        session.connection()
        .execute(_PRIOR, {"owner": who.person, "account": account, "imported": besides})
        .one_or_none()
    )
    return None if row is None else (row.closing, row.closing_day)


def _anchor(session: Session, who: Principal, part: Mapping[Any, Any], account: AccountView) -> dict[str, Any]:
    """The balance that stays true whatever older rows come in: the newest that the bank or the person has stated.

    Without files before, what the person said of the account is kept for the way back.
    """
    prior = prior_closing(session, who, account=account.id, besides=part["imported"])
    said = None
    if prior is None and account.known_since is not None:
        balance = register.balance_at(session, who, account=account.id, on=account.known_since)
        said = None if balance is None else (balance, account.known_since)
    newest = prior or said
    if part["closing"] is not None and (newest is None or part["closing_day"] >= newest[1]):
        newest = (part["closing"], part["closing_day"])
    return {
        "anchor": newest[0] if newest else None,
        "anchor_day": newest[1] if newest else None,
        "was_balance": said[0] if said else None,
        "was_known": said[1] if said else None,
    }


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The rows of a window as items for the books, and why the others cannot be booked."""

    items: Mapping[int, posting.Item]
    packed: str
    """All items, written down for the books."""
    refused: Mapping[int, str]
    named: Sequence[awaited.Seen]
    """Those that carry a payer's id: something in the books may be waiting for them."""


def _ready_to_book(session: Session, window: Window) -> _Prepared:
    patient(session)
    items: dict[int, posting.Item] = {}
    refused: dict[int, str] = {}
    named: list[awaited.Seen] = []
    for row in session.connection().execute(_NEXT, window.values):
        if row.end_to_end:
            named.append(awaited.Seen(row.number, row.account, row.currency, row.amount, row.booked, row.end_to_end))
        try:
            items[row.number] = posting.movement(
                account=row.account,
                amount=row.amount,
                currency=currency(row.currency),
                booked=row.booked,
                valued=row.valued,
                description=(row.purpose or row.payee)[:500],
                external_reference=(row.reference or row.end_to_end)[:140],
                payee=row.payee[:140],
            )
        except FinTwinError as refusal:
            refused[row.number] = refusal.sentence
    return _Prepared(items, posting.as_json(list(items.values())), refused, named)


def _booked_some(session: Session, window: Window, ready: _Prepared, tells: bool) -> bool:
    """Book the rows of one window that are not booked yet.

    Which those are is asked again under the import's lock: they were prepared without it, and a try whose answer was
    lost may have booked them.
    """
    connection = session.connection()
    if locked_status(session, which_import(window.person, window.imported)) != "booking":
        return False
    who = acting(session)
    still = set(connection.scalars(_OPEN, window.values))
    settled = awaited.settle_awaited(session, who, [row for row in ready.named if row.number in still])
    if settled:
        _mark_settled(session, window, settled)
        progressed(session, window, by=len(settled), tells=tells)
        still -= settled.keys()
    numbers = [number for number in ready.items if number in still]
    packed = (
        ready.packed
        if len(numbers) == len(ready.items)
        else posting.as_json([ready.items[number] for number in numbers])
    )
    answers = journal.post_packed(session, who, packed, imported=window.imported)
    rules.on_booked(
        session,
        who,
        transactions=[one.transaction for one in answers if one.transaction is not None and not one.replayed],
    )
    refused = {number: sentence for number, sentence in ready.refused.items() if number in still}
    refused |= {numbers[one.item]: one.refusal.sentence for one in answers if one.refusal}
    booked = {numbers[one.item]: one.transaction for one in answers if not one.refusal}
    outcomes = len(booked) + len(refused)
    if not outcomes:
        return True
    marked = connection.scalar(
        _BOOKED,
        {
            **window.values,
            "booked": json.dumps(booked),
            "refused": json.dumps({number: sentence[:300] for number, sentence in refused.items()}),
        },
    )
    if marked != outcomes:
        raise RuntimeError(f"{outcomes} rows were booked and {marked} marked: the batch is not kept")
    progressed(session, window, by=outcomes, tells=tells)
    return True


def _mark_settled(session: Session, window: Window, settled: Mapping[int, int]) -> None:
    """Rows that the books were waiting for are there already, under the transaction that waited."""
    session.connection().execute(
        _CHANGED,
        which_import(window.person, window.imported)
        | {
            "numbers": list(settled),
            "verdicts": ["same"] * len(settled),
            "sentences": ["Settles a payment that was ordered here"] * len(settled),
            "transactions": list(settled.values()),
        },
    )


def _finished(session: Session, person: int, imported: int) -> None:
    """Lay the openings so that the stated balances hold, and say that it is done."""
    which = which_import(person, imported)
    connection = session.connection()
    if locked_status(session, which) != "booking":
        return
    who = acting(session)
    for part in connection.execute(_PARTS, which).mappings().all():
        if part["anchor"] is not None:
            with refusal_noted(session, part):
                accounts.state_balance(
                    session,
                    who,
                    account=part["account"],
                    balance=part["anchor"],
                    on=part["anchor_day"],
                    key=f"import:{imported}:{part['part']}:balance",
                )
    connection.execute(
        text("UPDATE statement_import SET status = 'done', booked_at = now() WHERE owner = :owner AND id = :imported"),
        which,
    )
    tell(session, Kind.IMPORT, what=imported)


@contextmanager
def refusal_noted(session: Session, part: Mapping[Any, Any]) -> Iterator[None]:
    """Keep what the books refuse of a stated balance as a note of the report: the rows are booked without it."""
    try:
        with session.begin_nested():
            yield
    except Busy:
        raise
    except FinTwinError as refusal:
        session.connection().execute(
            _NOTED,
            which_import(part["owner"], part["imported"]) | {"part": part["part"], "note": refusal.sentence[:300]},
        )


def give_up_booking(person: int, imported: int, *, reason: str) -> None:
    """Settle an import that cannot be booked further: what was added counts and can be taken back.

    Before its first batch it is ready again, to be added or discarded.
    """
    perform(person, lambda session: _gave_up(session, person, imported, reason))


def _gave_up(session: Session, person: int, imported: int, reason: str) -> None:
    which = which_import(person, imported)
    connection = session.connection()
    status = locked_status(session, which)
    if status == "asked":
        settled = {"status": "ready", "problem": f"This file could not be added. {reason}"[:500]}
    elif status == "booking":
        connection.execute(_NOT_ADDED, which | {"why": f"Not added. {reason}"[:300]})
        settled = {"status": "done", "problem": f"This file was not added to the end. {reason}"[:500]}
    else:
        return
    connection.execute(_GIVEN_UP, which | settled)
    tell(session, Kind.IMPORT, what=imported)
