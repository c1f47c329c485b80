"""The tree of a person's categories kept in order: names, places, two made one, archived, taken away.

A category that is taken away gives its transactions to another one first, in steps that each count
(`move_transactions`), and is removed by `remove` when none is left; `changes.take_back` undoes all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, Invalid, Refused
from fintwin.ledger import changes
from fintwin.ledger.categories import DEFAULTS, GROUP, CategoryView, categories, category, groups
from fintwin.ledger.posting import clean

_MOVE_PARTS = text(
    """
    WITH parted AS (SELECT DISTINCT transaction FROM split WHERE owner = :owner AND category = :source LIMIT :most)
    SELECT s.transaction, meaning_parts(:owner, s.transaction) AS before FROM parted s ORDER BY s.transaction
    """
)


@dataclass(frozen=True, slots=True)
class Used:
    """How many transactions have a category, as a whole or as a part, how many rules give it, and how many schedules."""

    transactions: int
    rules: int
    schedules: int


def used(session: Session, who: Principal) -> Mapping[int, Used]:
    """How much each category that is used at all is used."""
    rows = session.connection().execute(
        text(
            """
            SELECT category, sum(many) AS many, sum(rules) AS rules, sum(schedules) AS schedules FROM (
              SELECT c.category, count(*) AS many, 0 AS rules, 0 AS schedules FROM classification c
              WHERE c.owner = :owner AND c.category IS NOT NULL
                AND NOT EXISTS (SELECT FROM split s WHERE s.transaction = c.transaction) GROUP BY c.category
              UNION ALL SELECT category, count(DISTINCT transaction), 0, 0 FROM split WHERE owner = :owner GROUP BY category
              UNION ALL SELECT category, 0, count(*), 0 FROM category_rule WHERE owner = :owner AND category IS NOT NULL GROUP BY category
              UNION ALL SELECT category, 0, 0, count(*) FROM schedule WHERE owner = :owner AND category IS NOT NULL GROUP BY category
            ) u GROUP BY category
            """
        ),
        {"owner": who.person},
    )
    return {row.category: Used(int(row.many), int(row.rules), int(row.schedules)) for row in rows}


def rename(session: Session, who: Principal, *, number: int, name: str) -> CategoryView:
    """Give a category another name; its code stays, so that other rooms find it.

    Raises:
        NotFound: `unknown_category`.
        Invalid: no name (`no_name`), or a longer one than 60 characters.
        Conflict: there is one of this name in the same place (`name_taken`).
    """
    found = category(session, who, number)
    wanted = clean(name, most=60, field="name")
    if wanted is None:
        raise Invalid("Give the category a name.", code="no_name", field="name")
    _free(session, who, name=wanted, parent=found.parent, besides=number)
    session.connection().execute(
        text("UPDATE category SET name = :name WHERE owner = :owner AND id = :id"),
        {"owner": who.person, "id": number, "name": wanted},
    )
    tell(session, Happening.CLASSIFIED)
    return category(session, who, number)


def move(session: Session, who: Principal, *, number: int, parent: int | None) -> CategoryView:
    """Put a category below another one of the same flow, or at the top.

    Raises:
        NotFound: `unknown_category`.
        Invalid: it would stand below itself, or three levels deep (`too_deep`), or below one of the other flow
            (`other_flow`).
        Conflict: there is one of this name already (`name_taken`).
    """
    found = category(session, who, number)
    if parent is not None:
        above = category(session, who, parent)
        if above.id == number or above.parent is not None or _has_below(session, who, number):
            raise Invalid("Categories are two levels deep.", code="too_deep", field="parent")
        if above.flow != found.flow:
            raise Invalid("Income and spending do not mix.", code="other_flow", field="parent")
    _free(session, who, name=found.name, parent=parent, besides=number)
    session.connection().execute(
        text("UPDATE category SET parent = :parent WHERE owner = :owner AND id = :id"),
        {"owner": who.person, "id": number, "parent": parent},
    )
    tell(session, Happening.CLASSIFIED)
    return category(session, who, number)


def archive(session: Session, who: Principal, *, number: int, archived: bool = True) -> CategoryView:
    """Offer a category no more, or again; what it was given to keeps it.

    Raises:
        NotFound: `unknown_category`.
    """
    category(session, who, number)
    session.connection().execute(
        text(
            "UPDATE category SET archived_at = CASE WHEN :archived THEN coalesce(archived_at, now()) END"
            " WHERE owner = :owner AND id = :id"
        ),
        {"owner": who.person, "id": number, "archived": archived},
    )
    tell(session, Happening.CLASSIFIED)
    return category(session, who, number)


def begin_merge(session: Session, who: Principal, *, source: int, target: int) -> int:
    """Begin to make one category of two; the number of the act, for the steps and for its undo.

    Those below the source go below the target, or to the top where the target stands below another one. Rules and
    schedules that give the source give the target.

    Raises:
        NotFound: `unknown_category`.
        Invalid: they are the same (`same_category`), or one is of the other flow (`other_flow`).
        Conflict: one below the source has a name that is taken where it would go (`name_taken`).
    """
    gone, stays = category(session, who, source), category(session, who, target)
    if source == target:
        raise Invalid("Choose another category.", code="same_category", field="target")
    if gone.flow != stays.flow:
        raise Invalid("Income and spending do not mix.", code="other_flow", field="target")
    connection = session.connection()
    mine = {"owner": who.person, "source": source, "target": target}
    place = target if stays.parent is None else None
    for one in categories(session, who):
        if one.parent == source and one.id != target:
            _free(session, who, name=one.name, parent=place, besides=one.id)
    if stays.parent == source:
        _free(session, who, name=stays.name, parent=None, besides=target)
        connection.execute(text("UPDATE category SET parent = NULL WHERE owner = :owner AND id = :target"), mine)
        place = target
    below = connection.scalars(
        text("UPDATE category SET parent = :place WHERE owner = :owner AND parent = :source RETURNING id"),
        mine | {"place": place},
    ).all()
    given = {
        table: connection.scalars(
            text(f"UPDATE {table} SET category = :target WHERE owner = :owner AND category = :source RETURNING id"),  # noqa: S608 - names of ours
            mine,
        ).all()
        for table in changes.GIVES
    }
    return changes.begin(
        session,
        who,
        what=f"{gone.name} became {stays.name}",
        kept={
            "id": gone.id,
            "parent": gone.parent,
            "code": gone.code or None,
            "name": gone.name,
            "flow": gone.flow,
            "archived": gone.archived,
            "target": target,
            "place": place,
            "below": [*below],
            **{table: [*numbers] for table, numbers in given.items()},
        },
    )


def move_transactions(
    session: Session, who: Principal, *, source: int, target: int, change: int, most: int = changes.STEP
) -> int:
    """Give the next transactions of one category another one, parts included; how many, 0 when none is left."""
    connection = session.connection()
    mine = {"owner": who.person, "source": source, "target": target, "most": most}
    category(session, who, target)
    changes.within(session, change)
    split = connection.execute(_MOVE_PARTS, mine).all()
    if split:
        numbers = {"numbers": [row.transaction for row in split], "before": [row.before for row in split]}
        connection.execute(
            text(
                "UPDATE split SET category = :target WHERE owner = :owner AND category = :source"
                " AND transaction = ANY (CAST(:numbers AS bigint[]))"
            ),
            mine | numbers,
        )
        connection.execute(
            text(
                """
                INSERT INTO meaning_past (owner, transaction, what, before, after)
                SELECT :owner, u.number, 'split', u.before, meaning_parts(:owner, u.number)
                FROM unnest(CAST(:numbers AS bigint[]), CAST(:before AS text[])) u (number, before)
                """
            ),
            mine | numbers,
        )
        connection.execute(
            text(
                "UPDATE classification SET category = :target, changed_at = now() WHERE owner = :owner"
                " AND category = :source AND transaction = ANY (CAST(:numbers AS bigint[]))"
            ),
            mine | numbers,
        )
    moved = connection.execute(
        text(
            """
            UPDATE classification c SET category = :target, changed_at = now()
            FROM (SELECT transaction FROM classification WHERE owner = :owner AND category = :source
                  ORDER BY transaction LIMIT :most) s
            WHERE c.owner = :owner AND c.transaction = s.transaction
            """
        ),
        mine,
    ).rowcount
    tell(session, Happening.CLASSIFIED)
    return len(split) + int(moved)


def remove(session: Session, who: Principal, *, number: int) -> None:
    """Take a category away that nothing has any more.

    Raises:
        NotFound: `unknown_category`.
        Refused: transactions, parts, rules, schedules or other categories have it still (`category_used`).
    """
    category(session, who, number)
    if number in used(session, who) or _has_below(session, who, number):
        raise Refused(
            "This category is in use. Choose where its transactions go.", code="category_used", field="target"
        )
    session.connection().execute(
        text("DELETE FROM category WHERE owner = :owner AND id = :id"), {"owner": who.person, "id": number}
    )
    tell(session, Happening.CLASSIFIED)


def groupable(session: Session, who: Principal) -> bool:
    """Whether the categories that everybody starts with could be put in groups: at least three of them stand alone."""
    below = {code for code, _, _, above in DEFAULTS if above}
    alone = [one for one in categories(session, who, archived=False) if one.parent is None and one.code in below]
    return len(alone) >= 3


def group(session: Session, who: Principal) -> None:
    """Put the categories that everybody starts with below their groups, where they stand alone; codes and names stay."""
    above = {above for _, _, _, above in DEFAULTS if above}
    session.connection().execute(
        text(
            "INSERT INTO category (owner, code, name, flow) VALUES (:owner, :code, :name, :flow) ON CONFLICT DO NOTHING"
        ),
        [
            {"owner": who.person, "code": code, "name": name, "flow": flow}
            for code, name, flow, _ in DEFAULTS
            if code in above
        ],
    )
    session.connection().execute(GROUP, groups(who))
    tell(session, Happening.CLASSIFIED)


def _has_below(session: Session, who: Principal, number: int) -> bool:
    return bool(
        session.connection().scalar(
            text("SELECT EXISTS (SELECT FROM category WHERE owner = :owner AND parent = :id)"),
            {"owner": who.person, "id": number},
        )
    )


def _free(session: Session, who: Principal, *, name: str, parent: int | None, besides: int) -> None:
    taken = session.connection().scalar(
        text(
            "SELECT EXISTS (SELECT FROM category WHERE owner = :owner AND parent IS NOT DISTINCT FROM :parent"
            " AND lower(name) = lower(:name) AND id <> :id)"
        ),
        {"owner": who.person, "parent": parent, "name": name, "id": besides},
    )
    if taken:
        raise Conflict(f"There is a category “{name}” in that place already.", code="name_taken", field="name")
