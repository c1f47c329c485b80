"""Sealing 100,000 transactions, their proof, the bytes a transaction costs, and posting while one seals.

`rows()` gives the harness its rows; run alone it prints them.
"""

import json
import multiprocessing
import tempfile
import time
from decimal import Decimal
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import text

from fintwin.db.engine import open_database
from fintwin.db.work import system_work, work
from fintwin.identity import keys
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, sealing, seals, service
from tests.bench.bench_ledger import fill
from tools.books import Bench, Row, as_admin, at_least, below, database, person, rate

MANY = 100_000
ROUNDS = 3
SECONDS = 2.0


def rows() -> list[Row]:
    """Rates of sealing and proving, bytes, and the ratio of postings beside a sealer to postings alone."""
    with database() as bench, tempfile.TemporaryDirectory() as keeping:
        folder = Path(keeping)
        maya = person(bench, "Maya")
        fill(bench, maya, many=MANY)
        with as_admin(bench) as connection:
            connection.execute(text("ANALYZE"))
        started = time.perf_counter()
        while sealing.run(folder):
            pass
        sealed_in = time.perf_counter() - started
        started = time.perf_counter()
        with system_work(snapshot=True) as session:
            proof = seals.prove(session, keys=[one.public_key() for one in keys.signers(folder)])
        proved_in = time.perf_counter() - started
        assert not proof.findings
        assert proof.waiting == 0
        with as_admin(bench) as connection:
            size = connection.scalar(
                text("SELECT pg_total_relation_size('seal') + pg_total_relation_size('seal_mark')")
            )
        ratio = _beside(bench, maya, folder)
    return [
        rate("sealing, rows", proof.rows / sealed_in),
        rate("proving, rows", proof.rows / proved_in),
        below("seals, bytes a transaction of one posting", size / MANY, "B", 130.0),
        at_least("postings beside a sealer that never rests, against postings alone", ratio, 0.7),
    ]


def _beside(bench: Bench, maya: Principal, folder: Path) -> float:
    """Own transfers of one process with and without a sealer in another, in turns."""
    with work(maya.person) as session:
        giving, taking = (
            accounts.open_account(
                session,
                maya,
                name=f"Held {n}",
                type="checking",
                custody="held",
                currency=currency("EUR"),
                key=f"h{n}",
                opening=Decimal(1_000_000),
            ).id
            for n in range(2)
        )
    alone = beside = 0
    context = multiprocessing.get_context("spawn")
    for turn in range(ROUNDS):
        alone += _posted(maya, giving, taking, f"{turn}a")
        with system_work() as session:
            system = session.get_bind().engine.url.render_as_string(hide_password=False)  # type: ignore[union-attr]
        ready, ending = context.Event(), context.Event()
        sealer = context.Process(target=_sealing, args=(bench.app, system, folder, ready, ending))
        sealer.start()
        ready.wait(60)
        beside += _posted(maya, giving, taking, f"{turn}b")
        ending.set()
        sealer.join()
    return beside / alone


def _sealing(app: str, system: str, folder: Path, ready: Event, ending: Event) -> None:
    open_database(app, system=system, pool=2)
    sealing.run(folder)
    ready.set()
    while not ending.is_set():
        sealing.run(folder)
        time.sleep(0.05)


def _posted(maya: Principal, giving: int, taking: int, turn: str) -> int:
    count, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        with work(maya.person) as session:
            service.own_transfer(session, maya, giving=giving, taking=taking, amount="0.01", key=f"{turn}-{count}")
        count += 1
    return count


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1))
