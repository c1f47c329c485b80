"""Categories: a person's own labels for income and spending. Everybody starts with the same set."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, Invalid, NotFound
from fintwin.ledger.posting import clean

DEFAULTS: tuple[tuple[str, str, str, str], ...] = (
    ("salary", "Salary", "in", ""),
    ("benefits", "Benefits and pension", "in", ""),
    ("interest", "Interest and dividends", "in", ""),
    ("refunds", "Refunds", "in", ""),
    ("other_income", "Other income", "in", ""),
    ("home", "Home", "out", ""),
    ("housing", "Rent and mortgage", "out", "home"),
    ("utilities", "Utilities", "out", "home"),
    ("food", "Food", "out", ""),
    ("groceries", "Groceries", "out", "food"),
    ("eating_out", "Eating out", "out", "food"),
    ("everyday", "Everyday", "out", ""),
    ("transport", "Transport", "out", "everyday"),
    ("shopping", "Shopping", "out", "everyday"),
    ("cash", "Cash withdrawn", "out", "everyday"),
    ("family", "Family and health", "out", ""),
    ("health", "Health", "out", "family"),
    ("children", "Children", "out", "family"),
    ("education", "Education", "out", "family"),
    ("free_time", "Free time", "out", ""),
    ("leisure", "Leisure", "out", "free_time"),
    ("travel", "Travel", "out", "free_time"),
    ("subscriptions", "Subscriptions", "out", "free_time"),
    ("gifts", "Gifts and donations", "out", "free_time"),
    ("obligations", "Obligations", "out", ""),
    ("insurance", "Insurance", "out", "obligations"),
    ("taxes", "Taxes", "out", "obligations"),
    ("fees", "Fees and loan interest", "out", "obligations"),
    ("other_spending", "Other spending", "out", ""),
)
"""Code, name, flow and the code of the one above of the categories that come with a person's first account."""

_COLUMNS = "id, coalesce(code, '') AS code, name, flow, parent, archived_at IS NOT NULL AS archived"


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category; `flow` is `in` for income and `out` for spending, `code` is "" for a person's own.

    An archived one stays with what it was given to and is offered no more.
    """

    id: int
    code: str
    name: str
    flow: str
    parent: int | None
    archived: bool = False


def categories(session: Session, who: Principal, *, archived: bool = True) -> list[CategoryView]:
    """All categories of a person, income first, each followed by those below it, by name.

    Without an account there are none yet (`ensure`).

    Args:
        archived: those that are offered no more, too.
    """
    rows = session.connection().execute(
        text(
            f"""
            SELECT {_COLUMNS} FROM (
              SELECT k.*, coalesce(a.name, k.name) AS under, coalesce(a.id, k.id) AS top
              FROM category k LEFT JOIN category a ON a.id = k.parent
              WHERE k.owner = :owner AND (:archived OR k.archived_at IS NULL)) k
            ORDER BY flow, lower(under), top, parent IS NOT NULL, lower(name)
            """  # noqa: S608 - a constant of this module
        ),
        {"owner": who.person, "archived": archived},
    )
    return [CategoryView(*row) for row in rows]


def ensure(session: Session, who: Principal) -> list[CategoryView]:
    """What a person can choose from; the default tree is made where there is none yet. Needs a writing unit of work.

    Opening an account and booking a file call it, so that lists elsewhere need `categories` alone.
    """
    if not categories(session, who):
        session.connection().execute(
            text(
                """
                INSERT INTO category (owner, code, name, flow)
                SELECT :owner, * FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:flows AS text[]))
                ON CONFLICT DO NOTHING
                """
            ),
            {
                "owner": who.person,
                "codes": [code for code, *_ in DEFAULTS],
                "names": [name for _, name, *_ in DEFAULTS],
                "flows": [flow for _, _, flow, _ in DEFAULTS],
            },
        )
        session.connection().execute(GROUP, groups(who))
    return categories(session, who, archived=False)


def offered(session: Session, who: Principal, *, transaction: int) -> list[CategoryView]:
    """What a person can choose from for one transaction: as `ensure`, and what it has already, though archived."""
    found = ensure(session, who)
    has = set(
        session.connection().scalars(
            text(
                "SELECT category FROM classification WHERE owner = :owner AND transaction = :transaction"
                " UNION SELECT category FROM split WHERE owner = :owner AND transaction = :transaction"
            ),
            {"owner": who.person, "transaction": transaction},
        )
    )
    if has <= {None, *(one.id for one in found)}:
        return found
    return [one for one in categories(session, who) if not one.archived or one.id in has]


GROUP = text(
    """
    UPDATE category k SET parent = a.id
    FROM unnest(CAST(:codes AS text[]), CAST(:above AS text[])) g (code, above)
    JOIN category a ON a.owner = :owner AND a.code = g.above AND a.parent IS NULL
    WHERE k.owner = :owner AND k.code = g.code AND k.parent IS NULL
      AND NOT EXISTS (SELECT FROM category b WHERE b.parent = k.id)
      AND NOT EXISTS (SELECT FROM category n WHERE n.owner = k.owner AND n.parent = a.id AND n.name = k.name)
    """
)


def groups(who: Principal) -> dict[str, Any]:
    """The values of `GROUP`: which category of the default set stands below which."""
    below = [(code, above) for code, _, _, above in DEFAULTS if above]
    return {"owner": who.person, "codes": [code for code, _ in below], "above": [above for _, above in below]}


def add(session: Session, who: Principal, *, name: str, flow: str, parent: int | None = None) -> CategoryView:
    """A category of a person's own.

    Raises:
        Invalid: no name, or flow is neither `in` nor `out`, or the parent has a parent itself (`too_deep`).
        NotFound: no such parent (`unknown_category`).
        Conflict: there is one of this name (`name_taken`).
    """
    wanted = clean(name, most=60, field="name")
    if wanted is None or flow not in {"in", "out"}:
        raise Invalid("Give the category a name.", code="no_name", field="name")
    if parent is not None:
        above = category(session, who, parent)
        if above.parent is not None:
            raise Invalid("Categories are two levels deep.", code="too_deep", field="parent")
    row = (
        session.connection()
        .execute(
            text(
                "INSERT INTO category (owner, name, flow, parent) VALUES (:owner, :name, :flow, :parent)"
                " ON CONFLICT DO NOTHING RETURNING id"
            ),
            {"owner": who.person, "name": wanted, "flow": flow, "parent": parent},
        )
        .first()
    )
    if row is None:
        raise Conflict("There is a category of this name.", code="name_taken", field="name")
    return CategoryView(row.id, "", wanted, flow, parent)


def category(session: Session, who: Principal, number: int) -> CategoryView:
    """One category by its id.

    Raises:
        NotFound: not in this person's books (`unknown_category`).
    """
    row = (
        session.connection()
        .execute(
            text(f"SELECT {_COLUMNS} FROM category WHERE owner = :owner AND id = :id"),  # noqa: S608 - as above
            {"owner": who.person, "id": number},
        )
        .first()
    )
    if row is None:
        raise NotFound("There is no such category.", code="unknown_category", field="category")
    return CategoryView(*row)
