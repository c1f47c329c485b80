"""Proof that nothing sealed was changed, removed, added to, moved or cut off: every block and every row behind it.

Memory is bounded: blocks are read a few at a time, and what was seen is kept as one bit per row.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text
from sqlmodel import Session

from fintwin.ledger import sealed_rows
from fintwin.ledger.chain import FIRST, Block, Head, Leaf, faults, signed
from fintwin.ledger.sealed_rows import ERASURE, EVENT, HEADER, POSTING, SOURCES, Columns, Source
from fintwin.ledger.sealing import last_head
from fintwin.ledger.verify import MOST, Finding, Named, by_id

RULES = (
    "chain_is_whole",
    "block_is_unchanged",
    "block_is_signed",
    "sealed_is_unchanged",
    "sealed_is_there",
    "sealed_is_all",
    "erased_is_whole",
    "head_is_kept",
)
"""What holds of whole seals."""

_AT_A_TIME = 8
_KINDS = {source.code: source for source in SOURCES}
_WORDS = {
    "posting": "Transaction {id}, line {line}",
    "transaction": "Transaction {id}",
    "transaction_event": "Event {id} of a transaction",
    "erasure": "Erasure {id}",
    "audit_event": "Audit entry {id}",
}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check has read and found.

    Attributes:
        blocks, rows: blocks of the chain, and sealed rows that are as they were.
        waiting: entries of accounts that are not sealed yet.
        last: the newest head.
    """

    findings: Sequence[Finding]
    blocks: int
    rows: int
    waiting: int
    last: Head | None


def prove(
    session: Session,
    *,
    keys: Sequence[Ed25519PublicKey],
    heads: Sequence[Head] = (),
    owner: int | None = None,
    named: Named = by_id,
    told: Progress = lambda _done, _all: None,
) -> Proof:
    """Check the whole chain and the rows behind it, in a session of `system_work` that is a snapshot.

    Args:
        keys: the public keys that blocks may be signed with.
        heads: kept outside; each must be in the chain.
        owner: look at the rows of one person only; the chain is checked whole all the same.
        named: how a sentence names a transaction.
        told: called with the blocks that are done and all there are.
    """
    sealed_rows.settle(session)
    return _Check(session, keys, heads, owner, named).run(told)


class _Seen:
    """A set of ids as bits, in pieces, so that a far id costs no more than a near one."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int, int], bytearray] = {}

    def add(self, table: int, line: int, id: int) -> None:
        at, bit = divmod(id, 1 << 16)
        piece = self._pieces.get((table, line, at))
        if piece is None:
            piece = self._pieces[table, line, at] = bytearray(1 << 13)
        piece[bit >> 3] |= 1 << (bit & 7)

    def has(self, table: int, line: int, id: int) -> bool:
        at, bit = divmod(id, 1 << 16)
        piece = self._pieces.get((table, line, at))
        return piece is not None and bool(piece[bit >> 3] >> (bit & 7) & 1)


class _Check:
    """One run over the chain."""

    def __init__(
        self,
        session: Session,
        keys: Sequence[Ed25519PublicKey],
        heads: Sequence[Head],
        owner: int | None,
        named: Named,
    ) -> None:
        self._session = session
        self._keys = keys
        self._owner = owner
        self._named = named
        self._heads = {head.number: head for head in heads}
        self._all_heads = heads
        self._known = {source.code: source for source in sealed_rows.present(session)}
        self._erased = set(session.connection().scalars(text("SELECT person FROM erasure")))
        self._seen = _Seen()
        self._findings: list[Finding] = []
        self._counted: Counter[str] = Counter()
        self._rows = 0

    def run(self, told: Progress) -> Proof:
        total = int(self._session.connection().scalar(text("SELECT count(*) FROM seal")) or 0)
        done, number, previous, reached = 0, 1, FIRST, dict[str, int]()
        hashes: dict[int, bytes] = {}
        for block in _blocks(self._session):
            for rule, why in faults(block, number=number, previous=previous, keys=self._keys):
                self._found(rule, f"Block {block.number}: {why}.", "seal", block.number)
            if block.number in self._heads:
                hashes[block.number] = block.hash
            reached = self._numbers(block, reached)
            self._rows_of(block)
            number, previous, done = block.number + 1, block.hash, done + 1
            told(done, total)
        for head in self._all_heads:
            self._head(head, hashes.get(head.number))
        self._all_sealed(reached)
        return Proof(self._findings, done, self._rows, self._waiting(), last_head(self._session))

    def _found(self, rule: str, sentence: str, table: str, id: int) -> None:
        self._counted[rule] += 1
        if self._counted[rule] <= MOST:
            self._findings.append(Finding(rule, sentence, table, id))

    def _row(self, rule: str, source: Source, id: int, line: int, why: str) -> None:
        who = _WORDS[source.table].format(
            id=self._named("transaction", id) if source in (POSTING, HEADER) else id, line=line
        )
        self._found(rule, f"{who}: {why}.", source.table, id)

    def _numbers(self, block: Block, before: dict[str, int]) -> dict[str, int]:
        """How far the block says numbered tables are sealed; never less far than the block before it."""
        try:
            found = {str(name): int(high) for name, high in json.loads(block.reached).items()}
        except (ValueError, AttributeError, TypeError):
            found = {}
        if any(found.get(name, 0) < high for name, high in before.items()):
            self._found(
                "block_is_unchanged",
                f"Block {block.number}: it seals less of a table than the block before it.",
                "seal",
                block.number,
            )
        return {name: max(high, before.get(name, 0)) for name, high in (before | found).items()}

    def _rows_of(self, block: Block) -> None:
        try:
            covered = sealed_rows.read_columns(block.columns)
        except ValueError:
            self._found(
                "block_is_unchanged",
                f"Block {block.number}: what its hashes cover cannot be read.",
                "seal",
                block.number,
            )
            return
        mine = (leaf for leaf in block.leaves() if self._owner is None or leaf.owner == self._owner)
        for code, leaves in groupby(mine, key=lambda leaf: leaf.table):
            source = self._known.get(code)
            if source is None or source.table not in covered:
                self._found(
                    "block_is_unchanged",
                    f"Block {block.number}: it holds rows of a table that is not here.",
                    "seal",
                    block.number,
                )
            else:
                self._compare(block, source, covered, list(leaves))

    def _compare(self, block: Block, source: Source, covered: Columns, leaves: Sequence[Leaf]) -> None:
        """Each leaf against its row as it is now."""
        ids = list({leaf.id for leaf in leaves})
        now = {(row.id, row.line): row for row in sealed_rows.by_id(self._session, source, covered, ids)}
        for leaf in leaves:
            self._seen.add(source.code, leaf.line, leaf.id)
            row = now.get((leaf.id, leaf.line))
            erased = leaf.owner in self._erased and source is not ERASURE
            if row == leaf and not erased:
                self._rows += 1
            elif row is None and not erased:
                self._row(
                    "sealed_is_there", source, leaf.id, leaf.line, f"sealed in block {block.number}, but it is gone"
                )
            elif row is not None and erased:
                self._row(
                    "erased_is_whole", source, leaf.id, leaf.line, f"person {leaf.owner} is erased, but this is left"
                )
            elif row is not None:
                self._row(
                    "sealed_is_unchanged",
                    source,
                    leaf.id,
                    leaf.line,
                    f"it is not as it was sealed in block {block.number}",
                )

    def _head(self, head: Head, found: bytes | None) -> None:
        if not signed(head, self._keys):
            why = "the head kept of it is not signed by a key of this FinTwin"
        elif found is None:
            why = "a head was kept of it, but it is not in the chain: the newest blocks were cut off"
        elif found != head.hash:
            why = "it is not the block of which a head was kept: the chain was made anew"
        else:
            return
        self._found("head_is_kept", f"Block {head.number}: {why}.", "seal", head.number)

    def _all_sealed(self, reached: dict[str, int]) -> None:
        """Every row in the range that is sealed has its leaf: nothing was slipped in behind."""
        why = "it stands among sealed rows, but was never sealed"
        for id, line in self._ids(
            """
            SELECT x.transaction, x.line FROM posting x
            JOIN seal_mark m ON m.account = CASE WHEN x.debit_version IS NOT NULL THEN x.debit ELSE x.credit END
            WHERE coalesce(x.debit_version, x.credit_version) <= m.version
            """
        ):
            if not self._seen.has(POSTING.code, line, id):
                self._row("sealed_is_all", POSTING, id, line, why)
            if line == 1 and not self._seen.has(HEADER.code, 0, id):
                self._row("sealed_is_all", HEADER, id, 0, why)
        for source in self._known.values():
            if not source.numbered or (self._owner is not None and not source.owner):
                continue
            high = reached.get(source.table, 0)
            for id, _ in self._ids(f'SELECT x.id, 0 FROM "{source.table}" x WHERE x.id <= :high', high=high):  # noqa: S608 - a constant
                if not self._seen.has(source.code, 0, id):
                    self._row("sealed_is_all", source, id, 0, why)
        if EVENT.code in self._known:
            ended = "SELECT x.transaction, 0 FROM transaction_event x WHERE x.kind IN (3, 4) AND x.id <= :high"
            for id, _ in self._ids(ended, high=reached.get(EVENT.table, 0)):
                if not self._seen.has(HEADER.code, 0, id):
                    self._row("sealed_is_all", HEADER, id, 0, why)

    def _ids(self, query: str, **values: int) -> Iterator[tuple[int, int]]:
        if self._owner is not None:
            query += " AND x.owner = :owner"
            values["owner"] = self._owner
        rows = self._session.connection().execute(
            text(query), values, execution_options={"stream_results": True, "max_row_buffer": 5000}
        )
        return ((id, line) for id, line in rows)

    def _waiting(self) -> int:
        return int(
            self._session.connection().scalar(
                text(
                    """
                    SELECT coalesce(sum(a.version - coalesce(m.version, 0)), 0)
                    FROM account a LEFT JOIN seal_mark m ON m.account = a.id
                    WHERE a.version > coalesce(m.version, 0) AND (CAST(:owner AS bigint) IS NULL OR a.owner = :owner)
                    """
                ),
                {"owner": self._owner},
            )
            or 0
        )


def _blocks(session: Session) -> Iterator[Block]:
    """Every block in order, a few at a time."""
    query = text(
        """
        SELECT s.number, s.sealed_at, coalesce(l.columns, '') AS columns, s.rows, s.reached, s.previous, s.root, s.hash,
               s.signature, s.heads, s.hashes
        FROM seal s LEFT JOIN seal_layout l ON l.id = s.layout
        WHERE s.number > :after ORDER BY s.number LIMIT :most
        """
    )
    after: int | None = 0
    while after is not None:
        rows = session.connection().execute(query, {"after": after, "most": _AT_A_TIME}).all()
        after = None
        for row in rows:
            after = row.number
            yield Block(
                number=row.number,
                sealed_at=row.sealed_at,
                columns=row.columns,
                rows=row.rows,
                reached=row.reached,
                previous=bytes(row.previous),
                root=bytes(row.root),
                hash=bytes(row.hash),
                signature=bytes(row.signature),
                heads=bytes(row.heads),
                hashes=bytes(row.hashes),
            )
