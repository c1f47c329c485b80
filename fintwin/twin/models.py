"""Tables of the twin."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from fintwin.db.tables import Owned, instant, key


class SnapshotRow(Owned, table=True):
    """A snapshot's canonical text under its hash; `marker` is the latest transaction it has seen."""

    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("owner", "hash", name="uq_snapshot_hash"),
        UniqueConstraint("owner", "id", name="uq_snapshot_owner"),
    )

    id: int | None = key()
    hash: str = Field(max_length=64)
    content: str = Field(sa_type=Text)
    marker: int = Field(sa_type=BigInteger)
    taken_at: datetime = instant()


class ScenarioRow(Owned, table=True):
    """Events that were thought of together, as `scenario.to_plain` writes them."""

    __tablename__ = "scenario"
    __table_args__ = (UniqueConstraint("owner", "id", name="uq_scenario_owner"),)

    id: int | None = key()
    name: str = Field(max_length=80)
    events: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_at: datetime = instant()


class SimulationRow(Owned, table=True):
    """A run that was kept; `outcome` is the engine's answer for both sides, `digest` the hash of its text."""

    __tablename__ = "simulation"
    __table_args__ = (
        ForeignKeyConstraint(["owner", "snapshot"], ["snapshot.owner", "snapshot.id"], name="fk_simulation_snapshot"),
        ForeignKeyConstraint(["owner", "scenario"], ["scenario.owner", "scenario.id"], name="fk_simulation_scenario"),
        Index("ix_simulation_owner", "owner", "id"),
        Index("ix_simulation_snapshot", "snapshot"),
        Index("ix_simulation_scenario", "scenario"),
    )

    id: int | None = key()
    snapshot: int = Field(sa_type=BigInteger)
    scenario: int = Field(sa_type=BigInteger)
    months: int = Field(sa_type=Integer)
    seed: int = Field(sa_type=BigInteger)
    paths: int = Field(sa_type=Integer)
    limit: Decimal = Field(sa_column=Column("limit", Numeric(20, 4), nullable=False))
    real: bool
    engine: str = Field(max_length=120)
    digest: str = Field(max_length=64)
    headline: str = Field(max_length=500)
    outcome: str = Field(sa_type=Text)
    created_at: datetime = instant()
