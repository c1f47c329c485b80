"""Tags: words of a person's own on their transactions. Each exists once, whatever its case; an unused one goes."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.ledger.posting import clean

MOST = 20
"""Tags that one transaction may have."""


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
    _lock(session, who, transaction)
    return give(session, who, transaction=transaction, names=[*tags_of(session, who, transaction=transaction), name])


def untag(session: Session, who: Principal, *, transaction: int, name: str) -> list[str]:
    """Take one tag off a transaction; the tags it has then.

    Raises:
        NotFound: `unknown_transaction`.
    """
    _lock(session, who, transaction)
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
    _lock(session, who, transaction)
    connection = session.connection()
    mine = {"owner": who.person, "transaction": transaction}
    before = connection.scalar(text("SELECT meaning_tags(:owner, :transaction)"), mine)
    numbers = made(session, who, names=list(wanted.values()))
    connection.execute(
        text(
            "DELETE FROM tagging WHERE owner = :owner AND transaction = :transaction AND tag <> ALL (CAST(:tags AS bigint[]))"
        ),
        mine | {"tags": numbers},
    )
    connection.execute(
        text(
            "INSERT INTO tagging (owner, transaction, tag) SELECT :owner, :transaction, unnest(CAST(:tags AS bigint[]))"
            " ON CONFLICT DO NOTHING"
        ),
        mine | {"tags": numbers},
    )
    connection.execute(
        text(
            """
            WITH now_is AS (SELECT meaning_tags(:owner, :transaction) AS tags)
            INSERT INTO meaning_past (owner, transaction, what, before, after)
            SELECT :owner, :transaction, 'tags', :before, n.tags FROM now_is n WHERE n.tags <> :before
            """
        ),
        mine | {"before": before},
    )
    connection.execute(
        text(
            """
            DELETE FROM tag g WHERE g.owner = :owner AND NOT EXISTS (SELECT FROM tagging x WHERE x.tag = g.id)
              AND NOT EXISTS (SELECT FROM category_rule_tag r WHERE r.tag = g.id)
            """
        ),
        mine,
    )
    tell(session, Happening.CLASSIFIED, what=transaction)
    return tags_of(session, who, transaction=transaction)


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


def _lock(session: Session, who: Principal, transaction: int) -> None:
    """Let one change of a transaction's tags wait for another: by its meaning's row, since no one locks the books' own."""
    connection = session.connection()
    mine = {"owner": who.person, "transaction": transaction}
    if not connection.scalar(text("SELECT true FROM transaction WHERE owner = :owner AND id = :transaction"), mine):
        raise NotFound("There is no such transaction in your books.", code="unknown_transaction", field="transaction")
    connection.execute(
        text("INSERT INTO classification (owner, transaction) VALUES (:owner, :transaction) ON CONFLICT DO NOTHING"),
        mine,
    )
    connection.execute(
        text("SELECT FROM classification WHERE owner = :owner AND transaction = :transaction FOR UPDATE"), mine
    )


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
