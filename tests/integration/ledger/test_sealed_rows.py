"""The bytes that a row's hash is taken of say which row it is, and nothing else."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fintwin.db.address import parsed
from fintwin.db.work import system_work
from fintwin.ledger import sealed_rows, sealing, seals

words = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
amounts = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=4, max_value=10**9, min_value=-(10**9))
rows = st.tuples(words, words, amounts, st.none() | st.integers(-(2**63), 2**63 - 1))


def read(form):
    """The values of a row's binary form, each as its type and bytes (None: NULL); the form is used up by them."""
    [count] = struct.unpack_from(">i", form)
    at, found = 4, []
    for _ in range(count):
        kind, length = struct.unpack_from(">Ii", form, at)
        at += 8
        found.append((kind, None if length < 0 else form[at : at + length]))
        at += max(length, 0)
    assert at == len(form)
    return found


@settings(max_examples=150)
@given(rows)
def test_a_row_can_be_read_back_from_its_form(database, row):
    """So two rows never have the same form: joined words, empty against NULL, 1 against 1.0000."""
    with system_work() as session:
        sealed_rows.settle(session)
        form = session.connection().scalar(
            text(
                "SELECT record_send(ROW(CAST(:a AS varchar), CAST(:b AS varchar), CAST(:c AS numeric(20,4)), CAST(:d AS bigint)))"
            ),
            dict(zip("abcd", row, strict=True)),
        )
    one, two, amount, number = (value for _, value in read(bytes(form)))
    assert [None if part is None else part.decode() for part in (one, two)] == list(row[:2])
    assert (amount is None, number is None) == (row[2] is None, row[3] is None)
    if number is not None:
        assert int.from_bytes(number, "big", signed=True) == row[3]
    if amount is not None:
        count, weight, sign, scale, *digits = struct.unpack(f">hhHh{(len(amount) - 8) // 2}h", amount)
        value = sum(digit * 10 ** (4 * (weight - n) + 4) for n, digit in enumerate(digits))
        assert (value * (-1 if sign else 1), scale, count) == (int(row[2] * 10**4), 4, len(digits))


@pytest.mark.parametrize(
    "setting",
    ["client_encoding TO 'LATIN1'", "TimeZone TO 'Asia/Kolkata'", "DateStyle TO 'German'", "bytea_output TO 'escape'"],
)
def test_no_setting_of_the_login_changes_a_hash(person, opened, tmp_path, database, admin, setting):
    who = person()
    opened(who, "10.00", name="Zürich")
    admin("INSERT INTO audit_event (owner, kind, detail) VALUES (:who, 'x', 'Zürich ł')", who=who.person)
    sealing.run(tmp_path)
    with system_work() as session:
        session.connection().exec_driver_sql("SELECT 1")
    engine = create_engine(parsed(database.system_url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET {setting}")
        [(columns,)] = connection.exec_driver_sql("SELECT columns FROM seal_layout").all()
        connection.exec_driver_sql("SET LOCAL client_encoding TO 'UTF8'")
        source = sealed_rows.AUDIT
        query = f"SELECT {sealed_rows.leaf(source, sealed_rows.read_columns(columns))} FROM audit_event x"
        found = [bytes(row[3]) for row in connection.execute(text(query))]
    engine.dispose()
    with system_work() as session:
        sealed = [leaf.hash for block in seals._blocks(session) for leaf in block.leaves() if leaf.table == source.code]
    assert found == sealed != []


def test_a_column_that_comes_later_leaves_old_blocks_alone(person, opened, tmp_path, admin):
    who = person()
    opened(who, "10.00")
    sealing.run(tmp_path)
    admin(
        "ALTER TABLE posting ADD COLUMN later varchar; ALTER TABLE transaction ALTER COLUMN external_reference TYPE text"
    )
    opened(who, "20.00", name="Second")
    sealing.run(tmp_path)
    assert admin("SELECT count(DISTINCT layout), count(*) FROM seal") == [(2, 2)]
    from fintwin.identity import keys

    with system_work(snapshot=True) as session:
        public = [one.public_key() for one in keys.signers(tmp_path, make=False)]
        assert seals.prove(session, keys=public).findings == []


@pytest.mark.parametrize(
    "written",
    [
        "[]",
        "{",
        "1",
        '{"posting": 1}',
        '{"posting": [["a"]]}',
        '{"posting": [["a", "bigint); DROP"]]}',
        '{"posting": [["a\\u0000", "bigint"]]}',
        '{"posting": null}',
        "null",
    ],
)
def test_columns_that_are_none_are_refused(written):
    with pytest.raises(ValueError):
        sealed_rows.read_columns(written)
