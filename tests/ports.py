"""Ports for servers that a test starts."""

import os
import socket
from itertools import count

# Below those that a system gives to connections (from 32768 on), so that none is taken before its server is there; each
# worker of a run walks through a range of its own.
_FIRST, _MANY, _WORKERS, _RUNS = 20_000, 200, 8, 7
_next = count()


def free_port() -> int:
    """A port that nothing listens on, and that no other test of this run is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST + _MANY * (os.getppid() % _RUNS * _WORKERS + worker % _WORKERS)
    while True:
        port = first + next(_next) % _MANY
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
