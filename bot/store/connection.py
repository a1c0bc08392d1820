"""Connects to Redis or Valkey: one server, Sentinel or Cluster, by the scheme of the address."""

from __future__ import annotations

from asyncio import WriteTransport
from typing import Any, Final, TypeAlias, TypeGuard
from urllib.parse import unquote, urlsplit

import redis
from hiredis import pack_command
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode, ClusterPipeline
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.driver_info import DriverInfo
from redis.exceptions import ConnectionError as RedisConnectionError

Client: TypeAlias = "Redis | RedisCluster"

CONNECT_S: Final = 2.0
ANSWER_S: Final = 2.0
BLOCKED_S: Final = 10.0
"""For connections that wait for stream entries: longer than any BLOCK of ours."""
RETRIES: Final = 2
SENTINEL_PORT: Final = 26379
REDIS_PORT: Final = 6379
_DRIVER: Final = DriverInfo(lib_version=redis.__version__)
"""For CLIENT LIST. Each connection would look into the installed packages for it, a millisecond each time."""


class _Closed:
    """While slots move, redis-py closes connections that other tasks are about to use, and stumbles over them."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, AttributeError):
            raise RedisConnectionError("the connection was closed meanwhile") from error


def _lean(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """Commands are put into bytes by hiredis: redis-py looks at each word in Python first. And its asyncio half makes a
    task for each of them, which ends what waits too long for room in the socket; where there is room nothing waits, and
    what comes of the command shows when its answer is read."""

    class Lean(kind):  # type: ignore[valid-type,misc]
        def pack_command(self, *args: Any) -> list[bytes]:
            name, *words = args
            return [pack_command((*name.split(), *words))]

        async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            if self.is_connected and isinstance(command, list) and _has_room(self._writer.transport):
                self._writer.writelines(command)
            else:
                await super().send_packed_command(command, check_health)

    return Lean


def _has_room(transport: WriteTransport) -> bool:
    return not transport.is_closing() and not transport.get_write_buffer_size()


class _Pipeline(ClusterPipeline):
    def mget(self, keys: Any, *more: Any) -> Any:
        """Which redis-py refuses, for keys of several slots; ours are in one."""
        listed = [keys] if isinstance(keys, str) else list(keys)
        return self.execute_command("MGET", *listed, *more)

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        async with _Closed():
            return await super().execute(*args, **kwargs)


class _Cluster(RedisCluster):
    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        async with _Closed():
            return await super().execute_command(*args, **kwargs)

    def pipeline(self, transaction: Any | None = None, shard_hint: Any | None = None) -> ClusterPipeline:
        return _Pipeline(self, transaction)  # type: ignore[abstract]


def connect(url: str, *, waits: bool = False) -> Client:
    """A client for `url`; `waits` for one whose calls block on streams. Connects on first use.

    Besides the schemes of redis-py: `redis+cluster://[user:password@]host:port,host:port` and
    `redis+sentinel://[user:password@]host:port,host:port/service[/db]`.
    """
    parts = urlsplit(url)
    options = _options(waits)
    if parts.scheme == "redis+cluster":
        nodes = [ClusterNode(host, port) for host, port in _hosts(parts.netloc, REDIS_PORT)]
        return _Cluster(startup_nodes=nodes, reinitialize_steps=0, **_login(parts.netloc), **options)
    if parts.scheme == "redis+sentinel":
        service, _, db = parts.path.strip("/").partition("/")
        sentinel = Sentinel(  # type: ignore[no-untyped-call]
            _hosts(parts.netloc, SENTINEL_PORT),
            sentinel_kwargs={
                "socket_timeout": CONNECT_S,
                "socket_connect_timeout": CONNECT_S,
                "retry": Retry(NoBackoff(), 0),
            },
        )
        master: Redis = sentinel.master_for(service, db=int(db or 0), **_login(parts.netloc), **options)
        return _with_lean(master)
    return _with_lean(Redis.from_url(url, **options))


def _with_lean(client: Redis) -> Redis:
    pool = client.connection_pool
    pool.connection_class = _lean(pool.connection_class)
    return client


def under_sentinel(client: Client) -> TypeGuard[Redis]:
    return isinstance(client, Redis) and isinstance(client.connection_pool, SentinelConnectionPool)


def _options(waits: bool) -> dict[str, Any]:
    # RESP2, because its answers have the same shape on every server and proxy. A read that blocks is not repeated: what
    # the lost answer held is read again as unfinished. No health checks: those of redis-py 8 reconnect within each
    # other without end when a server takes connections and says nothing; timeouts, retries and keepalive do the work.
    patient = Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.05), RETRIES)
    return {
        "decode_responses": True,
        "protocol": 2,
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": BLOCKED_S if waits else ANSWER_S,
        "health_check_interval": 0,
        "driver_info": _DRIVER,
        "retry": Retry(NoBackoff(), 0) if waits else patient,
    }


def _hosts(netloc: str, port: int) -> list[tuple[str, int]]:
    hosts = [host.partition(":") for host in netloc.rpartition("@")[2].split(",")]
    return [(name, int(number or port)) for name, _, number in hosts]


def _login(netloc: str) -> dict[str, Any]:
    user, _, password = netloc.rpartition("@")[0].partition(":")
    login = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in login.items() if value}
