"""Ports for the servers that tests start.

A port that the kernel chooses may be taken by anybody's outgoing connection before the server binds it, and two test
processes that search upwards from one number meet. So: below the kernel's own range, and a range for each process.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import closing
from itertools import count

FIRST = 20_000
EACH = 1_000

_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_turns = count(random.randrange(EACH))


def free_port() -> int:
    """One that nobody listens on, never the same twice in a row."""
    while True:
        port = FIRST + _process * EACH + next(_turns) % EACH
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
