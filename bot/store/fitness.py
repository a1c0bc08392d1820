"""Is the Redis or Valkey that REDIS_URL names set up so that nothing stored gets lost?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from redis.asyncio import RedisCluster

from bot.store.connection import Client

KEEPS_ALL = "noeviction"


class UnfitStore(Exception):
    """Starting on it would lose tickets; the text says what to change."""


async def check_store(client: Client) -> list[str]:
    """Warnings about every server. Raises UnfitStore, and what the store raises."""
    warnings = []
    for name, info in await _servers(client):
        policy = info.get("maxmemory_policy", KEEPS_ALL)
        if policy != KEEPS_ALL:
            raise UnfitStore(f"{name} evicts keys when memory is full ({policy}): set maxmemory-policy to {KEEPS_ALL}")
        if not int(info.get("aof_enabled", 1)):
            warnings.append(f"{name} writes no append-only file: a crash loses what was stored since the last snapshot")
    return warnings


async def _servers(client: Client) -> list[tuple[str, Mapping[str, Any]]]:
    if isinstance(client, RedisCluster):
        found = cast(dict[str, dict[str, Any]], await client.info(target_nodes=RedisCluster.PRIMARIES))
        return [(f"REDIS_URL, server {name}", info) for name, info in found.items()]
    return [("REDIS_URL", await client.info())]
