"""The sealer: finds what is not sealed yet, however late it was committed, and puts it under the next block.

It runs in the worker, beside the posting path and never on it: a posting writes nothing for it and waits for nothing of
it. Where to go on is read from the rows, so that it survives a kill at any point and a restore into another cluster.
"""

import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fintwin.db.work import sqlstate, system_work
from fintwin.events.jobs import checkpoint
from fintwin.identity import keys
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import Misconfigured
from fintwin.ledger import sealed_rows
from fintwin.ledger.chain import FIRST, Block, Head, Leaf, head_text, read_head, sealed, signed
from fintwin.ledger.sealed_rows import EVENT, HEADER, POSTING, Columns, Source

ROWS = 4_000
"""Postings, or rows of a numbered table, in a block at most; the headers come on top."""
BLOCKS = 50
"""Blocks of one run at most."""
HEAD = "seal.head"
"""The newest head in the data directory: outside of the database, so that it tells when blocks were cut off there."""

_LOCKED = "55P03"
_PATIENCE = 2.0
_LOOK = 0.02


@dataclass(frozen=True, slots=True)
class _Range:
    """Versions of an account that are not sealed yet: above `low`, up to `high`."""

    account: int
    low: int
    high: int


def run(folder: Path, *, most: int = BLOCKS, rows: int = ROWS, clock: Clock = system_clock) -> int:
    """Seal what is not sealed yet, each block in a unit of its own, at most so many blocks; how many were made.

    Args:
        folder: the data directory, with the key and the newest head.

    Raises:
        Misconfigured: the key of the last block is not here, or blocks are gone that were here before. Sealing on
            would hide that.
    """
    _refuse_broken(folder)
    made = 0
    while made < most:
        try:
            with system_work() as session:
                block = _next_block(session, folder, rows=rows, clock=clock)
        except DBAPIError as fault:
            if sqlstate(fault) != _LOCKED:
                raise
            break  # somebody is being erased; the next run goes on
        if block is None:
            break
        _keep_head(folder, Head(block.number, block.hash, block.signature, block.sealed_at))
        made += 1
        checkpoint()
    return made


def last_head(session: Session) -> Head | None:
    """The newest block's head; None before the first."""
    return head_at(session, None)


def head_at(session: Session, number: int | None) -> Head | None:
    """The head of one block, or of the newest."""
    row = (
        session.connection()
        .execute(
            text(
                "SELECT number, hash, signature, sealed_at FROM seal"
                " WHERE CAST(:number AS bigint) IS NULL OR number = :number ORDER BY number DESC LIMIT 1"
            ),
            {"number": number},
        )
        .one_or_none()
    )
    return None if row is None else Head(row.number, bytes(row.hash), bytes(row.signature), row.sealed_at)


def known_head(folder: Path) -> Head | None:
    """The newest head that was ever written here; None before the first.

    Raises:
        Invalid: the file is there, but is none.
    """
    path = folder / HEAD
    return read_head(path.read_text()) if path.exists() else None


def _refuse_broken(folder: Path) -> None:
    known = known_head(folder)
    with system_work() as session:
        last = last_head(session)
        same = known is None or ((found := head_at(session, known.number)) is not None and found.hash == known.hash)
    if not same and known is not None:
        raise Misconfigured(
            f"Block {known.number} was sealed here and is not in the database any more. `fintwin verify` says what is"
            f" missing. If older books were brought back on purpose, move {folder / HEAD} away.",
            code="seals_cut_off",
        )
    signers = keys.signers(folder, make=last is None)
    if last is not None and not signed(last, [one.public_key() for one in signers]):
        raise Misconfigured(
            f"The books were sealed with a key that is not in {folder / keys.SEALS}. Restore it from a backup.",
            code="seal_key",
        )


def _next_block(session: Session, folder: Path, *, rows: int, clock: Clock) -> Block | None:
    sealed_rows.settle(session)
    connection = session.connection()
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('append_seal'))"))
    last = last_head(session)
    written = sealed_rows.columns(session)
    covered = sealed_rows.read_columns(written)
    ranges = _behind(session, rows)
    leaves = list(_posted(session, covered, ranges))
    before = _reached(session)
    reached = dict(before)
    for source in sealed_rows.present(session):
        if source.numbered:
            after = before.get(source.table, 0)
            found, reached[source.table] = _numbered(session, source, covered, after=after, most=rows)
            leaves += found
            if source is EVENT and found:
                leaves += _failed(session, covered, found)
    if not leaves and not ranges:
        return None
    [signer, *_] = keys.signers(folder, make=False)
    block = sealed(
        leaves,
        number=last.number + 1 if last else 1,
        previous=last.hash if last else FIRST,
        columns=written,
        reached=json.dumps(reached, sort_keys=True, separators=(",", ":")),
        sealed_at=clock(),
        signer=signer,
    )
    _append(session, block, ranges)
    return block


def _behind(session: Session, most: int) -> list[_Range]:
    """Accounts with postings that are not sealed, with so many of them in all.

    An account's versions are given out one by one under its lock, so all up to its own are visible with it.
    """
    found = session.connection().execute(
        text(
            """
            SELECT a.id, coalesce(m.version, 0) AS low, a.version AS high
            FROM account a LEFT JOIN seal_mark m ON m.account = a.id
            WHERE a.version > coalesce(m.version, 0) ORDER BY a.id LIMIT :most
            """
        ),
        {"most": most},
    )
    ranges, left = [], most
    for account, low, high in found:
        if left <= 0:
            break
        ranges.append(_Range(account, low, min(high, low + left)))
        left -= high - low
    return ranges


def _posted(session: Session, covered: Columns, ranges: Sequence[_Range]) -> Iterator[Leaf]:
    """Postings of these ranges, and the headers of which they are the first line.

    A posting between two real accounts is sealed with the debited one.
    """
    if not ranges:
        return
    made = sealed_rows.leaf(POSTING, covered)
    # OFFSET 0: one look into the index per account, whatever the planner thinks of the join.
    query = f"""
        SELECT l.* FROM unnest(:accounts, :lows, :highs) r (account, low, high) CROSS JOIN LATERAL (
          SELECT {made} FROM posting x
          WHERE x.debit = r.account AND x.debit_version > r.low AND x.debit_version <= r.high OFFSET 0) l
        UNION ALL
        SELECT l.* FROM unnest(:accounts, :lows, :highs) r (account, low, high) CROSS JOIN LATERAL (
          SELECT {made} FROM posting x
          WHERE x.credit = r.account AND x.credit_version > r.low AND x.credit_version <= r.high
            AND x.debit_version IS NULL OFFSET 0) l
        """  # noqa: S608 - names of the catalogue
    values = {
        "accounts": [one.account for one in ranges],
        "lows": [one.low for one in ranges],
        "highs": [one.high for one in ranges],
    }
    first = []
    for leaf in sealed_rows.leaves(POSTING, session.connection().execute(text(query), values)):
        if leaf.line == 1:
            first.append(leaf.id)
        yield leaf
    yield from sealed_rows.by_id(session, HEADER, covered, first)


def _numbered(session: Session, source: Source, covered: Columns, *, after: int, most: int) -> tuple[list[Leaf], int]:
    """Rows of a numbered table above an id, and the id up to which all are in hand."""
    high = _settled(session, source, after)
    if high == after:
        return [], after
    query = f"""
        SELECT {sealed_rows.leaf(source, covered)} FROM "{source.table}" x
        WHERE x."{source.id}" > :after AND x."{source.id}" <= :high ORDER BY x."{source.id}" LIMIT :most
        """  # noqa: S608 - names of the catalogue
    rows = session.connection().execute(text(query), {"after": after, "high": high, "most": most})
    found = list(sealed_rows.leaves(source, rows))
    return found, found[-1].id if len(found) == most else high


def _settled(session: Session, source: Source, after: int) -> int:
    """The highest visible id, once whoever could still commit a lower one has ended; `after` where one takes too long.

    A row takes its number under its writer's lock on the table. So whoever has a number below one that is visible, and
    is not visible, holds that lock when the locks are read after it.
    """
    high = session.connection().scalar(
        text(f'SELECT max("{source.id}") FROM "{source.table}" WHERE "{source.id}" > :after'),  # noqa: S608 - a constant
        {"after": after},
    )
    if high is None:
        return after
    waiting = _writers(session, source.table)
    until = time.monotonic() + _PATIENCE
    while waiting and time.monotonic() < until:
        time.sleep(_LOOK)
        waiting &= _writers(session, source.table)
    return after if waiting else int(high)


def _writers(session: Session, table: str) -> set[str]:
    rows = session.connection().scalars(
        text(
            """
            SELECT virtualtransaction FROM pg_locks
            WHERE locktype = 'relation' AND relation = to_regclass(:name) AND granted
              AND mode NOT IN ('AccessShareLock', 'RowShareLock')
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        ),
        {"name": f"public.{table}"},
    )
    return set(rows)


def _failed(session: Session, covered: Columns, events: Sequence[Leaf]) -> Iterator[Leaf]:
    """Headers of transactions that ended without a posting: they are final with the event that says so."""
    ended = session.connection().scalars(
        text("SELECT transaction FROM transaction_event WHERE id = ANY(:ids) AND kind IN (3, 4)"),
        {"ids": [event.id for event in events]},
    )
    return sealed_rows.by_id(session, HEADER, covered, list(ended))


def _reached(session: Session) -> dict[str, int]:
    written = session.connection().scalar(text("SELECT reached FROM seal ORDER BY number DESC LIMIT 1"))
    found: dict[str, int] = json.loads(written) if written else {}
    return found


def _append(session: Session, block: Block, ranges: Sequence[_Range]) -> None:
    layout = session.connection().scalar(text("SELECT seal_layout_number(:columns)"), {"columns": block.columns})
    values: dict[str, Any] = {
        name: getattr(block, name)
        for name in (
            "number",
            "sealed_at",
            "rows",
            "reached",
            "previous",
            "root",
            "hash",
            "signature",
            "heads",
            "hashes",
        )
    }
    session.connection().execute(
        text(
            """
            SELECT append_seal(
              CAST(ROW(:number, :sealed_at, :layout, :rows, :reached, :previous, :root, :hash, :signature, :heads, :hashes) AS seal),
              CAST(:accounts AS bigint[]), CAST(:versions AS bigint[]))
            """
        ),
        values
        | {
            "layout": layout,
            "accounts": [one.account for one in ranges],
            "versions": [one.high for one in ranges],
        },
    )


def _keep_head(folder: Path, head: Head) -> None:
    fresh = folder / f"{HEAD}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(head_text(head))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / HEAD)
