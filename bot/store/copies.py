"""Under Sentinel: an entry counts as stored when a replica has it, too, so that a failover loses nothing accepted.

A replica that is not heard from for `LONGEST_LAG_S` is not waited for: better one copy than no messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

COPY_MS: Final = 300
LONGEST_LAG_S: Final = 5


class NotCopied(RedisError):
    """The master has it, and no replica."""


async def append_copied(client: Redis, key: str, fields: Mapping[str, str]) -> None:
    """Returns when the entry is on two servers. Raises NotCopied; the entry may stay all the same."""
    pipe = client.pipeline(transaction=False)
    pipe.xadd(key, dict(fields))  # type: ignore[arg-type]
    pipe.execute_command("WAIT", 1, COPY_MS)
    _, copies = await pipe.execute()
    if not copies and _has_replica(await client.info("replication")):
        raise NotCopied("no replica has it yet")


def _has_replica(told: Mapping[str, Any]) -> bool:
    replicas = [value for name, value in told.items() if name.startswith("slave") and isinstance(value, dict)]
    return any(each.get("state") == "online" and int(each.get("lag", 0)) <= LONGEST_LAG_S for each in replicas)
