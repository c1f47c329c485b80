"""Runs that are kept: saved, listed, renamed, repeated, deleted. Simulating itself needs none of this."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.projection import snapshot as snapshots
from fintwin.projection.outcomes import Outcome
from fintwin.projection.plain import canonical, digest, from_plain
from fintwin.projection.service import Taken, take
from fintwin.projection.snapshot import Snapshot
from fintwin.twin import scenario as scenarios
from fintwin.twin.comparison import compared
from fintwin.twin.models import ScenarioRow, SimulationRow, SnapshotRow
from fintwin.twin.scenario import Scenario
from fintwin.twin.simulation import Settings, Simulation

MOST_RUNS = 200
"""Runs that one person can keep."""

__all__ = ["MOST_RUNS", "Kept", "Run", "Taken", "clear", "delete_run", "rename", "run", "runs", "save", "since", "take"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept run in a list."""

    id: int
    name: str
    headline: str
    months: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A kept run, whole: what it was asked of and what came out, as it was shown then."""

    id: int
    name: str
    snapshot: Snapshot
    hash: str
    taken_at: datetime
    marker: int
    scenario: Scenario
    settings: Settings
    simulation: Simulation
    digest: str
    headline: str


def since(session: Session, who: Principal, *, marker: int) -> int:
    """How many transactions were booked after the one a snapshot has seen last."""
    return int(
        session.connection().scalar(
            text("SELECT count(*) FROM transaction WHERE owner = :owner AND id > :marker"),
            {"owner": who.person, "marker": marker},
        )
        or 0
    )


def save(
    session: Session,
    who: Principal,
    *,
    name: str,
    taken: Taken,
    scenario: Scenario,
    settings: Settings,
    simulation: Simulation,
    headline: str,
) -> Kept:
    """Keep a run under a name; its snapshot is stored once under its hash.

    Raises:
        Invalid: `no_name`, `too_long`, or there are too many runs (`too_many_runs`).
    """
    called = _name(name)
    if (session.scalar(select(func.count()).select_from(SimulationRow)) or 0) >= MOST_RUNS:
        raise Invalid(f"You can keep {MOST_RUNS} runs. Delete some first.", code="too_many_runs", field="name")
    session.execute(
        insert(SnapshotRow)
        .values(
            owner=who.person,
            hash=taken.hash,
            content=snapshots.text(taken.snapshot).decode(),
            marker=taken.marker,
            taken_at=taken.at,
        )
        .on_conflict_do_nothing(constraint="uq_snapshot_hash")
    )
    kept = session.scalar(select(col(SnapshotRow.id)).where(col(SnapshotRow.hash) == taken.hash))
    thought = ScenarioRow(owner=who.person, name=called, events=scenarios.to_plain(scenario))
    session.add(thought)
    session.flush()
    outcome = _outcome(simulation)
    row = SimulationRow(
        owner=who.person,
        snapshot=kept or 0,
        scenario=thought.id or 0,
        months=settings.months,
        seed=settings.seed,
        paths=settings.paths,
        limit=settings.limit,
        real=settings.real,
        engine=simulation.engine,
        digest=digest(outcome),
        headline=headline[:500],
        outcome=outcome.decode(),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return Kept(row.id or 0, called, row.headline, row.months, row.created_at)


def runs(session: Session, who: Principal) -> list[Kept]:
    """The kept runs, the latest first."""
    found = session.execute(
        select(
            col(SimulationRow.id),
            col(ScenarioRow.name),
            col(SimulationRow.headline),
            col(SimulationRow.months),
            col(SimulationRow.created_at),
        )
        .join(ScenarioRow, col(ScenarioRow.id) == col(SimulationRow.scenario))
        .where(col(SimulationRow.owner) == who.person)
        .order_by(col(SimulationRow.id).desc())
    )
    return [Kept(*row) for row in found]


def run(session: Session, who: Principal, *, number: int) -> Run:
    """One kept run.

    Raises:
        NotFound: not among this person's (`unknown_run`).
    """
    row = _row(session, who, number)
    thought = session.get_one(ScenarioRow, row.scenario)
    seen = session.get_one(SnapshotRow, row.snapshot)
    snapshot = snapshots.read(json.loads(seen.content))
    told = json.loads(row.outcome)
    baseline, after = from_plain(Outcome, told["baseline"]), from_plain(Outcome, told["scenario"])
    return Run(
        id=row.id or 0,
        name=thought.name,
        snapshot=snapshot,
        hash=seen.hash,
        taken_at=seen.taken_at,
        marker=seen.marker,
        scenario=scenarios.read(thought.events),
        settings=Settings(months=row.months, seed=row.seed, paths=row.paths, limit=row.limit, real=row.real),
        simulation=Simulation(baseline, after, compared(baseline, after, snapshot=snapshot), row.engine),
        digest=row.digest,
        headline=row.headline,
    )


def rename(session: Session, who: Principal, *, number: int, name: str) -> None:
    """Give a kept run another name.

    Raises:
        Invalid: `no_name`, `too_long`.
        NotFound: `unknown_run`.
    """
    thought = session.get_one(ScenarioRow, _row(session, who, number).scenario)
    thought.name = _name(name)
    session.add(thought)


def delete_run(session: Session, who: Principal, *, number: int) -> None:
    """Forget a kept run, and its snapshot where no other run needs it.

    Raises:
        NotFound: `unknown_run`.
    """
    row = _row(session, who, number)
    session.execute(delete(SimulationRow).where(col(SimulationRow.id) == row.id))
    session.execute(delete(ScenarioRow).where(col(ScenarioRow.id) == row.scenario))
    _forget_snapshots(session, who)


def clear(session: Session, who: Principal) -> int:
    """Forget all kept runs; how many there were."""
    gone = session.execute(delete(SimulationRow).where(col(SimulationRow.owner) == who.person))
    session.execute(delete(ScenarioRow).where(col(ScenarioRow.owner) == who.person))
    _forget_snapshots(session, who)
    return int(getattr(gone, "rowcount", 0))


def answer_digest(simulation: Simulation) -> str:
    """The hash by which a repeated run is seen to be the same."""
    return digest(_outcome(simulation))


def _outcome(simulation: Simulation) -> bytes:
    return canonical({"baseline": simulation.baseline, "scenario": simulation.scenario})


def _row(session: Session, who: Principal, number: int) -> SimulationRow:
    row = session.scalar(
        select(SimulationRow).where(col(SimulationRow.owner) == who.person, col(SimulationRow.id) == number)
    )
    if row is None:
        raise NotFound("This run is not among yours.", code="unknown_run")
    return row


def _forget_snapshots(session: Session, who: Principal) -> None:
    session.execute(
        delete(SnapshotRow).where(
            col(SnapshotRow.owner) == who.person,
            ~select(col(SimulationRow.id)).where(col(SimulationRow.snapshot) == col(SnapshotRow.id)).exists(),
        )
    )


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("Give it a name.", code="no_name", field="name")
    if len(name) > 80:
        raise Invalid("This name is too long: at most 80 characters.", code="too_long", field="name")
    return name
