"""Transfers against pgbench's TPC-B in the same shuffled rounds, their bytes, their latency at half load, and pending ones.

`rows()` gives the harness its rows; run alone it prints them. pgbench is the running server's own: where its folder has
none, rates stand without a ratio, and a row says so.
"""

import multiprocessing
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import text

from fintwin.db.engine import open_database
from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, journal, pending, service
from fintwin.ledger.posting import Item, Kind
from tools.books import Bench, Row, as_admin, at_least, below, database, person, rate

PROCESSES = 8
PEOPLE = 200
HOT = 10
SECONDS = 2
ROUNDS = 3
SCALE = 50
PENDING = 100_000
SIZES = {"hold": 200, "settle": 1_000}
"""Pending transactions of a commit: a call puts them on hold one after another, and settles them in one pass."""
CENT = Decimal("0.01")
BOOKED = date(2026, 3, 2)
SHAPES = (
    ("own", PROCESSES, 0.9, "own transfers, 8 processes"),
    ("person", PROCESSES, 0.7, "transfers from person to person, 8 processes"),
    ("hot", PROCESSES, 0.5, "transfers from person to person on 10 hot accounts, 8 processes"),
    ("batch 1000", 2, 4, "batch posting, 1,000 a commit, 2 processes"),
    ("batch 100", 2, 3, "batch posting, 100 a commit, 2 processes"),
)
"""What is measured: its name, by how many processes, the ratio to TPC-B that it is to reach, and its words."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """Somebody's held accounts, with money in them."""

    who: Principal
    accounts: tuple[int, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What every process is to do from the instant `begin` (of the monotonic clock) on."""

    shape: str
    begin: float
    seconds: float = 0
    many: int = 0
    """Pending transactions of this process."""
    a_second: float = 0
    """Transfers a second of this process, at half load."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one process did."""

    transfers: int
    seconds: float
    latencies: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        return self.transfers / self.seconds


def rows() -> list[Row]:
    """Ratios, bytes, latencies and rates, on books of 200 people with four accounts each."""
    with database() as bench:
        wallets = [_wallet(bench, n) for n in range(PEOPLE)]
        measured = (bench.programs / "pgbench").exists()
        if measured:
            _pgbench(bench, "-i", "-s", str(SCALE), "-q")
        with as_admin(bench, autocommit=True) as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
        with _crew(bench, wallets) as crew:
            rates, sizes = _rounds(bench, crew, measured=measured)
            return [
                *_rate_rows(rates),
                below("stored per own transfer", sizes["own"], "bytes", 450),
                below("stored per transfer from person to person", sizes["person"], "bytes", 850),
                *(_latency_row(crew, shape, rates[shape] / 2) for shape in ("own", "person")),
                *_pending_rows(crew),
            ]


def _wallet(bench: Bench, number: int) -> Wallet:
    who = person(bench, f"P{number}")
    with work(who.person) as session:
        own = [
            accounts.open_account(
                session,
                who,
                name=f"Account {n}",
                type="checking",
                custody="held",
                currency=currency("EUR"),
                key=f"a{n}",
                opening=Decimal(1_000_000),
            )
            for n in range(4)
        ]
    return Wallet(who, tuple(one.id for one in own), tuple(one.number for one in own))


def _rounds(bench: Bench, crew: list[Connection], *, measured: bool) -> tuple[dict[str, float], dict[str, float]]:
    """Transfers a second of each shape, and bytes per transfer, by the median of shuffled rounds."""
    rates: dict[str, list[float]] = {}
    sizes: dict[str, list[float]] = {"own": [], "person": []}
    order = [*SHAPES, *([("tpcb", PROCESSES, 0, "")] if measured else [])]
    for turn in range(ROUNDS):
        random.Random(turn).shuffle(order)
        for name, processes, *_ in order:
            if name == "tpcb":
                rates.setdefault(name, []).append(_tpcb(bench))
                continue
            before = _bytes(bench)
            done = _run(crew[:processes], Order(name, time.monotonic() + 0.1, seconds=SECONDS))
            rates.setdefault(name, []).append(sum(one.rate for one in done))
            if name in sizes:
                sizes[name].append((_bytes(bench) - before) / max(sum(one.transfers for one in done), 1))
    return {name: statistics.median(found) for name, found in rates.items()}, {
        name: statistics.median(found) for name, found in sizes.items()
    }


def _rate_rows(rates: dict[str, float]) -> Iterator[Row]:
    base = rates.get("tpcb")
    if base is None:
        name = "pgbench TPC-B: the running server's folder has no pgbench, so rates stand without a ratio"
        yield {"name": name, "value": None, "unit": "", "target": None, "holds": True}
    else:
        yield rate("pgbench TPC-B, prepared, 8 clients", base)
    for shape, _, target, words in SHAPES:
        yield rate(words, rates[shape])
        if base is not None:
            yield at_least(f"{words}, against TPC-B", rates[shape] / base, target)


def _latency_row(crew: list[Connection], shape: str, a_second: float) -> Row:
    """The 99th percentile from when a transfer was due until it is committed, at so many a second of all processes."""
    found = []
    for _ in range(ROUNDS):
        order = Order(shape, time.monotonic() + 0.1, seconds=SECONDS, a_second=a_second / len(crew))
        latencies = [each for one in _run(crew, order) for each in one.latencies]
        found.append(statistics.quantiles(latencies, n=100)[-1] * 1000)
    words = {"own": "an own transfer", "person": "a transfer from person to person"}[shape]
    return below(f"p99 of {words} at half load", statistics.median(found), "ms", 25)


def _pending_rows(crew: list[Connection]) -> Iterator[Row]:
    """Putting many on hold and settling them, a thousand a commit, by two processes with accounts of their own."""
    two = crew[:2]
    for shape, words in (("hold", "put on hold"), ("settle", "pending ones settled")):
        done = _run(two, Order(shape, time.monotonic() + 0.1, many=PENDING // len(two)))
        took = max(one.seconds for one in done)
        yield rate(
            f"{PENDING:,} {words}, {SIZES[shape]:,} a commit, 2 processes", sum(one.transfers for one in done) / took
        )


def _bytes(bench: Bench) -> float:
    """What headers and postings take on disk with every index, the idempotency key's too, but those that search."""
    with as_admin(bench) as connection:
        return float(
            connection.scalar(
                text(
                    """
                    SELECT sum(pg_relation_size(c.oid)) FROM pg_class c
                    WHERE c.oid IN ('transaction'::regclass, 'posting'::regclass) OR c.oid IN (
                      SELECT indexrelid FROM pg_index WHERE indrelid IN ('transaction'::regclass, 'posting'::regclass)
                        AND indexrelid::regclass::text NOT LIKE 'search%')
                    """
                )
            )
            or 0
        )


def _tpcb(bench: Bench) -> float:
    out = _pgbench(bench, "-M", "prepared", "-c", str(PROCESSES), "-j", "2", "-T", str(SECONDS), "-n")
    found = re.search(r"tps = ([\d.]+)", out)
    assert found
    return float(found.group(1))


def _pgbench(bench: Bench, *arguments: str) -> str:
    program: Path = bench.programs / "pgbench"
    return subprocess.run([program, *arguments, bench.admin], capture_output=True, text=True, check=True).stdout


@contextmanager
def _crew(bench: Bench, wallets: list[Wallet]) -> Iterator[list[Connection]]:
    """Processes with a connection each, that wait for orders; they end with the block."""
    context = multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    started = []
    try:
        for number in range(PROCESSES):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(there, bench.app, wallets, number), daemon=True)
            process.start()
            there.close()  # so that a process that dies is an end of file here, and not a wait for ever
            ends.append(here)
            started.append(process)
        _run(ends, Order("own", time.monotonic(), seconds=0.5))
        yield ends
    finally:
        for end in ends:
            end.close()
        for process in started:
            process.join(10)
            process.kill()


def _run(crew: list[Connection], order: Order) -> list[Done]:
    for end in crew:
        end.send(order)
    return [end.recv() for end in crew]


def _work(end: Connection, app: str, wallets: list[Wallet], number: int) -> None:
    open_database(app, pool=1)
    chance = random.Random(f"{number}{time.time_ns()}")
    held: list[tuple[Principal, list[int]]] = []
    while True:
        try:
            order = end.recv()
        except EOFError:
            return
        time.sleep(max(order.begin - time.monotonic(), 0))
        begin = time.monotonic()
        latencies: list[float] = []
        if order.shape == "hold":
            held = _hold(wallets[number::2], order.many, number)
            done = order.many
        elif order.shape == "settle":
            done = _settle(held)
        elif order.shape.startswith("batch"):
            done = _until(begin + order.seconds, _batches(wallets[number::2], int(order.shape.split()[1]), chance))
        else:
            once = _single(wallets[:HOT] if order.shape == "hot" else wallets, order.shape, number, chance)
            if order.a_second:
                latencies = _paced(begin, order, once)
                done = len(latencies)
            else:
                done = _until(begin + order.seconds, once)
        end.send(Done(done, time.monotonic() - begin, tuple(latencies)))


def _until(end: float, once: Callable[[], int]) -> int:
    done = 0
    while time.monotonic() < end:
        done += once()
    return done


def _paced(begin: float, order: Order, once: Callable[[], int]) -> list[float]:
    """Latencies from when each was due: one that waits for the one before it counts its wait."""
    latencies = []
    for n in range(int(order.seconds * order.a_second)):
        due = begin + n / order.a_second
        time.sleep(max(due - time.monotonic(), 0))
        once()
        latencies.append(time.monotonic() - due)
    return latencies


def _single(wallets: list[Wallet], shape: str, number: int, chance: random.Random) -> Callable[[], int]:
    def once() -> int:
        key = f"{number}-{chance.getrandbits(64)}"
        if shape == "own":
            mine = chance.choice(wallets)
            giving, taking = chance.sample(mine.accounts, 2)
            item = Item(Kind.OWN_TRANSFER, CENT, "EUR", BOOKED, giving=giving, taking=taking, key=key)
            journal.post_alone(mine.who, item)
            return 1
        mine, theirs = chance.sample(wallets, 2)
        place = 0 if shape == "hot" else chance.randrange(4)
        item = Item(Kind.BETWEEN_PEOPLE, CENT, "EUR", BOOKED, giving=mine.accounts[place], key=key)
        journal.post_alone(mine.who, item, number=theirs.numbers[place])
        return 1

    return once


def _batches(wallets: list[Wallet], size: int, chance: random.Random) -> Callable[[], int]:
    def once() -> int:
        mine = chance.choice(wallets)
        items = []
        for _ in range(size):
            giving, taking = chance.sample(mine.accounts, 2)
            items.append(Item(Kind.OWN_TRANSFER, CENT, "EUR", BOOKED, giving=giving, taking=taking))
        with work(mine.who.person) as session:
            assert all(one.transaction for one in service.post_batch(session, mine.who, items))
        return size

    return once


def _hold(wallets: list[Wallet], many: int, number: int) -> list[tuple[Principal, list[int]]]:
    """Pending own transfers by who has them, as many of each as one commit is to settle."""
    held: list[tuple[Principal, list[int]]] = []
    for start in range(0, many, SIZES["hold"]):
        place = start // SIZES["settle"]
        mine = wallets[place % len(wallets)]
        items = [
            Item(
                Kind.OWN_TRANSFER,
                CENT,
                "EUR",
                BOOKED,
                giving=mine.accounts[n % 4],
                taking=mine.accounts[(n + 1) % 4],
                key=f"hold-{number}-{n}",
                pending=True,
            )
            for n in range(start, min(start + SIZES["hold"], many))
        ]
        with work(mine.who.person) as session:
            outcomes = service.post_batch(session, mine.who, items)
        if place == len(held):
            held.append((mine.who, []))
        held[place][1].extend(_all_done(outcomes))
    return held


def _settle(held: list[tuple[Principal, list[int]]]) -> int:
    done = 0
    for who, transactions in held:
        with work(who.person) as session:
            done += len(_all_done(pending.settle_many(session, who, transactions=transactions)))
    return done


def _all_done(outcomes: list[Any]) -> list[int]:
    assert all(one.transaction for one in outcomes), next(one.refusal for one in outcomes if not one.transaction)
    return [one.transaction for one in outcomes]


if __name__ == "__main__":
    for one in rows():
        sys.stdout.write(
            f"{'ok' if one['holds'] else 'NO':<3}{one['value'] or '':>10} {one['unit']:<6}{one['target'] or '':<8}{one['name']}\n"
        )
