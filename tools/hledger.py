"""Find an hledger for the tests that let it read our journals, or get one; prints where it is.

FINTWIN_HLEDGER, then the system's; where there is none, the distribution's package. None is an error.
"""

import os
import shutil
import subprocess
import sys


def works(path: str) -> bool:
    """Whether this program is an hledger that starts."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.startswith("hledger")


def as_root() -> list[str] | None:
    """What to put in front of a command that installs; None where nothing may be installed.

    On a developer's machine only root itself installs; a machine of CI is there to be changed.
    """
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if os.environ.get("CI") == "true" and shutil.which("sudo") else None


def gotten() -> str | None:
    """An hledger that was fetched just now."""
    before = as_root()
    if before is None:
        return None
    print("Getting hledger from the distribution", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step, seconds in (
        (["apt-get", "update", "-qq"], 300),
        (["apt-get", "install", "-y", "-qq", "--no-install-recommends", "hledger"], 900),
    ):
        try:
            subprocess.run([*before, *step], stdout=sys.stderr, timeout=seconds, env=environment, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
    return shutil.which("hledger")


def hledger() -> str | None:
    """The path of an hledger that works; None where there is none and none can be had.

    Raises:
        RuntimeError: the one that FINTWIN_HLEDGER names does not start.
    """
    if named := os.environ.get("FINTWIN_HLEDGER"):
        if not works(named):
            raise RuntimeError(f"FINTWIN_HLEDGER: {named} does not start.")
        return named
    path = shutil.which("hledger") or gotten()
    return path if path and works(path) else None


if __name__ == "__main__":
    print(
        hledger()
        or sys.exit("No hledger was found and none could be fetched. Install it, or name it in FINTWIN_HLEDGER.")
    )
