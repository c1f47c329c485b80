"""Tags: words of a person's own on their transactions. Each exists once, whatever its case; an unused one goes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.ledger.posting import clean

MOST = 20
"""Tags that one transaction may have."""


_GIVEN = "jsonb_to_recordset(CAST(:given AS jsonb)) AS m (transaction bigint, name text)"
_STANDING = text(
    "SELECT meaning_tags(:owner, n) FROM unnest(CAST(:numbers AS bigint[])) WITH ORDINALITY u (n, place) ORDER BY place"
)
_TAKE_OFF = text(
    f"""
    DELETE FROM tagging x USING tag g
    WHERE x.owner = :owner AND x.transaction = ANY (CAST(:numbers AS bigint[])) AND g.id = x.tag
      AND NOT EXISTS (SELECT FROM {_GIVEN} WHERE m.transaction = x.transaction AND lower(m.name) = lower(g.name))
    """  # noqa: S608 - a constant of this module
)
_PUT_ON = text(
    f"""
    INSERT INTO tagging (owner, transaction, tag)
    SELECT :owner, m.transaction, g.id FROM {_GIVEN} JOIN tag g ON g.owner = :owner AND lower(g.name) = lower(m.name)
    ON CONFLICT DO NOTHING
    """  # noqa: S608 - as above
)
_KEEP_PAST = text(
    """
    INSERT INTO meaning_past (owner, transaction, what, before, after)
    SELECT :owner, u.n, 'tags', u.before, u.after
    FROM (SELECT x.n, x.before, meaning_tags(:owner, x.n) AS after
          FROM unnest(CAST(:numbers AS bigint[]), CAST(:before AS text[])) x (n, before) OFFSET 0) u
    WHERE u.after <> u.before
    """
)
_SWEEP = text(
    """
    DELETE FROM tag g WHERE g.owner = :owner AND NOT EXISTS (SELECT FROM tagging x WHERE x.tag = g.id)
      AND NOT EXISTS (SELECT FROM category_rule_tag r WHERE r.tag = g.id)
    """
)


def tags(session: Session, who: Principal, *, most: int = 200) -> list[str]:
    """A person's tags, those used most first."""
    rows = session.connection().scalars(
        text(
            "SELECT g.name FROM tag g LEFT JOIN tagging x ON x.tag = g.id WHERE g.owner = :owner"
            " GROUP BY g.id, g.name ORDER BY count(x.tag) DESC, lower(g.name) LIMIT :most"
        ),
        {"owner": who.person, "most": most},
    )
    return list(rows)


def tags_of(session: Session, who: Principal, *, transaction: int) -> list[str]:
    """The tags of one transaction, by name; empty where it is not in this person's books."""
    rows = session.connection().scalars(
        text(
            "SELECT g.name FROM tagging x JOIN tag g ON g.id = x.tag"
            " WHERE x.owner = :owner AND x.transaction = :transaction ORDER BY lower(g.name)"
        ),
        {"owner": who.person, "transaction": transaction},
    )
    return list(rows)


def tag(session: Session, who: Principal, *, transaction: int, name: str) -> list[str]:
    """Add one tag to a transaction, a new one is made; the tags it has then.

    Raises:
        NotFound: `unknown_transaction`.
        Invalid: no name, a longer one than 40 characters, or too many tags (`too_many_tags`).
    """
    _lock(session, who, [transaction])
    return give(session, who, transaction=transaction, names=[*tags_of(session, who, transaction=transaction), name])


def untag(session: Session, who: Principal, *, transaction: int, name: str) -> list[str]:
    """Take one tag off a transaction; the tags it has then.

    Raises:
        NotFound: `unknown_transaction`.
    """
    _lock(session, who, [transaction])
    left = [one for one in tags_of(session, who, transaction=transaction) if one.lower() != name.strip().lower()]
    return give(session, who, transaction=transaction, names=left)


def give(session: Session, who: Principal, *, transaction: int, names: Sequence[str]) -> list[str]:
    """Let a transaction have exactly these tags; earlier ones go to its history.

    Raises:
        NotFound: `unknown_transaction`.
        Invalid: as `tag`.
    """
    wanted: dict[str, str] = {}
    for name in names:
        bare = checked(name)
        wanted.setdefault(bare.lower(), bare)
    if len(wanted) > MOST:
        raise Invalid(f"A transaction has at most {MOST} tags.", code="too_many_tags", field="tag")
    _lock(session, who, [transaction])
    _put(session, who, {transaction: list(wanted.values())})
    tell(session, Happening.CLASSIFIED, what=transaction)
    return tags_of(session, who, transaction=transaction)


def put_back(session: Session, who: Principal, *, kept: Mapping[int, Sequence[str]]) -> None:
    """Let transactions have exactly the tags that a history keeps of each; those of now go to it.

    Raises:
        NotFound: `unknown_transaction`.
    """
    if kept:
        _lock(session, who, list(kept))
        _put(session, who, kept)


def made(session: Session, who: Principal, *, names: Sequence[str]) -> list[int]:
    """The ids of tags by name, whatever its case; those that are missing are made."""
    if not names:
        return []
    connection = session.connection()
    mine = {"owner": who.person, "names": list(names)}
    connection.execute(
        text(
            "INSERT INTO tag (owner, name) SELECT :owner, unnest(CAST(:names AS text[])) ON CONFLICT (owner, lower(name)) DO NOTHING"
        ),
        mine,
    )
    found = connection.scalars(
        text(
            "SELECT id FROM tag WHERE owner = :owner AND lower(name) IN (SELECT lower(n) FROM unnest(CAST(:names AS text[])) n)"
        ),
        mine,
    )
    return list(found)


def _lock(session: Session, who: Principal, transactions: Sequence[int]) -> None:
    """Let one change of transactions' tags wait for another: by their meanings' rows, since no one locks the books' own."""
    connection = session.connection()
    mine = {"owner": who.person, "numbers": list(transactions)}
    if not connection.scalar(
        text("SELECT bool_and(own_transaction(n)) FROM unnest(CAST(:numbers AS bigint[])) n"), mine
    ):
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    connection.execute(
        text(
            "INSERT INTO classification (owner, transaction) SELECT :owner, n FROM unnest(CAST(:numbers AS bigint[])) n"
            " ORDER BY n ON CONFLICT DO NOTHING"
        ),
        mine,
    )
    connection.execute(
        text(
            "SELECT FROM classification WHERE owner = :owner AND transaction = ANY (CAST(:numbers AS bigint[]))"
            " ORDER BY transaction FOR UPDATE"
        ),
        mine,
    )


def _put(session: Session, who: Principal, wanted: Mapping[int, Sequence[str]]) -> None:
    """Let transactions have these tags and no others; what is in no use any more goes."""
    connection = session.connection()
    values: dict[str, Any] = {
        "owner": who.person,
        "numbers": list(wanted),
        "given": json.dumps([{"transaction": at, "name": name} for at, names in wanted.items() for name in names]),
    }
    values["before"] = list(connection.scalars(_STANDING, values))
    made(session, who, names=sorted({name for names in wanted.values() for name in names}))
    for step in (_TAKE_OFF, _PUT_ON, _KEEP_PAST, _SWEEP):
        connection.execute(step, values)


def checked(name: str, *, field: str = "tag") -> str:
    """A tag's name as it is kept: one line without a leading #.

    Raises:
        Invalid: nothing is left (`no_name`), it has a comma (`bad_name`), or it is too long.
    """
    bare = clean(name.strip().lstrip("#"), most=40, field=field)
    if bare is None:
        raise Invalid("Write a word for the tag.", code="no_name", field=field)
    if "," in bare:
        raise Invalid("A tag has no comma.", code="bad_name", field=field)
    return bare
