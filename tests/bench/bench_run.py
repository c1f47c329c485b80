"""From a fresh clone to a working page, the next start, and what an idle installation holds in memory."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 900.0
REST = 20.0  # seconds of idling before memory is read


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(clone: Path, environment: dict[str, str]) -> tuple[subprocess.Popen, float]:
    """`make run` until its first page is served: the process, and the seconds it took."""
    begun = time.monotonic()
    process = subprocess.Popen(
        ["make", "-s", "run"], cwd=clone, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    address = f"http://127.0.0.1:{environment['FINTWIN_PORT']}/"
    while time.monotonic() - begun < LONGEST:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200 and b"<html" in answer.read():
                    return process, time.monotonic() - begun
        except (OSError, urllib.error.URLError):
            if process.poll() is not None:
                raise RuntimeError(f"make run ended with {process.returncode}") from None
            time.sleep(0.05)
    raise RuntimeError("the page never came")


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _tree(int(child))
    return found


def _megabytes(pids: list[int]) -> float:
    """Their memory, shared pages counted in parts (PSS)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _end(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)


def rows() -> list[dict]:
    """Seconds and megabytes; the clone has no cache of any package manager's."""
    folder = Path(tempfile.mkdtemp(prefix="fintwin-bench-"))
    try:
        clone = folder / "clone"
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("FINTWIN_", "PYTHONPATH"))}
        environment = bare | {
            "FINTWIN_PORT": str(_free_port()),
            "FINTWIN_DATA_DIR": str(folder / "data"),
            "PIP_NO_CACHE_DIR": "1",
            "npm_config_cache": str(folder / "npm"),
        }
        process, first = _started(clone, environment)
        _end(process)
        process, following = _started(clone, environment)
        time.sleep(REST)
        memory = _megabytes(_tree(process.pid))
        _end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        {"name": "fresh clone to a page", "value": round(first, 1), "unit": "s", "target": 180, "holds": first < 180},
        {
            "name": "next start to a page",
            "value": round(following, 2),
            "unit": "s",
            "target": 5,
            "holds": following < 5,
        },
        {
            "name": "idle memory, all processes",
            "value": round(memory),
            "unit": "MB",
            "target": 350,
            "holds": memory < 350,
        },
    ]
