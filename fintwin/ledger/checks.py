"""A check that a person asks for over their own books: the rules, and their rows against the seals.

The worker runs it, since the chain is everybody's and the app may not read it; what it notes belongs to the person.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.work import system_work, work
from fintwin.events.jobs import checkpoint
from fintwin.identity import keys
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict
from fintwin.kernel.ids import reference
from fintwin.ledger import seals, verify
from fintwin.ledger.chain import Head
from fintwin.ledger.sealing import known_head
from fintwin.settings import settings

_PATIENCE = 120
_EVERY = 0.7
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Check:
    """The last check of a person.

    Attributes:
        status: `asked`, `running`, `done` or `failed` (it could not be run; that says nothing of the books).
        at: when it was last heard of.
        done, total: blocks of the chain read, of how many.
        sealed: rows of this person that are as they were sealed.
        rules, held: rules of the books that were tried, and those that hold.
        findings: sentences; none with `done`: the books are whole.
    """

    status: str
    at: datetime
    done: int
    total: int
    sealed: int
    rules: int
    held: int
    findings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a person's books are sealed.

    Attributes:
        entries, sealed: entries of their accounts, and how many of them lie under a block.
        head: of the last block that holds some of their rows; None before the first.
        check: the last one, None where none was asked for.
    """

    entries: int
    sealed: int
    head: Head | None
    check: Check | None


def standing(session: Session, who: Principal) -> Standing:
    """How far the person's books are sealed, and what the last check said."""
    connection = session.connection()
    entries, sealed = connection.execute(
        text(
            """
            SELECT coalesce(sum(a.version), 0), coalesce(sum(least(coalesce(m.version, 0), a.version)), 0)
            FROM account a LEFT JOIN seal_mark m ON m.account = a.id WHERE a.owner = :owner
            """
        ),
        {"owner": who.person},
    ).one()
    block = connection.execute(text("SELECT number, hash, signature, sealed_at FROM own_seal()")).one_or_none()
    row = connection.execute(
        text(
            # One that was not heard of for as long as this lost its worker; `ask_check` takes it for over then too.
            "SELECT CASE WHEN status IN ('asked', 'running') AND heard_at < now() - interval '10 minutes' THEN 'failed' ELSE status END, heard_at, done, total, sealed, rules, held, findings FROM seal_check WHERE owner = :owner"
        ),
        {"owner": who.person},
    ).one_or_none()
    return Standing(
        entries=int(entries),
        sealed=int(sealed),
        head=Head(block.number, bytes(block.hash), bytes(block.signature), block.sealed_at) if block else None,
        check=Check(*row) if row else None,
    )


def ask(session: Session, who: Principal) -> None:
    """Have the worker check this person's books.

    Raises:
        Conflict: a check is under way (code `check_running`).
    """
    if not session.connection().scalar(text("SELECT ask_check()")):
        raise Conflict("Your books are being checked already.", code="check_running")


def check(person: int) -> None:
    """Run the check and note what it finds; in the worker."""
    _note(person, "running")
    broken, rules, named = _rules(person)
    held = rules - len({finding.rule for finding in broken})
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        checkpoint()
        if time.monotonic() - told > _EVERY:
            told = time.monotonic()
            _note(person, "running", done=done, total=total, rules=rules, held=held)

    folder = settings().data_dir
    known = known_head(folder)
    public = [one.public_key() for one in keys.signers(folder, make=False)]
    with system_work(snapshot=True) as session:
        proof = seals.prove(
            session, keys=public, heads=[known] if known else [], owner=person, named=named, told=progress
        )
    sentences = [finding.sentence for finding in (*broken, *proof.findings)]
    _note(
        person,
        "done",
        done=proof.blocks,
        total=proof.blocks,
        sealed=proof.rows,
        rules=rules,
        held=held,
        findings=sentences[:_SHOWN],
    )


def give_up(person: int) -> None:
    """Say that the check could not be run."""
    _note(person, "failed")


def _rules(person: int) -> tuple[list[verify.Finding], int, verify.Named]:
    """What breaks a rule among one person's rows, read as that person; how many rules there are to try; their words."""
    with work(person, read_only=True, repeatable=True, patience=_PATIENCE) as session:
        rows = session.connection().execute(text("SELECT id, name FROM account"))
        names: dict[int, str] = {row.id: row.name for row in rows}

        def named(kind: str, id: int) -> str:
            return reference(id) if kind == "transaction" else names.get(id, str(id))

        found = verify.run_alone(session, named=named)
    return found, sum(rule.alone for rule in verify.RULES), named


def _note(
    person: int,
    status: str,
    *,
    done: int = 0,
    total: int = 0,
    sealed: int = 0,
    rules: int = 0,
    held: int = 0,
    findings: Sequence[str] = (),
) -> None:
    with system_work() as session:
        session.connection().execute(
            text(
                "SELECT note_check(:person, :status, :done, :total, :sealed, :rules, :held, CAST(:findings AS text[]))"
            ),
            {
                "person": person,
                "status": status,
                "done": done,
                "total": total,
                "sealed": sealed,
                "rules": rules,
                "held": held,
                "findings": list(findings),
            },
        )
