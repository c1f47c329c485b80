"""What each process of an idle installation holds in memory is what it needs."""

import os
import subprocess
import sys

import pytest

from fintwin import build

HELD = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
JOBS = "demo identity ledger payments statements"


@pytest.mark.parametrize(
    ("started", "without"),
    [
        ("import fintwin.cli, fintwin.supervisor", {"sqlalchemy", "sqlmodel", "reflex"}),
        (
            "import fintwin.fintwin",
            {"alembic", "mako", "procrastinate", "psycopg", "numpy", "numba", "joserfc"},
        ),
        (
            "import fintwin.cli, fintwin.events.worker, " + ", ".join(f"fintwin.{room}.jobs" for room in JOBS.split()),
            {"alembic", "mako", "reflex", "starlette", "fastapi", "numpy", "numba", "charset_normalizer"},
        ),
    ],
    ids=["parent", "web", "worker"],
)
def test_a_process_holds_no_library_that_it_does_not_use(started, without):
    done = subprocess.run(
        [sys.executable, "-c", f"{started}\n{HELD}"],
        cwd=build.ROOT,
        env=build.environment(os.environ | {"FINTWIN_ENV_FILE": ""}, serving=True),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    held = set(done.stdout.splitlines()[-1].split())
    assert "fintwin" in held
    assert not held & without
