"""Which rows are sealed, which of their columns, and how a row becomes a hash.

The hash is taken where the row is: SHA-256 of PostgreSQL's own binary form of the row, in which each value is led by its
type and its length (NULL by -1), so that no two rows have the same form, whatever the session's settings.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.ledger.chain import Leaf


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows are sealed.

    Attributes:
        code: its number in a leaf; never changed, never used again.
        id, line: the columns that name a row (no line: 0).
        owner: the column of its owner; "" for a table that belongs to nobody, whose rows outlive an erasure.
        without: columns that may still change.
        numbered: sealed in the order of its ids; otherwise postings say when.
    """

    code: int
    table: str
    id: str = "id"
    line: str = ""
    owner: str = "owner"
    without: frozenset[str] = frozenset()
    numbered: bool = True

    @property
    def name(self) -> tuple[str, str, str]:
        """Id, line and owner of a row `x` in SQL."""
        return (
            f'x."{self.id}"',
            f'x."{self.line}"' if self.line else "0",
            f'x."{self.owner}"' if self.owner else "0",
        )


POSTING = Source(1, "posting", id="transaction", line="line", numbered=False)
HEADER = Source(2, "transaction", without=frozenset({"status"}), numbered=False)
EVENT = Source(3, "transaction_event")
"""What became of a transaction after it was posted or held; kinds 3 and 4 end one that never got postings."""
ERASURE = Source(4, "erasure", owner="")
AUDIT = Source(5, "audit_event")

SOURCES: Sequence[Source] = (POSTING, HEADER, EVENT, ERASURE, AUDIT)

Columns = Mapping[str, Sequence[tuple[str, str]]]
"""Per table its sealed columns and their types, in the order in which they are hashed."""

_TYPE = re.compile(r"[a-z][a-z ]*(\[\])?")


def present(session: Session) -> tuple[Source, ...]:
    """The sources whose tables this database has."""
    tables = set(session.connection().scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    return tuple(source for source in SOURCES if source.table in tables)


def columns(session: Session) -> str:
    """Every column of every source as the catalogue has it now, as JSON."""
    rows = session.connection().execute(
        text(
            """
            SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = CAST('public' AS regnamespace) AND c.relname = ANY(:tables)
              AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY c.relname, a.attname
            """
        ),
        {"tables": [source.table for source in SOURCES]},
    )
    left_out = {source.table: source.without for source in SOURCES}
    found: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in rows:
        if name not in left_out[table]:
            found.setdefault(table, []).append((name, kind))
    return json.dumps(found, separators=(",", ":"))


def read_columns(written: str) -> Columns:
    """The columns of a block. Its text goes into SQL, so that types are held to what types look like.

    Raises:
        ValueError: this is no such JSON.
    """
    found: Any = json.loads(written)
    try:
        read = {table: [(str(name), str(kind)) for name, kind in listed] for table, listed in found.items()}
    except (AttributeError, TypeError) as fault:
        raise ValueError from fault
    if not all(_TYPE.fullmatch(kind) and "\0" not in name for listed in read.values() for name, kind in listed):
        raise ValueError
    return read


def leaf(source: Source, covered: Columns) -> str:
    """The select list that makes a leaf of a row `x`: id, line, owner, hash. No colon, since one begins a parameter."""
    values = ", ".join(
        f'CAST(x."{name.replace(chr(34), chr(34) * 2)}" AS {kind})' for name, kind in covered[source.table]
    )
    return f"{', '.join(source.name)}, pg_catalog.sha256(pg_catalog.record_send(ROW({values})))".replace(":", "\\:")


def settle(session: Session) -> None:
    """Text is hashed as UTF-8, whatever this login's settings say; for the rest of the transaction."""
    session.connection().exec_driver_sql("SET LOCAL client_encoding TO 'UTF8'")


def by_id(session: Session, source: Source, covered: Columns, ids: Sequence[int]) -> Iterator[Leaf]:
    """Leaves of the rows with these ids, as the rows are now."""
    query = f'SELECT {leaf(source, covered)} FROM "{source.table}" x WHERE x."{source.id}" = ANY(:ids)'  # noqa: S608 - names checked above
    return leaves(source, session.connection().execute(text(query), {"ids": list(ids)}))


def leaves(source: Source, rows: Any) -> Iterator[Leaf]:
    """Rows of `leaf` as leaves."""
    return (Leaf(source.code, id, line, owner, bytes(digest)) for id, line, owner, digest in rows)
