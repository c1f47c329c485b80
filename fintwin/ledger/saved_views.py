"""Views of the register that a person keeps under a name."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, Invalid, NotFound, Refused
from fintwin.ledger.posting import clean

MOST = 30
LONGEST_QUERY = 600


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name and the query of the register's address."""

    id: int
    name: str
    query: str


def views(session: Session, who: Principal) -> list[SavedView]:
    """All views of a person, by name."""
    rows = session.connection().execute(
        text("SELECT id, name, query FROM saved_view WHERE owner = :owner ORDER BY lower(name), id"),
        {"owner": who.person},
    )
    return [SavedView(*row) for row in rows]


def keep(session: Session, who: Principal, *, name: str, query: str) -> SavedView:
    """Keep a view under a new name.

    Raises:
        Invalid: no name, or a name or query that is too long.
        Conflict: there is a view of this name (`name_taken`).
        Refused: there are MOST already (`too_many_views`).
    """
    called, asked = _name(name), _query(query)
    mine = {"owner": who.person, "name": called, "query": asked}
    if (session.connection().scalar(text("SELECT count(*) FROM saved_view WHERE owner = :owner"), mine) or 0) >= MOST:
        raise Refused(f"There are {MOST} views already. Delete one first.", code="too_many_views", field="name")
    found = session.connection().scalar(
        text(
            "INSERT INTO saved_view (owner, name, query) VALUES (:owner, :name, :query)"
            " ON CONFLICT DO NOTHING RETURNING id"
        ),
        mine,
    )
    if found is None:
        raise _taken()
    return SavedView(found, called, asked)


def rename(session: Session, who: Principal, *, view: int, name: str) -> None:
    """Call a view something else.

    Raises:
        Invalid: no name, or one that is too long.
        NotFound: not one of this person's (`unknown_view`).
        Conflict: there is another view of this name (`name_taken`).
    """
    mine = {"owner": who.person, "view": view, "name": _name(name)}
    if session.connection().scalar(
        text("SELECT true FROM saved_view WHERE owner = :owner AND lower(name) = lower(:name) AND id <> :view"), mine
    ):
        raise _taken()
    changed = session.connection().execute(
        text("UPDATE saved_view SET name = :name WHERE owner = :owner AND id = :view"), mine
    )
    if not changed.rowcount:
        raise _unknown()


def drop(session: Session, who: Principal, *, view: int) -> SavedView:
    """Delete a view; what it was, so that `keep` can bring it back.

    Raises:
        NotFound: not one of this person's (`unknown_view`).
    """
    row = (
        session.connection()
        .execute(
            text("DELETE FROM saved_view WHERE owner = :owner AND id = :view RETURNING id, name, query"),
            {"owner": who.person, "view": view},
        )
        .first()
    )
    if row is None:
        raise _unknown()
    return SavedView(*row)


def _name(name: str) -> str:
    called = clean(name, most=40, field="name")
    if called is None:
        raise Invalid("Give the view a name.", code="no_name", field="name")
    return called


def _query(query: str) -> str:
    """The query in one canonical writing; only names and values."""
    asked = urlencode(parse_qsl(query.lstrip("?"), max_num_fields=20)) if len(query) <= LONGEST_QUERY else None
    if asked is None or len(asked) > LONGEST_QUERY or not asked.isascii():
        raise Invalid("This view is too long to be kept.", code="query_too_long", field="name")
    return asked


def _taken() -> Conflict:
    return Conflict("There is a view of this name.", code="name_taken", field="name")


def _unknown() -> NotFound:
    return NotFound("There is no such view.", code="unknown_view")
