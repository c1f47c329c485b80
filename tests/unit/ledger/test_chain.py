"""A block's bytes say one thing only, and every part of it is under its signature."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.ledger import chain
from fintwin.ledger.chain import FIRST, Head, Leaf

NOW = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = [SIGNER.public_key()]

parts = st.lists(st.binary(max_size=12), max_size=5)
numbers = st.integers(0, 2**63 - 1)
leaves = st.lists(
    st.builds(Leaf, st.integers(1, 255), numbers, st.integers(0, 32767), numbers, st.binary(min_size=32, max_size=32)),
    max_size=8,
    unique=True,
)


def block(some=(), **more):
    facts = {"number": 1, "previous": FIRST, "columns": "{}", "reached": "{}", "sealed_at": NOW, "signer": SIGNER}
    return chain.sealed(list(some), **(facts | more))


def decoded(data):
    """What `encoded` wrote, read back."""
    found = []
    while data:
        length, data = int.from_bytes(data[:8], "big"), data[8:]
        found.append(data[:length])
        data = data[length:]
    return found


@given(parts)
def test_what_was_encoded_can_be_read_in_one_way_only(some):
    assert decoded(chain.encoded(some)) == some


@given(parts, parts)
def test_other_parts_have_other_bytes(one, other):
    assert (chain.encoded(one) == chain.encoded(other)) == (one == other)


@given(leaves)
def test_a_block_holds_its_leaves(some):
    made = block(some)
    assert list(made.leaves()) == sorted(some)
    assert made.rows == len(some)
    assert chain.faults(made, number=1, previous=FIRST, keys=KEYS) == []


@given(leaves, leaves)
def test_other_leaves_have_another_hash(one, other):
    assert (block(one).hash == block(other).hash) == (sorted(one) == sorted(other))


LEAF = Leaf(1, 7, 1, 3, bytes(32))


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 2},
        {"sealed_at": NOW + timedelta(microseconds=1)},
        {"columns": "{} "},
        {"reached": '{"erasure":1}'},
        {"rows": 2},
        {"root": bytes(32)},
        {"hash": bytes(32)},
        {"signature": bytes(64)},
        {"previous": bytes([1]) * 32},
        {"heads": b""},
        {"hashes": bytes([1]) * 32},
        {"heads": b"", "hashes": b"", "rows": 0},
    ],
    ids="+".join,
)
def test_every_part_of_a_block_is_held(changes):
    assert chain.faults(replace(block([LEAF]), **changes), number=1, previous=FIRST, keys=KEYS)


def test_a_block_of_another_key_or_place_is_refused():
    made = block([LEAF])
    other = [Ed25519PrivateKey.generate().public_key()]
    assert [rule for rule, _ in chain.faults(made, number=1, previous=FIRST, keys=other)] == ["block_is_signed"]
    assert [rule for rule, _ in chain.faults(made, number=1, previous=FIRST, keys=[])] == ["block_is_signed"]
    assert [rule for rule, _ in chain.faults(made, number=2, previous=FIRST, keys=KEYS)] == ["chain_is_whole"]
    assert [rule for rule, _ in chain.faults(made, number=1, previous=bytes(31) + b"x", keys=KEYS)] == [
        "chain_is_whole"
    ]


def test_the_moment_counts_whatever_its_zone():
    there = NOW.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)
    assert block([LEAF], sealed_at=there).hash == block([LEAF]).hash


def test_a_head_comes_back_from_its_file():
    made = block([LEAF])
    head = Head(made.number, made.hash, made.signature, made.sealed_at)
    assert chain.read_head(chain.head_text(head)) == head
    assert chain.signed(head, KEYS)


@given(st.text(max_size=60) | st.just("[" * 5000) | st.just('{"fintwin": "seal"}') | st.just("{}"))
def test_any_other_file_is_refused(written):
    with pytest.raises(Invalid):
        chain.read_head(written)
