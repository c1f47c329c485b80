"""The chain of blocks that seals the books: what a block is, its hash, its signature, and a head kept outside.

A leaf names a row and carries the SHA-256 of it. A block holds the leaves of some rows; its root covers every leaf, its
hash the root, the block's own facts and the hash of the block before it, and the hash is signed. So no row, leaf or
block can be changed, taken out or moved without the key.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fintwin.kernel.errors import Invalid

FIRST = bytes(32)
"""The hash before the first block."""

_VERSION = b"fintwin seal 1"
_HEAD = struct.Struct(">BHqq")
_HASH = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Leaf:
    """A row by its table's code, id and line (0 where an id is enough), its owner (0: nobody) and its SHA-256."""

    table: int
    id: int
    line: int
    owner: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A block as it is stored.

    Attributes:
        columns: the JSON of the columns that the leaves' hashes cover.
        reached: JSON, the id up to which each numbered table is sealed with this block.
        heads: per leaf table, line, id and owner.
        hashes: per leaf 32 bytes.
    """

    number: int
    sealed_at: datetime
    columns: str
    rows: int
    reached: str
    previous: bytes
    root: bytes
    hash: bytes
    signature: bytes
    heads: bytes
    hashes: bytes

    def leaves(self) -> Iterator[Leaf]:
        """The leaves in their order; as many as both parts hold whole."""
        hashes = (self.hashes[at : at + _HASH] for at in range(0, len(self.hashes) - _HASH + 1, _HASH))
        whole = len(self.heads) // _HEAD.size * _HEAD.size
        for (table, line, id, owner), digest in zip(_HEAD.iter_unpack(self.heads[:whole]), hashes, strict=False):
            yield Leaf(table, id, line, owner, digest)


@dataclass(frozen=True, slots=True)
class Head:
    """What is kept outside to prove later that nothing was cut off: a block's number, hash and signature."""

    number: int
    hash: bytes
    signature: bytes
    sealed_at: datetime


def encoded(parts: Iterable[bytes]) -> bytes:
    """Parts joined so that no two lists of parts give the same bytes: each is led by its length in eight bytes."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def sealed(
    leaves: Sequence[Leaf],
    *,
    number: int,
    previous: bytes,
    columns: str,
    reached: str,
    sealed_at: datetime,
    signer: Ed25519PrivateKey,
) -> Block:
    """A block over leaves, which it sorts: neighbours share most of their bytes, and the table stores them packed."""
    ordered = sorted(leaves)
    heads = b"".join(_HEAD.pack(leaf.table, leaf.line, leaf.id, leaf.owner) for leaf in ordered)
    hashes = b"".join(leaf.hash for leaf in ordered)
    root = root_of(heads, hashes)
    digest = hash_of(
        number=number,
        sealed_at=sealed_at,
        columns=columns,
        rows=len(ordered),
        reached=reached,
        previous=previous,
        root=root,
    )
    signature = signer.sign(digest)
    return Block(number, sealed_at, columns, len(ordered), reached, previous, root, digest, signature, heads, hashes)


def root_of(heads: bytes, hashes: bytes) -> bytes:
    """What covers every leaf."""
    return hashlib.sha256(encoded([_VERSION, heads, hashes])).digest()


def hash_of(
    *, number: int, sealed_at: datetime, columns: str, rows: int, reached: str, previous: bytes, root: bytes
) -> bytes:
    """What covers the block and, through `previous`, all before it."""
    moment = (sealed_at - _EPOCH) // (datetime.resolution)
    facts = [str(number).encode(), str(moment).encode(), columns.encode(), str(rows).encode(), reached.encode()]
    return hashlib.sha256(encoded([_VERSION, *facts, previous, root])).digest()


def faults(block: Block, *, number: int, previous: bytes, keys: Sequence[Ed25519PublicKey]) -> list[tuple[str, str]]:
    """What is wrong with a block that should be the given one: (rule, why), of the rules of `ledger.seals`."""
    found = []
    if block.number != number:
        found.append(("chain_is_whole", f"block {number} should come before it"))
    elif block.previous != previous:
        found.append(("chain_is_whole", "it does not follow the block before it"))
    if (
        root_of(block.heads, block.hashes) != block.root
        or len(block.heads) != block.rows * _HEAD.size
        or len(block.hashes) != block.rows * _HASH
        or block.hash
        != hash_of(
            number=block.number,
            sealed_at=block.sealed_at,
            columns=block.columns,
            rows=block.rows,
            reached=block.reached,
            previous=block.previous,
            root=block.root,
        )
    ):
        found.append(("block_is_unchanged", "its hash is not that of what it holds"))
    if not signed(block, keys):
        found.append(("block_is_signed", "its signature is not by a key of this FinTwin"))
    return found


def signed(what: Block | Head, keys: Sequence[Ed25519PublicKey]) -> bool:
    """Whether one of the keys has signed its hash."""
    for key in keys:
        try:
            key.verify(what.signature, what.hash)
        except InvalidSignature:
            continue
        return True
    return False


def head_text(head: Head) -> str:
    """A head as the file that people keep."""
    kept = {
        "fintwin": "seal",
        "block": head.number,
        "sealed": head.sealed_at.astimezone(UTC).isoformat(),
        "hash": head.hash.hex(),
        "signature": head.signature.hex(),
    }
    return json.dumps(kept, indent=1) + "\n"


def read_head(text: str) -> Head:
    """A head from its file.

    Raises:
        Invalid: it is not such a file (code `not_a_head`).
    """
    try:
        kept: dict[str, Any] = json.loads(text)
        number, moment = kept["block"], datetime.fromisoformat(kept["sealed"])
        digest, signature = bytes.fromhex(kept["hash"]), bytes.fromhex(kept["signature"])
        whole = kept["fintwin"] == "seal" and type(number) is int and 0 < number < 2**63 and moment.tzinfo is not None
        if not whole or len(digest) != _HASH or len(signature) != 64:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("This is not a head of the seals that FinTwin has written.", code="not_a_head") from None
    return Head(number, digest, signature, moment)
