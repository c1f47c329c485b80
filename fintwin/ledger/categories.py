"""Categories: a person's own labels for income and spending. Everybody starts with the same set."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, Invalid, NotFound
from fintwin.ledger.posting import clean

DEFAULTS: tuple[tuple[str, str, str], ...] = (
    ("salary", "Salary", "in"),
    ("benefits", "Benefits and pension", "in"),
    ("interest", "Interest and dividends", "in"),
    ("refunds", "Refunds", "in"),
    ("other_income", "Other income", "in"),
    ("housing", "Rent and mortgage", "out"),
    ("utilities", "Utilities", "out"),
    ("groceries", "Groceries", "out"),
    ("eating_out", "Eating out", "out"),
    ("transport", "Transport", "out"),
    ("shopping", "Shopping", "out"),
    ("health", "Health", "out"),
    ("insurance", "Insurance", "out"),
    ("children", "Children", "out"),
    ("education", "Education", "out"),
    ("leisure", "Leisure", "out"),
    ("travel", "Travel", "out"),
    ("subscriptions", "Subscriptions", "out"),
    ("gifts", "Gifts and donations", "out"),
    ("taxes", "Taxes", "out"),
    ("fees", "Fees and loan interest", "out"),
    ("cash", "Cash withdrawn", "out"),
    ("other_spending", "Other spending", "out"),
)
"""Code, name and flow of the categories that are made at first use."""


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category; `flow` is `in` for income and `out` for spending, `code` is "" for a person's own."""

    id: int
    code: str
    name: str
    flow: str
    parent: int | None


def categories(session: Session, who: Principal) -> list[CategoryView]:
    """All categories of a person, income first, by name; without any, an empty list (`ensure` makes the default set)."""
    rows = session.connection().execute(
        text(
            "SELECT id, coalesce(code, ''), name, flow, parent FROM category WHERE owner = :owner ORDER BY flow, name"
        ),
        {"owner": who.person},
    )
    return [CategoryView(*row) for row in rows]


def ensure(session: Session, who: Principal) -> list[CategoryView]:
    """All categories of a person; the default set is made where there is none yet. Needs a writing unit of work."""
    found = categories(session, who)
    if found:
        return found
    session.connection().execute(
        text(
            "INSERT INTO category (owner, code, name, flow) VALUES (:owner, :code, :name, :flow) ON CONFLICT DO NOTHING"
        ),
        [{"owner": who.person, "code": code, "name": name, "flow": flow} for code, name, flow in DEFAULTS],
    )
    return categories(session, who)


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
            text("SELECT id, coalesce(code, ''), name, flow, parent FROM category WHERE owner = :owner AND id = :id"),
            {"owner": who.person, "id": number},
        )
        .first()
    )
    if row is None:
        raise NotFound("There is no such category.", code="unknown_category", field="category")
    return CategoryView(*row)
