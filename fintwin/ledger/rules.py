"""Rules of a person: what transactions that look like this mean. The first active rule that fits wins.

The same comparison in the database (`rule_fits`) serves the preview, the change of older transactions, and what is
booked by hand or from a file without a category.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound, Refused, together
from fintwin.kernel.money import LARGEST, Currency, currency
from fintwin.ledger import accounts, changes, tags
from fintwin.ledger.categories import category
from fintwin.ledger.posting import clean

MOST = 200
"""Rules that one person may have."""
SHOWN = 20
"""Transactions that a preview shows."""

LooksAt = Literal["payee", "description", "any"]
How = Literal["contains", "equals", "starts"]

HOW_WORDS: Mapping[str, str] = {"contains": "contains", "equals": "is", "starts": "begins with"}
LOOKS_WORDS: Mapping[str, str] = {"payee": "payee", "description": "description", "any": "payee or description"}


@dataclass(frozen=True, slots=True)
class Rule:
    """All its conditions must hold; a condition that is None or empty holds for everything.

    `words` are looked for in payee, description or either, without regard to case. `least` and `most` are sizes. It
    gives a category, a payee, tags, or several of these. `id` and `position` are the books' own.
    """

    words: str = ""
    looks_at: LooksAt = "any"
    how: How = "contains"
    account: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    flow: Literal["in", "out"] | None = None
    category: int | None = None
    payee: str = ""
    tags: tuple[str, ...] = ()
    active: bool = True
    id: int = 0
    position: int = 0

    @property
    def sentence(self) -> str:
        """Its first condition in words."""
        if self.words:
            return f"{LOOKS_WORDS[self.looks_at]} {HOW_WORDS[self.how]} “{self.words}”"
        return "its account" if self.account is not None else "its amount"


@dataclass(frozen=True, slots=True)
class Touched:
    """A transaction that would be changed, as it is now; its amount is signed by which way the money went."""

    id: int
    booked: date
    title: str
    amount: Decimal
    currency: Currency
    category_name: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How many transactions a rule would change, and the newest of them."""

    count: int
    rows: tuple[Touched, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a change of many has come: how many this step changed, and whether it was the last."""

    change: int
    changed: int
    done: bool


_SEEN = """
    FROM transaction t JOIN posting p ON p.transaction = t.id AND p.line = 1
    LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    LEFT JOIN category k ON k.id = c.category
"""
_MEANT = "t.owner = :owner AND t.status IN (2, 3) AND t.kind IN (2, 3, 5) AND c.matched IS NULL"
_FLOW = "CASE WHEN p.debit_version IS NULL THEN 'out' ELSE 'in' END"
_ACCOUNT = "CASE WHEN p.debit_version IS NULL THEN p.credit ELSE p.debit END"
_FITS = f"""
    rule_fits(CAST(:looks_at AS text), CAST(:how AS text), CAST(:words AS text), CAST(:account AS bigint), CAST(:least AS numeric),
              CAST(:most AS numeric), CAST(:flow AS text), c.payee, t.description, {_ACCOUNT}, p.amount, {_FLOW})
"""
# A transaction that has parts, or a category that is not to be overwritten, keeps what it means; one that has no room
# for the tags gets none, and is not found again and again for them.
_CHANGES = """
    (:overwrite OR c.category IS NULL OR CAST(:category AS bigint) IS NULL)
    AND (CAST(:category AS bigint) IS NULL OR NOT EXISTS (SELECT FROM split s WHERE s.transaction = t.id))
    AND (c.category IS DISTINCT FROM CAST(:category AS bigint) AND CAST(:category AS bigint) IS NOT NULL
      OR c.payee IS DISTINCT FROM CAST(:payee AS text) AND CAST(:payee AS text) IS NOT NULL
      OR (SELECT count(*) FROM tagging x WHERE x.transaction = t.id) + cardinality(CAST(:tags AS text[])) <= :most_tags
        AND EXISTS (SELECT FROM unnest(CAST(:tags AS text[])) g (name) WHERE NOT EXISTS (
           SELECT FROM tagging x JOIN tag y ON y.id = x.tag WHERE x.transaction = t.id AND lower(y.name) = lower(g.name))))
"""
_TOUCHED = """
    t.id, t.booked, coalesce(nullif(c.payee, ''), t.description, '') AS title, p.currency, coalesce(k.name, '') AS category_name,
    CASE WHEN p.debit_version IS NULL THEN -p.amount ELSE p.amount END AS amount
"""
_PREVIEW = text(
    f"""
    SELECT count(*) OVER () AS many, {_TOUCHED} {_SEEN} WHERE {_MEANT} AND {_FITS} AND {_CHANGES}
    ORDER BY t.booked DESC, t.id DESC LIMIT :shown
    """
)
_NEXT = text(f"SELECT t.id {_SEEN} WHERE {_MEANT} AND {_FITS} AND {_CHANGES} ORDER BY t.id LIMIT :step")
_FIRST_FITS = text(
    f"""
    SELECT r.id, array_agg(t.id ORDER BY t.id) AS numbers {_SEEN}
    JOIN LATERAL (
      SELECT r.id FROM category_rule r WHERE r.owner = t.owner AND r.active
        AND rule_fits(r.looks_at, r.how, r.words, r.account, r.least, r.most, r.flow, c.payee, t.description, {_ACCOUNT}, p.amount, {_FLOW})
      ORDER BY r.position, r.id LIMIT 1) r ON true
    WHERE t.owner = :owner AND t.id = ANY (CAST(:numbers AS bigint[])) AND t.kind IN (2, 3) AND t.status IN (2, 3) AND c.category IS NULL
    GROUP BY r.id ORDER BY r.id
    """  # noqa: S608 - as above
)


def rules(session: Session, who: Principal) -> list[Rule]:
    """A person's rules in the order in which they are tried."""
    rows = session.connection().execute(
        text(
            """
            SELECT r.*, coalesce(array_agg(g.name ORDER BY lower(g.name)) FILTER (WHERE g.id IS NOT NULL), '{}') AS tags
            FROM category_rule r LEFT JOIN category_rule_tag x ON x.rule = r.id LEFT JOIN tag g ON g.id = x.tag
            WHERE r.owner = :owner GROUP BY r.id ORDER BY r.position, r.id
            """
        ),
        {"owner": who.person},
    )
    return [
        Rule(
            words=row.words or "",
            looks_at=row.looks_at,
            how=row.how,
            account=row.account,
            least=row.least,
            most=row.most,
            flow=row.flow,
            category=row.category,
            payee=row.payee or "",
            tags=tuple(row.tags),
            active=row.active,
            id=row.id,
            position=row.position,
        )
        for row in rows
    ]


def rule(session: Session, who: Principal, *, number: int) -> Rule:
    """One rule.

    Raises:
        NotFound: not this person's (`unknown_rule`).
    """
    found = next((one for one in rules(session, who) if one.id == number), None)
    if found is None:
        raise NotFound("There is no such rule.", code="unknown_rule")
    return found


def keep(session: Session, who: Principal, *, wanted: Rule) -> Rule:
    """Keep a new rule at the end of the order, or a known one (by its `id`) with other conditions in its place.

    Raises:
        NotFound: `unknown_rule`, `unknown_category`, `unknown_account`.
        Invalid: it looks at nothing (`looks_at_nothing`), gives nothing (`gives_nothing`), or a text is too long.
        Refused: there are too many (`too_many_rules`).
    """
    checked_rule = _checked(session, who, wanted)
    connection = session.connection()
    values = _values(who, checked_rule)
    account = checked_rule.account
    values["currency"] = None if account is None else accounts.account(session, who, account).currency.code
    columns = (
        "looks_at",
        "how",
        "words",
        "account",
        "currency",
        "least",
        "most",
        "flow",
        "category",
        "payee",
        "active",
    )
    if checked_rule.id:
        rule(session, who, number=checked_rule.id)
        connection.execute(
            text(
                f"UPDATE category_rule SET {', '.join(f'{one} = :{one}' for one in columns)}"  # noqa: S608 - names of ours
                " WHERE owner = :owner AND id = :id"
            ),
            values,
        )
        number = checked_rule.id
    else:
        many = connection.scalar(text("SELECT count(*) FROM category_rule WHERE owner = :owner"), values)
        if (many or 0) >= MOST:
            raise Refused(f"There are {MOST} rules already. Take some away first.", code="too_many_rules")
        number = connection.execute(
            text(
                f"INSERT INTO category_rule (owner, position, {', '.join(columns)})"  # noqa: S608 - as above
                " SELECT :owner, coalesce(max(position), 0) + 1,"
                " CAST(:looks_at AS text), CAST(:how AS text), CAST(:words AS text), CAST(:account AS bigint), CAST(:currency AS text),"
                " CAST(:least AS numeric), CAST(:most AS numeric), CAST(:flow AS text), CAST(:category AS bigint), CAST(:payee AS text), :active"
                " FROM category_rule WHERE owner = :owner RETURNING id"
            ),
            values,
        ).scalar_one()
    connection.execute(
        text("DELETE FROM category_rule_tag WHERE owner = :owner AND rule = :rule"),
        {"owner": who.person, "rule": number},
    )
    for tag in tags.made(session, who, names=checked_rule.tags):
        connection.execute(
            text("INSERT INTO category_rule_tag (owner, rule, tag) VALUES (:owner, :rule, :tag)"),
            {"owner": who.person, "rule": number, "tag": tag},
        )
    return rule(session, who, number=int(number))


def drop(session: Session, who: Principal, *, number: int) -> Rule:
    """Take a rule away; what it gave stays. The rule as it was, so that `keep` can bring it back.

    Raises:
        NotFound: `unknown_rule`.
    """
    found = rule(session, who, number=number)
    mine = {"owner": who.person, "rule": number}
    session.connection().execute(text("DELETE FROM category_rule_tag WHERE owner = :owner AND rule = :rule"), mine)
    session.connection().execute(text("DELETE FROM category_rule WHERE owner = :owner AND id = :rule"), mine)
    return replace(found, id=0)


def switch(session: Session, who: Principal, *, number: int, active: bool) -> None:
    """Let a rule rest, or work again.

    Raises:
        NotFound: `unknown_rule`.
    """
    rule(session, who, number=number)
    session.connection().execute(
        text("UPDATE category_rule SET active = :active WHERE owner = :owner AND id = :id"),
        {"owner": who.person, "id": number, "active": active},
    )


def reorder(session: Session, who: Principal, *, number: int, by: Literal[-1, 1]) -> None:
    """Try a rule one place earlier (-1) or later (1); at the end of the order nothing happens.

    Raises:
        NotFound: `unknown_rule`.
    """
    rule(session, who, number=number)
    order = [one.id for one in rules(session, who)]
    at = order.index(number)
    other = at + by
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    session.connection().execute(
        text(
            """
            UPDATE category_rule r SET position = o.place
            FROM unnest(CAST(:order AS bigint[])) WITH ORDINALITY o (id, place) WHERE r.owner = :owner AND r.id = o.id
            """
        ),
        {"owner": who.person, "order": order},
    )


def preview(session: Session, who: Principal, *, wanted: Rule, overwrite: bool = False) -> Preview:
    """What a rule, kept or not, would change of what is booked already.

    Args:
        overwrite: also what has another category. What has parts keeps them either way.

    Raises:
        NotFound, Invalid: as `keep`.
    """
    checked_rule = _checked(session, who, wanted)
    found = session.connection().execute(
        _PREVIEW, _values(who, checked_rule) | {"overwrite": overwrite, "shown": SHOWN}
    )
    return _previewed(found.all())


def begin_apply(session: Session, who: Principal, *, number: int) -> int:
    """Begin to apply a rule to what is booked already; the number of the act, for `apply` and for its undo.

    Raises:
        NotFound: `unknown_rule`.
    """
    found = rule(session, who, number=number)
    return changes.begin(session, who, what=f"Your rule: {found.sentence}")


def apply(
    session: Session,
    who: Principal,
    *,
    number: int,
    change: int,
    overwrite: bool = False,
    most: int = changes.STEP,
) -> Step:
    """Apply a rule to the next transactions that it fits; begun again, it goes on where it ended.

    Raises:
        NotFound: `unknown_rule`.
    """
    found = rule(session, who, number=number)
    changes.within(session, change)
    numbers = list(session.connection().scalars(_NEXT, _values(who, found) | {"overwrite": overwrite, "step": most}))
    give(session, who, numbers=numbers, wanted=found)
    return Step(change, len(numbers), done=len(numbers) < most)


def on_booked(session: Session, who: Principal, *, transactions: Sequence[int]) -> None:
    """Give what was just booked without a category what the person's rules say. Without rules: one look, no change."""
    if not transactions or not session.connection().scalar(
        text("SELECT EXISTS (SELECT FROM category_rule WHERE owner = :owner AND active)"), {"owner": who.person}
    ):
        return
    hits = session.connection().execute(_FIRST_FITS, {"owner": who.person, "numbers": list(transactions)}).all()
    known = {one.id: one for one in rules(session, who)} if hits else {}
    for hit in hits:
        changes.begin(session, who, what=f"Your rule: {known[hit.id].sentence}")
        give(session, who, numbers=hit.numbers, wanted=known[hit.id], tells=False)
    if hits:
        changes.ended(session)


def give(session: Session, who: Principal, *, numbers: Sequence[int], wanted: Rule, tells: bool = True) -> None:
    """Give some of a person's own transactions what a rule gives, with history; the act is the one going on."""
    if not numbers:
        return
    connection = session.connection()
    values = _values(who, wanted) | {"numbers": list(numbers)}
    if wanted.category is not None or wanted.payee:
        connection.execute(
            text(
                "INSERT INTO classification (owner, transaction) SELECT :owner, unnest(CAST(:numbers AS bigint[]))"
                " ON CONFLICT DO NOTHING"
            ),
            values,
        )
        connection.execute(
            text(
                """
                UPDATE classification SET category = coalesce(CAST(:category AS bigint), category),
                  payee = coalesce(CAST(:payee AS text), payee), changed_at = now()
                WHERE owner = :owner AND transaction = ANY (CAST(:numbers AS bigint[]))
                """
            ),
            values,
        )
    if wanted.tags:
        _tag(session, who, numbers=numbers, wanted=wanted)
    if tells:
        tell(session, Happening.CLASSIFIED, what=numbers[0] if len(numbers) == 1 else 0)


def _tag(session: Session, who: Principal, *, numbers: Sequence[int], wanted: Rule) -> None:
    connection = session.connection()
    values = {
        "owner": who.person,
        "numbers": list(numbers),
        "tags": tags.made(session, who, names=wanted.tags),
        "most": tags.MOST,
    }
    before = connection.execute(
        text(
            "SELECT n, meaning_tags(:owner, n) AS tags FROM unnest(CAST(:numbers AS bigint[])) n"
            " WHERE (SELECT count(*) FROM tagging x WHERE x.transaction = n) + cardinality(CAST(:tags AS bigint[])) <= :most"
        ),
        values,
    ).all()
    values |= {"numbers": [row.n for row in before], "before": [row.tags for row in before]}
    connection.execute(
        text(
            "INSERT INTO tagging (owner, transaction, tag) SELECT :owner, n, g FROM unnest(CAST(:numbers AS bigint[])) n,"
            " unnest(CAST(:tags AS bigint[])) g ON CONFLICT DO NOTHING"
        ),
        values,
    )
    connection.execute(
        text(
            """
            INSERT INTO meaning_past (owner, transaction, what, before, after)
            SELECT :owner, u.n, 'tags', u.before, meaning_tags(:owner, u.n)
            FROM unnest(CAST(:numbers AS bigint[]), CAST(:before AS text[])) u (n, before)
            WHERE u.before <> meaning_tags(:owner, u.n)
            """
        ),
        values,
    )


def _checked(session: Session, who: Principal, wanted: Rule) -> Rule:
    words, (payee, names), _ = together(
        lambda: _looked_for(wanted), lambda: _given(wanted), lambda: _sized(wanted.least, wanted.most)
    )
    if wanted.category is not None:
        category(session, who, wanted.category)
    if wanted.account is not None:
        accounts.account(session, who, wanted.account)
    return replace(wanted, words=words, payee=payee, tags=names)


def _looked_for(wanted: Rule) -> str:
    words = clean(wanted.words, most=100, field="words") or ""
    if not words and wanted.account is None and wanted.least is None and wanted.most is None:
        raise Invalid("Say what the rule looks for.", code="looks_at_nothing", field="words")
    return words


def _given(wanted: Rule) -> tuple[str, tuple[str, ...]]:
    payee, *names = together(
        lambda: clean(wanted.payee, most=140, field="payee") or "",
        *(partial(tags.checked, one, field="tags") for one in wanted.tags),
    )
    if wanted.category is None and not payee and not names:
        raise Invalid("Say what the rule gives: a category, a payee or tags.", code="gives_nothing", field="category")
    return payee, tuple(names)


def _sized(least: Decimal | None, most: Decimal | None) -> None:
    for name, size in (("least", least), ("most", most)):
        if size is not None and not (size.is_finite() and 0 <= size <= LARGEST):
            raise Invalid("This is not a size of an amount.", code="bad_amount", field=name)
    if least is not None and most is not None and least > most:
        raise Invalid("The most is less than the least.", code="bad_amount", field="most")


def _values(who: Principal, wanted: Rule) -> dict[str, Any]:
    return {
        "owner": who.person,
        "id": wanted.id,
        "looks_at": wanted.looks_at,
        "how": wanted.how,
        "words": wanted.words or None,
        "account": wanted.account,
        "least": wanted.least,
        "most": wanted.most,
        "flow": wanted.flow,
        "category": wanted.category,
        "payee": wanted.payee or None,
        "active": wanted.active,
        "tags": list(wanted.tags),
        "most_tags": tags.MOST,
    }


def _previewed(rows: Sequence[Any]) -> Preview:
    return Preview(
        rows[0].many if rows else 0,
        tuple(
            Touched(row.id, row.booked, row.title, row.amount, currency(row.currency), row.category_name)
            for row in rows
        ),
    )
