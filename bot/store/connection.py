"""Connects to Redis or Valkey: one server, Sentinel or Cluster, by the scheme of the address."""

from __future__ import annotations

from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialWithJitterBackoff

Client: TypeAlias = "Redis | RedisCluster"

CONNECT_S: Final = 2.0
ANSWER_S: Final = 2.0
BLOCKED_S: Final = 10.0
"""For connections that wait for stream entries: longer than any BLOCK of ours."""
KEEPALIVE_S: Final = 30
SENTINEL_PORT: Final = 26379
REDIS_PORT: Final = 6379


def connect(url: str, *, waits: bool = False) -> Client:
    """A client for `url`; `waits` for one whose calls block on streams. Connects on first use.

    Besides the schemes of redis-py: `redis+cluster://[user:password@]host:port,host:port` and
    `redis+sentinel://[user:password@]host:port,host:port/service[/db]`.
    """
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": BLOCKED_S if waits else ANSWER_S,
        "health_check_interval": KEEPALIVE_S,
    }
    if parts.scheme == "redis+cluster":
        nodes = [ClusterNode(host, port) for host, port in _hosts(parts.netloc, REDIS_PORT)]
        return RedisCluster(startup_nodes=nodes, **_login(url), **options)
    retry = Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.05), retries=2)
    if parts.scheme == "redis+sentinel":
        service, _, db = parts.path.strip("/").partition("/")
        sentinel = Sentinel(_hosts(parts.netloc, SENTINEL_PORT), sentinel_kwargs={"socket_timeout": CONNECT_S})
        master: Redis = sentinel.master_for(service, db=int(db or 0), **_login(url), **options)
        return master
    return Redis.from_url(url, retry=retry, **options)


def _hosts(netloc: str, port: int) -> list[tuple[str, int]]:
    hosts = [host.rpartition(":") for host in netloc.rpartition("@")[2].split(",")]
    return [(name, int(number)) if name else (number, port) for name, _, number in hosts]


def _login(url: str) -> dict[str, str]:
    """User name and password of the address, and its query, as options."""
    parts = urlsplit(url)
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    login = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in login.items() if value} | dict(parse_qsl(parts.query))
