"""The engine's process: same bytes as here, no way to the books, made anew when it dies."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from threading import Event

import pytest

from fintwin import build
from fintwin.kernel.errors import Busy, Conflict
from fintwin.projection import process
from fintwin.projection.compile import Changes, Flow
from fintwin.projection.engine import Engine
from fintwin.projection.process import made_of
from fintwin.projection.question import Project, Solve
from tests.unit.projection.household import household


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = Engine(data_dir=tmp_path_factory.mktemp("data"), cache_dir=build.engine_dir())
    made.warm()
    yield made
    made.close()


def test_repeats_itself_to_the_last_bit_in_another_process(engine):
    question = Project(household(), months=60, paths=2000, samples=True)
    first = engine.project(question)
    engine.close()
    again = engine.project(question)
    assert replace(first, seconds=0) == replace(again, seconds=0)
    assert first.engine.startswith("fintwin ")
    assert 0 < first.outcome.short.low <= first.outcome.short.share <= first.outcome.short.high < 1


def test_code_of_other_sources_is_not_read(tmp_path):
    sources, cache = tmp_path / "sources", tmp_path / "cache"
    sources.mkdir()
    (sources / "kernel.py").write_text("a = 1")
    first = made_of(sources)
    assert made_of(sources) == first
    (sources / "arrays.py").write_text("b = 1")
    second = made_of(sources)
    (sources / "arrays.py").write_text("b = 2")
    assert len({first, second, made_of(sources)}) == 3

    (cache / first).mkdir(parents=True)
    (cache / first / "index").write_bytes(b"what another version left")
    (cache / "beside").mkdir()
    here = made_of(Path(process.__file__).parent)
    assert process._prepared(str(cache)) == (str(cache / here), False)
    assert {one.name for one in cache.iterdir()} == {here, "beside"}


def test_has_no_environment_but_the_cache_of_its_code(engine):
    engine.warm()
    told = Path(f"/proc/{engine.pid}/environ")
    if not told.exists():
        pytest.skip("this system shows no process's environment")
    assert told.read_bytes() == b""


def test_dies_and_comes_back(engine):
    engine.warm()
    before = engine.pid
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert engine.project(Project(household(), months=6, paths=64)).outcome.months
    assert engine.pid != before


def test_a_late_answer_and_a_cancelled_question_end_the_process(engine):
    engine.warm()
    with pytest.raises(Busy, match="in time"):
        engine.project(Project(household(), months=480, paths=20000), timeout=0.0)
    cancelled = Event()
    cancelled.set()
    with pytest.raises(Conflict, match="taken back"):
        engine.project(Project(household(), months=480, paths=20000), cancelled=cancelled)
    assert engine.project(Project(household(), months=6, paths=64)).outcome.months


def test_solver_finds_the_largest_amount_that_keeps_the_chance(engine):
    books = household()
    unit = Changes(flows=(Flow("trip", D(-1), date(2027, 3, 1)),))
    base = engine.project(Project(books, months=24, paths=4000)).outcome.under.share
    wanted = base + 0.1
    found = engine.solve(Solve(books, months=24, paths=4000, unit=unit, most=D(50000), step=D(50), chance=wanted))

    def chance(amount):
        changes = Changes(flows=(Flow("trip", -amount, date(2027, 3, 1)),))
        return engine.project(Project(books, months=24, paths=4000, changes=changes)).outcome.under.share

    assert chance(found.amount) == found.chance <= wanted < chance(found.amount + 50)


def test_solver_says_where_no_amount_will_do(engine):
    unit = Changes(flows=(Flow("trip", D(-1), date(2027, 3, 1)),))
    found = engine.solve(
        Solve(household(extra=3000), months=24, paths=512, unit=unit, most=D(500), step=D(50), chance=0.05)
    )
    assert found.amount is None


GUARD = """
import os, sys
from fintwin.projection.process import install_guard
data, other = sys.argv[1:3]
import socket, subprocess
install_guard(data)
def refused(call, *arguments, **more):
    try:
        call(*arguments, **more)
    except PermissionError as refusal:
        assert "engine" in str(refusal), refusal
        return
    raise SystemExit(f"{call} went through")
refused(socket.socket)
refused(socket.create_connection, ("127.0.0.1", 9))
refused(subprocess.run, ["true"])
refused(os.system, "true")
refused(os.fork)
refused(os.execv, "/bin/true", ["true"])
refused(os.posix_spawn, "/bin/true", ["true"], {})
refused(open, other + "/new", "w")
refused(open, other + "/there", "a")
refused(open, other + "/there", "r+b")
refused(os.open, other + "/there", os.O_WRONLY)
refused(os.open, other + "/new", os.O_CREAT)
refused(open, data + "/secret")
refused(open, other + "/../data/secret")
refused(open, other + "/link")
refused(os.listdir, data)
refused(os.remove, other + "/there")
refused(os.rename, other + "/there", other + "/away")
refused(os.mkdir, other + "/folder")
refused(__import__, "psycopg2")
refused(__import__, "sqlalchemy")
assert open(other + "/there").read() == "x"
assert os.listdir(other)
"""


def test_the_guard_refuses_every_way_out(tmp_path):
    data, other = tmp_path / "data", tmp_path / "other"
    data.mkdir()
    other.mkdir()
    (data / "secret").write_text("s")
    (other / "there").write_text("x")
    (other / "link").symlink_to(data / "secret")
    done = subprocess.run(
        [sys.executable, "-c", GUARD, str(data), str(other)], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


IMPORTS = """
import sys
import fintwin.projection.process, fintwin.projection.answering
drivers = {"psycopg2", "psycopg", "sqlalchemy", "sqlmodel", "redis", "reflex", "starlette", "fintwin.db", "fintwin.settings"}
print(sorted(drivers & set(sys.modules)))
import fintwin.projection.engine
"""


def test_the_engine_imports_no_driver_and_the_application_no_numbers():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout.strip() == "[]"
    outside = (
        "import sys, fintwin.projection.engine, fintwin.twin.service; print({'numba', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", outside], capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout.strip() == "set()"
