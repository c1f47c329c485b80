"""The twin at its full size: 10,000 paths x 480 months, 6 accounts, 2 loans, 12 streams."""

import random
import time
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from statistics import median

from fintwin.cashflow.cadence import Cadence, Rhythm
from fintwin.cashflow.recurring import Stream
from fintwin.projection.engine import Engine
from fintwin.projection.question import Project
from fintwin.projection.snapshot import Account, Kind, Rest, Snapshot

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "engine"


def household() -> Snapshot:
    """The household that DESIGN.md's target names."""
    chance = random.Random(1)
    accounts = (
        Account("giro", "Checking", Kind.CASH, D(5000)),
        Account("save", "Savings", Kind.SAVINGS, D(12000)),
        Account("fund", "Fund", Kind.INVESTMENT, D(30000)),
        Account("card", "Card", Kind.CREDIT, D(-800), credit_limit=D(3000)),
        Account("car", "Car", Kind.LOAN, D(-9000), payment=D(300)),
        Account("house", "House", Kind.LOAN, D(-200000)),
    )
    streams = tuple(
        Stream(
            key=f"s{place}",
            name=f"s{place}",
            account="card" if place in (3, 7) else "giro",
            amount=D(5200) if place == 0 else D(-120),
            rhythm=Rhythm(Cadence.MONTH, date(2026, 11, 5), (5,)),
            next=date(2026, 12, 5),
            confidence=0.99,
            spread=0.02,
            seen=24,
            first=date(2024, 11, 5),
            last=date(2026, 11, 5),
        )
        for place in range(12)
    )
    rest = tuple(D(-chance.randint(400, 1100)) for _ in range(24))
    return Snapshot(date(2026, 11, 21), "EUR", 2, accounts, streams, Rest(True, rest, "giro"))


def _memory(pid: int | None) -> float:
    """The most memory a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def rows() -> list[dict]:
    """Rows of the bench: medians of the time the engine counts, from the question's values to the reduced outcome.

    Compiling the program is in them, and the fans of net worth and cash, both chances and the months. What an account's
    fan adds is the difference of two medians, measured in turns; on a busy machine it may come out below zero.
    """
    books = household()
    engine = Engine(data_dir=None, cache_dir=CACHE)
    engine.warm()
    before = _memory(engine.pid)

    def took(**more) -> float:
        return engine.project(Project(books, months=480, **more)).seconds * 1000

    fresh = median(took(seed=seed) for seed in range(101, 108))
    took(seed=107, account="giro")
    turns = [(took(seed=107), took(seed=107, account="giro")) for _ in range(15)]
    cached = median(plain for plain, _ in turns)
    account = median(watched for _, watched in turns) - cached
    added = _memory(engine.pid) - before
    engine.project(Project(books, months=60, seed=107))
    answered = []
    for _ in range(9):
        begun = time.perf_counter()
        engine.project(Project(books, months=60, seed=107))
        answered.append((time.perf_counter() - begun) * 1000)
    engine.close()
    told = [
        ("twin 10,000 x 480, cached shocks, median", cached, "ms", 60.0),
        ("twin 10,000 x 480, fresh shocks, median", fresh, "ms", 400.0),
        ("twin, what one account's fan adds, median", account, "ms", 25.0),
        ("twin, memory runs add (two banks kept)", added, "MB", 200.0),
        ("twin 10,000 x 60, question to answer across the process, median", median(answered), "ms", 1000.0),
    ]
    return [
        {"name": name, "value": round(value, 1), "unit": unit, "target": target, "holds": value < target}
        for name, value, unit, target in told
    ]


if __name__ == "__main__":
    import json
    import sys

    json.dump(rows(), sys.stdout, indent=1)
