"""Tables of what transactions mean to their owner: categories, parts, tags, notes, rules, views; all editable, with history."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from fintwin.db.tables import MONEY, Owned, instant, key, refers_to


def _number(**more: Any) -> Any:
    return Field(sa_type=BigInteger, **more)


def _money(**more: Any) -> Any:
    return Field(sa_type=MONEY, **more)


class Category(Owned, table=True):
    """A person's own label for income (`flow` in) and spending (out); a tree two levels deep.

    `code` names the categories every person starts with, so that other rooms find them after a renaming.
    """

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_category_owner"),
        UniqueConstraint("owner", "parent", "name", name="uq_category_name", postgresql_nulls_not_distinct=True),
        UniqueConstraint("owner", "code", name="uq_category_code"),
        ForeignKeyConstraint(["owner", "parent"], ["category.owner", "category.id"], name="fk_category_parent"),
    )

    id: int | None = key()
    parent: int | None = _number(default=None)
    code: str | None = Field(default=None, max_length=30)
    name: str = Field(max_length=60)
    flow: str = Field(max_length=3)
    archived_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Classification(Owned, table=True):
    """What a transaction means to its owner: payee, category, note. Earlier versions go to `classification_past`.

    `matched` is the other leg of an own transfer found in imports; reports leave both legs out.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "category"], ["category.owner", "category.id"], name="fk_classification_category"
        ),
        Index("ix_classification_category", "category", postgresql_where=text("category IS NOT NULL")),
        Index("ix_classification_matched", "matched", postgresql_where=text("matched IS NOT NULL")),
        Index("ix_classification_owner_matched", "owner", "transaction", postgresql_where=text("matched IS NOT NULL")),
    )

    owner: int = refers_to("person.id", primary_key=True)
    transaction: int = refers_to("transaction.id", primary_key=True)
    category: int | None = _number(default=None)
    matched: int | None = refers_to("transaction.id", default=None)
    payee: str | None = Field(default=None, max_length=140)
    note: str | None = Field(default=None, max_length=500)
    changed_at: datetime = instant()


class ClassificationPast(Owned, table=True):
    """What a classification was, from `since` until `until`, and who changed it by which act."""

    __tablename__ = "classification_past"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "change"], ["meaning_change.owner", "meaning_change.id"], name="fk_classification_past_change"
        ),
        Index("ix_classification_past_change", "change", postgresql_where=text("change IS NOT NULL")),
    )

    id: int | None = key()
    transaction: int = refers_to("transaction.id", index=True)
    category: int | None = _number(default=None)
    matched: int | None = _number(default=None)
    payee: str | None = Field(default=None, max_length=140)
    note: str | None = Field(default=None, max_length=500)
    since: datetime = Field(sa_type=DateTime(timezone=True))
    until: datetime = Field(sa_type=DateTime(timezone=True))
    actor: int | None = _number(default=None)
    change: int | None = _number(default=None)
    category_name: str | None = Field(default=None, max_length=60)
    principal: str | None = Field(default=None, max_length=60, sa_column_kwargs={"server_default": text("acting_as()")})


class MeaningChange(Owned, table=True):
    """One act that changed what transactions mean; `kept` is the category that it took away."""

    __tablename__ = "meaning_change"
    __table_args__ = (UniqueConstraint("owner", "id", name="uq_meaning_change_owner"),)

    id: int | None = key()
    what: str = Field(max_length=200)
    kept: dict[str, Any] | None = Field(default=None, sa_type=JSONB, nullable=True)
    at: datetime = instant()
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Split(Owned, table=True):
    """A part of a transaction; its parts sum exactly to its classified amount. The database holds that at commit."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["transaction", "owner"],
            ["classification.transaction", "classification.owner"],
            name="fk_split_classification",
        ),
        ForeignKeyConstraint(["owner", "category"], ["category.owner", "category.id"], name="fk_split_category"),
        Index("ix_split_category", "category", "transaction"),
    )

    transaction: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    category: int = _number()
    amount: Decimal = _money()
    note: str | None = Field(default=None, max_length=200)


class Tag(Owned, table=True):
    """A word of a person's own; each once, whatever its case."""

    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_tag_owner"),
        Index("uq_tag_name", "owner", text("lower(name)"), unique=True),
    )

    id: int | None = key()
    name: str = Field(max_length=40)


class Tagging(Owned, table=True):
    """A tag on a transaction."""

    __table_args__ = (
        ForeignKeyConstraint(["owner", "tag"], ["tag.owner", "tag.id"], name="fk_tagging_tag"),
        Index("ix_tagging_tag", "tag", "transaction"),
    )

    transaction: int = refers_to("transaction.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    tag: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})


class Attachment(Owned, table=True):
    """A file beside a transaction; a removed one lies in the bin until it is swept."""

    __table_args__ = (
        UniqueConstraint("transaction", "blob", name="uq_attachment_blob"),
        ForeignKeyConstraint(["owner", "blob"], ["blob.owner", "blob.id"], name="fk_attachment_blob"),
        Index("ix_attachment_blob", "owner", "blob"),
        Index("ix_attachment_removed", "owner", "removed_at", postgresql_where=text("removed_at IS NOT NULL")),
    )

    id: int | None = key()
    uuid: UUID = Field(unique=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    transaction: int = refers_to("transaction.id")
    blob: int = _number()
    name: str = Field(max_length=140)
    added_at: datetime = instant()
    removed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class MeaningPast(Owned, table=True):
    """Earlier parts (JSON), tags (JSON) or files (a name) of a transaction, and who changed them by which act."""

    __tablename__ = "meaning_past"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "change"], ["meaning_change.owner", "meaning_change.id"], name="fk_meaning_past_change"
        ),
        Index("ix_meaning_past_change", "change", postgresql_where=text("change IS NOT NULL")),
    )

    id: int | None = key()
    transaction: int = refers_to("transaction.id", index=True)
    what: str = Field(max_length=10)
    before: str = Field(max_length=6000)
    after: str = Field(max_length=6000)
    actor: int | None = _number(default=None, sa_column_kwargs={"server_default": text("current_person()")})
    change: int | None = _number(default=None, sa_column_kwargs={"server_default": text("meaning_change_now()")})
    at: datetime = instant()
    principal: str | None = Field(default=None, max_length=60, sa_column_kwargs={"server_default": text("acting_as()")})


class CategoryRule(Owned, table=True):
    """What a person decided for transactions that look like this; rules are tried by `position`, the first that fits wins.

    All its conditions must hold: words in payee, description or either (`any`), account, size, flow.
    """

    __tablename__ = "category_rule"
    __table_args__ = (
        UniqueConstraint("owner", "id", name="uq_category_rule_owner"),
        ForeignKeyConstraint(
            ["owner", "currency", "account"],
            ["account.owner", "account.currency", "account.id"],
            name="fk_category_rule_account",
        ),
        ForeignKeyConstraint(
            ["owner", "category"], ["category.owner", "category.id"], name="fk_category_rule_category"
        ),
        Index("ix_category_rule_position", "owner", "position"),
        Index("ix_category_rule_account", "account", postgresql_where=text("account IS NOT NULL")),
        Index("ix_category_rule_category", "category", postgresql_where=text("category IS NOT NULL")),
    )

    id: int | None = key()
    position: int
    looks_at: str = Field(max_length=11)
    how: str = Field(max_length=8)
    words: str | None = Field(default=None, max_length=100)
    account: int | None = _number(default=None)
    currency: str | None = Field(default=None, max_length=3)
    least: Decimal | None = _money(default=None)
    most: Decimal | None = _money(default=None)
    flow: str | None = Field(default=None, max_length=3)
    category: int | None = _number(default=None)
    payee: str | None = Field(default=None, max_length=140)
    active: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    created_at: datetime = instant()


class CategoryRuleTag(Owned, table=True):
    """A tag that a rule gives."""

    __tablename__ = "category_rule_tag"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner", "rule"], ["category_rule.owner", "category_rule.id"], name="fk_category_rule_tag_rule"
        ),
        ForeignKeyConstraint(["owner", "tag"], ["tag.owner", "tag.id"], name="fk_category_rule_tag_tag"),
    )

    rule: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    tag: int = _number(primary_key=True, index=True, sa_column_kwargs={"autoincrement": False})


class SavedView(Owned, table=True):
    """A view of the register under a name: the query of its address."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("uq_saved_view_name", "owner", text("lower(name)"), unique=True),)

    id: int | None = key()
    name: str = Field(max_length=40)
    query: str = Field(max_length=600)
    created_at: datetime = instant()


class Replacement(Owned, table=True):
    """What was booked (`latter`) in the place of what was taken back: edited, or restored from the bin."""

    latter: int = refers_to("transaction.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    former: int = refers_to("transaction.id", index=True)
    edited: bool
    at: datetime = instant()


class KeptApart(Owned, table=True):
    """Two transactions that look alike, and that a person says are neither a duplicate nor an own transfer."""

    __tablename__ = "kept_apart"

    one: int = refers_to("transaction.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    other: int = refers_to("transaction.id", primary_key=True, index=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = instant()
