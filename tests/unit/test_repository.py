"""What must be so of the repository itself."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_pin_hashes_and_name_no_registry(name):
    lock = (ROOT / name).read_text()
    assert not re.search(r"https?://|--index-url|--extra-index|--find-links", lock)
    entries = [line for line in lock.splitlines() if re.match(r"[a-z0-9]", line)]
    assert entries
    assert all(line.rstrip("\\ ").partition(";")[0].count("==") == 1 for line in entries)
    assert lock.count("--hash=sha256:") >= len(entries)


def test_the_lock_is_of_the_declared_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.txt").read_text().lower()
    for line in project["dependencies"]:
        pin = re.sub(r"\[.*?\]", "", line.partition(";")[0].strip()).lower()
        assert re.search(rf"^{re.escape(pin)}\s", lock, re.MULTILINE), pin


def test_the_frontends_lock_names_no_registry():
    for path in (ROOT / "reflex.lock").glob("*.json"):
        assert '"resolved"' not in path.read_text()


def test_the_worker_finds_every_job():
    """It imports each room's `jobs`: what is declared elsewhere must be imported by that module."""
    declares = re.compile(r"^@(?:\w+\.)?(?:job|consumer)\(", re.MULTILINE)
    for path in (ROOT / "fintwin").rglob("*.py"):
        if path.parent.name != "events" and declares.search(path.read_text()):
            assert path.name == "jobs.py", f"{path} declares jobs"


def test_every_setting_stands_in_the_readme():
    from fintwin.settings import Settings

    told = (ROOT / "README.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`{field.validation_alias or 'FINTWIN_' + name.upper()}`" in told, name


def test_every_setting_stands_in_the_example_file():
    from fintwin.settings import Settings

    told = (ROOT / ".env.example").read_text()
    for name, field in Settings.model_fields.items():
        assert f"#{field.validation_alias or 'FINTWIN_' + name.upper()}=" in told, name


def test_a_migration_that_has_landed_is_never_edited():
    landed = dict(
        reversed(line.split()) for line in (ROOT / "alembic" / "landed.txt").read_text().splitlines() if line[0] != "#"
    )
    for name, digest in landed.items():
        assert hashlib.sha256((ROOT / "alembic" / name).read_bytes()).hexdigest()[:32] == digest, name


def test_every_command_stands_in_the_readme():
    from fintwin.cli import commands

    told = (ROOT / "README.md").read_text()
    for name in commands():
        assert f"`fintwin {name}" in told, name
