"""The database made ready for an app, in a process of its own: what that needs does not stay in the parent's memory.

`python -m fintwin.ready` prints one JSON object: the logins of web and worker and the path that makes an administrator
("" where none is offered), or the sentence of a refusal.
"""

import json
import logging
import signal
import subprocess
import sys
from dataclasses import dataclass

from fintwin import build
from fintwin.kernel.errors import Misconfigured
from fintwin.kernel.processes import tied_to_parent


@dataclass(frozen=True, slots=True)
class Ready:
    """What web and worker connect with, and the one-time path that makes an administrator ("": none is needed)."""

    app: str
    system: str
    offered: str


def make() -> Ready:
    """Make roles and tables where they are missing, as this process's settings say.

    Raises:
        Misconfigured: as `home.migrated`, or the other process broke down.
    """
    done = subprocess.run(
        [sys.executable, "-m", "fintwin.ready"],
        cwd=build.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=tied_to_parent(signal.SIGTERM),
        check=False,
    )
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise Misconfigured("The database could not be made ready; the words of that stand above.") from None
    if "refused" in said:
        raise Misconfigured(said["refused"], code=said["code"])
    return Ready(**said)


def _main() -> None:
    from fintwin.db import home
    from fintwin.identity import door
    from fintwin.settings import settings

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = settings()
    try:
        with home.reached(config) as database:
            addresses = home.migrated(database, config)
            asks = config.provider and not config.admin and not door.on_loopback(config)
            offered = _administrator_path(addresses.app, addresses.system) if asks else ""
        said = {"app": addresses.app, "system": addresses.system, "offered": offered}
    except Misconfigured as fault:
        said = {"refused": fault.sentence, "code": fault.code}
    json.dump(said, sys.stdout)


def _administrator_path(app: str, system: str) -> str:
    """The path of a new one-time link, where nobody else could become administrator."""
    from fintwin.db.engine import close_database, open_database
    from fintwin.db.work import system_work
    from fintwin.identity import staff

    open_database(app, system=system, pool=1)
    try:
        with system_work() as session:
            return staff.administrator_link(session, provider=True) or ""
    finally:
        close_database()


if __name__ == "__main__":
    _main()
